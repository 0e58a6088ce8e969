package assets

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/servicenow"
)

// narrowing says that a run is about a single record, and looks up what that needs
// instead of reading all there is.
type narrowing struct {
	checked bool            // NetBox is known to have what objects refer to
	asked   map[string]bool // records whose link rows were looked up
	needed  map[sysID]bool  // the record and all that it needs
}

func newNarrowing() *narrowing { return &narrowing{asked: map[string]bool{}} }

func byIDs(ids ...int64) netbox.Filter { return netbox.Raw("id", ids) }

// lookUpLinks reads the link rows in which a column has one of the values.
func (x *exporting) lookUpLinks(ctx context.Context, column string, values []string) error {
	for some := range slices.Chunk(values, idsPerRequest) {
		list := make([]any, len(some))
		for i, v := range some {
			list[i] = v
		}
		var strange bool // the platform drops a term that it does not understand
		q := servicenow.Query{Where: servicenow.In(column, list...), Fields: x.linkColumns()}
		hidden, err := x.cmdb.scan(ctx, x.Link.Table, q, func(row servicenow.Record) bool {
			strange = !slices.Contains(some, row.Get(column))
			id, _ := parseSysID(row.SysID())
			if !strange && !slices.ContainsFunc(x.book.rows, func(e linkEntry) bool { return e.row == id }) {
				x.addLink(row)
			}
			return !strange
		})
		switch {
		case err != nil:
			return err
		case strange:
			return fmt.Errorf("table %s answered with a row that was not asked for: it does not know the column %s", x.Link.Table, column)
		}
		x.book.hidden += hidden
	}
	return nil
}

// lookUpRecords reads the link rows of records, each once.
func (x *exporting) lookUpRecords(ctx context.Context, ids []string) error {
	var some []string
	for _, id := range ids {
		if !x.narrow.asked[id] {
			x.narrow.asked[id] = true
			some = append(some, id)
		}
	}
	return x.lookUpLinks(ctx, x.Link.Columns.Record, some)
}

// planNarrow decides about the record that was read, and about flagged ones that it
// needs and that are not linked.
func (x *exporting) planNarrow(ctx context.Context) error {
	if err := x.widenLocations(ctx); err != nil {
		return err
	}
	if err := x.prepare(); err != nil {
		return err
	}
	x.narrow.needed = x.needed()
	for _, s := range shapes {
		if err := x.lookUpObjects(ctx, s); err != nil {
			return err
		}
	}
	return x.decide(ctx)
}

// widenLocations reads the other flagged locations as well where a location's class
// is not written down: it depends on where the others are.
func (x *exporting) widenLocations(ctx context.Context) error {
	if !slices.ContainsFunc(x.records, func(o *outgoing) bool { return o.target == &locations && o.row.class == "" }) {
		return nil
	}
	if err := x.lookUpLinks(ctx, x.Link.Columns.RecordTable, []string{locations.table}); err != nil {
		return err
	}
	var ids []string
	for id, row := range x.rows {
		if row.table == locations.table && row.flagged && x.byID[id] == nil {
			x.narrow.asked[id.String()] = true
			ids = append(ids, id.String())
		}
	}
	slices.Sort(ids)
	if err := x.readRecords(ctx, &locations, ids, false); err != nil {
		return err
	}
	return x.read(ctx, nil)
}

// lookUpObjects reads the NetBox objects of a shape that records are linked to or may
// be meant by, and the link rows of those.
func (x *exporting) lookUpObjects(ctx context.Context, s *shape) error {
	var filters []netbox.Filter
	var ids []int64
	for _, o := range x.records {
		switch {
		case o.typ != s.typ || !x.exports(o.typ) || !o.carried && (o.isLinked() || !x.mayGoAlong(o)):
		case o.isLinked():
			ids = append(ids, o.linked.ID)
			if x.Missing != ReportMissing {
				filters = append(filters, resembling(s, o)...)
			}
		default:
			filters = append(filters, resembling(s, o)...)
		}
	}
	if len(ids) > 0 {
		filters = append(filters, byIDs(ids...))
	}
	if len(filters) == 0 {
		return nil
	}
	for _, f := range filters {
		if err := x.readObjects(ctx, s, f); err != nil {
			return err
		}
	}
	var found []string
	for id := range x.found[s.endpoint].byID {
		found = append(found, strconv.FormatInt(id, 10))
	}
	slices.Sort(found)
	return x.lookUpLinks(ctx, x.Link.Columns.ID, found)
}

// mayGoAlong reports whether a record that is not linked may be exported along.
func (x *exporting) mayGoAlong(o *outgoing) bool {
	return (o.asked || x.Force) && x.narrow.needed[o.id]
}

// needed returns the record that the run is about and all that it needs.
func (x *exporting) needed() map[sysID]bool {
	seen := map[sysID]bool{}
	var walk func(o *outgoing)
	walk = func(o *outgoing) {
		if o == nil || seen[o.id] {
			return
		}
		seen[o.id] = true
		for _, n := range o.refs {
			walk(n.to)
		}
	}
	for _, o := range x.records {
		if o.carried {
			walk(o)
		}
	}
	return seen
}

// resembling are the ways to find the objects that may be meant by a record, and
// those that have its slug.
func resembling(s *shape, o *outgoing) (filters []netbox.Filter) {
	name := o.text("name")
	if name != "" {
		filters = append(filters, netbox.Raw(s.name+"__ie", name))
	}
	if s.typ != cmdb.TypeDevice {
		if slug := netbox.Slug(name); slug != "" {
			filters = append(filters, netbox.Raw(fieldSlug, slug))
		}
		return filters
	}
	if tag := o.text("asset_tag"); tag != "" {
		filters = append(filters, netbox.Raw("asset_tag", tag))
	}
	if serial := o.text("serial_number"); serial != "" && !cmdb.PlaceholderSerial("serial_number", serial) {
		filters = append(filters, netbox.Raw("serial", serial))
	}
	return filters
}
