package assets_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/sync/assets"
	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// since runs the flow from a checkpoint on, which goes through JSON.
func (w *world) since(t testing.TB, from assets.Checkpoint) (reconcile.Summary, assets.Checkpoint) {
	t.Helper()
	data, err := json.Marshal(from)
	if err != nil {
		t.Fatal(err)
	}
	from = assets.Checkpoint{}
	if err := json.Unmarshal(data, &from); err != nil {
		t.Fatal(err)
	}
	s, next, err := w.flow.RunSince(t.Context(), from)
	if err != nil {
		t.Fatal(err)
	}
	return s, next
}

// agrees wants a full pass to find nothing left.
func (w *world) agrees(t testing.TB, after string) {
	t.Helper()
	if p := w.plan(t); !p.Empty() {
		var text strings.Builder
		_ = p.WriteText(&text)
		t.Fatalf("after %s a full pass would write:\n%s", after, text.String())
	}
}

func TestRunSince(t *testing.T) {
	begin := func(t *testing.T) (*world, assets.Checkpoint) {
		w := smallWorld(t)
		s, start := w.since(t, assets.Checkpoint{})
		if s.Total().Created != 40 {
			t.Fatalf("got %+v", s.Total())
		}
		w.agrees(t, "the first pass")
		return w, start
	}
	t.Run("002-17 nothing changed: nothing is read but the log", func(t *testing.T) {
		w, start := begin(t)
		w.wire.heal()
		s, next := w.since(t, start)
		if s.Total() != (reconcile.Line{}) || w.wire.sent > 3 {
			t.Errorf("%d requests, %+v", w.wire.sent, s.Total())
		}
		if jsonText(t, next) != jsonText(t, start) {
			t.Errorf("got %s, then %s", jsonText(t, start), jsonText(t, next))
		}
	})
	t.Run("001-20 a changed device is read with what it needs, and no more", func(t *testing.T) {
		w, start := begin(t)
		w.change(t, "dcim/devices", "basel-router", map[string]any{"description": "moved"})
		w.wire.heal()
		s, next := w.since(t, start)
		if total := s.Total(); total.Updated != 1 || total.Unchanged > 10 || w.wire.sent > 40 {
			t.Errorf("%d requests, %+v", w.wire.sent, total)
		}
		w.agrees(t, "a change")
		if s, _ := w.since(t, next); s.Total().Written() > 0 {
			t.Errorf("it is written again: %+v", s.Total())
		}
	})
	for _, c := range []struct {
		name   string
		change func(*testing.T, *follower)
		want   func(reconcile.Line) bool
	}{
		{"001-21 a new device with a new type and a new maker", func(t *testing.T, w *follower) {
			tag := []any{map[string]any{"slug": cmdb.SyncTagSlug}}
			w.create(t, "dcim/manufacturers", map[string]any{"name": "Juniper", "slug": "juniper", "tags": tag})
			w.create(t, "dcim/device-types", map[string]any{"model": "MX", "slug": "mx", "manufacturer": map[string]any{"slug": "juniper"}, "tags": tag})
			w.create(t, "dcim/devices", map[string]any{"name": "new", "device_type": map[string]any{"slug": "mx"}, "role": map[string]any{"slug": "router"}, "site": map[string]any{"slug": "basel"}, "tags": tag})
		}, func(l reconcile.Line) bool { return l.Created == 3 }},
		{"001-30 a maker that gets the tag brings what waited for it", func(t *testing.T, w *follower) {
			tag := []any{map[string]any{"slug": cmdb.SyncTagSlug}}
			w.create(t, "dcim/manufacturers", map[string]any{"name": "Juniper", "slug": "juniper"})
			w.create(t, "dcim/device-types", map[string]any{"model": "MX", "slug": "mx", "manufacturer": map[string]any{"slug": "juniper"}, "tags": tag})
			w.create(t, "dcim/devices", map[string]any{"name": "new", "device_type": map[string]any{"slug": "mx"}, "role": map[string]any{"slug": "router"}, "site": map[string]any{"slug": "basel"}, "tags": tag})
			_, next := w.since(t, w.last)
			w.last = next
			w.agrees(t, "the wait")
			w.change(t, "dcim/manufacturers", "Juniper", map[string]any{"tags": tag})
		}, func(l reconcile.Line) bool { return l.Created == 3 }},
		{"001-30 a region without the tag keeps what is below it as it is", func(t *testing.T, w *follower) {
			w.change(t, "dcim/regions", "Switzerland", map[string]any{"tags": []any{}})
			w.change(t, "dcim/devices", "basel-router", map[string]any{"description": "moved"})
		}, func(l reconcile.Line) bool { return l.Written() == 0 && l.Skipped > 0 }},
		{"001-10 a renamed role gives its devices another class", func(t *testing.T, w *follower) {
			w.flow.Reclassify = true
			_, w.last = w.since(t, assets.Checkpoint{}) // with the new setting
			w.change(t, "dcim/device-roles", "Firewall", map[string]any{"name": "Access Switch 2", "slug": "access-switch-2"})
		}, func(l reconcile.Line) bool { return l.Updated == 1 }},
		{"001-21 a device type of another maker", func(t *testing.T, w *follower) {
			w.change(t, "dcim/device-types", "PowerEdge R650", map[string]any{"manufacturer": map[string]any{"slug": "cisco"}})
		}, func(l reconcile.Line) bool { return l.Updated == 4 }},
		{"001-20 an edited primary address", func(t *testing.T, w *follower) {
			if err := w.netbox.Update("ipam/ip-addresses", w.one(t, "ipam/ip-addresses", "address", "192.0.2.1/24"), map[string]any{"address": "192.0.2.9/24"}); err != nil {
				t.Fatal(err)
			}
		}, func(l reconcile.Line) bool { return l.Updated == 1 }},
		{"001-20 a rack that is moved takes its devices along", func(t *testing.T, w *follower) {
			w.change(t, "dcim/racks", "R1", map[string]any{"site": map[string]any{"slug": "zurich"}, "location": w.one(t, "dcim/locations", "slug", "lab")})
		}, func(l reconcile.Line) bool { return l.Updated == 4 }},
		{"001-18 a tenant becomes a department", func(t *testing.T, w *follower) {
			w.change(t, "tenancy/tenants", "Acme", map[string]any{"group": map[string]any{"slug": "departments"}})
		}, func(l reconcile.Line) bool { return l.Created == 1 && l.Updated > 0 }},
		{"001-20 a role that was renamed and deleted since is nothing", func(t *testing.T, w *follower) {
			id := w.create(t, "dcim/device-roles", map[string]any{"name": "short", "slug": "short"})
			if err := w.netbox.Update("dcim/device-roles", id, map[string]any{"name": "shorter"}); err != nil {
				t.Fatal(err)
			}
			w.delete(t, "dcim/device-roles", id)
		}, func(l reconcile.Line) bool { return l == reconcile.Line{} }},
		{"001-20 a location that is moved takes its devices along, where it is not imported itself", func(t *testing.T, w *follower) {
			w.flow.Types = []cmdb.ObjectType{cmdb.TypeSite, cmdb.TypeDevice}
			_, w.last = w.since(t, assets.Checkpoint{}) // with the new setting
			w.change(t, "dcim/locations", "Suite 500", map[string]any{"site": map[string]any{"slug": "zurich"}})
		}, func(l reconcile.Line) bool { return l.Updated == 2 }},
		{"001-29 a deleted device is reported", func(t *testing.T, w *follower) {
			if err := w.netbox.Delete("dcim/devices", 1); err != nil {
				t.Fatal(err)
			}
		}, func(l reconcile.Line) bool { return l.Written() == 0 && l.Skipped == 1 }},
		{"001-29 a device that was made and deleted since is nothing", func(t *testing.T, w *follower) {
			if err := w.netbox.Delete("dcim/devices", w.create(t, "dcim/devices", map[string]any{
				"name": "short", "device_type": map[string]any{"slug": "isr-4331"}, "role": map[string]any{"slug": "router"}, "site": map[string]any{"slug": "basel"},
				"tags": []any{map[string]any{"slug": cmdb.SyncTagSlug}},
			})); err != nil {
				t.Fatal(err)
			}
		}, func(l reconcile.Line) bool { return l == reconcile.Line{} }},
	} {
		t.Run(c.name, func(t *testing.T) {
			base, start := begin(t)
			w := &follower{base, start}
			c.change(t, w)
			s, _ := w.since(t, w.last)
			if !c.want(s.Total()) {
				t.Errorf("got %+v", s.Total())
			}
			w.agrees(t, c.name)
		})
	}
	t.Run("001-29 a deleted device is retired where that is asked for", func(t *testing.T) {
		w := smallWorld(t)
		w.flow.Deleted = assets.DeletedRetired
		_, start := w.since(t, assets.Checkpoint{})
		if err := w.netbox.Delete("dcim/devices", 1); err != nil {
			t.Fatal(err)
		}
		if s, _ := w.since(t, start); s.Total().Retired != 1 || s.Total().Written() != 1 {
			t.Errorf("got %+v", s.Total())
		}
		w.agrees(t, "the deletion")
	})
	t.Run("001-30 what comes along untagged is followed, too", func(t *testing.T) {
		w := untagged(t)
		w.flow.ForceDependencies = true
		w.change(t, "dcim/device-types", "ISR 4331", map[string]any{"tags": []any{}})
		_, start := w.since(t, assets.Checkpoint{})
		w.change(t, "dcim/device-types", "ISR 4331", map[string]any{"description": "a router"})
		if s, _ := w.since(t, start); s.Total().Updated != 1 {
			t.Errorf("got %+v", s.Total())
		}
		w.agrees(t, "a new description")
	})
}

