package fault

import (
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"time"
)

// TB is the part of testing.TB that a server made for one test needs.
type TB interface {
	Helper()
	Cleanup(func())
	Fatalf(format string, args ...any)
}

// Listen serves handler over TCP on the given address, 127.0.0.1 and a free
// port when it is empty. It returns the base URL, such as
// "http://127.0.0.1:40123", and a function that closes the listener and every
// connection and returns when the listener's goroutine has ended; calling it
// again does nothing.
func Listen(handler http.Handler, address string) (baseURL string, stop func(), err error) {
	if address == "" {
		address = "127.0.0.1:0"
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return "", nil, fmt.Errorf("fault: listen on %s: %w", address, err)
	}
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: time.Minute, MaxHeaderBytes: 1 << 20,
		ErrorLog: log.New(io.Discard, "", 0),
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			_ = listener.Close()
		}
	}()
	return "http://" + listener.Addr().String(), func() { _ = server.Close(); <-done }, nil
}

// Listen serves the harness over TCP on an address such as "127.0.0.1:8080";
// empty means loopback and a free port. It returns the base URL and a function
// that closes the listener and all connections.
func (h *Harness) Listen(address string) (baseURL string, stop func(), err error) {
	return Listen(h, address)
}
