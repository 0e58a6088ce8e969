package reconcile

import (
	"cmp"
	"slices"
	"strings"
)

// node is an operation in the graph of needs.
type node struct {
	op    Operation
	level int
}

func (n *node) block(code, reason string) {
	if n.op.Kind.Writes() {
		n.op.Wanted = n.op.Kind
	}
	n.op.Kind, n.op.Code, n.op.Reason = Blocked, code, reason
}

// graph is what Build works on.
type graph struct {
	nodes      []node
	at         map[string]int    // index by ID
	idle       map[Tally]int     // updates without changes
	idleTarget map[string]string // their target ids by ID
}

// dropIdle takes updates without changes out of the graph.
func (g *graph) dropIdle() {
	kept := g.nodes[:0]
	for _, n := range g.nodes {
		if n.op.Kind == Update && len(n.op.Changes) == 0 {
			g.idle[Tally{Type: n.op.Type, Class: n.op.Class}]++
			g.idleTarget[n.op.ID] = n.op.Target
			continue
		}
		kept = append(kept, n)
	}
	g.nodes = kept
	clear(g.at)
	for i := range g.nodes {
		g.at[g.nodes[i].op.ID] = i
	}
}

// resolve forgets needs of idle updates, whose records are there already, and fills
// in the target ids that references can have by now.
func (g *graph) resolve() {
	for i := range g.nodes {
		op := &g.nodes[i].op
		copied := false
		for k, c := range op.Changes {
			if c.Ref == "" {
				continue
			}
			target, idle := g.idleTarget[c.Ref]
			if idle {
				c.Ref = ""
			} else if j, there := g.at[c.Ref]; there {
				target = g.nodes[j].op.Target
			}
			if c.To.IsAbsent() && target != "" {
				c.To = Text(target)
			}
			if c == op.Changes[k] {
				continue
			}
			if !copied {
				op.Changes, copied = slices.Clone(op.Changes), true
			}
			op.Changes[k] = c
		}
		if len(g.idleTarget) > 0 {
			op.Needs = slices.DeleteFunc(op.Needs, func(need string) bool {
				_, idle := g.idleTarget[need]
				return idle
			})
		}
	}
}

// blockShared blocks operations that want to write one target record. Those that
// need another one of them are meant to follow it and are no rivals.
func (g *graph) blockShared() {
	type record struct{ class, target string }
	writers := map[record][]int{}
	for i := range g.nodes {
		op := &g.nodes[i].op
		if op.Target == "" || !(op.Kind.Writes() || op.Kind == Blocked && op.Code == CodeAmbiguous) {
			continue
		}
		r := record{cmp.Or(op.Class, op.Type), op.Target}
		writers[r] = append(writers[r], i)
	}
	for r, list := range writers {
		if len(list) < 2 {
			continue
		}
		ids := make([]string, len(list))
		for i, k := range list {
			ids[i] = g.nodes[k].op.ID
		}
		var rivals []int
		for _, k := range list {
			if !slices.ContainsFunc(g.nodes[k].op.Needs, func(need string) bool {
				return need != g.nodes[k].op.ID && slices.Contains(ids, need)
			}) {
				rivals = append(rivals, k)
			}
		}
		if len(rivals) < 2 {
			continue
		}
		slices.SortFunc(ids, naturalCompare)
		reason := "several operations want to write " + r.class + " " + r.target + ": " + listing(ids)
		for _, k := range list {
			if n := &g.nodes[k]; n.op.Kind.Writes() {
				n.block(CodeAmbiguous, reason)
			}
		}
	}
}

// blockRemovals blocks removals that rest on an incomplete scan.
func (g *graph) blockRemovals(incomplete string) {
	if incomplete == "" {
		return
	}
	for i := range g.nodes {
		if n := &g.nodes[i]; n.op.Kind.Removes() {
			n.block(CodeIncomplete, "a scan was incomplete: "+incomplete)
		}
	}
}

// turnRemovals makes parents wait for the removal of what refers to them. A parent
// that is not in the plan stays, so there is nothing to wait for.
func (g *graph) turnRemovals() {
	type wait struct{ parent, child int }
	var waits []wait
	for i := range g.nodes {
		op := &g.nodes[i].op
		if !removal(op) {
			continue
		}
		op.Needs = slices.DeleteFunc(op.Needs, func(need string) bool {
			parent, there := g.at[need]
			if !there {
				return true
			}
			if !removal(&g.nodes[parent].op) {
				return false
			}
			waits = append(waits, wait{parent, i})
			return true
		})
	}
	for _, w := range waits {
		op := &g.nodes[w.parent].op
		op.Needs = append(op.Needs, g.nodes[w.child].op.ID)
	}
	for _, w := range waits {
		op := &g.nodes[w.parent].op
		slices.SortFunc(op.Needs, naturalCompare)
		op.Needs = slices.Compact(op.Needs)
	}
}

