package servicenow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// WorkerState is the state of an asynchronous worker (table chg_mgt_worker).
// The documentation lists the numbers and the names apart; its samples prove
// 1 and 3.
type WorkerState string

// The states of workers.
const (
	WorkerWaiting    WorkerState = "1"
	WorkerInProgress WorkerState = "2"
	WorkerComplete   WorkerState = "3"
	WorkerFailed     WorkerState = "4"
)

// ChangeWorker is work that the instance does after it has answered.
type ChangeWorker struct {
	// ID is the worker's sys_id.
	ID string
	// State is the worker's state.
	State WorkerState
	// Type is what it works on: an association type, or "schedule".
	Type string
	// Request is the request that it was made for, JSON as text.
	Request string
	// Errors, Warnings and Infos are what it had to say, such as configuration
	// items that do not exist or are associated already.
	Errors, Warnings, Infos []string
	// Spans are the free time slots that a schedule worker found.
	Spans []ChangeSpan
}

// ChangeSpan is a time slot, in UTC.
type ChangeSpan struct{ Start, End DateTime }

// Done reports whether the worker has ended, well or not.
func (w ChangeWorker) Done() bool { return w.State == WorkerComplete || w.State == WorkerFailed }

// UnmarshalJSON decodes a worker as the API answers it.
func (w *ChangeWorker) UnmarshalJSON(data []byte) error {
	var wire struct {
		Worker struct {
			ID   string `json:"sysId"`
			Link string `json:"link"`
		} `json:"worker"`
		Request  scalar `json:"request"`
		State    Value  `json:"state"`
		Type     scalar `json:"type"`
		Messages struct {
			Errors   []string `json:"errorMessages"`
			Warnings []string `json:"warningMessages"`
			Infos    []string `json:"infoMessages"`
		} `json:"messages"`
		Payload struct {
			Spans []ChangeSpan `json:"spans"`
		} `json:"payload"`
	}
	if err := json.Unmarshal(data, &wire); err != nil {
		return err
	}
	state := WorkerState(strings.TrimSuffix(wire.State.Value, ".0"))
	switch { // by name where the number says nothing
	case state >= WorkerWaiting && state <= WorkerFailed && len(state) == 1:
	case strings.EqualFold(wire.State.Display, "Complete"):
		state = WorkerComplete
	case strings.EqualFold(wire.State.Display, "Error"):
		state = WorkerFailed
	}
	id := wire.Worker.ID
	if id == "" {
		id = wire.Worker.Link[strings.LastIndexByte(wire.Worker.Link, '/')+1:]
	}
	*w = ChangeWorker{
		ID: id, State: state, Type: string(wire.Type), Request: string(wire.Request),
		Errors: wire.Messages.Errors, Warnings: wire.Messages.Warnings, Infos: wire.Messages.Infos, Spans: wire.Payload.Spans,
	}
	return nil
}

// WorkerError is a worker that ended in an error, or that was still at work when
// the time for waiting was over; the latter is ErrStillWaiting for errors.Is.
type WorkerError struct {
	Worker ChangeWorker
	Err    error // ErrStillWaiting, or nil
}

// Error says what the worker was for and what it had to say.
func (e *WorkerError) Error() string {
	text := fmt.Sprintf("servicenow: worker %s for %s: ", e.Worker.ID, e.Worker.Type)
	if e.Err != nil {
		return text + e.Err.Error()
	}
	if len(e.Worker.Errors) == 0 {
		return text + "it ended in an error without a message"
	}
	return text + strings.Join(e.Worker.Errors, "; ")
}

// Unwrap gives the cause.
func (e *WorkerError) Unwrap() error { return e.Err }

// worker sends a call whose result is a worker.
func (s *ChangeService) worker(ctx context.Context, cc changeCall, opts []CallOption) (ChangeWorker, error) {
	var w ChangeWorker
	err := s.client.changeSend(ctx, cc, func(result json.RawMessage) error { return json.Unmarshal(result, &w) }, opts)
	if err != nil {
		return ChangeWorker{}, err
	}
	return w, nil
}

// Worker reads how far a worker is.
func (s *ChangeService) Worker(ctx context.Context, sysID string, opts ...CallOption) (ChangeWorker, error) {
	return s.worker(ctx, changeCall{op: "Changes.Worker", path: []string{"change", "worker"}, id: sysID}, opts)
}

// WaitForWorker asks until the worker has ended: at once, then as p says. One
// that failed, and one that was not done in time, is a [*WorkerError]. The
// worker is answered in any case as it was last seen.
func (s *ChangeService) WaitForWorker(ctx context.Context, sysID string, p Poll, opts ...CallOption) (ChangeWorker, error) {
	p, err := p.resolve()
	if err != nil {
		return ChangeWorker{}, fmt.Errorf("servicenow: Changes.WaitForWorker: %w", err)
	}
	var last ChangeWorker
	err = p.run(ctx, func(ctx context.Context) (bool, error) {
		w, err := s.Worker(ctx, sysID, opts...)
		if err == nil {
			last = w
		}
		return err == nil && w.Done(), err
	})
	switch {
	case errors.Is(err, ErrStillWaiting):
		return last, &WorkerError{last, err}
	case err == nil && last.State == WorkerFailed:
		return last, &WorkerError{Worker: last}
	}
	return last, err
}

// Association is how a configuration item is associated with a change.
type Association string

// The associations.
const (
	AffectedCI       Association = "affected" // table task_ci
	ImpactedService  Association = "impacted" // table task_cmdb_ci_service
	ImpactedOffering Association = "offering" // table task_service_offering
)

