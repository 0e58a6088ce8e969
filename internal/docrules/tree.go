package docrules

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// file is one parsed Go file.
type file struct {
	path   string // relative to the module, with slashes
	text   string
	syntax *ast.File
	set    *token.FileSet
}

func (f file) dir() string { return filepath.ToSlash(filepath.Dir(f.path)) }
func (f file) test() bool  { return strings.HasSuffix(f.path, "_test.go") }

// walk calls visit for every file of the module at root, by its path relative
// to root: no testdata, no dot folders, no nested modules.
func walk(root string, visit func(path string) error) error {
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if path == root {
				return nil
			}
			if name := d.Name(); name == "testdata" || strings.HasPrefix(name, ".") {
				return filepath.SkipDir
			}
			if _, err := os.Stat(filepath.Join(path, "go.mod")); err == nil {
				return filepath.SkipDir
			}
			return nil
		}
		relative, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		return visit(filepath.ToSlash(relative))
	})
}

// parse reads every Go file of the module at root.
func parse(root string) ([]file, error) {
	var files []file
	err := walk(root, func(path string) error {
		if !strings.HasSuffix(path, ".go") {
			return nil
		}
		text, err := os.ReadFile(filepath.Join(root, path))
		if err != nil {
			return err
		}
		set := token.NewFileSet()
		syntax, err := parser.ParseFile(set, path, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		files = append(files, file{path, string(text), syntax, set})
		return nil
	})
	return files, err
}

// functions gives the top-level functions of test files whose names begin with
// one of the prefixes.
func functions(f file, prefixes ...string) []*ast.FuncDecl {
	var found []*ast.FuncDecl
	for _, decl := range f.syntax.Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if !ok || fn.Recv != nil || fn.Body == nil {
			continue
		}
		for _, prefix := range prefixes {
			if strings.HasPrefix(fn.Name.Name, prefix) {
				found = append(found, fn)
				break
			}
		}
	}
	return found
}

// body is the source between the braces of a function.
func body(f file, fn *ast.FuncDecl) string {
	return f.text[f.set.Position(fn.Body.Lbrace).Offset+1 : f.set.Position(fn.Body.Rbrace).Offset]
}
