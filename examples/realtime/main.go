// Realtime receives the webhooks of a NetBox and brings each change into a ServiceNow
// CMDB as it happens. NetBox is set up by the program itself: tags, custom field,
// webhook and event rule. Without flags both systems are in-memory servers, somebody
// edits the NetBox, and the program ends by itself; with them it serves until it is
// interrupted, and lets what is under way finish.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/sync/assets"
	"github.com/itsmkit/itsmkit/sync/webhook"
)

func main() {
	var o options
	flag.StringVar(&o.netboxURL, "netbox-url", "", "address of a real `NetBox`, with NETBOX_TOKEN; default: one in memory")
	flag.StringVar(&o.serviceNowURL, "servicenow-url", "", "address of a real `ServiceNow`, with SERVICENOW_USER and SERVICENOW_PASSWORD; default: one in memory")
	flag.StringVar(&o.listen, "listen", "127.0.0.1:0", "`address` to serve at")
	flag.StringVar(&o.publicURL, "public-url", "", "`URL` by which NetBox reaches that address; default: the address itself")
	flag.BoolVar(&o.verbose, "v", false, "log what becomes of each event")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, o, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "realtime:", err)
		os.Exit(1)
	}
}

type options struct {
	netboxURL, serviceNowURL, listen, publicURL string
	verbose                                     bool
}

func run(ctx context.Context, o options, out io.Writer) (err error) {
	s, err := connect(o)
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", o.listen)
	if err != nil {
		return err
	}
	if o.publicURL == "" {
		o.publicURL = "http://" + listener.Addr().String()
	}
	setUp := assets.Setup{Import: s.flow, Webhook: netbox.WebhookWrite{
		Name: netbox.Set("ServiceNow"), PayloadURL: netbox.Set(o.publicURL + "/netbox"), Secret: netbox.Set(s.secret),
	}}
	report, err := setUp.Run(ctx)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	if err := report.WriteText(out); err != nil {
		return errors.Join(err, listener.Close())
	}
	verifier, err := webhook.NetBox(webhook.Secret(s.secret)).Verifier()
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	level := slog.LevelError
	if o.verbose {
		level = slog.LevelInfo
	}
	flow := &assets.Realtime{
		Import: s.flow, Verifier: verifier,
		Logger: slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{Level: level})),
		Audit: func(_ context.Context, r assets.RealtimeResult) error {
			_, err := fmt.Fprintf(out, "%s %s: %d records written\n", r.Object, r.State, r.Summary.Total().Written())
			return err
		},
	}
	server := &http.Server{Handler: routes(flow), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	if s.edit != nil {
		err = s.edit(ctx, out)
	} else {
		_, _ = fmt.Fprintln(out, "listening at", o.publicURL)
		select {
		case <-ctx.Done():
		case err := <-served:
			return err
		}
	}
	// What is under way may finish; NetBox would not send it again.
	graceful, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	err = errors.Join(err, server.Shutdown(graceful))
	if stopped := <-served; !errors.Is(stopped, http.ErrServerClosed) {
		err = errors.Join(err, stopped)
	}
	return err
}

// largest is the largest body that is read.
const largest = 5 << 20

// routes answers NetBox. It counts any 2xx as done and does not repeat what fails,
// so a service that must lose nothing keeps an event before it answers, and handles
// it afterwards.
func routes(flow *assets.Realtime) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /netbox", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, largest))
		if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
			return
		}
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		_, err = flow.Handle(r.Context(), body, r.Header.Get)
		failure, failed := errors.AsType[*assets.EventFailure](err)
		switch {
		case errors.Is(err, webhook.ErrUnverified):
			w.WriteHeader(http.StatusUnauthorized)
		case failed && failure.Retryable:
			w.WriteHeader(http.StatusServiceUnavailable)
		case failed:
			w.WriteHeader(http.StatusBadRequest)
		default:
			w.WriteHeader(http.StatusNoContent)
		}
	})
	return mux
}
