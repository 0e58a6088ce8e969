package cmdb

import "time"

// NoticeState says what a notice is about.
type NoticeState string

// The states of a notice.
const (
	NoticeCreated NoticeState = "created"
	NoticeUpdated NoticeState = "updated"
	NoticeDeleted NoticeState = "deleted"
	// NoticeCached: the object was fetched because another one needs it. Such a
	// notice never leads to further work, or flows would wake each other for ever.
	NoticeCached NoticeState = "cached"
)

// Known reports whether the state is one of the four.
func (s NoticeState) Known() bool {
	switch s {
	case NoticeCreated, NoticeUpdated, NoticeDeleted, NoticeCached:
		return true
	}
	return false
}

// Handled reports whether a notice leads to work: every known one but cached.
func (s NoticeState) Handled() bool { return s.Known() && s != NoticeCached }

// Notice is a past event about a NetBox object.
type Notice struct {
	Object Object
	State  NoticeState
	At     time.Time
}

// Window tells whether an object that others need is on its way into the CMDB
// already, so that it need not be fetched. The zero value looks back five minutes
// and keeps to the documented rules.
type Window struct {
	// LookBack is how old a notice may be to count, inclusive. The default, also
	// for a negative value, is DependencyWindow.
	LookBack time.Duration
	// InvalidateOnDelete lets a deletion cancel all notices before it, so that an
	// object that was deleted and made anew at once is imported at once. By
	// default it becomes eligible again only when the window has passed.
	InvalidateOnDelete bool
}

// DependencyWindow is the documented look-back.
const DependencyWindow = 5 * time.Minute

// WindowResult is the answer of a Window.
type WindowResult struct {
	Hit    bool   // the object need not be fetched
	Detail string // why, in words
}

// Check answers for one object at a time. present says that its attributes row
// exists and that the record behind it does too. Notices may be in any order;
// those from after now count as just come. A deletion is no hit.
func (w Window) Check(o Object, now time.Time, present bool, notices []Notice) WindowResult {
	if present {
		return WindowResult{true, o.String() + " is in the CMDB"}
	}
	back := w.LookBack
	if back <= 0 {
		back = DependencyWindow
	}
	var latest, deleted *Notice
	for i := range notices {
		n := &notices[i]
		switch {
		case n.Object != o || now.Sub(n.At) > back:
		case n.State == NoticeDeleted:
			deleted = later(deleted, n)
		case n.State.Known():
			latest = later(latest, n)
		}
	}
	switch {
	case latest == nil:
		return WindowResult{false, o.String() + " is not in the CMDB, and nothing of the last " + back.String() + " says that it is on its way"}
	case w.InvalidateOnDelete && deleted != nil && !deleted.At.Before(latest.At):
		return WindowResult{false, o.String() + " was deleted after it was " + string(latest.State)}
	}
	return WindowResult{true, o.String() + " was " + string(latest.State) + " within the last " + back.String()}
}

func later(a, b *Notice) *Notice {
	if a == nil || b.At.After(a.At) {
		return b
	}
	return a
}
