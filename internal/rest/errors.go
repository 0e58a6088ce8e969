package rest

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"
)

// The kinds of failure. Every client package re-exports these very values, so
// that errors.Is answers the same for all systems.
var (
	// ErrNotFound: the record or the path does not exist, or is hidden.
	ErrNotFound = errors.New("not found")
	// ErrUnauthorized: the credentials are missing, wrong or expired.
	ErrUnauthorized = errors.New("not authenticated")
	// ErrForbidden: the credentials are good but may not do this.
	ErrForbidden = errors.New("not permitted")
	// ErrConflict: the record exists already, or has changed meanwhile.
	ErrConflict = errors.New("conflict")
	// ErrInvalid: the server refused the request's content.
	ErrInvalid = errors.New("invalid request")
	// ErrRateLimited: the server, a pause it asked for, or the caller's own
	// limiter does not admit the call now.
	ErrRateLimited = errors.New("rate limited")
	// ErrUnavailable: the server could not be reached or could not answer.
	ErrUnavailable = errors.New("unavailable")
	// ErrSignIn: a web page, mostly a sign-in form, came instead of an answer.
	ErrSignIn = errors.New("a web page instead of an API answer")
	// ErrTruncated: the answer ended early or cannot be read.
	ErrTruncated = errors.New("the answer is cut short")
	// ErrTooLarge: the answer is longer than the call accepts.
	ErrTooLarge = errors.New("the answer is too large")
	// ErrRedirect: the server points elsewhere, and following is not safe.
	ErrRedirect = errors.New("redirected")
	// ErrAmbiguous: the call failed in a way that leaves open whether the
	// server acted on it.
	ErrAmbiguous = errors.New("the outcome is unknown")
)

// MaxErrorBody is how much of an answer's body a [Failure] keeps, in bytes.
const MaxErrorBody = 8 << 10

// Failure is everything known about a call that failed; every package's *Error
// is made from one. A Service.Judge or Call.Decode that reports a Failure sets
// Message, Kind, Detail and the flags; the engine fills in the rest.
type Failure struct {
	Op, Method string // the operation, and the verb on the wire
	Path       string // below the base URL, without query
	Status     int    // of the last answer; 0 when there was none
	Message    string // the server's own words, in short
	RequestID  string // as the server names the request, to quote to its owners
	Wait       time.Duration
	Attempts   int    // requests sent, the last one included
	Body       []byte // of the last answer, at most MaxErrorBody bytes
	Kind       error  // one of the sentinels, or nil
	Err        error  // the cause, or nil
	Detail     any    // what only this service says

	NotTaken     bool // provably not acted on: every verb may be repeated
	Transient    bool // the same call may work later
	Final        bool // never repeat, whatever the status says
	MaybeApplied bool // a write whose outcome is unknown

	service string
}

// Error says what failed, why, and how to find it in the server's logs.
func (f *Failure) Error() string {
	var b strings.Builder
	if f.service != "" {
		b.WriteString(f.service + ": ")
	}
	if f.Op != "" {
		b.WriteString(f.Op + ": ")
	}
	if f.Method != "" || f.Path != "" {
		fmt.Fprintf(&b, "%s %s: ", f.Method, f.Path)
	}
	b.WriteString(f.reason())
	if f.Attempts > 1 {
		fmt.Fprintf(&b, "; %d attempts", f.Attempts)
	}
	if f.Wait > 0 {
		fmt.Fprintf(&b, "; try again in %s", f.Wait.Round(time.Millisecond))
	}
	if f.MaybeApplied {
		b.WriteString("; the server may have acted on it")
	}
	if f.RequestID != "" {
		fmt.Fprintf(&b, " (request %s)", f.RequestID)
	}
	return b.String()
}

// reason is the middle of the text: kind, status, message and cause, each once.
func (f *Failure) reason() string {
	var parts []string
	if f.Status != 0 {
		parts = append(parts, strings.TrimSpace(fmt.Sprintf("%d %s", f.Status, http.StatusText(f.Status))))
	} else if f.Kind != nil {
		parts = append(parts, f.Kind.Error())
	}
	if f.Status >= 200 && f.Status < 300 && f.Kind != nil {
		parts = append(parts, f.Kind.Error())
	}
	if f.Message != "" {
		parts = append(parts, f.Message)
	}
	if f.Err != nil {
		parts = append(parts, strings.ReplaceAll(f.Err.Error(), "\n", "; "))
	}
	if len(parts) == 0 {
		return "failed"
	}
	return strings.Join(parts, ": ")
}

// Unwrap gives errors.Is and errors.As the kind, the cause and, where the
// outcome is unknown, ErrAmbiguous.
func (f *Failure) Unwrap() []error {
	errs := make([]error, 0, 3)
	if f.Kind != nil {
		errs = append(errs, f.Kind)
	}
	if f.Err != nil {
		errs = append(errs, f.Err)
	}
	if f.MaybeApplied {
		errs = append(errs, ErrAmbiguous)
	}
	return errs
}

// Retryable reports whether the same call may work later.
func (f *Failure) Retryable() bool { return f.Transient }

// RetryAfter is how long the server asks to wait; 0 when it did not say.
func (f *Failure) RetryAfter() time.Duration { return f.Wait }

// LogValue gives slog the facts as attributes, without header, query or body.
func (f *Failure) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("op", f.Op),
		slog.String("method", f.Method),
		slog.String("path", f.Path),
		slog.Int("status", f.Status),
		slog.Int("attempts", f.Attempts),
		slog.String("request_id", f.RequestID),
		slog.Bool("retryable", f.Retryable()),
		slog.Bool("maybe_applied", f.MaybeApplied),
		slog.String("reason", f.reason()),
	)
}
