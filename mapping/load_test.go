package mapping_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/itsmkit/itsmkit/mapping"
)

const document = `{
  "version": 1,
  "name": "prod-snow",
  "description": "Incidents <both ways>",
  "maps": {
    "status": {"use": "incident-status", "pairs": [["10", "open"], ["3", "paused"]], "without": [4], "back": {"open": 2}, "description": "with our state 10"},
    "team": {"pairs": [["NOC", "ops"], ["SOC", "ops"], [7, true]], "back": {"ops": "SOC"}, "default": "triage", "backDefault": "NOC", "fold": true},
    "matrix": {"columns": ["impact", "urgency"], "pairs": [[["1", "1"], "1"], [[2, 2], 3]], "backDefault": [3, 3]},
    "severity": {"pairs": [["1", "high"], ["3", "low"]]},
    "bug": {"use": "bug-priority", "default": null}
  },
  "fields": [
    {"name": "title", "columns": ["short_description"], "via": ["trim"], "owner": "platform", "priority": 10},
    {"name": "status", "columns": ["state"], "via": ["status"], "direction": "both"},
    {"name": "severity", "columns": ["priority"], "via": ["severity"], "write": {"columns": ["impact", "urgency"], "via": ["matrix", "severity"]}},
    {"name": "risk", "columns": ["risk"], "via": ["risk"], "direction": "inbound", "owner": "external"},
    {"name": "notes", "columns": ["work_notes"], "journal": true, "description": "entry by entry"}
  ],
  "ignore": ["sys_id"]
}`

