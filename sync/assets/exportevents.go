package assets

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// RecordEvent says that a record of the CMDB was created, updated or deleted. How it
// gets here is the caller's: an async business rule that posts it, a poll of
// sys_updated_on, a queue.
type RecordEvent struct {
	Kind RecordEventKind
	// Table is the record's table, such as "cmdb_ci_server" or "cmn_location"; ID its
	// sys_id.
	Table, ID string
	// Actor is the name of the user who made the change (sys_updated_by), "" where it
	// is not known.
	Actor string
}

// RecordEventKind is what happened to a record.
type RecordEventKind string

// The kinds of record events.
const (
	RecordCreated RecordEventKind = "created"
	RecordUpdated RecordEventKind = "updated"
	RecordDeleted RecordEventKind = "deleted"
)

// DeletePolicy says what becomes of a NetBox object whose record was deleted.
type DeletePolicy int

const (
	// DeleteExported deletes objects that carry Export.Tag. It is the zero value.
	DeleteExported DeletePolicy = iota
	// DeleteLinked deletes every object that the record was linked to.
	DeleteLinked
	// DeleteNothing leaves the object and the link row as they are, and says so.
	DeleteNothing
)

// RealtimeExport brings single changes of the CMDB into NetBox. Export is needed. A
// RealtimeExport is safe for concurrent use, once nobody changes it any more; events
// about one record are handled one after the other.
//
// An event says which record has changed; what the record says now is read. So an
// event may come twice, late or in the wrong order, and a lost one is made up for by
// the next one about the record, or by an Export with Linked. Flagged records that the
// record needs and that are not linked are exported along.
type RealtimeExport struct {
	// Export says what is exported, and how. Linked does not matter here.
	Export Export
	// Deletes says what becomes of objects whose record was deleted.
	Deletes DeletePolicy
	// Actors are the names of the CMDB users with whose account flows of one's own
	// write. Their changes are taken for echoes, unless Written shows that somebody has
	// made a change of their own with such an account.
	Actors []string
	// Written remembers what flows of one's own write to the CMDB. Nil remembers
	// nothing.
	Written *Written
	// Now is the clock. Nil is time.Now.
	Now func() time.Time
	// Logger is told what becomes of each event, by the component names of the NetBox
	// Labs app. Nil is silent.
	Logger *slog.Logger

	queue   keyed
	prepare sync.Mutex
	full    atomic.Pointer[Export]
	checked atomic.Bool // the NetBox has what objects refer to
	beside  atomic.Bool // the app is not active
}

// RecordResult is what a record event led to.
type RecordResult struct {
	Outcome RealtimeOutcome
	// Object is what the record is linked to by now; no id for nothing.
	Object cmdb.Object
	// Code and Reason say why nothing was written, or what is to be known beside.
	Code, Reason string
	// Plan is what was to be written, nil when it did not come to that, and Summary
	// what was.
	Plan    *reconcile.Plan
	Summary reconcile.Summary
	// At is when the event was handled.
	At time.Time
}

// Handle carries one event out. The error is an *EventFailure. A record that is not
// ready, not flagged or blocked is none: the result says so. Deleting what is gone
// already is success.
func (r *RealtimeExport) Handle(ctx context.Context, e RecordEvent) (RecordResult, error) {
	result := RecordResult{At: r.now()}
	fail := func(retryable bool, err error) (RecordResult, error) {
		r.log(markerExport).Error("not handled", "record", e.ID, "retryable", retryable, "error", err)
		return result, &EventFailure{ResourceID: e.ID, At: result.At, Retryable: retryable, Err: err}
	}
	full, err := r.complete()
	if err != nil {
		return fail(false, err)
	}
	id, ok := parseSysID(e.ID)
	switch {
	case !ok:
		return fail(false, fmt.Errorf("assets: RecordEvent.ID %q is no sys_id: give 32 hex digits", e.ID))
	case e.Kind != RecordCreated && e.Kind != RecordUpdated && e.Kind != RecordDeleted:
		return fail(false, fmt.Errorf("assets: RecordEvent.Kind is %q: give created, updated or deleted", e.Kind))
	}
	leave, err := r.queue.enter(ctx, e.ID)
	if err != nil {
		return fail(true, err)
	}
	defer leave()
	h := &outHandling{RealtimeExport: r, full: *full, event: e, id: id, result: &result}
	if err := h.handle(ctx); err != nil {
		return fail(mayWorkLater(err), err)
	}
	r.log(markerExport).Info("handled", "record", e.ID, "event", string(e.Kind), "outcome", string(result.Outcome), "code", result.Code, "reason", result.Reason)
	return result, nil
}

func (r *RealtimeExport) now() time.Time {
	if r.Now != nil {
		return r.Now()
	}
	return time.Now()
}

