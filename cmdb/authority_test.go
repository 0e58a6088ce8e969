package cmdb_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/itsmkit/itsmkit/cmdb"
)

// above are classes as an instance has them.
var above = map[string]string{
	"cmdb_ci_linux_server": "cmdb_ci_server", "cmdb_ci_server": "cmdb_ci_computer",
	"cmdb_ci_computer": "cmdb_ci_hardware", "cmdb_ci_hardware": "cmdb_ci",
}

func TestAuthority(t *testing.T) {
	const netbox, discovery, vendor = "NetBox", "ServiceNow", "Vendor"
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	rule := func(source, class string, priority int, attributes ...string) cmdb.AuthorityRule {
		return cmdb.AuthorityRule{Source: source, Class: class, Priority: priority, Attributes: attributes}
	}
	both := []cmdb.AuthorityRule{rule(netbox, "cmdb_ci_hardware", 100), rule(discovery, "cmdb_ci_hardware", 200)}
	serial := cmdb.AttributeWrite{Class: "cmdb_ci_server", Attribute: "serial_number", Source: discovery, Value: "B", Present: "A", Writer: netbox, Written: now.Add(-time.Hour), At: now}
	with := func(change func(*cmdb.AttributeWrite)) cmdb.AttributeWrite {
		w := serial
		change(&w)
		return w
	}
	fresh := func(after time.Duration, class string) []cmdb.RefreshRule {
		return []cmdb.RefreshRule{{Source: netbox, Class: class, After: after}}
	}
	for _, c := range []struct {
		name      string
		authority cmdb.Authority
		write     cmdb.AttributeWrite
		allowed   bool
		reason    cmdb.AuthorityReason
	}{
		{"001-36 no rules: everybody may write everything", cmdb.Authority{}, serial, true, "no-rule"},
		{"001-36 no rules: everybody may empty", cmdb.Authority{}, with(func(w *cmdb.AttributeWrite) { w.Value = "" }), true, "no-rule"},
		{"001-36 no rules: everybody may create", cmdb.Authority{}, with(func(w *cmdb.AttributeWrite) { w.Insert = true }), true, "insert"},
		{"001-36 a rule about another class", cmdb.Authority{Rules: []cmdb.AuthorityRule{rule(netbox, "cmdb_ci_printer", 1)}, Above: above}, serial, true, "no-rule"},
		{"001-36 a rule about another attribute", cmdb.Authority{Rules: []cmdb.AuthorityRule{rule(netbox, "", 1, "name")}, Above: above}, serial, true, "no-rule"},
		{"001-36 the weaker source is refused", cmdb.Authority{Rules: both, Above: above}, serial, false, "outranked"},
		{"001-36 the stronger source writes", cmdb.Authority{Rules: both, Above: above}, with(func(w *cmdb.AttributeWrite) { w.Source, w.Writer = netbox, discovery }), true, "stronger"},
		{"001-36 where higher numbers win it is the other way round", cmdb.Authority{Rules: both, Above: above, HigherWins: true}, serial, true, "stronger"},
		{"001-36 rules of a class above count", cmdb.Authority{Rules: both, Above: above}, with(func(w *cmdb.AttributeWrite) { w.Class = "cmdb_ci_linux_server" }), false, "outranked"},
		{"001-36 rules of a class below do not", cmdb.Authority{Rules: both, Above: above}, with(func(w *cmdb.AttributeWrite) { w.Class = "cmdb_ci" }), true, "no-rule"},
		{"001-36 without the classes above a rule counts for its own only", cmdb.Authority{Rules: both}, serial, true, "no-rule"},
		{"001-36 a rule for every class", cmdb.Authority{Rules: []cmdb.AuthorityRule{rule(netbox, "", 1)}}, serial, false, "outranked"},
		{"001-36 the class of the CI goes before one above it, whatever the number", cmdb.Authority{Rules: append([]cmdb.AuthorityRule{rule(discovery, "cmdb_ci_server", 900)}, both...), Above: above}, serial, true, "stronger"},
		{"001-36 a class goes before every class", cmdb.Authority{Rules: []cmdb.AuthorityRule{rule(netbox, "", 1), rule(discovery, "cmdb_ci_hardware", 900)}, Above: above}, serial, true, "stronger"},
		{"001-36 naming the attribute goes before all attributes, whatever class and number", cmdb.Authority{Rules: []cmdb.AuthorityRule{rule(discovery, "", 900, "serial_number"), rule(netbox, "cmdb_ci_server", 1)}, Above: above}, serial, true, "stronger"},
		{"001-36 a source without a rule comes last", cmdb.Authority{Rules: both, Above: above}, with(func(w *cmdb.AttributeWrite) { w.Source, w.Writer = vendor, discovery }), false, "outranked"},
		{"001-36 a source with a rule goes before one without", cmdb.Authority{Rules: both, Above: above}, with(func(w *cmdb.AttributeWrite) { w.Writer = vendor }), true, "stronger"},
		{"001-36 two sources without a rule rank alike", cmdb.Authority{Rules: both, Above: above}, with(func(w *cmdb.AttributeWrite) { w.Source, w.Writer = vendor, "Other" }), true, "equal"},
		{"001-36 two sources of one priority rank alike", cmdb.Authority{Rules: []cmdb.AuthorityRule{rule(netbox, "", 5), rule(discovery, "", 5)}}, serial, true, "equal"},
		{"001-36 nobody has written it", cmdb.Authority{Rules: both, Above: above}, with(func(w *cmdb.AttributeWrite) { w.Writer = "" }), true, "first"},
		{"001-36 it wrote it last itself", cmdb.Authority{Rules: both, Above: above}, with(func(w *cmdb.AttributeWrite) { w.Writer = discovery }), true, "own"},
		{"001-36 stale to the tick", cmdb.Authority{Rules: both, Above: above, Refresh: fresh(time.Hour, "")}, serial, true, "stale"},
		{"001-36 fresh to the tick", cmdb.Authority{Rules: both, Above: above, Refresh: fresh(time.Hour+1, "")}, serial, false, "outranked"},
		{"001-36 a duration of zero is always stale", cmdb.Authority{Rules: both, Above: above, Refresh: fresh(0, "")}, with(func(w *cmdb.AttributeWrite) { w.Written = now }), true, "stale"},
		{"001-36 the nearest class says how long", cmdb.Authority{Rules: both, Above: above, Refresh: append(fresh(0, ""), fresh(2*time.Hour, "cmdb_ci_server")...)}, serial, false, "outranked"},
		{"001-36 the nearest class says how long, in any order", cmdb.Authority{Rules: both, Above: above, Refresh: append(fresh(2*time.Hour, "cmdb_ci_server"), fresh(0, "")...)}, serial, false, "outranked"},
		{"001-36 of two for one class the shorter counts", cmdb.Authority{Rules: both, Above: above, Refresh: append(fresh(2*time.Hour, ""), fresh(time.Minute, "")...)}, serial, true, "stale"},
		{"001-36 an unknown age is not stale", cmdb.Authority{Rules: both, Above: above, Refresh: fresh(time.Minute, "")}, with(func(w *cmdb.AttributeWrite) { w.Written = time.Time{} }), false, "outranked"},
		{"001-36 the refresh rule of another source", cmdb.Authority{Rules: both, Above: above, Refresh: []cmdb.RefreshRule{{Source: vendor}}}, serial, false, "outranked"},
		{"001-36 no value never empties one", cmdb.Authority{Rules: both, Above: above}, with(func(w *cmdb.AttributeWrite) { w.Source, w.Value, w.Writer = netbox, "", netbox }), false, "keeps-text"},
		{"001-36 a source without a rule cannot empty", cmdb.Authority{Rules: both, Above: above}, with(func(w *cmdb.AttributeWrite) { w.Source, w.Value, w.Writer = vendor, "", vendor }), false, "keeps-text"},
		{"001-36 unless its rule says so", cmdb.Authority{Rules: []cmdb.AuthorityRule{{Source: netbox, MayEmpty: []string{"serial_number"}}}}, with(func(w *cmdb.AttributeWrite) { w.Source, w.Value = netbox, "" }), true, "own"},
		{"001-36 no value where none is", cmdb.Authority{Rules: both, Above: above}, with(func(w *cmdb.AttributeWrite) { w.Source, w.Value, w.Present = netbox, "", "" }), true, "own"},
		{"001-36 rules about attributes do not count for a new CI", cmdb.Authority{Rules: both, Above: above}, with(func(w *cmdb.AttributeWrite) { w.Insert = true }), true, "insert"},
		{"001-36 a source may not create", cmdb.Authority{NoInsert: []cmdb.InsertRule{{Source: discovery, Class: "cmdb_ci_hardware"}}, Above: above}, with(func(w *cmdb.AttributeWrite) { w.Insert = true }), false, "no-insert"},
		{"001-36 but may update", cmdb.Authority{NoInsert: []cmdb.InsertRule{{Source: discovery}}, Above: above}, serial, true, "no-rule"},
		{"001-36 others may create", cmdb.Authority{NoInsert: []cmdb.InsertRule{{Source: netbox}}, Above: above}, with(func(w *cmdb.AttributeWrite) { w.Insert = true }), true, "insert"},
		{"001-36 classes above one another end", cmdb.Authority{Rules: both, Above: map[string]string{"a": "b", "b": "a"}}, with(func(w *cmdb.AttributeWrite) { w.Class = "a" }), true, "no-rule"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := c.authority.Validate(); err != nil {
				t.Fatal(err)
			}
			got := c.authority.Judge(c.write)
			if got.Allowed != c.allowed || got.Reason != c.reason || got.Detail == "" {
				t.Errorf("got %+v, want %v %s", got, c.allowed, c.reason)
			}
		})
	}
}

