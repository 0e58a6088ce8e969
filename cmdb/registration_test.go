package cmdb_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/itsmkit/itsmkit/cmdb"
)

func TestRegistration(t *testing.T) {
	all, err := cmdb.NewClasses()
	if err != nil {
		t.Fatal(err)
	}
	other := cmdb.Class{Table: "cmdb_ci_printer", Label: "Printer"}
	relabelled := cmdb.DefaultClasses()
	relabelled[1].Label = "Host"
	defaults := cmdb.DefaultClasses()
	for _, c := range []struct {
		name    string
		choices []cmdb.Class
		want    cmdb.Registration
	}{
		{"001-06 no choices yet: six and three", nil, cmdb.Registration{Register: [][]cmdb.Class{defaults[:6], defaults[6:]}}},
		{"001-06 all are there", defaults, cmdb.Registration{}},
		{"001-06 one is missing", defaults[1:], cmdb.Registration{Register: [][]cmdb.Class{defaults[:1]}}},
		{"001-06 one has another label", relabelled, cmdb.Registration{Register: [][]cmdb.Class{defaults[1:2]}}},
		{"001-06 one is too many, though twice", append([]cmdb.Class{other, other}, defaults...), cmdb.Registration{Deregister: [][]cmdb.Class{{other}}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := all.Registration(c.choices)
			if !reflect.DeepEqual(got, c.want) || got.Empty() != reflect.DeepEqual(c.want, cmdb.Registration{}) {
				t.Errorf("got %v", got)
			}
		})
	}
	t.Run("001-06 seven to take away are two calls", func(t *testing.T) {
		var none cmdb.Classes
		if got := none.Registration(defaults[:7]); len(got.Deregister) != 2 || len(got.Deregister[0]) != 6 || len(got.Register) != 0 {
			t.Errorf("got %v", got)
		}
	})
}

// Whatever the choices are, once the registration is carried out nothing is left.
func TestRegistrationRandom(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 106))
		pick := func() (list []cmdb.Class) {
			for range 1 + r.IntN(20) {
				n := r.IntN(15)
				list = append(list, cmdb.Class{Table: fmt.Sprint("class_", n), Label: fmt.Sprint("L", n)})
			}
			return list
		}
		wanted, err := cmdb.NewClasses(pick()...)
		if err != nil {
			t.Fatal(err)
		}
		choices := map[string]cmdb.Class{}
		var list []cmdb.Class
		for _, c := range pick() {
			choices[c.Table] = c
			list = append(list, c)
		}
		plan := wanted.Registration(list)
		for _, batch := range slices.Concat(plan.Register, plan.Deregister) {
			if len(batch) > cmdb.RegistrationBatch {
				t.Fatalf("001-06 seed %d: %d at a time", seed, len(batch))
			}
		}
		for _, c := range slices.Concat(plan.Register...) {
			choices[c.Table] = c
		}
		for _, c := range slices.Concat(plan.Deregister...) {
			delete(choices, c.Table)
		}
		var after []cmdb.Class
		for _, c := range choices {
			after = append(after, c)
		}
		if again := wanted.Registration(after); !again.Empty() {
			t.Fatalf("001-06 seed %d: left %v", seed, again)
		}
	}
}
