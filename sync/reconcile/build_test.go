package reconcile_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/sync/reconcile"
)

func build(t *testing.T, operations ...reconcile.Operation) *reconcile.Plan {
	t.Helper()
	b := reconcile.NewBuilder("netbox", "acme")
	for _, op := range operations {
		b.Add(op)
	}
	plan, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// create is a create of "type:n" that needs others.
func create(id string, needs ...string) reconcile.Operation {
	typ, _, _ := strings.Cut(id, ":")
	return reconcile.Operation{
		ID: id, Kind: reconcile.Create, Type: typ, Target: "t-" + id, Name: id, Needs: needs,
		Changes: []reconcile.Change{{Field: "name", To: text(id)}},
	}
}

func update(id string, needs ...string) reconcile.Operation {
	op := create(id, needs...)
	op.Kind = reconcile.Update
	op.Changes = []reconcile.Change{{Field: "name", From: text("old"), To: text(id)}}
	return op
}

func remove(id string, needs ...string) reconcile.Operation {
	op := create(id, needs...)
	op.Kind = reconcile.Delete
	op.Changes = []reconcile.Change{{Field: "name", From: text("old")}}
	return op
}

// outline is each operation's kind, ID and code, in order.
func outline(p *reconcile.Plan) []string {
	var lines []string
	for _, op := range p.Operations {
		lines = append(lines, strings.TrimSpace(fmt.Sprint(op.Kind, " ", op.ID, " ", op.Code)))
	}
	return lines
}

// The order follows from the needs; types and numbers settle the rest.
func TestBuildOrder(t *testing.T) {
	operations := []reconcile.Operation{
		create("device:10", "type:1", "site:1"), create("device:9", "type:1", "site:1"),
		create("region:2", "region:1"), create("region:1"), create("site:1", "region:2"),
		create("maker:1"), create("type:1", "maker:1"), update("site:7"),
		remove("site:8"), remove("device:8", "site:8"), remove("device:80", "site:8"),
		{ID: "device:3", Kind: reconcile.Skip, Type: "device", Code: "not-tagged"},
		{ID: "device:4", Kind: reconcile.Blocked, Type: "device", Code: "no-class"},
	}
	want := []string{
		"create region:1", "update site:7", "create maker:1",
		"create region:2", "create type:1",
		"create site:1",
		"create device:9", "create device:10",
		"delete device:8", "delete device:80", "delete site:8",
		"skip device:3 not-tagged", "blocked device:4 no-class",
	}
	random := rand.New(rand.NewPCG(1, 21))
	digest := ""
	for range 50 {
		random.Shuffle(len(operations), func(i, j int) { operations[i], operations[j] = operations[j], operations[i] })
		b := reconcile.NewBuilder("netbox", "acme")
		b.Types("region", "site", "location", "maker", "type", "device")
		for _, op := range operations {
			b.Add(op)
		}
		plan, err := b.Build()
		if err != nil {
			t.Fatal(err)
		}
		equalLines(t, outline(plan), want)
		if digest == "" {
			digest = plan.Digest
		}
		if plan.Digest != digest {
			t.Fatal("the digest depends on the order in which operations were added")
		}
	}
}

func reasonOf(t *testing.T, p *reconcile.Plan, id string) string {
	t.Helper()
	op, there := p.Operation(id)
	if !there {
		t.Fatalf("no operation %s", id)
	}
	return op.Reason
}

func TestBuildBlocks(t *testing.T) {
	skip := reconcile.Operation{ID: "x:1", Kind: reconcile.Skip, Type: "x", Code: "off"}
	other := create("a:2")
	other.Target = "t-a:1"
	follow := update("a:2", "a:1")
	follow.Target = "t-a:1"
	reported := reconcile.Operation{ID: "a:9", Kind: reconcile.Blocked, Type: "a", Target: "t-a:1", Code: reconcile.CodeAmbiguous}
	twice := create("a:1")
	twice.Name = "another"
	ref := create("a:1")
	ref.Changes = append(ref.Changes, reconcile.Change{Field: "parent", Ref: "gone:1"})
	for _, tc := range []struct {
		name   string
		ops    []reconcile.Operation
		want   []string
		reason map[string]string
	}{
		{"001-21 cycle", []reconcile.Operation{create("l:1", "l:3"), create("l:2", "l:1"), create("l:3", "l:2"), create("d:1", "l:2"), create("d:2")},
			[]string{"create d:2", "blocked d:1 needs-blocked", "blocked l:1 cycle", "blocked l:2 cycle", "blocked l:3 cycle"},
			map[string]string{"l:2": "needs itself: l:1 -> l:3 -> l:2 -> l:1", "d:1": "needs l:2, which is blocked (cycle)"}},
		{"self", []reconcile.Operation{create("l:1", "l:1")}, []string{"blocked l:1 cycle"},
			map[string]string{"l:1": "needs itself: l:1 -> l:1"}},
		{"dangling", []reconcile.Operation{create("d:1", "l:1"), create("d:2", "d:1")},
			[]string{"blocked d:1 dangling", "blocked d:2 needs-blocked"},
			map[string]string{"d:1": "needs l:1, which is not in the plan"}},
		{"dangling reference", []reconcile.Operation{ref}, []string{"blocked a:1 dangling"}, nil},
		{"skipped parent", []reconcile.Operation{skip, create("a:1", "x:1")},
			[]string{"skip x:1 off", "blocked a:1 needs-blocked"},
			map[string]string{"a:1": "needs x:1, which is skipped (off)"}},
		{"one record, two writers", []reconcile.Operation{create("a:1"), other, create("b:1", "a:2")},
			[]string{"blocked a:1 ambiguous", "blocked a:2 ambiguous", "blocked b:1 needs-blocked"},
			map[string]string{"a:1": "several operations want to write a t-a:1: a:1, a:2"}},
		{"one record, written in two steps", []reconcile.Operation{follow, create("a:1")}, []string{"create a:1", "update a:2"}, nil},
		{"one record, one writer already blocked", []reconcile.Operation{create("a:1"), reported},
			[]string{"blocked a:1 ambiguous", "blocked a:9 ambiguous"}, nil},
		{"one ID twice", []reconcile.Operation{create("a:1"), twice}, []string{"blocked a:1 duplicate-id"},
			map[string]string{"a:1": "2 operations were given the ID a:1"}},
		{"removals may point out of the plan", []reconcile.Operation{remove("a:1", "gone:1")}, []string{"delete a:1"}, nil},
		{"a write cannot wait for a removal", []reconcile.Operation{remove("a:1"), create("b:1", "a:1")},
			[]string{"delete a:1", "blocked b:1 needs-blocked"}, nil},
		{"a removal can wait for a write", []reconcile.Operation{remove("a:1", "b:1"), update("b:1")},
			[]string{"update b:1", "delete a:1"}, nil},
		{"a blocked removal keeps what it refers to", []reconcile.Operation{remove("x:1"), remove("x:2", "x:1"), remove("x:2", "x:1"), remove("x:3")},
			[]string{"delete x:3", "blocked x:1 needs-blocked", "blocked x:2 duplicate-id"}, nil},
		{"removal cycle", []reconcile.Operation{remove("a:1", "a:2"), remove("a:2", "a:1")},
			[]string{"blocked a:1 cycle", "blocked a:2 cycle"}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			plan := build(t, tc.ops...)
			equalLines(t, outline(plan), tc.want)
			for id, reason := range tc.reason {
				if got := reasonOf(t, plan, id); got != reason {
					t.Errorf("reason of %s: %q, want %q", id, got, reason)
				}
			}
			slices.Reverse(tc.ops)
			if again := build(t, tc.ops...); again.Digest != plan.Digest {
				t.Error("the plan depends on the order in which operations were added")
			}
		})
	}
}

