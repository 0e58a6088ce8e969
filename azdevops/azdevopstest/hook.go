package azdevopstest

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// hookStore holds subscriptions and what they have to send.
type hookStore struct {
	subscriptions []*subscription
	lastID        int // of notifications
	queue         []*notification
}

// subscription is a wish to be told of events.
type subscription struct {
	id, status                string
	publisher, event, version string
	consumer, action          string
	filter, inputs            map[string]string
	by                        *User
	created, modified         time.Time
	notifications             []*notification
	retries                   int           // on probation
	trial                     *notification // the only one that is sent on probation
}

// notification is an event on its way to a subscriber.
type notification struct {
	id           int
	subscription *subscription
	event        *hookEvent
	body         []byte
	status       string // "queued", "completed"
	result       string // "pending", "succeeded", "failed"
	due          time.Time
	retries      int // of passing failures
	code         int // status of the last answer
	message      string
	completed    time.Time
}

// masked is shown in place of a secret.
const masked = "********"

// secretInput tells which inputs are shown masked.
func secretInput(name string) bool { return name == "basicAuthPassword" || name == "httpHeaders" }

func hookRoutes() []route {
	return []route{
		{"GET", "hooks subscriptions", false, false, (*Server).listSubscriptions},
		{"POST", "hooks subscriptions", false, true, (*Server).createSubscription},
		{"GET", "hooks subscriptions *", false, false, (*Server).getSubscription},
		{"PUT", "hooks subscriptions *", false, true, (*Server).replaceSubscription},
		{"PUT", "hooks subscriptions", false, true, (*Server).replaceSubscription},
		{"DELETE", "hooks subscriptions *", false, true, (*Server).deleteSubscription},
		{"POST", "hooks subscriptionsquery", false, false, (*Server).querySubscriptions},
		{"GET", "hooks subscriptions * notifications", false, false, (*Server).listNotifications},
		{"GET", "hooks subscriptions * notifications *", false, false, (*Server).getNotification},
		{"GET", "hooks publishers * eventtypes", false, false, (*Server).listEventTypes},
		{"GET", "hooks consumers", false, false, (*Server).listConsumers},
		{"GET", "hooks consumers *", false, false, (*Server).getConsumer},
	}
}

func (s *subscription) render(base string) map[string]any {
	inputs := map[string]string{}
	for name, value := range s.inputs {
		if secretInput(name) && value != "" {
			value = masked
		}
		inputs[name] = value
	}
	at := base + "/_apis/hooks/subscriptions/" + s.id
	return map[string]any{
		"id": s.id, "url": at, "status": s.status, "publisherId": s.publisher, "eventType": s.event, "resourceVersion": s.version,
		"consumerId": s.consumer, "consumerActionId": s.action, "probationRetries": s.retries, "publisherInputs": s.filter, "consumerInputs": inputs,
		"createdBy": s.by.identity(), "createdDate": renderValue(s.created), "modifiedBy": s.by.identity(), "modifiedDate": renderValue(s.modified),
		"eventDescription": "Any event", "actionDescription": "To host " + hostOf(s.inputs["url"]),
		"_links": map[string]any{"self": map[string]any{"href": at}, "notifications": map[string]any{"href": at + "/notifications"}},
	}
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}

func (s *Server) renderSubscriptions(q *request, keep func(*subscription) bool) []any {
	values := []any{}
	for _, sub := range s.hooks.subscriptions {
		if keep(sub) {
			values = append(values, sub.render(q.base))
		}
	}
	return values
}

func (s *Server) listSubscriptions(q *request) answer {
	is := func(name, have string) bool {
		want := q.query.Get(name)
		return want == "" || strings.EqualFold(want, have)
	}
	return list(s.renderSubscriptions(q, func(sub *subscription) bool {
		return is("publisherId", sub.publisher) && is("eventType", sub.event) && is("consumerId", sub.consumer) && is("consumerActionId", sub.action)
	}))
}

func (s *Server) subscription(id string) *subscription {
	for _, sub := range s.hooks.subscriptions {
		if strings.EqualFold(sub.id, id) {
			return sub
		}
	}
	return nil
}

func noSubscription(id string) answer {
	return refuse(http.StatusNotFound, "SubscriptionNotFoundException", "The subscription "+id+" was not found.")
}

