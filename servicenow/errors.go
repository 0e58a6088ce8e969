package servicenow

import (
	"log/slog"
	"strings"
	"time"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// The kinds of failure, for errors.Is. They are the same values in all clients
// of this library.
var (
	// ErrNotFound: no such record, or an access rule hides it.
	ErrNotFound = rest.ErrNotFound
	// ErrUnauthorized: the credentials are missing, wrong, expired or, from
	// the Australia release on, not allowed to use Basic authentication.
	ErrUnauthorized = rest.ErrUnauthorized
	// ErrForbidden: the user may not do this.
	ErrForbidden = rest.ErrForbidden
	// ErrConflict: the record exists already or has changed meanwhile.
	ErrConflict = rest.ErrConflict
	// ErrInvalid: the server refused the request's content.
	ErrInvalid = rest.ErrInvalid
	// ErrRateLimited: the server or the limiter does not admit the call now.
	ErrRateLimited = rest.ErrRateLimited
	// ErrUnavailable: the server could not be reached or could not answer.
	ErrUnavailable = rest.ErrUnavailable
	// ErrSignIn: a sign-in page came instead of an answer.
	ErrSignIn = rest.ErrSignIn
	// ErrTruncated: the answer ended early, mostly because the platform
	// cancelled the transaction after its time quota.
	ErrTruncated = rest.ErrTruncated
	// ErrTooLarge: the answer is longer than the client accepts.
	ErrTooLarge = rest.ErrTooLarge
	// ErrAmbiguous: the call failed such that the server may have acted on it.
	ErrAmbiguous = rest.ErrAmbiguous
	// ErrStuck: a page does not lead any further.
	ErrStuck = rest.ErrStuck
)

// The kinds of failure that only this platform has. Each is one of the general
// kinds as well.
var (
	// ErrAsleep (an ErrUnavailable): a developer instance is hibernating.
	ErrAsleep = kind("the instance is hibernating: wake it up on the developer site", ErrUnavailable)
	// ErrDropped (an ErrUnavailable): the session's queue was full and the
	// request was dropped, though the status was 202.
	ErrDropped = kind("the request was dropped from a full session queue", ErrUnavailable)
	// ErrHourlyLimit (an ErrRateLimited): a rate rule of the instance is used
	// up; the error names Rule and Reset.
	ErrHourlyLimit = kind("the hourly rate rule is used up", ErrRateLimited)
	// ErrQueueFull (an ErrRateLimited): a 429 without rate headers, which the
	// platform sends when the node's integration queue is full.
	ErrQueueFull = kind("the node's request queue is full", ErrRateLimited)
	// ErrInvalidTable (an ErrInvalid): there is no table of that name.
	ErrInvalidTable = kind("no such table", ErrInvalid)
	// ErrURLTooLong (an ErrInvalid): the platform takes URLs up to 8 KB.
	ErrURLTooLong = kind("the URL is too long: split the condition", ErrInvalid)
	// ErrDuplicate (an ErrConflict): a unique key exists already, such as a
	// sys_id that was chosen for a new record. How an instance words this over
	// REST is not verified on a real one.
	ErrDuplicate = kind("a record with this unique key exists already", ErrConflict)
	// ErrACL (an ErrForbidden): an access rule refuses the operation.
	ErrACL = kind("an access rule refuses it", ErrForbidden)
	// ErrDataPolicy (an ErrForbidden and ErrInvalid): mandatory fields are
	// missing. The platform names them by label, and also counts a field as
	// missing whose value is not among its choices.
	ErrDataPolicy = kind("a data policy refuses it", ErrForbidden, ErrInvalid)
	// ErrBusinessRule (an ErrForbidden): a script of the instance aborted it.
	ErrBusinessRule = kind("a business rule aborted it", ErrForbidden)
	// ErrUnserviced (an ErrUnavailable): the batch ended before the request
	// was run, again and again.
	ErrUnserviced = kind("the batch never got to this request", ErrUnavailable)
)

// refined is a sentinel that is also each of the more general ones.
type refined struct {
	text    string
	general []error
}

func kind(text string, general ...error) error { return &refined{text, general} }

// Error is the text of the kind.
func (r *refined) Error() string { return r.text }

// Unwrap gives the kinds that it is one of.
func (r *refined) Unwrap() []error { return r.general }

// Error is a call that failed. Find it by errors.As, its kind by errors.Is.
type Error struct {
	// Op is the operation, such as "incident.Get"; Method and Path are what
	// was sent, without query.
	Op, Method, Path string
	// Status is the HTTP status, 0 when no answer came.
	Status int
	// Message and Detail are the platform's own words.
	Message, Detail string
	// RequestID is the platform's transaction id, to find the call in its logs.
	RequestID string
	// Rule is the sys_id of the rate rule behind a 429, and Reset the time at
	// which its hour ends.
	Rule  string
	Reset time.Time
	// Wait is how long the server asks to wait, 0 when it did not say.
	Wait time.Duration
	// Attempts is the number of requests sent.
	Attempts int
	// Body is the beginning of the answer, at most 8 KiB.
	Body []byte
	// Hint names what commonly lies behind such an error where the platform
	// itself does not tell; "" mostly.
	Hint string
	// Err is the cause, such as a connection error; nil for a plain refusal.
	Err error

	failure *rest.Failure
}

// said is what the judgement read from an answer. Its text goes into a failure's
// Message, which the engine clears of secrets that a server echoed.
type said struct {
	message, detail string
	status          int // of a batch item; 0: the answer's own
	rule            string
	reset           time.Time
}

func wrap(f *rest.Failure) error {
	e := &Error{
		Op: f.Op, Method: f.Method, Path: f.Path, Status: f.Status, Message: f.Message,
		RequestID: f.RequestID, Wait: f.Wait, Attempts: f.Attempts, Body: f.Body, Err: f.Err, failure: f,
	}
	if s, ok := f.Detail.(said); ok {
		e.Rule, e.Reset = s.rule, s.reset
		if s.status != 0 {
			e.Status = s.status
		}
		if s.text() == f.Message { // otherwise a secret was taken out of it
			e.Message, e.Detail = s.message, s.detail
		}
	}
	e.Hint = forbiddenHint(e)
	return e
}

// text joins message and detail for people.
func (s said) text() string {
	switch {
	case s.detail == "" || s.detail == s.message:
		return s.message
	case strings.HasPrefix(s.detail, s.message):
		return s.detail
	}
	return s.message + ": " + s.detail
}

// Error says what failed, why, and how to find it in the instance's logs.
func (e *Error) Error() string {
	const prefix = "servicenow: "
	if e.failure == nil {
		return prefix + e.Op + ": " + e.Message
	}
	text := e.failure.Error()
	if !strings.HasPrefix(text, prefix) {
		text = prefix + text // a failure that did not come from a call of its own
	}
	if e.Hint != "" {
		text += "; " + e.Hint
	}
	return text
}

// Unwrap gives errors.Is and errors.As the kind and the cause.
func (e *Error) Unwrap() []error {
	if e.failure == nil {
		return nil
	}
	return e.failure.Unwrap()
}

// Retryable reports whether the same call may work later.
func (e *Error) Retryable() bool { return e.failure != nil && e.failure.Transient }

// MaybeApplied reports whether it is unknown if the server acted on the call.
func (e *Error) MaybeApplied() bool { return e.failure != nil && e.failure.MaybeApplied }

// RetryAfter is how long the server asks to wait, 0 when it did not say.
func (e *Error) RetryAfter() time.Duration { return e.Wait }

// LogValue gives slog the facts as attributes, without header, query and body.
func (e *Error) LogValue() slog.Value {
	if e.failure == nil {
		return slog.StringValue(e.Error())
	}
	return slog.GroupValue(append(e.failure.LogValue().Group(), slog.String("detail", e.Detail))...)
}
