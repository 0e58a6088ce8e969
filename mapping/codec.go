package mapping

import (
	"html"
	"slices"
	"strings"
)

// Codec translates the texts of a field's columns into the platform's value and
// back. Most have one text on either side; a table with a composite key has several
// on the external one. Both functions must be pure and total: what they cannot
// translate is unmapped, with a reason. A nil function passes texts as they are.
//
// The zero Codec does nothing.
type Codec struct {
	// Name is how documents and reasons call it.
	Name string
	// In translates from the external system towards the platform.
	In func(external []string) Answer[[]string]
	// Out translates towards the external system. current holds the texts that
	// the external record has now, nil when they are not known; where they mean
	// the value already, Out gives them back.
	Out func(value, current []string) Answer[[]string]
}

func (c Codec) in(texts []string) Answer[[]string] {
	if c.In == nil {
		return Answer[[]string]{texts, ByRule, ""}
	}
	return c.In(texts)
}

func (c Codec) out(texts, current []string) Answer[[]string] {
	if c.Out == nil {
		return Answer[[]string]{texts, ByRule, ""}
	}
	return c.Out(texts, current)
}

// tupleSeparator stands between the parts of a Tuple.
const tupleSeparator = "|"

// Tuple makes one key of several texts, as maps with several columns have them:
// Tuple("1", "2") is "1|2". A bar within a part is not told apart, so [Load]
// refuses such parts.
func Tuple(parts ...string) string { return strings.Join(parts, tupleSeparator) }

// Parts takes a key apart that Tuple made.
func Parts(key string) []string { return strings.Split(key, tupleSeparator) }

// Through is the codec of a map whose keys are external texts and whose values are
// the platform's.
func Through(name string, m Map[string, string]) Codec {
	return through(name, m, func(key string) []string { return []string{key} })
}

// ThroughTuple is Through for a map whose keys are made by [Tuple], one part for
// each column.
func ThroughTuple(name string, m Map[string, string]) Codec { return through(name, m, Parts) }

func through(name string, m Map[string, string], parts func(string) []string) Codec {
	answer := func(a Answer[string], parts func(string) []string) Answer[[]string] {
		reason := "map " + name + ": " + a.Reason
		if !a.OK() {
			return Answer[[]string]{Reason: reason}
		}
		return Answer[[]string]{parts(a.Value), a.Method, reason}
	}
	whole := func(value string) []string { return []string{value} }
	return Codec{
		Name: name,
		In: func(external []string) Answer[[]string] {
			return answer(m.Get(Tuple(external...)), whole)
		},
		Out: func(value, current []string) Answer[[]string] {
			if current == nil {
				return answer(m.Back(Tuple(value...)), parts)
			}
			return answer(m.Keep(Tuple(value...), Tuple(current...)), parts)
		},
	}
}

// Trim takes the space around texts away, in both directions.
func Trim() Codec {
	trim := func(texts []string) Answer[[]string] { return each(texts, strings.TrimSpace) }
	return Codec{
		Name: "trim",
		In:   trim,
		Out: func(value, current []string) Answer[[]string] {
			if current != nil && slices.Equal(trim(value).Value, trim(current).Value) {
				return Answer[[]string]{current, Kept, "the present text differs in space only"}
			}
			return trim(value)
		},
	}
}

// HTML escapes plain text for a field that holds HTML, such as System.Description
// of a work item (003-07), and takes the escapes away on the way back; tags of the
// other side stay as they are. Here the external system is the one with plain text.
func HTML() Codec {
	return Codec{
		Name: "html",
		In:   func(external []string) Answer[[]string] { return each(external, html.EscapeString) },
		Out:  func(value, _ []string) Answer[[]string] { return each(value, html.UnescapeString) },
	}
}

func each(texts []string, f func(string) string) Answer[[]string] {
	done := make([]string, len(texts))
	for i, t := range texts {
		done[i] = f(t)
	}
	return Answer[[]string]{done, ByRule, ""}
}

// text turns a map with typed keys and values into one of texts.
func text[K, V comparable](m Map[K, V], key func(K) string, value func(V) string) Map[string, string] {
	pairs := make([]Pair[string, string], len(m.pairs))
	for i, p := range m.pairs {
		pairs[i] = Pair[string, string]{key(p.Key), value(p.Value)}
	}
	t := of(pairs)
	if v, there := m.Default(); there {
		t = t.Otherwise(value(v))
	}
	return t
}
