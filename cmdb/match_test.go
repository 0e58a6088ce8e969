package cmdb_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/itsmkit/itsmkit/cmdb"
)

// In these tests the CMDB holds L, linked to the source 7, O, linked to another
// source, and A and B without a link.
func linkOf(id string) string { return map[string]string{"L": "7", "O": "8"}[id] }

func TestMatchLinked(t *testing.T) {
	cmdbRecords := records{
		"serial number and type": {"SL|x": {"L"}, "S2|x": {"A", "B"}},
		"serial number":          {"SL": {"L"}, "SA": {"A"}, "S2": {"L", "A"}, "S3": {"A", "B"}, "SO": {"O"}},
		"name":                   {"a": {"A"}},
	}
	linked := cmdb.Match{Outcome: "one", ID: "L", Linked: true, Detail: "L is linked"}
	with := func(detail string, twins ...string) cmdb.Match {
		m := linked
		m.Twins, m.Detail = twins, "L is linked; "+detail
		return m
	}
	ruleA := cmdb.Match{Outcome: "one", ID: "A", Rule: "serial number", Twins: []string{"L"}, Detail: `rule "serial number" finds A, although L is linked`}
	for _, c := range []struct {
		name   string
		d      cmdb.Identifier
		values map[string]string
		want   cmdb.Match
	}{
		{"001-34 a live link decides", cmdb.Identifier{}, values(), linked},
		{"001-34 a rule agrees", cmdb.Identifier{}, values("serial=SL"), linked},
		{"001-34 a rule finds nothing", cmdb.Identifier{}, values("serial=S9"), linked},
		{"001-34 a rule after the link is not asked", cmdb.Identifier{}, values("name=a"), linked},
		{"001-34 a rule finds exactly one other", cmdb.Identifier{}, values("serial=SA"), cmdb.Match{Outcome: "mismatch", Rule: "serial number", Candidates: []string{"A", "L"}, Detail: `L is linked, but rule "serial number" finds A`}},
		{"001-34 the other is linked elsewhere", cmdb.Identifier{}, values("serial=SO"), cmdb.Match{Outcome: "mismatch", Rule: "serial number", Candidates: []string{"L", "O"}, Detail: `L is linked, but rule "serial number" finds O`}},
		{"001-34 follow the link", cmdb.Identifier{OnMismatch: cmdb.FollowLink}, values("serial=SA"), with(`rule "serial number" also finds A`, "A")},
		{"001-34 follow the rule", cmdb.Identifier{OnMismatch: cmdb.FollowRule}, values("serial=SA"), ruleA},
		{"001-34 a duplicated serial number with the linked record", cmdb.Identifier{}, values("serial=S2"), with(`rule "serial number" also finds A`, "A")},
		{"001-34 a duplicated serial number without it", cmdb.Identifier{}, values("serial=S3"), with(`rule "serial number" also finds A, B`, "A", "B")},
		{"001-34 following the rule needs exactly one", cmdb.Identifier{OnMismatch: cmdb.FollowRule}, values("serial=S3"), with(`rule "serial number" also finds A, B`, "A", "B")},
		{"001-34 the first rule that finds something speaks", cmdb.Identifier{}, values("serial=S2", "type=x"), with(`rule "serial number and type" also finds A, B; rule "serial number" also finds A`, "A", "B")},
		{"001-34 equal priority does not contradict", cmdb.Identifier{Rules: []cmdb.Rule{
			{Name: "a", Priority: 1, Fields: []string{"name"}}, {Name: "b", Priority: 1, Fields: []string{"nb_id"}, Link: true},
		}}, values("name=a"), linked},
		{"001-34 without a link rule nothing contradicts", cmdb.Identifier{Rules: cmdb.HardwareRules()[:2]}, values("serial=SA"), linked},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := c.d.Match(cmdb.Source{ID: "7", Values: c.values, Links: []string{"L", "L"}}, cmdbRecords.find, linkOf)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	t.Run("001-34 several links", func(t *testing.T) {
		got := cmdb.Identifier{}.Match(cmdb.Source{ID: "7", Links: []string{"M", "L"}}, cmdbRecords.find, linkOf)
		want := cmdb.Match{Outcome: "ambiguous", Candidates: []string{"L", "M"}, Detail: "the link finds 2 records: L, M"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("001-34 a name rule before the link does not take a linked record", func(t *testing.T) {
		d := cmdb.Identifier{Rules: []cmdb.Rule{
			{Name: "name", Priority: 1, Fields: []string{"name"}, OnlyUnlinked: true}, {Name: "id", Priority: 2, Fields: []string{"nb_id"}, Link: true},
		}, OnMismatch: cmdb.FollowRule}
		got := d.Match(cmdb.Source{ID: "7", Values: values("name=o"), Links: []string{"L"}}, records{"name": {"o": {"O"}}}.find, linkOf)
		if diff := cmp.Diff(linked, got); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("001-34 the first filled rule is the only one to contradict when asked", func(t *testing.T) {
		d := cmdb.Identifier{FirstFilled: true}
		got := d.Match(cmdb.Source{ID: "7", Values: values("serial=SA", "type=x"), Links: []string{"L"}}, cmdbRecords.find, linkOf)
		if diff := cmp.Diff(with(`rule "serial number" also finds A`, "A"), got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestMatchUnlinked(t *testing.T) {
	cmdbRecords := records{
		"serial number": {"SA": {"A"}, "SO": {"O"}, "S2": {"A", "O"}, "SL": {"L"}},
		"NetBox id":     {"device|7": {"dead"}},
		"name":          {"a": {"A"}, "o": {"O"}, "ab": {"A", "B"}, "ao": {"A", "O"}, "l": {"L"}},
	}
	one := func(id, rule string) cmdb.Match {
		return cmdb.Match{Outcome: "one", ID: id, Rule: rule, Detail: `rule "` + rule + `" finds ` + id}
	}
	none := "no link and no rule finds a record"
	for _, c := range []struct {
		name   string
		d      cmdb.Identifier
		values map[string]string
		want   cmdb.Match
	}{
		{"001-34 by serial number", cmdb.Identifier{}, values("serial=SA", "name=o"), one("A", "serial number")},
		{"001-34 by name", cmdb.Identifier{}, values("serial=S9", "name=a"), one("A", "name")},
		{"001-34 a link that is not live is not looked for again", cmdb.Identifier{}, values("id=7"), cmdb.Match{Outcome: "none", Detail: none}},
		{"001-34 a duplicated serial number", cmdb.Identifier{}, values("serial=S2"), cmdb.Match{Outcome: "ambiguous", Rule: "serial number", Candidates: []string{"A", "O"}, Detail: `rule "serial number" finds 2 records: A, O`}},
		{"001-34 a serial number of another link", cmdb.Identifier{}, values("serial=SO", "name=a"), cmdb.Match{Outcome: "mismatch", Rule: "serial number", Candidates: []string{"O"}, Detail: `rule "serial number" finds O, which is linked to another id`}},
		{"001-34 follow the link of another", cmdb.Identifier{OnMismatch: cmdb.FollowLink}, values("serial=SO"), cmdb.Match{Outcome: "none", Twins: []string{"O"}, Detail: none + `; rule "serial number" finds O, which is linked to another id`}},
		{"001-34 follow the link of another and find by name", cmdb.Identifier{OnMismatch: cmdb.FollowLink}, values("serial=SO", "name=a"), cmdb.Match{Outcome: "one", ID: "A", Rule: "name", Twins: []string{"O"}, Detail: `rule "name" finds A`}},
		{"001-34 follow the rule to a linked record", cmdb.Identifier{OnMismatch: cmdb.FollowRule}, values("serial=SO"), cmdb.Match{Outcome: "one", ID: "O", Rule: "serial number", Detail: `rule "serial number" finds O, although it is linked to another id`}},
		{"001-22 a name never takes a linked record", cmdb.Identifier{}, values("name=o"), cmdb.Match{Outcome: "none", Detail: none + `; rule "name" finds only records that are linked to other ids (1)`}},
		{"001-22 nor when the rule is to be followed", cmdb.Identifier{OnMismatch: cmdb.FollowRule}, values("name=o"), cmdb.Match{Outcome: "none", Detail: none + `; rule "name" finds only records that are linked to other ids (1)`}},
		{"001-22 two of the same name", cmdb.Identifier{Rules: cmdb.FoundationRules()}, values("name=ab"), cmdb.Match{Outcome: "ambiguous", Rule: "name", Candidates: []string{"A", "B"}, Detail: `rule "name" finds 2 records: A, B`}},
		{"001-22 one of two is linked", cmdb.Identifier{Rules: cmdb.FoundationRules()}, values("name=ao"), one("A", "name")},
		{"001-22 a record that names this source is its own", cmdb.Identifier{}, values("name=l"), one("L", "name")},
		{"001-34 the first filled rule decides when asked", cmdb.Identifier{FirstFilled: true}, values("serial=S9", "name=a"), cmdb.Match{Outcome: "none", Detail: none}},
		{"001-34 nothing", cmdb.Identifier{}, values(), cmdb.Match{Outcome: "none", Detail: none}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := c.d.Match(cmdb.Source{ID: "7", Values: c.values, Links: []string{""}}, cmdbRecords.find, linkOf)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	t.Run("001-34 without links every record is free", func(t *testing.T) {
		got := cmdb.Identifier{}.Match(cmdb.Source{ID: "7", Values: values("serial=SO")}, cmdbRecords.find, nil)
		if diff := cmp.Diff(one("O", "serial number"), got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestClaims(t *testing.T) {
	t.Run("001-34 two sources of one target are both told", func(t *testing.T) {
		var c cmdb.Claims
		answers := []bool{c.Add("9", "A"), c.Add("7", "A"), c.Add("7", "B"), c.Add("8", "A"), c.Add("7", "A"), c.Add("7", "B")}
		if want := []bool{false, true, false, true, true, false}; !slices.Equal(answers, want) {
			t.Errorf("got %v", answers)
		}
		if diff := cmp.Diff(map[string][]string{"A": {"7", "8", "9"}}, c.Shared()); diff != "" {
			t.Error(diff)
		}
		if got := c.Targets(); !slices.Equal(got, []string{"A"}) {
			t.Errorf("got %v", got)
		}
	})
	t.Run("001-34 no claims", func(t *testing.T) {
		var c cmdb.Claims
		if len(c.Shared()) != 0 || len(c.Targets()) != 0 {
			t.Error("not empty")
		}
	})
}
