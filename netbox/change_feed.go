package netbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/url"
	"slices"
	"time"
)

// ObjectChange is one record of NetBox's change log. An update that changed
// nothing leaves none, and neither do the objects that a location takes along
// to another site, or a rack to another place: read those again.
type ObjectChange struct {
	ID         int64           `json:"id"`
	Time       time.Time       `json:"time"`
	UserName   string          `json:"user_name"`
	RequestID  string          `json:"request_id"` // shared by all that one request has changed, cascades included
	Action     Choice          `json:"action"`     // "create", "update", "delete"
	ObjectType string          `json:"changed_object_type"`
	ObjectID   int64           `json:"changed_object_id"`
	Repr       string          `json:"object_repr"`     // the object's name at that time; since 4.5
	Message    string          `json:"message"`         // changelog_message of the write; since 4.4
	Before     json.RawMessage `json:"prechange_data"`  // raw values; {} or null for a creation
	After      json.RawMessage `json:"postchange_data"` // raw values; {} or null for a deletion
}

// changeFields are the fields of an ObjectChange; the object itself, which
// NetBox would look up for every record, is left out.
var changeFields = []string{"id", "time", "user_name", "request_id", "action", "changed_object_type", "changed_object_id",
	"object_repr", "message", "prechange_data", "postchange_data"}

// ObjectChangeFilter selects records of the change log: every set field must
// match, several values of one field mean any of them.
type ObjectChangeFilter struct {
	ID         IDs    `url:"id,omitempty"`
	UserName   Texts  `url:"user_name,omitempty" lookup:"choice"`
	RequestID  Texts  `url:"request_id,omitempty" lookup:"none"` // X-Request-ID of the write
	Action     Texts  `url:"action,omitempty" lookup:"choice"`
	ObjectType Texts  `url:"changed_object_type,omitempty" lookup:"relation"` // "dcim.device", ...
	ObjectID   IDs    `url:"changed_object_id,omitempty" lookup:"ordered"`
	Search     string `url:"q,omitempty"`
}

func (f ObjectChangeFilter) encode(dst url.Values) error { return encodeStruct(f, dst) }

var objectChangeSpec = spec{
	name: "Core.ObjectChanges", path: "core/object-changes", filter: ObjectChangeFilter{},
	more:    "time_after:none time_before:none",
	without: changeLogFilters + " description",
}

// Watermark is how far a change feed was read. It is plain data: keep it as
// JSON and go on from it in another process. The zero Watermark is the start of
// the log; one with a Time only is that time, for example of the beginning of
// a full sync that the feed is to follow.
type Watermark struct {
	// Time is that of the youngest change read.
	Time time.Time `json:"time"`
	// IDs are the changes read within the overlap before Time.
	IDs []int64 `json:"ids,omitempty"`
}

// ErrChangesLost says that the change log does not reach back to a feed's
// watermark, so that changes may be missing: a full sync is due.
var ErrChangesLost = errors.New("the change log does not reach back to the watermark")

// ChangeOptions says what a change feed reads. The zero value is fine. All runs
// with one watermark must select the same changes.
type ChangeOptions struct {
	// ObjectTypes selects by type, "dcim.device"; nil selects all.
	ObjectTypes []string
	// Actions selects "create", "update", "delete"; nil selects all.
	Actions []string
	// Overlap is how far before the watermark the log is read again; default
	// 5 minutes. A record is stamped and numbered when it is made and becomes
	// visible when its request ends, which NetBox's reference set-up allows
	// 120 seconds for. What was read before is not delivered again.
	Overlap time.Duration
	// Retention is how long the server keeps its change log; default 90 days,
	// as NetBox's CHANGELOG_RETENTION. Negative means for ever.
	Retention time.Duration
	// OnGap is called, before anything is delivered that follows, when changes
	// after since may be missing; the feed then goes on. Without it the feed
	// ends there with ErrChangesLost.
	OnGap func(since time.Time)
	// Now is the clock that Retention is measured by; default time.Now.
	Now func() time.Time
}

// ChangeFeed reads NetBox's change log from a watermark on: creations, updates
// and deletions, also those by cascade, in the order of their ids, each once.
// It is for one goroutine.
type ChangeFeed struct {
	c      *Client
	o      ChangeOptions
	newest time.Time
	recent []readChange // those within the overlap before newest, and some more
	pruned int          // len(recent) after it was last cut down
}

type readChange struct {
	id   int64
	time time.Time
}

