package azdevops

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// HookService is about service hooks: what the organization tells others about.
type HookService struct{ c *Client }

// SubscriptionStatus is whether a subscription sends.
type SubscriptionStatus string

// The states of subscriptions. On probation, events are lost; the service
// disables a subscription whose receiver keeps failing (documentation,
// "Service hooks: troubleshoot").
const (
	SubscriptionEnabled    SubscriptionStatus = "enabled"
	SubscriptionProbation  SubscriptionStatus = "onProbation"
	SubscriptionByUser     SubscriptionStatus = "disabledByUser"
	SubscriptionBySystem   SubscriptionStatus = "disabledBySystem"
	SubscriptionByIdentity SubscriptionStatus = "disabledByInactiveIdentity"
)

// Subscription is a wish to be told of events by HTTP requests.
type Subscription struct {
	ID        string             `json:"id,omitempty"`
	Status    SubscriptionStatus `json:"status,omitempty"`
	Publisher string             `json:"publisherId"` // "tfs", "rm", "pipelines"
	Event     string             `json:"eventType"`
	Version   string             `json:"resourceVersion,omitempty"`
	Consumer  string             `json:"consumerId"`       // "webHooks"
	Action    string             `json:"consumerActionId"` // "httpRequest"
	// Filter narrows the events: projectId, workItemType, areaPath, ...
	Filter map[string]string `json:"publisherInputs"`
	// Inputs tell where to send them, secrets among them. What is read has the
	// secrets masked.
	Inputs map[string]string `json:"consumerInputs"`
}

// maskedSecret is what the service shows in place of a secret.
const maskedSecret = "********"

// WebHook is where a subscription sends, and how it shows who it is.
type WebHook struct {
	URL string // https, except for tests; no address of a private network, for the service
	// User and Password are sent as Basic credentials; both or none. 1 to 256
	// characters without blanks each, over https only.
	User, Password string
	// Headers are sent along, such as a secret one.
	Headers map[string]string
	// Detail is how much of the resource is sent; empty means all.
	Detail EventDetail
}

// Subscribe makes what a subscription for a web hook looks like, for Ensure: an
// event of a publisher, "tfs" and "workitem.updated", narrowed by filter.
// Messages in the language of the organization are left out.
func (w WebHook) Subscribe(publisher, event string, filter map[string]string) (Subscription, error) {
	if err := w.check(); err != nil {
		return Subscription{}, err
	}
	if publisher == "" || event == "" {
		return Subscription{}, errors.New("azdevops: WebHook.Subscribe: the publisher or the event is empty")
	}
	inputs := map[string]string{"url": w.URL, "messagesToSend": "none", "detailedMessagesToSend": "none", "resourceDetailsToSend": ""}
	if w.User != "" {
		inputs["basicAuthUsername"], inputs["basicAuthPassword"] = w.User, w.Password
	}
	if w.Detail != "" && w.Detail != DetailAll {
		inputs["resourceDetailsToSend"] = string(w.Detail)
	}
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(w.Headers)) {
		lines = append(lines, name+":"+w.Headers[name])
	}
	if len(lines) > 0 {
		inputs["httpHeaders"] = strings.Join(lines, "\n")
	}
	if filter == nil {
		filter = map[string]string{}
	}
	return Subscription{Publisher: publisher, Event: event, Version: "1.0", Consumer: "webHooks", Action: "httpRequest", Filter: filter, Inputs: inputs}, nil
}

func (w WebHook) check() error {
	u, err := url.Parse(w.URL)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return errors.New("azdevops: WebHook.URL is no address")
	}
	bad := func(s string) bool {
		return s == "" || len(s) > 256 || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' })
	}
	switch {
	case u.User != nil:
		return errors.New("azdevops: WebHook.URL holds credentials; use User and Password")
	case w.User == "" && w.Password == "":
	case u.Scheme != "https":
		return errors.New("azdevops: WebHook: the service sends Basic credentials over https only")
	case bad(w.User) || bad(w.Password):
		return errors.New("azdevops: WebHook.User and Password have 1 to 256 characters without blanks each")
	}
	for name, value := range w.Headers {
		if name == "" || strings.ContainsAny(name, ": \r\n") || strings.ContainsAny(value, "\r\n") {
			return errors.New("azdevops: WebHook.Headers: a name is empty or holds a blank or a colon, or a value holds a line break")
		}
	}
	return nil
}

func subscriptionPath(more ...string) []string {
	return append([]string{"_apis", "hooks", "subscriptions"}, more...)
}

// List reads all subscriptions that the token may see.
func (s *HookService) List(ctx context.Context, opts ...CallOption) ([]Subscription, error) {
	return readList[Subscription](ctx, s.c, request{op: "Hooks.List", path: subscriptionPath()}, opts)
}

// Get reads one subscription.
func (s *HookService) Get(ctx context.Context, id string, opts ...CallOption) (Subscription, error) {
	const op = "Hooks.Get"
	if err := checkGUID(op, "subscription id", id); err != nil {
		return Subscription{}, err
	}
	var sub Subscription
	err := s.c.do(ctx, request{op: op, path: subscriptionPath(id), result: &sub}, opts)
	return sub, err
}

