package netboxtest

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/itsmkit/itsmkit/internal/fault"
)

// Delivery is one webhook that Deliver took from the queue: what was sent, and
// what came back. Its slices and maps must not be changed.
type Delivery struct {
	Rule, Webhook string // the names of the event rule and the webhook
	Event         string // "created", "updated" or "deleted"
	ObjectType    string // "dcim.device"
	ObjectID      int64
	RequestID     string // X-Request-ID of the answer to the write
	Method, URL   string
	Header        http.Header // with credentials replaced, but for the signature
	Body          []byte      // the bytes that are signed
	// Repeated says that Unreliable sent it once more, Lost that it was never sent.
	Repeated, Lost bool
	// Status is that of the answer, 0 for none; Answer holds up to 4 KiB of its body.
	Status int
	Answer []byte
	// Err says why there was no answer, or why nothing could be sent: a template
	// that cannot be rendered, or a header outside Latin-1. NetBox gives a webhook
	// up for any of these, and for a status that is not 2xx.
	Err error
}

// OK reports a 2xx answer: all others NetBox takes for failed, and does not
// send them again (RQ_RETRY_MAX is 0).
func (d Delivery) OK() bool { return d.Status >= 200 && d.Status <= 299 }

// Unreliable says how webhooks go astray on their way. The numbers are
// probabilities from 0 to 1. The same seed and the same changes give the same
// misfortunes. The zero value delivers each webhook once and in order.
type Unreliable struct {
	Seed uint64
	// Lose is for a webhook that is never sent.
	Lose float64
	// Double is for one that is sent once more, after all others.
	Double float64
	// Reorder is for one that a later one overtakes, as happens between workers.
	Reorder float64
}

// hooks is the queue of webhooks, and the journal of what became of them. Its
// lock is not the server's: a receiver may call the server while it is called.
type hooks struct {
	mu      sync.Mutex
	queue   []*mail
	journal []Delivery
	bad     Unreliable
	chance  *rand.Rand
}

// mail is a webhook that waits to be sent.
type mail struct {
	Delivery
	header  http.Header // with everything in it
	decided bool        // whether it gets lost or doubled
}

func (h *hooks) add(m *mail) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.queue = append(h.queue, m)
}

// take removes the next of the first n webhooks, nil when there is none, and
// tells how many of them are left.
func (h *hooks) take(n int) (*mail, int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	n = min(n, len(h.queue))
	if n == 0 {
		return nil, 0
	}
	i := 0
	if h.happens(h.bad.Reorder) {
		i = h.chance.IntN(n)
	}
	m := h.queue[i]
	h.queue = slices.Delete(h.queue, i, i+1)
	n--
	if m.Repeated || m.decided {
		return m, n
	}
	m.decided = true
	if m.Lost = h.happens(h.bad.Lose); !m.Lost && h.happens(h.bad.Double) {
		again := *m
		again.Repeated = true
		h.queue = slices.Insert(h.queue, n, &again)
		n++
	}
	return m, n
}

func (h *hooks) happens(p float64) bool { return p > 0 && h.chance.Float64() < p }

// back puts a webhook in front again; what was decided about it stays decided.
func (h *hooks) back(m *mail) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.queue = slices.Insert(h.queue, 0, m)
}

func (h *hooks) note(d Delivery) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.journal = append(h.journal, d)
}

// SetUnreliable sets how deliveries go astray from now on, from the beginning
// of the seed's row of chances. A probability outside 0 to 1 is an error.
func (s *Server) SetUnreliable(u Unreliable) error {
	for _, p := range []float64{u.Lose, u.Double, u.Reorder} {
		if !(p >= 0 && p <= 1) {
			return fmt.Errorf("netboxtest: SetUnreliable: the probability %v is not between 0 and 1", p)
		}
	}
	s.hooks.mu.Lock()
	defer s.hooks.mu.Unlock()
	s.hooks.bad, s.hooks.chance = u, rand.New(rand.NewPCG(u.Seed, u.Seed))
	return nil
}

// PendingWebhooks is how many webhooks wait for Deliver.
func (s *Server) PendingWebhooks() int {
	s.hooks.mu.Lock()
	defer s.hooks.mu.Unlock()
	return len(s.hooks.queue)
}

// Deliveries returns what Deliver has done since ResetDeliveries, in order.
func (s *Server) Deliveries() []Delivery {
	s.hooks.mu.Lock()
	defer s.hooks.mu.Unlock()
	return slices.Clone(s.hooks.journal)
}