func load(t *testing.T, text string) *mapping.Integration {
	t.Helper()
	i, err := mapping.Load([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func loaded(t *testing.T, i *mapping.Integration, name string) mapping.Map[string, string] {
	t.Helper()
	m, there := i.Map(name)
	if !there {
		t.Fatalf("no map %s", name)
	}
	return m
}

func TestLoad(t *testing.T) {
	i := load(t, document)
	if i.Name() != "prod-snow" || !slices.Equal(i.Names(), []string{"bug", "matrix", "severity", "status", "team"}) {
		t.Error(i.Name(), i.Names())
	}
	t.Run("002-09 a table with changes", func(t *testing.T) {
		m := loaded(t, i, "status")
		want := []words{{"1", "open"}, {"2", "open"}, {"3", "paused"}, {"6", "resolved"}, {"7", "closed"}, {"10", "open"}}
		if diff := cmp.Diff(want, m.Pairs()); diff != "" {
			t.Error(diff)
		}
		check(t, m.Back("open"), "2", mapping.ByTable)
		check(t, m.Get("4"), "", mapping.Unmapped)
	})
	t.Run("002-06 defaults, forms and words that are no texts", func(t *testing.T) {
		m := loaded(t, i, "team")
		check(t, m.Get(" noc"), "ops", mapping.ByTable)
		check(t, m.Get("7"), "true", mapping.ByTable)
		check(t, m.Get("x"), "triage", mapping.ByDefault)
		check(t, m.Back("x"), "NOC", mapping.ByDefault)
		check(t, m.Back("ops"), "SOC", mapping.ByTable)
		check(t, loaded(t, i, "bug").Get("9"), "", mapping.Unmapped)
		check(t, loaded(t, i, "bug").Get("2"), "1", mapping.ByTable)
		check(t, loaded(t, i, "matrix").Back("9"), "3|3", mapping.ByDefault)
		if got := mapping.Parts(mapping.Tuple("a", "b")); !slices.Equal(got, []string{"a", "b"}) {
			t.Error(got)
		}
		if _, there := i.Map("none"); there {
			t.Error("a map that nobody loaded")
		}
	})
	t.Run("002-08 fields both ways", func(t *testing.T) {
		in := i.Fields().In(mapping.Record{"short_description": text(" Down "), "state": text("10"), "priority": text("3"), "risk": text("Low"), "sys_id": text("x")})
		equal(t, in.Values, mapping.Record{"title": text("Down"), "status": text("open"), "severity": text("low"), "risk": text("4")})
		if noted(in.Notes) != "notes:journal" {
			t.Error(in.Notes)
		}
		out := i.Fields().Out(mapping.Record{"severity": text("low"), "risk": text("4"), "status": text("open")}, nil)
		equal(t, out.Values, mapping.Record{"impact": text("2"), "urgency": text("2"), "state": text("2")})
		f, _ := i.Fields().Field("title")
		if f.Owner != mapping.Platform || f.Priority != 10 {
			t.Error(f)
		}
	})
	t.Run("003-31 the digest is of what the document says", func(t *testing.T) {
		var tree any
		if err := json.Unmarshal([]byte(document), &tree); err != nil {
			t.Fatal(err)
		}
		sorted, err := json.Marshal(tree) // members sorted, no space
		if err != nil {
			t.Fatal(err)
		}
		if got := load(t, string(sorted)).Digest(); got != i.Digest() || !strings.HasPrefix(got, "sha256:") || len(got) != 71 {
			t.Errorf("%s, %s", got, i.Digest())
		}
		if changed := load(t, strings.Replace(document, `"10", "open"`, `"10", "closed"`, 1)); changed.Digest() == i.Digest() {
			t.Error("another document, the same digest")
		}
	})
	t.Run("an empty integration", func(t *testing.T) {
		empty := load(t, `{"version": 1}`)
		if len(empty.Names()) != 0 || len(empty.Fields().All()) != 0 {
			t.Error(empty)
		}
	})
}

func TestLoadReportsEveryMistake(t *testing.T) {
	_, err := mapping.Load([]byte(`{
	  "version": 1,
	  "nam": "typo",
	  "name": 7,
	  "maps": {
	    "a": {"pairs": [["1", "x"], ["2"], "3", [["4"], "x"], [1.5, "x"], [1, "y"], ["6", null]], "pears": []},
	    "b": {"use": "no-such-table"},
	    "c": {},
	    "trim": {"pairs": []},
	    "d": {"use": "incident-status", "without": ["99"], "back": {"open": "7", "lost": "1"}},
	    "e": {"columns": ["impact", "urgency"], "pairs": [["1", "x"], [["1"], "x"], [["1", "a|b"], "x"]]},
	    "f": {"columns": ["x", "x"], "pairs": []},
	    "g": {"fold": "yes", "pairs": [["A", "1"], ["a", "2"]]},
	    "h i": 3,
	    "k": {"fold": true, "pairs": [["A", "1"], ["a", "2"]]},
	    "a": {}
	  },
	  "fields": [
	    {"name": "n", "columns": ["x"], "via": ["nothing", 3], "colour": "red"},
	    {"name": "p", "columns": ["p"], "priority": 1.5},
	    {"name": "q", "columns": ["q", "r"], "via": ["trim"]},
	    {"name": "s", "columns": ["s"], "via": ["priority-matrix"]},
	    {"name": "t", "columns": ["t"], "owner": "me"},
	    {"name": "u", "columns": ["u"], "write": {"via": []}},
	    {"name": "v", "columns": ["v"]},
	    {"name": "v", "columns": ["w"]},
	    {"name": "y", "columns": ["v"]},
	    {"columns": ["z"]},
	    5
	  ],
	  "ignore": "sys_id"
	}`))
	var failure *mapping.LoadError
	if !errors.As(err, &failure) {
		t.Fatal(err)
	}
	var got []string
	for _, p := range failure.Problems {
		got = append(got, p.String())
		if !strings.Contains(err.Error(), p.String()) {
			t.Errorf("the error lacks %s", p)
		}
	}
	want := []string{
		`$.nam is not known here; known are description, fields, ignore, maps, name, version`,
		`$.name is a number, wants a text`,
		`$.maps.a.pears is not known here; known are back, backDefault, columns, default, description, fold, pairs, use, without`,
		`$.maps.a.pairs[1] has 1 entries, wants a key and a value`,
		`$.maps.a.pairs[2] is a text, wants a list`,
		`$.maps.a.pairs[3][0] is a list, wants a text`,
		`$.maps.a.pairs[4][0] is the number 1.5: write numbers that are not whole as text`,
		`$.maps.a.pairs[5][0] is the key of $.maps.a.pairs[0] already`,
		`$.maps.a.pairs[6][1] is null, wants a text`,
		`$.maps.b.use names no table of this package: use one of ` + strings.Join(mapping.Builtins(), ", "),
		`$.maps.c has neither "use" nor "pairs": name a table or list pairs`,
		`$.maps.trim has the name of a codec: give the map another one`,
		`$.maps.d.without[0] is no key of the table that is used`,
		`$.maps.d.back.open "open" cannot be written as "7": "7" means "closed"; choose a key that means it`,
		`$.maps.d.back.lost "lost" cannot be written as "1": "1" means "open"; choose a key that means it`,
		`$.maps.e.pairs[0][0] is a text, wants a list`,
		`$.maps.e.pairs[1][0] has 1 parts, wants one for each of impact, urgency`,
		`$.maps.e.pairs[2][0][1] has a "|", which stands between the parts of a key`,
		`$.maps.f has column "x" empty or twice`,
		`$.maps.g.fold is a text, wants a boolean`,
		`$.maps["h i"] is a number, wants an object`,
		`$.maps.k.pairs[1][0] is the key of $.maps.k.pairs[0] already`,
		`$.maps.a stands twice`,
		`$.ignore is a text, wants a list`,
		`$.fields[0].via[0] names neither a map of the document nor a codec or table of this package`,
		`$.fields[0].via[1] is a number, wants a text`,
		`$.fields[0].colour is not known here; known are columns, description, direction, journal, name, owner, priority, via, write`,
		`$.fields[1].priority is 1.5: use a whole number`,
		`$.fields[2] reads columns ["q" "r"] and has no map that makes one value of them`,
		`$.fields[3] sends column "s" through map "priority-matrix", which takes 2 texts and not 1`,
		`$.fields[4] field "t" has the owner "me": use platform, external or none`,
		`$.fields[5].write has no "columns": name those that are written`,
		`$.fields[7] is called "v" as $.fields[6] is: give one of them another name`,
		`$.fields[8] writes column "v" as $.fields[6] does: one column has one field`,
		`$.fields[9] a field that reads [z] has no name`,
		`$.fields[10] is a number, wants an object`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestLoadRefuses(t *testing.T) {
	for _, c := range []struct{ name, document, want string }{
		{"another version", `{"version": 2, "maps": 7, "new": {}}`, "$.version is 2: this release reads version 1"},
		{"a version that is no whole number", `{"version": 1.0}`, "$.version is 1.0: this release"},
		{"a version in quotes", `{"version": "1"}`, "$.version is a text, wants a number"},
		{"no version", `{"maps": {}}`, `$ has no version: add "version": 1`},
		{"a list", `[]`, "$ is a list, wants an object"},
		{"nothing", ``, "$ is not JSON: line 1, column 1: unexpected EOF"},
		{"a cut", "{\n \"version\": 1,", "$ is not JSON: line 2"},
		{"more", `{"version": 1} {}`, "there is something after the document"},
		{"no text", "{\"version\": 1, \"name\": \"\xff\"}", "is not UTF-8"},
		{"depth", strings.Repeat("[", 5000) + strings.Repeat("]", 5000), "more than 16 lists and objects within one another"},
		{"size", `{"version": 1, "name": "` + strings.Repeat("x", 4<<20) + `"}`, "the limit is 4194304"},
		{"columns that the table has not", `{"version": 1, "maps": {"m": {"use": "risk", "columns": ["a", "b"]}}}`, "$.maps.m has 2 columns, but a key of the table that is used has 1"},
		{"one column for a tuple", `{"version": 1, "maps": {"m": {"use": "priority-matrix", "columns": ["a"]}}}`, "$.maps.m has 1 columns, but a key of the table that is used has 2"},
		{"one journal, two fields", `{"version": 1, "fields": [{"name": "a", "columns": ["w"], "journal": true}, {"name": "b", "columns": ["w"], "write": {"columns": ["x"]}}]}`, `$.fields field "b" reads column "w", the journal of field "a"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			i, err := mapping.Load([]byte(c.document))
			var failure *mapping.LoadError
			if i != nil || !errors.As(err, &failure) || len(failure.Problems) != 1 || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v", err)
			}
			if errors.Is(err, mapping.ErrVersion) != strings.Contains(c.want, "this release") {
				t.Errorf("ErrVersion: %v", err)
			}
		})
	}
}

// A large document costs its length, not the square of it.
func TestLoadLarge(t *testing.T) {
	if testing.Short() {
		t.Skip("a large document")
	}
	const n = 50_000
	var pairs, without, back strings.Builder
	for i := range n {
		fmt.Fprintf(&pairs, `["k%d", "v%d"], `, i, i)
		fmt.Fprintf(&without, `"k%d", `, i)
		fmt.Fprintf(&back, `"v%d": "k%d", `, i, i)
	}
	m := loaded(t, load(t, fmt.Sprintf(`{"version": 1, "maps": {"m": {"pairs": [%s["z", "z"]], "back": {%s"z": "z"}}}}`, pairs.String(), back.String())), "m")
	if m.Len() != n+1 || m.Get("k49999").Value != "v49999" {
		t.Error(m.Len())
	}
	_, err := mapping.Load([]byte(`{"version": 1, "maps": {"m": {"use": "risk", "without": [` + without.String() + `"low"]}}}`))
	var failure *mapping.LoadError
	if !errors.As(err, &failure) || len(failure.Problems) != n {
		t.Error(err)
	}
}

func TestBuiltin(t *testing.T) {
	want := map[string][]words{
		"change-close-code":   mapping.ChangeCloseCode().Pairs(),
		"change-priority":     mapping.ChangePriority().Pairs(),
		"event-status":        mapping.EventStatus().Pairs(),
		"hold-reason":         mapping.HoldReason().Pairs(),
		"impact":              mapping.Impact().Pairs(),
		"incident-close-code": mapping.IncidentCloseCode().Pairs(),
		"incident-status":     mapping.IncidentStatus().Pairs(),
		"install-status":      mapping.InstallStatus().Pairs(),
		"operational-status":  mapping.OperationalStatus().Pairs(),
		"priority-label":      mapping.PriorityLabel().Pairs(),
		"risk":                mapping.Risk().Pairs(),
		"severity":            mapping.Severity().Pairs(),
		"urgency":             mapping.Urgency().Pairs(),
		"work-item-state":     mapping.WorkItemState().Pairs(),
		"bug-priority":        {{"1", "1"}, {"2", "1"}, {"3", "2"}, {"4", "3"}, {"5", "4"}},
		"device-status": {{"active", "1|1"}, {"planned", "2|2"}, {"staged", "4|2"}, {"offline", "1|2"}, {"failed", "5|3"},
			{"inventory", "6|2"}, {"decommissioning", "7|6"}},
		"priority-matrix": {{"1|1", "1"}, {"2|1", "2"}, {"1|2", "2"}, {"2|2", "3"}, {"1|3", "3"}, {"3|1", "3"}, {"3|2", "4"}, {"2|3", "4"}, {"3|3", "5"}},
	}
	got := make(map[string][]words)
	for _, name := range mapping.Builtins() {
		m, there := mapping.Builtin(name)
		if !there {
			t.Error(name)
		}
		got[name] = m.Pairs()
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	bug, _ := mapping.Builtin("bug-priority")
	check(t, bug.Get("x"), "2", mapping.ByDefault)
	if _, there := mapping.Builtin("none"); there {
		t.Error("a table that is not there")
	}
	i := load(t, `{"version": 1, "maps": {"m": {"use": "priority-matrix", "pairs": [[["1", "3"], "2"]]}},
	  "fields": [{"name": "a", "columns": ["x", "y"], "via": ["trim", "m"]}, {"name": "h", "columns": ["h"], "via": ["html"]},
	    {"name": "b", "columns": ["p", "q"], "via": ["priority-matrix", "severity"]}]}`)
	equal(t, i.Fields().In(mapping.Record{"x": text(" 1"), "y": text("3"), "h": text("<"), "p": text("3"), "q": text("3")}).Values,
		mapping.Record{"a": text("2"), "h": text("&lt;"), "b": text("sev5")})
	if text := load(t, `{"version": 1, "maps": {"m": {"use": "priority-matrix"}}}`).Markdown(); !strings.Contains(text, "| impact | urgency | value | way back |") {
		t.Error(text)
	}
	equal(t, i.Fields().Out(mapping.Record{"b": text("sev5")}, nil).Values, mapping.Record{"p": text("3"), "q": text("3")})
}

// A document that loads has maps that keep their laws, renders, and loads again to
// the same digest; none makes Load panic.
func FuzzLoad(f *testing.F) {
	f.Add(document)
	f.Add(`{"version": 1, "maps": {"": {"pairs": [[{}, []], 1]}}, "fields": [{}]}`)
	f.Add(`{"version": 2}`)
	f.Add(`{"version": 1, "maps": {"m": {"columns": ["a", "b"], "pairs": [[["x", "y"], 1]], "back": {"1": ["x", "y"]}}}}`)
	f.Fuzz(func(t *testing.T, text string) {
		i, err := mapping.Load([]byte(text))
		if err != nil {
			var failure *mapping.LoadError
			if i != nil || !errors.As(err, &failure) || len(failure.Problems) == 0 {
				t.Fatalf("%v, %v", i, err)
			}
			return
		}
		again, err := mapping.Load([]byte(text))
		if err != nil || again.Digest() != i.Digest() || again.Markdown() != i.Markdown() {
			t.Error("loading again says otherwise")
		}
		for _, name := range i.Names() {
			m, _ := i.Map(name)
			for _, p := range m.Pairs() {
				if got := m.Get(p.Key); got.Value != p.Value || got.Method != mapping.ByTable {
					t.Errorf("%s: %v gives %+v", name, p, got)
				}
				if back := m.Get(m.Back(p.Value).Value); back.Value != p.Value {
					t.Errorf("%s: %q comes back as %+v", name, p.Value, back)
				}
			}
		}
		i.Fields().In(mapping.Record{"a": reconcileText(text)})
		for _, f := range i.Fields().All() {
			i.Fields().Out(mapping.Record{f.Name: reconcileText(text)}, mapping.Record{"a": reconcileText(text)})
		}
	})
}
