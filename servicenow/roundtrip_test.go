package servicenow_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

// formula is a condition and what it means.
type formula struct {
	where servicenow.Condition
	holds func(name string, rank int) bool
}

func randomFormula(random *rand.Rand, depth int) formula {
	if depth > 0 && random.IntN(3) > 0 {
		parts := make([]formula, 1+random.IntN(3))
		conditions := make([]servicenow.Condition, len(parts))
		for i := range parts {
			parts[i] = randomFormula(random, depth-1)
			conditions[i] = parts[i].where
		}
		every := func(name string, rank int) bool {
			return !slices.ContainsFunc(parts, func(f formula) bool { return !f.holds(name, rank) })
		}
		some := func(name string, rank int) bool {
			return slices.ContainsFunc(parts, func(f formula) bool { return f.holds(name, rank) })
		}
		switch random.IntN(3) {
		case 0:
			return formula{servicenow.And(conditions...), every}
		case 1:
			return formula{servicenow.Or(conditions...), some}
		}
		return formula{servicenow.AnyOf(conditions...), some}
	}
	n := random.IntN(6)
	name := []string{"", "a", "A^b", "x,y", "=z", "^NQu_rank=1"}[n]
	switch random.IntN(8) {
	case 0:
		return formula{servicenow.Eq("u_rank", n), func(_ string, rank int) bool { return rank == n }}
	case 1:
		return formula{servicenow.NotEq("u_rank", n), func(_ string, rank int) bool { return rank != n }}
	case 2:
		return formula{servicenow.In("u_rank", n, 2), func(_ string, rank int) bool { return rank == n || rank == 2 }}
	case 3:
		return formula{servicenow.LessEq("u_rank", n), func(_ string, rank int) bool { return rank <= n }}
	case 4:
		return formula{servicenow.Between("u_rank", 1, n+1), func(_ string, rank int) bool { return rank >= 1 && rank <= n+1 }}
	case 5:
		return formula{servicenow.NotEq("u_name", name), func(one string, _ int) bool { return !strings.EqualFold(one, name) }}
	case 6:
		return formula{servicenow.In("u_name", name, "a"), func(one string, _ int) bool { return strings.EqualFold(one, name) || strings.EqualFold(one, "a") }}
	}
	return formula{servicenow.Eq("u_name", name), func(one string, _ int) bool { return strings.EqualFold(one, name) }}
}

// Whatever And, Or and AnyOf are nested into, the server finds the rows for which
// the formula holds, although the encoded query knows three levels only.
func TestConditionsMeanWhatTheySay(t *testing.T) {
	server, client := start(t, things)
	type one struct {
		name string
		rank int
	}
	rows := map[string]one{}
	for _, name := range []string{"", "a", "A^b", "x,y", "=z", "^NQu_rank=1"} {
		for rank := range 6 {
			id, err := server.Insert("u_thing", servicenowtest.Row{"u_name": name, "u_rank": fmt.Sprint(rank)})
			if err != nil {
				t.Fatal(err)
			}
			rows[id] = one{name, rank}
		}
	}
	table := servicenow.TableOf[thingRow](client, "u_thing")
	random := rand.New(rand.NewPCG(1, 2))
	tried := 0
	for range rounds(400) {
		f := randomFormula(random, 3)
		text, err := f.where.Encode()
		if err != nil {
			if !strings.Contains(err.Error(), "^NQ branches") {
				t.Fatal(err)
			}
			continue
		}
		tried++
		want := 0
		for _, row := range rows {
			if f.holds(row.name, row.rank) {
				want++
			}
		}
		got := 0
		for row, err := range table.All(t.Context(), servicenow.Query{Where: f.where, PageSize: 7}) {
			if err != nil {
				t.Fatal(err)
			}
			if one := rows[row.ID]; !f.holds(one.name, one.rank) {
				t.Fatalf("%s finds %+v", text, one)
			}
			got++
		}
		if got != want {
			t.Fatalf("%s finds %d rows, want %d", text, got, want)
		}
		// Read back by the server's parser and taken as Raw, it is the same query.
		if again, err := servicenow.Raw(text).Encode(); err != nil || again != text {
			t.Fatalf("%q is read as %q, %v", text, again, err)
		}
	}
	if tried < rounds(300) {
		t.Errorf("only %d conditions could be written", tried)
	}
}
