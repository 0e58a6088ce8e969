package reconcile

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Builder gathers the operations of a plan, in any order: the plan is the same
// whatever the order.
type Builder struct {
	source, target string
	rank           map[string]int
	operations     []Operation
	relations      []Relation
	unchanged      map[Tally]int // by type and class, Count zero
	records        map[Tally]int
	incomplete     string
}

// NewBuilder starts a plan that makes the target say what the source says. Both are
// names for people and for [Options].Target; neither may be empty.
func NewBuilder(source, target string) *Builder {
	return &Builder{
		source: clean(source), target: clean(target),
		rank: map[string]int{}, unchanged: map[Tally]int{}, records: map[Tally]int{},
	}
}

// Types says in which order types are listed where their needs leave it open, the
// first first. Other types follow by name.
func (b *Builder) Types(order ...string) {
	for i, typ := range order {
		b.rank[typ] = i - len(order)
	}
}

// Add adds an operation. The builder and its plans keep its slices, which must not be
// changed afterwards.
func (b *Builder) Add(op Operation) { b.operations = append(b.operations, op) }

// Unchanged counts n records that need nothing.
func (b *Builder) Unchanged(typ, class string, n int) {
	b.unchanged[Tally{Type: clean(typ), Class: clean(class)}] += n
}

// Records counts n target records that were seen, whatever becomes of them; the
// guard of [Apply] measures removals against their sum.
func (b *Builder) Records(typ, class string, n int) {
	b.records[Tally{Type: clean(typ), Class: clean(class)}] += n
}

// Incomplete says that some scan behind the plan ended early, and why: every removal
// is blocked. A reason of "" takes it back.
func (b *Builder) Incomplete(reason string) { b.incomplete = clean(reason) }

// Build makes the plan. Operations that are put together wrongly are errors that name
// them and what to do: no ID, no type, an unknown kind, no Target where a record must
// exist, a change without a field or without anything to write. All that the data can
// bring about is blocked instead, with a code and a reason:
//
//   - two operations with one ID, and two that write one target record, unless one
//     needs the other;
//   - operations that need themselves through others (the cycle is named), that need
//     something which is not in the plan, or something skipped or blocked;
//   - removals when a scan was incomplete.
//
// An update without changes is counted as unchanged and is not in the plan. The
// builder can be added to and built again.
func (b *Builder) Build() (*Plan, error) {
	if b.source == "" || b.target == "" {
		return nil, errors.New("reconcile: build: the plan's source and target need names: give both to NewBuilder")
	}
	g, err := b.graph()
	if err != nil {
		return nil, err
	}
	g.blockShared()
	g.blockRemovals(b.incomplete)
	g.turnRemovals()
	g.blockDangling()
	g.blockCycles()
	g.settle()
	p := &Plan{
		Format: Format, Source: b.source, Target: b.target,
		Unchanged:  tallies(b.unchanged, g.idle),
		Records:    tallies(b.records, nil),
		Operations: g.ordered(b.rank),
	}
	p.Digest = p.sum()
	return p, nil
}

// graph copies the operations, joins those with one ID and drops idle updates.
func (b *Builder) graph() (*graph, error) {
	g := &graph{at: make(map[string]int, len(b.operations)), idle: map[Tally]int{}, idleTarget: map[string]string{}}
	var mistakes []error
	times := map[string]int{}
	for _, given := range append(slices.Clip(b.operations), b.related()...) {
		op, err := normal(given)
		if err != nil {
			mistakes = append(mistakes, err)
			continue
		}
		times[op.ID]++
		if first, there := g.at[op.ID]; there {
			if n := &g.nodes[first]; operationLess(&op, &n.op) {
				n.op = op
			}
			continue
		}
		g.at[op.ID] = len(g.nodes)
		g.nodes = append(g.nodes, node{op: op})
	}
	if err := errors.Join(mistakes...); err != nil {
		return nil, err
	}
	for i := range g.nodes {
		n := &g.nodes[i]
		if k := times[n.op.ID]; k > 1 {
			n.block(CodeDuplicate, fmt.Sprintf("%d operations were given the ID %s", k, n.op.ID))
		}
	}
	g.dropIdle()
	g.resolve()
	return g, nil
}

