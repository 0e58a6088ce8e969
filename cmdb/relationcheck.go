package cmdb

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// RelationProblem says what is wrong with a relation. It is empty for a sound one.
type RelationProblem string

// What can be wrong with a relation, in the order in which it is looked for.
const (
	RelationUnknownType RelationProblem = "unknown-type" // no type has the name
	RelationNoEnd       RelationProblem = "no-end"       // parent or child is empty
	RelationToItself    RelationProblem = "to-itself"    // parent and child are one
	RelationDangling    RelationProblem = "dangling"     // parent or child is not there
	RelationTwice       RelationProblem = "twice"        // a relation before it says the same
	RelationCycle       RelationProblem = "cycle"        // something would be below itself
)

// RelationResult is the answer about one relation.
type RelationResult struct {
	Relation
	// Problem is what is wrong; "" when nothing is, and it may be written.
	Problem RelationProblem
	// Detail says so in words; "" when nothing is wrong.
	Detail string
}

// Check looks at relations that are to be written together. Results come in the order
// of the relations; but for which of two equal ones is the first, they do not depend
// on it. The function exists says whether a CI is there, or will be; nil means that
// all are. It takes time in proportion to the number of relations.
func (r Relations) Check(relations []Relation, exists func(id string) bool) []RelationResult {
	results := make([]RelationResult, len(relations))
	seen := make(map[Relation]int, len(relations))
	trees := map[string][]int{} // sound relations by type
	for i, x := range relations {
		results[i].Relation = x
		t, known := r.find(x.Type)
		problem, detail := check(x, known, exists)
		if problem == "" {
			if first, twice := seen[r.canonical(x)]; twice {
				problem, detail = RelationTwice, fmt.Sprintf("relation %d says the same", first)
			} else {
				seen[r.canonical(x)] = i
			}
		}
		if problem == "" && t.Tree {
			trees[x.Type] = append(trees[x.Type], i)
		}
		results[i].Problem, results[i].Detail = problem, detail
	}
	for _, members := range trees {
		markCycles(results, members)
	}
	return results
}

// check looks at one relation by itself.
func check(x Relation, known bool, exists func(string) bool) (RelationProblem, string) {
	switch {
	case !known:
		return RelationUnknownType, fmt.Sprintf("there is no type of relation %q", x.Type)
	case x.Parent == "" || x.Child == "":
		return RelationNoEnd, "a relation needs a parent and a child"
	case x.Parent == x.Child:
		return RelationToItself, x.Parent + " cannot be related to itself"
	case exists == nil:
		return "", ""
	case !exists(x.Parent):
		return RelationDangling, "the parent " + x.Parent + " is not there"
	case !exists(x.Child):
		return RelationDangling, "the child " + x.Child + " is not there"
	default:
		return "", ""
	}
}

// markCycles finds the relations of one type that lead from a CI back to it. The
// members of one knot all name the same ring: a shortest one through its smallest CI.
func markCycles(results []RelationResult, members []int) {
	below := map[string][]string{}
	for _, i := range members {
		x := results[i].Relation
		below[x.Parent] = append(below[x.Parent], x.Child)
	}
	for id := range below {
		slices.Sort(below[id])
	}
	knot := knots(below)
	rings := map[int]string{}
	for _, i := range members {
		x := results[i].Relation
		k, in := knot[x.Parent]
		if other, both := knot[x.Child]; !in || !both || k != other {
			continue
		}
		if rings[k] == "" {
			rings[k] = strings.Join(ring(below, knot, k), " -> ")
		}
		results[i].Problem = RelationCycle
		results[i].Detail = "it is part of a ring: " + rings[k]
	}
}

// knots numbers the sets of CIs that are below one another (Kosaraju's strongly
// connected components, without recursion). CIs that are in no ring are left out.
func knots(below map[string][]string) map[string]int {
	parents := map[string][]string{}
	all := slices.Sorted(maps.Keys(below))
	for _, id := range all {
		for _, child := range below[id] {
			parents[child] = append(parents[child], id)
		}
	}
	finished := walk(below, all, nil)
	slices.Reverse(finished)
	number := map[string]int{}
	size := map[int]int{}
	walk(parents, finished, func(id string, root int) {
		number[id] = root
		size[root]++
	})
	for id, root := range number {
		if size[root] == 1 {
			delete(number, id)
		}
	}
	return number
}

// walk visits everything that can be reached, depth first, and returns it in the
// order in which it was left. visit is told each CI with the number of the start.
func walk(next map[string][]string, starts []string, visit func(id string, start int)) (left []string) {
	type step struct {
		id string
		at int
	}
	seen := map[string]bool{}
	for start, root := range starts {
		if seen[root] {
			continue
		}
		seen[root] = true
		for path := []step{{id: root}}; len(path) > 0; {
			top := &path[len(path)-1]
			if top.at == 0 && visit != nil {
				visit(top.id, start)
			}
			if top.at < len(next[top.id]) {
				to := next[top.id][top.at]
				top.at++
				if !seen[to] {
					seen[to] = true
					path = append(path, step{id: to})
				}
				continue
			}
			left = append(left, top.id)
			path = path[:len(path)-1]
		}
	}
	return left
}

// ring returns a shortest way from the smallest CI of a knot back to it.
func ring(below map[string][]string, knot map[string]int, number int) []string {
	first := ""
	for id, k := range knot {
		if k == number && (first == "" || id < first) {
			first = id
		}
	}
	from := map[string]string{}
	for queue := []string{first}; len(queue) > 0; queue = queue[1:] {
		id := queue[0]
		for _, child := range below[id] {
			if child == first {
				ids := []string{first}
				for ; id != first; id = from[id] {
					ids = append(ids, id)
				}
				ids = append(ids, first)
				slices.Reverse(ids)
				return ids
			}
			if k, in := knot[child]; in && k == number && from[child] == "" {
				from[child] = id
				queue = append(queue, child)
			}
		}
	}
	return []string{first}
}
