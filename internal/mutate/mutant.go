package main

import (
	"fmt"
	"go/ast"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
)

// mutant is one change of one table.
type mutant struct {
	number int // from 1
	pos    token.Position
	table  string
	what   string
	edits  []edit
}

func (m mutant) String() string {
	return fmt.Sprintf("%s:%d: %s: %s", filepath.Base(m.pos.Filename), m.pos.Line, m.table, m.what)
}

// edit replaces the bytes from one offset to another of the table's file.
type edit struct {
	from, to int
	text     string
}

// literalMutants collects the changes of one table's value.
type literalMutants struct {
	file   *source
	pkg    *pkg
	table  string
	result []mutant
}

func (l *literalMutants) add(at ast.Node, what string, edits ...edit) {
	l.result = append(l.result, mutant{pos: l.pkg.fset.Position(at.Pos()), table: l.table, what: what, edits: edits})
}

func (l *literalMutants) text(n ast.Node) string {
	return string(l.file.text[l.pkg.offset(n.Pos()):l.pkg.offset(n.End())])
}

func (l *literalMutants) replace(n ast.Node, with string) {
	l.add(n, l.text(n)+" becomes "+with, edit{l.pkg.offset(n.Pos()), l.pkg.offset(n.End()), with})
}

// visit mutates an expression. The type is the one that an element leaves out.
func (l *literalMutants) visit(e, elided ast.Expr) {
	switch e := e.(type) {
	case *ast.BasicLit:
		l.basic(e)
	case *ast.Ident:
		l.ident(e)
	case *ast.CompositeLit:
		l.composite(e, elided)
	case *ast.UnaryExpr:
		if lit, ok := e.X.(*ast.CompositeLit); ok {
			l.composite(lit, elided)
			return
		}
		l.visit(e.X, nil)
	case *ast.BinaryExpr:
		l.visit(e.X, nil)
		l.visit(e.Y, nil)
	case *ast.ParenExpr:
		l.visit(e.X, elided)
	case *ast.CallExpr:
		for _, arg := range e.Args {
			l.visit(arg, nil)
		}
	}
}

func (l *literalMutants) basic(lit *ast.BasicLit) {
	switch lit.Kind {
	case token.STRING:
		if s, err := strconv.Unquote(lit.Value); err == nil {
			l.replace(lit, strconv.Quote(s+"~"))
		}
	case token.INT, token.FLOAT:
		l.replace(lit, lit.Value+"+1")
	case token.CHAR:
		l.replace(lit, lit.Value+"+1")
	}
}

func (l *literalMutants) ident(id *ast.Ident) {
	switch id.Name {
	case "true":
		l.replace(id, "false")
	case "false":
		l.replace(id, "true")
	default:
		if other, ok := l.pkg.neighbour[id.Name]; ok {
			l.replace(id, other)
		}
	}
}

func (l *literalMutants) composite(lit *ast.CompositeLit, elided ast.Expr) {
	typ := lit.Type
	if typ == nil {
		typ = elided
	}
	switch typ := l.pkg.underlying(typ).(type) {
	case *ast.ArrayType:
		l.drop(lit)
		l.swap(lit)
		for _, e := range lit.Elts {
			l.visit(valueOf(e), typ.Elt)
		}
	case *ast.MapType:
		l.drop(lit)
		for _, e := range lit.Elts {
			if pair, ok := e.(*ast.KeyValueExpr); ok {
				if key, ok := pair.Key.(*ast.BasicLit); ok {
					l.basic(key)
				}
			}
			l.visit(valueOf(e), typ.Value)
		}
	default:
		for _, e := range lit.Elts {
			l.visit(valueOf(e), nil)
		}
	}
}

func valueOf(e ast.Expr) ast.Expr {
	if pair, ok := e.(*ast.KeyValueExpr); ok {
		return pair.Value
	}
	return e
}

// drop takes each entry out, together with what is between it and the next.
func (l *literalMutants) drop(lit *ast.CompositeLit) {
	for i, e := range lit.Elts {
		end := lit.Rbrace
		if i+1 < len(lit.Elts) {
			end = lit.Elts[i+1].Pos()
		}
		l.add(e, "without "+l.text(e), edit{l.pkg.offset(e.Pos()), l.pkg.offset(end), ""})
	}
}

// swap exchanges neighbours that differ. Entries with a key have no order.
func (l *literalMutants) swap(lit *ast.CompositeLit) {
	if slices.ContainsFunc(lit.Elts, func(e ast.Expr) bool { return valueOf(e) != e }) {
		return
	}
	for i := range len(lit.Elts) - 1 {
		a, b := lit.Elts[i], lit.Elts[i+1]
		if l.text(a) == l.text(b) {
			continue
		}
		l.add(a, l.text(b)+" before "+l.text(a),
			edit{l.pkg.offset(a.Pos()), l.pkg.offset(a.End()), l.text(b)},
			edit{l.pkg.offset(b.Pos()), l.pkg.offset(b.End()), l.text(a)})
	}
}
