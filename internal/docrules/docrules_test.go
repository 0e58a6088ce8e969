package docrules_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/itsmkit/itsmkit/internal/docrules"
)

const root = "../.."

func none(t *testing.T, found []string, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		t.Error(f)
	}
}

func TestReadmeSnippetsAreCompiled(t *testing.T) {
	found, err := docrules.Snippets(root, "README.md")
	none(t, found, err)
}

func TestPathsInDocumentsExist(t *testing.T) {
	for _, name := range []string{"README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "internal/conformance/README.md", "internal/conformance/netbox/README.md"} {
		found, err := docrules.Paths(root, name)
		none(t, found, err)
	}
}

func TestPublicPackagesAreExplained(t *testing.T) {
	found, err := docrules.Packages(root)
	none(t, found, err)
}

func TestRulesAreProved(t *testing.T) {
	found, err := docrules.Rules(root)
	none(t, found, err)
}

// lay writes files below a new folder.
func lay(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const example = `package a_test

func ExampleOne() {
	setUp()
	if ok {
		fmt.Println("six")

	}
	// Output:
	// six
}

func TestOne(t *testing.T) {
	notAnExample()
}
`

func TestSnippets(t *testing.T) {
	fence := func(language, text string) string { return "Words.\n\n```" + language + "\n" + text + "\n```\n" }
	lost := []string{"README.md:4: this Go block is not in the body of any compiled Example"}
	tests := []struct {
		name, readme string
		want         []string
	}{
		{"a part, indented otherwise", fence("go", "if ok {\n    fmt.Println(\"six\")\n}"), nil},
		{"with what it prints", fence("go", "}\n// six"), nil},
		{"with the word Output", fence("go", "}\n// Output:\n// six"), nil},
		{"a whole file", fence("go", "package b"), nil},
		{"another language", fence("sh", "go test"), nil},
		{"changed", fence("go", "if !ok {"), lost},
		{"half a line", fence("go", "fmt.Println("), lost},
		{"a gap", fence("go", "setUp()\nfmt.Println(\"six\")"), lost},
		{"from a test", fence("go", "notAnExample()"), lost},
		{"no file", fence("go", "package c"), lost},
		{"empty", fence("go", ""), lost},
		{"the second of two", fence("go", "setUp()") + fence("go", "tearDown()"),
			[]string{"README.md:9: this Go block is not in the body of any compiled Example"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := lay(t, map[string]string{"README.md": tt.readme, "a/a_test.go": example, "b/b.go": "package b\n"})
			got, err := docrules.Snippets(dir, "README.md")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestPaths(t *testing.T) {
	dir := lay(t, map[string]string{
		"README.md": "See [a](a/a.go), [b](b.md#part), [c](https://example.com/x) and [d](d.md).\n" +
			"```sh\ngo test ./... ./a && go run ./examples/quickstart # ./comment\neval \"$(internal/up)\"\n```\n",
		"a/a.go": "package a\n", "b.md": "",
	})
	got, err := docrules.Paths(dir, "README.md")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"README.md:1: d.md does not exist",
		"README.md:3: ./examples/quickstart does not exist",
		"README.md:4: internal/up does not exist",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestPackages(t *testing.T) {
	three := "package a\nfunc ExampleA() {\n\t// Output: 1\n}\nfunc ExampleB() {\n\t// Output: 1\n}\nfunc ExampleC() {\n\t// Output: 1\n}\n"
	dir := lay(t, map[string]string{
		"a/doc.go": "// Package a is explained.\npackage a\n", "a/a_test.go": three,
		"b/b.go": "// Package b is explained elsewhere.\npackage b\n", "b/b_test.go": "package b\nfunc ExampleA() {}\n",
		"c/doc.go": "package c\n", "c/c_test.go": three,
		"internal/d/d.go": "package d\n", "examples/e/main.go": "package main\n", "testdata/f/f.go": "package f\n",
	})
	got, err := docrules.Packages(dir)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"b: has no doc.go with a package comment",
		"b: has 0 Examples with output, wants 3",
		"c: has no doc.go with a package comment",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestRules(t *testing.T) {
	dir := lay(t, map[string]string{
		"a/RULES.md": "| id | rule | decided in | proved by |\n|---|---|---|---|\n" +
			"| 001-01 | a \\| b | a.go | TestA/001-01 |\n" +
			"| 001-02 | no such file, test or title | b.go | TestB, FuzzA |\n" +
			"| 001-03 | too short | a.go |\n" +
			"| 001-01 | nothing named | somewhere | somehow |\n",
		"b/RULES.md":  "No table.\n",
		"a/a.go":      "package a\n",
		"a/a_test.go": "package a\nfunc TestA(t *testing.T) { t.Run(\"001-01\", nil) }\nfunc FuzzA(f *testing.F) {}\n",
	})
	got, err := docrules.Rules(dir)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"a/RULES.md:4: rule 001-02 is decided in b.go, which does not exist",
		"a/RULES.md:4: rule 001-02 is proved by TestB, which does not exist",
		"a/RULES.md:4: rule 001-02 stands in no title of a test",
		"a/RULES.md:5: rule 001-03 has 3 columns, wants id, rule, decided in, proved by",
		"a/RULES.md:6: rule 001-01 names no file where it is decided",
		"a/RULES.md:6: rule 001-01 names no test that proves it",
		"b/RULES.md: has no row with an id like 001-25",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestMissingSubjectsAreErrors(t *testing.T) {
	empty := t.TempDir()
	if _, err := docrules.Snippets(empty, "README.md"); err == nil {
		t.Error("Snippets: no README.md gave no error")
	}
	if _, err := docrules.Paths(empty, "README.md"); err == nil {
		t.Error("Paths: no README.md gave no error")
	}
	if _, err := docrules.Packages(empty); err == nil {
		t.Error("Packages: no package gave no error")
	}
	if _, err := docrules.Rules(empty); err == nil {
		t.Error("Rules: no RULES.md gave no error")
	}
}
