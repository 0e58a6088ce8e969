package reconcile_test

import (
	"testing"
	"time"

	"github.com/itsmkit/itsmkit/sync/reconcile"
)

func TestForms(t *testing.T) {
	null := reconcile.Null()
	for _, tc := range []struct {
		name string
		form reconcile.Form
		a, b reconcile.Value
		same bool
	}{
		{"exact", reconcile.Exact, text("a"), text("a"), true},
		{"exact case", reconcile.Exact, text("a"), text("A"), false},
		{"exact empty", reconcile.Exact, text(""), null, false},
		{"empty is null", reconcile.EmptyIsNull, text(""), null, true},
		{"empty is not absent", reconcile.EmptyIsNull, text(""), reconcile.Absent(), false},
		{"space is not empty", reconcile.EmptyIsNull, text(" "), null, false},
		{"trim", reconcile.Trimmed, text(" a\t"), text("a"), true},
		{"trim inside", reconcile.Trimmed, text("a b"), text("ab"), false},
		{"fold", reconcile.Folded, text("Straße K"), text("STRAßE \u212a"), true},
		{"fold other", reconcile.Folded, text("a"), text("b"), false},
		{"boolean", reconcile.Boolean, text("1"), text(" True"), true},
		{"boolean yes", reconcile.Boolean, text("YES"), text("on"), true},
		{"boolean no", reconcile.Boolean, text("0"), text("off"), true},
		{"boolean both", reconcile.Boolean, text("0"), text("1"), false},
		{"boolean empty is not false", reconcile.Boolean, text(""), text("false"), false},
		{"boolean other", reconcile.Boolean, text("2"), text("1"), false},
		{"set", reconcile.Set(","), text("b, a,b,"), text("a,b"), true},
		{"set default", reconcile.Set(""), text("b,a"), text("a,b"), true},
		{"set members", reconcile.Set(","), text("a,b"), text("a"), false},
		{"set separator", reconcile.Set(";"), text("a;b"), text("b;a"), true},
		{"set empty", reconcile.Set(","), text(","), text(""), true},
		{"decimal zeros", reconcile.Decimal, text("007.10"), text("+7.1"), true},
		{"decimal exponent", reconcile.Decimal, text("7.1e2"), text("710"), true},
		{"decimal small", reconcile.Decimal, text("71e-4"), text(".0071"), true},
		{"decimal minus zero", reconcile.Decimal, text("-0.0"), text("0"), true},
		{"decimal sign", reconcile.Decimal, text("-1"), text("1"), false},
		{"decimal beyond float", reconcile.Decimal, text("9007199254740993"), text("9007199254740992"), false},
		{"decimal huge exponent", reconcile.Decimal, text("1e999999999"), text("1e999999998"), false},
		{"decimal no exponent", reconcile.Decimal, text("1ex"), text("1"), false},
		{"decimal exponent alone", reconcile.Decimal, text("1e"), text("1"), false},
		{"decimal largest exponent", reconcile.Decimal, text("1e64"), text("10e63"), true},
		{"decimal no number", reconcile.Decimal, text("."), text("0"), false},
		{"decimal empty", reconcile.Decimal, text(""), text("0"), false},
		{"moment", reconcile.Moment(time.Second), text("2026-01-02 03:04:05"), text("2026-01-02T05:04:05.9+02:00"), true},
		{"moment next second", reconcile.Moment(time.Second), text("2026-01-02 03:04:05"), text("2026-01-02T03:04:06Z"), false},
		{"moment nanoseconds", reconcile.Moment(0), text("2026-01-02T03:04:05.000000001Z"), text("2026-01-02T03:04:05Z"), false},
		{"moment date", reconcile.Moment(24 * time.Hour), text("2026-01-02"), text("2026-01-02 23:59:59"), true},
		{"moment no time", reconcile.Moment(time.Second), text("soon"), text("later"), false},
		{"forms", reconcile.Forms(reconcile.Trimmed, nil, reconcile.EmptyIsNull), text("  "), null, true},
	} {
		field := reconcile.Field{Name: "f", Form: tc.form}
		if field.Same(tc.a, tc.b) != tc.same || field.Same(tc.b, tc.a) != tc.same {
			t.Errorf("%s: %v and %v: same is %v", tc.name, tc.a, tc.b, !tc.same)
		}
	}
}

var allForms = []reconcile.Form{
	reconcile.Exact, reconcile.EmptyIsNull, reconcile.Trimmed, reconcile.Folded, reconcile.Boolean,
	reconcile.Decimal, reconcile.Set(","), reconcile.Moment(time.Second),
}

// A form is total, stable under being applied twice, and leaves absent alone.
func FuzzForms(f *testing.F) {
	for _, s := range []string{"", " ", "true", "1e3", "-0.10", "a,b", "2026-01-02 03:04:05", "\xff", "ſK", "1e-64", "."} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for i, form := range allForms {
			if v := form(reconcile.Absent()); !v.IsAbsent() {
				t.Errorf("form %d makes %v of absent", i, v)
			}
			once := form(text(s))
			if twice := form(once); twice != once {
				t.Errorf("form %d: %q gives %v, then %v", i, s, once, twice)
			}
			if len(once.Text()) > 4*len(s)+200 {
				t.Errorf("form %d makes %d bytes of %d", i, len(once.Text()), len(s))
			}
		}
	})
}
