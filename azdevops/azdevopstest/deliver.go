package azdevopstest

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/itsmkit/itsmkit/internal/fault"
)

// Delivery is a request that Deliver has made.
type Delivery struct {
	// Plan is the GUID of the plan of a check or gate that was called; "" for a
	// service hook, which has Subscription and Notification.
	Plan         string
	Subscription string
	Notification int
	Time         time.Time
	URL          string
	Header       http.Header // with credentials replaced
	Body         []byte
	Status       int // of the answer; 0 for none
	// Err says why there was no answer.
	Err error
}

// OK reports a 2xx answer.
func (d Delivery) OK() bool { return d.Status >= 200 && d.Status <= 299 }

// Failures that pass are tried again after these pauses, those that last after
// the longer ones, with which the subscription is on probation (documentation,
// "Service hooks: troubleshoot").
var (
	passing = []time.Duration{1 * time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second, 32 * time.Second, time.Minute, time.Minute}
	lasting = []time.Duration{
		20 * time.Minute, 40 * time.Minute, 80 * time.Minute, 160 * time.Minute, 320 * time.Minute, 640 * time.Minute, 15 * time.Hour,
	}
)

// Deliver sends what is due by the server's clock: the requests of checks and
// gates that have begun, and the notifications of service hooks, first ones and
// repeated ones. Nothing is sent but by it, one after the other, with the given
// client; what a receiver causes meanwhile waits for the next call. NextDelivery
// tells when there will be more.
//
// The rules are those of the service. A check or gate whose receiver does not
// answer 2xx has failed. A notification is tried eight times more after a 408,
// 502, 503 or 504; after 410 its subscription is disabled; after any other
// failure, and after none at all, the subscription is on probation: until the
// same notification is taken, which is tried seven times in 36 hours, its events
// are lost, and then it is disabled.
//
// The error is ctx's: the request that it interrupted waits on, and its receiver
// may get it twice. Calls should not overlap.
func (s *Server) Deliver(ctx context.Context, client *http.Client) ([]Delivery, error) {
	if client == nil {
		return nil, errors.New("azdevopstest: Deliver needs an http.Client: give one that reaches the receivers")
	}
	s.mu.Lock()
	s.advance()
	now := s.Now().UTC()
	calls, due, address := slices.Clone(s.runs.calls), s.due(now), s.address
	s.mu.Unlock()
	var done []Delivery
	for _, p := range calls {
		d := Delivery{Plan: p.id, Time: now, URL: p.url, Body: []byte(p.body), Header: p.header(address)}
		if err := d.send(ctx, client); err != nil {
			return done, err
		}
		s.mu.Lock()
		s.runs.calls = slices.DeleteFunc(s.runs.calls, func(other *plan) bool { return other == p })
		if !d.OK() {
			p.finish("failed", now)
		}
		s.mu.Unlock()
		done = append(done, d)
	}
	for _, n := range due {
		d, wanted := s.request(n, now)
		if !wanted {
			continue
		}
		if err := d.send(ctx, client); err != nil {
			return done, err
		}
		s.mu.Lock()
		s.settleNotification(n, d, now)
		s.mu.Unlock()
		done = append(done, d)
	}
	return done, nil
}

// due are the notifications whose time has come, in order.
func (s *Server) due(now time.Time) []*notification {
	var due []*notification
	for _, n := range s.hooks.queue {
		if !n.due.After(now) {
			due = append(due, n)
		}
	}
	slices.SortStableFunc(due, func(a, b *notification) int { return cmp.Or(a.due.Compare(b.due), a.id-b.id) })
	return due
}

// NextDelivery is when Deliver will have something to send by what is known now;
// zero for never.
func (s *Server) NextDelivery() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.advance()
	var next time.Time
	if len(s.runs.calls) > 0 {
		return s.Now().UTC()
	}
	for _, n := range s.hooks.queue {
		if next.IsZero() || n.due.Before(next) {
			next = n.due
		}
	}
	return next
}

// request makes the request of a notification, unless its subscription takes none
// any more.
func (s *Server) request(n *notification, now time.Time) (Delivery, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sub := n.subscription
	if !slices.Contains(s.hooks.queue, n) {
		return Delivery{}, false
	}
	if sub.status != "enabled" && n != sub.trial {
		s.complete(n, "failed", "The subscription is "+sub.status+".", now)
		return Delivery{}, false
	}
	d := Delivery{Subscription: sub.id, Notification: n.id, Time: now, URL: sub.inputs["url"], Body: n.body, Header: http.Header{"Content-Type": {"application/json; charset=utf-8"}}}
	d.Header.Set("User-Agent", "VSServices/19.0 (w3wp.exe)")
	for line := range strings.SplitSeq(sub.inputs["httpHeaders"], "\n") {
		if name, value, found := strings.Cut(line, ":"); found {
			d.Header.Set(strings.TrimSpace(name), strings.TrimSpace(value))
		}
	}
	if user := sub.inputs["basicAuthUsername"]; user != "" {
		r := http.Request{Header: d.Header}
		r.SetBasicAuth(user, sub.inputs["basicAuthPassword"])
	}
	return d, true
}

// send makes a request. The error is ctx's.
func (d *Delivery) send(ctx context.Context, client *http.Client) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, d.URL, bytes.NewReader(d.Body))
	if err != nil {
		d.Err = err
		return ctx.Err()
	}
	r.Header = d.Header.Clone()
	d.Header = fault.Redact(d.Header)
	answer, err := client.Do(r)
	if err != nil {
		d.Err = err
		return ctx.Err()
	}
	defer func() { _ = answer.Body.Close() }()
	_, d.Err = io.Copy(io.Discard, io.LimitReader(answer.Body, 1<<20)) // so that the connection can be used again
	d.Status = answer.StatusCode
	return nil
}

// settleNotification draws the consequences of an answer.
func (s *Server) settleNotification(n *notification, d Delivery, now time.Time) {
	sub := n.subscription
	n.code = d.Status
	switch d.Status {
	case http.StatusGone:
		sub.status, sub.trial = "disabledBySystem", nil
		s.complete(n, "failed", "The receiver is gone.", now)
		return
	case http.StatusRequestTimeout, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		if n.retries < len(passing) {
			n.due = now.Add(passing[n.retries])
			n.retries++
			return
		}
	}
	if d.OK() {
		if sub.status == "onProbation" {
			sub.status, sub.retries, sub.trial = "enabled", 0, nil
		}
		s.complete(n, "succeeded", "", now)
		return
	}
	message := fmt.Sprintf("The receiver answered %d.", d.Status)
	if sub.retries == len(lasting) {
		sub.status, sub.trial = "disabledBySystem", nil
		s.complete(n, "failed", message, now)
		return
	}
	sub.status, sub.trial = "onProbation", n
	n.due, n.retries, n.message = now.Add(lasting[sub.retries]), 0, message
	sub.retries++
}

// complete takes a notification off the queue.
func (s *Server) complete(n *notification, result, message string, now time.Time) {
	n.status, n.result, n.message, n.completed = "completed", result, message, now
	s.hooks.queue = slices.DeleteFunc(s.hooks.queue, func(other *notification) bool { return other == n })
}
