package netboxtest

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
)

// itemError is what is wrong with one object of a list.
type itemError struct {
	key    string // "index" or "id"
	n      int64
	status int
	body   any
}

// listError is the answer of 4.7 to a list with mistakes: 403 before 409 before 400.
func listError(total int, what string, items []itemError) *apiError {
	status := http.StatusBadRequest
	list := make([]any, 0, len(items))
	for _, it := range items {
		switch {
		case it.status == http.StatusForbidden:
			status = it.status
		case it.status == http.StatusConflict && status != http.StatusForbidden:
			status = it.status
		}
		list = append(list, object{{it.key, it.n}, {"errors", it.body}})
	}
	return &apiError{status: status, body: object{{"detail", fmt.Sprintf("%d of %d objects %s.", len(items), total, what)}, {"errors", list}}}
}

func all(text string) object { return object{{"__all__", []any{text}}} }

const textItemForbidden = "You do not have permission to perform this action on this object."

// asItem makes an item's errors from the answer that it would have had alone.
func asItem(key string, n int64, err *apiError) itemError {
	switch {
	case err.status == http.StatusForbidden:
		return itemError{key, n, err.status, all(textItemForbidden)}
	case err.status == http.StatusBadRequest:
		if o, ok := err.body.(object); ok && len(o) == 1 && o[0].key == "detail" {
			return itemError{key, n, err.status, all(plain(o[0].value))}
		}
	}
	return itemError{key, n, err.status, err.body}
}

// bulkCreate creates all objects of a list or none.
func (x *exchange) bulkCreate(res *resource, list []any) (*answer, *apiError) {
	var rows []*row
	err := x.s.transact(func() *apiError {
		switch {
		case x.s.schema.v >= v47:
			return x.createListed(res, list, &rows)
		case res.model == "dcim.device":
			return x.createInTurn(res, list, &rows)
		}
		return x.createChecked(res, list, &rows)
	})
	if err != nil {
		return nil, err
	}
	return x.showAll(res, rows, http.StatusCreated), nil
}

// createListed is 4.7: every bad object is listed with its index.
func (x *exchange) createListed(res *resource, list []any, rows *[]*row) *apiError {
	var bad []itemError
	for i, v := range list {
		in, err := x.input(res, v)
		if err == nil {
			var r *row
			if r, err = x.s.create(res, in, x.by()); err == nil {
				*rows = append(*rows, r)
				continue
			}
			if err.status == http.StatusForbidden { // the row stands in the way of none of the others
				x.s.put(x.s.table(res), x.s.table(res).last, nil)
			}
		}
		if err.status == http.StatusInternalServerError {
			return err
		}
		bad = append(bad, asItem("index", int64(i), err))
	}
	if len(bad) > 0 {
		return listError(len(list), "could not be created", bad)
	}
	return nil
}

// createInTurn is devices up to 4.6: the first bad one's errors, without an index.
func (x *exchange) createInTurn(res *resource, list []any, rows *[]*row) *apiError {
	for _, v := range list {
		in, err := x.input(res, v)
		if err != nil {
			return err
		}
		r, err := x.s.create(res, in, x.by())
		if err != nil {
			return err
		}
		*rows = append(*rows, r)
	}
	return nil
}

// createChecked is everything else up to 4.6: all are checked first, the
// errors stand in a list beside the objects; objects that clash with one
// another get past the checks and fail in the database.
func (x *exchange) createChecked(res *resource, list []any, rows *[]*row) *apiError {
	var bodies []any
	failed := false
	for _, v := range list {
		in, err := x.input(res, v)
		if err == nil {
			_, err = x.s.assemble(res, nil, in, &problems{})
		}
		switch {
		case err == nil:
			bodies = append(bodies, object{})
		case err.status != http.StatusBadRequest:
			return err
		default:
			failed = true
			bodies = append(bodies, err.body)
		}
	}
	if failed {
		return &apiError{status: http.StatusBadRequest, body: bodies}
	}
	for _, v := range list {
		in, err := x.input(res, v)
		if err != nil {
			return err
		}
		r, err := x.s.create(res, in, x.by())
		if err != nil {
			if err.status == http.StatusBadRequest {
				return x.s.crash("IntegrityError", "duplicate key value violates unique constraint")
			}
			return err
		}
		*rows = append(*rows, r)
	}
	return nil
}

// entry is one object of a list that names an existing one.
type entry struct {
	index int
	id    int64
	body  object
	text  bool // the id was a text
}

// entries reads the ids of a list.
func (x *exchange) entries(list []any) ([]entry, *apiError) {
	var out []entry
	var bad []itemError
	bodies, failed := []any{}, false
	for i, v := range list {
		e, problem := readEntry(i, v)
		if problem == nil {
			out = append(out, e)
			bodies = append(bodies, object{})
			continue
		}
		failed = true
		bodies = append(bodies, problem)
		bad = append(bad, itemError{"index", int64(i), http.StatusBadRequest, problem})
	}
	switch {
	case !failed:
		return out, nil
	case x.s.schema.v >= v47:
		return nil, listError(len(list), "failed validation", bad)
	}
	return nil, &apiError{status: http.StatusBadRequest, body: bodies}
}