// Whatever way records are written, a run since a checkpoint ends as a full one does.
func TestSinceThroughEachPath(t *testing.T) {
	for name, begin := range map[string]func(testing.TB) *world{
		"tables": func(t testing.TB) *world {
			w := smallWorld(t)
			w.flow.Through = assets.ThroughTables
			return w
		},
		"staging tables": func(t testing.TB) *world { return stagingWorld(t, &app{}) },
		"links on the records": func(t testing.TB) *world {
			w := smallWorld(t)
			w.flow.Link = assets.Link{Field: "correlation_id"}
			w.flow.Types = []cmdb.ObjectType{cmdb.TypeDevice} // the other tables have no such column
			return w
		},
	} {
		t.Run("001-20 "+name, func(t *testing.T) {
			w := begin(t)
			_, at := w.since(t, assets.Checkpoint{})
			w.change(t, "dcim/devices", "basel-router", map[string]any{"description": "moved"})
			w.change(t, "dcim/manufacturers", "Dell", map[string]any{"name": "Dell EMC"})
			w.create(t, "dcim/regions", map[string]any{"name": "Africa", "slug": "africa", "tags": []any{map[string]any{"slug": cmdb.SyncTagSlug}}})
			s, _ := w.since(t, at)
			want := reconcile.Line{Created: 1, Updated: 2}
			if len(w.flow.Types) == 1 {
				want = reconcile.Line{Updated: 1}
			}
			if total := s.Total(); total.Created != want.Created || total.Updated != want.Updated || total.Failed+total.Blocked > 0 {
				t.Errorf("got %+v: %+v", total, s.Problems)
			}
			w.agrees(t, "three changes")
		})
	}
}

