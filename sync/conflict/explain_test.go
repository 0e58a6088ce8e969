package conflict_test

import (
	"testing"

	"github.com/itsmkit/itsmkit/mapping"
	"github.com/itsmkit/itsmkit/sync/conflict"
)

func TestExplain(t *testing.T) {
	set := mapping.IncidentFields()
	inbound, err := mapping.NewFields(
		mapping.Field{Name: "team", Read: mapping.Path{Columns: []string{"assignment_group"}}, Direction: mapping.Outbound},
		mapping.Field{Name: "rank", Read: mapping.Path{Columns: []string{"state"}, Via: []mapping.Codec{mapping.Through("m", mapping.IncidentStatus())}}},
	)
	if err != nil {
		t.Fatal(err)
	}
	advisory := conflict.Rules{Ownership: conflict.Advisory}
	review := func(rules conflict.Rules) conflict.Rules {
		rules.Strategy = conflict.ManualReview
		return rules
	}
	payload := func(column, v string) mapping.Record { return mapping.Record{column: text(v)} }
	other := func(field, v string) conflict.State {
		return conflict.State{Values: mapping.Record{field: text(v)}, Changed: ms(0)}
	}
	for _, c := range []struct {
		name   string
		q      conflict.Question
		flows  bool
		rule   conflict.Rule
		passed int
	}{
		{"002-25 no field map has it", conflict.Question{Field: "mood", Map: set, Payload: payload("mood", "x")}, false, conflict.RuleUnmappedField, 0},
		{"002-25 it is a journal", conflict.Question{Field: "work_notes", Map: set, Payload: payload("work_notes", "x")}, false, conflict.RuleJournal, 1},
		{"002-25 it does not flow this way", conflict.Question{Field: "team", Map: inbound, Payload: payload("assignment_group", "x")}, false, conflict.RuleDirection, 1},
		{"002-25 the other side owns it", conflict.Question{Field: "title", Map: set, Payload: payload("short_description", "new"),
			Base: mapping.Record{"title": text("old")}, Other: other("title", "old")}, false, conflict.RuleOwner, 2},
		{"002-25 the other side owns it, and it is not in the payload", conflict.Question{Field: "title", Map: set, Base: mapping.Record{"title": text("old")}}, false, conflict.RuleOwner, 2},
		{"002-25 the other side owns it, edits outside the window", conflict.Question{Field: "title", Map: set, Payload: payload("short_description", "new"), PayloadAt: ms(9000),
			Base: mapping.Record{"title": text("old")}, Other: other("title", "newer")}, false, conflict.RuleOwner, 2},
		{"002-25 it is not in the payload", conflict.Question{Field: "assigned_to", Map: set, Base: mapping.Record{"assigned_to": text("x")}}, false, conflict.RuleAbsent, 3},
		{"002-25 it is not in the platform's payload", conflict.Question{Field: "title", From: mapping.Platform, Map: set}, false, conflict.RuleAbsent, 3},
		{"002-25 a table does not have its value", conflict.Question{Field: "rank", Map: inbound, Payload: payload("state", "8")}, false, conflict.RuleUnmappedValue, 4},
		{"002-25 a table does not have the platform's value", conflict.Question{Field: "rank", From: mapping.Platform, Map: inbound, Payload: payload("rank", "paused")}, false, conflict.RuleUnmappedValue, 4},
		{"002-25 its value did not change", conflict.Question{Field: "assigned_to", Map: set, Payload: payload("assigned_to", "x"), Base: mapping.Record{"assigned_to": text("x")}}, false, conflict.RuleUnchanged, 4},
		{"002-25 only the other side changed it", conflict.Question{Field: "assigned_to", Map: set, Payload: payload("assigned_to", "x"),
			Base: mapping.Record{"assigned_to": text("x")}, Other: other("assigned_to", "y"), Rules: advisory}, false, conflict.RuleUnchanged, 4},
		{"002-25 both say the same", conflict.Question{Field: "assigned_to", Map: set, Payload: payload("assigned_to", "y"),
			Base: mapping.Record{"assigned_to": text("x")}, Other: other("assigned_to", "y")}, false, conflict.RuleEqual, 4},
		{"002-25 it is under review", conflict.Question{Field: "title", Map: set, Payload: payload("short_description", "new"),
			Base: mapping.Record{"title": text("old")}, Other: other("title", "newer"), Rules: review(conflict.Rules{})}, false, conflict.RuleManual, 4},
		{"002-25 it lost the conflict", conflict.Question{Field: "title", Map: set, Payload: payload("short_description", "new"), PayloadAt: ms(-1),
			Base: mapping.Record{"title": text("old")}, Other: other("title", "newer")}, false, conflict.RuleLastWrite, 4},
		{"002-25 it was the earlier edit", conflict.Question{Field: "assigned_to", From: mapping.Platform, Map: set, Payload: payload("assigned_to", "p"), PayloadAt: ms(-9000),
			Base: mapping.Record{"assigned_to": text("x")}, Other: other("assigned_to", "y"), Rules: advisory}, false, conflict.RuleLater, 4},
		{"002-25 rules that know another direction", conflict.Question{Field: "assigned_to", Map: set, Payload: payload("assigned_to", "y"), Base: mapping.Record{"assigned_to": text("x")},
			Rules: conflict.Rules{Fields: []conflict.Field{{Name: "assigned_to", Direction: mapping.Outbound}}}}, false, conflict.RuleDirection, 4},
		{"002-25 it flows", conflict.Question{Field: "assigned_to", Map: set, Payload: payload("assigned_to", "y"), Base: mapping.Record{"assigned_to": text("x")}}, true, conflict.RuleChanged, 3},
		{"002-25 it flows from the platform", conflict.Question{Field: "status", From: mapping.Platform, Map: set, Payload: payload("status", "open"), Base: mapping.Record{"status": text("closed")}}, true, conflict.RuleChanged, 3},
		{"002-25 it fills what the owner never had", conflict.Question{Field: "title", Map: set, Payload: payload("short_description", "new")}, true, conflict.RuleInitial, 3},
		{"002-25 it won the conflict", conflict.Question{Field: "title", Map: set, Payload: payload("short_description", "new"), PayloadAt: ms(1),
			Base: mapping.Record{"title": text("old")}, Other: other("title", "newer")}, true, conflict.RuleLastWrite, 3},
		{"002-25 rules without the field", conflict.Question{Field: "title", Map: set, Payload: payload("short_description", "new"), Base: mapping.Record{"title": text("old")},
			Rules: conflict.Rules{Fields: []conflict.Field{{Name: "x"}}}}, true, conflict.RuleChanged, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := conflict.Explain(c.q)
			if got.Flows != c.flows || got.Rule != c.rule || len(got.Passed) != c.passed || got.Reason == "" || got.Field != c.q.Field {
				t.Errorf("got %+v", got)
			}
		})
	}
}