// ResetDeliveries forgets what was delivered; what waits goes on waiting.
func (s *Server) ResetDeliveries() {
	s.hooks.mu.Lock()
	defer s.hooks.mu.Unlock()
	s.hooks.journal = nil
}

// Deliver sends the webhooks that wait, one after the other, with the given
// client, and returns what became of them. It is NetBox's worker: nothing is
// sent but by it, so a test decides when events arrive. What a receiver's own
// writes cause meanwhile waits for the next call. Redirects are the client's
// affair; NetBox follows them.
//
// The error is ctx's: the webhook that it interrupted is back in the queue, and
// its receiver may get it twice. Failed deliveries are no error, see
// Delivery.OK. Two calls at a time are two workers, between which order is lost.
func (s *Server) Deliver(ctx context.Context, client *http.Client) ([]Delivery, error) {
	if client == nil {
		return nil, errors.New("netboxtest: Deliver needs an http.Client: give one that reaches the receivers")
	}
	var done []Delivery
	for left := s.PendingWebhooks(); left > 0; {
		if err := ctx.Err(); err != nil {
			return done, err
		}
		var m *mail
		if m, left = s.hooks.take(left); m == nil {
			break
		}
		d := m.send(ctx, client)
		if err := ctx.Err(); err != nil && d.Status == 0 && !d.Lost {
			s.hooks.back(m)
			return done, err
		}
		s.hooks.note(d)
		done = append(done, d)
	}
	return done, nil
}

// mail makes the webhook of an event.
func (s *Server) mail(e *event, rule, hook *row) *mail {
	context := s.context(e)
	m := &mail{header: http.Header{}, Delivery: Delivery{Rule: rule.str("name"), Webhook: hook.str("name"), Event: e.kind,
		ObjectType: e.res.model, ObjectID: e.id, RequestID: e.by.request, Method: hook.str("http_method")}}
	m.Err = m.fill(hook, context)
	m.Header = fault.Redact(m.header)
	return m
}

// fill renders what a webhook sends.
func (m *mail) fill(hook *row, context object) error {
	m.header.Set("User-Agent", "python-urllib3/2.8.0")
	m.header.Set("Accept-Encoding", "identity")
	m.header.Set("Content-Type", hook.str("http_content_type"))
	lines, err := rendered(hook.str("additional_headers"), context)
	if err != nil {
		return err
	}
	for line := range strings.Lines(lines) {
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			continue
		}
		if value, ok = latin1(strings.TrimSpace(value)); !ok {
			return errors.New("netboxtest: the header " + strings.TrimSpace(name) + " has characters outside Latin-1, which NetBox cannot send")
		}
		m.header.Set(strings.TrimSpace(name), value)
	}
	if hook.str("body_template") == "" {
		m.Body = appendPython(nil, context)
	} else {
		body, err := rendered(hook.str("body_template"), context)
		if err != nil {
			return err
		}
		m.Body = []byte(body)
	}
	if m.URL, err = rendered(hook.str("payload_url"), context); err != nil {
		return err
	}
	if secret := hook.str("secret"); secret != "" {
		mac := hmac.New(sha512.New, []byte(secret))
		mac.Write(m.Body)
		m.header.Set("X-Hook-Signature", hex.EncodeToString(mac.Sum(nil)))
	}
	return nil
}

func rendered(src string, context object) (string, error) {
	t, err := parseTemplate(src)
	if err != nil {
		return "", err
	}
	return t.render(context)
}

// latin1 is a text in the bytes in which Python sends a header.
func latin1(s string) (string, bool) {
	out := make([]byte, 0, len(s))
	for _, r := range s {
		if r > 0xff {
			return "", false
		}
		out = append(out, byte(r))
	}
	return string(out), true
}

const keptAnswer = 4 << 10

func (m *mail) send(ctx context.Context, client *http.Client) Delivery {
	d := m.Delivery
	if d.Lost || d.Err != nil {
		return d
	}
	req, err := http.NewRequestWithContext(ctx, d.Method, d.URL, bytes.NewReader(d.Body))
	if err != nil {
		d.Err = err
		return d
	}
	req.Header = m.header.Clone()
	if host := req.Header.Get("Host"); host != "" {
		req.Host = host
	}
	req.Header.Del("Content-Length") // as in NetBox, it is the body's
	answer, err := client.Do(req)
	if err != nil {
		d.Err = err
		return d
	}
	defer func() { _ = answer.Body.Close() }() // it was read
	d.Status = answer.StatusCode
	if d.Answer, err = io.ReadAll(io.LimitReader(answer.Body, keptAnswer)); err != nil {
		d.Status, d.Err = 0, err
	}
	return d
}
