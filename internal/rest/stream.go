package rest

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Upload is a body that is too large to keep in memory. Each attempt opens it
// anew, so that a refused one can be repeated.
type Upload struct {
	Length int64 // in bytes; what Open gives must be exactly as long
	Open   func() (io.ReadCloser, error)
}

// Stream is a good answer whose body is read by the caller, who must close it.
type Stream struct {
	Status    int
	Header    http.Header // without cookies
	Length    int64       // of the body as it is read; -1 unknown
	Attempts  int
	RequestID string
	// Body ends in io.EOF only when it is complete: one that was cut gives an
	// error of the service's own kind that is ErrTruncated.
	Body io.ReadCloser
}

// Stream sends one call as Do does, but leaves the body of a good answer to the
// caller. The call is repeated only until that answer's headers have come; the
// concurrency slot is free from then on, so that a caller may write to the same
// client what it reads. Timeout bounds the wait for the headers, and each wait
// for more of the body.
//
// whole, which may be nil, tells by status and headers that a 2xx answer is not
// the expected stream (a sign-in page): it is read and judged as Do judges an
// answer that ought to be JSON. Decode and Landed are not used.
func (c *Client) Stream(ctx context.Context, call *Call, whole func(status int, header http.Header) bool) (*Stream, error) {
	if ctx == nil || call == nil {
		return nil, fmt.Errorf("%s: the context and the call must not be nil", c.cfg.Service.Name)
	}
	copied := *call
	copied.Decode, copied.Landed = nil, nil
	copied.stream = &streaming{whole: whole}
	answer, err := c.Do(ctx, &copied)
	if err != nil {
		return nil, err
	}
	s := &Stream{Status: answer.Status, Header: answer.Header, Attempts: answer.Attempts, RequestID: answer.RequestID}
	if live := copied.stream.live; live != nil {
		s.Body, s.Length = live, live.length
	} else { // judged to be good all the same
		s.Body, s.Length = io.NopCloser(strings.NewReader(string(answer.Body))), int64(len(answer.Body))
	}
	return s, nil
}

// streaming is what a call by Stream has of its own.
type streaming struct {
	whole func(status int, header http.Header) bool
	live  *live
}

// watch ends an attempt when nothing has moved for a while.
type watch struct {
	after  time.Duration // 0: never
	cancel context.CancelFunc
	mu     sync.Mutex
	timer  *time.Timer
}

func (w *watch) start() {
	if w.after <= 0 {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.timer == nil {
		w.timer = time.AfterFunc(w.after, w.cancel)
	} else {
		w.timer.Reset(w.after)
	}
}

func (w *watch) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.timer != nil {
		w.timer.Stop()
	}
}

// attempt gives an attempt its end: a deadline, or for one that sends or
// receives a stream, silence for as long as the timeout.
func (r *run) attempt(ctx context.Context) (context.Context, context.CancelFunc, *watch) {
	if r.call.Upload == nil && r.call.stream == nil {
		ctx, cancel := r.bounded(ctx, r.start)
		return ctx, cancel, nil
	}
	ctx, cancel := context.WithCancel(ctx)
	w := &watch{after: resolve(r.call.Timeout, r.client.cfg.Timeout), cancel: cancel}
	w.start()
	return ctx, func() { w.stop(); cancel() }, w
}

// source is an upload on its way out.
type source struct {
	io.Reader
	io.Closer
	watch *watch
	mu    sync.Mutex // net/http may still read when it has given the attempt up
	err   error      // why it could not be read
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	if err != nil && err != io.EOF { // itself: a wrapped io.EOF is no end
		s.mu.Lock()
		s.err = err
		s.mu.Unlock()
	}
	s.watch.start()
	return n, err
}

