package reconcile

import "slices"

// knots returns the sets of writing operations that need themselves through one
// another (Tarjan's strongly connected components, without recursion), each sorted
// by ID.
func (g *graph) knots() [][]int {
	t := &tarjan{
		graph: g,
		index: make([]int, len(g.nodes)),
		low:   make([]int, len(g.nodes)),
		on:    make([]bool, len(g.nodes)),
	}
	for i := range g.nodes {
		if t.index[i] == 0 {
			t.visit(i)
		}
	}
	return t.knots
}

type tarjan struct {
	*graph
	index, low []int // 0: not visited yet
	on         []bool
	stack      []int
	count      int
	knots      [][]int
}

// frame is a node under way, with how many of its needs have been seen.
type frame struct{ node, need int }

func (t *tarjan) visit(root int) {
	frames := []frame{t.enter(root)}
	for len(frames) > 0 {
		f := &frames[len(frames)-1]
		needs := t.needs(f.node)
		if f.need < len(needs) {
			next := t.at[needs[f.need]]
			f.need++
			if t.index[next] == 0 {
				frames = append(frames, t.enter(next))
			} else if t.on[next] {
				t.low[f.node] = min(t.low[f.node], t.index[next])
			}
			continue
		}
		node := f.node
		frames = frames[:len(frames)-1]
		if len(frames) > 0 {
			parent := frames[len(frames)-1].node
			t.low[parent] = min(t.low[parent], t.low[node])
		}
		if t.low[node] == t.index[node] {
			t.leave(node)
		}
	}
}

func (t *tarjan) enter(i int) frame {
	t.count++
	t.index[i], t.low[i] = t.count, t.count
	t.on[i] = true
	t.stack = append(t.stack, i)
	return frame{node: i}
}

// leave takes a finished component off the stack and keeps it if it is a knot.
func (t *tarjan) leave(root int) {
	var members []int
	for {
		i := t.stack[len(t.stack)-1]
		t.stack = t.stack[:len(t.stack)-1]
		t.on[i] = false
		members = append(members, i)
		if i == root {
			break
		}
	}
	if len(members) == 1 && !slices.Contains(t.needs(root), t.nodes[root].op.ID) {
		return
	}
	slices.SortFunc(members, func(a, b int) int { return naturalCompare(t.nodes[a].op.ID, t.nodes[b].op.ID) })
	t.knots = append(t.knots, members)
}

// needs returns what a node waits for: nothing when it does not write anyway. All
// needs of a writing node are in the plan by now.
func (g *graph) needs(i int) []string {
	if op := &g.nodes[i].op; op.Kind.Writes() {
		return op.Needs
	}
	return nil
}

// cycle returns a shortest cycle through the first member of a knot, which stands at
// both ends.
func (g *graph) cycle(members []int) []string {
	first := members[0]
	inside := make(map[int]bool, len(members))
	for _, i := range members {
		inside[i] = true
	}
	cameFrom := map[int]int{}
	queue := []int{first}
	for len(queue) > 0 {
		i := queue[0]
		queue = queue[1:]
		for _, need := range g.needs(i) {
			next := g.at[need]
			if next == first {
				ids := []string{g.nodes[first].op.ID}
				for ; i != first; i = cameFrom[i] {
					ids = append(ids, g.nodes[i].op.ID)
				}
				ids = append(ids, g.nodes[first].op.ID)
				slices.Reverse(ids)
				return ids
			}
			if _, seen := cameFrom[next]; !seen && inside[next] {
				cameFrom[next] = i
				queue = append(queue, next)
			}
		}
	}
	return nil
}
