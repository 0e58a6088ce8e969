package mapping_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/itsmkit/itsmkit/mapping"
	"github.com/itsmkit/itsmkit/sync/reconcile"
)

func reconcileText(s string) reconcile.Value { return reconcile.Text(s) }

func TestMarkdown(t *testing.T) {
	got := load(t, `{"version": 1, "name": "a|b", "description": "x",
	  "maps": {
	    "team": {"pairs": [["N_OC_", "short_description"], ["S<b>\n*", "short_description"]], "default": "x", "backDefault": "y", "fold": true, "description": "why"},
	    "matrix": {"columns": ["impact", "urgency"], "pairs": [[["1", "2"], "3"]]}},
	  "fields": [{"name": "notes", "columns": ["work_notes"], "journal": true, "owner": "external", "direction": "inbound"},
	    {"name": "severity", "columns": ["impact", "urgency"], "via": ["matrix"], "priority": 4}],
	  "ignore": ["sys_id", "number"]}`).Markdown()
	digest := got[strings.Index(got, "sha256"):strings.Index(got, "`\n")]
	want := `## a\|b

x

Digest: ` + "`" + digest + "`" + `

### Fields

| field | read from | written to | owner | priority | direction |
| --- | --- | --- | --- | --- | --- |
| notes | work_notes | work_notes (entry by entry) | external | 0 | inbound |
| severity | impact + urgency via matrix | impact + urgency via matrix |  | 4 | both |

Not fields, and not reported: sys_id, number.

### Map matrix

| impact | urgency | value | way back |
| --- | --- | --- | --- |
| 1 | 2 | 3 | yes |

Every other impact, urgency is unmapped: nothing is written.

### Map team

| key | value | way back |
| --- | --- | --- |
| N_OC\_ | short_description | yes |
| S&lt;b&gt;<br>\* | short_description |  |

why

Every other key means x.

Every other value is written as y.

Keys are compared without regard to their form, such as case and the space around them.
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestMarkdownOfTypedMaps(t *testing.T) {
	got := mapping.PriorityMatrix().Without(mapping.ImpactUrgency{Impact: "3", Urgency: "3"}).Table("", "both", "priority").Markdown()
	if !strings.HasPrefix(got, "| both | priority | way back |\n") || !strings.Contains(got, "| impact 2, urgency 1 | 2 | yes |\n| impact 1, urgency 2 | 2 |  |\n") {
		t.Error(got)
	}
}

// Whatever the cells hold, a table has as many lines and bars as it must have.
func FuzzMarkdown(f *testing.F) {
	f.Add("a|b\n# c", `\`, "`_*[x](y)<z>&")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		table := mapping.Table{Header: []string{a, b}, Rows: [][]string{{b, c}, {c, a}}}
		lines := strings.Split(strings.TrimSuffix(table.Markdown(), "\n"), "\n")
		if len(lines) != 4 {
			t.Fatalf("%d lines: %q", len(lines), lines)
		}
		for _, line := range lines {
			bars, escaped := 0, false
			for i := range len(line) {
				if line[i] == '|' && !escaped {
					bars++
				}
				escaped = line[i] == '\\' && !escaped
			}
			if bars != 3 {
				t.Errorf("%d bars: %s", bars, line)
			}
		}
	})
}
