package reconcile

import (
	"cmp"
	"encoding/hex"
	"iter"
	"slices"
	"strings"
)

// An operationView is what the page says of one operation.
type operationView struct {
	N, TypeN                int // its place in the plan and its type, from 1
	Kind, Wanted            Kind
	ID, Name, Type, Class   shown
	Target, Key             shown
	Code, Reason, Brief     shown
	Changes                 []changeView
	Needs                   []refView
	HasBase, HasFrom, HasTo bool
	FromTitle, ToTitle      string
	Open                    bool
}

type changeView struct {
	Field, Reason  shown
	Base, From, To valueView
}

// A valueView is a word for what is no text, or a text, or a reference by name.
type valueView struct {
	Word string
	Text shown
	Ref  *refView
}

// A refView is an operation by name. N is 0 when the plan does not hold it.
type refView struct {
	N    int
	Name shown
}

// A viewer shows the operations of a plan one by one, so that a long plan is not in
// memory twice.
type viewer struct {
	plan    *Plan
	ids     map[string]int // operations by ID
	targets map[string]int // and by target id, where that is unique by its form
	types   map[string]int // their numbers on the page
}

func newViewer(p *Plan, types []typeView) *viewer {
	v := &viewer{plan: p, ids: make(map[string]int, len(p.Operations)), targets: map[string]int{}, types: map[string]int{}}
	for _, t := range types {
		v.types[t.Name.Plain] = t.N
	}
	for i := range p.Operations {
		op := &p.Operations[i]
		v.ids[op.ID] = i
		if unique(op.Target) {
			if _, twice := v.targets[op.Target]; twice {
				i = -1
			}
			v.targets[op.Target] = i
		}
	}
	return v
}

// unique reports whether an id is so long that no other record, of whatever class, has
// it: 32 hex digits.
func unique(id string) bool {
	if len(id) != 32 {
		return false
	}
	_, err := hex.DecodeString(id)
	return err == nil
}

func (v *viewer) operations(places []int, withReason bool) iter.Seq[*operationView] {
	return func(yield func(*operationView) bool) {
		for _, i := range places {
			if !yield(v.operation(i, withReason)) {
				return
			}
		}
	}
}

func (v *viewer) operation(i int, withReason bool) *operationView {
	op := &v.plan.Operations[i]
	o := &operationView{
		N: i + 1, TypeN: v.types[op.Type], Kind: op.Kind, Wanted: op.Wanted, ID: show(op.ID), Name: show(cmp.Or(op.Name, op.ID)),
		Type: show(op.Type), Class: show(op.Class), Target: show(op.Target), Key: show(op.Key),
		Code: show(op.Code), Reason: show(op.Reason),
		Open: op.Kind.Writes() && len(v.plan.Operations) <= unfolded,
	}
	o.FromTitle, o.ToTitle = "Now", "Will be"
	switch op.Kind {
	case Create:
		o.ToTitle = "Value"
	case Delete:
		o.FromTitle = "Must still be"
	case Skip, Blocked:
		o.ToTitle = "Would be"
	}
	for _, c := range op.Changes {
		o.Changes = append(o.Changes, v.change(i, c))
		o.HasBase = o.HasBase || !c.Base.IsAbsent()
		o.HasFrom = o.HasFrom || !c.From.IsAbsent()
		o.HasTo = o.HasTo || !c.To.IsAbsent() || c.Ref != ""
	}
	for _, need := range op.Needs {
		o.Needs = append(o.Needs, v.reference(need))
	}
	switch {
	case withReason:
		o.Brief = o.Reason
	case op.Kind == Update:
		o.Brief = show(fieldNames(op.Changes))
	}
	return o
}

// fieldNames lists the first fields.
func fieldNames(changes []Change) string {
	const most = 5
	names := make([]string, 0, most+1)
	for i, c := range changes {
		if i == most {
			names = append(names, "…")
			break
		}
		names = append(names, c.Field)
	}
	return strings.Join(names, ", ")
}

func (v *viewer) change(i int, c Change) changeView {
	out := changeView{Field: show(c.Field), Reason: show(c.Reason)}
	out.Base, out.From, out.To = v.value(i, c, c.Base), v.value(i, c, c.From), v.value(i, c, c.To)
	if c.Ref != "" && !c.Masked {
		ref := v.reference(c.Ref)
		if ref.N > 0 {
			out.To.Word, out.To.Ref = "", &ref
		}
	}
	return out
}

func (v *viewer) value(i int, c Change, value Value) valueView {
	switch {
	case value.IsAbsent():
		return valueView{Word: "not set"}
	case value.IsNull():
		return valueView{Word: "no value"}
	case c.Masked || value.IsWithheld():
		return valueView{Word: "masked"}
	case value.Text() == "":
		return valueView{Word: "empty text"}
	}
	out := valueView{Text: show(value.Text())}
	if at, there := v.targets[value.Text()]; there && at >= 0 && at != i {
		out.Ref = &refView{at + 1, v.name(at)}
	}
	return out
}

func (v *viewer) reference(id string) refView {
	at, there := v.ids[id]
	if !there {
		return refView{Name: show(id)}
	}
	return refView{at + 1, v.name(at)}
}

func (v *viewer) name(at int) shown {
	return show(cmp.Or(v.plan.Operations[at].Name, v.plan.Operations[at].ID))
}

// groups puts operations with one code together, the most frequent code first.
func (v *viewer) groups(places []int) []groupView {
	var list []groupView
	at := map[string]int{}
	for _, i := range places {
		op := &v.plan.Operations[i]
		g, there := at[op.Code]
		if !there {
			g = len(list)
			at[op.Code] = g
			list = append(list, groupView{Code: show(cmp.Or(op.Code, "no code")), Words: show(op.Reason), viewer: v})
		}
		list[g].operations = append(list[g].operations, i)
		list[g].several = list[g].several || op.Reason != list[g].Words.Plain
	}
	for i := range list {
		g := &list[i]
		g.Count, g.Open = figure(len(g.operations)), len(g.operations) <= unfolded
		if g.several {
			g.Words = show("e.g. " + g.Words.Plain)
		}
	}
	slices.SortStableFunc(list, func(a, b groupView) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Code.Plain, b.Code.Plain))
	})
	return list
}
