package cmdb

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// OrderTypes puts types after everything that they need. It starts from the
// types that nothing needs, in the order of their names, and lists what a type
// needs in the given order, so that the answer depends on the dependencies
// alone. A type that is only needed counts as one that needs nothing. A cycle
// is an error that names the types in it.
func OrderTypes(needs map[ObjectType][]ObjectType) ([]ObjectType, error) {
	needed := make(map[ObjectType]bool)
	for _, list := range needs {
		for _, t := range list {
			needed[t] = true
		}
	}
	w := typeWalk{needs: needs, done: make(map[ObjectType]bool, len(needs))}
	all := slices.Sorted(maps.Keys(needs))
	for _, onlyTops := range []bool{true, false} {
		for _, t := range all {
			if onlyTops && needed[t] {
				continue
			}
			if err := w.visit(t); err != nil {
				return nil, err
			}
		}
	}
	return w.order, nil
}

type typeWalk struct {
	needs map[ObjectType][]ObjectType
	done  map[ObjectType]bool
	path  []ObjectType
	order []ObjectType
}

func (w *typeWalk) visit(t ObjectType) error {
	if w.done[t] {
		return nil
	}
	if i := slices.Index(w.path, t); i >= 0 {
		return fmt.Errorf("cmdb: types need one another in a cycle: %s: take one of these dependencies out", joinTypes(append(w.path[i:], t)))
	}
	w.path = append(w.path, t)
	for _, need := range w.needs[t] {
		if err := w.visit(need); err != nil {
			return err
		}
	}
	w.path = w.path[:len(w.path)-1]
	w.done[t] = true
	w.order = append(w.order, t)
	return nil
}

func joinTypes(types []ObjectType) string {
	names := make([]string, len(types))
	for i, t := range types {
		names[i] = string(t)
	}
	return strings.Join(names, " needs ")
}
