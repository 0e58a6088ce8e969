package mapping

import (
	"strconv"
	"strings"
)

// codecs makes the codecs that documents know beside maps.
var codecs = map[string]func() Codec{"trim": Trim, "html": HTML}

func (l *loader) loadFields(p place) {
	writers := make(map[string]string) // column to path
	names := make(map[string]string)   // name to path
	p.list(func(_ int, at place) {
		f, ok := l.loadField(at)
		if !ok {
			return
		}
		if first, there := names[f.Name]; there {
			at.problem("is called %q as %s is: give one of them another name", f.Name, first)
			return
		}
		names[f.Name] = at.path
		for _, c := range f.write().Columns {
			if first, there := writers[c]; there {
				at.problem("writes column %q as %s does: one column has one field", c, first)
				return
			}
			writers[c] = at.path
		}
		l.fields.list = append(l.fields.list, f)
	})
	if len(*p.problems) > 0 {
		return
	}
	// What is left is between fields.
	if _, err := NewFields(l.fields.list...); err != nil {
		p.problem("%s", strings.TrimPrefix(err.Error(), "mapping: "))
	}
}

func (l *loader) loadField(at place) (Field, bool) {
	before := len(*at.problems)
	f, ignored := Field{}, ""
	var owner, direction string
	at.fields(map[string]func(place){
		"name":        func(p place) { p.string(&f.Name) },
		"description": func(p place) { p.string(&ignored) },
		"columns":     func(p place) { p.strings(&f.Read.Columns) },
		"via":         func(p place) { f.Read.Via = l.loadVia(p) },
		"owner":       func(p place) { p.string(&owner) },
		"direction":   func(p place) { p.string(&direction) },
		"journal":     func(p place) { p.bool(&f.Journal) },
		"priority": func(p place) {
			if !p.is(numberKind) {
				return
			}
			n, err := strconv.Atoi(p.text)
			if err != nil {
				p.problem("is %s: use a whole number", p.text)
			}
			f.Priority = n
		},
		"write": func(p place) {
			p.fields(map[string]func(place){
				"columns": func(p place) { p.strings(&f.Write.Columns) },
				"via":     func(p place) { f.Write.Via = l.loadVia(p) },
			})
			if p.kind == objectKind && len(f.Write.Columns) == 0 {
				p.problem(`has no "columns": name those that are written`)
			}
		},
	})
	f.Owner, f.Direction = Owner(owner), Direction(direction)
	if direction == "both" {
		f.Direction = Both
	}
	if len(*at.problems) == before {
		if err := f.check(); err != nil {
			at.problem("%s", strings.TrimPrefix(err.Error(), "mapping: "))
		}
		l.checkWidth(at, f.Read)
		l.checkWidth(at, f.Write)
	}
	return f, len(*at.problems) == before
}

// loadVia looks the codecs up: a map of the document, a codec or table of this
// package.
func (l *loader) loadVia(p place) []Codec {
	var via []Codec
	p.list(func(_ int, at place) {
		name := ""
		at.string(&name)
		if at.kind != textKind {
			return
		}
		if m, there := l.maps[name]; there {
			via = append(via, m.codec(name))
			return
		}
		if build, there := codecs[name]; there {
			via = append(via, build())
			return
		}
		if m, there := Builtin(name); there {
			via = append(via, loadedMap{table: m, columns: builtinColumns[name]}.codec(name))
			return
		}
		at.problem("names neither a map of the document nor a codec or table of this package")
	})
	return via
}

// checkWidth follows how many texts pass from codec to codec: a map with a
// composite key takes as many as it has columns.
func (l *loader) checkWidth(at place, p Path) {
	if len(p.Columns) == 0 {
		return
	}
	width := len(p.Columns)
	for _, c := range p.Via {
		m, there := l.maps[c.Name]
		if !there {
			if _, plain := codecs[c.Name]; plain {
				continue
			}
			m.columns = builtinColumns[c.Name]
		}
		if wants := max(1, len(m.columns)); wants != width {
			at.problem("sends %s through map %q, which takes %d texts and not %d", describe(p.Columns), c.Name, wants, width)
			return
		}
		width = 1
	}
	if width != 1 {
		at.problem("reads %s and has no map that makes one value of them", describe(p.Columns))
	}
}
