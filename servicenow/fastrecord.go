package servicenow

import (
	"encoding/json"
	"reflect"
)

// decodeRecords is decodePlanned for untyped rows.
func decodeRecords(body []byte) (out rows[Record], ok bool) {
	out.items = make([]Record, 0, guess(body))
	d := recorder{body: body}
	ok = walkPage(body, func(i int) int {
		d.row, d.next, d.id = make(Record, len(d.names)), 0, nil
		out.items = append(out.items, d.row)
		return walkRow(body, i, d.value)
	})
	if !ok {
		return rows[Record]{}, false
	}
	ok = lastOf(d.id, &out.last)
	return out, ok
}

// maxColumns is how many different columns the quick way keeps apart.
const maxColumns = 2000

// recorder is one page of untyped rows being decoded. Rows have one order of
// columns, so names and often values are those of the row before.
type recorder struct {
	body  []byte
	row   Record
	names []string
	seen  []string
	next  int
	id    []byte
}

func (d *recorder) value(name []byte, i int) int {
	at := d.column(name)
	if at >= maxColumns {
		return -1 // no table has as many; leave it to encoding/json
	}
	body := d.body
	var v Value
	var end int
	if body[i] == '"' {
		var plain bool
		if end, plain = text(body, i); end < 0 {
			return -1
		}
		if raw := body[i+1 : end-1]; plain {
			if string(raw) != d.seen[at] {
				d.seen[at] = string(raw)
			}
			v.Value = d.seen[at]
		}
		if !plain && !d.parse(i, end, &v) {
			return -1
		}
	} else if end = skipValue(body, i); end < 0 || !json.Valid(body[i:end]) || !d.parse(i, end, &v) {
		return -1
	}
	d.row[d.names[at]] = v
	if d.names[at] == sysID {
		d.id = body[i:end]
	}
	return end
}

func (d *recorder) parse(i, end int, v *Value) bool {
	var err error
	*v, err = parseField(d.body[i:end], reflect.TypeFor[Value]())
	return err == nil
}

// column answers with the place of a name, which is made when it is new.
func (d *recorder) column(name []byte) int {
	if d.next < len(d.names) && d.names[d.next] == string(name) {
		d.next++
		return d.next - 1
	}
	for at := range d.names {
		if d.names[at] == string(name) {
			d.next = at + 1
			return at
		}
	}
	d.names = append(d.names, string(name))
	d.seen = append(d.seen, "")
	d.next = len(d.names)
	return d.next - 1
}