// Changes returns a feed of all changes after a watermark. It sends nothing
// until All is ranged over. What lies within the overlap before a watermark
// that has a Time only is delivered, too.
func (c *Client) Changes(from Watermark, o ChangeOptions) *ChangeFeed {
	if o.Overlap == 0 {
		o.Overlap = 5 * time.Minute
	}
	if o.Retention == 0 {
		o.Retention = 90 * 24 * time.Hour
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	o.ObjectTypes, o.Actions = slices.Clone(o.ObjectTypes), slices.Clone(o.Actions)
	f := &ChangeFeed{c: c, o: o, newest: from.Time}
	for _, id := range from.IDs {
		f.recent = append(f.recent, readChange{id, from.Time})
	}
	return f
}

// Watermark returns how far the feed was read. A change counts as read when the
// loop asks for the next one, so the one at which a loop is left comes again.
func (f *ChangeFeed) Watermark() Watermark {
	f.prune()
	mark := Watermark{Time: f.newest}
	for _, change := range f.recent {
		mark.IDs = append(mark.IDs, change.id)
	}
	slices.Sort(mark.IDs)
	return mark
}

// prune forgets what lies before the overlap.
func (f *ChangeFeed) prune() {
	from := f.newest.Add(-f.o.Overlap)
	f.recent = slices.DeleteFunc(f.recent, func(c readChange) bool { return c.time.Before(from) })
	f.pruned = len(f.recent)
}

// read takes note of a change that was delivered.
func (f *ChangeFeed) read(change *ObjectChange) {
	if change.Time.After(f.newest) {
		f.newest = change.Time
	}
	f.recent = append(f.recent, readChange{change.ID, change.Time})
	if len(f.recent) > 2*f.pruned+1000 {
		f.prune()
	}
}

// All delivers the changes that there are and ends; range over it again later
// for those that came since. An error is yielded once, at the end.
func (f *ChangeFeed) All(ctx context.Context, opts ...CallOption) iter.Seq2[ObjectChange, error] {
	return func(yield func(ObjectChange, error) bool) {
		left := false
		err := f.walk(ctx, opts, func(change ObjectChange) bool {
			left = !yield(change, nil)
			return !left
		})
		if err != nil && !left {
			yield(ObjectChange{}, err)
		}
	}
}

func (f *ChangeFeed) walk(ctx context.Context, opts []CallOption, deliver func(ObjectChange) bool) error {
	log, where, err := f.log(ctx)
	if err != nil {
		return err
	}
	mark := f.Watermark()
	seen := make(map[int64]bool, len(mark.IDs))
	for _, id := range mark.IDs {
		seen[id] = true
	}
	// The log reaches back to the watermark when a change read before is still
	// there; a mark without any is judged by its age.
	reaches := len(mark.IDs) == 0
	if reaches && !mark.Time.IsZero() && f.o.Retention > 0 && f.o.Now().Sub(mark.Time) > f.o.Retention {
		if err := f.gap(mark.Time); err != nil {
			return err
		}
	}
	for change, err := range log.All(ctx, Query{Where: where, Fields: changeFields}, opts...) {
		switch {
		case err != nil:
			return err
		case seen[change.ID]:
			reaches = true
			continue
		case !reaches && change.ID > mark.IDs[len(mark.IDs)-1]:
			if err := f.gap(mark.Time); err != nil {
				return err
			}
			reaches = true
		}
		if !deliver(change) {
			return nil
		}
		f.read(&change)
	}
	if !reaches {
		return f.gap(mark.Time)
	}
	return nil
}

// log returns the change log at its place in the server's release, and what is
// selected of it.
func (f *ChangeFeed) log(ctx context.Context) (*Resource[ObjectChange], Filter, error) {
	if f == nil || f.c == nil || f.c.rest == nil {
		return nil, nil, errors.New("netbox: the change feed was not made by a client's Changes")
	}
	if f.o.Overlap < 0 {
		return nil, nil, fmt.Errorf("netbox: Changes: a negative Overlap, %s", f.o.Overlap)
	}
	log, err := f.c.Core.ObjectChanges.place(ctx)
	if err != nil {
		return nil, nil, err
	}
	var where conjunction
	if !f.newest.IsZero() {
		where = append(where, Raw("time_after", f.newest.Add(-f.o.Overlap)))
	}
	if f.o.ObjectTypes != nil {
		where = append(where, Raw("changed_object_type", f.o.ObjectTypes))
	}
	if f.o.Actions != nil {
		where = append(where, Raw("action", f.o.Actions))
	}
	return log, where, nil
}

// gap tells that changes may be missing.
func (f *ChangeFeed) gap(since time.Time) error {
	if f.o.OnGap != nil {
		f.o.OnGap(since)
		return nil
	}
	return fmt.Errorf("netbox: Changes: since %s: %w", since.UTC().Format(time.RFC3339), ErrChangesLost)
}
