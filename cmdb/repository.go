package cmdb

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/itsmkit/itsmkit/mapping"
)

// FallbackEnvironment is the environment whose risk and impact count for one that a
// repository does not list.
const FallbackEnvironment = "production"

// Repository says which CI the deployments of a source repository change, and what
// change requests for them look like.
type Repository struct {
	// CI is the sys_id of the CI.
	CI string
	// AssignmentGroup is the name of the group that owns the change; "" for none.
	AssignmentGroup string
	// ChangeTemplate is a type of change (standard, normal or emergency) or the name
	// of a template of standard changes; "" is standard without a template.
	ChangeTemplate string
	// Environments give risk and impact by environment, whose case counts.
	Environments map[string]RiskImpact
}

// RiskImpact is how much a deployment to an environment may break. Each is a label or a
// value of change_request.
type RiskImpact struct{ Risk, Impact string }

// changeTypes are the types of change that a ChangeTemplate may be.
var changeTypes = map[string]bool{standardChange: true, "normal": true, "emergency": true}

// standardChange is the type of change of a repository that names none.
const standardChange = "standard"

// Change returns the type of change and the template of the repository: the documents
// keep both in one field, so a text that is no type is a template of standard changes.
func (r Repository) Change() (changeType, template string) {
	switch {
	case r.ChangeTemplate == "":
		return standardChange, ""
	case changeTypes[r.ChangeTemplate]:
		return r.ChangeTemplate, ""
	default:
		return standardChange, r.ChangeTemplate
	}
}

// Repositories are the repositories by name, whose case counts.
type Repositories map[string]Repository

// Deployment is what a change request for a deployment takes from the repository.
type Deployment struct {
	// CI, AssignmentGroup and ChangeType are those of the repository, Template its
	// template; "" for none.
	CI, AssignmentGroup, ChangeType, Template string
	// Risk and Impact are values of change_request: "3" for moderate.
	Risk, Impact string
	// Environment is the one that counted, Fallback whether it stands in for one
	// that the repository does not list.
	Environment string
	Fallback    bool
}

// The errors of Find, for errors.Is.
var (
	// ErrNoRepository: the repository is in no map.
	ErrNoRepository = errors.New("cmdb: No CI mapping found for repository")
	// ErrNoEnvironment: the repository lists neither the environment nor the one
	// that stands in for it.
	ErrNoEnvironment = errors.New("cmdb: no environment")
)

// Find returns what a deployment of a repository to an environment changes. Names are
// compared exactly. An environment that is not listed is treated as production; a
// repository that does not list that either is an ErrNoEnvironment.
func (r Repositories) Find(repository, environment string) (Deployment, error) {
	found, there := r[repository]
	if !there {
		return Deployment{}, fmt.Errorf("%w: %s", ErrNoRepository, repository)
	}
	d := Deployment{CI: found.CI, AssignmentGroup: found.AssignmentGroup, Environment: environment}
	d.ChangeType, d.Template = found.Change()
	e, listed := found.Environments[environment]
	if !listed {
		d.Environment, d.Fallback = FallbackEnvironment, true
		if e, listed = found.Environments[FallbackEnvironment]; !listed {
			return Deployment{}, fmt.Errorf("%w: repository %s lists neither %q nor %q: add one of them", ErrNoEnvironment, repository, environment, FallbackEnvironment)
		}
	}
	var problem string
	if d.Risk, problem = valueOf(mapping.Risk(), e.Risk); problem != "" {
		return Deployment{}, fmt.Errorf("cmdb: repository %s, environment %s: risk %s", repository, d.Environment, problem)
	}
	if d.Impact, problem = valueOf(mapping.Impact(), e.Impact); problem != "" {
		return Deployment{}, fmt.Errorf("cmdb: repository %s, environment %s: impact %s", repository, d.Environment, problem)
	}
	return d, nil
}

// valueOf returns the value of a label, or a value as it is. Nothing is a value of its
// own: the column is left alone.
func valueOf(labels mapping.Map[string, string], s string) (value, problem string) {
	if s == "" {
		return "", ""
	}
	a := mapping.ValueOf(labels, s)
	if !a.OK() {
		problem = a.Reason
	}
	return a.Value, problem
}

// MaxRepositories is the size in bytes above which LoadRepositories refuses a document.
const MaxRepositories = 4 << 20

