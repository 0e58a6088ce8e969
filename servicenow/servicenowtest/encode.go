package servicenowtest

import (
	"strings"
	"unicode/utf8"
)

// Display modes of sysparm_display_value.
const (
	showValue = iota
	showDisplay
	showAll
)

// rendering is how records are written in one answer.
type rendering struct {
	mode   int
	links  bool
	base   string // of reference links, ends in /table/
	caller *account
	guard  guard // hides fields
	fields []field
}

// field is one member of a record's JSON.
type field struct {
	prefix string // "name":
	path   []*column
}

// fieldList is a list of fields as it was asked for.
type fieldList struct {
	class *class
	list  string
}

// fields is fieldsOf with a memory, because clients ask for the same fields
// again and again.
func (s *Server) fields(c *class, list string) []field {
	key := fieldList{c, list}
	s.mu.Lock()
	defer s.mu.Unlock()
	fields, known := s.known[key]
	if !known {
		if len(s.known) >= 256 {
			clear(s.known)
		}
		fields = fieldsOf(c, list)
		s.known[key] = fields
	}
	return fields
}

// fieldsOf resolves sysparm_fields; names that do not exist are dropped. An
// empty list means every column.
func fieldsOf(c *class, list string) []field {
	var fields []field
	add := func(name string, path []*column) {
		fields = append(fields, field{string(append(appendString(nil, name), ':')), path})
	}
	if list == "" {
		for i := range c.columns {
			add(c.columns[i].Name, []*column{&c.columns[i]})
		}
		return fields
	}
	seen := map[string]bool{}
	for name := range strings.SplitSeq(list, ",") {
		name = strings.TrimSpace(name)
		if path := resolve(c, name); path != nil && !seen[name] {
			seen[name] = true
			add(name, path)
		}
	}
	return fields
}

// appendRecord appends a record as a JSON object with its members in the order
// of the fields.
func (s *store) appendRecord(b []byte, r *row, how *rendering) []byte {
	b = append(b, '{')
	first := true
	for i := range how.fields {
		f := &how.fields[i]
		if how.guard.hides(s, r, f.path) {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(b, f.prefix...)
		owner, value := s.follow(r, f.path)
		b = s.appendValue(b, owner, f.path[len(f.path)-1], value, how)
	}
	return append(b, '}')
}

func (s *store) appendValue(b []byte, r *row, col *column, value string, how *rendering) []byte {
	linked := col.Type == Reference && how.links && value != ""
	switch how.mode {
	case showAll:
		b = append(b, `{"display_value":`...)
		b = appendString(b, s.displayOf(r, col, value, how.caller))
		b = append(b, `,"value":`...)
		b = appendString(b, value)
		if linked {
			b = appendLink(append(b, ','), col, value, how)
		}
		return append(b, '}')
	case showDisplay:
		if linked {
			b = append(b, `{"display_value":`...)
			b = appendString(b, s.displayOf(r, col, value, how.caller))
			b = appendLink(append(b, ','), col, value, how)
			return append(b, '}')
		}
		return appendString(b, s.displayOf(r, col, value, how.caller))
	default:
		if linked {
			b = appendLink(append(b, '{'), col, value, how)
			b = append(b, `,"value":`...)
			b = appendString(b, value)
			return append(b, '}')
		}
		return appendString(b, value)
	}
}

func appendLink(b []byte, col *column, value string, how *rendering) []byte {
	b = append(b, `"link":`...)
	return appendString(b, how.base+col.target.name+"/"+value)
}

// appendString appends s as a JSON string.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			if r != utf8.RuneError || size > 1 {
				i += size
				continue
			}
			b = append(append(b, s[from:i]...), "\ufffd"...)
			i++
			from = i
			continue
		}
		b = append(b, s[from:i]...)
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		case '\r':
			b = append(b, '\\', 'r')
		case '\t':
			b = append(b, '\\', 't')
		default:
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
		i++
		from = i
	}
	b = append(b, s[from:]...)
	return append(b, '"')
}
