package azdevops

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
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

// Format prints no input and no filter, whatever the verb: secrets are among
// them.
func (u Subscription) Format(s fmt.State, _ rune) {
	_, _ = io.WriteString(s, "azdevops.Subscription("+u.ID+" "+u.Event+" "+string(u.Status)+")")
}

// LogValue tells slog as little.
func (u Subscription) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(u)) }

// masked tells what the service shows in place of a secret.
func masked(value string) bool { return value != "" && strings.Trim(value, "*") == "" }

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

// Format prints the host only, whatever the verb.
func (w WebHook) Format(s fmt.State, _ rune) {
	_, _ = io.WriteString(s, "azdevops.WebHook("+hostOf(w.URL)+")")
}

// LogValue tells slog as little.
func (w WebHook) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(w)) }

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
	return Subscription{Publisher: publisher, Event: event, Version: resourceVersion(publisher, event), Consumer: "webHooks", Action: "httpRequest", Filter: filter, Inputs: inputs}, nil
}

// resourceVersion is the newest version of an event's resource (service hooks
// documentation).
func resourceVersion(publisher, event string) string {
	switch {
	case event == string(EventBuildComplete):
		return "2.0"
	case publisher == "rm":
		return "3.0-preview.1"
	case publisher == "pipelines":
		return "5.1-preview.1"
	}
	return "1.0"
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

// SubscriptionQuery selects subscriptions; what is empty selects all.
type SubscriptionQuery struct {
	Publisher string
	Event     string
	Consumer  string
	Filter    map[string]string // inputs that they have, such as projectId
}

// Query reads the subscriptions that a query selects.
func (s *HookService) Query(ctx context.Context, q SubscriptionQuery, opts ...CallOption) ([]Subscription, error) {
	body := map[string]any{}
	for name, value := range map[string]string{"publisherId": q.Publisher, "eventType": q.Event, "consumerId": q.Consumer} {
		if value != "" {
			body[name] = value
		}
	}
	conditions := make([]map[string]string, 0, len(q.Filter))
	for _, name := range slices.Sorted(maps.Keys(q.Filter)) {
		conditions = append(conditions, map[string]string{"inputId": name, "operator": "equals", "inputValue": q.Filter[name]})
	}
	if len(conditions) > 0 {
		body["publisherInputFilters"] = []any{map[string]any{"conditions": conditions}}
	}
	var answer struct {
		Results []Subscription `json:"results"`
	}
	err := s.c.do(ctx, request{
		op: "Hooks.Query", method: http.MethodPost, kind: rest.Read, path: []string{"_apis", "hooks", "subscriptionsquery"}, body: body, result: &answer,
	}, opts)
	return answer.Results, err
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
	if err := sub.check(op); err != nil {
		return Subscription{}, err
	}
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
	if err := sub.check(op); err != nil {
		return Subscription{}, err
	}
	var next Subscription
	err := s.c.do(ctx, request{op: op, method: http.MethodPut, kind: rest.Idempotent, path: subscriptionPath(sub.ID), body: sub, result: &next}, opts)
	return next, err
}

// check refuses what the service would take for something else.
func (u Subscription) check(op string) error {
	if u.Publisher == "" || u.Event == "" || u.Inputs["url"] == "" {
		return fmt.Errorf("azdevops: %s: the subscription has no publisher, event or url; see WebHook.Subscribe", op)
	}
	for _, name := range slices.Sorted(maps.Keys(u.Inputs)) {
		if masked(u.Inputs[name]) {
			return fmt.Errorf("azdevops: %s: the input %s is masked; set its secret again", op, name)
		}
	}
	return nil
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
// inputs or its version differ, and enabled when it is not. Masked secrets cannot
// be compared, so a subscription with secrets is written each time. It reports
// whether anything was written. When the answer to a creation is lost, the
// subscription is looked for and not created twice; two calls at the same time
// may create two.
func (s *HookService) Ensure(ctx context.Context, sub Subscription, opts ...CallOption) (Subscription, bool, error) {
	const op = "Hooks.Ensure"
	if err := sub.check(op); err != nil {
		return Subscription{}, false, err
	}
	have, found, err := s.find(ctx, sub, opts)
	if err != nil {
		return Subscription{}, false, err
	}
	if !found {
		made, err := s.Create(ctx, sub, opts...)
		var failed *Error
		if !errors.As(err, &failed) || !failed.MaybeApplied() {
			return made, err == nil, err
		}
		have, found, again := s.find(ctx, sub, opts)
		if !found {
			return Subscription{}, false, errors.Join(err, again)
		}
		return have, true, nil
	}
	if have.Status == SubscriptionEnabled && (sub.Version == "" || have.Version == sub.Version) && equalInputs(have.Inputs, sub.Inputs) {
		return have, false, nil
	}
	sub.ID, sub.Status = have.ID, SubscriptionEnabled
	next, err := s.Replace(ctx, sub, opts...)
	return next, err == nil, err
}

// find looks for a subscription that tells the same receiver of the same events.
func (s *HookService) find(ctx context.Context, sub Subscription, opts []CallOption) (Subscription, bool, error) {
	all, err := s.List(ctx, opts...)
	for _, other := range all {
		if other.Publisher == sub.Publisher && other.Event == sub.Event && other.Inputs["url"] == sub.Inputs["url"] && equalInputs(other.Filter, sub.Filter) {
			return other, true, err
		}
	}
	return Subscription{}, false, err
}

// equalInputs compares inputs. An empty one is none, and so is what the service
// adds of its own.
func equalInputs(have, want map[string]string) bool {
	for _, pair := range [][2]map[string]string{{have, want}, {want, have}} {
		for name, value := range pair[0] {
			if pair[1][name] != value && name != "tfsSubscriptionId" {
				return false
			}
		}
	}
	return true
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
