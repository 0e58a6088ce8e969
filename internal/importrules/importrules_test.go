package importrules_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/itsmkit/itsmkit/internal/importrules"
)

func TestThisModuleKeepsTheRules(t *testing.T) {
	found, err := importrules.Check(t.Context(), "../..", importrules.Rules)
	if err != nil {
		t.Fatal(err)
	}
	for _, violation := range found {
		t.Error(violation)
	}
}

func TestViolationsAreReported(t *testing.T) {
	found, err := importrules.Check(t.Context(), "testdata/violations", importrules.Rules)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("testdata/violations.txt")
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Split(strings.TrimSpace(string(text)), "\n")
	// What is not there yet changes with every new package: the other tests see to it.
	found = slices.DeleteFunc(found, func(v string) bool { return strings.HasSuffix(v, "in the table but not in the tree") })
	found = slices.DeleteFunc(found, func(v string) bool { return strings.HasSuffix(v, "take it off the planned packages") })
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("violations of testdata/violations (-want +got):\n%s", diff)
	}
}

func TestEveryGroupIsViolatedInTestdata(t *testing.T) {
	text, err := os.ReadFile("testdata/violations.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range importrules.Rules.Groups {
		if !strings.Contains(string(text), `group "`+g.Name+`"`) {
			t.Errorf("no package of testdata/violations breaks the rule of the group %q", g.Name)
		}
	}
}

func TestNamesOfTheTableAreCompared(t *testing.T) {
	tests := []struct {
		name     string
		packages []string
		planned  []string
		want     string
	}{
		{"listed and missing", []string{"cmdb/nowhere"}, nil, "cmdb/nowhere: is in the table but not in the tree"},
		{"planned and missing", []string{"cmdb/nowhere"}, []string{"cmdb/nowhere"}, ""},
		{"planned and there", []string{"cmdb"}, []string{"cmdb"}, "cmdb: exists: take it off the planned packages"},
		{"something below", []string{"util/..."}, nil, ""},
		{"nothing below", []string{"nowhere/..."}, nil, "nowhere/...: is in the table but not in the tree"},
		{"in two groups", []string{"netbox/..."}, nil, "netbox: is in 2 groups of the table, it must be in one"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			layout := importrules.Layout{
				Groups:  []importrules.Group{{Name: "tried", Packages: tt.packages}, {Name: "other", Packages: []string{"netbox"}}},
				Planned: tt.planned,
			}
			found, err := importrules.Check(t.Context(), "testdata/violations", layout)
			if err != nil {
				t.Fatal(err)
			}
			found = slices.DeleteFunc(found, func(v string) bool {
				return !strings.HasSuffix(v, "the tree") && !strings.HasSuffix(v, "planned packages") && !strings.Contains(v, "in 2 groups")
			})
			if got := strings.Join(slices.Compact(found), "\n"); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestNoModuleIsAnError(t *testing.T) {
	_, err := importrules.Check(t.Context(), t.TempDir(), importrules.Rules)
	if err == nil || !strings.HasPrefix(err.Error(), "importrules: ") {
		t.Errorf("a folder without a module: got error %v, want one that says so", err)
	}
}
