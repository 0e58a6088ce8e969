package rest_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// file answers with a body of a declared length.
func file(length int64, body io.Reader) *http.Response {
	return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"text/plain"}}, ContentLength: length, Body: io.NopCloser(body)}
}

func download(t *testing.T, client *rest.Client, options ...rest.CallOption) (*rest.Stream, error) {
	t.Helper()
	call := &rest.Call{Op: "Files.Get", Path: "/file", Header: http.Header{"Accept": {"*/*"}}}
	rest.Apply(call, options...)
	return client.Stream(t.Context(), call, func(_ int, h http.Header) bool { return strings.Contains(h.Get("Content-Type"), "html") })
}

// TestStreamDown: the headers are repeated like any answer, the body is not,
// and an end that is not proper is an error.
func TestStreamDown(t *testing.T) {
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, _ = z.Write([]byte("hello"))
	_ = z.Close()
	inflated := func(data []byte) *http.Response {
		resp := file(int64(len(data)), bytes.NewReader(data))
		resp.Header.Set("Content-Encoding", "gzip")
		return resp
	}
	for name, tt := range map[string]struct {
		answers []func() *http.Response
		want    string
		fails   error // when reading
		refused error // before there is anything to read
		sent    int
	}{
		"whole":             {[]func() *http.Response{func() *http.Response { return file(5, strings.NewReader("hello")) }}, "hello", nil, nil, 1},
		"unknown length":    {[]func() *http.Response{func() *http.Response { return file(-1, strings.NewReader("hello")) }}, "hello", nil, nil, 1},
		"compressed":        {[]func() *http.Response{func() *http.Response { return inflated(zipped.Bytes()) }}, "hello", nil, nil, 1},
		"cut compressed":    {[]func() *http.Response{func() *http.Response { return inflated(zipped.Bytes()[:zipped.Len()-6]) }}, "hello", rest.ErrTruncated, nil, 1},
		"no compression":    {[]func() *http.Response{func() *http.Response { return inflated([]byte("hello")) }}, "", rest.ErrTruncated, nil, 1},
		"short":             {[]func() *http.Response{func() *http.Response { return file(9, strings.NewReader("hello")) }}, "hello", rest.ErrTruncated, nil, 1},
		"cut":               {[]func() *http.Response{func() *http.Response { return file(9, &dying{"hel", io.ErrUnexpectedEOF}) }}, "hel", rest.ErrTruncated, nil, 1},
		"unavailable first": {[]func() *http.Response{func() *http.Response { return answer(503, "") }, func() *http.Response { return file(5, strings.NewReader("hello")) }}, "hello", nil, nil, 2},
		"not found":         {[]func() *http.Response{func() *http.Response { return answer(404, "{}") }}, "", nil, rest.ErrNotFound, 1},
		"sign-in page": {[]func() *http.Response{func() *http.Response {
			resp := file(-1, strings.NewReader("<html>sign in</html>"))
			resp.Header.Set("Content-Type", "text/html")
			return resp
		}}, "", nil, rest.ErrSignIn, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := &wire{serve: func(n int, _ *http.Request) (*http.Response, error) { return tt.answers[n-1](), nil }}
				stream, err := download(t, newClient(t, w))
				if !errors.Is(err, tt.refused) || w.requests() != tt.sent {
					t.Fatalf("%v after %d requests", err, w.requests())
				}
				if err != nil {
					return
				}
				got, err := io.ReadAll(stream.Body)
				if !errors.Is(err, tt.fails) || string(got) != tt.want || stream.Attempts != tt.sent {
					t.Errorf("read %q, %v", got, err)
				}
				if _, again := stream.Body.Read(make([]byte, 1)); tt.fails != nil && !errors.Is(again, tt.fails) {
					t.Errorf("another read: %v", again)
				}
				if err := stream.Body.Close(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// dying is a body that ends in an error.
type dying struct {
	rest string
	err  error
}

func (d *dying) Read(p []byte) (int, error) {
	n := copy(p, d.rest)
	if d.rest = d.rest[n:]; n == 0 {
		return 0, d.err
	}
	return n, nil
}

// TestStreamHoldsNoSlot: a caller may send to the same client what it reads.
func TestStreamHoldsNoSlot(t *testing.T) {
	w := &wire{serve: func(_ int, req *http.Request) (*http.Response, error) {
		if req.Method == http.MethodPost {
			return answer(200, goodDoc), nil
		}
		return file(5, strings.NewReader("hello")), nil
	}}
	client := newClient(t, w, func(cfg *rest.Config) { cfg.Concurrency = 1 })
	stream, err := download(t, client)
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Body.Close()
	call := &rest.Call{Method: http.MethodPost, Path: "/file", Kind: rest.Append, Upload: &rest.Upload{
		Length: 5, Open: func() (io.ReadCloser, error) { return io.NopCloser(stream.Body), nil },
	}}
	if _, err := client.Do(t.Context(), call); err != nil {
		t.Fatal(err)
	}
	if got := w.entry(1).body; got != "hello" {
		t.Errorf("sent %q", got)
	}
}

// TestStreamSilence: the timeout bounds silence, not the transfer; the caller's
// context bounds both.
func TestStreamSilence(t *testing.T) {
	slow := func(ctx context.Context, steps int, each time.Duration) io.Reader {
		return readerFunc(func(p []byte) (int, error) {
			if steps == 0 {
				return 0, io.EOF
			}
			steps--
			select {
			case <-time.After(each):
				p[0] = 'x'
				return 1, nil
			case <-ctx.Done():
				return 0, ctx.Err()
			}
		})
	}
	minute := func(cfg *rest.Config) { cfg.Timeout = time.Minute }
	for name, tt := range map[string]struct {
		each   time.Duration
		cancel time.Duration
		want   error
		took   time.Duration
	}{
		"slow but moving": {50 * time.Second, time.Hour, nil, 500 * time.Second},
		"silent":          {2 * time.Minute, time.Hour, context.DeadlineExceeded, time.Minute},
		"cancelled":       {50 * time.Second, 99 * time.Second, context.Canceled, 99 * time.Second},
	} {
		t.Run("down, "+name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client := newClient(t, &wire{serve: func(_ int, req *http.Request) (*http.Response, error) {
					return file(10, slow(req.Context(), 10, tt.each)), nil
				}}, minute)
				ctx, cancel := context.WithCancel(t.Context())
				time.AfterFunc(tt.cancel, cancel)
				begun := time.Now()
				stream, err := client.Stream(ctx, &rest.Call{Path: "/file"}, nil)
				if err != nil {
					t.Fatal(err)
				}
				if tt.want == nil {
					elapse(time.Hour - tt.took - time.Second) // the caller's own time does not count
					begun = time.Now()
				}
				_, err = io.Copy(io.Discard, stream.Body)
				if !errors.Is(err, tt.want) || time.Since(begun) != tt.took {
					t.Errorf("%v after %s", err, time.Since(begun))
				}
				_ = stream.Body.Close()
			})
		})
		t.Run("up, "+name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client := newClient(t, roundTripper(func(req *http.Request) (*http.Response, error) {
					done := make(chan error, 1)
					go func() {
						_, err := io.Copy(io.Discard, req.Body)
						done <- err
					}()
					select {
					case err := <-done:
						return answer(200, goodDoc), err
					case <-req.Context().Done():
						return nil, req.Context().Err()
					}
				}), minute)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				time.AfterFunc(tt.cancel, cancel)
				begun := time.Now()
				_, err := client.Do(ctx, &rest.Call{Method: http.MethodPost, Kind: rest.Append, Path: "/file", Upload: &rest.Upload{
					Length: 10,
					Open:   func() (io.ReadCloser, error) { return io.NopCloser(slow(ctx, 10, tt.each)), nil },
				}})
				if !errors.Is(err, tt.want) || time.Since(begun) != tt.took {
					t.Errorf("%v after %s", err, time.Since(begun))
				}
			})
		})
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// TestUpload: a refused upload is opened and sent anew; one whose outcome is
// unknown is not.
func TestUpload(t *testing.T) {
	var opened, closed int
	upload := func(text string, length int64) *rest.Upload {
		return &rest.Upload{Length: length, Open: func() (io.ReadCloser, error) {
			opened++
			return closer{strings.NewReader(text), &closed}, nil
		}}
	}
	for name, tt := range map[string]struct {
		upload   *rest.Upload
		statuses []int
		want     error
		opened   int
		maybe    bool
	}{
		"good":             {upload("hello", 5), []int{200}, nil, 1, false},
		"empty":            {upload("", 0), []int{200}, nil, 1, false},
		"refused once":     {upload("hello", 5), []int{429, 200}, nil, 2, false},
		"unavailable":      {upload("hello", 5), []int{503}, rest.ErrUnavailable, 1, true},
		"shorter":          {upload("hell", 5), []int{200}, errAny, 1, false},
		"longer":           {upload("hello!", 5), []int{200}, errAny, 1, false},
		"cannot be read":   {&rest.Upload{Length: 5, Open: func() (io.ReadCloser, error) { opened++; return closer{&dying{"he", errSource}, &closed}, nil }}, []int{200}, errSource, 1, false},
		"cannot be opened": {&rest.Upload{Length: 5, Open: func() (io.ReadCloser, error) { opened++; closed++; return nil, errSource }}, []int{200}, errSource, 1, false},
		"no source":        {&rest.Upload{Length: 5}, nil, rest.ErrInvalid, 0, false},
		"no length":        {&rest.Upload{Length: -1, Open: upload("", 0).Open}, nil, rest.ErrInvalid, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			opened, closed = 0, 0
			n := 0
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				got, err := io.ReadAll(r.Body)
				if err != nil {
					return
				}
				if want := strconv.FormatInt(tt.upload.Length, 10); r.Header.Get("Content-Length") != want && strconv.Itoa(len(got)) != want {
					t.Errorf("received %d bytes", len(got))
				}
				w.WriteHeader(tt.statuses[min(n, len(tt.statuses)-1)])
				n++
			}))
			defer server.Close()
			client, err := rest.New(rest.Config{
				Service: rest.Service{Name: "test"}, BaseURL: server.URL,
				Jitter: func(time.Duration) time.Duration { return 1 },
			})
			if err != nil {
				t.Fatal(err)
			}
			_, err = client.Do(t.Context(), &rest.Call{Op: "Files.Put", Method: http.MethodPost, Path: "/file", Kind: rest.Append, Upload: tt.upload})
			if tt.want == errAny && err == nil || tt.want != errAny && !errors.Is(err, tt.want) {
				t.Fatalf("ended in %v", err)
			}
			if opened != tt.opened || closed != opened {
				t.Errorf("opened %d times, closed %d times", opened, closed)
			}
			if errors.Is(err, rest.ErrAmbiguous) != tt.maybe {
				t.Errorf("ambiguous: %v", err)
			}
		})
	}
}

var errAny, errSource = errors.New("any"), errors.New("the disk is gone")

type closer struct {
	io.Reader
	closed *int
}

func (c closer) Close() error { *c.closed++; return nil }
