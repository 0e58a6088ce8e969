package cmdb_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/itsmkit/itsmkit/cmdb"
)

// records answers a Lookup: for each rule's name the ids by their values,
// joined by "|".
type records map[string]map[string][]string

func (r records) find(rule cmdb.Rule, values []string) []string {
	return r[rule.Name][strings.Join(values, "|")]
}

// values are a device's facts, from pairs such as "serial=S1". Every device
// here is NetBox device 7.
func values(pairs ...string) map[string]string {
	short := map[string]string{"serial": "serial_number", "type": "serial_number_type", "name": "name", "id": "nb_id"}
	all := map[string]string{"nb_class": "device"}
	for _, p := range pairs {
		key, value, _ := strings.Cut(p, "=")
		all[short[key]] = value
	}
	return all
}

func TestIdentify(t *testing.T) {
	cmdbRecords := records{
		"serial number and type": {"S1|chassis": {"typed"}},
		"serial number":          {"S1": {"A"}, "S2": {"B", "C", "B", ""}, "N/A": {"P"}, "": {"never"}},
		"NetBox id":              {"device|7": {"L"}, "device|8": {"A"}, "device|9": {"L", "M"}},
		"name":                   {"sw1": {"N"}, "a b": {"spaced"}},
	}
	one := func(id, rule string) cmdb.Match {
		return cmdb.Match{Outcome: cmdb.MatchOne, ID: id, Rule: rule, Detail: `rule "` + rule + `" finds ` + id}
	}
	for _, c := range []struct {
		name   string
		values map[string]string
		want   cmdb.Match
	}{
		{"001-34 the lowest number first", values("serial=S1", "type=chassis", "name=sw1"), one("typed", "serial number and type")},
		{"001-35 a rule needs all its values", values("serial=S1", "name=sw1"), one("A", "serial number")},
		{"001-34 a rule that finds nothing passes on", values("serial=S9", "name=sw1"), one("N", "name")},
		{"001-34 the NetBox id comes before the name", values("serial=S9", "id=7", "name=sw1"), one("L", "NetBox id")},
		{"001-35 an empty serial number never matches", values("serial= ", "name=sw1"), one("N", "name")},
		{"001-35 space around does not count", values("name=  a b "), one("spaced", "name")},
		{"001-34 nothing", values("serial=S9"), cmdb.Match{Outcome: "none", Detail: "no rule finds a record"}},
		{"001-34 no values", nil, cmdb.Match{Outcome: "none", Detail: "no rule finds a record"}},
		{"001-34 several", values("serial=S2", "name=sw1"), cmdb.Match{Outcome: "ambiguous", Rule: "serial number", Candidates: []string{"B", "C"}, Detail: `rule "serial number" finds 2 records: B, C`}},
		{"001-34 serial number against NetBox id", values("serial=S1", "id=7"), cmdb.Match{Outcome: "one", ID: "A", Rule: "serial number", Twins: []string{"L"}, Detail: `rule "serial number" finds A, although rule "NetBox id" finds L`}},
		{"001-34 serial number and NetBox id agree", values("serial=S1", "id=8"), one("A", "serial number")},
		{"001-34 a doubtful NetBox id is no contradiction", values("serial=S1", "id=9"), one("A", "serial number")},
		{"001-35 placeholders count unless ignored", values("serial=N/A"), one("P", "serial number")},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, cmdb.Identifier{}.Identify(c.values, cmdbRecords.find)); diff != "" {
				t.Error(diff)
			}
		})
	}
	t.Run("001-35 ignored placeholders", func(t *testing.T) {
		d := cmdb.Identifier{IgnoreValue: cmdb.PlaceholderSerial}
		if got := d.Identify(values("serial=N/A", "name=sw1"), cmdbRecords.find); got.ID != "N" {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("001-34 the first filled rule decides when asked", func(t *testing.T) {
		d := cmdb.Identifier{FirstFilled: true}
		want := cmdb.Match{Outcome: "none", Detail: `rule "serial number" is the first with values and finds nothing`}
		if diff := cmp.Diff(want, d.Identify(values("serial=S9", "name=sw1"), cmdbRecords.find)); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("001-34 nothing to look in", func(t *testing.T) {
		if got := (cmdb.Identifier{FirstFilled: true}).Identify(values("serial=S1"), nil); got.Outcome != "none" {
			t.Errorf("got %+v", got)
		}
	})
}

func TestIdentifyAllowNull(t *testing.T) {
	var asked [][]string
	find := func(_ cmdb.Rule, values []string) []string {
		asked = append(asked, slices.Clone(values))
		return nil
	}
	rule := cmdb.Rule{Name: "pair", Fields: []string{"a", "b"}}
	for _, c := range []struct {
		name      string
		allowNull bool
		values    map[string]string
		want      [][]string
	}{
		{"001-35 all", false, map[string]string{"a": "1", "b": "2"}, [][]string{{"1", "2"}}},
		{"001-35 one is missing", false, map[string]string{"a": "1"}, nil},
		{"001-35 one is missing and may be", true, map[string]string{"b": "2"}, [][]string{{"", "2"}}},
		{"001-35 one at least", true, map[string]string{"a": " "}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			asked = nil
			rule.AllowNull = c.allowNull
			cmdb.Identifier{Rules: []cmdb.Rule{rule}}.Identify(c.values, find)
			if diff := cmp.Diff(c.want, asked); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestIdentifyEqualPriorities(t *testing.T) {
	t.Run("001-34 in any order", func(t *testing.T) {
		rules := []cmdb.Rule{
			{Name: "a", Priority: 1, Fields: []string{"x"}}, {Name: "b", Priority: 1, Fields: []string{"x"}},
			{Name: "b", Priority: 1, Table: "t", Fields: []string{"x"}}, {Name: "b", Priority: 1, Table: "t", Fields: []string{"y"}},
			{Name: "first", Priority: 0, Fields: []string{"x"}},
		}
		r := rand.New(rand.NewPCG(1, 34))
		for range 50 {
			r.Shuffle(len(rules), func(i, j int) { rules[i], rules[j] = rules[j], rules[i] })
			before := slices.Clone(rules)
			var tried []string
			cmdb.Identifier{Rules: rules}.Identify(map[string]string{"x": "1", "y": "1"}, func(rule cmdb.Rule, _ []string) []string {
				tried = append(tried, rule.Name+rule.Table+rule.Fields[0])
				return nil
			})
			if want := []string{"firstx", "ax", "bx", "btx", "bty"}; !slices.Equal(tried, want) {
				t.Fatalf("001-34 tried %v", tried)
			}
			if diff := cmp.Diff(before, rules); diff != "" {
				t.Fatalf("001-34 the caller's rules were sorted: %s", diff)
			}
		}
	})
}

func TestIdentifierValidate(t *testing.T) {
	for want, d := range map[string]cmdb.Identifier{
		"":                            {Rules: cmdb.HardwareRules()},
		`Rules[1] (rule "bad")`:       {Rules: []cmdb.Rule{{Name: "good", Fields: []string{"a"}}, {Name: "bad"}}},
		`Rules[0] (rule "empty")`:     {Rules: []cmdb.Rule{{Name: "empty", Fields: []string{"a", ""}}}},
		"OnMismatch is 3":             {OnMismatch: 3},
		"Identifier.OnMismatch is -1": {OnMismatch: -1},
	} {
		t.Run("001-34 "+want, func(t *testing.T) {
			if err := d.Validate(); (err != nil) != (want != "") || err != nil && !strings.Contains(err.Error(), want) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func FuzzIdentify(f *testing.F) {
	f.Add("S1", "sw1", "A,B", "A", uint8(0))
	f.Add(" ", "", "", "", uint8(7))
	f.Fuzz(func(t *testing.T, serial, name, found, links string, options uint8) {
		d := cmdb.Identifier{OnMismatch: cmdb.MismatchPolicy(options % 4), FirstFilled: options&4 > 0}
		facts := map[string]string{"serial_number": serial, "name": name, "nb_class": "device", "nb_id": "7"}
		find := func(cmdb.Rule, []string) []string { return strings.Split(found, ",") }
		source := cmdb.Source{ID: "7", Values: facts, Links: strings.Split(links, ",")}
		linkOf := func(id string) string { return id[len(id)/2:] }
		for _, m := range []cmdb.Match{d.Identify(facts, find), d.Match(source, find, linkOf), d.Match(source, nil, nil)} {
			one := m.Outcome == cmdb.MatchOne
			open := m.Outcome == cmdb.MatchAmbiguous || m.Outcome == cmdb.MatchMismatch
			if one == (m.ID == "") || open == (len(m.Candidates) == 0) || m.Detail == "" || !one && !open && m.Outcome != cmdb.MatchNone {
				t.Errorf("001-34 got %+v", m)
			}
			if !slices.IsSorted(m.Twins) || !slices.IsSorted(m.Candidates) || slices.Contains(m.Twins, m.ID) || slices.Contains(m.Candidates, "") {
				t.Errorf("001-34 got %+v", m)
			}
		}
	})
}
