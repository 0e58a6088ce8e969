package azdevops

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// WorkItemService is about work items: bugs, tasks, stories.
type WorkItemService struct {
	c     *Client
	turns *rest.Turns // by link; shared by the clients of all projects
}

// WorkItem is a work item as it was at one revision.
type WorkItem struct {
	ID     int    `json:"id"`
	Rev    int    `json:"rev"`
	Fields Fields `json:"fields"`
	// Relations are there when they were asked for.
	Relations []Relation `json:"relations"`
	URL       string     `json:"url"` // of the API

	whole bool // read with all fields and relations
}

// covers reports whether an item tells all that a patch has to know of it: what
// is not in an item that was read in part may be there all the same.
func (w *WorkItem) covers(p Patch) bool {
	switch {
	case w.whole:
		return true
	case len(p.AddRelations)+len(p.RemoveRelations) > 0, len(p.AddTags)+len(p.RemoveTags) > 0 && w.Fields.Get(FieldTags) == nil:
		return false
	}
	for name := range p.Set {
		if w.Fields.Get(name) == nil {
			return false
		}
	}
	return true
}

// WebURL is the address at which people see a work item, for links in records
// elsewhere. It asks nobody whether there is one; of an id below 1 it is "".
func (s *WorkItemService) WebURL(id int) string {
	if s == nil || s.c == nil || s.c.core == nil || id <= 0 {
		return ""
	}
	address := s.c.core.BaseURL()
	if s.c.project != "" {
		address += "/" + url.PathEscape(s.c.project)
	}
	return address + "/_workitems/edit/" + strconv.Itoa(id)
}

// patchMedia is the type of bodies that change work items.
const patchMedia = "application/json-patch+json"

// Get reads a work item with all its fields and relations.
func (s *WorkItemService) Get(ctx context.Context, id int, opts ...CallOption) (WorkItem, error) {
	item, err := s.get(ctx, "WorkItems.Get", id, url.Values{"$expand": {"relations"}}, opts)
	item.whole = err == nil
	return item, err
}

// GetFields reads some fields of a work item, by reference name, and no
// relations: the service refuses to give both.
func (s *WorkItemService) GetFields(ctx context.Context, id int, fields []string, opts ...CallOption) (WorkItem, error) {
	const op = "WorkItems.GetFields"
	if err := checkFields(op, fields); err != nil {
		return WorkItem{}, err
	}
	return s.get(ctx, op, id, url.Values{"fields": {strings.Join(fields, ",")}}, opts)
}

func checkFields(op string, fields []string) error {
	if len(fields) == 0 {
		return fmt.Errorf("azdevops: %s: no field is named", op)
	}
	for _, name := range fields {
		if !fieldName(name) {
			return fmt.Errorf("azdevops: %s: %q is no reference name of a field, such as System.Title", op, name)
		}
	}
	return nil
}

func (s *WorkItemService) get(ctx context.Context, op string, id int, query url.Values, opts []CallOption) (WorkItem, error) {
	if err := checkID(op, "id", id); err != nil {
		return WorkItem{}, err
	}
	var item WorkItem
	err := s.c.do(ctx, request{
		op: op, within: true, path: []string{"_apis", "wit", "workitems", strconv.Itoa(id)}, query: query, result: &item,
		check: item.checkID(id),
	}, opts)
	return item, err
}

// checkID returns a check of an answer: the item has to be the one that was asked
// for; 0 stands for a new one.
func (w *WorkItem) checkID(id int) func() error {
	return func() error {
		switch {
		case id == 0 && w.ID <= 0:
			return errors.New("the new work item has no id")
		case id != 0 && w.ID != id:
			return fmt.Errorf("asked for work item %d, got %d", id, w.ID)
		}
		return nil
	}
}

// Create makes a work item of a type, "Bug", in the client's project. It is not
// repeated after a fault that leaves open whether the item was made, which is
// ErrAmbiguous: the service has no key by which it would know the second request
// for the first. [WorkItemService.Ensure] finds out.
func (s *WorkItemService) Create(ctx context.Context, kind string, p Patch, opts ...CallOption) (WorkItem, error) {
	const op = "WorkItems.Create"
	if err := checkCreate(op, kind, p); err != nil {
		return WorkItem{}, err
	}
	var item WorkItem
	err := s.c.do(ctx, request{
		op: op, method: http.MethodPost, kind: rest.Append, project: true,
		path: []string{"_apis", "wit", "workitems", "$" + kind}, query: url.Values{"$expand": {"relations"}},
		body: p.operations(nil), media: patchMedia, result: &item, check: item.checkID(0),
	}, opts)
	item.whole = err == nil
	return item, err
}

func checkCreate(op, kind string, p Patch) error {
	if err := checkName(op, "work item type", kind); err != nil {
		return err
	}
	if err := p.check(op); err != nil {
		return err
	}
	if _, titled := p.Set[FieldTitle]; !titled {
		return fmt.Errorf("azdevops: %s: the patch sets no %s", op, FieldTitle)
	}
	if p.Rev != 0 || p.Base != nil || len(p.RemoveTags) > 0 || len(p.RemoveRelations) > 0 {
		return fmt.Errorf("azdevops: %s: Rev, Base, RemoveTags and RemoveRelations are about an item that exists", op)
	}
	return nil
}

