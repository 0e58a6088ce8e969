package assets_test

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
	"github.com/itsmkit/itsmkit/sync/assets"
	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// An estate is what stands in a NetBox and a CMDB, with the options of an import: one
// folder in testdata/estates, whose plan.txt is the plan that must come of it. To add
// a case, add a folder with an estate.json and run this test with -update; then read
// the plan.txt that it wrote.
type estateFile struct {
	// Title says what the estate shows, and which rules: "001-22 ...".
	Title string `json:"title"`
	// NetBox holds objects by type, in the form of the API. An object of an imported
	// type carries the tag unless it says otherwise, and a device that does not say
	// where and what it is gets a place, a type and a role that nobody imports.
	NetBox map[string][]map[string]any `json:"netbox"`
	// Then are changes of objects once all are there: from "dcim/regions 1" to fields.
	Then map[string]map[string]any `json:"then"`
	// CMDB holds records by table. A sys_id is a name in angle brackets, as in
	// "<host>", wherever it stands.
	CMDB map[string][]servicenowtest.Row `json:"cmdb"`
	// Links are attributes rows: from a record, as "table <name>", to an object, as
	// "device:42".
	Links map[string]string `json:"links"`
	// Hidden are the names of records that the user may not read.
	Hidden []string `json:"hidden"`
	// Options are those of the import.
	Options estateOptions `json:"options"`
	// Refused says that there is no plan but an error, which is in plan.txt.
	Refused bool `json:"refused"`
}

type estateOptions struct {
	Types           []cmdb.ObjectType `json:"types"`
	Tags            []string          `json:"tags"`
	RealTime        bool              `json:"realTime"`
	Classes         []string          `json:"classes"`
	ToRole          bool              `json:"unregisteredToRole"`
	Tenants         string            `json:"tenants"` // a preset, by its name
	CustomerGroup   int64             `json:"customerGroup"`
	DepartmentGroup int64             `json:"departmentGroup"`
	Descendants     bool              `json:"descendants"`
	Mismatch        string            `json:"onMismatch"` // "", "link" or "rule"
	FirstFilled     bool              `json:"firstFilled"`
	Tables          bool              `json:"throughTables"`
	Reclassify      bool              `json:"reclassify"`
	ClearEmpty      bool              `json:"clearEmpty"`
	AllowHidden     bool              `json:"allowHidden"`
	LinkField       string            `json:"linkField"`
	CITable         string            `json:"ciTable"`
}

// estateOrder is the order in which objects are made, each after what it refers to.
var estateOrder = []string{
	"extras/tags", "tenancy/tenant-groups", "tenancy/tenants", "dcim/regions", "dcim/sites", "dcim/locations",
	"dcim/manufacturers", "dcim/device-types", "dcim/device-roles", "dcim/devices",
}

// requestID is what a server makes up for each request.
var requestID = regexp.MustCompile(` \(request [^)]*\)`)

// aliases are names of sys_ids.
var aliases = regexp.MustCompile(`<[a-z0-9 -]+>`)

func sysIDOf(alias string) string {
	sum := md5.Sum([]byte(alias))
	return hex.EncodeToString(sum[:])
}

// TestEstates plans every estate, compares the plan with the one that is kept, applies
// it, and plans again: then nothing is left to write.
func TestEstates(t *testing.T) {
	files, err := filepath.Glob("testdata/estates/*/estate.json")
	if err != nil || len(files) < 25 {
		t.Fatalf("%d estates, %v", len(files), err)
	}
	for _, file := range files {
		e := readEstate(t, file)
		t.Run(filepath.Base(filepath.Dir(file))+"/"+e.Title, func(t *testing.T) {
			golden := filepath.Join(filepath.Dir(file), "plan.txt")
			w := e.build(t)
			if e.Refused {
				_, err := w.flow.Plan(t.Context())
				if err == nil {
					t.Fatal("it was not refused")
				}
				e.golden(t, golden, requestID.ReplaceAllString(err.Error(), "")+"\n")
				return
			}
			w.wire.noWrite = true
			plan := w.plan(t)
			w.wire.noWrite = false
			e.golden(t, golden, e.show(t, plan))
			e.apply(t, plan, w.flow.Apply)
			if again := w.plan(t); !again.Empty() {
				t.Errorf("a second pass would write:\n%s", e.show(t, again))
			}
		})
	}
}

