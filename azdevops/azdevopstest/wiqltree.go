package azdevopstest

import (
	"net/http"
	"slices"
)

// treeLink is the kind of link that makes trees of work items.
const treeLink = "System.LinkTypes.Hierarchy-Forward"

// answerTree answers a query of links of all levels: first a root, then what is
// below it, each behind its parent. Items that fit as source stand with all below
// them that fit as target, without a gap. With the mode ReturnMatchingChildren it
// is the items that fit as target, with those above them that fit as source (the
// two choices of the documentation, "Query by linked work items"; in which order
// the rows come is not verified on a real organization).
func (s *Server) answerTree(q *request, query *wiql, sources, links allOf, top int) answer {
	targets, good := treeTargets(links)
	if !good {
		return refuse(http.StatusBadRequest, "SyntaxException", "TF51006: The mode Recursive is about links of the type "+treeLink+", alone and in a condition of its own.")
	}
	t := s.treeAt(query)
	if query.childrenFirst {
		t.keepFromBelow(sources, targets)
	} else {
		t.keepFromAbove(sources, targets)
	}
	rows := t.rows(q.base)
	if top > 0 && len(rows) > top {
		rows = rows[:top]
	}
	return s.answerRows(q, query, "tree", rows)
}

// treeTargets are the conditions of the items below; it reports whether the
// others want links of trees, and no others.
func treeTargets(links allOf) (targets allOf, good bool) {
	var kinds allOf
	for _, c := range links {
		sides := c.sides()
		switch {
		case !slices.Contains(sides, ofLink):
			targets = append(targets, c)
		case slices.Contains(sides, ofTarget):
			return nil, false
		default:
			kinds = append(kinds, c)
		}
	}
	for _, pair := range opposites {
		for _, kind := range pair {
			if kinds.holds(row{link: kind}) != (kind == treeLink) {
				return nil, false
			}
		}
	}
	return targets, true
}

// workTree are the work items with those below them, in the order of a query.
type workTree struct {
	items    []row
	children map[int][]row
	parent   map[int]int
	// kept are the items of the answer, joined those that stand below their parent
	// in it.
	kept, joined map[int]bool
}

func (s *Server) treeAt(query *wiql) *workTree {
	t := &workTree{children: map[int][]row{}, parent: map[int]int{}, kept: map[int]bool{}, joined: map[int]bool{}}
	t.items = slices.Collect(s.rowsAt(query.asOf))
	sortRows(t.items, query.order)
	for _, r := range t.items {
		var below []row
		for _, link := range s.linksOf(r, query.asOf, nil) {
			if link.link == treeLink {
				below = append(below, row{item: link.target, rev: link.other})
				t.parent[link.target.id] = r.item.id
			}
		}
		sortRows(below, query.order)
		t.children[r.item.id] = below
	}
	return t
}

func asTarget(r row) row { return row{target: r.item, other: r.rev, link: treeLink} }

func (t *workTree) keepFromAbove(sources, targets allOf) {
	var down func(r row)
	down = func(r row) {
		if t.kept[r.item.id] {
			return
		}
		t.kept[r.item.id] = true
		for _, child := range t.children[r.item.id] {
			if targets.holds(asTarget(child)) {
				t.joined[child.item.id] = true
				down(child)
			}
		}
	}
	for _, r := range t.items {
		if sources.holds(r) {
			down(r)
		}
	}
}

func (t *workTree) keepFromBelow(sources, targets allOf) {
	fits := map[int]bool{}
	for _, r := range t.items {
		fits[r.item.id] = sources.holds(r)
	}
	for _, r := range t.items {
		if !targets.holds(asTarget(r)) {
			continue
		}
		for id := r.item.id; id != 0 && !t.kept[id] && (id == r.item.id || fits[id]); id = t.parent[id] {
			t.kept[id] = true
		}
	}
	for id := range t.kept {
		t.joined[id] = t.kept[t.parent[id]]
	}
}

// rows are the kept items, roots without a kind and a source.
func (t *workTree) rows(base string) []map[string]any {
	rows := []map[string]any{}
	end := func(r row) reference { return reference{r.item.id, itemURL(base, r.item.id)} }
	var down func(r row)
	down = func(r row) {
		for _, child := range t.children[r.item.id] {
			if t.kept[child.item.id] && t.joined[child.item.id] {
				rows = append(rows, map[string]any{"rel": treeLink, "source": end(r), "target": end(child)})
				down(child)
			}
		}
	}
	for _, r := range t.items {
		if t.kept[r.item.id] && !t.joined[r.item.id] {
			rows = append(rows, map[string]any{"target": end(r)})
			down(r)
		}
	}
	return rows
}
