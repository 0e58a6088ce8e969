package webhook

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Header gives a header's value by name, "" when it is missing. The Get method of an
// http.Header is one. Nil has no headers.
type Header func(name string) string

// get returns a header without the space around it.
func (h Header) get(name string) string {
	if h == nil {
		return ""
	}
	return strings.TrimSpace(h(name))
}

// HeaderMap makes a Header of a map whose names may be written in any case.
func HeaderMap(m map[string]string) Header {
	folded := make(map[string]string, len(m))
	for name, value := range m {
		folded[strings.ToLower(name)] = value
	}
	return func(name string) string { return folded[strings.ToLower(name)] }
}

// The errors of Verify, for errors.Is. All of them are ErrUnverified: the answer to
// the sender is 401, and says no more than that.
var (
	// ErrUnverified says that nothing proves who sent the webhook.
	ErrUnverified = errors.New("webhook: not verified")
	// ErrMissing says that a header is missing.
	ErrMissing = fmt.Errorf("%w: a header is missing", ErrUnverified)
	// ErrMalformed says that a header cannot be read.
	ErrMalformed = fmt.Errorf("%w: a header cannot be read", ErrUnverified)
	// ErrMismatch says that a signature or credential is wrong.
	ErrMismatch = fmt.Errorf("%w: the credential does not match", ErrUnverified)
	// ErrExpired says that a time is too far from now, in the past or the future.
	ErrExpired = fmt.Errorf("%w: the time is too far from now", ErrUnverified)
)

// Result is what is known about a webhook that was verified.
type Result struct {
	// Method is how it was verified, such as "hmac" or "basic"; "unsigned" when
	// it was not.
	Method string
	// Secret is the index of the secret that matched, which tells whether the
	// old one is still in use; -1 when there was none.
	Secret int
	// ID is the delivery's id where it was signed, else "". It stays the same
	// when a delivery is repeated.
	ID string
	// At is the time that was signed, zero without one.
	At time.Time
}

// Verifier verifies webhooks. The zero Verifier accepts nothing. It holds its secrets
// out of reach of every way of printing it. Safe for concurrent use.
type Verifier struct {
	check func(Header, []byte, time.Time) (Result, error)
}

// String says no more than that it is a verifier.
func (v Verifier) String() string { return "webhook verifier" }

// Verify checks the headers against the body exactly as it was received. now is the
// time of the receiver's clock; only verifiers of signed times look at it. The error
// is ErrUnverified and one of the others, and holds nothing of what was received.
func (v Verifier) Verify(header Header, body []byte, now time.Time) (Result, error) {
	if v.check == nil {
		return Result{}, fmt.Errorf("%w: the verifier is empty", ErrUnverified)
	}
	r, err := v.check(header, body, now)
	if err != nil {
		return Result{}, err
	}
	return r, nil
}

// Unsigned accepts every webhook. It is for senders that can neither sign nor send a
// credential, behind a network that lets nobody else in; whoever reaches the receiver
// can send what they like.
func Unsigned() Verifier {
	return Verifier{func(Header, []byte, time.Time) (Result, error) {
		return Result{Method: "unsigned", Secret: -1}, nil
	}}
}

// AnyOf accepts what one of the verifiers accepts, asked in order; none of none. The
// error is that of all of them.
func AnyOf(verifiers ...Verifier) Verifier {
	verifiers = append([]Verifier(nil), verifiers...)
	return Verifier{func(header Header, body []byte, now time.Time) (Result, error) {
		failed := make([]error, 0, len(verifiers))
		for _, v := range verifiers {
			r, err := v.Verify(header, body, now)
			if err == nil {
				return r, nil
			}
			failed = append(failed, err)
		}
		if len(failed) == 0 {
			return Result{}, fmt.Errorf("%w: there is no verifier to ask", ErrUnverified)
		}
		return Result{}, errors.Join(failed...)
	}}
}

// AllOf accepts what all of the verifiers accept; none of none. The result is that of
// the first, with id and time from the first that has them.
func AllOf(verifiers ...Verifier) Verifier {
	verifiers = append([]Verifier(nil), verifiers...)
	return Verifier{func(header Header, body []byte, now time.Time) (Result, error) {
		if len(verifiers) == 0 {
			return Result{}, fmt.Errorf("%w: there is no verifier to ask", ErrUnverified)
		}
		var all Result
		for i, v := range verifiers {
			r, err := v.Verify(header, body, now)
			if err != nil {
				return Result{}, err
			}
			if i == 0 {
				all = r
			}
			if all.ID == "" {
				all.ID = r.ID
			}
			if all.At.IsZero() {
				all.At = r.At
			}
		}
		return all, nil
	}}
}

// match returns the index of the first of the wanted values that the given one
// equals, or -1. It looks at all of them, each in constant time.
func match(given []byte, wanted [][]byte) int {
	found := -1
	for i, w := range slices.Backward(wanted) {
		found = subtle.ConstantTimeSelect(subtle.ConstantTimeCompare(given, w), i, found)
	}
	return found
}

// within checks that a signed time is at most the tolerance away from now, in either
// direction.
func within(at, now time.Time, tolerance time.Duration) error {
	apart := now.Sub(at)
	switch {
	case apart > tolerance:
		return fmt.Errorf("%w: %s old, at most %s is accepted", ErrExpired, apart, tolerance)
	case apart < -tolerance:
		return fmt.Errorf("%w: ahead, by more than the %s that are accepted", ErrExpired, tolerance)
	default:
		return nil
	}
}

// DefaultTolerance is how far a signed time may be from now unless said otherwise, as
// the standard-webhooks specification advises.
const DefaultTolerance = 5 * time.Minute

func tolerance(method string, given time.Duration) (time.Duration, error) {
	switch {
	case given < 0:
		return 0, fmt.Errorf("webhook: %s: the tolerance %s is negative: use 0 for %s", method, given, DefaultTolerance)
	case given == 0:
		return DefaultTolerance, nil
	default:
		return given, nil
	}
}

// seconds reads a Unix time in whole seconds, digits only.
func seconds(name, text string) (time.Time, error) {
	const digits = 12 // the year 33658
	if text == "" {
		return time.Time{}, fmt.Errorf("%w: %s", ErrMissing, name)
	}
	var n int64
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' || i == digits {
			return time.Time{}, fmt.Errorf("%w: %s is no Unix time in seconds", ErrMalformed, name)
		}
		n = n*10 + int64(text[i]-'0')
	}
	return time.Unix(n, 0).UTC(), nil
}
