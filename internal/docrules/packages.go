package docrules

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
)

// ExamplesWanted is how many Examples with output a public package has at least.
const ExamplesWanted = 3

// Packages reports every public package of the module at root (not main, not
// internal) that lacks a doc.go with the package comment, or runnable Examples.
// At least one package must be there.
func Packages(root string) ([]string, error) {
	files, err := parse(root)
	if err != nil {
		return nil, fmt.Errorf("docrules: %w", err)
	}
	documented, examples := map[string]bool{}, map[string]int{}
	for _, f := range files {
		dir := f.dir()
		if strings.Contains("/"+dir+"/", "/internal/") || f.syntax.Name.Name == "main" || strings.HasPrefix(dir, "examples/") {
			continue
		}
		if f.test() {
			for _, fn := range functions(f, "Example") {
				if strings.Contains(strings.ToLower(body(f, fn)), "output:") {
					examples[dir]++
				}
			}
			continue
		}
		documented[dir] = documented[dir] || path.Base(f.path) == "doc.go" && f.syntax.Doc != nil
	}
	if len(documented) == 0 {
		return nil, fmt.Errorf("docrules: %s has no public package", root)
	}
	var found []string
	for _, dir := range slices.Sorted(maps.Keys(documented)) {
		if !documented[dir] {
			found = append(found, dir+": has no doc.go with a package comment")
		}
		if examples[dir] < ExamplesWanted {
			found = append(found, fmt.Sprintf("%s: has %d Examples with output, wants %d", dir, examples[dir], ExamplesWanted))
		}
	}
	return found, nil
}
