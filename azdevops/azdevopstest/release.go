package azdevopstest

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ReleaseDefinition is a classic release pipeline to begin with. Its id is its
// place among Options.ReleaseDefinitions, from 1.
type ReleaseDefinition struct {
	// Project is the name of its project; empty means the first one.
	Project string
	Name    string
	// Stages are its environments, one after the other.
	Stages []ReleaseStage
}

// ReleaseStage is an environment of a classic release.
type ReleaseStage struct {
	Name string
	// Manual stages wait until they are deployed to by hand; the others begin when
	// the one before has succeeded.
	Manual bool
	// For is how long a deployment runs; 0 means ten seconds.
	For time.Duration
	// Result is how it ends: "succeeded", "partiallySucceeded", "rejected" or
	// "canceled"; empty means "succeeded".
	Result string
	// Approvers are the unique names of those who approve before the deployment,
	// one after the other; empty means that nobody is asked.
	Approvers []string
	// Gates are asked when the approvals are there.
	Gates []Gate
	// ApproversAfter approve what was deployed, and GatesAfter are asked about it
	// before them.
	ApproversAfter []string
	GatesAfter     []Gate
	// GateTiming says when gates are asked, those before and those after.
	GateTiming GateTiming
}

// releaseStore holds classic releases.
type releaseStore struct {
	definitions    []*releaseDefinition
	releases       []*release
	approvals      []*releaseApproval
	deployments    []*deployment
	lastStage, ran int
	host           string // of ListenReleases
}

type releaseDefinition struct {
	ReleaseDefinition
	id      int
	project *project
}

// release is a release on its course.
type release struct {
	id      int
	def     *releaseDefinition
	by      *User
	created time.Time
	status  string // "active", "abandoned"
	builds  []*build
	stages  []*releaseStage
}

// releaseStage is an environment of a release.
type releaseStage struct {
	ReleaseStage
	id, definitionID int
	index            int
	status           string // "notStarted", "inProgress", "succeeded", "rejected", ...
	deployment       *deployment
}

// deployment is a deployment of a release to an environment.
type deployment struct {
	id                        int
	release                   *release
	stage                     *releaseStage
	status, operation         string
	queued, started, finished time.Time
	deployed                  time.Time // when what follows begins; zero before
	before, after             signoff
	approval                  *releaseApproval // that it waits for
}

type releaseApproval struct {
	id, revision      int
	kind              string // "preDeploy" or "postDeploy"
	deployment        *deployment
	approver          map[string]any
	by                *User
	status, comments  string
	created, modified time.Time
	history           []any // who was asked before
}

func (s *Server) addReleaseDefinition(d ReleaseDefinition) error {
	p := s.projects[0]
	if d.Project != "" {
		p = s.projectOf(d.Project)
	}
	switch {
	case p == nil:
		return fmt.Errorf("there is no project %q", d.Project)
	case d.Name == "":
		return errors.New("the name is empty")
	case len(d.Stages) == 0:
		return errors.New("it has no stage")
	}
	d.Project, d.Stages = p.Name, slices.Clone(d.Stages)
	for i := range d.Stages {
		st := &d.Stages[i]
		st.For, st.Result = cmp.Or(st.For, 10*time.Second), cmp.Or(st.Result, "succeeded")
		switch {
		case st.Name == "":
			return fmt.Errorf("stage %d has no name", i)
		case st.For < 0:
			return fmt.Errorf("stage %d: For is negative", i)
		case !slices.Contains([]string{"succeeded", "partiallySucceeded", "rejected", "canceled"}, st.Result):
			return fmt.Errorf("stage %d: the result is %q; use succeeded, partiallySucceeded, rejected or canceled", i, st.Result)
		}
		if err := st.GateTiming.check(); err != nil {
			return fmt.Errorf("stage %d: %w", i, err)
		}
		for _, gate := range slices.Concat(st.Gates, st.GatesAfter) {
			if err := checkAddress(gate.URL); err != nil || gate.Name == "" {
				return fmt.Errorf("stage %d: a gate has no name, or its URL is no address of http or https", i)
			}
		}
	}
	s.releases.definitions = append(s.releases.definitions, &releaseDefinition{ReleaseDefinition: d, id: len(s.releases.definitions) + 1, project: p})
	return nil
}

func (r *releaseStore) definition(p *project, name string) *releaseDefinition {
	for _, d := range r.definitions {
		if d.project == p && (strings.EqualFold(d.Name, name) || strconv.Itoa(d.id) == name) {
			return d
		}
	}
	return nil
}