func TestBuildKeepsWhatWasWanted(t *testing.T) {
	plan := build(t, create("d:1", "gone:1"))
	if op := plan.Operations[0]; op.Wanted != reconcile.Create || len(op.Changes) != 1 {
		t.Errorf("%+v", op)
	}
}

func TestBuildLongCycle(t *testing.T) {
	var ops []reconcile.Operation
	const n = 20_000
	for i := range n {
		ops = append(ops, create(fmt.Sprint("l:", i), fmt.Sprint("l:", (i+1)%n)))
	}
	plan := build(t, ops...)
	if total := plan.Total(); total.Blocked != n {
		t.Errorf("%+v", total)
	}
	if reason := plan.Operations[0].Reason; len(reason) > 200 || !strings.HasSuffix(reason, "-> ... -> l:0") {
		t.Errorf("reason: %s", reason)
	}
}

// decision 9: an incomplete scan removes nothing, and nothing else is held up.
func TestBuildIncomplete(t *testing.T) {
	b := reconcile.NewBuilder("netbox", "acme")
	retire := update("d:2")
	retire.Kind = reconcile.Retire
	for _, op := range []reconcile.Operation{create("d:1"), remove("d:3"), retire} {
		b.Add(op)
	}
	b.Incomplete("page 37 is missing")
	plan, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	equalLines(t, outline(plan), []string{"create d:1", "blocked d:2 incomplete-scan", "blocked d:3 incomplete-scan"})
	if got := reasonOf(t, plan, "d:3"); got != "a scan was incomplete: page 37 is missing" {
		t.Error(got)
	}
}

// decision 21: an update that changes nothing is no update.
func TestBuildDropsIdleUpdates(t *testing.T) {
	idle := update("r:1")
	idle.Changes = nil
	child := create("s:1", "r:1")
	child.Changes = append(child.Changes, reconcile.Change{Field: "region", Ref: "r:1"})
	plan := build(t, idle, child)
	equalLines(t, outline(plan), []string{"create s:1"})
	op := plan.Operations[0]
	if len(op.Needs) != 0 || op.Changes[1] != (reconcile.Change{Field: "region", To: text("t-r:1")}) {
		t.Errorf("%v", op)
	}
	if child.Changes[1].Ref == "" {
		t.Error("the caller's operation was changed")
	}
	if total := plan.Total(); total.Unchanged != 1 || total.Update != 0 {
		t.Errorf("%+v", total)
	}
}

