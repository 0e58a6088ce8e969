package netbox_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/itsmkit/itsmkit/internal/fault"
	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/netbox/netboxtest"
	"github.com/itsmkit/itsmkit/sync/webhook"
)

// What a NetBox sends while objects change is a golden file, which a real
// NetBox has written: go test -run TestNetBoxWebhooks ./internal/conformance/netbox -record
var record = flag.Bool("record", false, "write testdata/webhooks.txt from the real NetBox")

const (
	hookSecret = "a secret, é"
	hookPrefix = "Hooked"
)

func TestWebhooksInMemory(t *testing.T) {
	server, err := netboxtest.New(netboxtest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	inbox := newInbox(t)
	s := &hookScript{inbox: inbox, address: "http://receiver.example", client: client(t, netbox.Config{
		BaseURL: "http://netbox.example", Auth: netbox.Token(netboxtest.AdminTokenV2), HTTPClient: server.Client(),
	})}
	s.deliver = func(t *testing.T) {
		if _, err := server.Deliver(t.Context(), &http.Client{Transport: fault.Transport(inbox)}); err != nil {
			t.Fatal(err)
		}
	}
	s.run(t)
	compareGolden(t, s.seen())
	for _, d := range server.Deliveries() {
		if d.Err != nil || d.OK() == (d.Status == http.StatusInternalServerError) {
			t.Errorf("%s %s: status %d, %v", d.Event, d.ObjectType, d.Status, d.Err)
		}
	}
}

func TestNetBoxWebhooks(t *testing.T) {
	address, token := os.Getenv("NETBOX_URL"), os.Getenv("NETBOX_TOKEN")
	if address == "" || token == "" {
		t.Skip(`needs a real NetBox with its worker: eval "$(internal/conformance/netbox/up)"`)
	}
	inbox := newInbox(t)
	receiver := httptest.NewServer(inbox)
	defer receiver.Close()
	s := &hookScript{inbox: inbox, address: receiver.URL, deliver: func(*testing.T) {},
		client: client(t, netbox.Config{BaseURL: address, Auth: netbox.Token(token)})}
	s.run(t)
	if *record {
		if err := os.WriteFile(goldenHooks, []byte(s.seen()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	compareGolden(t, s.seen())
}

var goldenHooks = filepath.Join("testdata", "webhooks.txt")

func compareGolden(t *testing.T, got string) {
	t.Helper()
	want, err := os.ReadFile(goldenHooks)
	if err != nil {
		t.Fatal(err)
	}
	was, is := strings.Split(string(want), "\n"), strings.Split(got, "\n")
	for i := range max(len(was), len(is)) {
		a, b := at(was, i), at(is, i)
		if a != b {
			t.Errorf("line %d:\nreal NetBox: %s\nthis one:    %s", i+1, a, b)
		}
	}
}

func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "(nothing)"
}

// inbox is a receiver of webhooks. It refuses what comes below /broken.
type inbox struct {
	arrived chan received
	secret  webhook.Verifier
}

type received struct {
	path   string
	method string
	header http.Header
	body   []byte
}

func newInbox(t *testing.T) *inbox {
	t.Helper()
	v, err := webhook.NetBox(webhook.Secret(hookSecret)).Verifier()
	if err != nil {
		t.Fatal(err)
	}
	return &inbox{arrived: make(chan received, 1000), secret: v}
}

func (b *inbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	b.arrived <- received{r.URL.Path, r.Method, r.Header.Clone(), body}
	if strings.HasPrefix(r.URL.Path, "/broken") {
		w.WriteHeader(http.StatusInternalServerError)
	}
}

// hookScript changes objects, and looks at what a NetBox sends about it.
type hookScript struct {
	client  *netbox.Client
	inbox   *inbox
	address string
	deliver func(*testing.T)
	lines   strings.Builder
}

func (s *hookScript) seen() string { return s.lines.String() }

// The types that the rules are about; others have changes that send nothing.
var hookTypes = []string{"dcim.region", "dcim.site", "dcim.manufacturer", "dcim.device", "dcim.interface", "tenancy.tenant"}

func (s *hookScript) run(t *testing.T) {
	t.Helper()
	s.sweep(t)
	t.Cleanup(func() { s.sweep(t) })
	ours := map[string]any{"attr": "name", "op": "regex", "value": hookPrefix}
	s.provision(t, hookPrefix+" all", netbox.WebhookWrite{
		PayloadURL: netbox.Set(s.address + "/all"), Secret: netbox.Set(hookSecret),
	}, ours)
	s.provision(t, hookPrefix+" planned", netbox.WebhookWrite{
		PayloadURL: netbox.Set(s.address + "/{{ event }}"), HTTPMethod: netbox.Set("PUT"), HTTPContentType: netbox.Set("text/plain"),
		AdditionalHeaders: netbox.Set("X-Source: netbox-{{ event }}\nAuthorization: Basic c2VjcmV0\nno header"),
		BodyTemplate:      netbox.Set(`{{ event|upper }} {{ object_type }} {{ data.name|tojson }} {{ data.status.value }} {{ data.tenant }} by {{ request.user }}{{ username }} {{ data.tags }}`),
	}, map[string]any{"and": []any{ours, map[string]any{"attr": "status", "op": "changed"},
		map[string]any{"or": []any{map[string]any{"attr": "status.value", "op": "in", "value": []string{"planned", "staging"}},
			map[string]any{"attr": "snapshots.prechange.status", "value": "planned"}}}}})
	s.provision(t, hookPrefix+" broken", netbox.WebhookWrite{PayloadURL: netbox.Set(s.address + "/broken"), BodyTemplate: netbox.Set("{{ event }}")},
		map[string]any{"and": []any{ours, map[string]any{"attr": "facility", "value": "broken"}}})
	off := s.provision(t, hookPrefix+" off", netbox.WebhookWrite{PayloadURL: netbox.Set(s.address + "/off")}, ours)
	s.write(t, "PATCH", fmt.Sprintf("extras/event-rules/%d", off.EventRule.ID), object{"enabled": false}, 0)

	world := s.write(t, "POST", "dcim/regions", object{"name": "Hooked World", "slug": "hooked-world"}, 1)
	europe := s.write(t, "POST", "dcim/regions", object{"name": "Hooked Europe", "slug": "hooked-europe", "parent": world}, 1)
	group := s.write(t, "POST", "tenancy/tenant-groups", object{"name": "Hooked group", "slug": "hooked-group"}, 0)
	tenant := s.write(t, "POST", "tenancy/tenants", object{"name": "Hooked & Söhne", "slug": "hooked", "group": group}, 1)
	tag := s.write(t, "POST", "extras/tags", object{"name": "Hooked tag", "slug": "hooked-tag"}, 0)
	site := s.write(t, "POST", "dcim/sites", object{"name": "Hooked Zürich 🏔", "slug": "hooked-zrh", "region": europe, "latitude": 47.3887}, 1)
	s.write(t, "PATCH", at2("dcim/sites", site), object{"facility": "ZRH1", "tenant": tenant}, 1)
	s.write(t, "PATCH", at2("dcim/sites", site), object{"facility": "ZRH1"}, 1) // changes nothing
	s.write(t, "PATCH", at2("dcim/sites", site)+"?x=1&x=2", object{"add_tags": []any{tag}}, 1)
	s.write(t, "PATCH", at2("dcim/sites", site), object{"status": "planned"}, 2)
	s.write(t, "PATCH", at2("dcim/sites", site), object{"status": "active"}, 2)
	s.write(t, "PATCH", at2("dcim/sites", site), object{"facility": "broken"}, 2)
	s.refused(t, "PATCH", at2("dcim/sites", site), object{"status": "no such"})
	makers := s.writeList(t, "POST", "dcim/manufacturers", []any{object{"name": "Hooked One", "slug": "hooked-one"}, object{"name": "Hooked Two", "slug": "hooked-two"}}, 2)
	s.refused(t, "POST", "dcim/manufacturers", []any{object{"name": "Hooked Three", "slug": "hooked-three"}, object{"name": "Hooked One", "slug": "hooked-one"}})
	s.writeList(t, "PATCH", "dcim/manufacturers", []any{object{"id": makers[0], "description": "a"}, object{"id": makers[1], "description": "b"}}, 2)
	model := s.write(t, "POST", "dcim/device-types", object{"model": "Hooked model", "slug": "hooked-model", "manufacturer": makers[0]}, 0)
	role := s.write(t, "POST", "dcim/device-roles", object{"name": "Hooked role", "slug": "hooked-role"}, 0)
	device := s.write(t, "POST", "dcim/devices", object{"name": "Hooked 日本", "site": site, "device_type": model, "role": role, "tags": []any{tag}}, 1)
	s.write(t, "PATCH", at2("dcim/devices", device), object{"serial": "S-1", "status": "failed", "tags": []any{}}, 1)
	s.write(t, "POST", "dcim/interfaces", object{"device": device, "name": "Hooked eth0", "type": "other"}, 1)
	s.write(t, "POST", "dcim/interfaces", object{"device": device, "name": "Hooked eth1", "type": "other", "mac_address": "02:00:00:00:00:01"}, 1)
	s.write(t, "DELETE", at2("dcim/devices", device), nil, 3)
	s.write(t, "DELETE", at2("dcim/regions", world), nil, 4)
	s.write(t, "DELETE", at2("dcim/device-types", model), nil, 0)
	s.writeList(t, "DELETE", "dcim/manufacturers", []any{object{"id": makers[0]}, object{"id": makers[1]}}, 2)
	s.write(t, "DELETE", at2("dcim/sites", site), nil, 2)
	s.write(t, "DELETE", at2("tenancy/tenants", tenant), nil, 1)
	s.nothingMore(t)
	// A webhook takes its rules along.
	s.write(t, "DELETE", at2("extras/webhooks", off.Webhook.ID), nil, 0)
	if err := s.send(t.Context(), "GET", at2("extras/event-rules", off.EventRule.ID), nil, nil); !errors.Is(err, netbox.ErrNotFound) {
		t.Errorf("the rule outlives its webhook: %v", err)
	}
}

type object = map[string]any

func at2(path string, id int64) string { return fmt.Sprintf("%s/%d", path, id) }

func (s *hookScript) provision(t *testing.T, name string, hook netbox.WebhookWrite, conditions any) netbox.Provisioned {
	t.Helper()
	hook.Name = netbox.Set(name)
	done, err := s.client.Provision(t.Context(), netbox.Provisioning{Webhook: hook, EventRule: netbox.EventRuleWrite{
		Name: netbox.Set(name), ObjectTypes: netbox.Set(hookTypes), Conditions: netbox.Set(conditions),
	}})
	if err != nil {
		t.Fatal(err)
	}
	return done
}

func (s *hookScript) send(ctx context.Context, method, path string, body, result any) error {
	path, raw, _ := strings.Cut(path, "?")
	query, err := url.ParseQuery(raw)
	if err != nil {
		return err
	}
	if method == http.MethodDelete { // which answers without a body
		result = nil
	}
	return s.client.Do(ctx, method, "/api/"+path+"/", query, body, result)
}

// write changes one object, awaits so many webhooks and returns its id.
func (s *hookScript) write(t *testing.T, method, path string, body any, webhooks int) int64 {
	t.Helper()
	var done struct{ ID int64 }
	if err := s.send(t.Context(), method, path, body, &done); err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	s.await(t, method+" "+path, webhooks)
	return done.ID
}

func (s *hookScript) writeList(t *testing.T, method, path string, body []any, webhooks int) []int64 {
	t.Helper()
	var done []struct{ ID int64 }
	if err := s.send(t.Context(), method, path, body, &done); err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	s.await(t, method+" "+path+" of a list", webhooks)
	ids := make([]int64, len(done))
	for i, d := range done {
		ids[i] = d.ID
	}
	slices.Sort(ids)
	return ids
}

// refused is a write that fails, about which nothing is sent: what comes next
// would show it.
func (s *hookScript) refused(t *testing.T, method, path string, body any) {
	t.Helper()
	if err := s.send(t.Context(), method, path, body, nil); err == nil {
		t.Fatalf("%s %s was not refused", method, path)
	}
}

// await writes down the webhooks of one write.
func (s *hookScript) await(t *testing.T, what string, n int) {
	t.Helper()
	fmt.Fprintf(&s.lines, "== %s\n", digits.ReplaceAllString(what, "/N"))
	s.deliver(t)
	requests := map[string]bool{}
	for range n {
		select {
		case r := <-s.inbox.arrived:
			s.note(t, r, requests)
		case <-time.After(30 * time.Second):
			t.Fatalf("%s: of %d webhooks one did not come", what, n)
		}
	}
	if len(requests) > 1 {
		t.Errorf("%s: the webhooks of one request name several: %v", what, slices.Collect(maps.Keys(requests)))
	}
}

// nothingMore looks for webhooks that nobody expected; those of earlier
// changes would have come before the last one, for the worker takes them in turn.
func (s *hookScript) nothingMore(t *testing.T) {
	t.Helper()
	s.deliver(t)
	for {
		select {
		case r := <-s.inbox.arrived:
			t.Errorf("nobody expected %s %s: %.300s", r.method, r.path, r.body)
		default:
			return
		}
	}
}

func (s *hookScript) note(t *testing.T, r received, requests map[string]bool) {
	t.Helper()
	fmt.Fprintf(&s.lines, "%s %s\n", r.method, r.path)
	for _, name := range slices.Sorted(maps.Keys(r.header)) {
		switch name {
		case "Content-Length", "Accept-Encoding", "User-Agent":
		case webhook.NetBoxHeader:
			fmt.Fprintf(&s.lines, "%s: checked\n", name)
		default:
			fmt.Fprintf(&s.lines, "%s: %s\n", name, r.header.Get(name))
		}
	}
	if r.path != "/all" {
		fmt.Fprintf(&s.lines, "%s\n", anyID.ReplaceAll(digits.ReplaceAll(r.body, []byte("/N")), []byte("'id': N")))
		return
	}
	if _, err := s.inbox.secret.Verify(r.header.Get, r.body, time.Now()); err != nil {
		t.Errorf("%.200s: %v", r.body, err)
	}
	e, err := netbox.ParseEvent(r.body)
	if err != nil {
		t.Errorf("%.200s: %v", r.body, err)
		return
	}
	requests[e.RequestID] = true
	if !bytes.HasPrefix(r.body, []byte(`{"event": "`)) || time.Since(e.Time).Abs() > time.Hour || e.User != "admin" || e.ObjectID == 0 {
		t.Errorf("event %s of %s %d at %v by %q: %.100s", e.Kind, e.ObjectType, e.ObjectID, e.Time, e.User, r.body)
	}
	var all map[string]any
	if err := json.Unmarshal(r.body, &all); err != nil {
		t.Fatal(err)
	}
	for _, part := range slices.Sorted(maps.Keys(all)) {
		lines(&s.lines, part, all[part])
	}
}

// lines writes a value, one line for each object within the first two levels,
// with what differs from run to run made equal.
func lines(w *strings.Builder, name string, v any) {
	if o, ok := v.(map[string]any); ok && (name == "snapshots") {
		for _, key := range slices.Sorted(maps.Keys(o)) {
			lines(w, name+"."+key, o[key])
		}
		return
	}
	if o, ok := v.(map[string]any); ok && strings.HasPrefix(name, "snapshots.") {
		for key, v := range o {
			if _, number := v.(float64); number && slices.Contains(relations, key) {
				o[key] = "an id"
			}
		}
		for key := range o { // of trees, cables and sorting
			if key[0] == '_' || strings.HasPrefix(key, "cable") {
				delete(o, key)
			}
		}
		if _, ok := o["path"].(string); ok {
			o["path"] = "a way"
		}
	}
	if o, ok := v.(map[string]any); ok {
		custom, _ := o["custom_fields"].(map[string]any)
		clear(custom) // those that others have made
	}
	var out strings.Builder
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		fmt.Fprintln(w, name, err)
		return
	}
	text := out.String()
	for _, r := range equal {
		text = r.find.ReplaceAllString(text, r.by)
	}
	fmt.Fprintf(w, "%s: %s", name, text)
}

// relations are the keys of snapshots that hold ids.
var relations = []string{"region", "parent", "tenant", "group", "site", "device", "device_type", "role", "manufacturer", "primary_mac_address"}

var (
	digits = regexp.MustCompile(`/\d+`)
	anyID  = regexp.MustCompile(`'id': \d+`)
	equal  = []struct {
		find *regexp.Regexp
		by   string
	}{
		{digits, "/N"}, {regexp.MustCompile(`"id":\d+`), `"id":"N"`},
		{regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}`), "TIME"}, {regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`), "MILLISECOND"},
		{regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}`), "UUID"},
	}
)

// sweep deletes what the script makes, also what an earlier run has left.
func (s *hookScript) sweep(t *testing.T) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	for _, kind := range []struct{ path, field string }{
		{"extras/event-rules", "name"}, {"extras/webhooks", "name"}, {"dcim/devices", "name"}, {"dcim/sites", "name"}, {"dcim/regions", "name"},
		{"dcim/device-types", "model"}, {"dcim/device-roles", "name"}, {"dcim/manufacturers", "name"}, {"tenancy/tenants", "name"},
		{"tenancy/tenant-groups", "name"}, {"extras/tags", "name"},
	} {
		for {
			var page struct{ Results []map[string]any }
			if err := s.client.Do(ctx, "GET", "/api/"+kind.path+"/", url.Values{kind.field + "__isw": {hookPrefix}, "limit": {"100"}}, nil, &page); err != nil {
				t.Fatal(err)
			}
			page.Results = slices.DeleteFunc(page.Results, func(row map[string]any) bool {
				name, _ := row[kind.field].(string)
				return !strings.HasPrefix(name, hookPrefix)
			})
			if len(page.Results) == 0 {
				break
			}
			id, _ := page.Results[0]["id"].(float64)
			if err := s.client.Do(ctx, "DELETE", "/api/"+at2(kind.path, int64(id)), nil, nil, nil); err != nil {
				t.Fatal(err)
			}
		}
	}
}