// CreateRelease makes a release of builds as a request would, and returns its
// id.
func (s *Server) CreateRelease(project, definition string, builds ...int) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.projectOf(project)
	if p == nil {
		return 0, fmt.Errorf("azdevopstest: there is no project %q", project)
	}
	d := s.releases.definition(p, definition)
	if d == nil {
		return 0, fmt.Errorf("azdevopstest: there is no release definition %q in %s", definition, p.Name)
	}
	var of []*build
	for _, id := range builds {
		b := s.buildOf(id)
		if b == nil {
			return 0, fmt.Errorf("azdevopstest: there is no build %d", id)
		}
		of = append(of, b)
	}
	return s.createRelease(d, system(), of).id, nil
}

// ReleaseStages returns the status of the environments of a release, by name;
// nil when there is no such release.
func (s *Server) ReleaseStages(release int) map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.releaseOf(release)
	if r == nil {
		return nil
	}
	found := map[string]string{}
	for _, st := range r.stages {
		found[st.Name] = st.status
	}
	return found
}

func (s *Server) releaseOf(id int) *release {
	if id < 1 || id > len(s.releases.releases) {
		return nil
	}
	r := s.releases.releases[id-1]
	s.moveRelease(r, s.Now())
	return r
}

func (s *Server) createRelease(d *releaseDefinition, by *User, builds []*build) *release {
	now := s.Now().UTC()
	r := &release{id: len(s.releases.releases) + 1, def: d, by: by, created: now, status: "active", builds: builds}
	for i, st := range d.Stages {
		s.releases.lastStage++
		r.stages = append(r.stages, &releaseStage{ReleaseStage: st, index: i, id: s.releases.lastStage, definitionID: d.id*100 + i + 1, status: "notStarted"})
	}
	s.releases.releases = append(s.releases.releases, r)
	s.raiseRelease(r, "release-created", now)
	if !r.stages[0].Manual {
		s.deploy(r, r.stages[0], now)
	}
	s.moveRelease(r, now)
	return r
}

func (r *release) name() string { return "Release-" + strconv.Itoa(r.id) }

// deploy begins a deployment.
func (s *Server) deploy(r *release, st *releaseStage, at time.Time) {
	s.releases.ran++
	st.status = "inProgress"
	step := 1000 + 2*s.releases.ran
	st.deployment = &deployment{
		id: s.releases.ran, release: r, stage: st, status: "notDeployed", operation: "Pending", queued: at,
		before: newSignoff("preDeploy", step-1, st.Approvers, st.Gates), after: newSignoff("postDeploy", step, st.ApproversAfter, st.GatesAfter),
	}
	s.releases.deployments = append(s.releases.deployments, st.deployment)
	s.proceed(st.deployment, at)
}

// moveRelease brings a release to where it is by now.
func (s *Server) moveRelease(r *release, now time.Time) {
	for _, st := range r.stages {
		d := st.deployment
		if d == nil {
			continue
		}
		if d.finished.IsZero() && d.approval == nil {
			s.moveDeployment(d, now)
		}
		if next := st.index + 1; st.status == "succeeded" && next < len(r.stages) && !r.stages[next].Manual && r.stages[next].deployment == nil {
			s.deploy(r, r.stages[next], d.finished)
		}
	}
}

func (s *Server) moveDeployment(d *deployment, now time.Time) {
	s.moveGates(d, now)
	if end := d.started.Add(d.stage.For); !d.started.IsZero() && d.deployed.IsZero() && !now.Before(end) {
		s.endPhase(d, end)
		s.moveGates(d, now)
	}
}

// endPhase ends the work of a deployment. Where it went well, what follows it is
// asked.
func (s *Server) endPhase(d *deployment, at time.Time) {
	d.deployed = at
	if result := d.stage.Result; result != "succeeded" && result != "partiallySucceeded" {
		s.endDeployment(d, result, at)
		return
	}
	s.proceed(d, at)
}

// endDeployment ends a deployment, and with it what its environment is at.
func (s *Server) endDeployment(d *deployment, status string, at time.Time) {
	d.stage.status, d.finished, d.approval = status, at, nil
	d.status = status
	switch status {
	case "rejected", "canceled":
		d.status = "failed"
		if d.started.IsZero() {
			d.status = "notDeployed"
		}
		switch {
		case status == "canceled":
			d.operation = "Canceled"
		case d.operation == "Pending":
			d.operation = "Rejected"
		}
	default:
		d.operation = "Approved"
	}
	d.before.close(at)
	d.after.close(at)
	s.raiseDeployment(d, "deployment-completed", at)
}
