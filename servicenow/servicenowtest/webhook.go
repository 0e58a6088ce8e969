package servicenowtest

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// The headers of a delivery.
const (
	signatureHeader = "X-ServiceNow-Signature"
	timestampHeader = "X-ServiceNow-Timestamp"
)

// Webhook is an outbound rule: each write to its table is an event that Deliver
// sends as a POST to its URL. The product has no such thing of its own;
// integrations make it as an asynchronous business rule with a RESTMessageV2.
type Webhook struct {
	// Name is the rule's name.
	Name string
	// Table is the table that the rule is about, together with the tables that
	// extend it.
	Table string
	// On lists the operations among OpInsert, OpUpdate and OpDelete; empty means
	// insert and update.
	On []Operation
	// Condition must be true for an event, when set. As a rule's Run it must be
	// quick and must not call the server.
	Condition func(*RuleCall) bool
	// URL is where events are sent to.
	URL string
	// Secret signs the body by HMAC-SHA256, in the header
	// X-ServiceNow-Signature; empty sends no signature.
	Secret string
	// Hex writes the signature as hex digits. Without it the signature is base64,
	// as the product's generateMac answers.
	Hex bool
	// Timestamp sends X-ServiceNow-Timestamp, in Unix seconds of the server's
	// clock when it is sent, and signs "time.body" instead of the body.
	Timestamp bool
	// Payload makes the body of an event when it occurs; an error is listed by
	// RuleErrors, and there is no event. Nil means the documented one: a JSON
	// object with sys_id, number, short_description, description, state,
	// priority, impact, urgency, assigned_to (its display value), updated_on,
	// sys_mod_count and sys_updated_by, as the record is right after the write.
	// Values are strings, and null for an empty one, as getValue gives it.
	Payload func(*RuleCall) ([]byte, error)
}

// SetWebhooks replaces the webhooks; what waits to be delivered stays. It
// returns an error that names the webhook for an unknown table or operation and
// for an address that is not one of http or https; then nothing changes.
func (s *Server) SetWebhooks(hooks ...Webhook) error {
	hooks = slices.Clone(hooks)
	for i := range hooks {
		hook := &hooks[i]
		if err := s.checkHook(hook.Name, hook.Table, hook.On); err != nil {
			return fmt.Errorf("servicenowtest: Webhooks[%d]: %w", i, err)
		}
		if u, err := url.Parse(hook.URL); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return fmt.Errorf("servicenowtest: Webhooks[%d]: URL is no address of http or https", i)
		}
		hook.On = operationsOf(hook.On)
	}
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	s.store.hooks.webhooks = hooks
	return nil
}

// Delivery is an event of a webhook, waiting or sent.
type Delivery struct {
	// Event numbers the events of all webhooks, from 1; a repeated delivery has
	// the number of the first.
	Event int
	// Webhook is the rule's name; Operation, Table and SysID are of the write.
	Webhook      string
	Operation    Operation
	Table, SysID string
	// URL is where it goes, Body what it says.
	URL  string
	Body []byte

	// Sent is when it was sent, by the server's clock; zero before. Header is
	// what was sent with it, Status what was answered, 0 when nothing was; Err
	// is why.
	Sent   time.Time
	Header http.Header
	Status int
	Err    error

	hook *Webhook
}

// DeliveryPlan decides which of the waiting deliveries are sent, how often and
// in which order: what it returns is sent. It must not change the slice that it
// is given. Delays are made by calling Deliver later.
type DeliveryPlan func(waiting []Delivery) []Delivery

// LoseDeliveries drops the events with these numbers.
func LoseDeliveries(events ...int) DeliveryPlan {
	return func(waiting []Delivery) []Delivery {
		return slices.DeleteFunc(slices.Clone(waiting), func(d Delivery) bool { return slices.Contains(events, d.Event) })
	}
}

// RepeatDeliveries sends the events with these numbers twice in a row.
func RepeatDeliveries(events ...int) DeliveryPlan {
	return func(waiting []Delivery) []Delivery {
		var list []Delivery
		for _, d := range waiting {
			list = append(list, d)
			if slices.Contains(events, d.Event) {
				list = append(list, d)
			}
		}
		return list
	}
}

// ShuffleDeliveries sends in an order that depends on the seed only.
func ShuffleDeliveries(seed uint64) DeliveryPlan {
	return func(waiting []Delivery) []Delivery {
		list := slices.Clone(waiting)
		// A test wants the same order again.
		r := rand.New(rand.NewPCG(seed, uint64(len(list))))
		r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		return list
	}
}

// SetDeliveryPlan has the plans decide, one after the other, about what Deliver
// sends. Without plans everything is sent once, in the order of the writes.
func (s *Server) SetDeliveryPlan(plans ...DeliveryPlan) {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	s.store.hooks.plan = func(waiting []Delivery) []Delivery {
		for _, plan := range plans {
			waiting = plan(waiting)
		}
		return waiting
	}
}

