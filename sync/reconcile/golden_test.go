package reconcile_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/sync/reconcile"
)

var updateGolden = flag.Bool("update", false, "write the golden files anew")

const canary = "hunter2-canary"

// goldenPlan has one of everything.
func goldenPlan(t *testing.T) *reconcile.Plan {
	t.Helper()
	b := reconcile.NewBuilder("netbox.example.com", "acme.service-now.com")
	b.Types("region", "site", "device")
	b.Unchanged("site", "cmn_location", 1)
	b.Unchanged("device", "cmdb_ci_server", 40)
	b.Records("site", "cmn_location", 3)
	b.Records("device", "cmdb_ci_server", 42)
	for _, op := range []reconcile.Operation{
		{
			ID: "region:1", Kind: reconcile.Create, Type: "region", Class: "cmn_location", Key: "1",
			Target: "11111111111111111111111111111111", Name: "Île-de-France",
			Changes: []reconcile.Change{{Field: "name", To: text("Île-de-France")}, {Field: "parent", To: reconcile.Null()}},
		},
		{
			ID: "site:7", Kind: reconcile.Create, Type: "site", Class: "cmn_location", Key: "7",
			Target: "77777777777777777777777777777777", Name: `Paris "North" & <East>`,
			Changes: []reconcile.Change{
				{Field: "name", To: text(`Paris "North" & <East>`)},
				{Field: "parent", To: text("11111111111111111111111111111111"), Ref: "region:1"},
			},
		},
		{
			ID: "device:42", Kind: reconcile.Update, Type: "device", Class: "cmdb_ci_server", Key: "42",
			Target: "42424242424242424242424242424242", Name: "core\n1",
			Changes: []reconcile.Change{
				{Field: "serial_number", From: reconcile.Null(), To: text(""), Reason: "NetBox owns it"},
				{Field: "location", From: text("old"), To: text("77777777777777777777777777777777"), Ref: "site:7"},
				{Field: "snmp_community", From: text("old-" + canary), To: text(canary), Masked: true},
			},
		},
		{ID: "device:50", Kind: reconcile.Retire, Type: "device", Class: "cmdb_ci_server", Target: "r1", Name: "edge-50",
			Changes: []reconcile.Change{{Field: "install_status", From: text("1"), To: text("7")}}},
		{ID: "device:51", Kind: reconcile.Delete, Type: "device", Class: "cmdb_ci_server", Target: "d1", Name: "edge-51"},
		{ID: "device:60", Kind: reconcile.Skip, Type: "device", Name: "lab", Code: "not-tagged", Reason: "has no tag ServiceNowSyncTo"},
		{ID: "device:61", Kind: reconcile.Create, Type: "device", Class: "cmdb_ci_server", Name: "orphan", Needs: []string{"site:99"},
			Changes: []reconcile.Change{{Field: "name", To: text("orphan")}}},
	} {
		b.Add(op)
	}
	plan, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *updateGolden {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; got:\n%s", path, got)
	}
}

func planJSON(t *testing.T, p *reconcile.Plan) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := p.WriteJSON(&buf); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func planText(t *testing.T, p *reconcile.Plan) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := p.WriteText(&buf); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func TestPlanGolden(t *testing.T) {
	plan := goldenPlan(t)
	golden(t, "plan.json", planJSON(t, plan))
	golden(t, "plan.txt", planText(t, plan))
	golden(t, "plan.html", planHTML(t, plan))
}

