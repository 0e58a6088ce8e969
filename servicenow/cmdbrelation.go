package servicenow

import (
	"context"
	"errors"
	"fmt"
	"iter"
)

// Relation is a relation between two CIs, a row of cmdb_rel_ci.
type Relation struct {
	SysID  string `json:"sys_id"`
	Parent Ref    `json:"parent"`
	Child  Ref    `json:"child"`
	Type   Ref    `json:"type"`
	// TypeName is the relation's name, "Parent descriptor::Child descriptor".
	TypeName   String `json:"type.name"`
	ParentName String `json:"parent.name"`
	ChildName  String `json:"child.name"`
}

// Relations reads the relations that a CI stands in, on either side, as one
// sequence through the Table API.
func (s *CMDBService) Relations(ctx context.Context, sysID string, opts ...CallOption) iter.Seq2[Relation, error] {
	if sysID == "" {
		return func(yield func(Relation, error) bool) {
			yield(Relation{}, errors.New("servicenow: CMDB.Relations: the sys_id is empty"))
		}
	}
	return TableOf[Relation](s.client, "cmdb_rel_ci").All(ctx, Query{Where: Or(Eq("parent", sysID), Eq("child", sysID))}, opts...)
}

// RelationType finds the sys_id of a relation type by its name in cmdb_rel_type,
// such as "Runs on::Runs". A name that is not there is ErrNotFound, one that is
// there twice ErrConflict.
func (s *CMDBService) RelationType(ctx context.Context, name string, opts ...CallOption) (string, error) {
	const op = "CMDB.RelationType"
	if name == "" {
		return "", errors.New("servicenow: " + op + ": the name is empty")
	}
	page, err := TableOf[struct {
		SysID string `json:"sys_id"`
	}](s.client, "cmdb_rel_type").List(ctx, Query{Where: Eq("name", name), PageSize: 2}, opts...)
	switch {
	case err != nil:
		return "", err
	case len(page.Items) == 0:
		return "", fmt.Errorf("servicenow: %s: no relation type %q that this user may read: %w", op, name, ErrNotFound)
	case len(page.Items) > 1:
		return "", fmt.Errorf("servicenow: %s: the relation type %q exists twice: %w", op, name, ErrConflict)
	}
	return page.Items[0].SysID, nil
}

// Relate makes sure that a relation exists between two CIs and answers with its
// sys_id: that of the one that is there, else of a new one, written through the
// Table API without identification rules. Two callers at the same moment may
// make two; [IREService] does not have that gap.
func (s *CMDBService) Relate(ctx context.Context, parent, kind, child string, opts ...CallOption) (sysID string, created bool, err error) {
	const op = "CMDB.Relate"
	switch {
	case parent == "" || child == "":
		return "", false, errors.New("servicenow: " + op + ": the sys_id of parent or child is empty")
	case parent == child:
		return "", false, errors.New("servicenow: " + op + ": parent and child are the same CI")
	}
	typeID, err := s.RelationType(ctx, kind, opts...)
	if err != nil {
		return "", false, err
	}
	relations := TableOf[struct {
		SysID string `json:"sys_id"`
	}](s.client, "cmdb_rel_ci")
	page, err := relations.List(ctx, Query{Where: And(Eq("parent", parent), Eq("child", child), Eq("type", typeID)), PageSize: 1}, opts...)
	if err != nil {
		return "", false, err
	}
	if len(page.Items) > 0 {
		return page.Items[0].SysID, false, nil
	}
	row, err := relations.Create(ctx, map[string]any{"parent": parent, "child": child, "type": typeID}, opts...)
	return row.SysID, err == nil, err
}

// Unrelate removes a relation by its sys_id.
func (s *CMDBService) Unrelate(ctx context.Context, sysID string, opts ...CallOption) error {
	return TableOf[Record](s.client, "cmdb_rel_ci").Delete(ctx, sysID, opts...)
}