// Waiting returns the deliveries that Deliver would send next.
func (s *Server) Waiting() []Delivery {
	s.store.mu.RLock()
	defer s.store.mu.RUnlock()
	return slices.Clone(s.store.hooks.waiting)
}

// Deliveries returns what was sent since the server was made, in order.
func (s *Server) Deliveries() []Delivery {
	s.store.mu.RLock()
	defer s.store.mu.RUnlock()
	return slices.Clone(s.store.hooks.sent)
}

// Deliver sends what waits, one after the other, by the caller's client, and
// returns how many requests that were. Nothing is sent by itself: without
// Deliver events only wait. What is written meanwhile waits for the next call. A
// delivery that fails is not sent again, as the product does not; Deliveries
// tells its status and error. When ctx ends, what was not sent yet waits on, and
// the error is that of ctx. Calls should not overlap.
func (s *Server) Deliver(ctx context.Context, client *http.Client) (sent int, err error) {
	if client == nil {
		return 0, errors.New("servicenowtest: Deliver: the client is nil: give one that reaches the webhook's URL")
	}
	s.store.mu.Lock()
	list, plan := s.store.hooks.waiting, s.store.hooks.plan
	s.store.hooks.waiting = nil
	s.store.mu.Unlock()
	if plan != nil {
		list = plan(list)
	}
	for i := range list {
		if ctx.Err() != nil {
			s.store.mu.Lock()
			s.store.hooks.waiting = append(slices.Clone(list[i:]), s.store.hooks.waiting...)
			s.store.mu.Unlock()
			return i, ctx.Err()
		}
		done := list[i].send(ctx, client, s.Now())
		s.store.mu.Lock()
		s.store.hooks.sent = append(s.store.hooks.sent, done)
		s.store.mu.Unlock()
	}
	return len(list), nil
}

// send makes the request.
func (d Delivery) send(ctx context.Context, client *http.Client, now time.Time) Delivery {
	d.Sent = now
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.URL, bytes.NewReader(d.Body))
	if err != nil {
		d.Err = err
		return d
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "ServiceNow/1.0")
	d.hook.sign(req.Header, d.Body, now)
	d.Header = req.Header.Clone()
	res, err := client.Do(req)
	if err != nil {
		d.Err = err
		return d
	}
	defer func() { _ = res.Body.Close() }()
	_, d.Err = io.Copy(io.Discard, io.LimitReader(res.Body, 1<<20)) // so that the connection can be used again
	d.Status = res.StatusCode
	return d
}

func (h *Webhook) sign(header http.Header, body []byte, now time.Time) {
	if h.Secret == "" {
		return
	}
	mac := hmac.New(sha256.New, []byte(h.Secret))
	if h.Timestamp {
		stamp := strconv.FormatInt(now.Unix(), 10)
		header.Set(timestampHeader, stamp)
		mac.Write([]byte(stamp + "."))
	}
	mac.Write(body)
	sum := mac.Sum(nil)
	if h.Hex {
		header.Set(signatureHeader, hex.EncodeToString(sum))
	} else {
		header.Set(signatureHeader, base64.StdEncoding.EncodeToString(sum))
	}
}

// enqueue lists an event. The caller holds the lock.
func (s *store) enqueue(hook *Webhook, call *RuleCall) {
	payload := hook.Payload
	if payload == nil {
		payload = documentedPayload
	}
	body, err := payload(call)
	if err != nil {
		s.hooks.failures = append(s.hooks.failures, fmt.Errorf("servicenowtest: webhook %s: %w", hook.Name, err))
		return
	}
	s.hooks.events++
	s.hooks.waiting = append(s.hooks.waiting, Delivery{
		Event: s.hooks.events, Webhook: hook.Name, Operation: call.op, Table: call.class.name, SysID: call.SysID(),
		URL: hook.URL, Body: body, hook: hook,
	})
}

// documentedPayload is the body that the documented business rule sends.
func documentedPayload(c *RuleCall) ([]byte, error) {
	b := []byte{'{'}
	add := func(name, value string) {
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(appendString(b, name), ':')
		if value == "" {
			b = append(b, "null"...)
		} else {
			b = appendString(b, value)
		}
	}
	for _, name := range []string{"sys_id", "number", "short_description", "description", "state", "priority", "impact", "urgency"} {
		add(name, c.Get(name))
	}
	b = append(appendString(append(b, ','), "assigned_to"), ':')
	b = appendString(b, c.Display("assigned_to"))
	add("updated_on", c.Get("sys_updated_on"))
	add("sys_mod_count", c.Get("sys_mod_count"))
	add("sys_updated_by", c.Get("sys_updated_by"))
	return append(b, '}'), nil
}
