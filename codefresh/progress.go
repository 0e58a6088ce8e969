package codefresh

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// Progress is what the service keeps about the course of a build.
type Progress struct {
	ID     string
	Status Status
	// LocationType and Location tell where the log is kept. The address may be
	// signed: it lets in whoever has it.
	LocationType, Location string
}

// UnmarshalJSON reads the progress as the API gives it.
func (p *Progress) UnmarshalJSON(data []byte) error {
	var w struct {
		ID       string `json:"id"`
		OldID    string `json:"_id"`
		Status   Status `json:"status"`
		Location struct {
			Type string `json:"type"`
			URL  string `json:"url"`
		} `json:"location"`
	}
	if err := json.Unmarshal(data, &w); err != nil {
		return err
	}
	if w.ID == "" {
		w.ID = w.OldID
	}
	*p = Progress{ID: w.ID, Status: w.Status, LocationType: w.Location.Type, Location: w.Location.URL}
	return nil
}

// StepLog is what one step of a build printed.
type StepLog struct {
	Name    string
	Created time.Time
	Lines   []string
}

// errNoProgress is an error for a build that has nothing to end or read yet.
func errNoProgress(op, id string) error {
	return fmt.Errorf("codefresh: %s: build %s has no progress yet; wait until it runs: %w", op, id, ErrConflict)
}

// Progress reads the progress of a build.
func (s *BuildService) Progress(ctx context.Context, build string, opts ...CallOption) (Progress, error) {
	const op = "Builds.Progress"
	b, err := s.Get(ctx, build, opts...)
	if err != nil {
		return Progress{}, err
	}
	if b.ProgressID == "" {
		return Progress{}, errNoProgress(op, build)
	}
	if err := checkID(op, "progress id", b.ProgressID); err != nil {
		return Progress{}, err
	}
	var p Progress
	err = s.c.get(ctx, op, nil, &p, opts, "progress", b.ProgressID)
	return p, err
}

// Logs reads what the steps of a build have printed, in the order in which they
// began. The log of a build that runs is kept where only the product's own pages
// read it; that is an error that is ErrUnavailable, until the build has ended.
// The store is asked without the API key.
func (s *BuildService) Logs(ctx context.Context, build string, opts ...CallOption) ([]StepLog, error) {
	const op = "Builds.Logs"
	p, err := s.Progress(ctx, build, opts...)
	if err != nil {
		return nil, err
	}
	if p.Location == "" || p.LocationType == "firebase" || p.LocationType == "composition" {
		return nil, fmt.Errorf("codefresh: %s: the log of build %s is kept live (%q); read it when the build has ended: %w", op, build, p.LocationType, ErrUnavailable)
	}
	store, call, err := s.c.logStore(op, p.Location)
	if err != nil {
		return nil, err
	}
	var log struct {
		Steps map[string]wireStep `json:"steps"`
	}
	call.Decode = decodeInto(&log)
	if _, err := store.Do(ctx, call); err != nil {
		return nil, err
	}
	steps := make([]StepLog, 0, len(log.Steps))
	for _, key := range slices.Sorted(maps.Keys(log.Steps)) {
		steps = append(steps, log.Steps[key].log(key))
	}
	slices.SortStableFunc(steps, func(a, b StepLog) int { return a.Created.Compare(b.Created) })
	return steps, nil
}

// logStore makes a client for the store of logs, which must not get the key.
func (c *Client) logStore(op, location string) (*rest.Client, *rest.Call, error) {
	u, err := url.Parse(location)
	if err != nil || u.Host == "" || u.User != nil || !(u.Scheme == "https" || u.Scheme == "http" && strings.HasPrefix(c.rest.BaseURL(), "http:")) {
		return nil, nil, fmt.Errorf("codefresh: %s: the service names no address of the log that may be read: %w", op, ErrInvalid)
	}
	cfg := c.cfg
	cfg.BaseURL = u.Scheme + "://" + u.Host
	store, err := rest.New(cfg)
	if err != nil {
		return nil, nil, err
	}
	return store, &rest.Call{Op: op, Method: http.MethodGet, Path: u.EscapedPath(), RawQuery: u.RawQuery}, nil
}

// wireStep is a step in the log.
type wireStep struct {
	Name    string                     `json:"name"`
	Created json.Number                `json:"creationTimeStamp"`
	Logs    map[string]json.RawMessage `json:"logs"`
}

func (w wireStep) log(key string) StepLog {
	step := StepLog{Name: w.Name}
	if step.Name == "" {
		step.Name = key
	}
	if seconds, err := w.Created.Float64(); err == nil && seconds > 0 {
		step.Created = time.UnixMilli(int64(seconds * 1000)).UTC()
	}
	// The keys are made so that their order is that of the lines.
	for _, key := range slices.Sorted(maps.Keys(w.Logs)) {
		var line string
		if json.Unmarshal(w.Logs[key], &line) == nil {
			step.Lines = append(step.Lines, strings.TrimRight(line, "\r\n"))
		}
	}
	return step
}
