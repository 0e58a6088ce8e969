package reconcile_test

import (
	"encoding/json"
	"testing"

	"github.com/itsmkit/itsmkit/sync/reconcile"
)

var threeStates = map[string]reconcile.Value{
	"absent": {},
	"null":   reconcile.Null(),
	"empty":  reconcile.Text(""),
}

func TestValueStates(t *testing.T) {
	for name, a := range threeStates {
		for other, b := range threeStates {
			if (a == b) != (name == other) {
				t.Errorf("%s == %s is %v", name, other, a == b)
			}
		}
	}
	if reconcile.Absent() != (reconcile.Value{}) || !reconcile.Absent().IsAbsent() {
		t.Error("the zero Value is not absent")
	}
	if v := reconcile.Null(); !v.IsNull() || v.IsText() || v.Text() != "" {
		t.Errorf("Null() = %v", v)
	}
	if v := reconcile.Text("a"); !v.IsText() || v.IsNull() || v.Text() != "a" {
		t.Errorf("Text(a) = %v", v)
	}
}

func TestValueJSON(t *testing.T) {
	type record struct {
		V reconcile.Value `json:"v,omitzero"`
	}
	for want, v := range map[string]reconcile.Value{
		`{}`:           {},
		`{"v":null}`:   reconcile.Null(),
		`{"v":""}`:     reconcile.Text(""),
		`{"v":"null"}`: reconcile.Text("null"),
	} {
		got, err := json.Marshal(record{v})
		if err != nil || string(got) != want {
			t.Errorf("Marshal(%v) = %s, %v; want %s", v, got, err, want)
		}
		var back record
		if err := json.Unmarshal([]byte(want), &back); err != nil || back.V != v {
			t.Errorf("Unmarshal(%s) = %v, %v; want %v", want, back.V, err, v)
		}
	}
	for _, bad := range []string{`1`, `true`, `[]`, `{}`, `{"digest":""}`, `{"other":"x"}`} {
		var v reconcile.Value
		if err := json.Unmarshal([]byte(bad), &v); err == nil {
			t.Errorf("Unmarshal(%s) = %v, want an error", bad, v)
		}
	}
}

// Nothing that the source leaves unsaid is a change; null and empty are two things.
func TestCompareNineCases(t *testing.T) {
	changed := map[[2]string]bool{
		{"absent", "null"}: true, {"absent", "empty"}: true,
		{"null", "empty"}: true, {"empty", "null"}: true,
	}
	for from, have := range threeStates {
		for to, want := range threeStates {
			changes := reconcile.Compare([]reconcile.Field{{Name: "f"}},
				func(string) reconcile.Value { return have },
				func(string) reconcile.Value { return want })
			if (len(changes) == 1) != changed[[2]string{from, to}] {
				t.Errorf("%s -> %s: %v", from, to, changes)
			}
			for _, c := range changes {
				if c.Field != "f" || c.From != have || c.To != want {
					t.Errorf("%s -> %s: %+v", from, to, c)
				}
			}
		}
	}
}

func TestCompareKeepsGivenValuesAndOrder(t *testing.T) {
	fields := []reconcile.Field{
		{Name: "name", Form: reconcile.Folded},
		{Name: "active", Form: reconcile.Boolean},
		{Name: "cost", Form: reconcile.Decimal},
		{Name: "token", Masked: true},
	}
	from := values{"name": text("Core"), "active": text("1"), "cost": text("10.5"), "token": text("a")}
	to := values{"name": text("CORE"), "active": text("False"), "cost": text("010.50"), "token": text("b")}
	changes := reconcile.Compare(fields, from.get, to.get)
	if len(changes) != 2 || changes[0].Field != "active" || changes[0].To != text("False") || !changes[1].Masked {
		t.Fatalf("changes = %v", changes)
	}
	sum := func(v values) uint64 { return reconcile.NewDigest(1).Fields(fields[:1], v.get).Sum() }
	if sum(from) != sum(to) {
		t.Error("records that compare equal have different digests")
	}
}

// values is a record of the tests.
type values map[string]reconcile.Value

func (v values) get(field string) reconcile.Value { return v[field] }

func text(s string) reconcile.Value { return reconcile.Text(s) }
