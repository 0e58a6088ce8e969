package fault

import (
	"net/http"
	"time"
)

// Fault is one line of a script: which requests it is about, and what happens
// to them. The zero Fault matches every request and does nothing. Of the fields
// that say what happens, the first that is set counts; only delays go together
// with the others. A request that a fault acts on is answered uncompressed, so
// that bytes can be counted.
//
// A request is counted by every Fault that it matches. When several are due
// for the same request, the one given first acts and the others stay due for
// the next request that they match.
type Fault struct {
	// Method is an HTTP method in upper case; empty means any.
	Method string
	// Path is compared with the request's unescaped path: a pattern of
	// path.Match when it holds one of *?[ , otherwise a prefix; empty means
	// any. A malformed pattern matches nothing.
	Path string
	// Match, when set, must report true too. It may read the request's body.
	// It is called with the server locked and must not call it.
	Match func(*http.Request) bool
	// Call is the first matching request that the fault is about, counted from
	// 1 since Fail was called. Zero means from the first on.
	Call int
	// Times is how many requests the fault acts on. Zero means once when Call
	// is set and always otherwise.
	Times int

	// Status, when not zero, is answered instead of acting, with Header and
	// Body.
	Status int
	// Header is sent with Status. Without a Content-Type, none is invented
	// for an empty Body, and application/json for one that starts with { or [.
	Header http.Header
	// Body is sent with Status.
	Body string
	// Respond, when set, makes the answer in place of Status, Header and Body,
	// from the server's time.
	Respond func(now time.Time) (status int, header http.Header, body string)
	// DropBefore closes the connection before the server acts.
	DropBefore bool
	// DropAfter lets the server act and closes the connection instead of
	// answering.
	DropAfter bool
	// CutAfter lets the server act and closes the connection after so many
	// bytes of the answer's body; at least the last byte is always missing. A
	// negative value closes it after the headers. An answer that has no body
	// is dropped as by DropAfter.
	CutAfter int
	// Truncate lets the server act and ends the body after so many bytes,
	// followed by Tail, in an otherwise complete HTTP answer. A negative value
	// leaves nothing but the tail. An answer that is no longer than that, or
	// that is not a 2xx answer, stays as it is.
	Truncate int
	// Tail is written after a truncated body.
	Tail string
	// Rewrite, when set, lets the server act and replaces the body of a 2xx
	// answer by what it returns.
	Rewrite func(body []byte) []byte
	// Err is the error that the in-memory transport reports for a connection
	// that DropBefore or DropAfter closed. Nil means io.EOF, which is what
	// net/http reports for a connection that was closed before the answer's
	// headers; a bare syscall.Errno is wrapped as the net package would. Over TCP the connection is reset when Err is
	// syscall.ECONNRESET, and closed in every other case.
	Err error
	// Delay passes before anything else happens. It ends early, without the
	// server acting, when the request's context ends.
	Delay time.Duration
	// DelayAfter lets the server act and passes before the answer is sent. It
	// ends early when the request's context ends.
	DelayAfter time.Duration
}

// OnCall returns a copy of f that acts on the n-th matching request, counted
// from 1 since Fail is called.
func (f Fault) OnCall(n int) Fault {
	f.Call = n
	return f
}

// On returns a copy of f that matches a method and a path as the fields Method
// and Path do.
func (f Fault) On(method, path string) Fault {
	f.Method, f.Path = method, path
	return f
}

// Repeat returns a copy of f that acts on so many matching requests.
func (f Fault) Repeat(times int) Fault {
	f.Times = times
	return f
}
