package assets

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// handling is one event on its way through a Realtime.
type handling struct {
	*Realtime
	full   Import
	event  netbox.Event
	digest uint64 // of the body
	result *RealtimeResult

	main   string        // the operation of the object
	cached []cmdb.Notice // what was announced along with the object
	ends   []func()      // of the work on it
}

// read decides, without a request, whether the event leads to work.
func (h *handling) read() bool {
	r, log := h.result, h.log(markerAPI)
	states := map[netbox.EventKind]cmdb.NoticeState{
		netbox.EventCreated: cmdb.NoticeCreated, netbox.EventUpdated: cmdb.NoticeUpdated, netbox.EventDeleted: cmdb.NoticeDeleted,
	}
	r.State = states[h.event.Kind]
	typ, known := typeOf(h.event.ObjectType)
	r.Object = cmdb.Object{Type: typ, ID: h.event.ObjectID}
	run := run{Import: h.full}
	switch {
	case !r.State.Handled():
		return h.ignore("events of kind " + string(h.event.Kind) + " tell of no change")
	case !known || h.event.ObjectID <= 0:
		r.Object = cmdb.Object{}
		return h.ignore("objects of type " + h.event.ObjectType + " are not imported")
	case !run.handles(typ):
		return h.ignore("the import of " + string(typ) + " is switched off")
	}
	if why, echo := h.echo(typ); echo {
		r.Outcome, r.Reason = RealtimeEcho, why
		log.Info("Ignoring notification", "object", r.Object.String(), "event", string(r.State), "why", why)
		return false
	}
	log.Info("Notification received", "object", r.Object.String(), "event", string(r.State), "request", h.event.RequestID)
	return true
}

func (h *handling) ignore(why string) bool {
	h.result.Outcome, h.result.Reason = RealtimeIgnored, why
	h.log(markerAPI).Info("Ignoring notification", "event", string(h.event.Kind), "why", why)
	return false
}

// echo tells a change of one's own by three facts: its request, what it says, and
// who made it.
func (h *handling) echo(typ cmdb.ObjectType) (why string, echo bool) {
	if h.Echoes.knows(h.event.RequestID) {
		return "the request was one of our own", true
	}
	ours := slices.Contains(h.Actors, h.event.User)
	last, wrote := h.Echoes.last(h.result.Object)
	if wrote && h.result.State != cmdb.NoticeDeleted {
		says, ok := eventDigest(h.event, typ)
		switch {
		case ok && says == last:
			return "it says what we wrote last", true
		case ok && ours:
			return "", false // somebody uses our account
		}
	}
	if ours {
		return h.event.User + " is an account of our own", true
	}
	return "", false
}

// handle carries the event out.
func (h *handling) handle(ctx context.Context) error {
	o := h.result.Object
	notice := cmdb.Notice{Object: o, State: h.result.State, At: h.result.At}
	h.traffic.note(notice, h.Window)
	leave, err := h.queue.enter(ctx, o.String())
	if err != nil {
		h.traffic.withdraw(notice)
		return err
	}
	defer leave()
	h.ends = append(h.ends, h.traffic.begin(o))
	defer func() {
		for _, end := range h.ends {
			end()
		}
	}()
	err = h.once(ctx)
	if err != nil {
		for _, n := range h.cached {
			h.traffic.withdraw(n)
		}
	}
	if err != nil || h.result.Outcome == RealtimeInvalid || h.result.Outcome == RealtimeBlocked {
		if notice.State != cmdb.NoticeDeleted {
			h.traffic.withdraw(notice) // it is not on its way after all
		}
	}
	h.log(markerQueue).Info("handled", "object", o.String(), "outcome", string(h.result.Outcome), "code", h.result.Code, "reason", h.result.Reason)
	return err
}

// mostTries is how often an event is planned anew when its record has changed
// between the plan and the write.
const mostTries = 3

func (h *handling) once(ctx context.Context) error {
	o := h.result.Object
	var stamp struct {
		LastUpdated time.Time `json:"last_updated"`
	}
	_ = h.event.Decode(&stamp) // an event without a stamp is judged by what NetBox says
	if why, known := h.traffic.known(o, stamp.LastUpdated, h.digest, h.result.State == cmdb.NoticeDeleted); known {
		h.result.Outcome, h.result.Reason = RealtimeRepeated, why
		return nil
	}
	if err := h.besideApp(ctx); err != nil {
		return err
	}
	for try := 1; ; try++ {
		last, err := h.plan(ctx)
		if err != nil || h.result.Plan == nil {
			return err
		}
		again, err := h.apply(ctx)
		if err != nil {
			return err
		}
		if !again {
			h.settle(last)
			return nil
		}
		if try == mostTries {
			return fmt.Errorf("the record keeps changing under the flow: %w", servicenow.ErrConflict)
		}
	}
}

// settle notes what was handled.
func (h *handling) settle(updated time.Time) {
	if h.result.Outcome == RealtimeWritten || h.result.Outcome == RealtimeUnchanged {
		h.traffic.settle(h.result.Object, handled{
			updated: updated, digest: h.digest, deleted: h.result.Code == CodeGone, at: h.result.At,
		})
	}
}

// besideApp looks once whether the NetBox Labs app is active.
func (h *handling) besideApp(ctx context.Context) error {
	if h.full.BesideApp || h.beside.Load() {
		return nil
	}
	if err := newRun(h.full).cmdb.refuseBesideApp(ctx); err != nil {
		return err
	}
	h.beside.Store(true)
	return nil
}