// maxAttempts is how often a patch without a condition of the caller's is worked
// out anew, because the item has changed meanwhile.
const maxAttempts = 5

// Update makes a patch true of a work item and reports whether it was changed.
//
// The item is read first, unless p.Base tells what has to be known, and only
// what differs is sent, under the condition that the item still has the revision
// that was read; otherwise it is read again. A patch with a condition of its own
// is ErrRevision instead. A comment is something that differs, always.
//
// The condition makes the call safe to repeat. When the answer to a change is
// lost and the repeat meets a newer revision, the item is looked at: if the
// change is in it, the call has succeeded.
func (s *WorkItemService) Update(ctx context.Context, id int, p Patch, opts ...CallOption) (item WorkItem, changed bool, err error) {
	const op = "WorkItems.Update"
	if err := errors.Join(checkID(op, "id", id), p.check(op)); err != nil {
		return WorkItem{}, false, err
	}
	if p.Base != nil && p.Base.ID != id {
		return WorkItem{}, false, fmt.Errorf("azdevops: %s: Patch.Base is work item %d and not %d", op, p.Base.ID, id)
	}
	if p.Base != nil {
		p.Rev = p.Base.Rev
	}
	for n := 1; ; n++ {
		if p.Base != nil && p.Base.covers(p) {
			item = *p.Base
		} else if item, err = s.Get(ctx, id, opts...); err != nil {
			return WorkItem{}, false, err
		}
		if p.Rev > 0 && item.Rev != p.Rev {
			return item, false, fmt.Errorf("azdevops: %s: work item %d has revision %d and not %d: %w", op, id, item.Rev, p.Rev, errors.Join(ErrRevision, ErrConflict))
		}
		ops := p.operations(&item)
		if len(ops) == 0 {
			return item, false, nil
		}
		next, err := s.patch(ctx, op, item, p, ops, opts)
		if err == nil {
			return next, true, nil
		}
		if !errors.Is(err, ErrRevision) || p.Rev > 0 || n == maxAttempts {
			return item, false, err
		}
	}
}

// patch sends operations under the condition of a revision.
func (s *WorkItemService) patch(ctx context.Context, op string, item WorkItem, p Patch, ops []operation, opts []CallOption) (WorkItem, error) {
	var next WorkItem
	err := s.c.do(ctx, request{
		op: op, method: http.MethodPatch, kind: rest.Idempotent, within: true,
		path: []string{"_apis", "wit", "workitems", strconv.Itoa(item.ID)}, query: url.Values{"$expand": {"relations"}},
		body:  append([]operation{{Op: "test", Path: "/rev", Value: item.Rev}}, ops...),
		media: patchMedia, result: &next, check: next.checkID(item.ID),
		landed: func(ctx context.Context) (*rest.Answer, bool, error) {
			now, ours, err := s.landed(ctx, item, p, opts)
			next = now
			return &rest.Answer{Status: http.StatusOK}, ours, err
		},
	}, opts)
	next.whole = err == nil
	return next, err
}

// landed looks whether a change whose answer was lost is in the item.
func (s *WorkItemService) landed(ctx context.Context, before WorkItem, p Patch, opts []CallOption) (now WorkItem, ours bool, err error) {
	if now, err = s.Get(ctx, before.ID, opts...); err != nil {
		return WorkItem{}, false, err
	}
	silent := p
	silent.Comment, silent.CommentHTML = "", ""
	if now.Rev == before.Rev || len(silent.operations(&now)) > 0 {
		return now, false, nil
	}
	if p.Comment == "" && p.CommentHTML == "" {
		return now, true, nil
	}
	// The next revision is ours when it has our comment.
	rev, err := s.Revision(ctx, before.ID, before.Rev+1, opts...)
	return now, err == nil && rev.Fields.Text(FieldHistory) == escape(p.Comment)+string(p.CommentHTML), err
}

// Revision reads a work item as it was at a revision, from 1.
func (s *WorkItemService) Revision(ctx context.Context, id, rev int, opts ...CallOption) (WorkItem, error) {
	const op = "WorkItems.Revision"
	if err := errors.Join(checkID(op, "id", id), checkID(op, "revision", rev)); err != nil {
		return WorkItem{}, err
	}
	var item WorkItem
	err := s.c.do(ctx, request{
		op: op, within: true, path: []string{"_apis", "wit", "workItems", strconv.Itoa(id), "revisions", strconv.Itoa(rev)},
		query: url.Values{"$expand": {"relations"}}, result: &item, check: item.checkID(id),
	}, opts)
	item.whole = err == nil
	return item, err
}

// Delete puts a work item into the project's recycle bin, from where people can
// take it back. Deleting for good is not offered.
func (s *WorkItemService) Delete(ctx context.Context, id int, opts ...CallOption) error {
	const op = "WorkItems.Delete"
	if err := checkID(op, "id", id); err != nil {
		return err
	}
	return s.c.do(ctx, request{
		op: op, method: http.MethodDelete, kind: rest.Idempotent, within: true,
		path: []string{"_apis", "wit", "workitems", strconv.Itoa(id)},
	}, opts)
}