func (s *Server) getSubscription(q *request) answer {
	sub := s.subscription(q.args[0])
	if sub == nil {
		return noSubscription(q.args[0])
	}
	return ok(sub.render(q.base))
}

// parseSubscription reads and judges a subscription.
func (s *Server) parseSubscription(q *request) (*subscription, answer) {
	var body struct {
		ID        string            `json:"id"`
		Status    any               `json:"status"`
		Publisher string            `json:"publisherId"`
		Event     string            `json:"eventType"`
		Version   string            `json:"resourceVersion"`
		Consumer  string            `json:"consumerId"`
		Action    string            `json:"consumerActionId"`
		Filter    map[string]string `json:"publisherInputs"`
		Inputs    map[string]string `json:"consumerInputs"`
	}
	if json.Unmarshal(q.body, &body) != nil {
		return nil, misfit("The body cannot be read.")
	}
	bad := func(message string) (*subscription, answer) {
		return nil, refuse(http.StatusBadRequest, "SubscriptionInputException", message)
	}
	i := slices.IndexFunc(eventTypes(), func(t eventType) bool { return t.publisher == body.Publisher && t.id == body.Event })
	switch {
	case i < 0:
		return bad("The publisher " + body.Publisher + " has no event type " + body.Event + ".")
	case body.Consumer != "webHooks" || body.Action != "httpRequest":
		return bad("The consumer " + body.Consumer + " has no action " + body.Action + ".")
	case body.Version != "" && !slices.Contains(eventTypes()[i].versions, body.Version):
		return bad("The event type " + body.Event + " has no resource version " + body.Version + ".")
	case body.Version == "":
		body.Version = eventTypes()[i].versions[0]
	}
	if id := body.Filter["projectId"]; id != "" && s.projectOf(id) == nil {
		return bad("The project " + id + " does not exist.")
	}
	if message := checkInputs(body.Inputs); message != "" {
		return bad(message)
	}
	if body.Filter == nil {
		body.Filter = map[string]string{}
	}
	status := byNumber(jsonWord(body.Status), map[string]string{"0": "enabled", "10": "onProbation", "20": "disabledByUser", "30": "disabledBySystem"})
	if status != "disabledByUser" {
		status = "enabled"
	}
	return &subscription{
		id: body.ID, status: status, publisher: body.Publisher, event: body.Event, version: body.Version, consumer: body.Consumer, action: body.Action,
		filter: body.Filter, inputs: body.Inputs, by: q.user, modified: s.Now().UTC(),
	}, answer{}
}

// checkInputs says what is wrong with the inputs of a web hook. The service also
// refuses addresses of private networks and loopback; this server is for tests,
// and does not.
func checkInputs(inputs map[string]string) string {
	u, err := url.Parse(inputs["url"])
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return "The value of the input url is not valid."
	}
	user, password := inputs["basicAuthUsername"], inputs["basicAuthPassword"]
	bad := func(s string) bool { return len(s) < 1 || len(s) > 256 || strings.ContainsAny(s, " \t\r\n") }
	switch {
	case user == "" && password == "":
	case u.Scheme != "https":
		return "Basic authentication needs an address of https."
	case bad(user) || bad(password):
		return "The inputs basicAuthUsername and basicAuthPassword need 1 to 256 characters without blanks each."
	}
	if detail := inputs["resourceDetailsToSend"]; detail != "" && detail != "all" && detail != "minimal" && detail != "none" {
		return "The value of the input resourceDetailsToSend is not valid."
	}
	for line := range strings.SplitSeq(inputs["httpHeaders"], "\n") {
		if name, _, found := strings.Cut(line, ":"); line != "" && (!found || strings.TrimSpace(name) == "") {
			return "The value of the input httpHeaders is not valid."
		}
	}
	return ""
}

func (s *Server) createSubscription(q *request) answer {
	sub, a := s.parseSubscription(q)
	if sub == nil {
		return a
	}
	sub.id, sub.created = s.newGUID(), sub.modified
	s.hooks.subscriptions = append(s.hooks.subscriptions, sub)
	return ok(sub.render(q.base))
}

