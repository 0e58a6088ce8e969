package netbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// Patch is one item of a bulk update: the object's id and the fields to
// change, as Update takes them.
type Patch struct {
	ID   int64
	Body any
}

// Bodies makes the list that BulkCreate takes from a slice of one type.
func Bodies[W any](list []W) []any {
	bodies := make([]any, len(list))
	for i := range list {
		bodies[i] = list[i]
	}
	return bodies
}

// BulkCreate makes several objects in one request and one transaction: all or
// none. It returns them in the order of bodies. When NetBox refuses some, the
// error is an *Error whose Items name those that it tells of: all bad ones with
// their index on 4.7 and, up to 4.6, on most types; only the first, without
// index, for devices up to 4.6.
func (r *Resource[T]) BulkCreate(ctx context.Context, bodies []any, opts ...CallOption) ([]T, error) {
	op := r.op("BulkCreate")
	items, err := r.createItems(ctx, op, bodies)
	if err != nil {
		return nil, err
	}
	made, err := r.bulk(ctx, op, http.MethodPost, rest.Append, items, nil, opts)
	if err != nil {
		return nil, err
	}
	if len(made) != len(bodies) {
		return made, r.short(op, http.MethodPost, fmt.Sprintf("%d objects were sent and %d came back", len(bodies), len(made)), nil)
	}
	return made, nil
}

// createItems checks and encodes what is to be created.
func (r *Resource[T]) createItems(ctx context.Context, op string, bodies []any) ([]json.RawMessage, error) {
	if err := r.ready(); err != nil {
		return nil, err
	}
	items := make([]json.RawMessage, len(bodies))
	for i, body := range bodies {
		data, err := r.body(ctx, fmt.Sprintf("%s: item %d", op, i), body)
		if err != nil {
			return nil, err
		}
		items[i] = data
	}
	return items, nil
}

// BulkUpdate changes several objects in one request and one transaction. It
// returns them in the order of patches, whatever order NetBox answers in. When
// NetBox refuses some, nothing is changed and the error is an *Error as for
// BulkCreate. Releases up to 4.6 skip unknown ids in silence and change the
// others: then the objects are returned, zero where skipped, together with an
// *Error that is [ErrNotFound] and whose Items name the skipped ones.
func (r *Resource[T]) BulkUpdate(ctx context.Context, patches []Patch, opts ...CallOption) ([]T, error) {
	op := r.op("BulkUpdate")
	items, ids, err := r.patchItems(ctx, op, patches)
	if err != nil {
		return nil, err
	}
	changed, err := r.bulk(ctx, op, http.MethodPatch, rest.Idempotent, items, ids, opts)
	if err != nil {
		return nil, err
	}
	return r.inOrder(op, http.MethodPatch, ids, changed)
}

// patchItems checks and encodes what is to be changed, and names the objects.
func (r *Resource[T]) patchItems(ctx context.Context, op string, patches []Patch) ([]json.RawMessage, []int64, error) {
	if err := r.ready(); err != nil {
		return nil, nil, err
	}
	items := make([]json.RawMessage, len(patches))
	ids := make([]int64, len(patches))
	for i, patch := range patches {
		ids[i] = patch.ID
		data, err := r.body(ctx, fmt.Sprintf("%s: item %d", op, i), patch.Body)
		if err != nil {
			return nil, nil, err
		}
		items[i] = append([]byte(`{"id":`+strconv.FormatInt(patch.ID, 10)+`,`), data[1:]...)
	}
	return items, ids, checkIDs(op, ids)
}

// inOrder puts changed objects into the order of their ids, zero where NetBox
// skipped one, together with an error that names those.
func (r *Resource[T]) inOrder(op, method string, ids []int64, changed []T) ([]T, error) {
	byID := make(map[int64]int, len(changed))
	for i := range changed {
		byID[r.idOf(&changed[i])] = i
	}
	rows := make([]T, len(ids))
	var skipped []ItemError
	for i, id := range ids {
		if at, ok := byID[id]; ok {
			rows[i] = changed[at]
			continue
		}
		skipped = append(skipped, missing(i, id))
	}
	if skipped != nil {
		return rows, r.short(op, method, fmt.Sprintf("%d of %d objects do not exist and were skipped, the others are changed", len(skipped), len(ids)), skipped)
	}
	return rows, nil
}

// BulkDelete removes several objects in one request and one transaction: all or
// none. Releases up to 4.6 skip unknown ids in silence; there the ids are looked
// up first, so that an unknown one is refused with [ErrNotFound] and nothing is
// deleted, as NetBox itself does since 4.7.
func (r *Resource[T]) BulkDelete(ctx context.Context, ids []int64, opts ...CallOption) error {
	op := r.op("BulkDelete")
	if err := r.ready(); err != nil {
		return err
	}
	if err := checkIDs(op, ids); err != nil {
		return err
	}
	return r.deleteAll(ctx, op, ids, idItems(ids), opts)
}

