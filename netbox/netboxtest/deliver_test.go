package netboxtest

import (
	"context"
	"crypto/hmac"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/internal/fault"
)

// hooked makes a server of a version with one rule for sites, and a client
// whose requests arrive in a list.
func hooked(t *testing.T, version string, hook, rule map[string]any) (*Server, *http.Client, *[]*http.Request, *[]string) {
	t.Helper()
	s, err := New(Options{Version: version})
	if err != nil {
		t.Fatal(err)
	}
	s.SetClock(NewManualClock(stampTime(1_767_323_045_000_000)))
	addRule(t, s, "hook", hook, rule)
	var requests []*http.Request
	var bodies []string
	return s, &http.Client{Transport: fault.Transport(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		requests, bodies = append(requests, r), append(bodies, string(body))
		if strings.HasPrefix(r.URL.Path, "/broken") {
			w.WriteHeader(http.StatusInternalServerError)
			_, _ = io.WriteString(w, "out of order")
		}
	}))}, &requests, &bodies
}

func addRule(t *testing.T, s *Server, name string, hook, rule map[string]any) {
	t.Helper()
	fields := map[string]any{"name": name, "payload_url": "http://receiver.example/in"}
	maps.Copy(fields, hook)
	id, err := s.Create("extras/webhooks", fields)
	if err != nil {
		t.Fatal(err)
	}
	fields = map[string]any{"name": name, "action_type": "webhook", "action_object_type": "extras.webhook", "action_object_id": id}
	if s.schema.v < 400 {
		fields["content_types"] = []string{"dcim.site"}
	} else {
		fields["object_types"] = []string{"dcim.site"}
	}
	for _, kind := range []string{"create", "update", "delete"} {
		if s.schema.v < 401 {
			fields["type_"+kind] = true
		}
	}
	fields["event_types"] = []string{"object_created", "object_updated", "object_deleted"}
	maps.Copy(fields, rule)
	if _, err := s.Create("extras/event-rules", fields); err != nil {
		t.Fatal(err)
	}
}

