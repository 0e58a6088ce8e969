package assets

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/sync/reconcile"
	"github.com/itsmkit/itsmkit/sync/webhook"
)

// Events writes infrastructure events into the CMDB: each event names a resource
// by its id, which is the asset tag of its CI. CMDB, Verifier and Options.Classes
// are needed. An Events is safe for concurrent use, once nobody changes it any
// more: events about one resource are handled one after the other. Several
// processes may handle events too; what one of them creates has a sys_id that
// follows from the resource, so that two cannot create one CI twice.
type Events struct {
	// CMDB is read and written.
	CMDB *servicenow.Client
	// Verifier proves who sent an event, usually one of webhook.InfrastructureEvent.
	// An event that it refuses is never parsed. The zero Verifier refuses all.
	Verifier webhook.Verifier
	// Options say how an event becomes a CI.
	Options cmdb.EventOptions
	// Refresh is how old last_discovered may become before an event that changes
	// nothing else writes it. The default never writes it alone.
	Refresh time.Duration
	// Now is the clock. Nil is time.Now.
	Now func() time.Time
	// Audit is told of every write, after it. Its error is returned to the caller,
	// beside what else went wrong. Nil tells nobody.
	Audit func(context.Context, EventResult) error
	// Logger is told what was done at debug level, and what could not be taken
	// over at warn level. Nil is silent.
	Logger *slog.Logger

	queue keyed
}

// EventResult is what an event led to.
type EventResult struct {
	// Outcome is StatusCreated, StatusUpdated or StatusUnchanged.
	Outcome reconcile.Status
	// Class and Target are table and sys_id of the CI; Target is "" when there is
	// none: a resource was deleted that has no CI.
	Class, Target string
	// ResourceID is the event's resource, which is the CI's asset tag.
	ResourceID string
	// Changes are the columns that were written.
	Changes []reconcile.Change
	// Notes say in words what could not be taken over.
	Notes []string
	// At is when the event was handled.
	At time.Time
}

// EventFailure is an event that was not handled: what a caller keeps to look at it
// or to try again.
type EventFailure struct {
	Body       []byte    // as it came; do not log it, for it may hold anything
	ResourceID string    // "" when it could not be read
	At         time.Time // when it was tried
	Retryable  bool      // trying again may help
	Err        error     // why
}

// Error says why, without the body.
func (f *EventFailure) Error() string {
	if f.ResourceID == "" {
		return f.Err.Error()
	}
	return fmt.Sprintf("assets: event about %q: %v", f.ResourceID, f.Err)
}

// Unwrap returns the cause.
func (f *EventFailure) Unwrap() error { return f.Err }

// LogValue gives slog everything but the body.
func (f *EventFailure) LogValue() slog.Value {
	return slog.GroupValue(slog.String("resource", f.ResourceID), slog.Bool("retryable", f.Retryable), slog.String("error", f.Err.Error()))
}

// Handle verifies, reads and writes one event; header gives a header of its request
// by name, as http.Header.Get does. The error is an *EventFailure, or the one of
// Audit when the write itself succeeded. A sender that is not proved is
// webhook.ErrUnverified. Nothing is written when the CI says already what the event
// says.
func (e *Events) Handle(ctx context.Context, body []byte, header webhook.Header) (EventResult, error) {
	if e.CMDB == nil {
		return EventResult{}, errors.New("assets: Events.CMDB is nil: give a client made by servicenow.New")
	}
	now := time.Now
	if e.Now != nil {
		now = e.Now
	}
	result := EventResult{At: now()}
	fail := func(retryable bool, err error) (EventResult, error) {
		return result, &EventFailure{Body: body, ResourceID: result.ResourceID, At: result.At, Retryable: retryable, Err: err}
	}
	if _, err := e.Verifier.Verify(header, body, result.At); err != nil {
		return fail(false, err)
	}
	event, err := cmdb.ParseEvent(body)
	if err != nil {
		return fail(false, err)
	}
	result.ResourceID = event.ResourceID
	ci, err := cmdb.FromEvent(event, result.At, e.Options)
	if err != nil {
		return fail(false, err)
	}
	leave, err := e.queue.enter(ctx, event.ResourceID)
	if err != nil {
		return fail(true, err)
	}
	defer leave()
	result.Notes = ci.Notes
	if err := e.upsert(ctx, event, ci, &result); err != nil {
		return fail(mayWorkLater(err), err)
	}
	e.log(result)
	if e.Audit == nil || result.Outcome == reconcile.StatusUnchanged {
		return result, nil
	}
	if err := e.Audit(ctx, result); err != nil {
		return result, fmt.Errorf("assets: event about %q: it was written, but not audited: %w", result.ResourceID, err)
	}
	return result, nil
}

