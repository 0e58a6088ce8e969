package azdevopstest

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// runStore holds pipelines, their runs, and what those wait for.
type runStore struct {
	definitions []*definition
	builds      []*build
	lastCheck   int
	approvals   []*approval
	suites      []*suite
	plans       map[string]*plan // by id
	calls       []*plan          // whose request was not sent yet
}

// Build is a build as the server keeps it.
type Build struct {
	ID         int
	Project    string
	Definition string
	Number     string
	Status     string // "notStarted", "inProgress", "cancelling", "completed"
	Result     string // "succeeded", "partiallySucceeded", "failed", "canceled"; "" before the end
	Reason     string // "manual", ...
	Branch     string
	Version    string // of the commit
	Tags       []string
	Parameters map[string]string // of a YAML pipeline
	Variables  map[string]string
	Queued     time.Time
	Started    time.Time // zero before it runs
	Finished   time.Time // zero before it has ended
	Stages     []StageState
}

// StageState is a stage of a build.
type StageState struct {
	Name    string
	State   string // "pending", "inProgress", "completed"; one that waits for approvals and checks is "pending"
	Result  string // "succeeded", "succeededWithIssues", "failed", "canceled", "skipped"; "" before the end
	Attempt int
}

// Change is a commit in a build.
type Change struct {
	ID      string // of the commit
	Message string
	Author  string // display name
}

// build is a build on its course.
type build struct {
	Build
	def       *definition
	by        *User
	stages    []*stageRun
	since     time.Time // when it came to the present stage
	cancelAt  time.Time // when a cancellation is through
	changes   []Change
	workItems []int
	timeline  string
	changed   int // of the timeline
	secret    []string
}

// stageRun is a stage of a build.
type stageRun struct {
	Stage
	index                     int
	id, checkpoint, job, task string // ids of records
	state, result             string
	open                      bool // approvals and checks were asked for
	attempt                   int
	started, finished         time.Time
	approval                  *approval
	suite                     *suite
}

// advance brings all that moves by the clock to where it is by now. The lock is
// held.
func (s *Server) advance() {
	now := s.Now()
	for _, b := range s.runs.builds {
		s.moveBuild(b, now)
	}
	for _, r := range s.releases.releases {
		s.moveRelease(r, now)
	}
}

// moveBuild brings a build to where it is by now.
func (s *Server) moveBuild(b *build, now time.Time) {
	for b.Status != "completed" {
		at, act := s.next(b)
		if act == nil || now.Before(at) {
			return
		}
		act(at)
	}
}

// next is what happens to a build next, and when; nil for nothing that the clock
// brings.
func (s *Server) next(b *build) (time.Time, func(time.Time)) {
	switch {
	case !b.cancelAt.IsZero():
		return b.cancelAt, func(at time.Time) { s.endBuild(b, at) }
	case b.Status == "notStarted":
		return b.Queued.Add(b.def.Queue), func(at time.Time) { s.startBuild(b, at) }
	}
	i := slices.IndexFunc(b.stages, func(st *stageRun) bool { return st.state != "completed" })
	if i < 0 {
		return b.since, func(at time.Time) { s.endBuild(b, at) }
	}
	st := b.stages[i]
	switch {
	case st.state == "inProgress":
		return st.started.Add(st.For), func(at time.Time) { s.endStage(b, st, st.Result, at) }
	case !st.open:
		return b.since, func(at time.Time) { s.openStage(b, st, at) }
	}
	verdict, at := st.checkpointVerdict()
	switch verdict {
	case "approved":
		return at, func(at time.Time) { s.startStage(b, st, at) }
	case "rejected":
		return at, func(at time.Time) { s.endStage(b, st, "failed", at) }
	case "timedOut":
		return at, func(at time.Time) { s.timeOut(st, at); s.endStage(b, st, "skipped", at) }
	}
	return time.Time{}, nil
}

func (s *Server) startBuild(b *build, at time.Time) {
	b.Status, b.Started, b.since = "inProgress", at, at
	s.raiseRun(b, at)
}

// openStage asks for what a stage needs before it may run.
func (s *Server) openStage(b *build, st *stageRun, at time.Time) {
	st.open = true
	if st.Approval == nil && len(st.Checks) == 0 {
		s.startStage(b, st, at)
		return
	}
	s.openCheckpoint(b, st, at)
}

func (s *Server) startStage(b *build, st *stageRun, at time.Time) {
	st.state, st.started = "inProgress", at
	b.changed++
	s.raiseStage(b, st, at)
}

// endStage ends a stage. Those behind one that did not succeed are skipped.
func (s *Server) endStage(b *build, st *stageRun, result string, at time.Time) {
	st.state, st.result, st.finished = "completed", result, at
	b.since = at
	b.changed++
	s.closeCheckpoint(st, at)
	s.raiseStage(b, st, at)
	if result == "succeeded" || result == "succeededWithIssues" {
		return
	}
	for _, later := range b.stages[st.index+1:] {
		if later.state != "completed" {
			later.state, later.result = "completed", "skipped"
		}
	}
}

