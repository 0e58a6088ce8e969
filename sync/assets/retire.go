package assets

import (
	"context"
	"fmt"
	"slices"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/mapping"
	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// Deleted says what becomes of a record whose object is not in NetBox any more.
type Deleted int

const (
	// DeletedDefault reports in bulk, and retires where an event tells of the
	// deletion.
	DeletedDefault Deleted = iota
	// DeletedReported leaves the record as it is.
	DeletedReported
	// DeletedRetired takes CIs out of service, by install_status and
	// operational_status. Locations, companies, models and departments have no such
	// columns and are reported. The link stays.
	DeletedRetired
	// DeletedRemoved deletes the record and its link row. What refers to it loses
	// the reference.
	DeletedRemoved
)

// retiredStatus is what a retired CI says unless Import.Retired says otherwise:
// Retired in both of ServiceNow's usual lists.
var retiredStatus = mapping.CIStatus{Install: "7", Operational: "6"}

// A leftover is a record whose object NetBox does not have any more.
type leftover struct {
	object *object
	record sysID
}

func (l leftover) words() string { return l.object.String() + " is not in NetBox any more" }

// gone adds what is to become of the records of a target whose objects are gone.
func (r *run) gone(ctx context.Context, t *target, left []leftover) error {
	left = slices.DeleteFunc(left, func(l leftover) bool {
		owners := r.book.objects(l.record)
		if len(owners) > 1 {
			r.block(l.object, l.object.class, sysID{}, reconcile.Retire, CodeAmbiguous, fmt.Sprintf("record %s is linked to %s: leave it one link", l.record, joinObjects(owners)))
		}
		return len(owners) > 1
	})
	if r.Deleted == DeletedRetired && t == &configurationItems {
		return r.retire(ctx, left)
	}
	for _, l := range left {
		switch {
		case r.Deleted == DeletedRemoved && r.Through == ThroughImportSets:
			r.block(l.object, l.object.class, l.record, reconcile.Delete, CodeNotStaged, l.words()+", and a staging table cannot say so: delete the record by hand, or retire it, or choose another path")
		case r.Deleted == DeletedRemoved:
			op := r.operation(l.object, reconcile.Delete, l.object.class, l.record)
			op.Reason = l.words()
			r.builder.Add(op)
		default:
			r.skip(l.object, l.object.class, l.record, CodeGone, l.words()+": retire the record, or unlink it")
		}
	}
	return nil
}

// goneAlone adds what is to become of the records of one object that is gone, after
// lookUp, and returns them.
func (r *run) goneAlone(ctx context.Context, gone cmdb.Object) (linked []sysID, err error) {
	for _, kind := range kinds(gone) {
		t := targetFor(kind.Type)
		var left []leftover
		var ids []any
		for _, id := range r.live(kind) {
			rec := r.narrow.rows[t][id]
			left = append(left, leftover{&object{Object: kind, name: rec.values[t.index("name")].Text(), target: t, class: rec.class}, id})
			linked, ids = append(linked, id), append(ids, id.String())
		}
		if r.Deleted != DeletedReported && !r.Link.onRecord() { // somebody may have linked it twice
			for some := range few(ids) {
				if err := r.askLinks(ctx, servicenow.In(r.Link.Columns.Record, some...)); err != nil {
					return nil, err
				}
			}
		}
		if err := r.gone(ctx, t, left); err != nil {
			return nil, err
		}
	}
	return linked, nil
}

// retire takes CIs out of service that are not yet.
func (r *run) retire(ctx context.Context, left []leftover) error {
	columns := []reconcile.Change{
		{Field: "install_status", To: reconcile.Text(r.Retired.Install)},
		{Field: "operational_status", To: reconcile.Text(r.Retired.Operational)},
	}
	ids := make([]string, len(left))
	for n, l := range left {
		ids[n] = l.record.String()
	}
	rows := map[string]servicenow.Record{}
	err := rowsByID(ctx, r.CMDB, r.CITable, []string{"sys_id", columns[0].Field, columns[1].Field}, ids, func(row servicenow.Record) { rows[row.SysID()] = row })
	if err != nil {
		return err
	}
	for _, l := range left {
		op := r.operation(l.object, reconcile.Retire, l.object.class, l.record)
		op.Reason = l.words()
		row, there := rows[op.Target]
		for _, c := range columns {
			if c.From = reconcile.Text(row.Get(c.Field)); c.To.Text() != "" && text(c.From) != text(c.To) {
				op.Changes = append(op.Changes, c)
			}
		}
		switch {
		case !there:
			r.skip(l.object, op.Class, l.record, CodeVanished, l.words()+", nor is its record in the CMDB")
		case len(op.Changes) == 0:
			r.builder.Unchanged(op.Type, op.Class, 1)
		case r.Through == ThroughImportSets && !r.stageRetired(&op):
			r.block(l.object, op.Class, l.record, reconcile.Retire, CodeNotStaged, l.words()+", and no device status means "+r.Retired.String()+": add one to Import.Status, or choose another path")
		default:
			r.ciWrites = true
			r.builder.Add(op)
		}
	}
	return nil
}

// suspicious tells why nothing may be removed that rests on a scan: a NetBox that
// shows no object of a type at all is more likely one that this user may not read.
func (r *run) suspicious(typ cmdb.ObjectType) {
	if r.read[typ] == 0 && (r.Deleted == DeletedRetired || r.Deleted == DeletedRemoved) {
		r.builder.Incomplete(fmt.Sprintf("NetBox shows no %s at all, which is not taken for the deletion of all of them: see that the token may read them", typ))
	}
}