// A follower is a world with the checkpoint of its last run.
type follower struct {
	*world
	last assets.Checkpoint
}

func TestSinceLeavesNothingBehind(t *testing.T) {
	t.Run("what was blocked is looked at again, although it has not changed since", func(t *testing.T) {
		w := smallWorld(t)
		a := w.insert(t, "core_company", map[string]string{"name": "Cisco"})
		w.insert(t, "core_company", map[string]string{"name": "Cisco"})
		s, next := w.since(t, assets.Checkpoint{})
		if s.Total().Blocked == 0 || !slices.Contains(next.Pending, "manufacturer:1") || !slices.Contains(next.Pending, "device:1") {
			t.Fatalf("%+v, %v", s.Total(), next.Pending)
		}
		if err := w.cmdb.Delete("core_company", a); err != nil {
			t.Fatal(err)
		}
		if _, next = w.since(t, next); len(next.Pending) > 0 {
			t.Errorf("still pending: %v", next.Pending)
		}
		w.agrees(t, "the second record is gone")
	})
	t.Run("a deletion that could not be carried out is carried out by a later run", func(t *testing.T) {
		w := smallWorld(t)
		w.flow.Deleted = assets.DeletedRemoved
		_, next := w.since(t, assets.Checkpoint{})
		l := w.subject(t, "device")
		w.linkTo(t, l.record, l.table, "device", "4711")
		if err := w.netbox.Delete("dcim/devices", l.id); err != nil {
			t.Fatal(err)
		}
		if _, next = w.since(t, next); len(next.Gone) != 1 || len(next.Pending) > 0 {
			t.Fatalf("got %+v", next)
		}
		for _, row := range w.cmdb.Rows(cmdb.AttributesTable) {
			if row[cmdb.ColumnID] == "4711" {
				if err := w.cmdb.Delete(cmdb.AttributesTable, row["sys_id"]); err != nil {
					t.Fatal(err)
				}
			}
		}
		s, next := w.since(t, next)
		if s.Total().Deleted != 1 || len(next.Gone) > 0 {
			t.Errorf("%+v, %+v", s.Total(), next)
		}
	})
	t.Run("a plan is not taken for applied", func(t *testing.T) {
		w := smallWorld(t)
		_, start := w.since(t, assets.Checkpoint{})
		w.change(t, "dcim/devices", "basel-router", map[string]any{"description": "moved"})
		p, next, err := w.flow.PlanSince(t.Context(), start)
		if err != nil || p.Total().Update != 1 || jsonText(t, next) == jsonText(t, start) {
			t.Fatalf("%v, %v", p, err)
		}
		if s, err := w.flow.Apply(t.Context(), p); err != nil || !s.Clean() || s.Total().Updated != 1 {
			t.Errorf("%+v, %v", s, err)
		}
		if s, _ := w.since(t, next); s.Total() != (reconcile.Line{}) {
			t.Errorf("got %+v", s.Total())
		}
	})
}

