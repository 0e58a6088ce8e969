package rest

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// Kind is how a call may be repeated. The zero value is Read.
type Kind int

const (
	// Read changes nothing, be it a POST that only asks: repeated after every
	// transient fault.
	Read Kind = iota
	// Idempotent ends the same however often it is sent (PUT, DELETE, a PATCH
	// with absolute values): repeated as Read is, but not after a 500.
	Idempotent
	// Append adds something each time (POST, a PATCH with work notes): repeated
	// only where the server provably did not act.
	Append
	// Act is a GET that acts (approve, rebuild): repeated as Append is, and kept
	// from net/http, which would send any other GET again by itself.
	Act
)

// String names the kind for logs.
func (k Kind) String() string {
	switch k {
	case Read:
		return "read"
	case Idempotent:
		return "idempotent"
	case Append:
		return "append"
	case Act:
		return "act"
	}
	return "unknown"
}

// Service is what a client package tells about its system. Its functions are
// called from many goroutines and must be pure.
type Service struct {
	// Name starts every error text ("servicenow"). Required.
	Name string
	// Judge looks at every fully read answer, 2xx ones too, and returns nil for
	// a good one. Nil means JudgeStatus, with which a Judge normally starts.
	Judge func(*Call, *Answer) *Failure
	// RequestID is the response header that carries the request id; "" for none.
	RequestID string
	// Wrap makes the package's own error, which must keep errors.Is and
	// errors.As to the failure's kind and cause. Nil leaves the *Failure.
	Wrap func(*Failure) error
}

// Call is one operation. Do does not change it, and sends it again as it is.
type Call struct {
	Op     string // what the caller did, for errors and hooks: "Devices.Get"
	Method string // "" is GET
	// Path is below the base URL and escaped already; build it with Path.
	Path string
	// Query is encoded sorted by key; RawQuery is sent as it is. Not both.
	Query    url.Values
	RawQuery string
	// Body is sent with every attempt; empty sends none. Content-Type is
	// application/json unless Header says otherwise.
	Body []byte
	// Upload is sent instead of Body. The timeout then ends an attempt only
	// when nothing moves for as long.
	Upload *Upload
	Header http.Header
	Kind   Kind
	// Timeout of one attempt, body included; 0 means the client's.
	Timeout time.Duration
	// MaxBody is the longest answer accepted, in bytes after decompression;
	// 0 means DefaultMaxBody.
	MaxBody int64
	// Decode reads a good answer. It runs inside the attempt, so that a body
	// that is cut or unreadable is repeated under the same rule as a status.
	// It may return a *Failure to say exactly what is wrong.
	Decode func(*Answer) error
	// Landed is asked when a conditional write failed ambiguously and its
	// repeat was refused as stale (409 or 412): it reads the record again and
	// returns the answer that stands for success if our write is in it.
	Landed func(ctx context.Context) (*Answer, bool, error)

	meta   *Response
	stream *streaming // of a call by Stream
}

// Answer is one answer, read to its end and decompressed.
type Answer struct {
	Status    int
	Header    http.Header // without cookies
	Body      []byte
	Attempts  int
	RequestID string
}
