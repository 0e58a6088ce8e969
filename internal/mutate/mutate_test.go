package main

import (
	"regexp"
	"strings"
	"testing"
)

// seconds is what differs from run to run.
var seconds = regexp.MustCompile(`\(\d+ s\)`)

func TestRun(t *testing.T) {
	for _, c := range []struct {
		name string
		args []string
		code int
		out  string
		errs string // what the errors contain
	}{
		{"every change is noticed", []string{"./testdata/strong"}, 0, "./testdata/strong: 30 of 30 changes noticed\n", ""},
		{"a change survives", []string{"./testdata/weak"}, 1, `SURVIVED table.go:4: words: without "forgotten"
SURVIVED table.go:4: words: "forgotten" becomes "forgotten~"
./testdata/weak: 3 of 5 changes noticed
`, ""},
		{"each change is printed", []string{"-v", "-p", "1", "./testdata/weak"}, 1, `killed   table.go:4: words: without "tested"
SURVIVED table.go:4: words: without "forgotten"
killed   table.go:4: words: "forgotten" before "tested"
killed   table.go:4: words: "tested" becomes "tested~"
SURVIVED table.go:4: words: "forgotten" becomes "forgotten~"
./testdata/weak: 3 of 5 changes noticed
`, ""},
		{"no tables", []string{"./testdata/plain"}, 2, "", "the package has no tables"},
		{"no tests", []string{"./testdata/untested"}, 2, "", "the package has no tests"},
		{"tests that fail anyway", []string{"./testdata/failing"}, 2, "", "the tests fail without any change"},
		{"no such package", []string{"./testdata/nowhere"}, 2, "", "go list"},
		{"several packages in one name", []string{"./testdata/..."}, 2, "", "name one package at a time"},
		{"no package", nil, 2, "", "usage: go run ./internal/mutate"},
		{"a wrong flag", []string{"-x"}, 2, "", "flag provided but not defined"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out, errs strings.Builder
			code := run(t.Context(), c.args, &out, &errs)
			got := strings.ReplaceAll(seconds.ReplaceAllString(out.String(), ""), "noticed \n", "noticed\n")
			if code != c.code || got != c.out || !strings.Contains(errs.String(), c.errs) || c.errs == "" && errs.Len() > 0 {
				t.Errorf("exit %d\n%s%s", code, out.String(), errs.String())
			}
		})
	}
}

func TestMutants(t *testing.T) {
	p, err := load(t.Context(), "./testdata/strong")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, table := range p.tables() {
		for _, m := range table.mutants {
			got = append(got, m.table+": "+m.what)
		}
	}
	want := []string{
		`red: "r" becomes "r~"`,
		`blue: "b" becomes "b~"`,
		`size: 2 becomes 2+1`,
		`entries: without {"a", red, true, nil}`,
		`entries: without {name: "b", color: blue, likes: []string{"x", "y"}}`,
		`entries: {name: "b", color: blue, likes: []string{"x", "y"}} before {"a", red, true, nil}`,
		`entries: "a" becomes "a~"`,
		`entries: red becomes blue`,
		`entries: true becomes false`,
		`entries: "b" becomes "b~"`,
		`entries: blue becomes red`,
		`entries: without "x"`,
		`entries: without "y"`,
		`entries: "y" before "x"`,
		`entries: "x" becomes "x~"`,
		`entries: "y" becomes "y~"`,
		`numbers: without "one": 1`,
		`numbers: without "minus one": -1`,
		`numbers: "one" becomes "one~"`,
		`numbers: 1 becomes 1+1`,
		`numbers: "minus one" becomes "minus one~"`,
		`numbers: 1 becomes 1+1`,
		`joined: without strings.Repeat("ab", 2)`,
		`joined: "ab" becomes "ab~"`,
		`joined: 2 becomes 2+1`,
		`pair: without {name: "p"}`,
		`pair: without {name: "q"}`,
		`pair: {name: "q"} before {name: "p"}`,
		`pair: "p" becomes "p~"`,
		`pair: "q" becomes "q~"`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
}