func readEntry(i int, v any) (entry, any) {
	body, ok := v.(object)
	switch {
	case v == nil:
		return entry{}, all(textNull)
	case !ok:
		return entry{}, all("Invalid data. Expected a dictionary, but got " + pythonType(v) + ".")
	}
	given, ok := body.get("id")
	switch {
	case !ok:
		return entry{}, object{{"id", []any{textRequired}}}
	case given == nil:
		return entry{}, object{{"id", []any{textNull}}}
	}
	id, err := strconv.ParseInt(plain(given), 10, 64)
	if err != nil {
		return entry{}, object{{"id", []any{"A valid integer is required."}}}
	}
	_, text := given.(string)
	return entry{i, id, body, text}, nil
}

// targets finds the rows of a list, in the order of the model.
func (x *exchange) targets(res *resource, action string, entries []entry) ([]*row, map[int64]entry, *apiError) {
	by := map[int64]entry{}
	times := map[int64]int{}
	for _, e := range entries {
		by[e.id] = e
		times[e.id]++
	}
	t := x.s.table(res)
	var rows []*row
	var twice, unknown []itemError
	for _, e := range entries {
		if times[e.id] == 0 {
			continue // told already
		}
		r := t.rows[e.id]
		visible := r != nil && x.s.may(x.token, action, r)
		if n := times[e.id]; n > 1 {
			twice = append(twice, itemError{"id", e.id, http.StatusBadRequest,
				object{{"id", []any{fmt.Sprintf("Each object may be specified only once; ID %d is listed %d times", e.id, n)}}}})
		}
		if !visible {
			unknown = append(unknown, itemError{"id", e.id, http.StatusBadRequest,
				object{{"id", []any{fmt.Sprintf("Object with ID %d does not exist", e.id)}}}})
		} else {
			rows = append(rows, r)
		}
		times[e.id] = 0
	}
	if x.s.schema.v >= v47 {
		switch {
		case len(twice) > 0:
			return nil, nil, listError(len(entries), "are listed more than once", twice)
		case len(unknown) > 0:
			return nil, nil, listError(len(entries), "could not be found", unknown)
		}
		if err := x.precondition(rows...); err != nil {
			return nil, nil, err
		}
	}
	keys := res.orderKeys(res.order)
	slices.SortStableFunc(rows, func(a, b *row) int { return x.s.compare(a, b, keys) })
	return rows, by, nil
}

// bulkUpdate changes all objects of a list or none.
func (x *exchange) bulkUpdate(res *resource, list []any) (*answer, *apiError) {
	entries, err := x.entries(list)
	if err != nil {
		return nil, err
	}
	rows, by, err := x.targets(res, "change", entries)
	if err != nil {
		return nil, err
	}
	out := make([]*row, 0, len(rows))
	var bad []itemError
	err = x.s.transact(func() *apiError {
		for _, old := range rows {
			e := by[old.id]
			body := e.body
			if e.text && x.s.schema.v < v47 {
				body = object{} // what belongs to an id written as text is lost
			}
			in, err := x.input(res, body)
			if err == nil {
				var r *row
				if r, err = x.s.update(x.s.table(res).rows[old.id], in, x.by()); err == nil {
					out = append(out, r)
					continue
				}
			}
			if x.s.schema.v < v47 || err.status == http.StatusInternalServerError {
				return err
			}
			bad = append(bad, asItem("id", old.id, err))
		}
		if len(bad) > 0 {
			return listError(len(list), "could not be updated", bad)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return x.showAll(res, out, http.StatusOK), nil
}

// bulkDelete deletes all objects of a list or none.
func (x *exchange) bulkDelete(res *resource, list []any) (*answer, *apiError) {
	entries, err := x.entries(list)
	if err != nil {
		return nil, err
	}
	rows, by, err := x.targets(res, "delete", entries)
	if err != nil {
		return nil, err
	}
	var bad []itemError
	err = x.s.transact(func() *apiError {
		for _, r := range rows {
			r = x.s.table(res).rows[r.id]
			if r == nil {
				continue // gone with another one
			}
			message, err := x.s.message(by[r.id].body)
			if err != nil {
				return err
			}
			if x.s.schema.v >= v47 {
				if _, block := x.s.blockers(r); len(block) > 0 {
					bad = append(bad, itemError{"id", r.id, http.StatusConflict,
						all(fmt.Sprintf("Unable to delete: %d dependent object(s) prevent deletion.", len(block)))})
					continue
				}
			}
			if err := x.s.delete(r, message, x.by()); err != nil {
				return err
			}
		}
		if len(bad) > 0 {
			return listError(len(list), "could not be deleted", bad)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &answer{status: http.StatusNoContent}, nil
}

func (x *exchange) showAll(res *resource, rows []*row, status int) *answer {
	e := encoder{s: x.s, base: x.base, seen: map[shown][]byte{}, fresh: status == http.StatusCreated}
	fields := x.s.shape(res, x.r.URL.Query())
	e.buf = append(e.buf, '[')
	for i, r := range rows {
		if i > 0 {
			e.buf = append(e.buf, ',')
		}
		e.object(x.s.table(res).rows[r.id], fields, false)
	}
	e.buf = append(e.buf, ']')
	return &answer{status: status, body: e.buf}
}
