package codefreshtest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Stage is a part of a build's course.
type Stage struct {
	// Status is the build's word while it lasts: "pending", "running",
	// "pending-approval", "success" or any other. The course of a build ends
	// with the first of "success", "error", "terminated" and "denied"; one that
	// does not name such an end ends in "success".
	Status string
	// For is how long it lasts. An end lasts for ever, a "pending-approval"
	// until it is decided or this time is over; 0 then means seven days, the
	// step's default.
	For time.Duration
	// Final is what becomes of an approval whose time is over: "approved",
	// "denied" or "terminated"; empty means "terminated".
	Final string
	// Denied is the build's word after a denial: one of the ends, or anything
	// else for a step that may fail, so that the build goes on with the next
	// stage. Empty means "denied".
	Denied string
}

// The course of a pipeline that has none of its own.
var defaultStages = []Stage{{Status: "pending", For: time.Second}, {Status: "running", For: 10 * time.Second}, {Status: "success"}}

// Decision is an approval or a denial that took effect.
type Decision struct {
	Verdict string // "approved" or "denied"
	Step    int    // which of the build's approvals, from 1
	Time    time.Time
	Timeout bool // nobody decided; the time was over
}

// Build is a build as the server keeps it.
type Build struct {
	ID       string
	Pipeline string
	Status   string
	Branch   string
	SHA      string
	Trigger  string
	// Variables are those of the start.
	Variables map[string]string
	Created   time.Time
	Started   time.Time // zero before it runs
	Finished  time.Time // zero before it has ended
	Decisions []Decision
	RequestID string // reqId of the start; "" for none
}

// build is a build on its course.
type build struct {
	Build
	pipelineID string
	progress   string
	yaml       string
	stages     []Stage
	at         int       // place in the course
	since      time.Time // when it got there
	approvals  int       // asked for so far, the present one included
	updated    time.Time
	data       map[string]any
}

func ended(status string) bool {
	return status == "success" || status == "error" || status == "terminated" || status == "denied"
}

// course is the stages with an end.
func course(stages []Stage) []Stage {
	if len(stages) == 0 {
		return defaultStages
	}
	if slices.ContainsFunc(stages, func(s Stage) bool { return ended(s.Status) }) {
		return slices.Clone(stages)
	}
	return append(slices.Clone(stages), Stage{Status: "success"})
}

// checkStages refuses a course that cannot be.
func checkStages(stages []Stage) error {
	for i, s := range stages {
		switch {
		case s.Status == "":
			return fmt.Errorf("stage %d has no status", i)
		case s.For < 0:
			return fmt.Errorf("stage %d: For is negative", i)
		case s.Final != "" && s.Final != "approved" && s.Final != "denied" && s.Final != "terminated":
			return fmt.Errorf("stage %d: Final is %q; use approved, denied or terminated", i, s.Final)
		}
	}
	return nil
}

// enter puts a build at a place of its course. The lock is held.
func (b *build) enter(at int, now time.Time) {
	b.at, b.since, b.updated = at, now, now
	stage := b.stages[at]
	b.Status = stage.Status
	if stage.Status == "pending-approval" {
		b.approvals++
	}
	if b.Started.IsZero() && stage.Status != "pending" && stage.Status != "elected" && stage.Status != "delayed" {
		b.Started = now
	}
	if ended(stage.Status) {
		b.Finished = now
	}
}

// finish ends a build in a word of its own.
func (b *build) finish(status string, now time.Time) {
	b.stages = append(b.stages[:b.at+1:b.at+1], Stage{Status: status})
	b.enter(b.at+1, now)
}

// move brings a build to where it is by now. The lock is held.
func (b *build) move(now time.Time) {
	for !ended(b.Status) {
		stage := b.stages[b.at]
		lasts := stage.For
		if stage.Status == "pending-approval" {
			lasts = cmp.Or(lasts, 7*24*time.Hour)
		}
		end := b.since.Add(lasts)
		if now.Before(end) {
			return
		}
		if stage.Status != "pending-approval" {
			b.enter(b.at+1, end)
			continue
		}
		switch cmp.Or(stage.Final, "terminated") {
		case "approved":
			b.decide("approved", end, true)
		case "denied":
			b.decide("denied", end, true)
		default:
			b.finish("terminated", end)
		}
	}
}