// mayWorkLater reports whether an error of either client is a passing one.
func mayWorkLater(err error) bool {
	if failure, ok := errors.AsType[interface {
		error
		Retryable() bool
	}](err); ok && failure.Retryable() {
		return true
	}
	// Both clients have the same errors.
	return errors.Is(err, servicenow.ErrUnavailable) || errors.Is(err, servicenow.ErrRateLimited) ||
		errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

func (e *Events) log(r EventResult) {
	if e.Logger == nil {
		return
	}
	logger := e.Logger.With("component", "assets.events", "resource", r.ResourceID, "ci", r.Target)
	logger.Debug("event handled", "outcome", string(r.Outcome), "columns", len(r.Changes))
	for _, note := range r.Notes {
		logger.Warn("not taken over", "note", note)
	}
}

// upsert finds the CI and writes what differs.
func (e *Events) upsert(ctx context.Context, event cmdb.Event, ci cmdb.EventCI, result *EventResult) error {
	if err := e.company(ctx, &ci, result); err != nil {
		return err
	}
	row, found, err := e.find(ctx, ci)
	if err != nil {
		return err
	}
	if !found && event.Action == actionDelete {
		result.Outcome, result.Class = reconcile.StatusUnchanged, ci.Class
		result.Notes = append(result.Notes, "the resource has no CI to retire")
		return nil
	}
	if !found {
		err := e.create(ctx, ci, result)
		if !errors.Is(err, servicenow.ErrDuplicate) {
			return err
		}
		// Another process was faster: take what it made.
		if row, found, err = e.find(ctx, ci); err != nil || !found {
			return errors.Join(err, fmt.Errorf("the CI was created meanwhile and cannot be seen: grant read access to %s", ci.Class))
		}
	}
	return e.update(ctx, ci, row, result)
}

// actionDelete is the action of an event about a resource that is no more.
const actionDelete = "delete"

// company turns the name of a company into its sys_id.
func (e *Events) company(ctx context.Context, ci *cmdb.EventCI, result *EventResult) error {
	if ci.Company == "" {
		return nil
	}
	q := servicenow.Query{Where: servicenow.Eq("name", ci.Company), Fields: []string{"sys_id", "name"}, PageSize: 2, Max: 2}
	var found []string
	for row, err := range servicenow.TableOf[servicenow.Record](e.CMDB, companies.table).All(ctx, q) {
		if err != nil {
			return fmt.Errorf("look the company up: %w", err)
		}
		if identity(row.Get("name")) == identity(ci.Company) {
			found = append(found, row.SysID())
		}
	}
	switch len(found) {
	case 1:
		ci.Columns["company"] = found[0]
	case 0:
		result.Notes = append(result.Notes, fmt.Sprintf("there is no company %q", ci.Company))
	default:
		result.Notes = append(result.Notes, fmt.Sprintf("there are several companies %q", ci.Company))
	}
	return nil
}

// find returns the CI with the event's asset tag. Several are an error: nobody
// can say which one is meant.
func (e *Events) find(ctx context.Context, ci cmdb.EventCI) (row servicenow.Record, found bool, err error) {
	tag := ci.Columns["asset_tag"]
	q := servicenow.Query{
		Where:  servicenow.Eq("asset_tag", tag),
		Fields: append(ci.ColumnNames(), "sys_id", classColumn), PageSize: 2, Max: 2,
	}
	var rows []servicenow.Record
	for row, err := range servicenow.TableOf[servicenow.Record](e.CMDB, allCIs).All(ctx, q) {
		if err != nil {
			return nil, false, fmt.Errorf("look the CI up: %w", err)
		}
		again := len(rows) > 0 && rows[0].SysID() == row.SysID()
		if identity(row.Get("asset_tag")) == identity(tag) && !again {
			rows = append(rows, row)
		}
	}
	switch len(rows) {
	case 0:
		return nil, false, nil
	case 1:
		return rows[0], true, nil
	}
	return nil, false, fmt.Errorf("%w: CIs %s and %s both have the asset tag: retire one of them", ErrAmbiguous, rows[0].SysID(), rows[1].SysID())
}

// ErrAmbiguous is what errors.Is finds when several records may be meant.
var ErrAmbiguous = errors.New("ambiguous")

func (e *Events) create(ctx context.Context, ci cmdb.EventCI, result *EventResult) error {
	row := map[string]string{"sys_id": eventID(ci.Columns["asset_tag"]).String()}
	for _, column := range ci.ColumnNames() {
		row[column] = ci.Columns[column]
		result.Changes = append(result.Changes, reconcile.Change{Field: column, To: reconcile.Text(ci.Columns[column])})
	}
	created, err := servicenow.TableOf[servicenow.Record](e.CMDB, ci.Class).Create(ctx, row, servicenow.Fields("sys_id", classColumn))
	if err != nil {
		result.Changes = nil
		return fmt.Errorf("create the CI: %w", err)
	}
	result.Outcome, result.Class, result.Target = reconcile.StatusCreated, ci.Class, created.SysID()
	return nil
}

// update writes the columns that differ. A column that the table lacks is told,
// not written: the platform would drop it without a word, each time.
func (e *Events) update(ctx context.Context, ci cmdb.EventCI, row servicenow.Record, result *EventResult) error {
	result.Class, result.Target = row.Get(classColumn), row.SysID()
	patch := map[string]string{}
	for _, column := range ci.ColumnNames() {
		want := ci.Columns[column]
		have, there := row[column]
		switch {
		case !there:
			result.Notes = append(result.Notes, fmt.Sprintf("%s has no column %s, or the user may not read it", result.Class, column))
		case column != columnDiscovered && strings.TrimSpace(have.Value) != strings.TrimSpace(want):
			patch[column] = want
		}
	}
	if len(patch) == 0 && !e.stale(row, result.At) {
		result.Outcome = reconcile.StatusUnchanged
		return nil
	}
	if _, there := row[columnDiscovered]; there {
		patch[columnDiscovered] = ci.Columns[columnDiscovered]
	}
	for _, column := range ci.ColumnNames() {
		if want, ok := patch[column]; ok {
			result.Changes = append(result.Changes, reconcile.Change{Field: column, From: reconcile.Text(row.Get(column)), To: reconcile.Text(want)})
		}
	}
	if _, err := servicenow.TableOf[servicenow.Record](e.CMDB, result.Class).Update(ctx, result.Target, patch, servicenow.Fields("sys_id")); err != nil {
		result.Changes = nil
		return fmt.Errorf("update the CI: %w", err)
	}
	result.Outcome = reconcile.StatusUpdated
	return nil
}

const columnDiscovered = "last_discovered"

// stale reports whether last_discovered is old enough to be written for itself.
func (e *Events) stale(row servicenow.Record, now time.Time) bool {
	if e.Refresh <= 0 {
		return false
	}
	last, err := row[columnDiscovered].DateTime()
	return err != nil || last.IsZero() || now.Sub(last.Time) >= e.Refresh
}

// eventID is the sys_id that the CI of a resource gets. It depends on nothing but
// the resource, in any case, as asset tags compare.
func eventID(tag string) sysID {
	return hashID("event", strings.ToLower(strings.TrimSpace(tag)))
}