func TestCheckpointRefused(t *testing.T) {
	w := smallWorld(t)
	_, good := w.since(t, assets.Checkpoint{})
	w.change(t, "dcim/devices", "basel-router", map[string]any{"description": "moved"})
	_, good = w.since(t, good)
	before := w.export()
	for _, c := range []struct {
		name  string
		spoil func(*assets.Checkpoint, *assets.Import)
		full  bool
		want  string
	}{
		{"of another NetBox", func(c *assets.Checkpoint, _ *assets.Import) { c.NetBox = "other.example" }, false, `of the NetBox "other.example", and Import.NetBox is "netbox.example"`},
		{"of another CMDB", func(c *assets.Checkpoint, _ *assets.Import) { c.CMDB = "other.example" }, false, `of the CMDB "other.example", and Import.CMDB is "acme.example"`},
		{"of other settings", func(_ *assets.Checkpoint, i *assets.Import) { i.ClearEmpty = true }, true, "other settings"},
		{"of other rules", func(_ *assets.Checkpoint, i *assets.Import) { i.Identifier.OnMismatch = cmdb.FollowLink }, true, "other settings"},
		{"of other classes", func(_ *assets.Checkpoint, i *assets.Import) { i.Classifier = &cmdb.Classifier{} }, true, "other settings"},
		{"older than the log", func(c *assets.Checkpoint, _ *assets.Import) { c.Mark.IDs = []int64{1 << 40} }, true, "does not reach back"},
		{"with a mark of years ago", func(c *assets.Checkpoint, _ *assets.Import) {
			c.Mark = netbox.Watermark{Time: still{}.Now().AddDate(-3, 0, 0)}
		}, true, "does not reach back"},
		{"with what is no object", func(c *assets.Checkpoint, _ *assets.Import) { c.Pending = []string{"rack:1"} }, false, `"rack:1", which is no object`},
		{"with too much left over", func(c *assets.Checkpoint, _ *assets.Import) {
			for n := range 6000 {
				c.Pending = append(c.Pending, fmt.Sprint("device:", n))
			}
		}, true, "6000 objects were blocked"},
	} {
		t.Run(c.name, func(t *testing.T) {
			flow, from := w.flow, good
			from.Pending = nil
			c.spoil(&from, &flow)
			_, got, err := flow.RunSince(t.Context(), from)
			if err == nil || !strings.Contains(err.Error(), c.want) || errors.Is(err, assets.ErrFullPass) != c.full {
				t.Errorf("got %v", err)
			}
			if jsonText(t, got) != jsonText(t, from) {
				t.Errorf("the checkpoint moved to %+v", got)
			}
		})
	}
	for _, c := range []struct {
		name   string
		change func(t *testing.T, w *world)
	}{
		{"a renamed tag", func(t *testing.T, w *world) {
			w.change(t, "extras/tags", cmdb.SyncTagName, map[string]any{"slug": "another"})
		}},
		{"a deleted region", func(t *testing.T, w *world) {
			w.delete(t, "dcim/regions", w.one(t, "dcim/regions", "name", "Americas"))
		}},
		{"a deleted group of tenants", func(t *testing.T, w *world) {
			w.delete(t, "tenancy/tenant-groups", w.one(t, "tenancy/tenant-groups", "slug", "departments"))
		}},
		{"the custom field is deleted", func(t *testing.T, w *world) {
			w.delete(t, "extras/custom-fields", w.one(t, "extras/custom-fields", "name", cmdb.ClassField))
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := smallWorld(t)
			_, from := w.since(t, assets.Checkpoint{})
			c.change(t, w)
			if _, got, err := w.flow.RunSince(t.Context(), from); !errors.Is(err, assets.ErrFullPass) || jsonText(t, got) != jsonText(t, from) {
				t.Errorf("got %v", err)
			}
		})
	}
	if got := w.export(); got != before {
		t.Error("something was written: " + difference(before, got))
	}
}