// decide ends an approval that waits.
func (b *build) decide(verdict string, now time.Time, timeout bool) {
	b.Decisions = append(b.Decisions, Decision{Verdict: verdict, Step: b.approvals, Time: now, Timeout: timeout})
	if verdict == "approved" {
		b.enter(b.at+1, now)
		return
	}
	after := cmp.Or(b.stages[b.at].Denied, "denied")
	if ended(after) {
		b.finish(after, now)
		return
	}
	b.enter(b.at+1, now) // the step may fail: the build goes on behind it
}

// start makes a build of a pipeline. The lock is held.
func (s *Server) start(p *Pipeline, start startRequest) *build {
	now := s.Now()
	b := &build{
		Build: Build{
			ID: s.newID(), Branch: start.Branch, SHA: start.SHA, Trigger: start.Trigger,
			Variables: start.variables, Created: now, RequestID: start.requestID,
		},
		progress: s.newID(), stages: course(nil), yaml: start.YAML, data: map[string]any{},
	}
	if p != nil {
		b.Pipeline, b.pipelineID, b.stages = p.Name, p.id, course(p.Stages)
		b.yaml = cmp.Or(b.yaml, p.YAML, yamlOf(b.stages))
	}
	b.enter(0, now)
	s.builds = append(s.builds, b)
	s.byID[b.ID] = b
	return b
}

// yamlOf writes steps down that fit a course.
func yamlOf(stages []Stage) string {
	var text strings.Builder
	text.WriteString("version: '1.0'\nsteps:\n")
	n := 0
	for i, stage := range stages {
		switch {
		case stage.Status == "pending-approval":
			n++
			fmt.Fprintf(&text, "  approval_%d:\n    type: pending-approval\n    title: Approval %d\n", n, n)
		case stage.Status == "running":
			fmt.Fprintf(&text, "  work_%d:\n    image: alpine\n    commands: [echo work]\n", i)
		}
	}
	return text.String()
}

// Start starts a build as a request would, and returns its id.
func (s *Server) Start(pipeline string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.pipeline(pipeline)
	if p == nil {
		return "", fmt.Errorf("codefreshtest: there is no pipeline %q", pipeline)
	}
	return s.start(p, startRequest{}).ID, nil
}

// Build returns a build as it is now.
func (s *Server) Build(id string) (Build, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.present(id)
	if b == nil {
		return Build{}, false
	}
	found := b.Build
	found.Decisions = slices.Clone(b.Decisions)
	return found, true
}

// Builds returns the ids of all builds, oldest first.
func (s *Server) Builds() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	ids := make([]string, len(s.builds))
	for i, b := range s.builds {
		ids[i] = b.ID
	}
	return ids
}

// Decisions returns what was decided about a build, in order.
func (s *Server) Decisions(id string) []Decision {
	b, _ := s.Build(id)
	return b.Decisions
}

// Step ends the present stage of a build now, whatever its time; an approval
// ends as its Final says. It reports whether there was anything to end.
func (s *Server) Step(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.present(id)
	if b == nil || ended(b.Status) {
		return false
	}
	now := s.Now()
	if b.Status != "pending-approval" {
		b.enter(b.at+1, now)
		return true
	}
	switch final := cmp.Or(b.stages[b.at].Final, "terminated"); final {
	case "terminated":
		b.finish(final, now)
	default:
		b.decide(final, now, true)
	}
	return true
}

// SetStatus puts a build into any state, in which it stays. It reports whether
// there is such a build.
func (s *Server) SetStatus(id, status string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.present(id)
	if b == nil || status == "" {
		return false
	}
	b.stages = append(b.stages[:b.at+1:b.at+1], Stage{Status: status, For: 100 * 365 * 24 * time.Hour}, Stage{Status: "success"})
	b.enter(b.at+1, s.Now())
	return true
}

// present finds a build and brings it up to date. The lock is held.
func (s *Server) present(id string) *build {
	b := s.byID[id]
	if b != nil {
		b.move(s.Now())
	}
	return b
}
