package reconcile

import (
	"cmp"
	"slices"
)

// Format is the version of the plan format that this package writes. The number
// before the dot changes when older readers could misunderstand a plan; ReadPlan
// refuses any other one.
const Format = "1.0"

// Tally is a number of records of one type and class.
type Tally struct {
	Type  string `json:"type"`
	Class string `json:"class,omitempty"`
	Count int    `json:"count"`
}

// Plan is what has to be written, in order. Make one with a [Builder] or [ReadPlan];
// any change by hand makes its digest wrong and [Apply] refuse it.
type Plan struct {
	// Format is the version of the plan's form.
	Format string
	// Source and Target name the two systems, e.g. "netbox.example.com" and
	// "acme.service-now.com".
	Source, Target string
	// Unchanged counts the records that need nothing, which have no operation.
	Unchanged []Tally
	// Records counts the target records that were seen: the guard of Apply measures
	// removals against them.
	Records []Tally
	// Operations stand in the order in which they are applied: creates and updates
	// with parents first, then removals with children first, then skips, then what
	// is blocked.
	Operations []Operation
	// Digest is "sha256:" and 64 hex digits over everything above, with masked values
	// standing for themselves by their digests.
	Digest string
}

// Count is the number of operations and unchanged records of one type and class.
type Count struct {
	Type, Class                                              string
	Create, Update, Delete, Retire, Skip, Blocked, Unchanged int
}

func (c *Count) add(o Count) {
	c.Create += o.Create
	c.Update += o.Update
	c.Delete += o.Delete
	c.Retire += o.Retire
	c.Skip += o.Skip
	c.Blocked += o.Blocked
	c.Unchanged += o.Unchanged
}

// Writes returns how many operations write something.
func (c Count) Writes() int { return c.Create + c.Update + c.Delete + c.Retire }

// Counts returns the counts by type and class, in order of type and then class.
func (p *Plan) Counts() []Count {
	type place struct{ typ, class string }
	found := map[place]*Count{}
	at := func(typ, class string) *Count {
		c := found[place{typ, class}]
		if c == nil {
			c = &Count{Type: typ, Class: class}
			found[place{typ, class}] = c
		}
		return c
	}
	for i := range p.Operations {
		op := &p.Operations[i]
		c := at(op.Type, op.Class)
		switch op.Kind {
		case Create:
			c.Create++
		case Update:
			c.Update++
		case Delete:
			c.Delete++
		case Retire:
			c.Retire++
		case Skip:
			c.Skip++
		case Blocked:
			c.Blocked++
		}
	}
	for _, t := range p.Unchanged {
		at(t.Type, t.Class).Unchanged += t.Count
	}
	counts := make([]Count, 0, len(found))
	for _, c := range found {
		counts = append(counts, *c)
	}
	slices.SortFunc(counts, func(a, b Count) int {
		return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.Class, b.Class))
	})
	return counts
}

// Total returns the counts over all types and classes.
func (p *Plan) Total() Count {
	var total Count
	for _, c := range p.Counts() {
		total.add(c)
	}
	return total
}

// Empty reports whether the plan writes nothing.
func (p *Plan) Empty() bool { return p.Total().Writes() == 0 }

// Operation returns the operation with this ID.
func (p *Plan) Operation(id string) (Operation, bool) {
	for i := range p.Operations {
		if p.Operations[i].ID == id {
			return p.Operations[i], true
		}
	}
	return Operation{}, false
}
