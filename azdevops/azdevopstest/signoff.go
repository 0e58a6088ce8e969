package azdevopstest

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"time"
)

// Gate is an "Invoke REST API" gate with the completion event Callback.
type Gate struct {
	Name string
	URL  string
	// Headers are sent beside those of the task.
	Headers map[string]string
	Body    string
	// Old gates are those of plans of version 12 and less: the job is named by the
	// task, and the task by zeros.
	Old bool
}

// GateTiming says how the gates of a stage are asked: all of them again and
// again, until all have succeeded in one round or the time is over, which rejects
// the deployment (documentation, "Release deployment control using gates"). A
// round ends when each gate has decided; that a gate which has not holds the next
// round is not verified on a real organization.
type GateTiming struct {
	// Delay is the wait before the first round.
	Delay time.Duration
	// Interval is the time from one round to the next; 0 means 15 minutes.
	Interval time.Duration
	// Timeout is how long rounds are begun, and waited for, from the first on; 0
	// means a day.
	Timeout time.Duration
}

func (t GateTiming) check() error {
	if t.Delay < 0 || t.Interval < 0 || t.Timeout < 0 {
		return errors.New("a time of GateTiming is negative")
	}
	return nil
}

// signoff is what has to be said before a deployment, or after it: approvals, one
// after the other, and gates.
type signoff struct {
	kind      string // "preDeploy" or "postDeploy"
	approvers []string
	asked     int // of them, so far
	approvals []*releaseApproval
	step      int // id of the gates
	gates     []*gateRun
	status    string // of the gates: "none", "pending", "inProgress", "succeeded", "failed" or "canceled"
	began     time.Time
	sampled   time.Time // when the present round began; zero before the first one
}

type gateRun struct {
	Gate
	plan    *plan     // of the present round
	ignored time.Time // zero when it counts
}

func newSignoff(kind string, step int, approvers []string, gates []Gate) signoff {
	o := signoff{kind: kind, step: step, approvers: approvers, status: "none"}
	for _, gate := range gates {
		o.gates = append(o.gates, &gateRun{Gate: gate})
		o.status = "pending"
	}
	return o
}

// gatesOpen reports whether gates have yet to succeed.
func (o *signoff) gatesOpen() bool { return len(o.gates) > 0 && o.status != "succeeded" }

// signoff is the one that a deployment is at.
func (d *deployment) signoff() *signoff {
	if d.started.IsZero() {
		return &d.before
	}
	return &d.after
}

// proceed does what is next for a deployment that waits for nothing. Before a
// deployment approvals come first and then gates, after it gates come first, as
// the service does when nobody has chosen.
func (s *Server) proceed(d *deployment, at time.Time) {
	o := d.signoff()
	gates := o.gatesOpen()
	switch {
	case gates && (o == &d.after || o.asked == len(o.approvers)):
		o.began, d.operation = at.Add(d.stage.GateTiming.Delay), "EvaluatingGates"
	case o.asked < len(o.approvers):
		d.approval = &releaseApproval{
			id: len(s.releases.approvals) + 1, kind: o.kind, deployment: d, approver: s.person(o.approvers[o.asked]), status: "pending", revision: 1, created: at, modified: at,
		}
		d.operation = "Pending"
		o.asked++
		o.approvals = append(o.approvals, d.approval)
		s.releases.approvals = append(s.releases.approvals, d.approval)
		s.raiseDeployment(d, "deployment-approval-pending", at)
	case o == &d.before:
		d.started, d.status, d.operation = at, "inProgress", "PhaseInProgress"
		s.raiseDeployment(d, "deployment-started", at)
	default:
		s.endDeployment(d, d.stage.Result, at)
	}
}

// moveGates begins the rounds of gates that are due, and takes what they say.
func (s *Server) moveGates(d *deployment, now time.Time) {
	o, timing := d.signoff(), d.stage.GateTiming
	end := o.began.Add(cmp.Or(timing.Timeout, 24*time.Hour))
	for !o.began.IsZero() && o.gatesOpen() && d.finished.IsZero() {
		if o.sampled.IsZero() {
			if now.Before(o.began) {
				return
			}
			s.sample(d, o, o.began)
		}
		last, decided, good := o.round()
		next := o.sampled.Add(cmp.Or(timing.Interval, 15*time.Minute))
		if last.After(next) {
			next = last
		}
		switch {
		case good:
			o.status = "succeeded"
			s.proceed(d, last)
		case decided && next.Before(end):
			if now.Before(next) {
				return
			}
			s.sample(d, o, next)
		case now.Before(end):
			return
		default:
			o.status, d.operation = "failed", "GateFailed"
			s.endDeployment(d, "rejected", end)
		}
	}
}

// sample begins a round: each gate that counts is asked.
func (s *Server) sample(d *deployment, o *signoff, at time.Time) {
	o.sampled, o.status = at, "inProgress"
	for _, gate := range o.gates {
		if !gate.ignored.IsZero() {
			continue
		}
		version := planNow
		if gate.Old {
			version = oldGate
		}
		gate.plan = s.call(plan{
			hub: "gates", version: version, project: d.release.def.project, release: d.release.id, url: gate.URL, body: gate.Body, headers: gate.Headers,
			// The deployment looks at its gates when the clock moves it.
		}, at)
	}
}

// round is what the gates say in the present round, and when the last one said
// it.
func (o *signoff) round() (last time.Time, decided, good bool) {
	last, decided, good = o.sampled, true, true
	for _, gate := range o.gates {
		at := gate.ignored
		if at.IsZero() {
			at = gate.plan.finished
			decided = decided && gate.plan.state == "completed"
			good = good && gate.plan.result == "succeeded"
		}
		if at.After(last) {
			last = at
		}
	}
	return last, decided, good
}

// close ends what is open when a deployment ends.
func (o *signoff) close(at time.Time) {
	if o.status == "inProgress" || o.status == "pending" {
		o.status = "canceled"
	}
	for _, gate := range o.gates {
		gate.plan.finish("failed", at)
	}
}

// ignore passes over gates by their names; it returns the first that is not
// there.
func (o *signoff) ignore(names []string, at time.Time) (unknown string) {
	var found []*gateRun
	for _, name := range names {
		i := slices.IndexFunc(o.gates, func(g *gateRun) bool { return strings.EqualFold(g.Name, name) })
		if i < 0 {
			return name
		}
		found = append(found, o.gates[i])
	}
	for _, gate := range found {
		if gate.ignored.IsZero() {
			gate.ignored = at
		}
	}
	return ""
}

func (o *signoff) render() map[string]any {
	jobs, ignored := make([]any, 0, len(o.gates)), []any{}
	for _, gate := range o.gates {
		state := "pending"
		switch {
		case !gate.ignored.IsZero():
			state = "skipped"
			ignored = append(ignored, map[string]any{"name": gate.Name, "lastModifiedOn": renderValue(gate.ignored)})
		case gate.plan != nil:
			state = cmp.Or(gate.plan.result, "inProgress")
		}
		jobs = append(jobs, map[string]any{"job": map[string]any{"name": gate.Name, "status": state}})
	}
	out := map[string]any{"id": o.step, "status": o.status, "deploymentJobs": jobs, "ignoredGates": ignored}
	if !o.sampled.IsZero() {
		out["startedOn"], out["stabilizationCompletedOn"] = renderValue(o.began), renderValue(o.began)
	}
	return out
}