// removal reports whether op removes, or would if it were not blocked.
func removal(op *Operation) bool {
	return op.Kind.Removes() || op.Kind == Blocked && op.Wanted.Removes()
}

// blockDangling blocks operations that need what is not in the plan, and writes that
// would wait for removals, which come last.
func (g *graph) blockDangling() {
	for i := range g.nodes {
		n := &g.nodes[i]
		if !n.op.Kind.Writes() {
			continue
		}
		for _, need := range n.op.Needs {
			j, there := g.at[need]
			if !there {
				n.block(CodeDangling, "needs "+need+", which is not in the plan")
				break
			}
			if !n.op.Kind.Removes() && removal(&g.nodes[j].op) {
				n.block(CodeNeeds, "needs "+need+", which is removed, and removals come last")
				break
			}
		}
	}
}

// blockCycles blocks the members of every cycle, naming it.
func (g *graph) blockCycles() {
	for _, members := range g.knots() {
		ids := g.cycle(members)
		reason := "needs itself: " + strings.Join(ids, " -> ")
		if len(ids) > 12 {
			reason = "needs itself: " + strings.Join(ids[:10], " -> ") + " -> ... -> " + ids[len(ids)-1]
		}
		for _, i := range members {
			if n := &g.nodes[i]; n.op.Kind.Writes() {
				n.block(CodeCycle, reason)
			}
		}
	}
}

// settle gives every node its level and passes blocks on to those that need them.
// Cycles are blocked by now and do not count as needs of one another.
func (g *graph) settle() {
	waiting := make([]int, len(g.nodes))
	children := make([][]int, len(g.nodes))
	var ready []int
	for i := range g.nodes {
		if n := &g.nodes[i]; n.op.Kind.Writes() {
			for _, need := range n.op.Needs {
				j := g.at[need]
				waiting[i]++
				children[j] = append(children[j], i)
			}
		}
		if waiting[i] == 0 {
			ready = append(ready, i)
		}
	}
	for len(ready) > 0 {
		i := ready[len(ready)-1]
		ready = ready[:len(ready)-1]
		g.place(&g.nodes[i])
		for _, child := range children[i] {
			if waiting[child]--; waiting[child] == 0 {
				ready = append(ready, child)
			}
		}
	}
}

// place sets a node's level, or blocks it, once all that it needs is placed.
func (g *graph) place(n *node) {
	if !n.op.Kind.Writes() {
		return
	}
	for _, need := range n.op.Needs {
		parent := &g.nodes[g.at[need]]
		switch parent.op.Kind {
		case Blocked:
			n.block(CodeNeeds, "needs "+need+", which is blocked ("+cmp.Or(parent.op.Code, "no code given")+")")
			return
		case Skip:
			n.block(CodeNeeds, "needs "+need+", which is skipped ("+cmp.Or(parent.op.Code, "no code given")+")")
			return
		}
		n.level = max(n.level, parent.level+1)
	}
}

// ordered returns the operations in the plan's order.
func (g *graph) ordered(rank map[string]int) []Operation {
	slices.SortFunc(g.nodes, func(a, b node) int {
		return cmp.Or(
			cmp.Compare(section(a.op.Kind), section(b.op.Kind)),
			cmp.Compare(a.level, b.level),
			cmp.Compare(rank[a.op.Type], rank[b.op.Type]),
			strings.Compare(a.op.Type, b.op.Type),
			naturalCompare(a.op.ID, b.op.ID),
		)
	})
	if len(g.nodes) == 0 {
		return nil
	}
	operations := make([]Operation, len(g.nodes))
	for i := range g.nodes {
		operations[i] = g.nodes[i].op
	}
	return operations
}

func section(k Kind) int {
	switch k {
	case Create, Update:
		return 0
	case Delete, Retire:
		return 1
	case Skip:
		return 2
	default:
		return 3
	}
}

// listing joins a few IDs and counts the rest.
func listing(ids []string) string {
	const most = 10
	if len(ids) <= most {
		return strings.Join(ids, ", ")
	}
	return strings.Join(ids[:most], ", ") + ", ..."
}
