package azdevops

import (
	"context"
	"maps"
	"net/url"
	"slices"
)

// WorkItemType is a kind of work item in a project.
type WorkItemType struct {
	Name          string `json:"name"`          // "Bug", in the language of the process
	ReferenceName string `json:"referenceName"` // "Microsoft.VSTS.WorkItemTypes.Bug"
	Description   string `json:"description"`
	Disabled      bool   `json:"isDisabled"`
}

// StateCategory is what a state means, whatever it is called.
type StateCategory string

// The categories of states.
const (
	Proposed   StateCategory = "Proposed"
	InProgress StateCategory = "InProgress"
	Resolved   StateCategory = "Resolved"
	Completed  StateCategory = "Completed"
	Removed    StateCategory = "Removed"
)

// State is a state of a work item type. Names differ between processes: map by
// the category.
type State struct {
	Name     string        `json:"name"`
	Category StateCategory `json:"category"`
}

// Field is a field of the organization, or of one type.
type Field struct {
	Name          string `json:"name"`
	ReferenceName string `json:"referenceName"`
	Type          string `json:"type"` // "string", "html", "integer", "dateTime", ...
	ReadOnly      bool   `json:"readOnly"`
	Required      bool   `json:"alwaysRequired"` // for fields of a type
}

// Types reads the types of work items in the client's project.
func (s *WorkItemService) Types(ctx context.Context, opts ...CallOption) ([]WorkItemType, error) {
	return readList[WorkItemType](ctx, s.c, request{op: "WorkItems.Types", project: true, path: []string{"_apis", "wit", "workitemtypes"}}, opts)
}

// States reads the states of a type, in their order.
func (s *WorkItemService) States(ctx context.Context, kind string, opts ...CallOption) ([]State, error) {
	const op = "WorkItems.States"
	if err := checkName(op, "work item type", kind); err != nil {
		return nil, err
	}
	return readList[State](ctx, s.c, request{op: op, project: true, path: []string{"_apis", "wit", "workitemtypes", kind, "states"}}, opts)
}

// StateOf returns the first state of a category in a list of States, "" when
// there is none.
func StateOf(states []State, category StateCategory) string {
	for _, s := range states {
		if s.Category == category {
			return s.Name
		}
	}
	return ""
}

// TypeFields reads the fields of a type.
func (s *WorkItemService) TypeFields(ctx context.Context, kind string, opts ...CallOption) ([]Field, error) {
	const op = "WorkItems.TypeFields"
	if err := checkName(op, "work item type", kind); err != nil {
		return nil, err
	}
	return readList[Field](ctx, s.c, request{op: op, project: true, path: []string{"_apis", "wit", "workitemtypes", kind, "fields"}}, opts)
}

// Fields reads all fields of the organization.
func (s *WorkItemService) Fields(ctx context.Context, opts ...CallOption) ([]Field, error) {
	return readList[Field](ctx, s.c, request{op: "WorkItems.Fields", within: true, path: []string{"_apis", "wit", "fields"}}, opts)
}

// readList reads a list that comes in one piece.
func readList[T any](ctx context.Context, c *Client, q request, opts []CallOption) ([]T, error) {
	var answer struct {
		Value []T `json:"value"`
	}
	q.result = &answer
	err := c.do(ctx, q, opts)
	return answer.Value, err
}

// readPages reads a list whose pages are told apart by a token in a header.
func readPages[T any](ctx context.Context, c *Client, q request, at Cursor, opts []CallOption) (Page[T], error) {
	query := maps.Clone(q.query)
	if query == nil {
		query = url.Values{}
	}
	if at != "" {
		query.Set("continuationToken", string(at))
	}
	var answer struct {
		Value []T `json:"value"`
	}
	var meta Response
	q.query, q.result = query, &answer
	err := c.do(ctx, q, append(slices.Clip(opts), Meta(&meta)))
	return Page[T]{Items: answer.Value, Total: -1, Next: continuation(meta)}, err
}
