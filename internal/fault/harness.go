package fault

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// Harness puts a script, a journal and a clock around the handler that
// imitates a system. Make one with NewHarness. It is safe for concurrent use.
type Harness struct {
	handler http.Handler

	script    Script
	mu        sync.Mutex
	clock     Clock
	journal   []*Call
	requests  int
	bodyLimit int
}

// NewHarness returns a harness around handler. A nil clock means SystemClock.
// The handler sees each request with a body that is complete in memory.
func NewHarness(handler http.Handler, clock Clock) *Harness {
	if clock == nil {
		clock = SystemClock{}
	}
	return &Harness{handler: handler, clock: clock, bodyLimit: 64 << 10}
}

// Fail appends faults to the script.
func (h *Harness) Fail(faults ...Fault) { h.script.Add(faults...) }

// ClearFaults empties the script.
func (h *Harness) ClearFaults() { h.script.Clear() }

// Now returns the time of the server's clock.
func (h *Harness) Now() time.Time {
	h.mu.Lock()
	clock := h.clock
	h.mu.Unlock()
	return clock.Now()
}

// SetClock replaces the clock. Nil means SystemClock.
func (h *Harness) SetClock(clock Clock) {
	if clock == nil {
		clock = SystemClock{}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.clock = clock
}

// ServeHTTP journals the request and lets the script or the handler answer it.
func (h *Harness) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	call, fault := h.arrive(r, body)
	defer h.leave(call)
	if err != nil { // the client went away while sending
		panic(http.ErrAbortHandler)
	}
	if fault == nil {
		answer := &tracked{ResponseWriter: w, harness: h, call: call}
		h.handler.ServeHTTP(answer, r)
		answer.finish()
		return
	}
	h.act(w, r, call, fault)
}

// arrive enters the request into the journal and finds the fault that is due.
func (h *Harness) arrive(r *http.Request, body []byte) (*Call, *Fault) {
	now := h.Now()
	header := Redact(r.Header)
	kept := body
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.bodyLimit >= 0 && len(kept) > h.bodyLimit {
		kept = bytes.Clone(kept[:h.bodyLimit])
	}
	h.requests++
	call := &Call{
		N: h.requests, Time: now, Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery,
		Header: header, Body: kept, Size: len(body),
	}
	h.journal = append(h.journal, call)
	chosen := h.script.Next(r, body)
	call.Fault = chosen != nil
	return call, chosen
}

// leave turns off the journal entry of an answer that died.
func (h *Harness) leave(call *Call) {
	cause := recover()
	if cause == nil {
		return
	}
	h.mu.Lock()
	call.Status = 0
	h.mu.Unlock()
	panic(cause)
}

// act does what the fault says.
func (h *Harness) act(w http.ResponseWriter, r *http.Request, call *Call, f *Fault) {
	pause(r, f.Delay)
	r.Header.Del("Accept-Encoding")
	switch {
	case f.Respond != nil:
		h.send(w, r, call, canned(f.Respond(h.Now())), f.DelayAfter)
	case f.Status != 0:
		h.send(w, r, call, canned(f.Status, f.Header, f.Body), f.DelayAfter)
	case f.DropBefore:
		drop(w, f.Err)
	case f.DropAfter:
		h.record(r)
		pause(r, f.DelayAfter)
		drop(w, f.Err)
	case f.CutAfter != 0:
		answer := h.record(r)
		pause(r, f.DelayAfter)
		if answer.body.Len() == 0 || r.Method == http.MethodHead {
			drop(w, f.Err)
			return
		}
		cut(w, answer, min(max(f.CutAfter, 0), answer.body.Len()-1))
	case f.Truncate != 0:
		answer := h.record(r)
		if n := max(f.Truncate, 0); n < answer.body.Len() && answer.status/100 == 2 {
			answer.body.Truncate(n)
			answer.body.WriteString(f.Tail)
			answer.header.Del("Content-Length")
		}
		h.send(w, r, call, answer, f.DelayAfter)
	case f.Rewrite != nil:
		answer := h.record(r)
		if answer.status/100 == 2 {
			body := f.Rewrite(bytes.Clone(answer.body.Bytes()))
			answer.body.Reset()
			answer.body.Write(body)
			answer.header.Del("Content-Length")
		}
		h.send(w, r, call, answer, f.DelayAfter)
	default:
		h.send(w, r, call, h.record(r), f.DelayAfter)
	}
}

// canned is an answer that a fault gives instead of the server's.
func canned(status int, header http.Header, body string) *recorded {
	answer := &recorded{header: header.Clone(), status: status}
	answer.body.WriteString(body)
	if answer.header == nil {
		answer.header = http.Header{}
	}
	if answer.header.Get("Content-Type") == "" && body != "" && (body[0] == '{' || body[0] == '[') {
		answer.header.Set("Content-Type", "application/json")
	}
	return answer
}

// record lets the handler act and keeps its answer.
func (h *Harness) record(r *http.Request) *recorded {
	answer := &recorded{header: http.Header{}, status: 0}
	h.handler.ServeHTTP(answer, r)
	if answer.status == 0 {
		answer.status = http.StatusOK
	}
	return answer
}

func (h *Harness) send(w http.ResponseWriter, r *http.Request, call *Call, answer *recorded, delay time.Duration) {
	pause(r, delay)
	h.mu.Lock()
	call.Status = answer.status
	h.mu.Unlock()
	maps.Copy(w.Header(), answer.header)
	w.WriteHeader(answer.status)
	if answer.body.Len() > 0 {
		_, _ = w.Write(answer.body.Bytes()) // a client that went away is no matter
	}
}

// cut sends the headers for the whole body and n bytes of it, then closes.
func cut(w http.ResponseWriter, answer *recorded, n int) {
	maps.Copy(w.Header(), answer.header)
	w.Header().Set("Content-Length", strconv.Itoa(answer.body.Len()))
	w.WriteHeader(answer.status)
	_, _ = w.Write(answer.body.Bytes()[:n])
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

// drop closes the connection without an answer.
func drop(w http.ResponseWriter, cause error) {
	if answer, ok := w.(*memory); ok {
		answer.cause = cause
		panic(http.ErrAbortHandler)
	}
	if errors.Is(cause, syscall.ECONNRESET) {
		if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
			if tcp, ok := conn.(*net.TCPConn); ok {
				_ = tcp.SetLinger(0)
			}
			_ = conn.Close()
			return
		}
	}
	panic(http.ErrAbortHandler)
}

// pause waits for d and gives the request up when its context ends first.
func pause(r *http.Request, d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done():
		panic(http.ErrAbortHandler)
	}
}

// recorded is an answer that is held back.
type recorded struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *recorded) Header() http.Header { return a.header }

func (a *recorded) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

func (a *recorded) Write(p []byte) (int, error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	return a.body.Write(p)
}

// tracked notes the status of an answer on its way out.
type tracked struct {
	http.ResponseWriter
	harness *Harness
	call    *Call
	status  int
}

func (a *tracked) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
		a.harness.mu.Lock()
		a.call.Status = status
		a.harness.mu.Unlock()
	}
	a.ResponseWriter.WriteHeader(status)
}

func (a *tracked) Write(p []byte) (int, error) {
	if a.status == 0 {
		a.WriteHeader(http.StatusOK)
	}
	return a.ResponseWriter.Write(p)
}

// finish notes the status of an answer that has neither header nor body.
func (a *tracked) finish() {
	if a.status == 0 {
		a.WriteHeader(http.StatusOK)
	}
}

// Unwrap gives http.ResponseController the writer below.
func (a *tracked) Unwrap() http.ResponseWriter { return a.ResponseWriter }
