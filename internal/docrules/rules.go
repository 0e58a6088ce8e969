package docrules

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
)

var (
	ruleID   = regexp.MustCompile(`^\d{3}-\d{2}$`)
	testName = regexp.MustCompile(`\b(?:Test|Fuzz|Example|Benchmark)\w*`)
	goFile   = regexp.MustCompile(`[\w./]+\.go\b`)
)

// Rules reports every row of a RULES.md of the module at root that has no
// counterpart: the table's columns are id, rule, where it is decided, what
// proves it. Files and tests must exist beside it, and an id like 001-25 must
// stand in a test file there, for test titles carry it.
// At least one RULES.md must be there.
func Rules(root string) ([]string, error) {
	files, err := parse(root)
	if err != nil {
		return nil, fmt.Errorf("docrules: %w", err)
	}
	tests, names := map[string]string{}, map[string]map[string]bool{}
	for _, f := range files {
		if !f.test() {
			continue
		}
		dir := f.dir()
		tests[dir] += f.text
		if names[dir] == nil {
			names[dir] = map[string]bool{}
		}
		for _, fn := range functions(f, "Test", "Fuzz", "Example", "Benchmark") {
			names[dir][fn.Name.Name] = true
		}
	}
	var found []string
	tables := 0
	err = walk(root, func(name string) error {
		if path.Base(name) != "RULES.md" {
			return nil
		}
		tables++
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			return err
		}
		dir := path.Dir(name)
		rows := 0
		for i, line := range strings.Split(string(text), "\n") {
			cells := row(line)
			if len(cells) == 0 || !ruleID.MatchString(cells[0]) {
				continue
			}
			rows++
			at := fmt.Sprintf("%s:%d: rule %s", name, i+1, cells[0])
			if len(cells) != 4 {
				found = append(found, fmt.Sprintf("%s has %d columns, wants id, rule, decided in, proved by", at, len(cells)))
				continue
			}
			found = append(found, ruleRow(root, dir, at, cells, tests[dir], names[dir])...)
		}
		if rows == 0 {
			found = append(found, name+": has no row with an id like 001-25")
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("docrules: %w", err)
	}
	if tables == 0 {
		return nil, fmt.Errorf("docrules: %s has no RULES.md", root)
	}
	return found, nil
}

// row splits a line of a Markdown table; a bar behind a backslash is text.
func row(line string) []string {
	line = strings.TrimSpace(line)
	if !strings.HasPrefix(line, "|") {
		return nil
	}
	const bar = "\x00"
	cells := strings.Split(strings.Trim(strings.ReplaceAll(line, `\|`, bar), "|"), "|")
	for i := range cells {
		cells[i] = strings.TrimSpace(strings.ReplaceAll(cells[i], bar, "|"))
	}
	return cells
}

func ruleRow(root, dir, at string, cells []string, tests string, names map[string]bool) []string {
	var found []string
	decided := goFile.FindAllString(cells[2], -1)
	if len(decided) == 0 {
		found = append(found, at+" names no file where it is decided")
	}
	for _, file := range decided {
		if _, err := os.Stat(filepath.Join(root, dir, file)); err != nil {
			found = append(found, fmt.Sprintf("%s is decided in %s, which does not exist", at, file))
		}
	}
	proofs := testName.FindAllString(cells[3], -1)
	if len(proofs) == 0 {
		found = append(found, at+" names no test that proves it")
	}
	for _, test := range proofs {
		if !names[test] {
			found = append(found, fmt.Sprintf("%s is proved by %s, which does not exist", at, test))
		}
	}
	if !strings.Contains(tests, cells[0]) {
		found = append(found, at+" stands in no title of a test")
	}
	return found
}
