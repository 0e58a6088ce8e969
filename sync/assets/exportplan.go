package assets

import (
	"context"
	"fmt"
	"slices"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// Plan reads the CMDB and the NetBox and says what has to be written. It writes
// nothing. Planning the same estate twice gives the same plan.
//
// Read are the link table, the flagged records and what they refer to, and every
// NetBox object of the types that they become, page by page. What is held of them, see
// [Export].
func (e Export) Plan(ctx context.Context) (*reconcile.Plan, error) {
	full, err := e.complete()
	if err != nil {
		return nil, err
	}
	x := newExporting(full)
	if err := x.plan(ctx); err != nil {
		return nil, fmt.Errorf("assets: export: %w", err)
	}
	return x.builder.Build()
}

// exporting is one pass of planning an export.
type exporting struct {
	Export
	cmdb    *reader
	book    *book
	rows    map[sysID]flagRow
	told    map[sysID]readiness // where there are columns for it
	records []*outgoing
	byID    map[sysID]*outgoing
	tags    *cmdb.TagCheck
	found   map[string]*index // NetBox objects by endpoint
	dead    map[sysID]bool    // records that have a link row and are not there
	lost    map[sysID]bool    // linked records whose object is gone and may be replaced
	places  map[sysID]place   // what became of records
	narrow  *narrowing        // nil where all is read
	words   glossary
	builder *reconcile.Builder
}

// A place is where a record's object is, or will be.
type place struct {
	id int64  // 0 where it is to be made, or will not be there
	op string // the operation that makes it
}

func (p place) value() reconcile.Value {
	if p.id == 0 && p.op != "" {
		return reconcile.Absent()
	}
	return idText(p.id)
}

func newExporting(e Export) *exporting {
	return &exporting{
		Export:  e,
		cmdb:    &reader{client: e.CMDB, link: e.Link, pages: e.PageSize, progress: e.Progress, log: e.Logger.With("component", markerExport)},
		book:    newBook(),
		rows:    map[sysID]flagRow{},
		told:    map[sysID]readiness{},
		byID:    map[sysID]*outgoing{},
		found:   map[string]*index{},
		dead:    map[sysID]bool{},
		lost:    map[sysID]bool{},
		places:  map[sysID]place{},
		words:   glossary{},
		builder: reconcile.NewBuilder(e.Source, e.Target),
	}
}

func (x *exporting) plan(ctx context.Context) error {
	if !x.BesideApp {
		if err := x.cmdb.refuseBesideApp(ctx); err != nil {
			return err
		}
	}
	if err := x.readLinks(ctx); err != nil {
		return err
	}
	if err := x.read(ctx, x.flagged()); err != nil {
		return err
	}
	if err := x.prepare(); err != nil {
		return err
	}
	for _, s := range shapes {
		if x.found[s.endpoint] != nil { // customers and departments are of one type in NetBox
			continue
		}
		if slices.ContainsFunc(x.records, func(o *outgoing) bool { return shares(s, o.typ) && x.decides(o) }) {
			x.found[s.endpoint] = newIndex()
			x.found[s.endpoint].sieve = x.sieveFor(s.endpoint)
			if err := x.readObjects(ctx, s, nil); err != nil {
				return err
			}
		}
	}
	return x.decide(ctx)
}

// prepare finds out what the records are and refer to.
func (x *exporting) prepare() error {
	x.resolve()
	if err := x.classify(); err != nil {
		return err
	}
	for _, o := range x.records {
		x.refer(o)
	}
	return nil
}

// decides reports whether the run decides about a record, now or when another one
// needs it.
func (x *exporting) decides(o *outgoing) bool {
	return x.exports(o.typ) && (o.carried || !o.isLinked())
}

// readObjects reads NetBox objects into the index of their endpoint.
func (x *exporting) readObjects(ctx context.Context, s *shape, where netbox.Filter) error {
	at := x.found[s.endpoint]
	if at == nil {
		at = newIndex()
		x.found[s.endpoint] = at
	}
	done := 0
	err := outletOf(x.NetBox, s).read(ctx, where, func(o netObject) {
		at.add(s, o, x.words)
		if done++; done%progressStep == 0 {
			x.Progress(Progress{Stage: StageNetBox, Subject: string(s.typ), Done: done, Total: -1})
		}
	})
	if err == nil {
		x.Progress(Progress{Stage: StageNetBox, Subject: string(s.typ), Done: done, Total: done})
	}
	return err
}

// decide makes the operations, those that others need first.
func (x *exporting) decide(ctx context.Context) error {
	types := make([]string, 0, len(shapes)+1)
	for _, s := range shapes {
		types = append(types, string(s.typ))
	}
	x.builder.Types(append(types, linkType)...)
	writes := false
	if err := x.findDead(ctx); err != nil {
		return err
	}
	for _, o := range x.records {
		x.loseLink(o)
	}
	x.tags = x.check()
	x.force()
	for _, s := range shapes {
		for _, list := range byLevel(x.ofShape(s)) {
			decided := make([]verdictOut, len(list))
			for i, o := range list {
				decided[i] = x.match(o, s)
			}
			judgeClaims(list, decided)
			for i, o := range list {
				writes = x.settle(o, s, decided[i]) || writes
			}
		}
		if at := x.found[s.endpoint]; at != nil {
			x.builder.Records(string(s.typ), s.endpoint, at.count)
		}
	}
	for _, o := range x.records {
		if o.carried && shapeOf(o.typ) == nil { // a company that is neither, a location in a broken tree
			x.skip(o, o.code, o.reason)
		}
		x.noteReady(o)
	}
	if !writes || x.narrow != nil && x.narrow.checked {
		return nil
	}
	return x.preflight(ctx)
}

// ofShape returns the records of a type that are decided about, parents first.
func (x *exporting) ofShape(s *shape) (list []*outgoing) {
	for _, o := range x.records {
		if o.typ == s.typ && x.exports(o.typ) && (o.carried || x.along(o)) {
			list = append(list, o)
		}
	}
	slices.SortStableFunc(list, func(a, b *outgoing) int {
		if a.level != b.level {
			return a.level - b.level
		}
		return slices.Compare(a.id[:], b.id[:])
	})
	return list
}

// along reports whether a record is exported because another one needs it.
func (x *exporting) along(o *outgoing) bool {
	if x.narrow != nil && !x.narrow.needed[o.id] {
		return false
	}
	return o.asked && !o.isLinked() || x.lost[o.id]
}

// byLevel cuts a list, parents first, into records that are not above one another.
func byLevel(list []*outgoing) (levels [][]*outgoing) {
	for from := 0; from < len(list); {
		to := from + 1
		for to < len(list) && list[to].level == list[from].level {
			to++
		}
		levels = append(levels, list[from:to])
		from = to
	}
	return levels
}

// loseLink marks a linked record whose object is gone, where it may get another one.
func (x *exporting) loseLink(o *outgoing) {
	s := shapeOf(o.typ)
	if !o.isLinked() || s == nil {
		return
	}
	at := x.found[s.endpoint]
	looked := at != nil && (x.narrow == nil || o.carried)
	if looked && at.byID[o.linked.ID] == nil && x.Missing != ReportMissing && o.asked {
		x.lost[o.id] = true
		return
	}
	x.places[o.id] = place{id: o.linked.ID}
}

// preflight looks whether the NetBox has what the objects to be written refer to.
func (x *exporting) preflight(ctx context.Context) error {
	tags, err := x.NetBox.Extras.Tags.List(ctx, netbox.Query{Where: netbox.TagFilter{Slug: []string{x.Tag}}, PageSize: 1})
	switch {
	case err != nil:
		return err
	case len(tags.Items) == 0:
		return fmt.Errorf("NetBox has no tag with the slug %q: create it, see netbox.ServiceNowProvisioning, or name another one", x.Tag)
	case !slices.ContainsFunc(x.records, func(o *outgoing) bool { return o.typ == cmdb.TypeDevice && o.code == "" }):
		return nil
	}
	fields, err := x.NetBox.Extras.CustomFields.List(ctx, netbox.Query{Where: netbox.CustomFieldFilter{Name: []string{cmdb.ClassField}}, PageSize: 1})
	switch {
	case err != nil:
		return err
	case len(fields.Items) == 0:
		return fmt.Errorf("NetBox has no custom field %s: create it, see netbox.ServiceNowProvisioning", cmdb.ClassField)
	}
	if _, err := x.NetBox.DCIM.DeviceRoles.Get(ctx, x.Role); err != nil {
		return fmt.Errorf("Export.Role %d is not to be had: %w", x.Role, err)
	}
	return nil
}
