package mapping

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Pair says that Key means Value.
type Pair[K, V comparable] struct {
	Key   K
	Value V
}

// Map is a many-to-one table with a canonical way back. It is a value that never
// changes: the methods that seem to change it return another one. The zero Map is
// empty and leaves everything unmapped. Safe for concurrent use.
type Map[K, V comparable] struct {
	pairs     []Pair[K, V]
	forward   map[K]V
	back      map[V]K
	chosen    map[V]K // canonical keys that WithBack chose
	form      func(K) K
	otherwise *V
	backwards *K
}

// New makes a map of the pairs. For a value that several keys mean, the first of
// them is the canonical way back. A key that stands twice is an error.
func New[K, V comparable](pairs ...Pair[K, V]) (Map[K, V], error) {
	m := build(Map[K, V]{pairs: slices.Clone(pairs)})
	return m, m.duplicates()
}

// of makes a map of a table of this package.
func of[K, V comparable](pairs []Pair[K, V]) Map[K, V] {
	return build(Map[K, V]{pairs: slices.Clone(pairs)})
}

// build fills the indexes. Of two pairs with one key, the first counts.
func build[K, V comparable](m Map[K, V]) Map[K, V] {
	m.forward = make(map[K]V, len(m.pairs))
	m.back = make(map[V]K, len(m.pairs))
	for _, p := range m.pairs {
		if _, there := m.forward[m.formed(p.Key)]; there {
			continue
		}
		m.forward[m.formed(p.Key)] = p.Value
		if _, there := m.back[p.Value]; !there {
			m.back[p.Value] = p.Key
		}
	}
	m.chosen = maps.Clone(m.chosen)
	for v, k := range m.chosen {
		if now, there := m.forward[m.formed(k)]; there && now == v {
			m.back[v] = k
		} else {
			delete(m.chosen, v)
		}
	}
	return m
}

func (m Map[K, V]) formed(k K) K {
	if m.form == nil {
		return k
	}
	return m.form(k)
}

func (m Map[K, V]) duplicates() error {
	seen := make(map[K]int, len(m.pairs))
	for i, p := range m.pairs {
		k := m.formed(p.Key)
		if first, there := seen[k]; there {
			return fmt.Errorf("mapping: key %s stands twice, in pairs %d and %d: remove one", show(p.Key), first, i)
		}
		seen[k] = i
	}
	return nil
}

// Get says what a key means: by the table, else by the default of Otherwise, else
// it is unmapped.
func (m Map[K, V]) Get(k K) Answer[V] {
	if v, there := m.forward[m.formed(k)]; there {
		return Answer[V]{v, ByTable, show(k) + " means " + show(v)}
	}
	if m.otherwise != nil {
		return Answer[V]{*m.otherwise, ByDefault, show(k) + " is not in the table; the default is " + show(*m.otherwise)}
	}
	return Answer[V]{Reason: show(k) + " is not in the table"}
}

// Back gives the canonical key of a value, else the default of BackOtherwise, else
// the value is unmapped. Prefer Keep where the record's present key is known.
func (m Map[K, V]) Back(v V) Answer[K] {
	if k, there := m.back[v]; there {
		return Answer[K]{k, ByTable, show(v) + " is written as " + show(k)}
	}
	if m.backwards != nil {
		return Answer[K]{*m.backwards, ByDefault, "nothing in the table means " + show(v) + "; the default is " + show(*m.backwards)}
	}
	return Answer[K]{Reason: "nothing in the table means " + show(v)}
}

// Keep is Back for a record that holds a key already: when the table says that the
// present key means the value, it stays. A key that means the value by default only
// is not kept.
func (m Map[K, V]) Keep(v V, current K) Answer[K] {
	if now, there := m.forward[m.formed(current)]; there && now == v {
		return Answer[K]{current, Kept, show(current) + " means " + show(v) + " already"}
	}
	return m.Back(v)
}