func (a Association) check() error {
	switch a {
	case AffectedCI, ImpactedService, ImpactedOffering:
		return nil
	}
	return fmt.Errorf("association %q is none of affected, impacted and offering", string(a))
}

// CIs reads the associations of a change with configuration items, services or
// offerings. Each row has the column ci_item, or cmdb_ci_service.
func (s *ChangeService) CIs(ctx context.Context, change string, a Association, q Query, opts ...CallOption) iter.Seq2[ChangeRow, error] {
	if err := a.check(); err != nil {
		return func(yield func(ChangeRow, error) bool) {
			yield(ChangeRow{}, fmt.Errorf("servicenow: Changes.CIs: %w", err))
		}
	}
	opts = append([]CallOption{param("association_type", string(a))}, opts...)
	return allChanges(ctx, s.client, "Changes.CIs", []string{"change", change, "ci"}, q, asRow, opts)
}

// AddCIs associates configuration items with a change. The instance answers
// before it does so: wait by [ChangeService.WaitForWorker], whose messages name
// the items that do not exist or are associated already. refresh has the
// impacted services of affected items worked out as well.
func (s *ChangeService) AddCIs(ctx context.Context, change string, a Association, ids []string, refresh bool, opts ...CallOption) (ChangeWorker, error) {
	cc := changeCall{op: "Changes.AddCIs", method: http.MethodPost, path: []string{"change"}, id: change, what: "the change's sys_id", below: []string{"ci"}, kind: rest.Append}
	if err := a.check(); err != nil {
		return ChangeWorker{}, cc.bad(err)
	}
	if len(ids) == 0 {
		return ChangeWorker{}, cc.bad(errors.New("no sys_ids are given"))
	}
	for i, id := range ids {
		if id == "" || strings.ContainsAny(id, ", \t\r\n") {
			return ChangeWorker{}, cc.bad(fmt.Errorf("sys_id %d (%q) is empty or holds a comma or space", i, id))
		}
	}
	wire := struct {
		IDs     []string    `json:"cmdb_ci_sys_ids"`
		Kind    Association `json:"association_type"`
		Refresh bool        `json:"refresh_impacted_services,omitempty"`
	}{ids, a, refresh}
	data, err := json.Marshal(wire)
	if err != nil {
		return ChangeWorker{}, cc.bad(err)
	}
	cc.data = data
	return s.worker(ctx, cc, opts)
}

// RefreshImpactedServices has the impacted services of a change worked out from
// its primary configuration item.
func (s *ChangeService) RefreshImpactedServices(ctx context.Context, change string, opts ...CallOption) (ChangeWorker, error) {
	return s.worker(ctx, changeCall{
		op: "Changes.RefreshImpactedServices", method: http.MethodPost, path: []string{"change"}, id: change, what: "the change's sys_id",
		below: []string{"refresh_impacted_services"}, kind: rest.Idempotent, data: emptyObject,
	}, opts)
}

// Schedule starts the search for free time slots as long as the change's own
// planned window. The change needs a configuration item, a planned start and a
// planned end; the role sn_change_writer is required. Wait for the worker and
// read its Spans.
func (s *ChangeService) Schedule(ctx context.Context, change string, opts ...CallOption) (ChangeWorker, error) {
	return s.worker(ctx, changeCall{op: "Changes.Schedule", path: []string{"change"}, id: change, below: []string{"schedule"}}, opts)
}

// ScheduleCI starts the search for free time slots of a configuration item.
// from is the earliest start, zero for now.
func (s *ChangeService) ScheduleCI(ctx context.Context, ci string, duration time.Duration, from time.Time, opts ...CallOption) (ChangeWorker, error) {
	cc := changeCall{op: "Changes.ScheduleCI", path: []string{"change", "ci"}, id: ci, what: "the configuration item's sys_id", below: []string{"schedule"}}
	seconds, start, err := slot(duration, from)
	if err != nil {
		return ChangeWorker{}, cc.bad(err)
	}
	cc.query = url.Values{"duration_in_seconds": {strconv.FormatInt(seconds, 10)}}
	if start != "" {
		cc.query.Set("planned_start_time", start)
	}
	return s.worker(ctx, cc, opts)
}

// TakeFirstSlot starts the search for the first free time slot of the given
// length and writes it into the change as planned start and end. from is the
// earliest start, zero for now. Read the change once the worker has ended.
func (s *ChangeService) TakeFirstSlot(ctx context.Context, change string, duration time.Duration, from time.Time, opts ...CallOption) (ChangeWorker, error) {
	cc := changeCall{
		op: "Changes.TakeFirstSlot", method: http.MethodPatch, path: []string{"change"}, id: change, what: "the change's sys_id",
		below: []string{"schedule", "first_available"}, kind: rest.Append,
	}
	seconds, start, err := slot(duration, from)
	if err != nil {
		return ChangeWorker{}, cc.bad(err)
	}
	wire := struct {
		Seconds int64  `json:"duration_in_seconds"`
		Start   string `json:"planned_start_time,omitempty"`
	}{seconds, start}
	if cc.data, err = json.Marshal(wire); err != nil {
		return ChangeWorker{}, cc.bad(err)
	}
	return s.worker(ctx, cc, opts)
}

// slot writes a duration and an earliest start as the API takes them.
func slot(duration time.Duration, from time.Time) (seconds int64, start string, err error) {
	if duration < time.Second {
		return 0, "", fmt.Errorf("duration %v: a time slot has at least one second", duration)
	}
	start, err = DateTime{from}.text()
	return int64(duration / time.Second), start, err
}
