package cmdb_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/sync/reconcile"
)

const runsOn, contains, peers = "Runs on::Runs", "Contains::Contained by", "IP Connection::IP Connection"

func TestRelationTypes(t *testing.T) {
	want := []cmdb.RelationType{
		{Down: "Depends on", Up: "Used by", Tree: true},
		{Down: "Runs on", Up: "Runs", Tree: true},
		{Down: "Hosted on", Up: "Hosts", Tree: true},
		{Down: "Contains", Up: "Contained by", Tree: true},
		{Down: "Members", Up: "Member of", Tree: true},
		{Down: "Cluster of", Up: "Cluster", Tree: true},
		{Down: "Virtualized by", Up: "Virtualizes", Tree: true},
		{Down: "Managed by", Up: "Manages", Tree: true},
		{Down: "Owns", Up: "Owned by", Tree: true},
		{Down: "Uses", Up: "Used by", Tree: true},
		{Down: "Provides", Up: "Provided by", Tree: true},
		{Down: "Defines resources for", Up: "Gets resources from", Tree: true},
		{Down: "Connects to", Up: "Connected by"},
		{Down: "Replicates to", Up: "Replicated by"},
		{Down: "IP Connection", Up: "IP Connection"},
	}
	t.Run("000-14 the types", func(t *testing.T) {
		if got := cmdb.DefaultRelationTypes(); !slices.Equal(got, want) {
			t.Errorf("got %v", got)
		}
		cmdb.DefaultRelationTypes()[0].Down = "spoiled"
		if got := cmdb.DefaultRelationTypes(); !slices.Equal(got, want) {
			t.Error("a call gives no fresh copy")
		}
	})
	t.Run("000-14 table and columns", func(t *testing.T) {
		got := []string{cmdb.RelationTable, cmdb.ColumnParent, cmdb.ColumnChild, cmdb.ColumnRelation}
		if !slices.Equal(got, []string{"cmdb_rel_ci", "parent", "child", "type"}) {
			t.Errorf("got %v", got)
		}
	})
	for _, c := range []struct {
		types []cmdb.RelationType
		want  string
	}{
		{[]cmdb.RelationType{{Down: "Runs on"}}, "Types[0] (Runs on::) has an empty word"},
		{[]cmdb.RelationType{{Down: "Runs on::Runs", Up: "x"}}, `has "::" in a word`},
		{[]cmdb.RelationType{{Down: "a", Up: "b"}, {Down: "a", Up: "b", Tree: true}}, "Types[1] (a::b) stands at 0 already"},
	} {
		t.Run("000-14 "+c.want, func(t *testing.T) {
			if err := (cmdb.Relations{Types: c.types}).Validate(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v", err)
			}
		})
	}
	if err := (cmdb.Relations{Types: want}).Validate(); err != nil {
		t.Error(err)
	}
}

