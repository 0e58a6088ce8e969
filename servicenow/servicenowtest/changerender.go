package servicenowtest

import (
	"encoding/json"
	"net/http"
	"strconv"
)

// listLimit is the page size of the Change Management API without
// sysparm_limit.
const listLimit = 500

// list answers a page of the records that keep accepts. limit, offset, query,
// order and textSearch hold for every list. That this API counts no rows, and so
// sends no X-Total-Count and no Link, is an assumption.
func (a *changeAPI) list(c *class, g guard, keep func(*row) bool) *answer {
	q, failure := a.s.query(a.request, c)
	if failure != nil {
		return failed(failure)
	}
	if word := a.params.get("textSearch"); word != "" {
		text := (&binder{classes: a.s.store.classes, class: c, caller: a.caller}).text(word)
		for i := range q.alternatives {
			q.alternatives[i] = append(q.alternatives[i], text)
		}
	}
	if len(q.order) == 0 {
		by := resolve(c, a.params.get("order"))
		if by == nil {
			by = []*column{&c.columns[c.display]}
		}
		q.order = []ordering{{by, false}}
	}
	w := window{offset: a.params.number("sysparm_offset", 0), limit: a.params.number("sysparm_limit", listLimit)}
	a.s.prepare(c, q)
	a.s.store.mu.RLock()
	defer a.s.store.mu.RUnlock()
	all, _ := a.s.store.search(c, q, window{limit: 1 << 30, count: true})
	b := []byte(`{"result":[`)
	n, shown := 0, 0
	for _, r := range all {
		if !keep(r) {
			continue
		}
		if n++; n <= w.offset || n > w.offset+w.limit || len(g.rules) > 0 && !a.s.allows(g, OpRead, r) {
			continue
		}
		if shown++; shown > 1 {
			b = append(b, ',')
		}
		b = a.appendChange(b, r, nil, false, false)
	}
	return &answer{status: http.StatusOK, header: http.Header{}, body: append(b, "]}"...), rows: shown}
}

// answer renders a record that nobody else changes meanwhile.
func (a *changeAPI) answer(r *row) *answer {
	a.s.store.mu.RLock()
	defer a.s.store.mu.RUnlock()
	return a.result(r, nil, false)
}

// result renders a record as a call's result. The caller holds the lock.
//
// The documentation shows an array and a plain sys_id at the typed endpoints;
// public clients decode an object with a sys_id like every other column there,
// which is the default; see ChangeOptions.Arrays.
func (a *changeAPI) result(r *row, ignored []string, meta bool) *answer {
	documented := a.s.options.Changes.Arrays && (a.kind != "" || r.class.name == "change_task")
	b := []byte(`{"result":`)
	if documented {
		b = append(b, '[')
	}
	b = a.appendChange(b, r, ignored, meta, documented && (a.kind == "normal" || a.kind == "emergency"))
	if documented {
		b = append(b, ']')
	}
	return &answer{status: http.StatusOK, header: http.Header{}, body: append(b, '}')}
}

// appendChange writes a record as this API does: every column with value and
// display value, numbers and booleans as such, times with a third form.
func (a *changeAPI) appendChange(b []byte, r *row, ignored []string, meta, plainID bool) []byte {
	b = append(b, '{')
	first := true
	for i := range r.class.columns {
		col := &r.class.columns[i]
		if a.guard.hides(a.s.store, r, []*column{col}) {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(appendString(b, col.Name), ':')
		value := r.get(i)
		if col.Type == Journal {
			value = ""
		}
		if plainID && i == colID {
			b = appendString(b, value)
			continue
		}
		shown := a.s.store.displayOf(r, col, r.get(i), a.caller)
		b = append(appendString(append(b, `{"display_value":`...), shown), `,"value":`...)
		b = a.appendTyped(b, col, value)
		if col.Type == DateTime || col.Type == Date {
			b = appendString(append(b, `,"display_value_internal":`...), shown)
		}
		b = append(b, '}')
	}
	if meta {
		b = append(b, `,"__meta":{"ignoredFields":[`...)
		for i, name := range ignored {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendString(b, name)
		}
		b = append(b, "]}"...)
	}
	return append(b, '}')
}

// appendTyped writes a value with the JSON type of its column. Older releases
// write whole numbers as 3.0 (samples of the documentation).
func (a *changeAPI) appendTyped(b []byte, col *column, value string) []byte {
	switch {
	case value == "":
	case col.Type == Boolean:
		return strconv.AppendBool(b, truth(value))
	case col.Type == Integer:
		if _, err := strconv.ParseInt(value, 10, 64); err == nil {
			if b = append(b, value...); a.s.options.Release == Release2019 {
				b = append(b, ".0"...)
			}
			return b
		}
	case col.Type == Decimal || col.Type == Float:
		if json.Valid([]byte(value)) {
			return append(b, value...)
		}
	}
	return appendString(b, value)
}
