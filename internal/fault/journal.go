package fault

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// Call is one request that reached a server, as its journal keeps it.
type Call struct {
	// N is the request's number, counted from 1 since the server was made.
	N int
	// Time is the server's clock when the request arrived.
	Time time.Time
	// Method, Path (unescaped) and Query (raw) are the request's.
	Method, Path, Query string
	// Header holds the request's headers; the values of those that carry
	// credentials are replaced.
	Header http.Header
	// Body is the request's body as it was sent, up to the journal's limit.
	Body []byte
	// Size is the length of the whole body in bytes.
	Size int
	// Status is the answer's status; 0 while it is being handled and when the
	// connection died before an answer.
	Status int
	// Fault tells that a fault of the script acted on the request.
	Fault bool
}

// Redacted replaces credentials in the journal.
const Redacted = "REDACTED"

// Redact copies a header without its secrets. The scheme of an Authorization
// header is kept, so that tests can tell Basic from Bearer.
func Redact(header http.Header) http.Header {
	copied := header.Clone()
	for name, values := range copied {
		if !secret(name) {
			continue
		}
		for i, value := range values {
			scheme, _, found := strings.Cut(value, " ")
			if found && strings.HasSuffix(name, "Authorization") {
				values[i] = scheme + " " + Redacted
			} else {
				values[i] = Redacted
			}
		}
	}
	return copied
}

func secret(name string) bool {
	switch name {
	case "Authorization", "Proxy-Authorization", "Cookie", "Authentication":
		return true
	}
	name = strings.ToLower(name)
	for _, part := range []string{"token", "secret", "apikey", "api-key", "password"} {
		if strings.Contains(name, part) {
			return true
		}
	}
	return false
}

// Journal returns the requests since the journal was last reset, in the order
// of their arrival. The slice is the caller's own; headers and bodies must not
// be changed.
func (h *Harness) Journal() []Call {
	h.mu.Lock()
	defer h.mu.Unlock()
	calls := make([]Call, len(h.journal))
	for i, call := range h.journal {
		calls[i] = *call
	}
	return calls
}

// ResetJournal forgets the requests so far. Numbering goes on, and the counts
// of the script stay.
func (h *Harness) ResetJournal() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.journal = nil
}

// Requests returns how many requests came since the journal was last reset. It
// counts every request when no methods are given, otherwise those with one of
// the methods.
func (h *Harness) Requests(methods ...string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(methods) == 0 {
		return len(h.journal)
	}
	n := 0
	for _, call := range h.journal {
		if slices.Contains(methods, call.Method) {
			n++
		}
	}
	return n
}

// LimitBodies sets how many bytes of each request's body the journal keeps; a
// negative value means all. The default is 64 KiB.
func (h *Harness) LimitBodies(bytes int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.bodyLimit = bytes
}
