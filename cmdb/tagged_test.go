package cmdb_test

import (
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/itsmkit/itsmkit/cmdb"
)

// graph is devices by number; the ids in untagged carry no tag.
type graph struct {
	needs    map[int64][]int64
	untagged map[int64]bool
	asked    map[int64]int
}

func node(id int64) cmdb.Object { return cmdb.Object{Type: cmdb.TypeDevice, ID: id} }

func (g *graph) facts(o cmdb.Object) (cmdb.TagFacts, bool) {
	if g.asked == nil {
		g.asked = make(map[int64]int)
	}
	g.asked[o.ID]++
	needs, there := g.needs[o.ID]
	facts := cmdb.TagFacts{Tagged: !g.untagged[o.ID]}
	for _, n := range needs {
		facts.Needs = append(facts.Needs, node(n))
	}
	return facts, there
}

func TestTagCheck(t *testing.T) {
	chain := map[int64][]int64{1: {2}, 2: {3}, 3: nil}
	diamond := map[int64][]int64{1: {2, 3}, 2: {4}, 3: {4}, 4: nil}
	cycle := map[int64][]int64{1: {2}, 2: {3}, 3: {1, 4}, 4: nil}
	for _, c := range []struct {
		name     string
		needs    map[int64][]int64
		untagged int64
		reason   cmdb.TagReason
		path     []int64
		detail   string
	}{
		{"001-30 all tagged", chain, 0, "", nil, "device:1 and all that it needs are tagged"},
		{"001-30 the object itself", chain, 1, "not-tagged", []int64{1}, "device:1 is not tagged"},
		{"001-30 what it needs", chain, 2, "dependency-not-tagged", []int64{1, 2}, "device:2 is not tagged: device:1 needs device:2"},
		{"001-30 transitively", chain, 3, "dependency-not-tagged", []int64{1, 2, 3}, "device:3 is not tagged: device:1 needs device:2 needs device:3"},
		{"001-30 diamond", diamond, 0, "", nil, "device:1 and all that it needs are tagged"},
		{"001-30 diamond, by the first way", diamond, 4, "dependency-not-tagged", []int64{1, 2, 4}, "device:4 is not tagged: device:1 needs device:2 needs device:4"},
		{"001-30 cycle", cycle, 0, "", nil, "device:1 and all that it needs are tagged"},
		{"001-30 behind a cycle", cycle, 4, "dependency-not-tagged", []int64{1, 2, 3, 4}, "device:4 is not tagged: device:1 needs device:2 needs device:3 needs device:4"},
		{"001-30 it is not there", nil, 0, "unknown", []int64{1}, "device:1 is not there"},
		{"001-30 what it needs is not there", map[int64][]int64{1: {9}}, 0, "dependency-unknown", []int64{1, 9}, "device:9 is not there: device:1 needs device:9"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := graph{needs: c.needs, untagged: map[int64]bool{c.untagged: true}}
			want := cmdb.TagResult{Valid: c.reason == "", Reason: c.reason, Detail: c.detail}
			for _, id := range c.path {
				want.Path = append(want.Path, node(id))
			}
			if diff := cmp.Diff(want, cmdb.NewTagCheck(g.facts).Check(node(1))); diff != "" {
				t.Error(diff)
			}
		})
	}
	t.Run("001-30 the path names types", func(t *testing.T) {
		region, site := cmdb.Object{Type: cmdb.TypeRegion, ID: 1}, cmdb.Object{Type: cmdb.TypeSite, ID: 3}
		got := cmdb.NewTagCheck(func(o cmdb.Object) (cmdb.TagFacts, bool) {
			switch o {
			case site:
				return cmdb.TagFacts{Tagged: true, Needs: []cmdb.Object{region}}, true
			case region:
				return cmdb.TagFacts{}, true
			}
			return cmdb.TagFacts{Tagged: true, Needs: []cmdb.Object{site}}, true
		}).Check(node(7))
		if got.Detail != "region:1 is not tagged: device:7 needs site:3 needs region:1" {
			t.Errorf("got %q", got.Detail)
		}
	})
	t.Run("001-30 shared objects are looked at once", func(t *testing.T) {
		g := graph{needs: map[int64][]int64{0: nil}}
		for id := int64(1); id <= 1000; id++ {
			g.needs[id] = []int64{0}
		}
		check := cmdb.NewTagCheck(g.facts)
		for id := int64(1); id <= 1000; id++ {
			if got := check.Check(node(id)); !got.Valid {
				t.Fatalf("got %+v", got)
			}
		}
		if g.asked[0] != 1 {
			t.Errorf("asked %d times", g.asked[0])
		}
	})
	t.Run("001-30 without a graph nothing is there", func(t *testing.T) {
		if got := cmdb.NewTagCheck(nil).Check(node(1)); got.Valid || got.Reason != cmdb.UnknownObject {
			t.Errorf("got %+v", got)
		}
	})
}

func TestTagCheckRandom(t *testing.T) {
	t.Run("001-30 random graphs, in any order", func(t *testing.T) {
		r := rand.New(rand.NewPCG(1, 30))
		for range 300 {
			g := graph{needs: make(map[int64][]int64), untagged: map[int64]bool{r.Int64N(12): true}}
			for id := range int64(12) {
				g.needs[id] = nil
				for range r.IntN(4) {
					g.needs[id] = append(g.needs[id], r.Int64N(12))
				}
			}
			shared := cmdb.NewTagCheck(g.facts)
			for _, id := range r.Perm(12) {
				got := shared.Check(node(int64(id)))
				if want := g.allTagged(int64(id), map[int64]bool{}); got.Valid != want {
					t.Fatalf("001-30 %v, untagged %v: device %d gives %+v", g.needs, g.untagged, id, got)
				}
				if diff := cmp.Diff(cmdb.NewTagCheck(g.facts).Check(node(int64(id))), got); diff != "" {
					t.Fatalf("001-30 what was asked before shows: %s", diff)
				}
			}
		}
	})
}

func (g *graph) allTagged(id int64, seen map[int64]bool) bool {
	if seen[id] {
		return true
	}
	seen[id] = true
	for _, n := range g.needs[id] {
		if !g.allTagged(n, seen) {
			return false
		}
	}
	return !g.untagged[id]
}
