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
	out.items = make([]T, 0, guess(body))
	d := planned{plan: p, body: body, seen: make([]string, len(p.columns))}
	ok = walkPage(body, func(i int) int {
		out.items = append(out.items, *new(T))
		d.row = reflect.ValueOf(&out.items[len(out.items)-1]).Elem()
		d.id, d.next = nil, 0
		return walkRow(body, i, d.value)
	})
	if !ok {
		return rows[T]{}, false
	}
	ok = lastOf(d.id, &out.last)
	return out, ok
}

// guess counts the rows of a page, within reason.
func guess(body []byte) int { return min(bytes.Count(body, keySysID), 2*largestPage) }

// lastOf reads the raw sys_id of the last row; a row may have none.
func lastOf(raw []byte, last *string) bool {
	if raw == nil {
		return true
	}
	id, err := parseField(raw, reflect.TypeFor[Value]())
	*last = id.Value
	return err == nil
}

// walkPage calls row for each element of {"result":[{...},...]}; row answers with
// the index behind it, or -1. It gives up at anything else than such a page.
func walkPage(body []byte, row func(i int) int) bool {
	i := skipSpace(body, 0)
	if i >= len(body) || body[i] != '{' {
		return false
	}
	const start = `"result":[`
	if i = skipSpace(body, i+1); !bytes.HasPrefix(body[i:], []byte(start)) {
		return false
	}
	i = skipSpace(body, i+len(start))
	for i < len(body) && body[i] == '{' {
		if i = row(i); i < 0 {
			return false
		}
		if i = skipSpace(body, i); i >= len(body) || body[i] != ',' {
			break
		}
		if i = skipSpace(body, i+1); i >= len(body) || body[i] != '{' {
			return false
		}
	}
	if i >= len(body) || body[i] != ']' {
		return false
	}
	i = skipSpace(body, i+1) // further members, perhaps an error, are not taken
	return i < len(body) && body[i] == '}' && skipSpace(body, i+1) == len(body)
}

// walkRow calls value for each member of the object at i and answers with the
// index behind it, or -1. value answers likewise.
func walkRow(body []byte, i int, value func(name []byte, i int) int) int {
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
		if i = skipSpace(body, i+1); i >= len(body) {
			return -1
		}
		if i = value(name, i); i < 0 {
			return -1
		}
		if i = skipSpace(body, i); i >= len(body) {
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

// planned is one page being decoded.
type planned struct {
	*plan
	body []byte
	row  reflect.Value
	seen []string // the last text of each column: neighbours often share it
	id   []byte   // the sys_id of the row, raw
	next int      // the column that is expected, since rows have one order
}

// value decodes the value at i of the named column and answers with the index
// behind it, or -1.
func (d *planned) value(name []byte, i int) int {
	end := d.put(name, i)
	if end > 0 && string(name) == sysID {
		d.id = d.body[i:end]
	}
	return end
}

func (d *planned) put(name []byte, i int) int {
	body := d.body
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
			d.row.FieldByIndex(d.columns[at].index).SetString(d.seen[at])
			return end
		}
		return d.decode(at, i, end)
	}
	end := skipValue(body, i)
	if end < 0 || !json.Valid(body[i:end]) {
		return -1
	}
	if at < 0 {
		return end
	}
	return d.decode(at, i, end)
}

func (d *planned) decode(at, i, end int) int {
	c := &d.columns[at]
	target := d.row.FieldByIndex(c.index).Addr().Interface()
	var err error
	if own, ok := target.(json.Unmarshaler); ok && c.form == formOwn {
		err = own.UnmarshalJSON(d.body[i:end])
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