func (s *source) failure() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// attach opens the upload of a call as the body of an attempt.
func (r *run) attach(req *http.Request, w *watch) error {
	upload := r.call.Upload
	if upload == nil {
		return nil
	}
	body, err := upload.Open()
	if err != nil {
		r.failure = &Failure{Err: err, NotTaken: true, Final: true, Message: "the source of the upload cannot be opened"}
		return err
	}
	r.source = &source{Reader: io.LimitReader(body, upload.Length+1), Closer: body, watch: w} // a longer one is noticed, not read out
	req.Body, req.ContentLength, req.GetBody = r.source, upload.Length, nil
	if upload.Length == 0 {
		_ = body.Close()
		req.Body = http.NoBody
	}
	return nil
}

// spoilt records that an attempt failed because of the upload's source: the
// server never had the whole request.
func (r *run) spoilt(err error) bool {
	if r.ctx.Err() != nil || r.source == nil {
		return false
	}
	cause := r.source.failure()
	if cause == nil && strings.Contains(err.Error(), "ContentLength=") { // of net/http, not exported
		cause = errors.New("it is not as long as it was said to be")
	}
	if cause == nil {
		return false
	}
	r.failure = &Failure{Err: cause, NotTaken: true, Final: true, Message: "the source of the upload failed"}
	return true
}

// hands reports whether an answer's body goes to the caller.
func (r *run) hands(resp *http.Response) bool {
	s := r.call.stream
	return s != nil && resp.StatusCode >= 200 && resp.StatusCode < 300 && !(s.whole != nil && s.whole(resp.StatusCode, resp.Header))
}

// live is a body on its way in.
type live struct {
	io.Reader
	run    *run
	raw    io.ReadCloser
	watch  *watch
	cancel context.CancelFunc
	ctx    context.Context
	answer *Answer
	length int64
	read   int64
	err    error
}

// hand makes the body that the caller reads.
func (r *run) hand(ctx context.Context, cancel context.CancelFunc, w *watch, resp *http.Response) {
	w.stop()
	r.answer = r.client.answer(resp, nil)
	l := &live{Reader: resp.Body, run: r, raw: resp.Body, watch: w, cancel: cancel, ctx: ctx, answer: r.answer, length: resp.ContentLength}
	if strings.EqualFold(resp.Header.Get("Content-Encoding"), "gzip") {
		l.Reader, l.length = &inflater{from: resp.Body}, -1
	}
	r.call.stream.live = l
}

// inflater decompresses; it reads nothing before it is read.
type inflater struct {
	from io.Reader
	z    *gzip.Reader
}

func (i *inflater) Read(p []byte) (int, error) {
	if i.z == nil {
		z, err := gzip.NewReader(i.from)
		if err != nil {
			return 0, err
		}
		i.z = z
	}
	return i.z.Read(p)
}

// Read turns every end but a proper one into the service's error.
func (l *live) Read(p []byte) (int, error) {
	if l.err != nil {
		return 0, l.err
	}
	l.watch.start()
	n, err := l.Reader.Read(p)
	l.watch.stop()
	l.read += int64(n)
	switch {
	case err == nil:
		return n, nil
	case err == io.EOF && (l.length < 0 || l.read == l.length): // itself: a wrapped io.EOF is no end
		l.err = io.EOF
	case err == io.EOF:
		l.err = l.failure(fmt.Errorf("%d of %d bytes came", l.read, l.length))
	default:
		l.err = l.failure(err)
	}
	return n, l.err
}

func (l *live) failure(err error) error {
	r := l.run
	f := bodyFailure(err)
	switch {
	case r.ctx.Err() != nil:
		f = &Failure{Err: contextError(r.ctx)}
	case l.ctx.Err() != nil:
		f = timedOut()
		f.Message = "nothing more of the body within the timeout"
	}
	f.Status, f.RequestID = l.answer.Status, l.answer.RequestID
	return r.client.wrap(r.finish(f))
}

// Close gives the connection back; a body that was not read to its end closes
// it.
func (l *live) Close() error {
	if l.err == nil {
		l.err = http.ErrBodyReadAfterClose
	}
	err := l.raw.Close()
	l.watch.stop()
	l.cancel()
	return err
}