func (r *RealtimeExport) log(component string) *slog.Logger {
	if r.Logger == nil {
		return slog.New(slog.DiscardHandler)
	}
	return r.Logger.With("component", component)
}

// complete checks the export once.
func (r *RealtimeExport) complete() (*Export, error) {
	if full := r.full.Load(); full != nil {
		return full, nil
	}
	r.prepare.Lock()
	defer r.prepare.Unlock()
	if r.Deletes < DeleteExported || r.Deletes > DeleteNothing {
		return nil, fmt.Errorf("assets: RealtimeExport.Deletes is %d: choose DeleteExported, DeleteLinked or DeleteNothing", r.Deletes)
	}
	e := r.Export
	if e.Logger == nil {
		e.Logger = r.Logger
	}
	full, err := e.complete()
	if err != nil {
		return nil, err
	}
	full.Linked, full.Approved = true, ""
	r.full.Store(&full)
	return &full, nil
}

// outHandling is one event on its way.
type outHandling struct {
	*RealtimeExport
	full   Export
	event  RecordEvent
	id     sysID
	result *RecordResult
}

func (h *outHandling) end(o RealtimeOutcome, code, format string, args ...any) {
	h.result.Outcome, h.result.Code, h.result.Reason = o, code, fmt.Sprintf(format, args...)
}

func (h *outHandling) handle(ctx context.Context) error {
	if targetOf(h.event.Table) == nil {
		h.end(RealtimeIgnored, "", "records of %s are not exported", h.event.Table)
		return nil
	}
	if !h.full.BesideApp && !h.beside.Load() {
		if err := newExporting(h.full).cmdb.refuseBesideApp(ctx); err != nil {
			return err
		}
		h.beside.Store(true)
	}
	for try := 1; ; try++ {
		again, err := h.once(ctx)
		if err != nil || !again {
			return err
		}
		if try == mostTries {
			return fmt.Errorf("the object keeps changing under the flow: %w", servicenow.ErrConflict)
		}
	}
}

// once plans and applies. It reports true when something has changed in between.
func (h *outHandling) once(ctx context.Context) (again bool, err error) {
	x := newExporting(h.full)
	x.narrow = newNarrowing()
	x.narrow.checked = h.checked.Load()
	if err := x.lookUpLinks(ctx, x.Link.Columns.Record, []string{h.event.ID}); err != nil {
		return false, err
	}
	row, linkedRow := x.rows[h.id]
	switch {
	case !linkedRow && h.event.Kind == RecordDeleted:
		h.end(RealtimeUnchanged, CodeGone, "the record has no link row: NetBox has nothing of it, or no more")
		return false, nil
	case !linkedRow || !row.flagged:
		h.end(RealtimeIgnored, "", "the record is not flagged for the export")
		return false, nil
	}
	t := targetOf(h.event.Table)
	if err := x.read(ctx, map[*target][]string{t: {h.event.ID}}); err != nil {
		return false, err
	}
	o := x.byID[h.id]
	switch {
	case o == nil && h.event.Kind == RecordDeleted:
		return h.remove(ctx, x, row)
	case o == nil:
		h.end(RealtimeIgnored, CodeGone, "the record is not there, or cannot be seen")
		return false, nil
	case h.event.Kind == RecordDeleted:
		h.end(RealtimeRepeated, "", "the record is there again, or still")
		return false, nil
	case h.echo(o):
		h.end(RealtimeEcho, "", "%s is an account of our own", h.event.Actor)
		return false, nil
	}
	return h.export(ctx, x, o)
}

// echo tells a change of one's own by two facts: who made it, and whether the record
// still says what was last written to it.
func (h *outHandling) echo(o *outgoing) bool {
	if !slices.Contains(h.Actors, h.event.Actor) {
		return false
	}
	still, known := h.Written.still(o)
	return still || !known
}

// export plans the record with what it needs, and carries that out.
func (h *outHandling) export(ctx context.Context, x *exporting, o *outgoing) (again bool, err error) {
	if err := x.planNarrow(ctx); err != nil {
		return false, err
	}
	plan, err := x.builder.Build()
	if err != nil {
		return false, err
	}
	h.result.Plan, h.result.Object = plan, o.linked
	op, planned := plan.Operation(o.opID())
	if !planned && shapeOf(o.typ) == nil {
		op, planned = plan.Operation("record:" + o.id.String())
	}
	switch {
	case planned && op.Kind == reconcile.Blocked:
		h.end(RealtimeBlocked, op.Code, "%s", op.Reason)
	case planned && op.Kind == reconcile.Skip:
		h.end(RealtimeInvalid, op.Code, "%s", op.Reason)
		h.log(markerValidation(o.typ)).Warn("evaluated as not valid and cannot be exported", "record", h.event.ID, "code", op.Code, "reason", op.Reason)
	case plan.Empty():
		h.end(RealtimeUnchanged, "", "NetBox says already what the record says")
	}
	if plan.Empty() {
		return false, nil
	}
	again, err = h.apply(ctx, plan, o.opID(), reconcile.Options{})
	if err == nil && !again {
		h.checked.Store(true)
	}
	return again, err
}