// Pairs returns the table in its order. The slice is the caller's own.
func (m Map[K, V]) Pairs() []Pair[K, V] { return slices.Clone(m.pairs) }

// Len returns how many keys the table has.
func (m Map[K, V]) Len() int { return len(m.pairs) }

// Default returns the value of keys that are not in the table, and whether there
// is one.
func (m Map[K, V]) Default() (V, bool) { return deref(m.otherwise) }

// BackDefault returns the key of values that nothing in the table means, and
// whether there is one.
func (m Map[K, V]) BackDefault() (K, bool) { return deref(m.backwards) }

func deref[T any](p *T) (T, bool) {
	if p == nil {
		var zero T
		return zero, false
	}
	return *p, true
}

// With returns the map with the pairs added. A key that the table has keeps its
// place and takes the new value.
func (m Map[K, V]) With(pairs ...Pair[K, V]) Map[K, V] {
	m.pairs = slices.Clone(m.pairs)
	places := make(map[K]int, len(m.pairs))
	for i, p := range m.pairs {
		places[m.formed(p.Key)] = i
	}
	for _, p := range pairs {
		k := m.formed(p.Key)
		if at, there := places[k]; there {
			m.pairs[at] = p
			continue
		}
		places[k] = len(m.pairs)
		m.pairs = append(m.pairs, p)
	}
	return build(m)
}

// Without returns the map without the keys; those that it has not are ignored.
func (m Map[K, V]) Without(keys ...K) Map[K, V] {
	gone := make(map[K]bool, len(keys))
	for _, k := range keys {
		gone[m.formed(k)] = true
	}
	m.pairs = slices.DeleteFunc(slices.Clone(m.pairs), func(p Pair[K, V]) bool { return gone[m.formed(p.Key)] })
	return build(m)
}

// WithBack returns the map with another canonical key for a value. The key must
// mean the value already, so that the way there and back ends where it began.
func (m Map[K, V]) WithBack(v V, k K) (Map[K, V], error) {
	if err := m.canReturn(v, k); err != nil {
		return m, err
	}
	return m.choose(map[V]K{v: k}), nil
}

// canReturn returns an error where a key does not mean the value by the table.
func (m Map[K, V]) canReturn(v V, k K) error {
	if now := m.Get(k); now.Method != ByTable || now.Value != v {
		return fmt.Errorf("mapping: %s cannot be written as %s: %s; choose a key that means it", show(v), show(k), now.Reason)
	}
	return nil
}

// choose sets canonical keys.
func (m Map[K, V]) choose(canonical map[V]K) Map[K, V] {
	canonical = maps.Clone(canonical)
	for v, k := range m.chosen {
		if _, there := canonical[v]; !there {
			canonical[v] = k
		}
	}
	m.chosen = canonical
	return build(m)
}

// Otherwise returns the map with a default for keys that are not in the table.
func (m Map[K, V]) Otherwise(v V) Map[K, V] {
	m.otherwise = &v
	return m
}

// BackOtherwise returns the map with a default for values that nothing in the
// table means.
func (m Map[K, V]) BackOtherwise(k K) Map[K, V] {
	m.backwards = &k
	return m
}

// WithoutDefaults returns the map without both defaults.
func (m Map[K, V]) WithoutDefaults() Map[K, V] {
	m.otherwise, m.backwards = nil, nil
	return m
}

// WithForm returns the map with keys compared in a form, such as [Fold]. It is an
// error when two keys of the table have one form. The form must be pure, and stable
// when applied twice.
func (m Map[K, V]) WithForm(form func(K) K) (Map[K, V], error) {
	m.form = form
	if err := m.duplicates(); err != nil {
		return Map[K, V]{}, err
	}
	return build(m), nil
}

// Fold is a form that ignores case and the space around a text.
func Fold(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// folded is a table of this package whose keys are labels.
func folded[V comparable](pairs []Pair[string, V]) Map[string, V] {
	return build(Map[string, V]{pairs: slices.Clone(pairs), form: Fold})
}
