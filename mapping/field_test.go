package mapping_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/itsmkit/itsmkit/mapping"
	"github.com/itsmkit/itsmkit/sync/reconcile"
)

var text, null = reconcile.Text, reconcile.Null

// equal compares records; Values are comparable.
func equal(t *testing.T, got, want mapping.Record) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b reconcile.Value) bool { return a == b })); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func noted(notes []mapping.Note) string {
	var words []string
	for _, n := range notes {
		words = append(words, n.Field+":"+string(n.Code))
	}
	return strings.Join(words, " ")
}

func TestIncidentFields(t *testing.T) {
	set := mapping.IncidentFields()
	t.Run("002-06 the columns", func(t *testing.T) {
		got := set.Table("").Rows
		want := [][]string{
			{"title", "short_description", "short_description", "platform", "0", "both"},
			{"description", "description", "description", "platform", "0", "both"},
			{"severity", "priority via severity", "impact + urgency via priority-matrix via severity", "platform", "0", "both"},
			{"status", "state via incident-status", "state via incident-status", "platform", "0", "both"},
			{"assigned_to", "assigned_to", "assigned_to", "external", "0", "both"},
			{"work_notes", "work_notes", "work_notes (entry by entry)", "external", "0", "both"},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if _, err := mapping.NewFields(set.All()...); err != nil {
			t.Error(err)
		}
		columns := []string{"assigned_to", "description", "impact", "priority", "short_description", "state", "urgency", "work_notes"}
		if got := set.Columns(); !slices.Equal(got, columns) {
			t.Error(got)
		}
	})
	t.Run("002-07 default owners", func(t *testing.T) {
		type p = mapping.Pair[string, mapping.Owner]
		pairsOf(t, mapping.IncidentOwners(), p{"title", mapping.Platform}, p{"description", mapping.Platform}, p{"severity", mapping.Platform},
			p{"status", "platform"}, p{"assigned_to", mapping.External}, p{"work_notes", "external"})
	})
	t.Run("002-07 owners can be changed", func(t *testing.T) {
		changed, err := set.Owned("title", mapping.External, 5)
		if err != nil {
			t.Fatal(err)
		}
		f, _ := changed.Field("title")
		if g, _ := set.Field("title"); f.Owner != mapping.External || f.Priority != 5 || g.Owner != mapping.Platform {
			t.Error(f, g)
		}
		if _, err := set.Owned("nothing", mapping.Platform, 1); err == nil {
			t.Error("a field that is not mapped was given an owner")
		}
		if _, err := set.Owned("title", "nobody", 1); err == nil {
			t.Error("an unknown owner was accepted")
		}
	})
	t.Run("002-03 the documented payload needs no report", func(t *testing.T) {
		got := set.In(mapping.Record{
			"sys_id": text("a"), "number": text("INC1"), "short_description": text("Down"), "state": text("2"), "priority": text("2"),
			"impact": text("1"), "assigned_to": text("Beth"), "updated_on": text("x"), "sys_updated_on": text("x"), "sys_mod_count": text("4"),
		})
		equal(t, got.Values, mapping.Record{"title": text("Down"), "severity": text("sev2"), "status": text("open"), "assigned_to": text("Beth")})
		if got := noted(got.Notes); got != "description:absent work_notes:journal" {
			t.Error(got)
		}
	})
	t.Run("002-06 a column without a field is reported", func(t *testing.T) {
		got := set.In(mapping.Record{"state": text("1"), "u_shift": text("night"), "u_absent": reconcile.Absent()})
		if !strings.HasSuffix(noted(got.Notes), "work_notes:journal u_shift:unmapped-field") {
			t.Error(noted(got.Notes))
		}
	})
	t.Run("002-09 an unmapped state is reported and left out", func(t *testing.T) {
		got := set.In(mapping.Record{"state": text("8")})
		if len(got.Values) != 0 || !strings.Contains(noted(got.Notes), "status:unmapped-value") {
			t.Error(got)
		}
	})
	t.Run("002-06 null is a value, absent is none", func(t *testing.T) {
		equal(t, set.In(mapping.Record{"assigned_to": null(), "description": text("")}).Values, mapping.Record{"assigned_to": null(), "description": text("")})
		equal(t, set.Out(mapping.Record{"severity": null(), "title": reconcile.Absent()}, nil).Values, mapping.Record{"impact": null(), "urgency": null()})
	})
	t.Run("002-08 severity is written to impact and urgency", func(t *testing.T) {
		got := set.Out(mapping.Record{"severity": text("sev2"), "title": text("Down"), "colour": text("red")}, nil)
		equal(t, got.Values, mapping.Record{"impact": text("2"), "urgency": text("1"), "short_description": text("Down")})
		if !strings.HasSuffix(noted(got.Notes), "colour:unmapped-field") {
			t.Error(got.Notes)
		}
	})
	t.Run("002-08 impact and urgency that give the severity are kept", func(t *testing.T) {
		got := set.Out(mapping.Record{"severity": text("sev2")}, mapping.Record{"impact": text("1"), "urgency": text("2")})
		equal(t, got.Values, mapping.Record{"impact": text("1"), "urgency": text("2")})
		if !strings.Contains(noted(got.Notes), "severity:kept") {
			t.Error(got.Notes)
		}
		got = set.Out(mapping.Record{"severity": text("sev2")}, mapping.Record{"impact": text("3"), "urgency": text("3")})
		equal(t, got.Values, mapping.Record{"impact": text("2"), "urgency": text("1")})
	})
	t.Run("002-09 a state that means the status is kept", func(t *testing.T) {
		equal(t, set.Out(mapping.Record{"status": text("open")}, mapping.Record{"state": text("2")}).Values, mapping.Record{"state": text("2")})
		equal(t, set.Out(mapping.Record{"status": text("open")}, mapping.Record{"state": text("6")}).Values, mapping.Record{"state": text("1")})
		got := set.Out(mapping.Record{"status": text("paused")}, nil)
		if len(got.Values) != 0 || !strings.Contains(noted(got.Notes), "status:unmapped-value") {
			t.Error(got)
		}
	})
}

// Documents, logs and stores hold these words.
func TestWords(t *testing.T) {
	got := []string{
		string(mapping.ByTable), string(mapping.Kept), string(mapping.ByDefault), string(mapping.ByRule), string(mapping.Unmapped),
		string(mapping.Both), string(mapping.Inbound), string(mapping.Outbound), string(mapping.Neither),
		string(mapping.NoteUnmappedField), string(mapping.NoteUnmappedValue), string(mapping.NoteAbsent), string(mapping.NoteDirection),
		string(mapping.NoteJournal), string(mapping.NoteDefault), string(mapping.NoteKept),
	}
	want := []string{
		"table", "kept", "default", "rule", "", "", "inbound", "outbound", "none",
		"unmapped-field", "unmapped-value", "absent", "direction", "journal", "default", "kept",
	}
	if !slices.Equal(got, want) {
		t.Error(got)
	}
	notes := mapping.IncidentFields().Table("").Notes
	if !slices.Equal(notes, []string{"Not fields, and not reported: sys_id, number, sys_updated_on, sys_mod_count, updated_on."}) {
		t.Error(notes)
	}
}

func TestFieldDirections(t *testing.T) {
	for _, c := range []struct {
		direction mapping.Direction
		in, out   bool
	}{{mapping.Both, true, true}, {mapping.Inbound, true, false}, {mapping.Outbound, false, true}, {mapping.Neither, false, false}} {
		set, err := mapping.NewFields(mapping.Field{Name: "a", Read: mapping.Path{Columns: []string{"x"}}, Direction: c.direction})
		if err != nil {
			t.Fatal(err)
		}
		in, out := set.In(mapping.Record{"x": text("1")}), set.Out(mapping.Record{"a": text("1")}, nil)
		if (len(in.Values) == 1) != c.in || (len(out.Values) == 1) != c.out {
			t.Errorf("%q: in %v, out %v", c.direction, in, out)
		}
		if !c.in && noted(in.Notes) != "a:direction" || !c.out && noted(out.Notes) != "a:direction" {
			t.Errorf("%q: in %v, out %v", c.direction, in.Notes, out.Notes)
		}
		if c.direction.From(mapping.NoOwner) != (c.direction == mapping.Both) {
			t.Errorf("%q from nobody", c.direction)
		}
	}
	if mapping.Platform.Other() != mapping.External || mapping.External.Other() != mapping.Platform || mapping.NoOwner.Other() != mapping.NoOwner {
		t.Error("the other side is wrong")
	}
}

func TestCodecs(t *testing.T) {
	one := func(via ...mapping.Codec) mapping.Fields {
		set, err := mapping.NewFields(mapping.Field{Name: "a", Read: mapping.Path{Columns: []string{"x"}, Via: via}})
		if err != nil {
			t.Fatal(err)
		}
		return set
	}
	t.Run("003-07 text becomes HTML and comes back", func(t *testing.T) {
		set := one(mapping.HTML())
		equal(t, set.In(mapping.Record{"x": text(`<script>"&`)}).Values, mapping.Record{"a": text("&lt;script&gt;&#34;&amp;")})
		equal(t, set.Out(mapping.Record{"a": text("&lt;b&gt;")}, nil).Values, mapping.Record{"x": text("<b>")})
	})
	t.Run("002-06 space", func(t *testing.T) {
		set := one(mapping.Trim())
		equal(t, set.In(mapping.Record{"x": text(" a ")}).Values, mapping.Record{"a": text("a")})
		equal(t, set.Out(mapping.Record{"a": text(" a")}, nil).Values, mapping.Record{"x": text("a")})
		equal(t, set.Out(mapping.Record{"a": text("a")}, mapping.Record{"x": text("a ")}).Values, mapping.Record{"x": text("a ")})
		equal(t, set.Out(mapping.Record{"a": text("b")}, mapping.Record{"x": text("a ")}).Values, mapping.Record{"x": text("b")})
	})
	t.Run("002-06 callers' own, and none", func(t *testing.T) {
		double := mapping.Codec{Name: "double", In: func(x []string) mapping.Answer[[]string] {
			return mapping.Answer[[]string]{Value: []string{x[0] + x[0]}, Method: mapping.ByRule}
		}}
		equal(t, one(double, mapping.Codec{}).In(mapping.Record{"x": text("a")}).Values, mapping.Record{"a": text("aa")})
		equal(t, one(double).Out(mapping.Record{"a": text("a")}, nil).Values, mapping.Record{"x": text("a")})
		tooMany := mapping.Codec{Out: func(_, _ []string) mapping.Answer[[]string] {
			return mapping.Answer[[]string]{Value: []string{"a", "b"}, Method: mapping.ByRule}
		}}
		if got := one(tooMany).Out(mapping.Record{"a": text("a")}, nil); len(got.Values) != 0 || noted(got.Notes) != "a:unmapped-value" {
			t.Error(got)
		}
	})
	t.Run("002-06 a default on the way is noted", func(t *testing.T) {
		m, _ := mapping.New(words{"1", "one"})
		set := one(mapping.Through("m", m.Otherwise("many").BackOtherwise("9")), mapping.Trim())
		in, out := set.In(mapping.Record{"x": text("7")}), set.Out(mapping.Record{"a": text("zero")}, nil)
		equal(t, in.Values, mapping.Record{"a": text("many")})
		equal(t, out.Values, mapping.Record{"x": text("9")})
		if noted(in.Notes) != "a:default" || noted(out.Notes) != "a:default" || in.Notes[0].Stopped() {
			t.Error(in, out)
		}
		// 7 means many by default only, so it is not kept for one.
		equal(t, set.Out(mapping.Record{"a": text("one")}, mapping.Record{"x": text("7")}).Values, mapping.Record{"x": text("1")})
	})
	t.Run("002-06 a bar in a key of one column is text", func(t *testing.T) {
		m, _ := mapping.New(words{"a|b", "c|d"})
		set := one(mapping.Through("m", m))
		equal(t, set.In(mapping.Record{"x": text("a|b")}).Values, mapping.Record{"a": text("c|d")})
		equal(t, set.Out(mapping.Record{"a": text("c|d")}, nil).Values, mapping.Record{"x": text("a|b")})
	})
	t.Run("002-08 null parts of a tuple that is kept stay null", func(t *testing.T) {
		m, _ := mapping.New(words{mapping.Tuple("1", ""), "one"})
		set, err := mapping.NewFields(mapping.Field{Name: "a", Read: mapping.Path{Columns: []string{"x", "y"}, Via: []mapping.Codec{mapping.ThroughTuple("m", m)}}})
		if err != nil {
			t.Fatal(err)
		}
		current := mapping.Record{"x": text("1"), "y": null()}
		equal(t, set.In(current).Values, mapping.Record{"a": text("one")})
		equal(t, set.Out(mapping.Record{"a": text("one")}, current).Values, current)
		if got := set.In(mapping.Record{"x": text("1")}); noted(got.Notes) != "a:absent" {
			t.Error(got)
		}
	})
}

func TestNewFields(t *testing.T) {
	x := mapping.Path{Columns: []string{"x"}}
	for want, fields := range map[string][]mapping.Field{
		"has no name":                 {{Read: x}},
		"reads no column":             {{Name: "a"}},
		`"a" stands twice`:            {{Name: "a", Read: x}, {Name: "a", Read: mapping.Path{Columns: []string{"y"}}}},
		`both write column "x"`:       {{Name: "a", Read: x}, {Name: "b", Read: x}},
		`"x" empty or twice`:          {{Name: "a", Read: mapping.Path{Columns: []string{"x", "x"}}}},
		`"" empty or twice`:           {{Name: "a", Read: x, Write: mapping.Path{Columns: []string{""}}}},
		`owner "me": use platform`:    {{Name: "a", Read: x, Owner: "me"}},
		`direction "up": use inbound`: {{Name: "a", Read: x, Direction: "up"}},
		"priority -1: use 0 or more":  {{Name: "a", Read: x, Priority: -1}},
		"needs exactly one column":    {{Name: "a", Journal: true, Read: mapping.Path{Columns: []string{"x", "y"}}}},
		"journal \"a\" has a codec":   {{Name: "a", Journal: true, Read: mapping.Path{Columns: []string{"x"}, Via: []mapping.Codec{mapping.Trim()}}}},
		`the journal of field "a"`:    {{Name: "a", Journal: true, Read: x}, {Name: "b", Read: x, Write: mapping.Path{Columns: []string{"y"}}}},
	} {
		if _, err := mapping.NewFields(fields...); err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "mapping: ") {
			t.Errorf("002-06 want %q, got %v", want, err)
		}
	}
	if set, err := mapping.NewFields(); err != nil || len(set.All()) != 0 {
		t.Error(set, err)
	}
	if _, there := (mapping.Fields{}).Field("a"); there {
		t.Error("an empty set has a field")
	}
}
