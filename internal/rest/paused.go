package rest

import (
	"fmt"
	"time"
)

// PausedError is why a limiter does not admit a request. It is ErrRateLimited
// for errors.Is, and its cause.
type PausedError struct {
	Left  time.Duration // until the next request may go
	Why   string        // in words
	Cause error         // context.DeadlineExceeded where the context ends before; nil otherwise
}

// Error says why, and when the next request may go.
func (e *PausedError) Error() string {
	text := fmt.Sprintf("not sent: %s; the next request may go in %s", e.Why, e.Left.Round(time.Second))
	if e.Cause != nil {
		text += ": " + e.Cause.Error()
	}
	return text
}

// Unwrap gives errors.Is the kind and the cause.
func (e *PausedError) Unwrap() []error {
	if e.Cause == nil {
		return []error{ErrRateLimited}
	}
	return []error{ErrRateLimited, e.Cause}
}

// RetryAfter is how long to wait before the next request.
func (e *PausedError) RetryAfter() time.Duration { return e.Left }
