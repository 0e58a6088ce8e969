package rest

import (
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// CallOption changes one call. The interface is closed: options come from this
// package's constructors, which client packages wrap under their own names.
type CallOption interface{ apply(*Call) }

type optionFunc func(*Call)

func (f optionFunc) apply(c *Call) { f(c) }

// Option makes a CallOption of a function, for what only one service needs. The
// function may replace the call's fields but must not write into the maps that
// it finds there.
func Option(f func(*Call)) CallOption { return optionFunc(f) }

// Apply applies the options in order. Nil options are ignored.
func Apply(call *Call, opts ...CallOption) {
	for _, o := range opts {
		if o != nil {
			o.apply(call)
		}
	}
}

// AsIdempotent promises that the call may be sent twice without harm, so that
// it is repeated after ambiguous faults as well.
func AsIdempotent() CallOption {
	return optionFunc(func(c *Call) {
		if c.Kind != Read {
			c.Kind = Idempotent
		}
	})
}

// Timeout bounds each attempt of the call, body included. Negative means none;
// zero keeps the client's.
func Timeout(d time.Duration) CallOption {
	return optionFunc(func(c *Call) { c.Timeout = d })
}

// Header sends one more header, replacing an earlier value of that name.
func Header(key, value string) CallOption {
	return optionFunc(func(c *Call) {
		c.Header = maps.Clone(c.Header)
		if c.Header == nil {
			c.Header = http.Header{}
		}
		c.Header.Set(key, value)
	})
}

// Meta fills r with what is known about the call's last answer, when it fails
// as well. r must not be read before the call has returned.
func Meta(r *Response) CallOption {
	return optionFunc(func(c *Call) { c.meta = r })
}

// Response is what Meta reports.
type Response struct {
	Status    int // of the last answer; 0 when there was none
	RequestID string
	ETag      string
	Header    http.Header // without cookies
	Attempts  int
	Rate      Rate
	// Visible counts the records that a list delivered, Total those that the
	// server counted, -1 when it did not. Only lists fill them.
	Visible, Total int
}

// Rate is what an answer says about the server's rate limit.
type Rate struct {
	Limit     int       // requests per window; -1 unknown
	Remaining int       // of them; -1 unknown
	Reset     time.Time // when the window ends; zero unknown
}

// MetaOf returns where the call's options want its metadata, or nil.
func MetaOf(call *Call) *Response { return call.meta }

func (r *Response) fill(a *Answer, attempts int) {
	if r == nil {
		return
	}
	*r = Response{Attempts: attempts, Total: -1, Rate: Rate{Limit: -1, Remaining: -1}}
	if a == nil {
		return
	}
	r.Status, r.RequestID, r.Header = a.Status, a.RequestID, a.Header
	r.ETag = a.Header.Get("ETag")
	r.Rate = rateOf(a.Header)
}

func rateOf(h http.Header) Rate {
	number := func(key string) int {
		n, err := strconv.Atoi(strings.TrimSpace(h.Get(key)))
		if err != nil || n < 0 {
			return -1
		}
		return n
	}
	return Rate{Limit: number("X-RateLimit-Limit"), Remaining: number("X-RateLimit-Remaining"), Reset: resetTime(h)}
}
