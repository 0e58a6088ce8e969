package assets

import (
	"context"
	"fmt"
	"slices"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/mapping"
	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// linkChanges returns what is to be written so that the record is linked to the
// object.
func (r *run) linkChanges(s *shelf, it item) []reconcile.Change {
	if r.Link.onRecord() {
		if it.at >= 0 && len(r.book.objects(it.id)) > 0 {
			return nil
		}
		return []reconcile.Change{{Field: r.Link.Field, From: r.emptyUnless(it.at < 0), To: reconcile.Text(it.String())}}
	}
	set := func(field, value string) reconcile.Change {
		return reconcile.Change{Field: field, To: reconcile.Text(value)}
	}
	entry, there := r.book.entry(it.id, it.Object)
	switch {
	case it.at >= 0 && there && entry.object == it.Object:
		return nil
	case it.at >= 0 && there: // a row that says whether to export the record, and no more
		changes := []reconcile.Change{{Field: linkID, From: reconcile.Text(""), To: reconcile.Text(fmt.Sprint(it.ID))}}
		if entry.class != string(it.Type) {
			changes = append(changes, reconcile.Change{Field: linkClass, From: reconcile.Text(entry.class), To: reconcile.Text(string(it.Type))})
		}
		return changes
	}
	class := it.class
	if it.at >= 0 {
		class = s.classOf(it.at)
	}
	changes := []reconcile.Change{
		set(linkRow, chosenID(r.Source, it.Object, forLink).String()),
		set(linkTable, class),
		set(linkID, fmt.Sprint(it.ID)),
		set(linkClass, string(it.Type)),
	}
	if r.Link.Columns.Sync != "" {
		changes = append(changes, set(linkSync, "true"))
	}
	return changes
}

// emptyUnless is what a column holds before it is first written.
func (r *run) emptyUnless(created bool) reconcile.Value {
	if created {
		return reconcile.Absent()
	}
	return reconcile.Text("")
}

// compareClass sees to it that a CI of another class than its device's is moved
// or reported.
func (r *run) compareClass(ctx context.Context, s *shelf, it *item) error {
	have, want := s.classOf(it.at), it.class
	it.class = have
	if have == want || it.Type != cmdb.TypeDevice {
		return nil
	}
	below, err := r.isBelow(ctx, s, have, want, it.id)
	if err != nil || below {
		return err
	}
	if !r.Reclassify || r.Owners[string(it.Type)+"."+classColumn] == mapping.External {
		it.note = fmt.Sprintf("the CI is a %s, the device a %s: change one of them, or allow the flow to reclassify", have, want)
		return nil
	}
	it.class = want
	it.link = append(it.link, reconcile.Change{Field: "sys_class_name", From: reconcile.Text(have), To: reconcile.Text(want)})
	if !r.Link.onRecord() && !slices.ContainsFunc(it.link, func(c reconcile.Change) bool { return c.Field == linkTable }) {
		it.link = append(it.link, reconcile.Change{Field: linkTable, From: reconcile.Text(have), To: reconcile.Text(want)})
	}
	return nil
}
