package azdevopstest

import (
	"cmp"
	"time"
)

// The types of checks (terraform provider and REST API specification).
const (
	approvalType = "8c6f20a7-a545-4486-9777-f762fafe0d4d"
	taskType     = "fe1de3ee-a436-41b4-bb20-f6eb4cb879a7"
)

// suite are the checks that a stage has begun.
type suite struct {
	id      string
	build   *build
	created time.Time
	runs    []*checkRun
}

type checkRun struct {
	id              string
	config          checkConfig
	plan            *plan
	status, message string
	created, ended  time.Time
	deadline        time.Time
}

// openCheckpoint asks for approvals and begins checks.
func (s *Server) openCheckpoint(b *build, st *stageRun, at time.Time) {
	st.suite = &suite{id: s.newGUID(), build: b, created: at}
	s.runs.suites = append(s.runs.suites, st.suite)
	b.changed++
	for _, config := range b.def.configs {
		switch {
		case config.stage != st.Name:
		case config.approval != nil:
			s.openApproval(b, st, at)
			st.suite.runs = append(st.suite.runs, &checkRun{id: st.approval.id, config: config, status: "running", created: at})
		default:
			s.openCheck(b, st.suite, config, at)
		}
	}
}

func (s *Server) openCheck(b *build, suite *suite, config checkConfig, at time.Time) {
	run := &checkRun{id: s.newGUID(), config: config, status: "running", created: at, deadline: at.Add(cmp.Or(config.check.Timeout, 24*time.Hour))}
	run.plan = s.call(plan{
		hub: "checks", project: b.def.project, build: b.ID, url: config.check.URL, body: config.check.Body, headers: config.check.Headers,
		done: func(result string, at time.Time) {
			run.ended = at
			if run.status == "running" {
				run.status = map[string]string{"succeeded": "approved", "failed": "rejected"}[result]
			}
		},
	}, at)
	suite.runs = append(suite.runs, run)
}

// checkpointVerdict is what has become of the approvals and checks of a stage,
// and when: "approved", "rejected", "timedOut" in the future for what has a
// deadline; "" for what waits without one.
func (s *stageRun) checkpointVerdict() (string, time.Time) {
	if s == nil || s.suite == nil {
		return "", time.Time{}
	}
	var last, deadline time.Time
	waits := false
	wait := func(until time.Time) {
		waits = true
		if deadline.IsZero() || until.Before(deadline) {
			deadline = until
		}
	}
	for _, run := range s.suite.runs {
		status, at := run.status, run.ended
		until := run.deadline
		if run.plan == nil {
			status, at, until = s.approval.status, s.approval.decided, s.approval.ends
		}
		switch status {
		case "approved":
			if at.After(last) {
				last = at
			}
		case "running", "pending":
			wait(until)
		case "timedOut":
			return "timedOut", at
		default:
			return "rejected", at
		}
	}
	if waits {
		return "timedOut", deadline
	}
	return "approved", last
}

// timeOut ends what a stage still waits for.
func (s *Server) timeOut(st *stageRun, at time.Time) {
	for _, run := range st.suite.runs {
		if run.status == "running" && run.plan != nil {
			run.status, run.message = "timedOut", "The check timed out."
			run.plan.finish("failed", at)
		}
	}
	if a := st.approval; a != nil && a.status == "pending" {
		s.settle(a, "timedOut", at)
	}
}

// closeCheckpoint cancels what a stage does not wait for any more.
func (s *Server) closeCheckpoint(st *stageRun, at time.Time) {
	if st.suite == nil {
		return
	}
	for _, run := range st.suite.runs {
		if run.status == "running" && run.plan != nil {
			run.status, run.message = "canceled", "Check aborted. This could be because the run was canceled or another check on the stage failed."
			run.plan.finish("failed", at)
		}
	}
	if a := st.approval; a != nil && a.status == "pending" {
		s.settle(a, "canceled", at)
	}
}

func checkpointRoutes() []route {
	return []route{
		{"GET", "pipelines approvals", true, false, (*Server).listApprovals},
		{"PATCH", "pipelines approvals", true, true, (*Server).decideApprovals},
		{"GET", "pipelines approvals *", true, false, (*Server).getApproval},
		{"GET", "pipelines checks configurations", true, false, (*Server).listChecks},
		{"GET", "pipelines checks configurations *", true, false, (*Server).getCheck},
		{"GET", "pipelines checks runs *", true, false, (*Server).getSuite},
	}
}
