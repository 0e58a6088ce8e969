package mapping

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// loadedMap is a map of a document with what people call its columns.
type loadedMap struct {
	table       Map[string, string]
	columns     []string
	description string
}

// builtin makes the tables that documents can start from.
var builtin = map[string]func() Map[string, string]{
	"bug-priority":        textBugPriority,
	"change-close-code":   ChangeCloseCode,
	"change-priority":     ChangePriority,
	"device-status":       textStatus,
	"event-status":        EventStatus,
	"hold-reason":         HoldReason,
	"impact":              Impact,
	"incident-close-code": IncidentCloseCode,
	"incident-status":     IncidentStatus,
	"install-status":      InstallStatus,
	"operational-status":  OperationalStatus,
	"priority-label":      PriorityLabel,
	"priority-matrix":     textMatrix,
	"risk":                Risk,
	"severity":            Severity,
	"urgency":             Urgency,
	"work-item-state":     WorkItemState,
}

// builtinColumns names the columns of tables with composite keys.
var builtinColumns = map[string][]string{"priority-matrix": {"impact", "urgency"}}

// Builtins returns the names of the tables that Builtin knows, sorted.
func Builtins() []string { return slices.Sorted(maps.Keys(builtin)) }

// Builtin returns a table of this package with texts for keys and values, by its
// name in documents, and whether there is one. In "priority-matrix" the keys are
// impact and urgency as a [Tuple], in "device-status" the values are the two
// columns of a CI.
func Builtin(name string) (Map[string, string], bool) {
	build, there := builtin[name]
	if !there {
		return Map[string, string]{}, false
	}
	return build(), true
}

// mapDocument is one map as it stands in the document.
type mapDocument struct {
	use                         string
	columns                     []string
	fold                        bool
	pairs, without, back        place
	otherwise, backwards, start place
	description                 string
}

func (l *loader) loadMap(name string, at place) {
	if _, taken := codecs[name]; taken {
		at.problem("has the name of a codec: give the map another one")
		return
	}
	var d mapDocument
	at.fields(map[string]func(place){
		"use":         func(p place) { d.start = p; p.string(&d.use) },
		"description": func(p place) { p.string(&d.description) },
		"columns":     func(p place) { p.strings(&d.columns) },
		"fold":        func(p place) { p.bool(&d.fold) },
		"pairs":       func(p place) { d.pairs = p },
		"without":     func(p place) { d.without = p },
		"back":        func(p place) { d.back = p },
		"default":     func(p place) { d.otherwise = p },
		"backDefault": func(p place) { d.backwards = p },
	})
	m := loadedMap{columns: d.columns, description: d.description}
	if d.start.path != "" && d.use != "" {
		table, there := Builtin(d.use)
		if !there {
			d.start.problem("names no table of this package: use one of %s", strings.Join(Builtins(), ", "))
		}
		m.table = table
		if has := builtinColumns[d.use]; m.columns == nil {
			m.columns = has
		} else if there && max(1, len(m.columns)) != max(1, len(has)) {
			at.problem("has %d columns, but a key of the table that is used has %d", len(m.columns), max(1, len(has)))
			return
		}
	} else if d.pairs.path == "" && at.kind == objectKind {
		at.problem(`has neither "use" nor "pairs": name a table or list pairs`)
	}
	for i, c := range m.columns {
		if c == "" || slices.Index(m.columns, c) != i {
			at.problem("has column %q empty or twice", c)
		}
	}
	if d.fold {
		m.table.form = Fold
	}
	m.table = build(m.table)
	m.table = d.apply(m)
	l.maps[name] = m
}

// apply changes the table that the document starts from.
func (d mapDocument) apply(m loadedMap) Map[string, string] {
	t := m.table
	if d.without.path != "" {
		var gone []string
		d.without.list(func(_ int, at place) {
			if k, ok := at.key(m.columns); ok {
				if _, there := t.forward[t.formed(k)]; !there {
					at.problem("is no key of the table that is used")
				}
				gone = append(gone, k)
			}
		})
		t = t.Without(gone...)
	}
	if d.pairs.path != "" {
		t = t.With(d.readPairs(t, m.columns)...)
	}
	if d.back.path != "" {
		canonical := make(map[string]string)
		d.back.each(func(value string, at place) {
			k, ok := at.key(m.columns)
			if !ok {
				return
			}
			if err := t.canReturn(value, k); err != nil {
				at.problem("%s", strings.TrimPrefix(err.Error(), "mapping: "))
				return
			}
			canonical[value] = k
		})
		t = t.choose(canonical)
	}
	if d.otherwise.path != "" {
		t.otherwise = nil
		if d.otherwise.kind != nullKind {
			if v, ok := d.otherwise.word(); ok {
				t = t.Otherwise(v)
			}
		}
	}
	if d.backwards.path != "" {
		t.backwards = nil
		if d.backwards.kind != nullKind {
			if k, ok := d.backwards.key(m.columns); ok {
				t = t.BackOtherwise(k)
			}
		}
	}
	return t
}

func (d mapDocument) readPairs(t Map[string, string], columns []string) []Pair[string, string] {
	var pairs []Pair[string, string]
	seen := make(map[string]string)
	d.pairs.list(func(_ int, at place) {
		if !at.is(listKind) {
			return
		}
		if len(at.items) != 2 {
			at.problem("has %d entries, wants a key and a value", len(at.items))
			return
		}
		k, ok := at.item(0).key(columns)
		v, good := at.item(1).word()
		if !ok || !good {
			return
		}
		if first, there := seen[t.formed(k)]; there {
			at.item(0).problem("is the key of %s already", first)
			return
		}
		seen[t.formed(k)] = at.path
		pairs = append(pairs, Pair[string, string]{k, v})
	})
	return pairs
}

// key reads a key: one word, or a list with a word for each column.
func (p place) key(columns []string) (string, bool) {
	if len(columns) < 2 {
		return p.word()
	}
	if !p.is(listKind) {
		return "", false
	}
	if len(p.items) != len(columns) {
		p.problem("has %d parts, wants one for each of %s", len(p.items), strings.Join(columns, ", "))
		return "", false
	}
	parts, good := make([]string, len(columns)), true
	for i := range p.items {
		word, ok := p.item(i).word()
		if strings.Contains(word, tupleSeparator) {
			p.item(i).problem("has a %q, which stands between the parts of a key", tupleSeparator)
			ok = false
		}
		parts[i], good = word, good && ok
	}
	return Tuple(parts...), good
}

func (m loadedMap) codec(name string) Codec {
	if len(m.columns) > 1 {
		return ThroughTuple(name, m.table)
	}
	return Through(name, m.table)
}

func (m loadedMap) header() []string {
	if len(m.columns) == 0 {
		return []string{"key"}
	}
	return m.columns
}

func describe(columns []string) string {
	if len(columns) == 1 {
		return fmt.Sprintf("column %q", columns[0])
	}
	return fmt.Sprintf("columns %q", columns)
}