func TestSayRelation(t *testing.T) {
	var all cmdb.Relations
	own := cmdb.Relations{Types: []cmdb.RelationType{{Down: "feeds", Up: "fed by"}}}
	for _, c := range []struct {
		name            string
		relations       cmdb.Relations
		a, word, b      string
		parent, child   string
		typ, wantsError string
	}{
		{"000-14 downwards", all, "web", "Runs on", "host", "web", "host", runsOn, ""},
		{"000-14 upwards it is the same relation", all, "host", "Runs", "web", "web", "host", runsOn, ""},
		{"000-14 case and space do not matter", all, "host", " runs ", "web", "web", "host", runsOn, ""},
		{"000-14 in full the parent comes first", all, "app", "uses::used by", "db", "app", "db", "Uses::Used by", ""},
		{"000-14 both directions alike", all, "b", "IP Connection", "a", "b", "a", peers, ""},
		{"000-14 a word of two types", all, "db", "Used by", "app", "", "", "", "Depends on::Used by, Uses::Used by"},
		{"000-14 a word of no type", all, "a", "likes", "b", "", "", "", `no type of relation has the word "likes"`},
		{"000-14 types of one's own", own, "a", "fed by", "b", "b", "a", "feeds::fed by", ""},
		{"000-14 types of one's own only", own, "a", "Runs on", "b", "", "", "", "use one of feeds::fed by"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := c.relations.Say(c.a, c.word, c.b)
			if c.wantsError != "" {
				if err == nil || !strings.Contains(err.Error(), c.wantsError) {
					t.Errorf("got %v, %v", got, err)
				}
				return
			}
			if err != nil || got != (cmdb.Relation{Parent: c.parent, Child: c.child, Type: c.typ}) {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

func TestRelationCheck(t *testing.T) {
	rel := func(parent, typ, child string) cmdb.Relation {
		return cmdb.Relation{Parent: parent, Type: typ, Child: child}
	}
	there := func(id string) bool { return id != "gone" }
	for _, c := range []struct {
		name      string
		relations []cmdb.Relation
		want      string // the problems, in order
		detail    string // of the last
	}{
		{"000-14 a sound one", []cmdb.Relation{rel("a", runsOn, "b")}, "ok", ""},
		{"000-14 the child may be named first", []cmdb.Relation{rel("b", runsOn, "c"), rel("a", runsOn, "b")}, "ok ok", ""},
		{"000-14 an unknown type", []cmdb.Relation{rel("a", "Runs on", "b")}, "unknown-type", `there is no type of relation "Runs on"`},
		{"000-14 no child", []cmdb.Relation{rel("a", runsOn, "")}, "no-end", "a relation needs a parent and a child"},
		{"000-14 to itself", []cmdb.Relation{rel("a", peers, "a")}, "to-itself", "a cannot be related to itself"},
		{"000-14 a dangling parent", []cmdb.Relation{rel("gone", runsOn, "b")}, "dangling", "the parent gone is not there"},
		{"000-14 a dangling child", []cmdb.Relation{rel("a", runsOn, "gone")}, "dangling", "the child gone is not there"},
		{"000-14 twice", []cmdb.Relation{rel("a", runsOn, "b"), rel("a", contains, "b"), rel("a", runsOn, "b")}, "ok ok twice", "relation 0 says the same"},
		{"000-14 twice, the other way round where both ways say the same", []cmdb.Relation{rel("a", peers, "b"), rel("b", peers, "a")}, "ok twice", "relation 0 says the same"},
		{"000-14 two above one another", []cmdb.Relation{rel("b", runsOn, "a"), rel("a", runsOn, "b")}, "cycle cycle", "it is part of a ring: a -> b -> a"},
		{"000-14 a ring of three, and what hangs on it", []cmdb.Relation{rel("x", runsOn, "a"), rel("a", runsOn, "b"), rel("b", runsOn, "c"), rel("b", runsOn, "y"), rel("c", runsOn, "a")}, "ok cycle cycle ok cycle", "it is part of a ring: a -> b -> c -> a"},
		{"000-14 two rings with a way between them", []cmdb.Relation{rel("a", runsOn, "b"), rel("b", runsOn, "a"), rel("b", runsOn, "c"), rel("c", runsOn, "d"), rel("d", runsOn, "c")}, "cycle cycle ok cycle cycle", "it is part of a ring: c -> d -> c"},
		{"000-14 a ring through two types is none", []cmdb.Relation{rel("a", runsOn, "b"), rel("b", contains, "a")}, "ok ok", ""},
		{"000-14 what need not be a tree", []cmdb.Relation{rel("a", "Connects to::Connected by", "b"), rel("b", "Connects to::Connected by", "a")}, "ok ok", ""},
		{"000-14 a broken one makes no ring", []cmdb.Relation{rel("a", runsOn, "gone"), rel("gone", runsOn, "a")}, "dangling dangling", "the parent gone is not there"},
	} {
		t.Run(c.name, func(t *testing.T) {
			results := cmdb.Relations{}.Check(c.relations, there)
			var got []string
			for i, r := range results {
				if r.Relation != c.relations[i] || (r.Problem == "") != (r.Detail == "") {
					t.Errorf("got %+v", r)
				}
				problem := string(r.Problem)
				if problem == "" {
					problem = "ok"
				}
				got = append(got, problem)
			}
			if strings.Join(got, " ") != c.want || results[len(results)-1].Detail != c.detail {
				t.Errorf("got %v, %q", got, results[len(results)-1].Detail)
			}
		})
	}
	t.Run("000-14 without a function all are there", func(t *testing.T) {
		if r := (cmdb.Relations{}).Check([]cmdb.Relation{rel("gone", runsOn, "b")}, nil); r[0].Problem != "" {
			t.Errorf("got %+v", r)
		}
	})
}

func TestRelationChanges(t *testing.T) {
	have := []cmdb.RelationRecord{
		{ID: "r1", Relation: cmdb.Relation{Parent: "a", Child: "b", Type: runsOn}},
		{ID: "r2", Relation: cmdb.Relation{Parent: "a", Child: "b", Type: runsOn}},
		{ID: "r3", Relation: cmdb.Relation{Parent: "b", Child: "a", Type: peers}},
		{ID: "r4", Relation: cmdb.Relation{Parent: "a", Child: "b", Type: contains}},
	}
	want := []cmdb.Relation{
		{Parent: "c", Child: "b", Type: runsOn},
		{Parent: "a", Child: "b", Type: peers},
		{Parent: "c", Child: "b", Type: runsOn},
		{Parent: "a", Child: "b", Type: runsOn},
	}
	var r cmdb.Relations
	t.Run("000-14 what is missing, what is too much, what is twice", func(t *testing.T) {
		c := r.Changes(have, want)
		if len(c.Add) != 1 || c.Add[0] != want[0] || len(c.Remove) != 2 || c.Remove[0].ID != "r2" || c.Remove[1].ID != "r4" || c.Kept != 2 {
			t.Errorf("got %+v", c)
		}
	})
	t.Run("000-14 the second time nothing", func(t *testing.T) {
		var after []cmdb.RelationRecord
		for i, w := range want {
			after = append(after, cmdb.RelationRecord{ID: fmt.Sprint(i), Relation: w})
		}
		after = append(after[:2], after[3])
		if c := r.Changes(after, want); len(c.Add)+len(c.Remove) != 0 || c.Kept != 3 {
			t.Errorf("got %+v", c)
		}
	})
}

// What Check lets pass has no ring, what it names as a ring is one, and the order of
// the relations does not matter.
func TestRelationCheckRandom(t *testing.T) {
	for seed := range uint64(1000) {
		random := rand.New(rand.NewPCG(seed, 14))
		var relations []cmdb.Relation
		for range random.IntN(14) {
			relations = append(relations, cmdb.Relation{Parent: fmt.Sprint(random.IntN(8)), Child: fmt.Sprint(random.IntN(8)), Type: runsOn})
		}
		answers := func() map[cmdb.Relation]string {
			m := map[cmdb.Relation]string{}
			for _, r := range (cmdb.Relations{}).Check(relations, nil) {
				if r.Problem != cmdb.RelationTwice {
					m[r.Relation] = string(r.Problem) + r.Detail
				}
			}
			return m
		}
		first := answers()
		random.Shuffle(len(relations), func(i, j int) { relations[i], relations[j] = relations[j], relations[i] })
		if again := answers(); !reflect.DeepEqual(first, again) {
			t.Fatalf("000-14 seed %d: %v, then %v", seed, first, again)
		}
		below := map[string]map[string]bool{}
		for _, r := range relations {
			if below[r.Parent] == nil {
				below[r.Parent] = map[string]bool{}
			}
			below[r.Parent][r.Child] = r.Parent != r.Child
		}
		reaches := func(from, to string) bool {
			seen := map[string]bool{}
			for queue := []string{from}; len(queue) > 0; queue = queue[1:] {
				if queue[0] == to {
					return true
				}
				for child, counts := range below[queue[0]] {
					if counts && !seen[child] {
						seen[child] = true
						queue = append(queue, child)
					}
				}
			}
			return false
		}
		for r, answer := range first {
			if r.Parent == r.Child {
				continue
			}
			if inRing := reaches(r.Child, r.Parent); inRing != strings.HasPrefix(answer, string(cmdb.RelationCycle)) {
				t.Fatalf("000-14 seed %d: %v is in a ring: %v, got %q", seed, r, inRing, answer)
			}
		}
	}
}

// A chain of many relations takes no stack and little time.
func TestRelationCheckLarge(t *testing.T) {
	const n = 50_000
	relations := make([]cmdb.Relation, n)
	for i := range relations {
		relations[i] = cmdb.Relation{Parent: fmt.Sprint("ci", i), Child: fmt.Sprint("ci", i+1), Type: runsOn}
	}
	for _, r := range (cmdb.Relations{}).Check(relations, nil) {
		if r.Problem != "" {
			t.Fatalf("000-14 got %+v", r)
		}
	}
}

func ExampleRelations_Say() {
	var relations cmdb.Relations
	r, err := relations.Say("host-3", "Runs", "web-1")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s (%s)\n", r, r.Type)
	// Output: web-1 Runs on host-3 (Runs on::Runs)
}

func ExampleRelations_Check() {
	results := cmdb.Relations{}.Check([]cmdb.Relation{
		{Parent: "web-1", Child: "host-3", Type: "Runs on::Runs"},
		{Parent: "host-3", Child: "web-1", Type: "Runs on::Runs"},
	}, nil)
	fmt.Println(results[0].Problem, results[0].Detail)
	// Output: cycle it is part of a ring: host-3 -> web-1 -> host-3
}

// The changes of relations go into a plan together with those of the CIs.
func ExampleRelations_Changes() {
	var relations cmdb.Relations
	have := []cmdb.RelationRecord{{ID: "r1", Relation: cmdb.Relation{Parent: "web-1", Child: "host-2", Type: "Runs on::Runs"}}}
	want := []cmdb.Relation{{Parent: "web-1", Child: "host-3", Type: "Runs on::Runs"}}
	changes := relations.Changes(have, want)

	sysIDs := map[string]string{"web-1": "a1", "host-2": "b2"} // host-3 is created
	plan := reconcile.NewBuilder("netbox.example.com", "acme.service-now.com")
	ends := func(r cmdb.Relation) []reconcile.End {
		return []reconcile.End{
			{Field: cmdb.ColumnParent, Operation: "ci:" + r.Parent, Target: sysIDs[r.Parent]},
			{Field: cmdb.ColumnChild, Operation: "ci:" + r.Child, Target: sysIDs[r.Child]},
		}
	}
	for i, r := range changes.Add {
		plan.Relate(reconcile.Relation{
			ID: fmt.Sprint("add:", i), Kind: reconcile.Create, Type: "relation", Class: cmdb.RelationTable, Name: r.String(), Ends: ends(r),
			Changes: []reconcile.Change{{Field: cmdb.ColumnRelation, To: reconcile.Text(r.Type)}},
		})
	}
	for i, r := range changes.Remove {
		plan.Relate(reconcile.Relation{
			ID: fmt.Sprint("remove:", i), Kind: reconcile.Delete, Type: "relation", Class: cmdb.RelationTable, Target: r.ID, Name: r.String(), Ends: ends(r.Relation),
		})
	}
	plan.Add(reconcile.Operation{
		ID: "ci:host-3", Kind: reconcile.Create, Type: "ci", Class: "cmdb_ci_server", Name: "host-3",
		Changes: []reconcile.Change{{Field: "name", To: reconcile.Text("host-3")}},
	})
	p, err := plan.Build()
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, op := range p.Operations {
		fmt.Println(op.Kind, op.Name)
	}
	// Output:
	// create host-3
	// create web-1 Runs on host-3
	// delete web-1 Runs on host-2
}