// endBuild ends a build as its stages say.
func (s *Server) endBuild(b *build, at time.Time) {
	canceled := !b.cancelAt.IsZero()
	for _, st := range b.stages {
		if st.state != "completed" {
			st.state, st.result, st.finished = "completed", "canceled", at
			s.closeCheckpoint(st, at)
		}
	}
	b.Status, b.Finished, b.cancelAt = "completed", at, time.Time{}
	b.Result = resultOf(b.stages)
	if canceled {
		b.Result = "canceled"
	}
	b.changed++
	s.raiseRun(b, at)
	s.raiseBuild(b, at)
}

// resultOf is the result of a build by those of its stages. That a stage which
// was skipped by itself cancels the run is not documented.
func resultOf(stages []*stageRun) string {
	has := func(result string) bool {
		return slices.ContainsFunc(stages, func(st *stageRun) bool { return st.result == result })
	}
	switch {
	case has("failed"):
		return "failed"
	case has("canceled"), has("skipped"):
		return "canceled"
	case has("succeededWithIssues"):
		return "partiallySucceeded"
	}
	return "succeeded"
}

// queue makes a build. The lock is held.
func (s *Server) queue(d *definition, by *User, b Build) *build {
	return s.queueSkipping(d, by, b, nil)
}

// queueSkipping makes a build without some of the stages.
func (s *Server) queueSkipping(d *definition, by *User, b Build, skip []string) *build {
	now := s.Now().UTC()
	b.ID, b.Project, b.Definition, b.Number = len(s.runs.builds)+1, d.project.Name, d.Name, d.number(now)
	b.Status, b.Reason, b.Queued = "notStarted", cmp.Or(b.Reason, "manual"), now
	b.Branch, b.Version = cmp.Or(b.Branch, d.Branch), cmp.Or(b.Version, strings.ReplaceAll(s.newGUID(), "-", "")+"00000000")
	made := &build{Build: b, def: d, by: by, timeline: s.newGUID(), since: now}
	for _, stage := range d.Stages {
		if slices.ContainsFunc(skip, func(name string) bool { return strings.EqualFold(name, stage.Name) }) {
			continue
		}
		made.stages = append(made.stages, &stageRun{
			Stage: stage, index: len(made.stages), state: "pending", attempt: 1, id: s.newGUID(), checkpoint: s.newGUID(), job: s.newGUID(), task: s.newGUID(),
		})
	}
	s.runs.builds = append(s.runs.builds, made)
	s.moveBuild(made, now)
	return made
}

// again puts a stage back to its beginning.
func (s *Server) again(b *build, st *stageRun, now time.Time) {
	st.state, st.result, st.open, st.started, st.finished = "pending", "", false, time.Time{}, time.Time{}
	st.approval, st.suite = nil, nil
	st.attempt++
	b.Status, b.Result, b.Finished, b.since = "inProgress", "", time.Time{}, now
	b.changed++
}

// StartBuild starts a build as a request would, and returns its id.
func (s *Server) StartBuild(project, definition string) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.projectOf(project)
	if p == nil {
		return 0, fmt.Errorf("azdevopstest: there is no project %q", project)
	}
	d := s.runs.definition(p, definition)
	if d == nil {
		return 0, fmt.Errorf("azdevopstest: there is no definition %q in %s", definition, p.Name)
	}
	return s.queue(d, system(), Build{}).ID, nil
}

// buildOf finds a build by its id and brings it up to date; nil for none.
func (s *Server) buildOf(id int) *build {
	if id < 1 || id > len(s.runs.builds) {
		return nil
	}
	b := s.runs.builds[id-1]
	s.moveBuild(b, s.Now())
	return b
}

// Build returns a build as it is now.
func (s *Server) Build(id int) (Build, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.buildOf(id)
	if b == nil {
		return Build{}, false
	}
	found := b.Build
	found.Tags = slices.Clone(b.Tags)
	found.Parameters, found.Variables = maps.Clone(b.Parameters), maps.Clone(b.Variables)
	for _, st := range b.stages {
		found.Stages = append(found.Stages, StageState{st.Name, st.state, st.result, st.attempt})
	}
	return found, true
}

// Step ends now what a build is at, whatever its time: the wait for an agent or
// the present stage. It reports whether there was anything to end; an approval
// and a check are ended by deciding them.
func (s *Server) Step(build int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.buildOf(build)
	if b == nil || b.Status == "completed" {
		return false
	}
	at, act := s.next(b)
	if act == nil {
		return false
	}
	if now := s.Now(); at.After(now) {
		if verdict, _ := b.waiting().checkpointVerdict(); verdict == "timedOut" {
			return false
		}
		at = now
	}
	act(at)
	s.moveBuild(b, s.Now())
	return true
}

// waiting is the stage that waits for approvals and checks; nil for none.
func (b *build) waiting() *stageRun {
	for _, st := range b.stages {
		if st.state == "pending" && st.open {
			return st
		}
	}
	return nil
}

// Associate adds commits and work items to a build. It reports whether there is
// such a build.
func (s *Server) Associate(build int, changes []Change, workItems ...int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.buildOf(build)
	if b == nil {
		return false
	}
	b.changes = append(b.changes, changes...)
	b.workItems = append(b.workItems, workItems...)
	return true
}