// RepositoriesError is all that is wrong with a document of repositories.
type RepositoriesError struct {
	// Problems are the mistakes in the order of the document, each with its path.
	Problems []string
}

// Error returns the problems, one a line.
func (e *RepositoriesError) Error() string {
	return "cmdb: repositories:\n  " + strings.Join(e.Problems, "\n  ")
}

// LoadRepositories reads repositories from JSON, in the form of the documents:
//
//	{"my-web-app": {
//	  "cmdbCi": "abc123def456", "assignmentGroup": "Web Platform", "changeTemplate": "standard_deploy",
//	  "environment": {"production": {"risk": "moderate", "impact": "2"}}
//	}}
//
// It returns a *RepositoriesError with every mistake: a name or member twice, unknown
// or of another type, no CI, no environment, a risk or impact that is no choice.
func LoadRepositories(document []byte) (Repositories, error) {
	var l repositoryLoader
	if len(document) > MaxRepositories {
		return nil, &RepositoriesError{[]string{fmt.Sprintf("$ has %d bytes: the limit is %d", len(document), MaxRepositories)}}
	}
	if !json.Valid(document) {
		return nil, &RepositoriesError{[]string{"$ is not JSON"}}
	}
	all := Repositories{}
	l.members("$", document, func(path, name string, raw []byte) {
		all[name] = l.repository(path, raw)
	})
	if len(l.problems) > 0 {
		return nil, &RepositoriesError{l.problems}
	}
	return all, nil
}

type repositoryLoader struct{ problems []string }

func (l *repositoryLoader) problem(path, format string, args ...any) {
	l.problems = append(l.problems, path+" "+fmt.Sprintf(format, args...))
}

// members tells each member of an object, in its order, and notes those that stand
// twice. The text is valid JSON.
func (l *repositoryLoader) members(path string, raw []byte, each func(path, name string, raw []byte)) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	if open, err := decoder.Token(); err != nil || open != json.Delim('{') {
		l.problem(path, "is no object")
		return
	}
	seen := map[string]bool{}
	for decoder.More() {
		key, err := decoder.Token()
		name, isText := key.(string)
		var value json.RawMessage
		if err != nil || !isText || decoder.Decode(&value) != nil {
			l.problem(path, "cannot be read")
			return
		}
		at := path + "." + name
		switch {
		case name == "":
			l.problem(path, "has a member without a name")
		case seen[name]:
			l.problem(at, "stands twice: remove one")
		default:
			each(at, name, value)
		}
		seen[name] = true
	}
}

func (l *repositoryLoader) text(path string, raw []byte, to *string) {
	var s *string
	if json.Unmarshal(raw, &s) != nil || s == nil {
		l.problem(path, "is no text")
		return
	}
	*to = *s
}

func (l *repositoryLoader) repository(path string, raw []byte) (r Repository) {
	before := len(l.problems)
	l.members(path, raw, func(path, name string, raw []byte) {
		switch name {
		case "cmdbCi":
			l.text(path, raw, &r.CI)
		case "assignmentGroup":
			l.text(path, raw, &r.AssignmentGroup)
		case "changeTemplate":
			l.text(path, raw, &r.ChangeTemplate)
		case "environment":
			r.Environments = map[string]RiskImpact{}
			l.members(path, raw, func(path, name string, raw []byte) { r.Environments[name] = l.riskImpact(path, raw) })
		default:
			l.problem(path, "is unknown: use cmdbCi, assignmentGroup, changeTemplate and environment")
		}
	})
	if len(l.problems) > before {
		return r
	}
	if r.CI == "" {
		l.problem(path, "has no cmdbCi: give the sys_id of the CI")
	}
	if len(r.Environments) == 0 {
		l.problem(path, "has no environment: give at least %q", FallbackEnvironment)
	}
	return r
}

func (l *repositoryLoader) riskImpact(path string, raw []byte) (e RiskImpact) {
	l.members(path, raw, func(path, name string, raw []byte) {
		switch name {
		case "risk":
			l.text(path, raw, &e.Risk)
			if _, problem := valueOf(mapping.Risk(), e.Risk); problem != "" {
				l.problem(path, "%s", problem)
			}
		case "impact":
			l.text(path, raw, &e.Impact)
			if _, problem := valueOf(mapping.Impact(), e.Impact); problem != "" {
				l.problem(path, "%s", problem)
			}
		default:
			l.problem(path, "is unknown: use risk and impact")
		}
	})
	return e
}
