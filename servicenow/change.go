package servicenow

import (
	"context"
	"iter"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// ChangeService is the Change Management API (/api/sn_chg_rest/change), with the
// documentation of the Australia release as its source where nothing else is
// said. It is the field Changes of a [Client] and safe for concurrent use.
//
// Its own verbs reach changes of every type; Normal, Emergency and Standard are
// bound to one. Reading needs the role itil, sn_change_read or change_manager,
// writing itil or change_manager, deleting change_manager. Unlike the Table API
// it tells which input it ignored, see [ChangeRow], and answers a create with
// status 200.
//
// What a customised process needs that is not here is a column: changes are
// also rows of TableOf[Record](client, "change_request").
type ChangeService struct {
	*ChangeRecords
	// Normal, Emergency and Standard see and make changes of one type only.
	Normal, Emergency *TypedChanges
	Standard          *StandardChanges
	// Tasks are the tasks of changes.
	Tasks *ChangeTasks

	client *Client
}

func newChangeService(c *Client) *ChangeService {
	of := func(op string, path ...string) *ChangeRecords {
		return &ChangeRecords{client: c, op: op, path: append([]string{"change"}, path...)}
	}
	return &ChangeService{
		ChangeRecords: of("Changes"),
		Normal:        &TypedChanges{of("Changes.Normal", "normal")},
		Emergency:     &TypedChanges{of("Changes.Emergency", "emergency")},
		Standard:      &StandardChanges{of("Changes.Standard", "standard")},
		Tasks:         &ChangeTasks{client: c},
		client:        c,
	}
}

// ChangeRecords are the change requests of one type or of all.
type ChangeRecords struct {
	client *Client
	op     string
	path   []string
}

// List reads one page of changes. Of the query's fields Where, OrderBy,
// PageSize and After count; a field that this API does not have is an error.
// The API counts no rows, so Total is -1.
func (r *ChangeRecords) List(ctx context.Context, q Query, opts ...CallOption) (Page[Change], error) {
	return listChanges(ctx, r.client, r.op+".List", r.path, q, asChange, opts)
}

// All reads every matching change that the user may see, page by page, with the
// rules of [Table.All]: by keyset unless the query has an order of its own.
// Max and Prefetch count as well. Since the API counts no rows, the reading ends
// at an empty page, and so at a page of which every row is hidden.
func (r *ChangeRecords) All(ctx context.Context, q Query, opts ...CallOption) iter.Seq2[Change, error] {
	return allChanges(ctx, r.client, r.op+".All", r.path, q, asChange, opts)
}

// Get reads one change by its sys_id. One of another type is ErrNotFound.
func (r *ChangeRecords) Get(ctx context.Context, sysID string, opts ...CallOption) (Change, error) {
	row, err := r.client.changeRow(ctx, changeCall{op: r.op + ".Get", path: r.path, id: sysID}, opts)
	return Change{row}, err
}

// Update writes the columns that patch holds, a struct or map as for
// [Table.Update], and answers with the change afterwards. Look at its Ignored:
// columns that do not exist or may not be written are left out without an
// error.
func (r *ChangeRecords) Update(ctx context.Context, sysID string, patch any, opts ...CallOption) (Change, error) {
	row, err := r.client.changeWrite(ctx, changeCall{op: r.op + ".Update", method: "PATCH", path: r.path, id: sysID}, patch, opts)
	return Change{row}, err
}

// Delete removes a change. One that does not exist is ErrNotFound, unless an
// earlier attempt of the same call may have removed it.
func (r *ChangeRecords) Delete(ctx context.Context, sysID string, opts ...CallOption) error {
	return r.client.changeSend(ctx, changeCall{op: r.op + ".Delete", method: "DELETE", path: r.path, id: sysID, kind: rest.Idempotent}, nil, opts)
}

// TypedChanges are the normal or the emergency changes.
type TypedChanges struct{ *ChangeRecords }

// Create makes a change of the type from the instance's default record. fields
// is a [ChangeFields], a struct or a map as for [Table.Create]. It is repeated
// only when provably not taken: put your own key into correlation_id to find a
// change whose answer was lost.
func (t *TypedChanges) Create(ctx context.Context, fields any, opts ...CallOption) (Change, error) {
	row, err := t.client.changeCreate(ctx, changeCall{op: t.op + ".Create", path: t.path}, fields, opts)
	return Change{row}, err
}

// Create makes a change by its model or type, one of which the fields must name
// (chg_model by name or sys_id): without either the instance falls back to a
// default that changes from release to release, says the documentation. A
// standard change needs a template: use Standard.Create.
func (s *ChangeService) Create(ctx context.Context, fields any, opts ...CallOption) (Change, error) {
	row, err := s.client.changeCreate(ctx, changeCall{op: s.op + ".Create", path: s.path, kinded: true}, fields, opts)
	return Change{row}, err
}

// StandardChanges are the changes that are made from an approved template.
type StandardChanges struct{ *ChangeRecords }

// Create makes a standard change from the template with the given sys_id (table
// std_change_record_producer). The template's description and its backout, test
// and implementation plans stand; input for them is ignored and listed in
// Ignored. fields may be nil.
func (s *StandardChanges) Create(ctx context.Context, template string, fields any, opts ...CallOption) (Change, error) {
	if fields == nil {
		fields = map[string]any{}
	}
	row, err := s.client.changeCreate(ctx, changeCall{op: s.op + ".Create", path: s.path, id: template, what: "the template's sys_id", bare: true}, fields, opts)
	return Change{row}, err
}

// EvaluateRisk has the instance calculate risk and impact of a standard change
// by its risk conditions, and answers with the change afterwards.
func (s *StandardChanges) EvaluateRisk(ctx context.Context, sysID string, opts ...CallOption) (Change, error) {
	row, err := s.client.changeRow(ctx, changeCall{op: s.op + ".EvaluateRisk", method: "PATCH", path: s.path, id: sysID, below: []string{"risk"}, kind: rest.Idempotent, data: emptyObject}, opts)
	return Change{row}, err
}

// Templates reads every matching template of standard changes.
func (s *StandardChanges) Templates(ctx context.Context, q Query, opts ...CallOption) iter.Seq2[ChangeRow, error] {
	return allChanges(ctx, s.client, s.op+".Templates", []string{"change", "standard", "template"}, q, asRow, opts)
}

// Template reads one template of standard changes.
func (s *StandardChanges) Template(ctx context.Context, sysID string, opts ...CallOption) (ChangeRow, error) {
	return s.client.changeRow(ctx, changeCall{op: s.op + ".Template", path: []string{"change", "standard", "template"}, id: sysID}, opts)
}

// Models reads every matching change model (table chg_model).
func (s *ChangeService) Models(ctx context.Context, q Query, opts ...CallOption) iter.Seq2[ChangeRow, error] {
	return allChanges(ctx, s.client, s.op+".Models", []string{"change", "model"}, q, asRow, opts)
}

// Model reads one change model.
func (s *ChangeService) Model(ctx context.Context, sysID string, opts ...CallOption) (ChangeRow, error) {
	return s.client.changeRow(ctx, changeCall{op: s.op + ".Model", path: []string{"change", "model"}, id: sysID}, opts)
}

// ChangeTasks are the tasks of change requests (table change_task).
type ChangeTasks struct{ client *Client }

func (t *ChangeTasks) call(verb, method, change, id string) changeCall {
	c := changeCall{op: "Changes.Tasks." + verb, method: method, path: []string{"change"}, id: change, what: "the change's sys_id", below: []string{"task"}}
	if id != "" || verb == "Get" || verb == "Update" || verb == "Delete" {
		c.below = append(c.below, id)
	}
	return c
}

// All reads the tasks of a change, with the rules of [ChangeRecords.All].
func (t *ChangeTasks) All(ctx context.Context, change string, q Query, opts ...CallOption) iter.Seq2[ChangeRow, error] {
	return allChanges(ctx, t.client, "Changes.Tasks.All", []string{"change", change, "task"}, q, asRow, opts)
}

// Get reads a task of a change. A task of another change is ErrNotFound.
func (t *ChangeTasks) Get(ctx context.Context, change, task string, opts ...CallOption) (ChangeRow, error) {
	return t.client.changeRow(ctx, t.call("Get", "GET", change, task), opts)
}

// Create adds a task to a change. It is repeated only when provably not taken.
func (t *ChangeTasks) Create(ctx context.Context, change string, fields any, opts ...CallOption) (ChangeRow, error) {
	return t.client.changeCreate(ctx, t.call("Create", "POST", change, ""), fields, opts)
}

// Update writes columns of a task of a change.
func (t *ChangeTasks) Update(ctx context.Context, change, task string, patch any, opts ...CallOption) (ChangeRow, error) {
	return t.client.changeWrite(ctx, t.call("Update", "PATCH", change, task), patch, opts)
}

// Delete removes a task of a change.
func (t *ChangeTasks) Delete(ctx context.Context, change, task string, opts ...CallOption) error {
	call := t.call("Delete", "DELETE", change, task)
	call.kind = rest.Idempotent
	return t.client.changeSend(ctx, call, nil, opts)
}
