package assets

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/sync/reconcile"
	"github.com/itsmkit/itsmkit/sync/webhook"
)

// Realtime brings single changes of a NetBox into the CMDB, as its webhooks tell of
// them. Import and Verifier are needed. A Realtime is safe for concurrent use, once
// nobody changes it any more; events about one object are handled one after the
// other.
//
// An event says which object has changed; what the object says now is read from
// NetBox. So an event may be delivered twice, late or in the wrong order, and a lost
// one is made up for by the next one about the object. Devices need a class in their
// custom field: a role counts in bulk only.
type Realtime struct {
	// Import says what is imported, and how. Its Classifier is strict by default,
	// its Deleted retires.
	Import Import
	// Verifier proves who sent an event, usually one of webhook.NetBox. An event
	// that it refuses is never parsed. The zero Verifier refuses all.
	Verifier webhook.Verifier
	// Window says for how long an object that others need counts as on its way
	// after something was heard of it, so that it is not fetched a second time.
	Window cmdb.Window
	// Actors are the names of the NetBox users with whose account flows of one's
	// own write. Their changes are taken for echoes, unless Echoes shows that
	// somebody has made a change of their own with such an account.
	Actors []string
	// Echoes remembers what flows of one's own write to NetBox. Nil remembers
	// nothing.
	Echoes *Echoes
	// Now is the clock. Nil is time.Now.
	Now func() time.Time
	// Audit is told of every event that led to a write, after it. Its error is
	// returned to the caller, beside what else went wrong. Nil tells nobody.
	Audit func(context.Context, RealtimeResult) error
	// Logger is told what becomes of each event; every line names its component
	// after the marker that the NetBox Labs app uses. Nil is silent.
	Logger *slog.Logger

	queue   keyed
	traffic traffic
	prepare sync.Mutex
	full    atomic.Pointer[Import] // the import with its defaults, once it is checked
	beside  atomic.Bool            // whether the app was looked for, and is not active
	engine  atomic.Bool            // whether identification was asked, and answers
}

// RealtimeOutcome is what became of an event, in one word.
type RealtimeOutcome string

// The outcomes.
const (
	// RealtimeWritten: something was written; Summary says what.
	RealtimeWritten RealtimeOutcome = "written"
	// RealtimeUnchanged: the CMDB says already what NetBox says.
	RealtimeUnchanged RealtimeOutcome = "unchanged"
	// RealtimeRepeated: the event was handled before, or a newer one was.
	RealtimeRepeated RealtimeOutcome = "repeated"
	// RealtimeEcho: the change was one's own.
	RealtimeEcho RealtimeOutcome = "echo"
	// RealtimeIgnored: the event is about nothing that is imported.
	RealtimeIgnored RealtimeOutcome = "ignored"
	// RealtimeInvalid: the object, or something that it needs, may not be imported.
	RealtimeInvalid RealtimeOutcome = "invalid"
	// RealtimeBlocked: something is in the way, such as two records that may be meant.
	RealtimeBlocked RealtimeOutcome = "blocked"
)

// RealtimeResult is what an event led to.
type RealtimeResult struct {
	Outcome RealtimeOutcome
	// State is what the event says of the object; Object is the object, with a
	// type of "tenant" for a tenant. Both are empty when the event was not read.
	State  cmdb.NoticeState
	Object cmdb.Object
	// Target is the sys_id of the object's record, "" for none.
	Target string
	// Code and Reason say why nothing was written, or what is to be known beside.
	Code, Reason string
	// Fetched are the objects that were read from NetBox because the object needs
	// them and the CMDB lacks them.
	Fetched []cmdb.Object
	// Plan is what was to be written, nil when it did not come to that, and Summary
	// what was.
	Plan    *reconcile.Plan
	Summary reconcile.Summary
	// At is when the event was handled.
	At time.Time
}

// ErrOnItsWay is what errors.Is finds when an object needs another one that was
// announced of late and is not in the CMDB yet: handle the event again.
var ErrOnItsWay = errors.New("what it needs is on its way")

// Handle verifies, reads and carries out one event; header gives a header of its
// request by name, as http.Header.Get does. The error is an *EventFailure, or the one
// of Audit when the write itself succeeded. A sender that is not proved is
// webhook.ErrUnverified. An event that is ignored or not valid is no error: NetBox
// could not mend it by sending it again.
//
// NetBox sends an event once: keep a failure that is Retryable and hand it in again,
// to HandleEvent, for it has been verified.
func (r *Realtime) Handle(ctx context.Context, body []byte, header webhook.Header) (RealtimeResult, error) {
	now := r.now()
	if _, err := r.Verifier.Verify(header, body, now); err != nil {
		return RealtimeResult{At: now}, &EventFailure{Body: body, At: now, Err: err}
	}
	return r.HandleEvent(ctx, body)
}

// HandleEvent carries out an event that is known to come from NetBox.
func (r *Realtime) HandleEvent(ctx context.Context, body []byte) (RealtimeResult, error) {
	result := RealtimeResult{At: r.now()}
	fail := func(retryable bool, err error) (RealtimeResult, error) {
		r.log(markerQueue).Error("not handled", "object", result.subject(), "retryable", retryable, "error", err)
		return result, &EventFailure{Body: body, ResourceID: result.subject(), At: result.At, Retryable: retryable, Err: err}
	}
	full, err := r.complete()
	if err != nil {
		return fail(false, err)
	}
	event, err := netbox.ParseEvent(body)
	if err != nil {
		return fail(false, err)
	}
	h := &handling{
		Realtime: r, full: *full, event: event, result: &result,
		digest: reconcile.NewDigest(0).Text("body", string(body)).Sum(),
	}
	if !h.read() {
		return result, nil
	}
	if err := h.handle(ctx); err != nil {
		return fail(mayWorkLater(err) || errors.Is(err, ErrOnItsWay), err)
	}
	return result, h.audit(ctx)
}

// subject names what the event is about, "" when that is not known.
func (r *RealtimeResult) subject() string {
	if r.Object.ID == 0 {
		return ""
	}
	return r.Object.String()
}

func (r *Realtime) now() time.Time {
	if r.Now != nil {
		return r.Now()
	}
	return time.Now()
}

func (r *Realtime) log(component string) *slog.Logger {
	if r.Logger == nil {
		return slog.New(slog.DiscardHandler)
	}
	return r.Logger.With("component", component)
}

// complete checks the import once.
func (r *Realtime) complete() (*Import, error) {
	if full := r.full.Load(); full != nil {
		return full, nil
	}
	r.prepare.Lock()
	defer r.prepare.Unlock()
	i := r.Import
	if i.Classifier == nil {
		i.Classifier = &cmdb.Classifier{Mode: cmdb.RealTime}
	}
	if i.Deleted == DeletedDefault {
		i.Deleted = DeletedRetired
	}
	if i.Logger == nil {
		i.Logger = r.Logger
	}
	full, err := i.complete()
	if err != nil {
		return nil, err
	}
	full.Logger = r.log(markerBase)
	r.full.Store(&full)
	return &full, nil
}