func TestPlanRoundTrip(t *testing.T) {
	plan := goldenPlan(t)
	file := planJSON(t, plan)
	read, err := reconcile.ReadPlan(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	if again := planJSON(t, read); !bytes.Equal(again, file) {
		t.Errorf("written again:\n%s", again)
	}
	if again := planText(t, read); !bytes.Equal(again, planText(t, plan)) {
		t.Errorf("text after reading:\n%s", again)
	}
	// All but the masked values is as it was.
	for i := range read.Operations {
		for k := range read.Operations[i].Changes {
			if c := &read.Operations[i].Changes[k]; c.Masked {
				c.From, c.To = plan.Operations[i].Changes[k].From, plan.Operations[i].Changes[k].To
			}
		}
	}
	if !reflect.DeepEqual(read, plan) {
		t.Errorf("read %+v", read)
	}
	compact, err := json.Marshal(plan)
	if err != nil {
		t.Fatal(err)
	}
	var third reconcile.Plan
	if err := json.Unmarshal(compact, &third); err != nil || third.Digest != plan.Digest {
		t.Errorf("through encoding/json: %v", err)
	}
}

// Whatever single byte of a plan file is changed, the plan is refused or is the same.
func TestReadPlanRefusesTampering(t *testing.T) {
	plan := goldenPlan(t)
	file := planJSON(t, plan)
	refused := 0
	for i := range file {
		for _, b := range []byte{'0', '"'} {
			changed := bytes.Clone(file)
			changed[i] = b
			read, err := reconcile.ReadPlan(bytes.NewReader(changed))
			if err != nil {
				refused++
				continue
			}
			if !bytes.Equal(planJSON(t, read), file) {
				t.Fatalf("byte %d as %q: another plan was accepted", i, b)
			}
		}
	}
	if refused == 0 {
		t.Error("nothing was refused")
	}
	edited := bytes.Replace(file, []byte(`"to":"7"`), []byte(`"to":"8"`), 1)
	if _, err := reconcile.ReadPlan(bytes.NewReader(edited)); !errors.Is(err, reconcile.ErrTampered) {
		t.Errorf("an edited value: %v", err)
	}
}

func TestReadPlanRefuses(t *testing.T) {
	file := string(planJSON(t, goldenPlan(t)))
	for name, tc := range map[string]struct {
		file string
		want error
	}{
		"major":         {strings.Replace(file, `"1.0"`, `"2.0"`, 1), reconcile.ErrFormat},
		"no format":     {`{}`, reconcile.ErrFormat},
		"later minor":   {strings.Replace(file, `"1.0"`, `"1.1"`, 1), reconcile.ErrTampered},
		"unknown field": {strings.Replace(file, `"kind"`, `"extra":1,"kind"`, 1), nil},
		"trailing":      {file + "{}", nil},
		"cut":           {file[:len(file)/2], nil},
		"empty":         {"", nil},
		"array":         {"[]", nil},
	} {
		_, err := reconcile.ReadPlan(strings.NewReader(tc.file))
		if err == nil || tc.want != nil && !errors.Is(err, tc.want) || !strings.HasPrefix(err.Error(), "reconcile: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	broken := errors.New("disk")
	if _, err := reconcile.ReadPlan(brokenReader{broken}); !errors.Is(err, broken) {
		t.Errorf("a broken reader: %v", err)
	}
}

// A digest that fits does not make up for a plan that cannot be carried out.
func TestReadPlanChecksStructure(t *testing.T) {
	for name, ops := range map[string][]reconcile.Operation{
		"no ID":                {{Kind: reconcile.Create, Type: "a"}},
		"one ID twice":         {create("a:1"), create("a:1")},
		"unknown kind":         {{ID: "a:1", Kind: "upsert", Type: "a"}},
		"child first":          {create("a:2", "a:1"), create("a:1")},
		"needs itself":         {create("a:1", "a:1")},
		"needs what is absent": {create("a:1", "gone:1")},
		"needs a skip":         {{ID: "s:1", Kind: reconcile.Skip, Type: "s"}, create("a:1", "s:1")},
		"write after removal":  {remove("a:1"), create("a:2")},
		"reference unneeded":   {create("a:1"), {ID: "b:1", Kind: reconcile.Create, Type: "b", Changes: []reconcile.Change{{Field: "a", Ref: "a:1"}}}},
	} {
		plan := &reconcile.Plan{Format: reconcile.Format, Source: "a", Target: "b", Operations: ops}
		plan.Seal()
		if _, err := reconcile.ReadPlan(bytes.NewReader(planJSON(t, plan))); err == nil {
			t.Errorf("%s: read", name)
		}
		if _, err := reconcile.Apply(t.Context(), plan, newMemory(), reconcile.Options{Target: "b"}); err == nil {
			t.Errorf("%s: applied", name)
		}
	}
}

type brokenReader struct{ err error }

func (b brokenReader) Read([]byte) (int, error) { return 0, b.err }

type brokenWriter struct{ err error }

func (b brokenWriter) Write([]byte) (int, error) { return 0, b.err }

func TestWriteErrors(t *testing.T) {
	plan, full := goldenPlan(t), errors.New("disk full")
	for name, err := range map[string]error{
		"json":    plan.WriteJSON(brokenWriter{full}),
		"text":    plan.WriteText(brokenWriter{full}),
		"html":    plan.WriteHTML(brokenWriter{full}),
		"summary": reconcile.Summary{}.WriteText(brokenWriter{full}),
	} {
		if !errors.Is(err, full) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// No way of showing a plan shows a masked value.
func TestMaskedValuesStayHidden(t *testing.T) {
	plan := goldenPlan(t)
	device, _ := plan.Operation("device:42")
	secret := device.Changes[2]
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("plan", "plan", plan, "op", device, "change", secret, "changes", device.Changes)
	slog.New(slog.NewTextHandler(&log, nil)).Info("plan", "plan", plan, "op", device, "change", secret, "changes", device.Changes)
	sink := newMemory()
	sink.records["42424242424242424242424242424242"] = values{
		"serial_number": reconcile.Null(), "location": text("old"), "snmp_community": text("other-" + canary),
	}
	summary, err := reconcile.Apply(t.Context(), plan, sink, reconcile.Options{Target: plan.Target})
	if err != nil || summary.Total().Stale != 1 {
		t.Fatalf("%+v, %v", summary, err)
	}
	shown := map[string]string{
		"json": string(planJSON(t, plan)), "text": string(planText(t, plan)), "html": string(planHTML(t, plan)), "log": log.String(),
		"summary": fmt.Sprintf("%+v", summary), "Sprint": fmt.Sprint(device), "change": secret.String(),
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
		shown["plan "+verb] = fmt.Sprintf(verb, plan)
		shown["operation "+verb] = fmt.Sprintf(verb, device)
		shown["change "+verb] = fmt.Sprintf(verb, secret)
	}
	for _, v := range []any{plan, device, secret, device.Changes, summary} {
		data, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		shown[fmt.Sprintf("json of %T", v)] = string(data)
	}
	for name, s := range shown {
		if strings.Contains(s, canary) || strings.Contains(s, fmt.Sprintf("%x", canary)) {
			t.Errorf("%s shows the secret: %s", name, s)
		}
	}
	if s := secret.String(); s != "snmp_community: (masked) -> (masked)" {
		t.Error(s)
	}
	if c := (reconcile.Change{Field: "f", To: text("x"), Ref: "a:1"}); c.String() != `f: "x" (a:1)` {
		t.Error(c)
	}
}

// Equal secrets of two records look different.
func TestMaskedDigestsDiffer(t *testing.T) {
	a, b := create("d:1"), create("d:2")
	for _, op := range []*reconcile.Operation{&a, &b} {
		op.Changes = []reconcile.Change{{Field: "token", To: text(canary), Masked: true}}
	}
	plan := build(t, a, b)
	read, err := reconcile.ReadPlan(bytes.NewReader(planJSON(t, plan)))
	if err != nil {
		t.Fatal(err)
	}
	x, y := read.Operations[0].Changes[0].To, read.Operations[1].Changes[0].To
	if !x.IsWithheld() || x == y {
		t.Errorf("%v, %v", x, y)
	}
}
