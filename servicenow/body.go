package servicenow

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"time"
)

// body is an encoded row or patch and what it tells about the call.
type body struct {
	data    []byte
	sysID   string // the sys_id that the row chooses, or ""
	journal bool   // writing it appends something
	empty   bool
}

var journalFields = map[string]bool{"comments": true, "work_notes": true, "comments_and_work_notes": true}

// encodeBody turns a row or patch into a JSON object in the platform's form: a
// struct with json tags, a Record, or any map with string keys.
func encodeBody(row any) (body, error) {
	v := reflect.ValueOf(row)
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		if v.IsNil() {
			return body{}, errNilRow
		}
		v = v.Elem()
	}
	var b body
	switch v.Kind() {
	case reflect.Invalid:
		return b, errNilRow
	case reflect.Map:
		if v.Type().Key().Kind() != reflect.String {
			return b, fmt.Errorf("a %T has no column names: use a map with string keys", row)
		}
		if v.IsNil() {
			return b, errNilRow
		}
		data, err := encodeMap(v)
		if err != nil {
			return b, err
		}
		b.data = data
	case reflect.Struct:
		if err := checkTimes(v); err != nil {
			return b, err
		}
		data, err := json.Marshal(row)
		if err != nil {
			return b, fmt.Errorf("the row cannot be encoded: %w", err)
		}
		b.data = data
		b.journal = hasJournal(v)
	default:
		return b, fmt.Errorf("a %T is no row: pass a struct with json tags, a Record or a map", row)
	}
	return b.inspect()
}

// inspect looks at the columns of an encoded row. An empty sys_id is taken out:
// it is the zero value of a struct that was read into before, not a choice.
func (b body) inspect() (body, error) {
	var columns map[string]json.RawMessage
	if err := json.Unmarshal(b.data, &columns); err != nil || !bytes.HasPrefix(b.data, []byte("{")) {
		return b, errors.New("the row does not encode to a JSON object")
	}
	for name, raw := range columns {
		if err := checkColumn(name); err != nil {
			return b, fmt.Errorf("column %q: %w", name, err)
		}
		if journalFields[name] && string(raw) != `""` && string(raw) != "null" {
			b.journal = true
		}
	}
	if raw, ok := columns[sysID]; ok {
		var id Value
		if err := json.Unmarshal(raw, &id); err != nil {
			return b, fmt.Errorf("column %q: %w", sysID, err)
		}
		if b.sysID = id.Value; b.sysID == "" {
			delete(columns, sysID)
			data, err := json.Marshal(columns)
			if err != nil {
				return b, err
			}
			b.data = data
		}
	}
	b.empty = len(columns) == 0
	return b, nil
}

func encodeMap(v reflect.Value) ([]byte, error) {
	columns := make(map[string]json.RawMessage, v.Len())
	for it := v.MapRange(); it.Next(); {
		name := it.Key().String()
		value := it.Value().Interface()
		text, err := textOf(value)
		var raw []byte
		switch {
		case err == nil:
			raw, err = json.Marshal(text)
		case errors.Is(err, errNoText):
			raw, err = json.Marshal(value)
		}
		if err != nil {
			return nil, fmt.Errorf("column %q: %w", name, err)
		}
		columns[name] = raw
	}
	return json.Marshal(columns)
}

// checkTimes refuses plain Go times in a struct, which encoding/json writes in a
// form that the platform does not document.
func checkTimes(v reflect.Value) error {
	t := v.Type()
	for i := range t.NumField() {
		f := t.Field(i)
		if !f.IsExported() && !f.Anonymous || f.Tag.Get("json") == "-" {
			continue
		}
		ft := f.Type
		if ft.Kind() == reflect.Pointer {
			ft = ft.Elem()
		}
		switch {
		case ft == reflect.TypeFor[time.Time]():
			return fmt.Errorf("field %s is a time.Time: use servicenow.DateTime or Date, which are written in the platform's form", f.Name)
		case ft == reflect.TypeFor[time.Duration]():
			return fmt.Errorf("field %s is a time.Duration: use servicenow.Duration, which is written in the platform's form", f.Name)
		case f.Anonymous && f.Type.Kind() == reflect.Struct:
			if err := checkTimes(v.Field(i)); err != nil {
				return err
			}
		}
	}
	return nil
}

// hasJournal reports whether a struct sets a field of type Journal.
func hasJournal(v reflect.Value) bool {
	for i := range v.NumField() {
		f := v.Field(i)
		switch {
		case f.Type() == reflect.TypeFor[Journal]():
			if f.Len() > 0 {
				return true
			}
		case f.Type() == reflect.TypeFor[Opt[Journal]]():
			if !f.IsZero() {
				return true
			}
		case v.Type().Field(i).Anonymous && f.Kind() == reflect.Struct:
			if hasJournal(f) {
				return true
			}
		}
	}
	return false
}
