package importrules

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"path/filepath"
	"slices"
	"strconv"
)

// clock holds what package time offers that depends on when it is called.
var clock = []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"}

// purity reads files of a package for goroutines, clocks and randomness.
// Imports are looked at here again, for these may be single files of a package
// that may import more.
func (c *checker) purity(name string, p *pkg, files []string) error {
	for _, file := range files {
		set := token.NewFileSet()
		parsed, err := parser.ParseFile(set, filepath.Join(p.Dir, file), nil, parser.SkipObjectResolution)
		if err != nil {
			return fmt.Errorf("importrules: cannot parse %s/%s: %w", name, file, err)
		}
		at := func(n ast.Node) string { return fmt.Sprintf("%s/%s:%d", name, file, set.Position(n.Pos()).Line) }
		times := c.pureImports(parsed, at)
		ast.Inspect(parsed, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt:
				c.report(at(n), "starts a goroutine in pure code")
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok && slices.Contains(times, x.Name) && slices.Contains(clock, n.Sel.Name) {
					c.report(at(n), "uses time.%s in pure code: time comes in as a value", n.Sel.Name)
				}
			}
			return true
		})
	}
	return nil
}

// pureImports reports imports that pure code may not have, and gives the names
// under which the file knows package time.
func (c *checker) pureImports(file *ast.File, at func(ast.Node) string) []string {
	var times []string
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue // the parser has accepted it, so it is quoted
		}
		local := path.Base(imported)
		if spec.Name != nil {
			local = spec.Name.Name
		}
		if slices.Contains(randomness, imported) || slices.Contains(network, imported) {
			c.report(at(spec), "imports %s in pure code", imported)
		}
		if imported != "time" {
			continue
		}
		if local == "." {
			c.report(at(spec), "imports time into its own names, so its clock cannot be told apart")
		}
		times = append(times, local)
	}
	return times
}
