package rest_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"syscall"
	"testing"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// shape reduces an error to what judgement depends on: its kind of layers and
// the system's error at its root.
func shape(err error) string {
	var layers []string
	for e := err; e != nil; e = errors.Unwrap(e) {
		layer := fmt.Sprintf("%T", e)
		switch x := e.(type) {
		case *net.OpError:
			layer += ":" + x.Op
		case *net.DNSError:
			layer = fmt.Sprintf("%s:notfound=%v", layer, x.IsNotFound)
		case syscall.Errno:
			layer = x.Error()
		}
		if e == io.EOF || e == io.ErrUnexpectedEOF {
			layer = e.Error()
		}
		layers = append(layers, layer)
	}
	return strings.Join(layers, " > ")
}

// TestCapturedFaults breaks real sockets in every way of the fault table, shows
// what net/http makes of it, and holds that against the errors that the table
// injects.
func TestCapturedFaults(t *testing.T) {
	tests := []struct {
		name     string
		url      func(t *testing.T) string
		injected []error // one of them
	}{
		{"refused", closed, []error{errRefused}},
		{"refused by the proxy", closed, []error{errProxy}},
		{"reset after the request was read", func(t *testing.T) string {
			return serveRaw(t, func(c *net.TCPConn) { readRequest(c); _ = c.SetLinger(0) })
		}, []error{errReset}},
		{"EOF in the headers", func(t *testing.T) string {
			return serveRaw(t, func(c *net.TCPConn) { readRequest(c) })
		}, []error{io.EOF}},
		{"EOF amid the headers", func(t *testing.T) string {
			return serveRaw(t, func(c *net.TCPConn) { readRequest(c); _, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nConte") })
		}, []error{errHeaders}},
		{"EOF in the body", func(t *testing.T) string {
			return serveRaw(t, func(c *net.TCPConn) {
				readRequest(c)
				_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"ok\":")
			})
		}, []error{io.ErrUnexpectedEOF}},
		{"EOF in a chunked body", func(t *testing.T) string {
			return serveRaw(t, func(c *net.TCPConn) {
				readRequest(c)
				_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n{\"ok\":\r\n")
			})
		}, []error{io.ErrUnexpectedEOF}},
		{"TLS failure", func(t *testing.T) string {
			s := httptest.NewUnstartedServer(http.NotFoundHandler())
			s.Config.ErrorLog = log.New(io.Discard, "", 0)
			s.StartTLS()
			t.Cleanup(s.Close)
			return s.URL
		}, []error{errTLS}},
		{"no TLS", func(t *testing.T) string {
			s := httptest.NewServer(http.NotFoundHandler())
			t.Cleanup(s.Close)
			return strings.Replace(s.URL, "http:", "https:", 1)
		}, []error{errNoTLS}},
		{"no such host", func(*testing.T) string { return "http://nowhere.invalid" }, []error{errNoHost, errDNSBusy}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			address := tt.url(t)
			transport := &http.Transport{DisableKeepAlives: true}
			if tt.name == "refused by the proxy" {
				proxy, err := url.Parse(address)
				if err != nil {
					t.Fatal(err)
				}
				transport.Proxy, address = http.ProxyURL(proxy), "https://host.invalid"
			}
			got := captured(t, transport, address)
			for _, injected := range tt.injected {
				if shape(got) == shape(injected) {
					return
				}
			}
			// Some systems have no resolver at all, others answer in their own way.
			var dns *net.DNSError
			if errors.As(got, &dns) && tt.name == "no such host" {
				return
			}
			t.Errorf("net/http gives %v\n%s\nbut the table injects\n%s", got, shape(got), shape(tt.injected[0]))
		})
	}
}

// TestCapturedResetBeforeWrite: the connection is made, and reset before the
// client writes to it.
func TestCapturedResetBeforeWrite(t *testing.T) {
	connected, reset := make(chan struct{}), make(chan struct{})
	url := serveRaw(t, func(c *net.TCPConn) {
		<-connected
		_ = c.SetLinger(0)
		_ = c.Close()
		close(reset)
	})
	transport := &http.Transport{DisableKeepAlives: true}
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := new(net.Dialer).DialContext(ctx, network, address)
		close(connected)
		<-reset
		return c, err
	}
	got := captured(t, transport, url)
	var system syscall.Errno
	if !errors.Is(got, io.EOF) && !errors.As(got, &system) {
		t.Fatalf("net/http gives %v: %s", got, shape(got))
	}
	if system != 0 && system != syscall.ECONNRESET && system != syscall.EPIPE {
		t.Errorf("net/http gives %v: %s", got, shape(got))
	}
	t.Logf("net/http gives %s", shape(got))
}

// captured returns what a caller's transport gives for one GET: from RoundTrip,
// or from reading the body.
func captured(t *testing.T, transport http.RoundTripper, url string) error {
	t.Helper()
	var seen error
	spy := roundTripper(func(req *http.Request) (*http.Response, error) {
		resp, err := transport.RoundTrip(req)
		if err != nil {
			seen = err
			return nil, err
		}
		body, err := io.ReadAll(resp.Body)
		seen = err
		_ = resp.Body.Close()
		resp.Body = io.NopCloser(io.MultiReader(strings.NewReader(string(body)), broken{err}))
		return resp, nil
	})
	client := newClient(t, spy, func(cfg *rest.Config) { cfg.BaseURL, cfg.MaxRetries = url, -1 })
	_, err := client.Do(t.Context(), get("thing"))
	if seen == nil || err == nil {
		t.Fatalf("the fault did not show: %v, %v", seen, err)
	}
	if !errors.Is(err, seen) {
		t.Errorf("the failure %v lost its cause %v", err, seen)
	}
	return seen
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// closed is an address where nobody listens any more.
func closed(t *testing.T) string {
	t.Helper()
	l := listen(t)
	_ = l.Close()
	return "http://" + l.Addr().String()
}

func listen(t *testing.T) *net.TCPListener {
	t.Helper()
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// serveRaw hands each connection to f and closes it afterwards.
func serveRaw(t *testing.T, f func(*net.TCPConn)) string {
	t.Helper()
	l := listen(t)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.AcceptTCP()
			if err != nil {
				return
			}
			f(c)
			_ = c.Close()
		}
	}()
	t.Cleanup(func() { _ = l.Close(); <-done })
	return "http://" + l.Addr().String()
}

func readRequest(c net.Conn) {
	if req, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
		_, _ = io.Copy(io.Discard, req.Body)
	}
}