func TestBuildRefusesMistakes(t *testing.T) {
	for want, op := range map[string]reconcile.Operation{
		"no ID":            {Kind: reconcile.Create, Type: "d"},
		"no Type":          {ID: "d:1", Kind: reconcile.Create},
		"unknown Kind":     {ID: "d:1", Kind: "upsert", Type: "d"},
		"unknown Wanted":   {ID: "d:1", Kind: reconcile.Blocked, Wanted: "x", Type: "d"},
		"no Target":        {ID: "d:1", Kind: reconcile.Update, Type: "d"},
		"without a Field":  {ID: "d:1", Kind: reconcile.Create, Type: "d", Changes: []reconcile.Change{{To: text("x")}}},
		"nothing to write": {ID: "d:1", Kind: reconcile.Create, Type: "d", Changes: []reconcile.Change{{Field: "x"}}},
	} {
		b := reconcile.NewBuilder("a", "b")
		b.Add(op)
		if _, err := b.Build(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want an error with %q, got %v", want, err)
		}
	}
	if _, err := reconcile.NewBuilder("", "b").Build(); err == nil {
		t.Error("a plan without a source was built")
	}
}

func TestPlanCounts(t *testing.T) {
	b := reconcile.NewBuilder("netbox", "acme")
	server, router := create("device:1"), create("device:2")
	server.Class, router.Class = "cmdb_ci_server", "cmdb_ci_ip_router"
	b.Add(server)
	b.Add(router)
	b.Add(update("site:1"))
	b.Unchanged("device", "cmdb_ci_server", 40)
	b.Unchanged("device", "cmdb_ci_server", 2)
	b.Records("device", "cmdb_ci_server", 43)
	plan, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	want := []reconcile.Count{
		{Type: "device", Class: "cmdb_ci_ip_router", Create: 1},
		{Type: "device", Class: "cmdb_ci_server", Create: 1, Unchanged: 42},
		{Type: "site", Update: 1},
	}
	if got := plan.Counts(); !slices.Equal(got, want) {
		t.Errorf("counts %+v, want %+v", got, want)
	}
	if plan.Total().Writes() != 3 || plan.Empty() {
		t.Errorf("total %+v", plan.Total())
	}
	if empty := build(t); !empty.Empty() || len(empty.Operations) != 0 {
		t.Error("a plan without operations is not empty")
	}
}

// 001-21: on random graphs with cycles, no operation that is to be written stands
// before what it needs, and exactly those are blocked that reach a cycle.
func TestBuildRandomGraphs(t *testing.T) {
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 2))
		n := 1 + random.IntN(40)
		needs := make([][]int, n)
		var ops []reconcile.Operation
		for i := range n {
			var ids []string
			for range random.IntN(3) {
				j := random.IntN(n)
				if random.IntN(12) > 0 && i > 0 {
					j = random.IntN(i)
				} else if i == 0 && random.IntN(4) > 0 {
					continue
				}
				needs[i] = append(needs[i], j)
				ids = append(ids, fmt.Sprint("n:", j))
			}
			ops = append(ops, create(fmt.Sprint("n:", i), ids...))
		}
		random.Shuffle(n, func(i, j int) { ops[i], ops[j] = ops[j], ops[i] })
		plan := build(t, ops...)
		place := map[string]int{}
		for i, op := range plan.Operations {
			place[op.ID] = i
		}
		reach := closure(needs)
		for i := range n {
			stuck := reach[i][i]
			for j := range n {
				stuck = stuck || reach[i][j] && reach[j][j]
			}
			op, _ := plan.Operation(fmt.Sprint("n:", i))
			if (op.Kind == reconcile.Blocked) != stuck || (op.Code == reconcile.CodeCycle) != reach[i][i] {
				t.Fatalf("seed %d: n:%d is %s %s, stuck is %v", seed, i, op.Kind, op.Code, stuck)
			}
			for _, j := range needs[i] {
				if !stuck && place[op.ID] < place[fmt.Sprint("n:", j)] {
					t.Fatalf("seed %d: n:%d stands before n:%d, which it needs", seed, i, j)
				}
			}
		}
	}
}

// closure says which node reaches which in one step or more.
func closure(edges [][]int) [][]bool {
	reach := make([][]bool, len(edges))
	for i := range reach {
		reach[i] = make([]bool, len(edges))
		for _, j := range edges[i] {
			reach[i][j] = true
		}
	}
	for k := range reach {
		for i := range reach {
			for j := range reach {
				reach[i][j] = reach[i][j] || reach[i][k] && reach[k][j]
			}
		}
	}
	return reach
}
