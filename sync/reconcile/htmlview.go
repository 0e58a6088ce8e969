package reconcile

import (
	"fmt"
	"html/template"
	"iter"
	"slices"
	"strings"
)

// A pageView is what the template reads.
type pageView struct {
	Source, Target        shown
	Digest, Format        string
	Figures, Kinds        []figureView
	Bars                  []barView
	Notes                 []noteView
	Counts                []countView
	Totals                []figureView
	Types                 []typeView
	Sections              []sectionView
	Style                 template.CSS
	Script                template.JS
	StyleHash, ScriptHash string
}

type figureView struct {
	Kind, Title, Section string
	Count                figure
}

type barView struct {
	Kind     string
	X, Width int
}

type noteView struct{ Kind, Text, Section, Link string }

type countView struct {
	Type, Class shown
	Cells       []figureView
}

// A typeView is a type with its number on the page: attributes hold no text of the plan.
type typeView struct {
	N     int
	Name  shown
	Count figure
}

func (p *Plan) view() *pageView {
	total, types := p.Total(), p.types()
	v := &pageView{
		Source: show(p.Source), Target: show(p.Target), Digest: p.Digest, Format: p.Format,
		Figures: figures(total), Totals: figures(total),
		Bars: bars(total), Notes: p.notes(total), Types: types, Sections: p.sections(types),
		Style:  template.CSS(pageCSS), //nolint:gosec // the page's own style, not a text of the plan
		Script: template.JS(pageJS),   //nolint:gosec // the page's own script, not a text of the plan
	}
	v.StyleHash, v.ScriptHash = asset(pageCSS), asset(pageJS)
	for _, f := range v.Figures {
		if f.Section != "" && f.Count > 0 {
			v.Kinds = append(v.Kinds, f)
		}
	}
	for _, c := range p.Counts() {
		v.Counts = append(v.Counts, countView{Type: show(c.Type), Class: show(c.Class), Cells: figures(c)})
	}
	return v
}

// figures are the counts in the order in which the page shows them everywhere.
func figures(c Count) []figureView {
	return []figureView{
		{"create", "Create", "apply", figure(c.Create)},
		{"update", "Update", "apply", figure(c.Update)},
		{"retire", "Retire", "remove", figure(c.Retire)},
		{"delete", "Delete", "remove", figure(c.Delete)},
		{"blocked", "Blocked", "blocked", figure(c.Blocked)},
		{"skip", "Skipped", "skipped", figure(c.Skip)},
		{"unchanged", "Unchanged", "", figure(c.Unchanged)},
	}
}

// bars share a width of 1,000 among the counts; what is there at all is seen.
func bars(c Count) []barView {
	const width, least = 1000, 6
	list := slices.DeleteFunc(figures(c), func(f figureView) bool { return f.Count == 0 })
	sum := 0
	for _, f := range list {
		sum += int(f.Count)
	}
	out := make([]barView, 0, len(list))
	x := 0
	for i, f := range list {
		w := least + int(int64(width-least*len(list))*int64(f.Count)/int64(sum))
		if i == len(list)-1 {
			w = width - x
		}
		out = append(out, barView{Kind: f.Kind, X: x, Width: w})
		x += w
	}
	return out
}

// notes are what nobody may overlook.
func (p *Plan) notes(total Count) []noteView {
	var notes []noteView
	if removals := total.Delete + total.Retire; removals > 0 {
		text := fmt.Sprintf("Takes %s out of the target.", plural(removals, "record"))
		records := 0
		for _, t := range p.Records {
			records += t.Count
		}
		if records >= removals {
			tenths := removals * 1000 / records
			text = fmt.Sprintf("Takes %s out of the target, of %s seen there (%d.%d\u00a0%%).",
				plural(removals, "record"), figure(records), tenths/10, tenths%10)
		}
		notes = append(notes, noteView{"delete", text, "remove", "Look at them"})
	}
	if total.Blocked > 0 {
		text := plural(total.Blocked, "operation") + " cannot be carried out: something is in the way."
		notes = append(notes, noteView{"blocked", text, "blocked", "See why"})
	}
	masked := 0
	for i := range p.Operations {
		for _, c := range p.Operations[i].Changes {
			if c.Masked && p.Operations[i].Kind.Writes() {
				masked++
			}
		}
	}
	if masked > 0 {
		text := plural(masked, "field") + " with a masked value: it is written, and shown nowhere."
		notes = append(notes, noteView{Kind: "skip", Text: text})
	}
	return notes
}

func plural(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return figure(n).String() + " " + what
}

func (p *Plan) types() []typeView {
	number := map[string]int{}
	for i := range p.Operations {
		number[p.Operations[i].Type]++
	}
	list := make([]typeView, 0, len(number))
	for typ, n := range number {
		list = append(list, typeView{Name: show(typ), Count: figure(n)})
	}
	slices.SortFunc(list, func(a, b typeView) int { return strings.Compare(a.Name.Plain, b.Name.Plain) })
	for i := range list {
		list[i].N = i + 1
	}
	return list
}

// A sectionView is one of the four parts of the list of operations. It holds its
// operations or groups of them.
type sectionView struct {
	Anchor, Title, Hint string
	Count               figure
	Groups              []groupView
	viewer              *viewer
	operations          []int
}

// A groupView holds what was skipped or blocked with one code.
type groupView struct {
	Code, Words shown
	Count       figure
	Open        bool
	viewer      *viewer
	operations  []int
	several     bool // reasons
}

// unfolded is how many operations are shown unfolded: as many as can be read in one go.
const unfolded = 25

func (p *Plan) sections(types []typeView) []sectionView {
	all := []sectionView{
		{Anchor: "apply", Title: "To apply", Hint: "In this order: what others refer to comes first."},
		{Anchor: "remove", Title: "To remove", Hint: "In this order, after all of the above. Whoever applies the plan must allow removals."},
		{Anchor: "blocked", Title: "Blocked", Hint: "Nothing is written for these. Grouped by reason."},
		{Anchor: "skipped", Title: "Skipped", Hint: "Left alone by choice. Grouped by reason."},
	}
	places := []int{0, 1, 3, 2} // sections of the plan's order: skips come before what is blocked
	v := newViewer(p, types)
	for i := range p.Operations {
		s := &all[places[section(p.Operations[i].Kind)]]
		s.operations = append(s.operations, i)
	}
	var out []sectionView
	for _, s := range all {
		if len(s.operations) == 0 {
			continue
		}
		s.viewer, s.Count = v, figure(len(s.operations))
		if !p.Operations[s.operations[0]].Kind.Writes() {
			s.Groups, s.operations = v.groups(s.operations), nil
		}
		out = append(out, s)
	}
	return out
}

// Operations yields the section's operations; grouped ones are in their groups.
func (s sectionView) Operations() iter.Seq[*operationView] {
	return s.viewer.operations(s.operations, false)
}

// Operations yields the group's operations.
func (g groupView) Operations() iter.Seq[*operationView] {
	return g.viewer.operations(g.operations, g.several)
}
