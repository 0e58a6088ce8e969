package assets

import (
	"context"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/itsmkit/itsmkit/cmdb"
)

// objects returns the selected objects of a table: devices as they are read,
// others parents first.
func (r *run) objects(ctx context.Context, t *target) iter.Seq2[*object, error] {
	if t == &configurationItems && r.narrow == nil {
		return r.devices(ctx)
	}
	return func(yield func(*object, error) bool) {
		ordered := r.parentsFirst(t)
		if t == &configurationItems {
			ordered = r.narrow.devices
		}
		for _, o := range ordered {
			if !yield(o, nil) {
				return
			}
		}
	}
}

// parentsFirst orders the objects of a table by type, and trees from the root
// down. What is above itself is marked and comes last.
func (r *run) parentsFirst(t *target) (ordered []*object) {
	for _, typ := range t.types {
		if !r.imports(typ) {
			continue
		}
		var level []*object
		children := map[cmdb.Object][]*object{}
		rest := map[cmdb.Object]*object{}
		for _, key := range slices.SortedFunc(maps.Keys(r.registry), compareObjects) {
			o := r.registry[key]
			if key.Type != typ {
				continue
			}
			rest[key] = o
			if above := r.registry[o.parent]; above != nil && o.parent.Type == typ {
				children[o.parent] = append(children[o.parent], o)
			} else {
				level = append(level, o)
			}
		}
		for len(level) > 0 {
			var next []*object
			for _, o := range level {
				delete(rest, o.Object)
				next = append(next, children[o.Object]...)
			}
			ordered = append(ordered, level...)
			level = next
		}
		for _, key := range slices.SortedFunc(maps.Keys(rest), compareObjects) {
			rest[key].skip(CodeCycle, rest[key].label()+" is above itself: give it another parent in NetBox")
			ordered = append(ordered, rest[key])
		}
	}
	return ordered
}

func compareObjects(a, b cmdb.Object) int {
	switch {
	case a.Type != b.Type:
		return strings.Compare(string(a.Type), string(b.Type))
	case a.ID < b.ID:
		return -1
	case a.ID > b.ID:
		return 1
	}
	return 0
}
