package main

import (
	"cmp"
	"fmt"
	"go/ast"
	"slices"
	"strconv"
	"strings"
)

// variable is the environment variable that chooses a change by its number. 0
// is none.
const variable = "ITSMKIT_MUTANT"

// chooser is added to the package.
const chooser = "package %s\n\nimport \"os\"\n\nvar mutantChoice = os.Getenv(%q)\n"

// apply makes the edits, which do not overlap.
func apply(text []byte, edits []edit) []byte {
	edits = slices.Clone(edits)
	slices.SortFunc(edits, func(a, b edit) int { return cmp.Compare(a.from, b.from) })
	var out []byte
	at := 0
	for _, e := range edits {
		out = append(append(out, text[at:e.from]...), e.text...)
		at = e.to
	}
	return append(out, text[at:]...)
}

// choice is the value of a table as source text: a function that picks one of
// its mutants, each by its number, or the value itself. An array whose length is
// open becomes a slice, so that entries can be missing.
func (p *pkg) choice(t *table) string {
	from, to := p.offset(t.value.Pos()), p.offset(t.value.End())
	var b strings.Builder
	fmt.Fprintf(&b, "func() %s { switch mutantChoice {\n", t.typ)
	for _, m := range t.mutants {
		fmt.Fprintf(&b, "case %q: return %s\n", strconv.Itoa(m.number), p.value(t, from, to, m.edits))
	}
	fmt.Fprintf(&b, "}\nreturn %s }()", p.value(t, from, to, nil))
	return b.String()
}

func (p *pkg) value(t *table, from, to int, edits []edit) string {
	if lit, ok := t.value.(*ast.CompositeLit); ok {
		if a, ok := lit.Type.(*ast.ArrayType); ok && isOpen(a) {
			edits = append(slices.Clone(edits), edit{p.offset(a.Len.Pos()), p.offset(a.Len.End()), ""})
		}
	}
	moved := slices.Clone(edits)
	for i := range moved {
		moved[i].from -= from
		moved[i].to -= from
	}
	return string(apply(t.file.text[from:to], moved))
}

// overlay returns the changed files by their path: every table is a choice, and
// the blocks of constants among them are variables.
func (p *pkg) overlay(tables []*table) map[string][]byte {
	edits := make(map[*source][]edit)
	done := make(map[*ast.GenDecl]bool)
	for _, t := range tables {
		edits[t.file] = append(edits[t.file], edit{p.offset(t.value.Pos()), p.offset(t.value.End()), p.choice(t)})
		if t.block != nil && !done[t.block] {
			done[t.block] = true
			at := p.offset(t.block.Pos())
			edits[t.file] = append(edits[t.file], edit{at, at + len("const"), "var"})
		}
	}
	files := map[string][]byte{p.dir + "/mutant_choice.go": fmt.Appendf(nil, chooser, p.name, variable)}
	for f, e := range edits {
		files[f.path] = apply(f.text, e)
	}
	return files
}