func TestAuthorityValidate(t *testing.T) {
	for _, c := range []struct {
		name string
		a    cmdb.Authority
		want string
	}{
		{"a rule without a source", cmdb.Authority{Rules: []cmdb.AuthorityRule{{}}}, "Rules[0] has no Source"},
		{"an empty attribute", cmdb.Authority{Rules: []cmdb.AuthorityRule{{Source: "a", Attributes: []string{"name", ""}}}}, "Rules[0] (a) has an empty attribute"},
		{"a rule twice", cmdb.Authority{Rules: []cmdb.AuthorityRule{{Source: "a"}, {Source: "a", Priority: 7}}}, "Rules[1] says again what Rules[0]"},
		{"an attribute twice", cmdb.Authority{Rules: []cmdb.AuthorityRule{{Source: "a", Attributes: []string{"x", "x"}}}}, "Rules[0] says again what Rules[0]"},
		{"a negative age", cmdb.Authority{Refresh: []cmdb.RefreshRule{{Source: "a", After: -1}}}, "Refresh[0]"},
		{"a refresh rule without a source", cmdb.Authority{Refresh: []cmdb.RefreshRule{{}}}, "Refresh[0]"},
		{"an insert rule without a source", cmdb.Authority{NoInsert: []cmdb.InsertRule{{}}}, "NoInsert[0]"},
	} {
		t.Run("001-36 "+c.name, func(t *testing.T) {
			if err := c.a.Validate(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// Whatever the rules: their order does not matter, of two sources at least one may
// overwrite the other, and who may overwrite two in a row may do so at once.
func TestAuthorityRandom(t *testing.T) {
	classes := []string{"", "cmdb_ci", "cmdb_ci_hardware", "cmdb_ci_server", "cmdb_ci_linux_server"}
	for seed := range uint64(2000) {
		r := rand.New(rand.NewPCG(seed, 36))
		a := cmdb.Authority{Above: above, HigherWins: r.IntN(2) == 0}
		for range r.IntN(6) {
			rule := cmdb.AuthorityRule{Source: fmt.Sprint("s", r.IntN(3)), Class: classes[r.IntN(len(classes))], Priority: r.IntN(3)}
			if r.IntN(2) == 0 {
				rule.Attributes = []string{[]string{"name", "serial_number"}[r.IntN(2)]}
			}
			a.Rules = append(a.Rules, rule)
		}
		w := cmdb.AttributeWrite{Class: classes[1+r.IntN(4)], Attribute: "name", Value: "b", Present: "a"}
		judge := func(source, writer string) cmdb.AuthorityResult {
			w.Source, w.Writer = source, writer
			return a.Judge(w)
		}
		may := func(source, writer string) bool { return judge(source, writer).Allowed }
		for x := range 4 {
			for y := range 4 {
				sx, sy := fmt.Sprint("s", x), fmt.Sprint("s", y)
				first := judge(sx, sy)
				r.Shuffle(len(a.Rules), func(i, j int) { a.Rules[i], a.Rules[j] = a.Rules[j], a.Rules[i] })
				if again := judge(sx, sy); again != first {
					t.Fatalf("001-36 seed %d: the order of the rules matters: %+v, %+v", seed, first, again)
				}
				if !may(sx, sy) && !may(sy, sx) {
					t.Fatalf("001-36 seed %d: neither %s nor %s may write", seed, sx, sy)
				}
				for z := range 4 {
					if sz := fmt.Sprint("s", z); may(sx, sy) && may(sy, sz) && !may(sx, sz) {
						t.Fatalf("001-36 seed %d: %s, %s and %s go in a ring", seed, sx, sy, sz)
					}
				}
			}
		}
	}
}

func ExampleAuthority_Judge() {
	authority := cmdb.Authority{
		Above: map[string]string{"cmdb_ci_server": "cmdb_ci_hardware"},
		Rules: []cmdb.AuthorityRule{
			{Source: "NetBox", Class: "cmdb_ci_hardware", Priority: 100},
			{Source: "ServiceNow", Class: "cmdb_ci_hardware", Priority: 200},
			{Source: "ServiceNow", Class: "cmdb_ci_hardware", Attributes: []string{"serial_number"}, Priority: 200},
		},
	}
	for _, attribute := range []string{"name", "serial_number"} {
		r := authority.Judge(cmdb.AttributeWrite{Class: "cmdb_ci_server", Attribute: attribute, Source: "ServiceNow", Value: "new", Present: "old", Writer: "NetBox"})
		fmt.Println(r.Allowed, r.Detail)
	}
	// Output:
	// false NetBox goes before ServiceNow for name
	// true ServiceNow goes before NetBox for serial_number
}