// replaceSubscription writes a subscription as a whole: what is not in the body
// is gone, and a masked secret is kept as the stars that it is.
func (s *Server) replaceSubscription(q *request) answer {
	next, a := s.parseSubscription(q)
	if next == nil {
		return a
	}
	if len(q.args) > 0 {
		next.id = q.args[0]
	}
	have := s.subscription(next.id)
	if have == nil {
		return noSubscription(next.id)
	}
	next.id, next.created, next.notifications = have.id, have.created, have.notifications
	for _, n := range s.hooks.queue {
		if n.subscription == have {
			n.subscription = next
		}
	}
	s.hooks.subscriptions[slices.Index(s.hooks.subscriptions, have)] = next
	return ok(next.render(q.base))
}

func (s *Server) deleteSubscription(q *request) answer {
	sub := s.subscription(q.args[0])
	if sub == nil {
		return noSubscription(q.args[0])
	}
	s.hooks.subscriptions = slices.DeleteFunc(s.hooks.subscriptions, func(other *subscription) bool { return other == sub })
	s.hooks.queue = slices.DeleteFunc(s.hooks.queue, func(n *notification) bool { return n.subscription == sub })
	return answer{status: http.StatusNoContent}
}

func (s *Server) querySubscriptions(q *request) answer {
	var body struct {
		Publisher string `json:"publisherId"`
		Event     string `json:"eventType"`
		Consumer  string `json:"consumerId"`
		Filters   []struct {
			Conditions []struct {
				Input    string `json:"inputId"`
				Operator string `json:"operator"`
				Value    string `json:"inputValue"`
			} `json:"conditions"`
		} `json:"publisherInputFilters"`
	}
	if json.Unmarshal(q.body, &body) != nil {
		return misfit("The body cannot be read.")
	}
	is := func(want, have string) bool { return want == "" || strings.EqualFold(want, have) }
	results := s.renderSubscriptions(q, func(sub *subscription) bool {
		if !is(body.Publisher, sub.publisher) || !is(body.Event, sub.event) || !is(body.Consumer, sub.consumer) {
			return false
		}
		// One of the filters has to fit, with all of its conditions.
		return len(body.Filters) == 0 || slices.ContainsFunc(body.Filters, func(f struct {
			Conditions []struct {
				Input    string `json:"inputId"`
				Operator string `json:"operator"`
				Value    string `json:"inputValue"`
			} `json:"conditions"`
		}) bool {
			for _, c := range f.Conditions {
				if strings.EqualFold(sub.filter[c.Input], c.Value) == strings.EqualFold(c.Operator, "notEquals") {
					return false
				}
			}
			return true
		})
	})
	return ok(map[string]any{"publisherId": body.Publisher, "eventType": body.Event, "consumerId": body.Consumer, "results": results})
}

func (n *notification) render() map[string]any {
	out := map[string]any{
		"id": n.id, "subscriptionId": n.subscription.id, "eventId": n.event.id, "status": n.status, "result": n.result,
		"createdDate": renderValue(n.event.at), "modifiedDate": renderValue(n.event.at),
		"details": map[string]any{
			"eventType": n.event.kind, "publisherId": n.event.publisher, "consumerId": "webHooks", "consumerActionId": "httpRequest",
			"requestAttempts": n.retries, "response": n.code, "errorMessage": n.message,
		},
	}
	if !n.completed.IsZero() {
		out["modifiedDate"] = renderValue(n.completed)
	}
	return out
}

// listNotifications answers the last notifications, the newest first.
func (s *Server) listNotifications(q *request) answer {
	sub := s.subscription(q.args[0])
	if sub == nil {
		return noSubscription(q.args[0])
	}
	is := func(name, have string) bool {
		want := q.query.Get(name)
		return want == "" || strings.EqualFold(want, have)
	}
	values := []any{}
	for _, n := range slices.Backward(sub.notifications) {
		if is("status", n.status) && is("result", n.result) {
			values = append(values, n.render())
		}
	}
	size, err := strconv.Atoi(q.query.Get("maxResults"))
	if err != nil || size <= 0 {
		size = 100
	}
	return list(values[:min(size, len(values))])
}

func (s *Server) getNotification(q *request) answer {
	sub := s.subscription(q.args[0])
	if sub == nil {
		return noSubscription(q.args[0])
	}
	for _, n := range sub.notifications {
		if strconv.Itoa(n.id) == q.args[1] {
			return ok(n.render())
		}
	}
	return notFound("The notification " + q.args[1])
}