// apply carries a plan out.
func (h *outHandling) apply(ctx context.Context, plan *reconcile.Plan, main string, o reconcile.Options) (again bool, err error) {
	o.Settled = func(s reconcile.Settled) {
		if s.Operation.ID == main && s.Target != "" {
			id, _ := strconv.ParseInt(s.Target, 10, 64)
			h.result.Object = cmdb.Object{Type: cmdb.ObjectType(s.Operation.Type), ID: id}
		}
	}
	h.result.Summary, err = h.full.apply(ctx, plan, o)
	if err != nil {
		return false, err
	}
	var errs []error
	for _, p := range h.result.Summary.Problems {
		switch {
		case p.Status == reconcile.StatusStale:
			again = true
		case p.Status == reconcile.StatusFailed && p.Err != nil:
			errs = append(errs, fmt.Errorf("%s: %w", p.Operation.ID, p.Err))
		case p.Status == reconcile.StatusFailed:
			errs = append(errs, fmt.Errorf("%s: %s", p.Operation.ID, p.Reason))
		}
	}
	if h.result.Outcome == "" || h.result.Outcome == RealtimeUnchanged {
		h.result.Outcome = RealtimeUnchanged
		if h.result.Summary.Total().Written() > 0 {
			h.result.Outcome = RealtimeWritten
		}
	}
	return again && len(errs) == 0, errors.Join(errs...)
}

// remove deletes the object of a record that is gone, and its link row after it.
func (h *outHandling) remove(ctx context.Context, x *exporting, row flagRow) (again bool, err error) {
	link, linked := x.book.entryOf(h.id)
	h.result.Object = link.object
	s := shapeOf(link.object.Type)
	switch {
	case h.Deletes == DeleteNothing:
		h.end(RealtimeIgnored, CodeGone, "the record was deleted; its object is left as it is")
		return false, nil
	case linked && s == nil:
		return false, fmt.Errorf("the link row of %s names an object of type %q, which is none", h.event.ID, link.object.Type)
	}
	rowOp := reconcile.Operation{
		ID: linkType + ":" + h.event.ID, Kind: reconcile.Delete, Type: linkType, Class: h.full.Link.Table,
		Key: h.event.ID, Target: link.row.String(), Name: row.table,
	}
	x.builder.Add(rowOp)
	if linked && h.full.exports(link.object.Type) {
		if stop, err := h.planRemoval(ctx, x, s, link, rowOp.ID); err != nil || stop {
			return false, err
		}
	}
	plan, err := x.builder.Build()
	if err != nil {
		return false, err
	}
	h.result.Plan = plan
	return h.apply(ctx, plan, "", reconcile.Options{AllowDeletes: true})
}

// planRemoval adds the removal of an object, unless it is somebody else's.
func (h *outHandling) planRemoval(ctx context.Context, x *exporting, s *shape, link linkEntry, rowOp string) (stop bool, err error) {
	if err := x.lookUpLinks(ctx, x.Link.Columns.ID, []string{strconv.FormatInt(link.object.ID, 10)}); err != nil {
		return false, err
	}
	for _, t := range sharing(s) {
		if other := x.owner(cmdb.Object{Type: t, ID: link.object.ID}, h.id); other != (sysID{}) {
			h.end(RealtimeBlocked, CodeLinkedElsewhere, "%s is linked to record %s as well", link.object, other)
			return true, nil
		}
	}
	if err := x.readObjects(ctx, s, byIDs(link.object.ID)); err != nil {
		return false, err
	}
	have := x.found[s.endpoint].byID[link.object.ID]
	if have == nil {
		return false, nil // gone already
	}
	if tags := have.value(s, fieldTags); h.Deletes == DeleteExported && withTag(tags, x.Tag) != tags {
		h.end(RealtimeIgnored, CodeOutOfScope, "%s %q does not carry the tag %s: it is left as it is", link.object, have.name, x.Tag)
		return true, nil
	}
	x.builder.Add(reconcile.Operation{
		ID: string(s.typ) + ":" + h.event.ID, Kind: reconcile.Delete, Type: string(s.typ), Class: s.endpoint,
		Key: h.event.ID, Target: strconv.FormatInt(have.id, 10), Name: have.name,
		Needs: []string{rowOp}, // the object goes first, so that a process that dies in between finds it again
	})
	return false, nil
}