// apply carries the plan out as another process would, from its file.
func (e *estateFile) apply(t *testing.T, plan *reconcile.Plan, apply func(context.Context, *reconcile.Plan) (reconcile.Summary, error)) {
	t.Helper()
	var file bytes.Buffer
	if err := plan.WriteJSON(&file); err != nil {
		t.Fatal(err)
	}
	read, err := reconcile.ReadPlan(&file)
	if err != nil {
		t.Fatal(err)
	}
	summary, err := apply(t.Context(), read)
	if err != nil {
		t.Fatal(err)
	}
	if l := summary.Total(); l.Failed+l.Stale+l.NotTried > 0 || l.Written() != plan.Total().Writes() {
		t.Errorf("not everything was written: %+v %+v", l, summary.Problems)
	}
}

func readEstate(t *testing.T, file string) *estateFile {
	t.Helper()
	e := new(estateFile)
	decodeEstate(t, file, e)
	e.checkTitle(t, file)
	return e
}

func (e *estateFile) checkTitle(t *testing.T, file string) {
	t.Helper()
	if !regexp.MustCompile(`^(\d{3}-\d{2} |decision \d+ )+`).MatchString(e.Title) {
		t.Errorf("%s: the title %q names no rule", file, e.Title)
	}
}

// decodeEstate reads an estate, with sys_ids in the place of their names.
func decodeEstate(t *testing.T, file string, into any) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	data = aliases.ReplaceAllFunc(data, func(alias []byte) []byte { return []byte(sysIDOf(string(alias))) })
	decoder := json.NewDecoder(strings.NewReader(string(data)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

// build makes the world of the estate.
func (e *estateFile) build(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	e.fillNetBox(t, w)
	for what, fields := range e.Then {
		kind, number, _ := strings.Cut(what, " ")
		id, err := strconv.ParseInt(number, 10, 64)
		if err == nil {
			err = w.netbox.Update(kind, id, fields)
		}
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	for _, table := range slices.Sorted(maps.Keys(e.CMDB)) {
		for _, row := range e.CMDB[table] {
			w.insert(t, table, row)
		}
	}
	for _, from := range slices.Sorted(maps.Keys(e.Links)) {
		table, record, _ := strings.Cut(from, " ")
		class, id, _ := strings.Cut(e.Links[from], ":")
		w.linkTo(t, record, table, class, id)
	}
	if len(e.Hidden) > 0 {
		for table := range e.CMDB {
			if err := w.cmdb.SetACLs(servicenowtest.ACL{Table: table, Allow: func(op servicenowtest.Operation, get func(string) string) bool {
				return op != servicenowtest.OpRead || !slices.Contains(e.Hidden, get("name"))
			}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	e.Options.set(t, &w.flow)
	return w
}

func (e *estateFile) fillNetBox(t *testing.T, w *world) {
	t.Helper()
	create := func(kind string, fields map[string]any) {
		if _, err := w.netbox.Create(kind, fields); err != nil {
			t.Fatalf("%s %v: %v", kind, fields, err)
		}
	}
	create("extras/tags", map[string]any{"name": cmdb.SyncTagName, "slug": cmdb.SyncTagSlug})
	create("extras/custom-fields", map[string]any{"name": cmdb.ClassField, "type": "text", "object_types": []any{"dcim.device"}})
	var devices []map[string]any
	for _, kind := range estateOrder {
		info := slices.IndexFunc(cmdb.ObjectTypes(), func(i cmdb.TypeInfo) bool { return i.Endpoint == kind })
		for _, given := range e.NetBox[kind] {
			fields := maps.Clone(given)
			if _, says := fields["tags"]; info >= 0 && !says {
				fields["tags"] = []any{map[string]any{"slug": cmdb.SyncTagSlug}}
			}
			if kind == "dcim/devices" {
				devices = append(devices, fields)
				continue
			}
			create(kind, fields)
		}
	}
	for _, k := range slices.Sorted(maps.Keys(e.NetBox)) {
		if !slices.Contains(estateOrder, k) {
			t.Fatalf("estates have no %s", k)
		}
	}
	if len(devices) == 0 {
		return
	}
	create("dcim/sites", map[string]any{"name": "somewhere", "slug": "somewhere"})
	create("dcim/manufacturers", map[string]any{"name": "somebody", "slug": "somebody"})
	create("dcim/device-types", map[string]any{"model": "something", "slug": "something", "manufacturer": map[string]any{"slug": "somebody"}})
	create("dcim/device-roles", map[string]any{"name": "some role", "slug": "some-role"})
	for _, fields := range devices {
		for field, value := range map[string]string{"site": "somewhere", "device_type": "something", "role": "some-role"} {
			if _, says := fields[field]; !says {
				fields[field] = map[string]any{"slug": value}
			}
		}
		create("dcim/devices", fields)
	}
}

func (o estateOptions) set(t *testing.T, flow *assets.Import) {
	t.Helper()
	flow.Types, flow.Tags, flow.CITable = o.Types, o.Tags, o.CITable
	flow.Reclassify, flow.ClearEmpty, flow.AllowHidden = o.Reclassify, o.ClearEmpty, o.AllowHidden
	flow.Link.Field = o.LinkField
	flow.Classifier = &cmdb.Classifier{Mode: cmdb.Bulk, UnregisteredToRole: o.ToRole}
	if o.RealTime {
		flow.Classifier.Mode = cmdb.RealTime
	}
	if len(o.Classes) > 0 {
		flow.Classifier.Classes = new(cmdb.Classes)
		for _, table := range o.Classes {
			if err := flow.Classifier.Classes.Register(cmdb.Class{Table: table}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if o.Tables {
		flow.Through = assets.ThroughTables
	}
	flow.Identifier.FirstFilled = o.FirstFilled
	policies := map[string]cmdb.MismatchPolicy{"": cmdb.ReportMismatch, "link": cmdb.FollowLink, "rule": cmdb.FollowRule}
	policy, known := policies[o.Mismatch]
	if !known {
		t.Fatalf("onMismatch is %q", o.Mismatch)
	}
	flow.Identifier.OnMismatch = policy
	if o.Tenants == "" {
		return
	}
	flags, known := cmdb.TenantPreset(o.Tenants).Flags()
	if !known {
		t.Fatalf("tenants are %q", o.Tenants)
	}
	flow.Tenants = cmdb.Tenants{TenantFlags: flags, CustomerGroup: o.CustomerGroup, DepartmentGroup: o.DepartmentGroup, Descendants: o.Descendants}
}

// show is the plan as people read it, with names for sys_ids.
func (e *estateFile) show(t *testing.T, p *reconcile.Plan) string {
	t.Helper()
	var b strings.Builder
	if err := p.WriteText(&b); err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(b.String(), "\n\n") // after source, target and digest
	var names []string
	for _, op := range p.Operations {
		if (op.Kind == reconcile.Create || op.Wanted == reconcile.Create) && op.Target != "" {
			names = append(names, op.Target, "<new "+op.ID+">")
		}
		for _, c := range op.Changes {
			if c.Field == "link.sys_id" {
				names = append(names, c.To.Text(), "<link of "+op.ID+">")
			}
		}
	}
	return strings.NewReplacer(names...).Replace(text)
}

// golden compares a text with the one that is kept, in which names stand for sys_ids.
func (e *estateFile) golden(t *testing.T, file, got string) {
	t.Helper()
	source, err := os.ReadFile(filepath.Join(filepath.Dir(file), "estate.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, alias := range aliases.FindAllString(string(source), -1) {
		got = strings.ReplaceAll(got, sysIDOf(alias), alias)
	}
	got = e.Title + "\n\n" + got
	if *updateGolden {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v: run the test with -update, and read what it wrote", err)
	}
	if string(want) != got {
		t.Errorf("the plan is another one:\n%s", difference(string(want), got))
	}
}
