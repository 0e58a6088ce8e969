package servicenow

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// Page is one page of a listing.
type Page[T any] struct {
	// Items are the rows that the user may see, in the order asked for.
	Items []T
	// Total is the number of rows that the server counted from the start of
	// this page on by keyset, of the whole query by offset; -1 when it told
	// none. It is counted before access rules, so it may exceed what can be
	// read.
	Total int
	// Next resumes behind this page; "" after the last one.
	Next Cursor
}

// rows is a decoded page before anything is made of it.
type rows[T any] struct {
	items     []T
	last      string // sys_id of the last row
	truncated bool
	reason    *wireError // what the server said about the cut
}

var keySysID = []byte(`"sys_id":`)

// decodeRows reads {"result":[...]}. A page that the server cut, with a trailing
// error object or in the middle of a row, gives the rows that are whole.
func decodeRows[T any](p *plan, body []byte) (rows[T], error) {
	if p != nil {
		if out, ok := decodePlanned[T](p, body); ok {
			return out, nil
		}
	}
	if _, untyped := any(*new(T)).(Record); untyped {
		if out, ok := decodeRecords(body); ok {
			same, _ := any(out).(rows[T])
			return same, nil
		}
	}
	doc := struct {
		Result []T        `json:"result"`
		Error  *wireError `json:"error"`
	}{Result: make([]T, 0, guess(body))}
	err := json.Unmarshal(body, &doc)
	if err == nil && doc.Error == nil && len(doc.Result) > 0 {
		last, ok := lastID(body)
		if !ok {
			last = idOf(scanRows(body, nil).last)
		}
		return rows[T]{items: doc.Result, last: last}, nil
	}
	s := scanRows(body, nil)
	switch {
	case s.failed || !s.clean && !mistyped(err):
		return salvage[T](body)
	case mistyped(err) && s.clean && s.array:
		return rows[T]{}, typeError(err)
	case !s.array:
		return rows[T]{}, errors.New("the answer holds no list of rows")
	case err != nil || !s.clean:
		return salvage[T](body)
	}
	return rows[T]{}, nil
}

// lastID finds the sys_id of the last row without walking over the page: it is
// the value behind the last such key, if the array ends with that row. In JSON
// text those bytes can be nothing but a key.
func lastID(body []byte) (id string, ok bool) {
	i := bytes.LastIndex(body, keySysID)
	if i < 0 {
		return "", false
	}
	i = skipSpace(body, i+len(keySysID))
	end := skipValue(body, i)
	if end < 0 {
		return "", false
	}
	var v Value
	if v.UnmarshalJSON(body[i:end]) != nil {
		return "", false
	}
	for i = skipSpace(body, end); i < len(body) && body[i] == ','; i = skipSpace(body, i) {
		if i = skipValue(body, skipSpace(body, i+1)); i < 0 { // the key
			return "", false
		}
		if i = skipSpace(body, i); i >= len(body) || body[i] != ':' {
			return "", false
		}
		if i = skipValue(body, skipSpace(body, i+1)); i < 0 {
			return "", false
		}
	}
	if i >= len(body) || body[i] != '}' {
		return "", false
	}
	i = skipSpace(body, i+1)
	return v.Value, i < len(body) && body[i] == ']'
}

// salvage reads row by row for as long as they are whole.
func salvage[T any](body []byte) (rows[T], error) {
	var raw [][]byte
	s := scanRows(body, func(row []byte) { raw = append(raw, row) })
	out := rows[T]{truncated: true, reason: readError(body)}
	if out.reason == nil {
		out.reason = trailingError(body)
	}
	if !s.array && out.reason == nil {
		return out, &rest.Failure{Kind: ErrTruncated, Transient: true, Message: "the answer is no JSON with a list of rows"}
	}
	if n := len(raw); n > 0 && !whole(raw[n-1], raw[0]) {
		raw = raw[:n-1]
	}
	for _, one := range raw {
		var item T
		if err := json.Unmarshal(one, &item); err != nil {
			if mistyped(err) {
				return out, typeError(err)
			}
			break
		}
		out.items = append(out.items, item)
		out.last = idOf(one)
	}
	if out.reason != nil && refused(out.reason) {
		said := out.reason.said()
		return rows[T]{}, &rest.Failure{Kind: ErrACL, Final: true, Message: said.text(), Detail: said}
	}
	return out, nil
}

// refused tells a refusal that came with status 200 from a cut.
func refused(w *wireError) bool {
	text := strings.ToLower(w.Message + " " + w.Detail)
	return strings.Contains(text, "insufficient rights") || strings.Contains(text, "permission to be read")
}

// whole guesses whether the last row before a cut was written to its end: it
// has as many columns as the first one, and did not swallow the error object.
func whole(last, first []byte) bool {
	var a, b map[string]json.RawMessage
	if json.Unmarshal(last, &a) != nil {
		return false
	}
	if e, ok := a["error"]; ok && bytes.HasPrefix(e, []byte("{")) && bytes.Contains(e, []byte(`"message"`)) && a["status"] != nil {
		return false
	}
	return json.Unmarshal(first, &b) == nil && len(a) >= len(b)
}

// trailingError finds the error object at the end of a document that is no
// valid JSON any more.
func trailingError(body []byte) *wireError {
	i := bytes.LastIndex(body, []byte(`"error":`))
	if i < 0 {
		return nil
	}
	return readError(append([]byte("{"), body[i:]...))
}

// idOf reads the sys_id of a raw row; "" when it has none.
func idOf(row []byte) string {
	if row == nil {
		return ""
	}
	if id, ok := idAt(row, bytes.Index(row, keySysID)); ok {
		return id
	}
	var r struct {
		ID Value `json:"sys_id"`
	}
	if json.Unmarshal(row, &r) != nil {
		return ""
	}
	return r.ID.Value
}

// idAt reads the sys_id whose key is at i, when it is followed by a plain text.
func idAt(row []byte, i int) (id string, ok bool) {
	if i < 0 {
		return "", false
	}
	if i = skipSpace(row, i+len(keySysID)); i >= len(row) || row[i] != '"' {
		return "", false
	}
	end, plain := text(row, i)
	if !plain {
		return "", false
	}
	return string(row[i+1 : end-1]), true
}

// decodeOne reads {"result":{...}}.
func decodeOne[T any](body []byte, row *T) error {
	var doc struct {
		Result json.RawMessage `json:"result"`
		Error  *wireError      `json:"error"`
	}
	if err := json.Unmarshal(body, &doc); err != nil {
		if w := trailingError(body); w != nil {
			return w.cut()
		}
		return err
	}
	if doc.Error != nil {
		return doc.Error.cut()
	}
	if len(doc.Result) == 0 || doc.Result[0] != '{' {
		return errors.New("the answer holds no record")
	}
	if err := json.Unmarshal(doc.Result, row); err != nil {
		return typeError(err)
	}
	return nil
}

// cut is the failure of an answer that ended in an error object.
func (w *wireError) cut() *rest.Failure {
	said := w.said()
	return &rest.Failure{Kind: ErrTruncated, Transient: true, Message: said.text(), Detail: said}
}

func mistyped(err error) bool {
	var t *json.UnmarshalTypeError
	return errors.As(err, &t)
}

// typeError says which column does not fit the Go type. Asking again would
// bring the same answer.
func typeError(err error) error {
	if t, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		field := strings.TrimPrefix(t.Field, "result.")
		err = fmt.Errorf("column %q is a JSON %s, which %v cannot hold: use servicenow.Value, Ref or String for it", field, t.Value, t.Type)
	}
	return &rest.Failure{Kind: ErrInvalid, Final: true, Err: err}
}