// Create makes a subscription. It is not repeated after a fault that leaves open
// whether it was made; Ensure finds out.
func (s *HookService) Create(ctx context.Context, sub Subscription, opts ...CallOption) (Subscription, error) {
	const op = "Hooks.Create"
	sub.ID, sub.Status = "", ""
	var made Subscription
	err := s.c.do(ctx, request{op: op, method: http.MethodPost, kind: rest.Append, path: subscriptionPath(), body: sub, result: &made}, opts)
	return made, err
}

// Replace writes a subscription as a whole. Its secrets have to be in it: what
// was read has them masked, and is refused, because it would replace them.
func (s *HookService) Replace(ctx context.Context, sub Subscription, opts ...CallOption) (Subscription, error) {
	const op = "Hooks.Replace"
	if err := checkGUID(op, "subscription id", sub.ID); err != nil {
		return Subscription{}, err
	}
	for name, value := range sub.Inputs {
		if value == maskedSecret {
			return Subscription{}, fmt.Errorf("azdevops: %s: the input %s is masked; set its secret again", op, name)
		}
	}
	var next Subscription
	err := s.c.do(ctx, request{op: op, method: http.MethodPut, kind: rest.Idempotent, path: subscriptionPath(sub.ID), body: sub, result: &next}, opts)
	return next, err
}

// Delete deletes a subscription.
func (s *HookService) Delete(ctx context.Context, id string, opts ...CallOption) error {
	const op = "Hooks.Delete"
	if err := checkGUID(op, "subscription id", id); err != nil {
		return err
	}
	return s.c.do(ctx, request{op: op, method: http.MethodDelete, kind: rest.Idempotent, path: subscriptionPath(id)}, opts)
}

// Ensure makes the subscription exist as it is given, found by publisher, event,
// filter and address: it is created when there is none, written again when its
// inputs differ, and enabled when it is not. Masked secrets cannot be compared,
// so a subscription with secrets is written each time. It reports whether
// anything was written.
func (s *HookService) Ensure(ctx context.Context, sub Subscription, opts ...CallOption) (Subscription, bool, error) {
	const op = "Hooks.Ensure"
	if sub.Publisher == "" || sub.Event == "" || sub.Inputs["url"] == "" {
		return Subscription{}, false, fmt.Errorf("azdevops: %s: the subscription has no publisher, event or url; see WebHook.Subscribe", op)
	}
	all, err := s.List(ctx, opts...)
	if err != nil {
		return Subscription{}, false, err
	}
	i := slices.IndexFunc(all, sub.same)
	if i < 0 {
		made, err := s.Create(ctx, sub, opts...)
		return made, err == nil, err
	}
	have := all[i]
	if have.Status == SubscriptionEnabled && have.Version == sub.Version && equalInputs(have.Inputs, sub.Inputs) {
		return have, false, nil
	}
	sub.ID, sub.Status = have.ID, SubscriptionEnabled
	next, err := s.Replace(ctx, sub, opts...)
	return next, err == nil, err
}

// same reports whether two subscriptions tell the same receiver of the same
// events.
func (sub Subscription) same(other Subscription) bool {
	if sub.Publisher != other.Publisher || sub.Event != other.Event || sub.Inputs["url"] != other.Inputs["url"] {
		return false
	}
	for name, value := range sub.Filter {
		if other.Filter[name] != value {
			return false
		}
	}
	return true
}

func equalInputs(have, want map[string]string) bool {
	for name, value := range want {
		if have[name] != value {
			return false
		}
	}
	return true
}

// Disabled yields the subscriptions that lose events or send none, for a watcher
// that enables them again by Enable once their receiver is well. Those that a
// person has disabled are not among them.
func (s *HookService) Disabled(ctx context.Context, opts ...CallOption) iter.Seq2[Subscription, error] {
	return func(yield func(Subscription, error) bool) {
		all, err := s.List(ctx, opts...)
		if err != nil {
			yield(Subscription{}, err)
			return
		}
		for _, sub := range all {
			if (sub.Status == SubscriptionProbation || sub.Status == SubscriptionBySystem) && !yield(sub, nil) {
				return
			}
		}
	}
}

// Enable enables a subscription whose secrets are given again in inputs; those
// that are not secret may be left out.
func (s *HookService) Enable(ctx context.Context, id string, inputs map[string]string, opts ...CallOption) (Subscription, error) {
	sub, err := s.Get(ctx, id, opts...)
	if err != nil || sub.Status == SubscriptionEnabled {
		return sub, err
	}
	if sub.Inputs == nil {
		sub.Inputs = map[string]string{}
	}
	maps.Copy(sub.Inputs, inputs)
	sub.Status = SubscriptionEnabled
	return s.Replace(ctx, sub, opts...)
}

// Notification is one delivery of a subscription.
type Notification struct {
	ID      int    `json:"id"`
	EventID string `json:"eventId"`
	Status  string `json:"status"` // "queued", "processing", "requestInProgress", "completed"
	Result  string `json:"result"` // "pending", "succeeded", "failed", "filtered"
}

// Notifications reads the last deliveries of a subscription.
func (s *HookService) Notifications(ctx context.Context, id string, opts ...CallOption) ([]Notification, error) {
	const op = "Hooks.Notifications"
	if err := checkGUID(op, "subscription id", id); err != nil {
		return nil, err
	}
	return readList[Notification](ctx, s.c, request{op: op, path: subscriptionPath(id, "notifications")}, opts)
}
