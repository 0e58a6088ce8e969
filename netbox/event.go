package netbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// EventKind says what happened to an object.
type EventKind string

// The kinds of event; releases may add others.
const (
	EventCreated    EventKind = "created"
	EventUpdated    EventKind = "updated"
	EventDeleted    EventKind = "deleted"
	EventJobStarted EventKind = "job_started"
	EventJobEnded   EventKind = "job_ended"
)

// Event is what a webhook of NetBox tells: one change of one object, also
// within a bulk write, and several changes within one request as one. NetBox
// sends an event once and loses it when that fails, gives no order (two events
// of one object may swap) and signs the bytes of the body, which is to be
// checked before anything is parsed. Releases 3.7 to 4.7 send it in five
// shapes; this is what they have in common.
type Event struct {
	Kind EventKind
	// Time is when NetBox made the event.
	Time time.Time
	// ObjectType is "dcim.device". Releases up to 4.3 do not send it; it is
	// taken from the object's address then, "" for objects of plugins.
	ObjectType string
	// Model is the second half, "device"; from 4.5 it is taken from ObjectType.
	Model string
	// ObjectID is 0 for events without an object.
	ObjectID int64
	// User is who made the change. Events of jobs may have none.
	User string
	// RequestID is the X-Request-ID of the answer to the write, also in the
	// change log; "" for what no request has caused.
	RequestID string
	// Method and Path are those of the write; since 4.6.
	Method, Path string
	// Data is the object as the API shows it, before the deletion for a deleted
	// one, but with relative addresses; nil for null.
	Data json.RawMessage
	// Before and After hold the object's raw values (ids, bare choices, names
	// of tags); nil where there is none: before a creation, after a deletion.
	Before, After json.RawMessage
	// Context is what plugins add; since 4.4.
	Context json.RawMessage
}

// ParseEvent reads the body of a webhook that has no body template of its own.
func ParseEvent(body []byte) (Event, error) {
	fail := func(format string, args ...any) (Event, error) {
		return Event{}, fmt.Errorf("netbox: ParseEvent: "+format, args...)
	}
	all, err := topLevel(body)
	if err != nil {
		return fail("the body is no JSON object")
	}
	e := Event{
		Kind: EventKind(text(all["event"])), ObjectType: text(all["object_type"]), Model: text(all["model"]),
		User: text(all["username"]), RequestID: text(all["request_id"]), Data: given(all["data"]), Context: given(all["context"]),
	}
	if e.Kind == "" {
		return fail(`the body has no "event"; a webhook with a body template has a form of its own, decode that yourself`)
	}
	if e.Time, err = eventTime(text(all["timestamp"])); err != nil {
		return fail(`"timestamp": %w`, err)
	}
	if raw := given(all["request"]); raw != nil {
		request, err := topLevel(raw)
		if err != nil {
			return fail(`"request" is no JSON object`)
		}
		e.Method, e.Path = text(request["method"]), text(request["path"])
		if e.RequestID == "" {
			e.RequestID = text(request["id"])
		}
		if e.User == "" {
			e.User = text(request["user"])
		}
	}
	if raw := given(all["snapshots"]); raw != nil {
		snapshots, err := topLevel(raw)
		if err != nil {
			return fail(`"snapshots" is no JSON object`)
		}
		e.Before, e.After = given(snapshots["prechange"]), given(snapshots["postchange"])
	}
	var url string
	if raw, ok := memberOf(e.Data, "id"); ok {
		e.ObjectID = number(raw)
	}
	if raw, ok := memberOf(e.Data, "url"); ok {
		url = text(raw)
	}
	e.complete(url)
	return e, nil
}

// complete takes what a release does not send from what it does.
func (e *Event) complete(url string) {
	if e.Model == "" {
		_, e.Model, _ = strings.Cut(e.ObjectType, ".")
	}
	if e.ObjectType != "" || e.Model == "" {
		return
	}
	_, path, found := strings.Cut(url, "/api/")
	app, _, more := strings.Cut(path, "/")
	if found && more && app != "" && app != "plugins" {
		e.ObjectType = app + "." + e.Model
	}
}

// given returns a member that is not null.
func given(raw json.RawMessage) json.RawMessage {
	if len(raw) == 0 || isNull(raw) {
		return nil
	}
	return raw
}

func eventTime(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, errors.New("there is none")
	}
	for _, layout := range [...]string{time.RFC3339, "2006-01-02 15:04:05Z07:00"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, nil
		}
	}
	return time.Time{}, errors.New("it is not a time with its zone")
}

// Decode stores the object in v, for example a *[Device]. An event without one
// is an error.
func (e Event) Decode(v any) error {
	if e.Data == nil {
		return fmt.Errorf("netbox: the %s event holds no object", e.Kind)
	}
	if err := json.Unmarshal(e.Data, v); err != nil {
		return fmt.Errorf("netbox: the object of the %s event: %w", e.Kind, err)
	}
	return nil
}

// Changed returns the names of the fields in which Before and After differ, in
// alphabetical order, custom fields as "custom_fields.name". A creation or
// deletion gives all of them. Stamps do not count.
func (e Event) Changed() []string {
	before, after := snapshotFields(e.Before), snapshotFields(e.After)
	names := map[string]bool{}
	for _, side := range [...]map[string]any{before, after} {
		for name := range side {
			a, inA := before[name]
			b, inB := after[name]
			if inA != inB || !sameJSONValue(a, b) {
				names[name] = true
			}
		}
	}
	if len(names) == 0 {
		return nil
	}
	return slices.Sorted(maps.Keys(names))
}

// Unchanged reports that NetBox was written to without a change of the object,
// as a PATCH with equal values does; also an echo of one's own write ends so.
func (e Event) Unchanged() bool {
	return e.Kind == EventUpdated && e.Before != nil && e.After != nil && len(e.Changed()) == 0
}

// snapshotFields reads a snapshot into one level.
func snapshotFields(raw json.RawMessage) map[string]any {
	fields, err := decodeFields(raw)
	if err != nil {
		return nil
	}
	delete(fields, "created")
	delete(fields, "last_updated")
	if custom, ok := fields["custom_fields"].(map[string]any); ok {
		delete(fields, "custom_fields")
		for name, v := range custom {
			fields[customPrefix+name] = v
		}
	}
	return fields
}

// Replay are the facts by which a delivery that comes twice is known: NetBox
// gives deliveries no id and signs no time. It is comparable, so it can be a
// map's key, together with an age limit on Time.
type Replay struct {
	Time       time.Time // in UTC
	RequestID  string
	ObjectType string // the model where the type is not known
	ObjectID   int64
	Kind       EventKind
}

// Replay returns the event's own.
func (e Event) Replay() Replay {
	r := Replay{Time: e.Time.UTC(), RequestID: e.RequestID, ObjectType: e.ObjectType, ObjectID: e.ObjectID, Kind: e.Kind}
	if r.ObjectType == "" {
		r.ObjectType = e.Model
	}
	return r
}

// Key returns the facts as one text, the same for the same ones, for stores
// that take texts.
func (r Replay) Key() string {
	return strings.Join([]string{
		r.Time.UTC().Format(time.RFC3339Nano), strconv.Quote(r.RequestID), strconv.Quote(r.ObjectType),
		strconv.FormatInt(r.ObjectID, 10), strconv.Quote(string(r.Kind)),
	}, "|")
}
