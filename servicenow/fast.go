package servicenow

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
)

// plan is how the columns of a page are put into the fields of a struct, without
// the double walk of encoding/json. It takes only what is clean: anything
// unusual makes it give up, and encoding/json has the last word.
type plan struct {
	columns []column
	byName  map[string]int
}

type column struct {
	name  string
	index []int
	form  form
}

type form uint8

const (
	formText  form = iota // a plain string
	formOwn               // a field type of this package
	formOther             // whatever encoding/json makes of it
)

var ownPackage = reflect.TypeFor[Value]().PkgPath()

func formOf(t reflect.Type) form {
	decodes := reflect.PointerTo(t).Implements(jsonUnmarshaler)
	switch {
	case decodes && t.PkgPath() == ownPackage && t.Kind() != reflect.Pointer:
		return formOwn
	case t.Kind() == reflect.String && !decodes && !reflect.PointerTo(t).Implements(textUnmarshaler):
		return formText
	}
	return formOther
}

// decodePlanned decodes a page by plan; ok is false when it gave up.
func decodePlanned[T any](p *plan, body []byte) (out rows[T], ok bool) {
	i := skipSpace(body, 0)
	if i >= len(body) || body[i] != '{' {
		return out, false
	}
	const start = `"result":[`
	if i = skipSpace(body, i+1); !bytes.HasPrefix(body[i:], []byte(start)) {
		return out, false
	}
	i = skipSpace(body, i+len(start))
	out.items = make([]T, 0, bytes.Count(body, keySysID))
	d := planned{plan: p, body: body, seen: make([]string, len(p.columns))}
	for i < len(body) && body[i] == '{' {
		out.items = append(out.items, *new(T))
		if i = d.row(i, reflect.ValueOf(&out.items[len(out.items)-1]).Elem()); i < 0 {
			return out, false
		}
		if i = skipSpace(body, i); i >= len(body) || body[i] != ',' {
			break
		}
		if i = skipSpace(body, i+1); i >= len(body) || body[i] != '{' {
			return out, false
		}
	}
	if i >= len(body) || body[i] != ']' {
		return out, false
	}
	if i = skipSpace(body, i+1); i >= len(body) || body[i] != '}' || skipSpace(body, i+1) != len(body) {
		return out, false // further members, perhaps an error
	}
	if d.id != nil {
		id, err := parseField(d.id, reflect.TypeFor[Value]())
		if err != nil {
			return out, false
		}
		out.last = id.Value
	}
	return out, true
}

// planned is one page being decoded.
type planned struct {
	*plan
	body []byte
	seen []string // the last text of each column: neighbours often share it
	id   []byte   // the sys_id of the last row, raw
	next int      // the column that is expected, since rows have one order
}

// row decodes the object at i and answers with the index behind it, or -1.
func (d *planned) row(i int, row reflect.Value) int {
	body := d.body
	d.id, d.next = nil, 0
	i = skipSpace(body, i+1)
	if i < len(body) && body[i] == '}' {
		return i + 1
	}
	for i < len(body) && body[i] == '"' {
		end, plain := text(body, i)
		if !plain {
			return -1
		}
		name := body[i+1 : end-1]
		if i = skipSpace(body, end); i >= len(body) || body[i] != ':' {
			return -1
		}
		i = skipSpace(body, i+1)
		if end = d.value(i, name, row); end < 0 {
			return -1
		}
		if string(name) == sysID {
			d.id = body[i:end]
		}
		if i = skipSpace(body, end); i >= len(body) {
			return -1
		}
		switch body[i] {
		case '}':
			return i + 1
		case ',':
			i = skipSpace(body, i+1)
		default:
			return -1
		}
	}
	return -1
}

// value decodes the value at i of the named column and answers with the index
// behind it, or -1.
func (d *planned) value(i int, name []byte, row reflect.Value) int {
	body := d.body
	if i >= len(body) {
		return -1
	}
	at := d.find(name)
	if body[i] == '"' {
		end, plain := text(body, i)
		switch {
		case end < 0:
			return -1
		case at < 0:
			return end // escapes of a column that nobody reads are not checked
		case plain && d.columns[at].form == formText:
			raw := body[i+1 : end-1]
			if string(raw) != d.seen[at] {
				d.seen[at] = string(raw)
			}
			row.FieldByIndex(d.columns[at].index).SetString(d.seen[at])
			return end
		}
		return d.decode(at, i, end, row)
	}
	end := skipValue(body, i)
	if end < 0 || !json.Valid(body[i:end]) {
		return -1
	}
	if at < 0 {
		return end
	}
	return d.decode(at, i, end, row)
}

func (d *planned) decode(at, i, end int, row reflect.Value) int {
	c := &d.columns[at]
	target := row.FieldByIndex(c.index).Addr().Interface()
	var err error
	if c.form == formOwn {
		err = target.(json.Unmarshaler).UnmarshalJSON(d.body[i:end])
	} else {
		err = json.Unmarshal(d.body[i:end], target)
	}
	if err != nil {
		return -1
	}
	return end
}

// find answers with the column of that name, -1 when T has none.
func (d *planned) find(name []byte) int {
	if d.next < len(d.columns) && d.columns[d.next].name == string(name) {
		d.next++
		return d.next - 1
	}
	if at, ok := d.byName[string(name)]; ok {
		d.next = at + 1
		return at
	}
	if bytes.IndexFunc(name, func(r rune) bool { return r >= 'A' && r <= 'Z' || r >= 0x80 }) >= 0 {
		for at := range d.columns { // encoding/json does not mind the case
			if strings.EqualFold(d.columns[at].name, string(name)) {
				return at
			}
		}
	}
	return -1
}

// text answers with the index behind the string at i, or -1, and whether its
// inside can be copied as it is.
func text(body []byte, i int) (end int, plain bool) {
	for j := i + 1; j < len(body); j++ {
		switch ch := body[j]; {
		case ch == '"':
			return j + 1, true
		case ch == '\\' || ch >= 0x80:
			end = skipString(body, i)
			if end > 0 && bytes.IndexFunc(body[i:end], func(r rune) bool { return r < ' ' }) >= 0 {
				end = -1
			}
			return end, false
		case ch < ' ':
			return -1, false
		}
	}
	return -1, false
}
