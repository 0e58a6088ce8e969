package azdevops

import (
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// The kinds of failure, for errors.Is. The first group is shared with the
// other clients of this module.
var (
	ErrNotFound     = rest.ErrNotFound     // no such record, or hidden from this identity
	ErrUnauthorized = rest.ErrUnauthorized // no, a wrong or an expired token
	ErrForbidden    = rest.ErrForbidden    // a good token without the scope or permission
	ErrConflict     = rest.ErrConflict     // changed meanwhile, or there already
	ErrInvalid      = rest.ErrInvalid      // refused content
	ErrRateLimited  = rest.ErrRateLimited  // blocked for too much use
	ErrUnavailable  = rest.ErrUnavailable  // not reached, or out of order
	ErrSignIn       = rest.ErrSignIn       // a sign-in page instead of an answer
	ErrTruncated    = rest.ErrTruncated    // an answer that ends early or cannot be read
	ErrAmbiguous    = rest.ErrAmbiguous    // a write whose outcome is unknown

	// ErrRevision: the work item has another revision than the patch tested
	// for. It is ErrConflict as well.
	ErrRevision = errors.New("the work item has another revision")
	// ErrRule: a rule of the work item type refuses a field; see Error.Rules. It
	// is ErrInvalid as well.
	ErrRule = errors.New("a rule of the work item type refuses it")
	// ErrTooMany: a query found more rows than the service returns. It is
	// ErrInvalid as well.
	ErrTooMany = errors.New("more rows than the service returns")
)

// Error is a failed call. Use errors.Is with the kinds above, and errors.As
// with *Error for the facts. No text of it holds a token, a query or a header.
type Error struct {
	Op        string        // "WorkItems.Update"
	Method    string        // verb on the wire
	Path      string        // below the base address, without query
	Status    int           // of the last answer; 0 when there was none
	Message   string        // the service's own words, in short
	RequestID string        // ActivityId, to quote to support
	Wait      time.Duration // how long the service asks to wait
	Attempts  int           // requests sent
	Body      []byte        // of the last answer, at most 8 KiB
	Err       error         // the cause, or nil

	// TypeKey is the class of the service's exception,
	// "WorkItemUnauthorizedAccessException"; "" when it gave none.
	TypeKey string
	// Code is the number at the beginning of the message, "TF401232",
	// "VS403351"; "" when there is none.
	Code string
	// Rules are the fields that rules of the work item type refuse.
	Rules []RuleError

	failure *rest.Failure
	kinds   []error
}

// RuleError is a field that a rule refuses.
type RuleError struct {
	Field   string // reference name, "System.State"
	Message string // in the language of the identity
	Status  string // "InvalidEmpty", "InvalidListValue", ...
	Code    int    // the status as a number
}

// Error says what failed, why, and how to find it in the service's logs.
func (e *Error) Error() string {
	if e == nil || e.failure == nil {
		return "azdevops: failed"
	}
	return e.failure.Error()
}

// Unwrap gives errors.Is and errors.As the kinds and the cause.
func (e *Error) Unwrap() []error {
	if e == nil || e.failure == nil {
		return nil
	}
	return append(append([]error(nil), e.kinds...), e.failure.Unwrap()...)
}

// Retryable reports whether the same call may work later.
func (e *Error) Retryable() bool { return e.failure != nil && e.failure.Retryable() }

// RetryAfter is how long the service asks to wait; 0 when it did not say.
func (e *Error) RetryAfter() time.Duration { return e.Wait }

// MaybeApplied reports whether the call was a write whose outcome is unknown.
func (e *Error) MaybeApplied() bool { return e.failure != nil && e.failure.MaybeApplied }

// LogValue gives slog the facts as attributes.
func (e *Error) LogValue() slog.Value {
	if e == nil || e.failure == nil {
		return slog.StringValue("azdevops: failed")
	}
	return e.failure.LogValue()
}

// detail is what judging an answer found out beyond its status.
type detail struct {
	typeKey, code string
	rules         []RuleError
	kinds         []error
}

// wrap makes the package's error.
func wrap(f *rest.Failure) error {
	e := &Error{
		Op: f.Op, Method: f.Method, Path: f.Path, Status: f.Status, Message: f.Message, RequestID: f.RequestID,
		Wait: f.Wait, Attempts: f.Attempts, Body: f.Body, Err: f.Err, failure: f,
	}
	if f.Status == http.StatusFound && errors.Is(f.Kind, rest.ErrRedirect) {
		// To the sign-in page, or to where an organization has moved.
		e.kinds = append(e.kinds, ErrSignIn)
		f.Message += "; the service also does so when the token is wrong or has expired"
		e.Message = f.Message
	}
	if d, ok := f.Detail.(*detail); ok {
		e.TypeKey, e.Code, e.Rules, e.kinds = d.typeKey, d.code, d.rules, d.kinds
	}
	return e
}