func makeSite(t *testing.T, s *Server, n int) int64 {
	t.Helper()
	id, err := s.Create("dcim/sites", map[string]any{"name": fmt.Sprintf("Site %d", n), "slug": fmt.Sprintf("site-%d", n)})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func deliver(t *testing.T, s *Server, c *http.Client) []Delivery {
	t.Helper()
	done, err := s.Deliver(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return done
}

// The body of each release has its own keys, in their own order.
func TestWebhookBodyByVersion(t *testing.T) {
	keys := map[string]string{
		"3.7": "event timestamp model username request_id data snapshots",
		"4.2": "event timestamp model username request_id data snapshots",
		"4.4": "event timestamp object_type model username request_id data snapshots",
		"4.5": "event timestamp object_type username request_id data snapshots",
		"4.6": "event timestamp object_type username request_id data request snapshots",
		"4.7": "event timestamp object_type data request snapshots",
	}
	for _, version := range Versions() {
		t.Run(version, func(t *testing.T) {
			s, client, _, bodies := hooked(t, version, map[string]any{"secret": "k"}, nil)
			makeSite(t, s, 1)
			deliver(t, s, client)
			if len(*bodies) != 1 {
				t.Fatalf("%d webhooks", len(*bodies))
			}
			v, err := parseJSON([]byte((*bodies)[0]))
			if err != nil {
				t.Fatal(err)
			}
			body, _ := v.(object)
			var got []string
			for _, m := range body {
				got = append(got, m.key)
			}
			want := keys[version]
			if want == "" { // 4.0 to 4.3 are alike
				want = keys["4.2"]
			}
			if strings.Join(got, " ") != want {
				t.Errorf("keys %v, want %s", got, want)
			}
			if data, _ := body.value("data").(object); data.value("url") != "/api/dcim/sites/1/" || body.value("event") != "created" {
				t.Errorf("%s", (*bodies)[0])
			}
			snapshots, _ := body.value("snapshots").(object)
			if after, _ := snapshots.value("postchange").(object); snapshots.value("prechange") != nil || after.value("status") != "active" || after.value("created") == nil {
				t.Errorf("snapshots %v", snapshots)
			}
			if request, ok := body.value("request").(object); ok && (request.value("method") != "POST" || request.value("path") != "/api/dcim/sites/" || request.value("user") != "admin") {
				t.Errorf("request %v", request)
			}
		})
	}
}

// The signature is over the bytes; credentials do not stand in the journal.
func TestWebhookHeaders(t *testing.T) {
	s, client, requests, bodies := hooked(t, "", map[string]any{
		"secret": "a secret, é", "http_method": "PUT", "http_content_type": "application/x",
		"additional_headers": "Authorization: Basic c2VjcmV0\r\nX-What: {{ event }}\nHost: other.example\nno header\nX-Name: {{ data.description }}",
	}, nil)
	id := makeSite(t, s, 1)
	if err := s.Update("dcim/sites", id, map[string]any{"description": "Zürich"}); err != nil {
		t.Fatal(err)
	}
	if err := s.Update("dcim/sites", id, map[string]any{"description": "日本"}); err != nil {
		t.Fatal(err)
	}
	done := deliver(t, s, client)
	if len(done) != 3 || len(*requests) != 2 {
		t.Fatalf("%d deliveries, %d requests", len(done), len(*requests))
	}
	r := (*requests)[1]
	mac := hmac.New(sha512.New, []byte("a secret, é"))
	mac.Write([]byte((*bodies)[1]))
	for name, want := range map[string]string{"X-Hook-Signature": hex.EncodeToString(mac.Sum(nil)), "Authorization": "Basic c2VjcmV0",
		"Content-Type": "application/x", "X-What": "updated", "X-Name": "Z\xfcrich", "Accept-Encoding": "identity"} {
		if got := r.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if r.Method != "PUT" || r.Host != "other.example" {
		t.Errorf("%s to %s", r.Method, r.Host)
	}
	if d := done[1]; d.Header.Get("Authorization") != "Basic "+fault.Redacted || d.Status != 200 || !d.OK() || string(d.Body) != (*bodies)[1] {
		t.Errorf("%+v", d)
	}
	if d := done[2]; d.Err == nil || d.OK() || !strings.Contains(d.Err.Error(), "X-Name") {
		t.Errorf("a name outside Latin-1 was sent: %+v", d)
	}
}

func TestWebhookTemplates(t *testing.T) {
	context := object{{"event", "created"}, {"data", object{{"id", number("7")}, {"name", "<é>"}, {"ok", true}, {"none", nil},
		{"list", []any{object{{"b", number("1")}, {"a", "x"}}}}}}}
	for src, want := range map[string]string{
		"{{event}} {{ data.id }}":                  "created 7",
		"{{ data.name | tojson }}{{ data.name }}":  "\"\\u003c\\u00e9\\u003e\"<é>",
		"{{ nobody }}{{ data.nobody }}|":           "|",
		"{{ data.ok }} {{ data.none }}":            "True None",
		"{{ data.list }}{# a note #}":              "[{'b': 1, 'a': 'x'}]",
		"{{ data.list|tojson }} {{ data.list.0.a}": "",
		"{{ data.list.0.a|upper }}{ x }\r\n\n":     "X{ x }\n",
		"{{ data.nobody.more }}":                   "",
		"{% if event %}x{% endif %}":               "",
		"{{ event|reverse }}":                      "",
		"{{ event + 1 }}":                          "",
		"{{ data.list|tojson }}":                   `[{"a": "x", "b": 1}]`,
	} {
		got, err := rendered(src, context)
		if got != want || (err != nil) != (want == "") {
			t.Errorf("%q: %q %v, want %q", src, got, err, want)
		}
	}
	s, _, _, _ := hooked(t, "", nil, nil)
	if _, err := s.Create("extras/webhooks", map[string]any{"name": "x", "payload_url": "http://x.example/", "body_template": "{% for %}"}); err == nil {
		t.Error("a template that cannot be rendered was stored")
	}
	for _, url := range []string{"ftp://x.example/", "x", "http:///path", "file://{{ event }}"} {
		if _, err := s.Create("extras/webhooks", map[string]any{"name": "x", "payload_url": url}); err == nil || !strings.Contains(err.Error(), "Enter a valid URL") {
			t.Errorf("%s: %v", url, err)
		}
	}
}

func TestWebhookConditions(t *testing.T) {
	data := `{"name":"sw1","status":{"value":"active"},"tags":[{"slug":"a"},{"slug":"b"}],"count":3,"none":null,` +
		`"snapshots":{"prechange":{"status":"planned","same":1,"gone":2},"postchange":{"status":"active","same":1}}}`
	v, err := parseJSON([]byte(data))
	if err != nil {
		t.Fatal(err)
	}
	full, _ := v.(object)
	created := slices.Clone(full).put("snapshots", object{{"prechange", nil}, {"postchange", object{{"status", "active"}}}})
	for conditions, want := range map[string]string{
		`{"attr":"name","value":"sw1"}`:                                                                          "yes yes",
		`{"attr":"name","value":"sw1","negate":true}`:                                                            "no no",
		`{"attr":"name","op":"regex","value":"w"}`:                                                               "no no", // from the beginning
		`{"attr":"name","op":"contains","value":"w"}`:                                                            "yes yes",
		`{"attr":"status.value","op":"in","value":["x","active"]}`:                                               "yes yes",
		`{"attr":"tags.slug","op":"contains","value":"b"}`:                                                       "yes yes",
		`{"attr":"count","op":"gt","value":2.5}`:                                                                 "yes yes",
		`{"attr":"count","op":"lte","value":2}`:                                                                  "no no",
		`{"attr":"name","op":"gt","value":2}`:                                                                    "bad bad",
		`{"attr":"nobody","value":"x","negate":true}`:                                                            "bad bad",
		`{"attr":"name.value","value":"x"}`:                                                                      "bad bad",
		`{"or":[{"attr":"name","value":"sw1"},{"attr":"nobody","value":"x"}]}`:                                   "yes yes", // the rest is not looked at
		`{"and":[{"attr":"name","value":"x"},{"attr":"nobody","value":"x"}]}`:                                    "no no",
		`{"and":[{"attr":"name","value":"sw1"},{"or":[{"attr":"count","value":1},{"attr":"count","value":3}]}]}`: "yes yes",
		`{"attr":"status","op":"changed"}`:                                                                       "yes yes",
		`{"attr":"same","op":"unchanged"}`:                                                                       "yes bad",
		`{"attr":"gone","op":"changed"}`:                                                                         "yes bad",
		`{"attr":"nobody","op":"changed","negate":true}`:                                                         "bad bad",
		`{"attr":"snapshots.prechange.status","value":"planned"}`:                                                "yes no",
		`{"attr":"snapshots.prechange.status","value":null}`:                                                     "no yes",
		`{"attr":"snapshots.prechange.nobody","value":null}`:                                                     "bad bad",
		`{"attr":"snapshots.prechange.status","op":"contains","value":"p","negate":true}`:                        "no yes",
	} {
		s, _, _, _ := hooked(t, "", nil, nil)
		c, err := parseJSON([]byte(conditions))
		if err != nil {
			t.Fatal(err)
		}
		if text := s.checkConditions(c); text != "" {
			t.Errorf("%s is refused: %s", conditions, text)
		}
		var got []string
		for _, d := range []object{full, created} {
			met, err := s.meets(c, d)
			got = append(got, map[bool]string{true: "yes", false: "no"}[met])
			if err != nil {
				got[len(got)-1] = "bad"
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, want %s", conditions, got, want)
		}
	}
}

func TestWebhookConditionsRefused(t *testing.T) {
	s, _, _, _ := hooked(t, "", nil, nil)
	for conditions, want := range map[string]string{
		`[1]`:                                        "Ruleset must be a dictionary",
		`{"xor":[]}`:                                 "Invalid logic type",
		`{"attr":"a","value":1,"extra":2}`:           "Incorrect key(s) informed",
		`{"attr":"a","op":"like","value":"x"}`:       "Unknown operator: like. Must be one of: eq, gt, gte, lt, lte, in, contains, regex, changed, unchanged",
		`{"attr":"a","op":"regex","value":1}`:        "Invalid type for regex operation: <class 'int'>",
		`{"attr":"a","op":"eq"}`:                     "A value is required for the 'eq' operator.",
		`{"attr":"a","op":"eq","value":{}}`:          "Unsupported value type: <class 'dict'>",
		`{"attr":"a","op":"changed","value":1}`:      "does not accept a value",
		`{"attr":"snapshots.a","op":"changed"}`:      "resolves 'snapshots.a' within each snapshot",
		`{"and":[{"attr":"a","op":"in","value":1}]}`: "Invalid type for in operation",
	} {
		var c any
		if err := json.Unmarshal([]byte(conditions), &c); err != nil {
			t.Fatal(err)
		}
		_, err := s.Create("extras/event-rules", map[string]any{"name": "x", "object_types": []string{"dcim.site"}, "event_types": []string{"object_created"},
			"action_type": "webhook", "action_object_type": "extras.webhook", "action_object_id": 1, "conditions": c})
		if err == nil || !strings.Contains(err.Error(), "conditions") || !strings.Contains(strings.ReplaceAll(err.Error(), `\u003c`, "<"), want) {
			t.Errorf("%s: %v, want %s", conditions, err, want)
		}
	}
}

// What no rule asks for is not kept; a rule that is off, of other events, or
// without its webhook asks for nothing.
func TestWebhookRules(t *testing.T) {
	for name, rule := range map[string]map[string]any{
		"off":        {"enabled": false},
		"deletes":    {"event_types": []string{"object_deleted"}},
		"other type": {"object_types": []string{"dcim.region"}},
		"a script":   {"action_type": "script"},
		"condition":  {"conditions": map[string]any{"attr": "name", "value": "x"}},
		"bad":        {"conditions": map[string]any{"attr": "nobody", "value": "x"}},
	} {
		s, _, _, _ := hooked(t, "", nil, rule)
		if makeSite(t, s, 1); s.PendingWebhooks() != 0 {
			t.Errorf("%s: %d webhooks", name, s.PendingWebhooks())
		}
	}
	s, _, _, _ := hooked(t, "", nil, nil)
	if err := s.Delete("extras/webhooks", s.IDs("extras/webhooks")[0]); err != nil {
		t.Fatal(err)
	}
	if makeSite(t, s, 1); s.PendingWebhooks() != 0 || s.Count("extras/event-rules") != 0 {
		t.Errorf("%d webhooks of %d rules", s.PendingWebhooks(), s.Count("extras/event-rules"))
	}
}

func sites(done []Delivery) string {
	var out []string
	for _, d := range done {
		mark := ""
		switch {
		case d.Lost:
			mark = "lost"
		case d.Repeated:
			mark = "again"
		}
		out = append(out, fmt.Sprint(d.ObjectID, mark))
	}
	return strings.Join(out, " ")
}

func TestUnreliableDelivery(t *testing.T) {
	run := func(u Unreliable) (string, int) {
		s, client, requests, _ := hooked(t, "", nil, nil)
		if err := s.SetUnreliable(u); err != nil {
			t.Fatal(err)
		}
		for n := range 8 {
			makeSite(t, s, n)
		}
		done := deliver(t, s, client)
		if s.PendingWebhooks() != 0 || len(s.Deliveries()) != len(done) {
			t.Errorf("%d left, %d in the journal", s.PendingWebhooks(), len(s.Deliveries()))
		}
		return sites(done), len(*requests)
	}
	for _, c := range []struct {
		u    Unreliable
		want string
		sent int
	}{
		{Unreliable{}, "1 2 3 4 5 6 7 8", 8},
		{Unreliable{Lose: 1}, "1lost 2lost 3lost 4lost 5lost 6lost 7lost 8lost", 0},
		{Unreliable{Double: 1}, "1 2 3 4 5 6 7 8 1again 2again 3again 4again 5again 6again 7again 8again", 16},
	} {
		if got, n := run(c.u); got != c.want || n != c.sent {
			t.Errorf("%+v: %s, %d sent", c.u, got, n)
		}
	}
	mixed := Unreliable{Seed: 7, Lose: 0.2, Double: 0.3, Reorder: 0.5}
	once, sent := run(mixed)
	again, _ := run(mixed)
	if once != again || strings.Count(once, "lost")+sent != len(strings.Fields(once)) {
		t.Errorf("one seed, two runs:\n%s\n%s", once, again)
	}
	for n := range 8 {
		if !strings.Contains(" "+once, fmt.Sprintf(" %d", n+1)) {
			t.Errorf("%s: %d is nowhere", once, n+1)
		}
	}
	mixed.Seed = 8
	if other, _ := run(mixed); other == once {
		t.Errorf("two seeds, one run: %s", once)
	}
	s, _, _, _ := hooked(t, "", nil, nil)
	for _, u := range []Unreliable{{Lose: -0.1}, {Double: 1.1}, {Reorder: 2}} {
		if s.SetUnreliable(u) == nil {
			t.Errorf("%+v was taken", u)
		}
	}
}

func TestDeliverFailures(t *testing.T) {
	s, client, _, _ := hooked(t, "", map[string]any{"payload_url": "http://receiver.example/broken"}, nil)
	if _, err := s.Deliver(t.Context(), nil); err == nil {
		t.Error("no client is enough")
	}
	makeSite(t, s, 1)
	makeSite(t, s, 2)
	ctx, cancel := context.WithCancel(t.Context())
	interrupted := &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		cancel()
		return nil, r.Context().Err()
	})}
	if done, err := s.Deliver(ctx, interrupted); len(done) != 0 || err == nil || s.PendingWebhooks() != 2 {
		t.Errorf("%d done, %v, %d left", len(done), err, s.PendingWebhooks())
	}
	done := deliver(t, s, client)
	if sites(done) != "1 2" || done[0].OK() || done[0].Status != 500 || string(done[0].Answer) != "out of order" || s.PendingWebhooks() != 0 {
		t.Errorf("%+v, %d left", done, s.PendingWebhooks())
	}
	s.ResetDeliveries()
	if len(s.Deliveries()) != 0 {
		t.Error("the journal is not empty")
	}
	// What a receiver writes waits for its turn.
	s2, _, _, _ := hooked(t, "", nil, nil)
	makeSite(t, s2, 1)
	n := 1
	back := &http.Client{Transport: fault.Transport(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { n++; makeSite(t, s2, n) }))}
	if done := deliver(t, s2, back); len(done) != 1 || s2.PendingWebhooks() != 1 {
		t.Errorf("%d done, %d left", len(done), s2.PendingWebhooks())
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// A request that is refused has no events, whatever it did until then.
func TestWebhooksOfOneRequest(t *testing.T) {
	s, client, _, _ := hooked(t, "", nil, nil)
	post := func(body string) *http.Response {
		req, err := http.NewRequestWithContext(t.Context(), "POST", "http://netbox.example/api/dcim/sites/", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header = http.Header{"Content-Type": {"application/json"}, "Authorization": {"Bearer " + AdminTokenV2}}
		resp, err := s.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		return resp
	}
	if r := post(`[{"name":"a","slug":"a"},{"name":"b","slug":"a"}]`); r.StatusCode != 400 || s.PendingWebhooks() != 0 {
		t.Errorf("status %d, %d webhooks", r.StatusCode, s.PendingWebhooks())
	}
	r := post(`[{"name":"a","slug":"a"},{"name":"b","slug":"b"}]`)
	done := deliver(t, s, client)
	if len(done) != 2 || done[0].RequestID != r.Header.Get("X-Request-Id") || done[1].RequestID != done[0].RequestID {
		t.Errorf("%+v", done)
	}
}