// The process dies at any request of a run since a checkpoint, and the next one goes on
// from the checkpoint that is left: the CMDB becomes what a full pass makes of it.
func TestSinceKilledAtAnyRequest(t *testing.T) {
	t.Parallel()
	for name, how := range map[string]cut{"before the server acts": before, "after it acted": after, "in mid-answer": midAnswer} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			oneUnderRace(t, how)
			synctest.Test(t, func(t *testing.T) { killSince(t, how) })
		})
	}
}

func killSince(t *testing.T, how cut) {
	t.Helper()
	w := smallWorld(t)
	w.flow.Deleted = assets.DeletedRemoved
	_, start := w.since(t, assets.Checkpoint{})
	w.change(t, "dcim/devices", "basel-router", map[string]any{"description": "moved"})
	w.change(t, "dcim/device-types", "PowerEdge R650", map[string]any{"manufacturer": map[string]any{"slug": "cisco"}})
	w.delete(t, "dcim/devices", w.one(t, "dcim/devices", "name", "basel-pdu"))
	w.create(t, "dcim/locations", map[string]any{"name": "Cellar", "slug": "cellar", "site": map[string]any{"slug": "basel"}, "tags": []any{map[string]any{"slug": cmdb.SyncTagSlug}}})
	w.change(t, "dcim/devices", "basel-server", map[string]any{"location": w.one(t, "dcim/locations", "slug", "cellar"), "rack": nil, "position": nil, "face": ""})
	before := w.cmdb.Snapshot()
	w.run(t)
	want := w.export()
	if err := w.cmdb.Restore(before); err != nil {
		t.Fatal(err)
	}
	w.wire.heal()
	_, end := w.since(t, start)
	requests := w.wire.sent
	if got := w.export(); got != want {
		t.Fatalf("a full pass makes another CMDB of it\n%s", difference(want, got))
	}
	for n := 1; n <= requests; n++ {
		if err := w.cmdb.Restore(before); err != nil {
			t.Fatal(err)
		}
		w.wire.kill(n, how)
		_, next, err := w.flow.RunSince(t.Context(), start)
		w.wire.heal()
		if err != nil && jsonText(t, next) != jsonText(t, start) {
			t.Errorf("cut off at request %d: the checkpoint moved on", n)
		}
		if _, next = w.since(t, next); jsonText(t, next) != jsonText(t, end) {
			t.Errorf("cut off at request %d: the checkpoint is %s, want %s", n, jsonText(t, next), jsonText(t, end))
		}
		if got := w.export(); got != want {
			t.Fatalf("cut off at request %d of %d: the CMDB differs\n%s", n, requests, difference(want, got))
		}
	}
	w.agrees(t, "all of it")
}

// Whatever people do in NetBox, runs since a checkpoint leave nothing for a full pass.
func TestSinceFollowsRandomEdits(t *testing.T) {
	seeds := 20
	if raceEnabled {
		seeds = 3
	}
	if testing.Short() {
		seeds = 1
	}
	for seed := range seeds {
		e := newEditor(t, uint64(seed))
		_, at := e.since(t, assets.Checkpoint{})
		for round := range 12 {
			var done []string
			for range 1 + e.chance.IntN(4) {
				done = append(done, e.edit())
			}
			what := fmt.Sprintf("seed %d, round %d: %s", seed, round, strings.Join(done, "; "))
			_, next, err := e.flow.RunSince(t.Context(), at)
			if errors.Is(err, assets.ErrFullPass) {
				_, next, err = e.flow.RunSince(t.Context(), assets.Checkpoint{})
			}
			if err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			at = next
			e.agrees(t, what)
		}
	}
}