// plan plans what the event leads to. Without a plan, the result says why.
func (h *handling) plan(ctx context.Context) (updated time.Time, err error) {
	r := newRun(h.full)
	r.narrow = newNarrow()
	o := h.result.Object
	h.result.Plan = nil
	if err := r.lookUp(ctx, []cmdb.Object{o}); err != nil {
		return updated, err
	}
	if h.result.State == cmdb.NoticeDeleted {
		return updated, h.planGone(ctx, r)
	}
	objects, err := r.readObjects(ctx, []cmdb.Object{o})
	if err != nil {
		return updated, err
	}
	if len(objects) == 0 {
		return updated, h.planGone(ctx, r)
	}
	x := objects[0]
	if !x.tagged {
		h.invalid(string(cmdb.NotTagged), fmt.Sprintf("%s %q does not carry the tag", o, x.name))
		return x.updated, nil
	}
	if o.Type == cmdb.TypeDevice { // before anything is asked about what it needs
		if device := x.convert(); device.code != "" {
			h.log("NetBoxDeviceNB").Info("Not validating Device dependencies", "object", o.String(), "code", device.code, "reason", device.reason)
			h.invalid(device.code, device.reason)
			return x.updated, nil
		}
	}
	if err := h.needs(ctx, r, x); err != nil {
		return x.updated, err
	}
	return x.updated, h.planObject(ctx, r, x)
}

// planObject plans the object with what it needs.
func (h *handling) planObject(ctx context.Context, r *run, x found) error {
	main := r.register(x)
	if !r.eligibleAlone(main) {
		h.invalid(main.code, main.reason)
		return nil
	}
	h.announce(r, main)
	if err := r.planNarrow(ctx); err != nil {
		return err
	}
	if r.ciWrites && r.Through == ThroughIdentification && !h.engine.Load() {
		if err := r.checkIdentification(ctx); err != nil {
			return err
		}
		h.engine.Store(true)
	}
	plan, err := r.builder.Build()
	if err != nil {
		return err
	}
	h.result.Plan, h.main = plan, main.String()
	h.result.Target = r.fates[main.Object].id.String()
	if op, ok := plan.Operation(h.main); ok {
		h.result.Target, h.result.Code, h.result.Reason = op.Target, op.Code, op.Reason
	} else if ids := r.live(main.Object); len(ids) == 1 {
		h.result.Target = ids[0].String()
	}
	return nil
}

// invalid ends the event.
func (h *handling) invalid(code, reason string) {
	h.result.Outcome, h.result.Code, h.result.Reason = RealtimeInvalid, code, reason
	h.log(markerQueue).Warn("evaluated as not valid and cannot be imported", "object", h.result.Object.String(), "code", code, "reason", reason)
}

// planGone plans what becomes of the record of an object that is gone.
func (h *handling) planGone(ctx context.Context, r *run) error {
	linked, err := r.goneAlone(ctx, h.result.Object)
	if err != nil {
		return err
	}
	if len(linked) > 0 {
		h.result.Target = linked[len(linked)-1].String()
	}
	plan, err := r.builder.Build()
	if err != nil {
		return err
	}
	h.result.Plan, h.result.Code, h.result.Reason = plan, CodeGone, h.result.Object.String()+" is not in NetBox any more"
	if len(linked) == 0 && len(plan.Operations) == 0 {
		h.result.Reason += ", and no record is linked to it"
	}
	return nil
}

// apply carries the plan out. It reports true when the record has changed since.
func (h *handling) apply(ctx context.Context) (again bool, err error) {
	plan := h.result.Plan
	if plan.Empty() {
		h.result.Outcome = RealtimeUnchanged
		for _, op := range plan.Operations {
			if op.Kind == reconcile.Blocked {
				h.result.Outcome, h.result.Code, h.result.Reason = RealtimeBlocked, op.Code, op.Reason
			}
		}
		return false, nil
	}
	i := h.full
	i.Guard = reconcile.Guard{} // one event removes one record
	h.result.Summary, err = i.apply(ctx, plan, func(s reconcile.Settled) {
		if s.Operation.ID == h.main && s.Target != "" {
			h.result.Target = s.Target
		}
	})
	if err != nil {
		return false, err
	}
	var errs []error
	total := h.result.Summary.Total()
	for _, p := range h.result.Summary.Problems {
		if p.Status == reconcile.StatusFailed {
			reason := p.Err
			if reason == nil {
				reason = errors.New(p.Reason)
			}
			errs = append(errs, fmt.Errorf("%s: %w", p.Operation.ID, reason))
		}
		if p.Status == reconcile.StatusStale {
			again = true
		}
	}
	h.result.Outcome = RealtimeUnchanged
	if total.Written() > 0 {
		h.result.Outcome = RealtimeWritten
	}
	if op, ok := plan.Operation(h.main); ok && op.Kind == reconcile.Blocked {
		h.result.Outcome = RealtimeBlocked
	}
	return again && len(errs) == 0, errors.Join(errs...)
}

// audit tells of what was written.
func (h *handling) audit(ctx context.Context) error {
	if h.Audit == nil || h.result.Outcome != RealtimeWritten {
		return nil
	}
	if err := h.Audit(ctx, *h.result); err != nil {
		return fmt.Errorf("assets: event about %q: it was written, but not audited: %w", h.result.subject(), err)
	}
	return nil
}
