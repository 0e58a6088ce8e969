package mapping

import (
	"strings"
)

// Table is a map or a set of field maps as people read it.
type Table struct {
	Title  string
	Header []string
	Rows   [][]string
	Notes  []string // below the table, one a line
}

// Table renders the map: a row for each key in the table's order, with a mark where
// the key is the way back from its value, and the defaults below. key may name
// several columns, separated by [Tuple]'s bar, for keys that are tuples.
func (m Map[K, V]) Table(title, key, value string) Table {
	t := Table{Title: title, Header: append(Parts(key), value, "way back")}
	for _, p := range m.pairs {
		mark := ""
		if m.back[p.Value] == p.Key {
			mark = "yes"
		}
		cells := []string{plain(p.Key)}
		if len(t.Header) > 3 {
			cells = Parts(cells[0])
		}
		t.Rows = append(t.Rows, append(cells, plain(p.Value), mark))
	}
	if v, there := m.Default(); there {
		t.Notes = append(t.Notes, "Every other "+strings.Join(Parts(key), ", ")+" means "+plain(v)+".")
	} else {
		t.Notes = append(t.Notes, "Every other "+strings.Join(Parts(key), ", ")+" is unmapped: nothing is written.")
	}
	if k, there := m.BackDefault(); there {
		t.Notes = append(t.Notes, "Every other "+value+" is written as "+plain(k)+".")
	}
	if m.form != nil {
		t.Notes = append(t.Notes, "Keys are compared without regard to their form, such as case and the space around them.")
	}
	return t
}

func plain(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	return show(v)
}

// Table renders the field maps: how each is read and written, its owner, priority
// and direction.
func (f Fields) Table(title string) Table {
	t := Table{Title: title, Header: []string{"field", "read from", "written to", "owner", "priority", "direction"}}
	for _, g := range f.list {
		direction := string(g.Direction)
		if g.Direction == Both {
			direction = "both"
		}
		written := g.write().words()
		if g.Journal {
			written += " (entry by entry)"
		}
		t.Rows = append(t.Rows, []string{g.Name, g.Read.words(), written, string(g.Owner), show(g.Priority), direction})
	}
	if len(f.ignore) > 0 {
		t.Notes = append(t.Notes, "Not fields, and not reported: "+strings.Join(f.ignore, ", ")+".")
	}
	return t
}

func (p Path) words() string {
	words := append(make([]string, 0, 1+len(p.Via)), strings.Join(p.Columns, " + "))
	for _, c := range p.Via {
		words = append(words, c.Name)
	}
	return strings.Join(words, " via ")
}

// Markdown renders the table in GitHub's Markdown. Whatever the cells hold stays
// within its cell and is shown as text.
func (t Table) Markdown() string {
	var b strings.Builder
	if t.Title != "" {
		b.WriteString("### " + cell(t.Title) + "\n\n")
	}
	line := func(cells []string) {
		b.WriteString("|")
		for _, c := range cells {
			b.WriteString(" " + cell(c) + " |")
		}
		b.WriteString("\n")
	}
	line(t.Header)
	b.WriteString("|" + strings.Repeat(" --- |", len(t.Header)) + "\n")
	for _, r := range t.Rows {
		line(r)
	}
	for _, n := range t.Notes {
		b.WriteString("\n" + cell(n) + "\n")
	}
	return b.String()
}

// cell escapes what Markdown would read. An underline within a word, as in
// short_description, begins no emphasis and stays readable.
func cell(s string) string {
	var b strings.Builder
	s = strings.ReplaceAll(s, "\r\n", "\n")
	for i := range len(s) {
		c := s[i]
		within := i > 0 && i < len(s)-1 && wordByte(s[i-1]) && wordByte(s[i+1])
		switch {
		case c == '\n' || c == '\r':
			b.WriteString("<br>")
		case c == '<':
			b.WriteString("&lt;")
		case c == '>':
			b.WriteString("&gt;")
		case c == '&':
			b.WriteString("&amp;")
		case strings.IndexByte("\\|*`[]~#", c) >= 0 || c == '_' && !within:
			b.WriteByte('\\')
			b.WriteByte(c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func wordByte(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z'
}

// Markdown renders the whole integration: its name and digest, the fields, every map.
func (i *Integration) Markdown() string {
	var b strings.Builder
	b.WriteString("## " + cell(i.name) + "\n\n")
	if i.description != "" {
		b.WriteString(cell(i.description) + "\n\n")
	}
	b.WriteString("Digest: `" + i.digest + "`\n")
	if len(i.fields.list) > 0 {
		b.WriteString("\n" + i.fields.Table("Fields").Markdown())
	}
	for _, name := range i.Names() {
		m := i.maps[name]
		t := m.table.Table("Map "+name, Tuple(m.header()...), "value")
		if m.description != "" {
			t.Notes = append([]string{m.description}, t.Notes...)
		}
		b.WriteString("\n" + t.Markdown())
	}
	return b.String()
}
