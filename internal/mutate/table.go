package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
)

// source is one file of the package.
type source struct {
	path string
	text []byte
	ast  *ast.File
}

// table is a variable or a constant whose value is mutated.
type table struct {
	file    *source
	value   ast.Expr
	typ     string       // of the value, as source text
	block   *ast.GenDecl // of a constant; nil for a variable
	mutants []mutant
}

// pkg is a parsed package.
type pkg struct {
	dir, name string
	fset      *token.FileSet
	files     []*source
	types     map[string]ast.Expr
	neighbour map[string]string // a constant of the same block, for each constant
}

func (p *pkg) offset(pos token.Pos) int { return p.fset.Position(pos).Offset }

// underlying follows names of types of the package.
func (p *pkg) underlying(t ast.Expr) ast.Expr {
	for range len(p.types) + 1 {
		id, ok := t.(*ast.Ident)
		if !ok || p.types[id.Name] == nil {
			return t
		}
		t = p.types[id.Name]
	}
	return t
}

// load reads the files that go list names, without tests.
func load(ctx context.Context, name string) (*pkg, error) {
	cmd := exec.CommandContext(ctx, "go", "list", "-json=Dir,Name,GoFiles,TestGoFiles,XTestGoFiles", "--", name)
	out, err := cmd.Output()
	if exit := new(exec.ExitError); errors.As(err, &exit) {
		return nil, fmt.Errorf("go list: %w: %s", err, exit.Stderr)
	}
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	var listed struct {
		Dir, Name                          string
		GoFiles, TestGoFiles, XTestGoFiles []string
	}
	if err := json.Unmarshal(out, &listed); err != nil {
		return nil, fmt.Errorf("name one package at a time: %w", err)
	}
	if len(listed.TestGoFiles)+len(listed.XTestGoFiles) == 0 {
		return nil, errors.New("the package has no tests")
	}
	p := &pkg{dir: listed.Dir, name: listed.Name, fset: token.NewFileSet(), types: make(map[string]ast.Expr), neighbour: make(map[string]string)}
	for _, base := range listed.GoFiles {
		path := filepath.Join(p.dir, base)
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		f, err := parser.ParseFile(p.fset, path, text, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		p.files = append(p.files, &source{path, text, f})
	}
	return p, nil
}

// tables finds the tables and their mutants.
func (p *pkg) tables() []*table {
	p.eachDecl(func(_ *source, d *ast.GenDecl) {
		switch d.Tok {
		case token.TYPE:
			for _, s := range d.Specs {
				if s, ok := s.(*ast.TypeSpec); ok {
					p.types[s.Name.Name] = s.Type
				}
			}
		case token.CONST:
			p.noteNeighbours(d)
		}
	})
	var all []*table
	p.eachDecl(func(f *source, d *ast.GenDecl) {
		if d.Tok != token.VAR && d.Tok != token.CONST || d.Tok == token.CONST && !allValues(d) {
			return
		}
		for _, s := range d.Specs {
			spec, ok := s.(*ast.ValueSpec)
			if !ok {
				continue
			}
			for i, value := range spec.Values {
				if t := p.table(f, d, spec, value); t != nil && spec.Names[i].Name != "_" {
					l := literalMutants{file: f, pkg: p, table: spec.Names[i].Name}
					l.visit(value, nil)
					t.mutants = l.result
					all = append(all, t)
				}
			}
		}
	})
	return all
}

func (p *pkg) eachDecl(do func(*source, *ast.GenDecl)) {
	for _, f := range p.files {
		for _, d := range f.ast.Decls {
			if d, ok := d.(*ast.GenDecl); ok {
				do(f, d)
			}
		}
	}
}

// noteNeighbours pairs each constant of a block with the next one of its type.
func (p *pkg) noteNeighbours(d *ast.GenDecl) {
	byType := make(map[string][]string)
	last := ""
	for _, s := range d.Specs {
		spec, ok := s.(*ast.ValueSpec)
		if !ok {
			continue
		}
		if spec.Type != nil || len(spec.Values) > 0 {
			last = typeName(spec)
		}
		for _, n := range spec.Names {
			byType[last] = append(byType[last], n.Name)
		}
	}
	for _, names := range byType {
		for i, n := range names {
			if len(names) > 1 {
				p.neighbour[n] = names[(i+1)%len(names)]
			}
		}
	}
}

func typeName(spec *ast.ValueSpec) string {
	switch t := spec.Type.(type) {
	case *ast.Ident:
		return t.Name
	case nil:
		if lit, ok := spec.Values[0].(*ast.BasicLit); ok {
			return lit.Kind.String()
		}
	}
	return fmt.Sprint("type at ", spec.Pos())
}

// allValues reports that each constant has a value of its own: none repeats the
// one before or counts.
func allValues(d *ast.GenDecl) bool {
	for _, s := range d.Specs {
		spec, ok := s.(*ast.ValueSpec)
		if !ok || len(spec.Values) == 0 {
			return false
		}
		counts := false
		for _, v := range spec.Values {
			ast.Inspect(v, func(n ast.Node) bool {
				id, ok := n.(*ast.Ident)
				counts = counts || ok && id.Name == "iota"
				return true
			})
		}
		if counts {
			return false
		}
	}
	return true
}

var literalTypes = map[token.Token]string{token.STRING: "string", token.INT: "int", token.FLOAT: "float64", token.CHAR: "rune"}

// table makes a table of a declared value, or nil when it is none.
func (p *pkg) table(f *source, d *ast.GenDecl, spec *ast.ValueSpec, value ast.Expr) *table {
	t := &table{file: f, value: value}
	text := func(n ast.Node) string { return string(f.text[p.offset(n.Pos()):p.offset(n.End())]) }
	switch v := value.(type) {
	case *ast.CompositeLit:
		t.typ = text(v.Type)
		if a, ok := v.Type.(*ast.ArrayType); ok && isOpen(a) {
			t.typ = "[]" + text(a.Elt)
		}
	case *ast.BasicLit:
		if d.Tok != token.CONST {
			return nil
		}
		t.block, t.typ = d, literalTypes[v.Kind]
	default:
		return nil
	}
	if spec.Type != nil {
		t.typ = text(spec.Type)
	}
	return t
}

// isOpen reports an array whose length is that of its literal.
func isOpen(a *ast.ArrayType) bool {
	_, open := a.Len.(*ast.Ellipsis)
	return open
}