// normal returns a copy with clean texts and with every Ref among the needs.
func normal(op Operation) (Operation, error) {
	for _, s := range []*string{&op.ID, &op.Type, &op.Class, &op.Key, &op.Target, &op.Name, &op.Code, &op.Reason} {
		*s = clean(*s)
	}
	switch {
	case op.ID == "":
		return op, fmt.Errorf("reconcile: build: an operation of type %q, key %q has no ID: give one such as \"device:42\"", op.Type, op.Key)
	case op.Type == "":
		return op, fmt.Errorf("reconcile: build: operation %s has no Type", op.ID)
	case !op.Kind.known():
		return op, fmt.Errorf("reconcile: build: operation %s has the unknown Kind %q", op.ID, op.Kind)
	case op.Wanted != "" && !op.Wanted.known():
		return op, fmt.Errorf("reconcile: build: operation %s has the unknown Wanted %q", op.ID, op.Wanted)
	}
	if op.Target == "" && op.Kind.Writes() && op.Kind != Create {
		return op, fmt.Errorf("reconcile: build: operation %s has no Target: a %s needs the id of the record", op.ID, op.Kind)
	}
	needs := make([]string, 0, len(op.Needs))
	for _, need := range op.Needs {
		needs = append(needs, clean(need))
	}
	var err error
	if op.Changes, err = normalChanges(&op); err != nil {
		return op, err
	}
	if op.Kind.Writes() {
		for _, c := range op.Changes {
			if c.Ref != "" {
				needs = append(needs, c.Ref)
			}
		}
	}
	slices.SortFunc(needs, naturalCompare)
	op.Needs = slices.Clip(slices.Compact(needs))
	if len(op.Needs) == 0 {
		op.Needs = nil
	}
	return op, nil
}

// normalChanges checks the changes and returns them with clean texts: the same slice
// where nothing is to be cleaned, which is nearly always.
func normalChanges(op *Operation) ([]Change, error) {
	if len(op.Changes) == 0 {
		return nil, nil
	}
	changes, copied := op.Changes, false
	for i := range op.Changes {
		c := op.Changes[i]
		c.Field, c.Ref, c.Reason = clean(c.Field), clean(c.Ref), clean(c.Reason)
		c.From.text, c.To.text, c.Base.text = clean(c.From.text), clean(c.To.text), clean(c.Base.text)
		if c.Field == "" {
			return nil, fmt.Errorf("reconcile: build: operation %s has a change without a Field", op.ID)
		}
		if c.To.IsAbsent() && c.Ref == "" && op.Kind.Writes() && op.Kind != Delete {
			return nil, fmt.Errorf("reconcile: build: operation %s has nothing to write into %s: give Null() to clear a field", op.ID, c.Field)
		}
		if c == op.Changes[i] {
			continue
		}
		if !copied {
			changes, copied = slices.Clone(op.Changes), true
		}
		changes[i] = c
	}
	return changes, nil
}

// clean makes a text what JSON can carry, so that a plan survives its file.
func clean(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

// operationLess chooses between operations with one ID, so that the plan does not
// depend on which came first.
func operationLess(a, b *Operation) bool {
	return operationText(a) < operationText(b)
}

func operationText(op *Operation) string {
	s := newSum()
	s.operation(op)
	return s.text()
}

func tallies(groups ...map[Tally]int) []Tally {
	sum := map[Tally]int{}
	for _, g := range groups {
		for place, n := range g {
			sum[place] += n
		}
	}
	var list []Tally
	for place, n := range sum {
		if n != 0 {
			place.Count = n
			list = append(list, place)
		}
	}
	slices.SortFunc(list, func(a, b Tally) int {
		if a.Type != b.Type {
			return strings.Compare(a.Type, b.Type)
		}
		return strings.Compare(a.Class, b.Class)
	})
	return list
}
