package codefresh

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// The kinds of failure, for errors.Is. The first group is shared with the
// other clients of this module.
var (
	ErrNotFound     = rest.ErrNotFound     // no such record, or hidden from this key
	ErrUnauthorized = rest.ErrUnauthorized // no key, or a wrong one
	ErrForbidden    = rest.ErrForbidden    // a good key without the scope, or a rule of the account
	ErrConflict     = rest.ErrConflict     // exists already, or decided otherwise
	ErrInvalid      = rest.ErrInvalid      // refused content
	ErrRateLimited  = rest.ErrRateLimited  // too many requests with this key
	ErrUnavailable  = rest.ErrUnavailable  // not reached, or out of order
	ErrSignIn       = rest.ErrSignIn       // a web page instead of an answer
	ErrTruncated    = rest.ErrTruncated    // an answer that ends early or cannot be read
	ErrAmbiguous    = rest.ErrAmbiguous    // a write whose outcome is unknown

	// ErrKeyRestricted: the service has restricted the key for unusual activity,
	// which it answers with 403 as it does a missing permission. It is told
	// apart by the text, and is ErrForbidden as well.
	ErrKeyRestricted = errors.New("the API key is restricted")
	// ErrNotPending: the build does not wait for an approval.
	ErrNotPending = errors.New("the build does not wait for approval")
	// ErrAlreadyDecided: the build was decided the other way. It is ErrConflict
	// as well.
	ErrAlreadyDecided = errors.New("the build is decided already")
)

// Error is a failed call. Use errors.Is with the kinds above, and errors.As
// with *Error for the facts. No text of it holds a key, a query or a header.
type Error struct {
	Op        string        // "Builds.Get"
	Method    string        // verb on the wire
	Path      string        // below the base address, without query
	Status    int           // of the last answer; 0 when there was none
	Message   string        // the service's own words, in short
	RequestID string        // X-Request-ID, when the service sent one
	Wait      time.Duration // how long the service asks to wait
	Attempts  int           // requests sent
	Body      []byte        // of the last answer, at most 8 KiB
	Err       error         // the cause, or nil

	// Code and Name are the service's own code and class of the failure
	// ("1004", "NOT_FOUND_ERROR"); "" when it gave none.
	Code, Name string

	failure *rest.Failure
	kinds   []error
}

// Error says what failed and why.
func (e *Error) Error() string {
	if e == nil || e.failure == nil {
		return "codefresh: failed"
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
		return slog.StringValue("codefresh: failed")
	}
	return e.failure.LogValue()
}

// detail is what judging an answer found out beyond its status.
type detail struct {
	code, name string
	kinds      []error
}

// wrap makes the package's error.
func wrap(f *rest.Failure) error {
	e := &Error{
		Op: f.Op, Method: f.Method, Path: f.Path, Status: f.Status, Message: f.Message, RequestID: f.RequestID,
		Wait: f.Wait, Attempts: f.Attempts, Body: f.Body, Err: f.Err, failure: f,
	}
	if d, ok := f.Detail.(*detail); ok {
		e.Code, e.Name, e.kinds = d.code, d.name, d.kinds
	}
	return e
}

// judge looks at an answer: nil for a good one. Refusals come as
// {status, code, name, message}, as {status: "Error", message} and as text.
func judge(call *rest.Call, a *rest.Answer) *rest.Failure {
	f := rest.JudgeStatus(call, a)
	if f == nil || rest.IsHTML(a) {
		return f
	}
	d := &detail{}
	f.Detail = d
	var refusal struct {
		Code    json.RawMessage `json:"code"`
		Name    string          `json:"name"`
		Message json.RawMessage `json:"message"`
		Error   json.RawMessage `json:"error"`
	}
	body := bytes.TrimSpace(a.Body)
	switch {
	case len(body) == 0:
	case json.Unmarshal(body, &refusal) == nil:
		d.code, d.name = text(refusal.Code), refusal.Name
		if f.Message = text(refusal.Message); f.Message == "" {
			f.Message = text(refusal.Error)
		}
	case body[0] != '{' && body[0] != '[':
		f.Message = strings.Trim(string(body), `"`)
	}
	f.Message = shorten(f.Message)
	if a.Status == http.StatusForbidden {
		if said := strings.ToLower(f.Message); strings.Contains(said, "restricted") || strings.Contains(said, "unusual activity") {
			d.kinds = append(d.kinds, ErrKeyRestricted)
		}
	}
	return f
}

// text reads a JSON string or number as a string.
func text(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	if len(raw) == 0 || raw[0] == '{' || raw[0] == '[' || string(raw) == "null" {
		return ""
	}
	return string(raw)
}

// shorten makes one line of at most 300 characters.
func shorten(s string) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "?")), " ")
	if r := []rune(s); len(r) > 300 {
		return string(r[:300]) + "..."
	}
	return s
}