// idItems names objects to be deleted.
func idItems(ids []int64) []json.RawMessage {
	items := make([]json.RawMessage, len(ids))
	for i, id := range ids {
		items[i] = json.RawMessage(`{"id":` + strconv.FormatInt(id, 10) + `}`)
	}
	return items
}

// deleteAll sends one bulk delete.
func (r *Resource[T]) deleteAll(ctx context.Context, op string, ids []int64, items []json.RawMessage, opts []CallOption) error {
	known, err := r.c.APIVersion(ctx)
	if err != nil {
		return err
	}
	if !known.AtLeast(4, 7) {
		if err := r.refuseMissing(ctx, op, ids); err != nil {
			return err
		}
	}
	// A repeat after a lost answer would meet ids that are gone already.
	_, err = r.bulk(ctx, op, http.MethodDelete, rest.Append, items, ids, opts)
	return err
}

// refuseMissing fails when some of the ids do not exist.
func (r *Resource[T]) refuseMissing(ctx context.Context, op string, ids []int64) error {
	there := make(map[int64]bool, len(ids))
	look := ResourceOf[struct {
		ID int64 `json:"id"`
	}](r.c, r.s.path)
	for row, err := range look.All(ctx, Query{Where: Raw("id", ids), Fields: []string{"id"}}) {
		if err != nil {
			return err
		}
		there[row.ID] = true
	}
	var gone []ItemError
	for i, id := range ids {
		if !there[id] {
			gone = append(gone, missing(i, id))
		}
	}
	if gone == nil {
		return nil
	}
	return r.short(op, http.MethodDelete, fmt.Sprintf("%d of %d objects do not exist, so nothing was deleted", len(gone), len(ids)), gone)
}

func missing(index int, id int64) ItemError {
	return ItemError{Index: index, ID: id, Kind: ErrNotFound,
		Fields: map[string][]string{"id": {fmt.Sprintf("Object with ID %d does not exist", id)}}}
}

// short makes the error of a bulk call that the server took in part.
func (r *Resource[T]) short(op, method, message string, items []ItemError) error {
	path, _ := r.s.collection()
	kind := rest.ErrNotFound
	if items == nil {
		kind = rest.ErrTruncated
	}
	return wrap(&rest.Failure{Op: op, Method: method, Path: path, Kind: kind, Message: message, Detail: &detail{items: items}})
}

// bulk sends a list to the collection and returns the objects of the answer.
func (r *Resource[T]) bulk(ctx context.Context, op, method string, kind rest.Kind, items []json.RawMessage, ids []int64, opts []CallOption) ([]T, error) {
	path, err := r.s.collection()
	if err != nil {
		return nil, err
	}
	if len(items) == 0 {
		return nil, fmt.Errorf("netbox: %s: the list is empty", op)
	}
	data, err := json.Marshal(items)
	if err != nil {
		return nil, fmt.Errorf("netbox: %s: %w", op, err)
	}
	var rows []T
	call := &rest.Call{Op: op, Method: method, Path: path, Body: data, Kind: kind}
	if method != http.MethodDelete {
		call.Decode = func(a *rest.Answer) error {
			rows = make([]T, 0, len(items))
			return json.Unmarshal(a.Body, &rows)
		}
	}
	err = r.c.do(ctx, call, opts)
	if e, ok := errors.AsType[*Error](err); ok {
		e.locate(ids, len(items))
	}
	return rows, err
}

// locate completes the items of a refused bulk call with the index or id that
// the other one tells, and makes one of a refusal that names none.
func (e *Error) locate(ids []int64, n int) {
	if len(e.Items) == 0 && e.Status == http.StatusBadRequest && len(e.Fields)+len(e.NonField) > 0 {
		item := ItemError{Index: -1, ID: -1, Fields: e.Fields, NonField: e.NonField, Kind: rest.ErrInvalid}
		if slices.Contains(e.kinds, ErrDuplicate) {
			item.Kind = ErrDuplicate
		}
		if n == 1 {
			item.Index = 0
		}
		e.Items = []ItemError{item}
	}
	for i := range e.Items {
		item := &e.Items[i]
		switch {
		case item.Index < 0 && item.ID > 0:
			item.Index = slices.Index(ids, item.ID)
		case item.ID <= 0 && item.Index >= 0 && item.Index < len(ids):
			item.ID = ids[item.Index]
		}
	}
}

// checkIDs refuses ids that NetBox would mishandle.
func checkIDs(op string, ids []int64) error {
	if len(ids) == 0 {
		return fmt.Errorf("netbox: %s: the list is empty", op)
	}
	seen := make(map[int64]bool, len(ids))
	for i, id := range ids {
		switch {
		case id < 1:
			return fmt.Errorf("netbox: %s: item %d: id %d is not an id; ids are positive", op, i, id)
		case seen[id]:
			return fmt.Errorf("netbox: %s: id %d is given twice", op, id)
		}
		seen[id] = true
	}
	return nil
}
