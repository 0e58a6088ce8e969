package fault

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"sync"
	"syscall"
)

// Transport returns a round tripper that calls the server in the caller's own
// goroutine, without sockets. It ignores the host of the request's URL, except
// that the server sees it as the request's Host. It obeys the request's
// context before the call, during a fault's delays and while the body is read.
func (h *Harness) Transport() http.RoundTripper { return Transport(h) }

// Client returns a new http.Client on Transport.
func (h *Harness) Client() *http.Client { return &http.Client{Transport: h.Transport()} }

// Transport returns a round tripper that calls handler in the caller's own
// goroutine. A handler that panics with http.ErrAbortHandler closes the
// connection, as it would behind an http.Server.
func Transport(handler http.Handler) http.RoundTripper { return &transport{handler} }

type transport struct{ handler http.Handler }

// RoundTrip implements http.RoundTripper.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, stop := cancelable(req)
	if err := ctx.Err(); err != nil {
		stop()
		if req.Body != nil {
			_ = req.Body.Close()
		}
		return nil, context.Cause(ctx)
	}
	received, err := receive(ctx, req)
	if err != nil {
		stop()
		return nil, err
	}
	answer := &memory{header: http.Header{}}
	aborted := call(t.handler, answer, received)
	if ctx.Err() != nil && aborted {
		stop()
		return nil, context.Cause(ctx)
	}
	if aborted && answer.status == 0 {
		stop()
		return nil, lost(answer.cause)
	}
	return answer.response(ctx, stop, req, aborted), nil
}

// call runs the handler and reports whether it aborted. Other panics go on to
// the caller.
func call(handler http.Handler, w http.ResponseWriter, r *http.Request) (aborted bool) {
	defer func() {
		switch cause := recover(); cause {
		case nil:
		case http.ErrAbortHandler: // net/http too compares it by identity
			aborted = true
		default:
			panic(cause)
		}
	}()
	handler.ServeHTTP(w, r)
	return false
}

// lost is what net/http reports for a connection that ended before an answer.
func lost(cause error) error {
	if cause == nil {
		return io.EOF
	}
	if errno, bare := cause.(syscall.Errno); bare { //nolint:errorlint // one that is wrapped stays as it is
		return &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", errno)}
	}
	return cause
}

// cancelable returns a context that ends with the request, also when it is
// given up through the old Cancel channel, as http.Client.Timeout does for
// round tripper types that it does not know.
func cancelable(req *http.Request) (context.Context, func()) {
	//lint:ignore SA1019 http.Client itself still uses the field
	old := req.Cancel //nolint:staticcheck // http.Client itself still uses the field
	if old == nil {
		return req.Context(), func() {}
	}
	ctx, cancel := context.WithCancelCause(req.Context())
	done := make(chan struct{})
	var once sync.Once
	go func() {
		select {
		case <-old:
			cancel(context.DeadlineExceeded)
		case <-done:
		}
	}()
	return ctx, func() { once.Do(func() { close(done); cancel(nil) }) }
}

// receive makes the request that the server sees.
func receive(ctx context.Context, req *http.Request) (*http.Request, error) {
	var body []byte
	if req.Body != nil {
		var err error
		body, err = io.ReadAll(req.Body)
		_ = req.Body.Close()
		if err != nil {
			return nil, err
		}
	}
	method, host := req.Method, req.Host
	if method == "" {
		method = http.MethodGet
	}
	if host == "" {
		host = req.URL.Host
	}
	uri := req.URL.RequestURI()
	target, err := url.ParseRequestURI(uri)
	if err != nil {
		return nil, err
	}
	header := req.Header.Clone()
	if header == nil {
		header = http.Header{}
	}
	if _, set := header["User-Agent"]; !set {
		header.Set("User-Agent", "Go-http-client/1.1")
	}
	received := &http.Request{
		Method: method, URL: target, RequestURI: uri, Host: host,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, RemoteAddr: "127.0.0.1:1",
		Header: header, Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
	}
	if req.URL.Scheme == "https" {
		received.TLS = &tls.ConnectionState{HandshakeComplete: true, Version: tls.VersionTLS13}
	}
	return received.WithContext(ctx), nil
}

// memory is an answer of the in-memory transport.
type memory struct {
	header, sent http.Header
	status       int
	body         []byte
	cause        error
}

func (m *memory) Header() http.Header { return m.header }

func (m *memory) WriteHeader(status int) {
	if m.status == 0 && status >= 200 {
		m.status, m.sent = status, m.header.Clone()
	}
}

func (m *memory) Write(p []byte) (int, error) {
	m.WriteHeader(http.StatusOK)
	if m.status == http.StatusNoContent || m.status == http.StatusNotModified {
		return 0, http.ErrBodyNotAllowed
	}
	m.body = append(m.body, p...)
	return len(p), nil
}

// Flush implements http.Flusher; there is nothing to flush.
func (m *memory) Flush() { m.WriteHeader(http.StatusOK) }

func (m *memory) response(ctx context.Context, stop func(), req *http.Request, aborted bool) *http.Response {
	m.WriteHeader(http.StatusOK)
	length := int64(len(m.body))
	if declared, err := strconv.ParseInt(m.sent.Get("Content-Length"), 10, 64); err == nil {
		length = declared
	} else if m.status != http.StatusNoContent && m.status != http.StatusNotModified {
		m.sent.Set("Content-Length", strconv.FormatInt(length, 10))
	}
	if m.sent.Get("Content-Type") == "" && len(m.body) > 0 {
		m.sent.Set("Content-Type", http.DetectContentType(m.body))
	}
	data := m.body
	if req.Method == http.MethodHead {
		data = nil
	}
	return &http.Response{
		Status: strconv.Itoa(m.status) + " " + http.StatusText(m.status), StatusCode: m.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: m.sent, ContentLength: length, Request: req,
		Body: &body{ctx: ctx, stop: stop, rest: data, cut: aborted},
	}
}

// body is the answer's body as the client reads it.
type body struct {
	ctx    context.Context
	stop   func()
	rest   []byte
	cut    bool
	ended  bool
	closed bool
}

// Read implements io.Reader. A body that the server cut ends in
// io.ErrUnexpectedEOF.
func (b *body) Read(p []byte) (int, error) {
	if b.closed {
		return 0, http.ErrBodyReadAfterClose
	}
	if b.ctx.Err() != nil && !b.ended {
		return 0, context.Cause(b.ctx)
	}
	if len(b.rest) == 0 {
		b.ended = true
		b.stop()
		if b.cut {
			return 0, io.ErrUnexpectedEOF
		}
		return 0, io.EOF
	}
	n := copy(p, b.rest)
	b.rest = b.rest[n:]
	return n, nil
}

// Close implements io.Closer.
func (b *body) Close() error {
	b.closed, b.rest = true, nil
	b.stop()
	return nil
}
