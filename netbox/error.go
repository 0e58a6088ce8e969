package netbox

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// The kinds of failure, for errors.Is. The first group is shared with the
// other clients of this module.
var (
	ErrNotFound     = rest.ErrNotFound     // no such object or endpoint, or hidden from this token
	ErrUnauthorized = rest.ErrUnauthorized // no, a wrong, an expired or a disabled token; NetBox answers 403 to that
	ErrForbidden    = rest.ErrForbidden    // a good token without the permission
	ErrConflict     = rest.ErrConflict     // exists already, in use, or changed meanwhile
	ErrInvalid      = rest.ErrInvalid      // refused content; see Error.Fields
	ErrRateLimited  = rest.ErrRateLimited  // throttled by a proxy in front of NetBox
	ErrUnavailable  = rest.ErrUnavailable  // not reached, or out of order
	ErrSignIn       = rest.ErrSignIn       // a web page instead of an answer
	ErrTruncated    = rest.ErrTruncated    // an answer that ends early or cannot be read
	ErrAmbiguous    = rest.ErrAmbiguous    // a write whose outcome is unknown

	// ErrDuplicate: the write clashes with another object's unique value. It is
	// a hint taken from the text of the refusal, ErrConflict as well: look the
	// object up before acting on it.
	ErrDuplicate = errors.New("an object with this unique value exists already")
	// ErrProtected: other objects depend on the one to be deleted.
	ErrProtected = errors.New("other objects depend on it")
	// ErrNoSpace: nothing of the asked for kind is free in the prefix, range or
	// VLAN group.
	ErrNoSpace = errors.New("nothing is free there")
	// ErrPrecondition: the object is not as the write expected it; see [IfMatch].
	ErrPrecondition = errors.New("the object has changed meanwhile")
)

// Error is a failed call. Use errors.Is with the kinds above, and errors.As
// with *Error for the facts. No text of it holds a token, a query or a header.
type Error struct {
	Op         string        // "DCIM.Devices.Create"
	Method     string        // verb on the wire
	Path       string        // below the base address, without query
	Status     int           // of the last answer; 0 when there was none
	Message    string        // NetBox's own words, in short
	RequestID  string        // X-Request-ID, also the key into NetBox's change log
	APIVersion string        // of the answer; "" when there was none
	Wait       time.Duration // how long the server asks to wait
	Attempts   int           // requests sent
	Body       []byte        // of the last answer, at most 8 KiB
	Err        error         // the cause, or nil

	// Detail is NetBox's "detail" text.
	Detail string
	// Fields holds the refusals by field, "custom_fields.owner" for one of the
	// custom fields. Texts differ between releases: show them, do not compare.
	Fields map[string][]string
	// NonField holds refusals that concern no single field.
	NonField []string
	// Items holds the failures of a bulk call, one for each bad object that
	// NetBox names. Releases up to 4.6 name some only in part.
	Items []ItemError
	// Exception is the class of an exception inside NetBox ("IntegrityError").
	Exception string

	failure *rest.Failure
	kinds   []error
}

// ItemError is what NetBox says about one object of a bulk call.
type ItemError struct {
	Index    int   // place in the call's list; -1 where NetBox does not tell
	ID       int64 // the object's id; -1 for creates and where NetBox does not tell
	Fields   map[string][]string
	NonField []string
	Kind     error // [ErrNotFound], [ErrDuplicate], [ErrProtected], [ErrForbidden], else [ErrInvalid]
}

// Error returns the item and what is wrong with it in one line.
func (e ItemError) Error() string {
	var who string
	switch {
	case e.Index >= 0 && e.ID > 0:
		who = fmt.Sprintf("item %d (id %d)", e.Index, e.ID)
	case e.Index >= 0:
		who = fmt.Sprintf("item %d", e.Index)
	case e.ID > 0:
		who = fmt.Sprintf("id %d", e.ID)
	default:
		who = "an item"
	}
	return who + ": " + refusals(e.Fields, e.NonField)
}

// Unwrap gives errors.Is the item's kind.
func (e ItemError) Unwrap() error { return e.Kind }

// Error says what failed, why, and how to find it in NetBox's change log.
func (e *Error) Error() string {
	if e == nil || e.failure == nil {
		return "netbox: failed"
	}
	return e.failure.Error()
}

// Unwrap gives errors.Is and errors.As the kinds and the cause.
func (e *Error) Unwrap() []error {
	if e == nil || e.failure == nil {
		return nil
	}
	return append(slices.Clone(e.kinds), e.failure.Unwrap()...)
}

// Retryable reports whether the same call may work later.
func (e *Error) Retryable() bool { return e.failure != nil && e.failure.Retryable() }

// RetryAfter is how long the server asks to wait; 0 when it did not say.
func (e *Error) RetryAfter() time.Duration { return e.Wait }

// MaybeApplied reports whether the call was a write whose outcome is unknown.
func (e *Error) MaybeApplied() bool { return e.failure != nil && e.failure.MaybeApplied }

// LogValue gives slog the facts as attributes.
func (e *Error) LogValue() slog.Value {
	if e == nil || e.failure == nil {
		return slog.StringValue("netbox: failed")
	}
	return e.failure.LogValue()
}

// detail is what judging an answer found out beyond its status.
type detail struct {
	version   string
	text      string
	fields    map[string][]string
	nonField  []string
	items     []ItemError
	exception string
	kinds     []error
}

// wrap makes the package's error.
func wrap(f *rest.Failure) error {
	e := &Error{
		Op: f.Op, Method: f.Method, Path: f.Path, Status: f.Status, Message: f.Message, RequestID: f.RequestID,
		Wait: f.Wait, Attempts: f.Attempts, Body: f.Body, Err: f.Err, failure: f,
	}
	if d, ok := f.Detail.(*detail); ok {
		e.APIVersion, e.Detail, e.Fields, e.NonField = d.version, d.text, d.fields, d.nonField
		e.Items, e.Exception, e.kinds = d.items, d.exception, d.kinds
	}
	return e
}

// refusals puts field messages into one line, in the order of the names.
func refusals(fields map[string][]string, nonField []string) string {
	parts := slices.Clone(nonField)
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		parts = append(parts, name+": "+strings.Join(fields[name], " "))
	}
	return strings.Join(parts, "; ")
}
