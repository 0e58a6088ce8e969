package codefresh

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// Variable is a build variable.
type Variable struct {
	Key   string `json:"key"`
	Value string `json:"value"`
	// Encrypted asks the service to keep the value hidden. Not verified on the
	// service.
	Encrypted bool `json:"encrypted,omitempty"`
}

// Run says how to start a build. The zero value runs the pipeline as it is
// configured.
type Run struct {
	Branch  string `json:"branch,omitempty"`
	SHA     string `json:"sha,omitempty"`     // of a commit on the branch
	Trigger string `json:"trigger,omitempty"` // name or id of the pipeline's trigger
	// Variables are sent as a list, in this order.
	Variables []Variable `json:"variables"`
	// Contexts are names of shared configurations whose variables are added.
	Contexts []string `json:"contexts"`
	// Annotations are set on the build from the start.
	Annotations map[string]string `json:"annotations"`
	// YAML replaces the pipeline's steps.
	YAML    string      `json:"userYamlDescriptor,omitempty"`
	Options *RunOptions `json:"options,omitempty"`
	Machine *Machine    `json:"userMachineConfig,omitempty"`

	// RequestID names this start to the service (reqId): the same one, sent
	// again, is the same start. The official client repeats it in its retries
	// and so does this one. Empty makes a random one; give one of your own, such
	// as a UUID kept beside the event, and a start that is repeated after a
	// crash is the same one too. How long the service remembers it is not
	// documented.
	RequestID string `json:"-"`
}

// RunOptions are switches of a run; nil keeps the pipeline's own.
type RunOptions struct {
	NoCache             *bool    `json:"noCache,omitempty"`             // of Docker layers
	NoCfCache           *bool    `json:"noCfCache,omitempty"`           // of the service's own
	ResetVolume         *bool    `json:"resetVolume,omitempty"`         // empties the shared volume
	EnableNotifications *bool    `json:"enableNotifications,omitempty"` // of pull requests
	Skip                []string `json:"skip,omitempty"`                // names of steps
	Only                []string `json:"only,omitempty"`                // names of steps
}

// Machine is what the build runs on.
type Machine struct {
	CPU     string `json:"cpu,omitempty"`
	Memory  string `json:"memory,omitempty"`
	Disk    string `json:"disk,omitempty"`
	Runtime string `json:"runtimeName,omitempty"`
	Pack    string `json:"packName,omitempty"`
}

// Run starts a pipeline, named "project/pipeline" or by its id, and returns the
// id of the build.
func (s *BuildService) Run(ctx context.Context, pipeline string, r Run, opts ...CallOption) (string, error) {
	const op = "Builds.Run"
	if err := checkName(op, "pipeline name", pipeline); err != nil {
		return "", err
	}
	return s.run(ctx, op, r, opts, "pipelines", "run", pipeline)
}

// RunYAML starts a build of r.YAML without a pipeline and returns its id.
func (s *BuildService) RunYAML(ctx context.Context, r Run, opts ...CallOption) (string, error) {
	const op = "Builds.RunYAML"
	if strings.TrimSpace(r.YAML) == "" {
		return "", errors.New("codefresh: " + op + ": Run.YAML is empty; it holds the steps to run")
	}
	return s.run(ctx, op, r, opts, "pipelines", "run")
}

func (s *BuildService) run(ctx context.Context, op string, r Run, opts []CallOption, elems ...string) (string, error) {
	if err := r.check(op); err != nil {
		return "", err
	}
	if r.RequestID == "" {
		r.RequestID = newID()
	}
	// The official client sends these when they are empty, too.
	if r.Variables == nil {
		r.Variables = []Variable{}
	}
	if r.Contexts == nil {
		r.Contexts = []string{}
	}
	if r.Annotations == nil {
		r.Annotations = map[string]string{}
	}
	var started startedBuild
	query := url.Values{"reqId": {r.RequestID}}
	err := s.c.send(ctx, op, http.MethodPost, rest.Idempotent, query, r, &started, opts, elems...)
	return string(started), err
}

func (r Run) check(op string) error {
	seen := map[string]bool{}
	for i, v := range r.Variables {
		switch {
		case v.Key == "" || strings.ContainsAny(v.Key, " =\t\r\n"):
			return fmt.Errorf("codefresh: %s: the key %q of Run.Variables[%d] is empty or holds a blank or an equals sign", op, v.Key, i)
		case seen[v.Key]:
			return fmt.Errorf("codefresh: %s: the key %q stands twice in Run.Variables", op, v.Key)
		}
		seen[v.Key] = true
	}
	for key := range r.Annotations {
		if err := checkKeyOf(op, key); err != nil {
			return err
		}
	}
	if strings.ContainsAny(r.RequestID, " \t\r\n") {
		return fmt.Errorf("codefresh: %s: Run.RequestID holds a blank", op)
	}
	return nil
}

// startedBuild is the id of a new build, which the service answers as a bare
// JSON string.
type startedBuild string

// UnmarshalJSON reads the string, and an object with an id as well, which a
// rebuild may answer with.
func (b *startedBuild) UnmarshalJSON(data []byte) error {
	var id string
	if json.Unmarshal(data, &id) != nil {
		var build Build
		if err := json.Unmarshal(data, &build); err != nil {
			return err
		}
		id = build.ID
	}
	if checkID("", "build id", id) != nil {
		return errors.New("the answer names no build")
	}
	*b = startedBuild(id)
	return nil
}

// newID makes a random UUID of version 4.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