// An editor edits the small estate at random.
type editor struct {
	*world
	chance *rand.Rand
	count  int
}

func newEditor(t testing.TB, seed uint64) *editor {
	e := &editor{world: smallWorld(t), chance: rand.New(rand.NewPCG(seed, 7))}
	e.flow.ClearEmpty = seed%2 == 0
	e.flow.ForceDependencies = seed%3 == 0
	e.flow.Reclassify = true
	return e
}

// edit does one edit, or fails to as NetBox allows, and says what it was.
func (e *editor) edit() string {
	kinds := []string{
		"dcim/devices", "dcim/devices", "dcim/devices", "dcim/sites", "dcim/regions", "dcim/locations", "dcim/manufacturers",
		"dcim/device-types", "tenancy/tenants", "tenancy/tenant-groups", "dcim/device-roles", "dcim/racks", "ipam/ip-addresses",
	}
	kind := kinds[e.chance.IntN(len(kinds))]
	e.count++
	one := func(kind string) any {
		ids := e.netbox.IDs(kind)
		if len(ids) == 0 || e.chance.IntN(5) == 0 {
			return nil
		}
		return ids[e.chance.IntN(len(ids))]
	}
	tags := func() []any {
		if e.chance.IntN(3) == 0 {
			return []any{}
		}
		return []any{map[string]any{"slug": cmdb.SyncTagSlug}}
	}
	name := fmt.Sprint("n", e.count)
	fields := map[string]any{}
	set := func(field string, value any) {
		if e.chance.IntN(3) == 0 {
			fields[field] = value
		}
	}
	switch kind {
	case "dcim/devices":
		set("name", name)
		set("serial", fmt.Sprint("R-", e.count))
		set("site", one("dcim/sites"))
		set("location", one("dcim/locations"))
		set("tenant", one("tenancy/tenants"))
		set("role", one("dcim/device-roles"))
		set("device_type", one("dcim/device-types"))
		set("description", name)
		set("tags", tags())
	case "dcim/sites":
		set("name", name)
		set("region", one("dcim/regions"))
		set("tenant", one("tenancy/tenants"))
		set("tags", tags())
	case "dcim/regions":
		set("name", name)
		set("parent", one("dcim/regions"))
		set("tags", tags())
	case "dcim/locations":
		set("name", name)
		set("site", one("dcim/sites"))
		set("parent", one("dcim/locations"))
		set("tags", tags())
	case "dcim/manufacturers":
		set("name", name)
		set("tags", tags())
	case "dcim/device-types":
		set("model", name)
		set("manufacturer", one("dcim/manufacturers"))
		set("tags", tags())
	case "tenancy/tenants":
		set("name", name)
		set("group", one("tenancy/tenant-groups"))
		set("tags", tags())
	case "tenancy/tenant-groups":
		set("parent", one("tenancy/tenant-groups"))
	case "dcim/device-roles":
		set("name", []string{"Switch ", "Router ", "Server ", "Thing "}[e.chance.IntN(4)]+name)
	case "dcim/racks":
		set("site", one("dcim/sites"))
		set("location", one("dcim/locations"))
	case "ipam/ip-addresses":
		set("address", fmt.Sprintf("192.0.2.%d/24", 1+e.chance.IntN(250)))
	}
	id := one(kind)
	if id == nil {
		return kind + " none"
	}
	var err error
	switch {
	case e.chance.IntN(12) == 0:
		err = e.netbox.Delete(kind, id.(int64))
		fields = map[string]any{"deleted": true}
	case e.chance.IntN(6) == 0:
		fields["slug"] = name
		if kind == "dcim/devices" {
			delete(fields, "slug")
		}
		_, err = e.netbox.Create(kind, fields)
		id = "new"
	default:
		err = e.netbox.Update(kind, id.(int64), fields)
	}
	return fmt.Sprintf("%s %v %v (%v)", kind, id, fields, err)
}

func (w *world) create(t testing.TB, kind string, fields map[string]any) int64 {
	t.Helper()
	id, err := w.netbox.Create(kind, fields)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func (w *world) delete(t testing.TB, kind string, id int64) {
	t.Helper()
	if err := w.netbox.Delete(kind, id); err != nil {
		t.Fatal(err)
	}
}
