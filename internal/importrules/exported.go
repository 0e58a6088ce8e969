package importrules

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"path/filepath"
	"strconv"
	"strings"
)

// exported reports every exported identifier of a public package whose
// declaration names a type of another module: callers would depend on that
// module's versions.
func (c *checker) exported(name string, p *pkg) error {
	if p.Name == "main" || strings.Contains("/"+name+"/", "/internal/") {
		return nil
	}
	for _, file := range p.GoFiles {
		set := token.NewFileSet()
		parsed, err := parser.ParseFile(set, filepath.Join(p.Dir, file), nil, parser.SkipObjectResolution)
		if err != nil {
			return fmt.Errorf("importrules: cannot parse %s/%s: %w", name, file, err)
		}
		foreign := c.foreignNames(parsed)
		if len(foreign) == 0 {
			continue
		}
		look := func(what string, n ast.Node) {
			seen(n, func(selector *ast.SelectorExpr) {
				if x, ok := selector.X.(*ast.Ident); ok && foreign[x.Name] != "" {
					c.report(fmt.Sprintf("%s/%s:%d", name, file, set.Position(selector.Pos()).Line),
						"exported %s names %s.%s of another module", what, foreign[x.Name], selector.Sel.Name)
				}
			})
		}
		for _, decl := range parsed.Decls {
			eachExported(decl, look)
		}
	}
	return nil
}

// seen calls visit for every qualified name in a type, but for those that only
// fields without an exported name have.
func seen(n ast.Node, visit func(*ast.SelectorExpr)) {
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.StructType:
			for _, field := range n.Fields.List {
				if len(field.Names) == 0 || anyExported(field.Names) {
					seen(field.Type, visit)
				}
			}
			return false
		case *ast.SelectorExpr:
			visit(n)
		}
		return true
	})
}

// foreignNames gives the names under which a file knows packages that callers
// need not know: local name to import path.
func (c *checker) foreignNames(file *ast.File) map[string]string {
	names := map[string]string{}
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil || !c.foreign(imported) || inModules(c.layout.Shown, imported) {
			continue
		}
		local := path.Base(imported)
		if spec.Name != nil {
			local = spec.Name.Name
		}
		names[strings.TrimPrefix(local, "go-")] = imported
	}
	return names
}

// eachExported calls look for what callers see of a declaration: signatures,
// types and declared types of variables, not bodies and values.
func eachExported(decl ast.Decl, look func(what string, n ast.Node)) {
	switch decl := decl.(type) {
	case *ast.FuncDecl:
		if decl.Name.IsExported() {
			for _, list := range []*ast.FieldList{decl.Type.TypeParams, decl.Type.Params, decl.Type.Results} {
				if list == nil {
					continue
				}
				for _, field := range list.List {
					look(decl.Name.Name, field.Type)
				}
			}
		}
	case *ast.GenDecl:
		for _, spec := range decl.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				if spec.Name.IsExported() {
					look(spec.Name.Name, spec.Type)
				}
			case *ast.ValueSpec:
				if anyExported(spec.Names) && spec.Type != nil {
					look(spec.Names[0].Name, spec.Type)
				}
			}
		}
	}
}

func anyExported(names []*ast.Ident) bool {
	for _, name := range names {
		if name.IsExported() {
			return true
		}
	}
	return false
}
