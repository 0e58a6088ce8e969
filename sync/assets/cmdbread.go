package assets

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"slices"
	"strconv"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// How many rows are read at once where Import.PageSize says nothing. Link rows
// are short.
const (
	rowsPerPage  = 2000
	linksPerPage = 5000
)

// A reader reads tables of the CMDB for a flow.
type reader struct {
	client   *servicenow.Client
	link     Link
	pages    map[string]int
	progress func(Progress)
	log      *slog.Logger
}

func (r *reader) pageSize(table string, otherwise int) int {
	if n := r.pages[table]; n > 0 {
		return n
	}
	return otherwise
}

// scan reads a table and returns how many of its rows the user cannot see.
func (r *reader) scan(ctx context.Context, table string, q servicenow.Query, visit func(servicenow.Record) bool) (hidden int, err error) {
	var seen servicenow.Response
	q.Prefetch = true
	done := 0
	for row, err := range servicenow.TableOf[servicenow.Record](r.client, table).All(ctx, q, servicenow.Meta(&seen)) {
		if err != nil {
			return 0, explainTable(table, err)
		}
		if done++; done%progressStep == 0 {
			r.progress(Progress{Stage: StageCMDB, Subject: table, Done: done, Total: -1})
		}
		if !visit(row) {
			return 0, nil
		}
	}
	r.progress(Progress{Stage: StageCMDB, Subject: table, Done: done, Total: done})
	if seen.Total > seen.Visible {
		hidden = seen.Total - seen.Visible
		r.log.Warn("rows are hidden from the user", "table", table, "hidden", hidden)
	}
	return hidden, nil
}

func explainTable(table string, err error) error {
	if errors.Is(err, servicenow.ErrInvalid) {
		return fmt.Errorf("table %s cannot be read: install what provides it, or choose another one: %w", table, err)
	}
	return fmt.Errorf("table %s: %w", table, err)
}

// readLinks reads the link table, unless records carry their link themselves.
func (r *run) readLinks(ctx context.Context) error {
	if r.Link.onRecord() {
		return nil
	}
	q := servicenow.Query{Fields: r.linkFields(), PageSize: r.cmdb.pageSize(r.Link.Table, linksPerPage)}
	hidden, err := r.cmdb.scan(ctx, r.Link.Table, q, func(row servicenow.Record) bool {
		if e, ok := r.cmdb.entry(row); ok {
			r.book.add(e)
		}
		return true
	})
	r.book.hidden = hidden
	return err
}

// linkFields are the columns that are read of the link table.
func (r *run) linkFields() []string {
	c := r.Link.Columns
	fields := []string{"sys_id", c.Record, c.ID, c.Class}
	if c.Level != "" {
		fields = append(fields, c.Level)
	}
	return fields
}

// entry reads a link row. It reports false for one that is about no record.
func (r *reader) entry(row servicenow.Record) (linkEntry, bool) {
	c := r.link.Columns
	record, ok := parseSysID(row.Get(c.Record))
	id, _ := parseSysID(row.SysID())
	e := linkEntry{row: id, record: record, class: row.Get(c.Class), level: row.Get(c.Level)}
	a := cmdb.ReadAttributes(func(name string) string {
		return row.Get(map[string]string{cmdb.ColumnID: c.ID, cmdb.ColumnClass: c.Class}[name])
	})
	if o, linked := a.Object(); linked {
		e.object = o
	}
	return e, ok
}

// columns are the columns that are read of a target's table.
func (r *run) columns(t *target) []string {
	names := []string{"sys_id"}
	for _, c := range t.columns {
		if c.name != linkLevel {
			names = append(names, c.name)
		}
	}
	if t == &configurationItems {
		names = append(names, "sys_class_name")
	}
	if r.Link.onRecord() && !slices.Contains(names, r.Link.Field) {
		names = append(names, r.Link.Field)
	}
	return names
}

func (r *run) tableOf(t *target) string {
	if t == &configurationItems {
		return r.CITable
	}
	return t.table
}

// records reads the table of a shelf.
func (r *run) records(ctx context.Context, s *shelf) iter.Seq2[record, error] {
	if r.narrow != nil {
		return r.narrowRecords(s)
	}
	return func(yield func(record, error) bool) {
		table := r.tableOf(s.target)
		q := servicenow.Query{Fields: r.columns(s.target), PageSize: r.cmdb.pageSize(table, rowsPerPage)}
		hidden, err := r.cmdb.scan(ctx, table, q, func(row servicenow.Record) bool {
			rec, ok := r.record(s.target, row)
			if ok && r.Link.onRecord() {
				if o, linked := parseObject(row.Get(r.Link.Field)); linked {
					r.book.add(linkEntry{record: rec.id, object: o})
				}
			}
			return !ok || yield(rec, nil)
		})
		s.hidden = hidden
		if err != nil {
			yield(record{}, err)
		}
	}
}

// record reads a row.
func (r *run) record(t *target, row servicenow.Record) (record, bool) {
	id, ok := parseSysID(row.SysID())
	rec := record{id: id, class: t.table, values: make([]reconcile.Value, len(t.columns))}
	if t == &configurationItems {
		rec.class = row.Get("sys_class_name")
	}
	for i, c := range t.columns {
		rec.values[i] = reconcile.Text(row.Get(c.name))
		if c.name == linkLevel {
			rec.values[i] = r.book.level(id)
		}
	}
	return rec, ok
}

// fetch reads records once more.
func (r *run) fetch(ctx context.Context, s *shelf, keys []string) (map[string]record, error) {
	if r.narrow != nil {
		return r.narrowFetch(s, keys), nil
	}
	found := make(map[string]record, len(keys))
	err := rowsByID(ctx, r.CMDB, r.tableOf(s.target), r.columns(s.target), keys, func(row servicenow.Record) {
		if rec, ok := r.record(s.target, row); ok {
			found[rec.id.String()] = rec
		}
	})
	return found, err
}

// idsPerRequest keeps a request line with that many sys_ids below the 8 kB that
// an instance takes.
const idsPerRequest = 200

// rowsByID reads the rows with these sys_ids, as many as there are.
func rowsByID(ctx context.Context, c *servicenow.Client, table string, columns, ids []string, visit func(servicenow.Record)) error {
	return rowsWith(ctx, c, table, "sys_id", columns, ids, visit)
}

// rowsWith reads the rows whose column holds one of the values.
func rowsWith(ctx context.Context, c *servicenow.Client, table, column string, columns, values []string, visit func(servicenow.Record)) error {
	for some := range slices.Chunk(values, idsPerRequest) {
		list := make([]any, len(some))
		for i, v := range some {
			list[i] = v
		}
		q := servicenow.Query{Where: servicenow.In(column, list...), Fields: columns}
		for row, err := range servicenow.TableOf[servicenow.Record](c, table).All(ctx, q) {
			if err != nil {
				return explainTable(table, err)
			}
			// The platform drops a term that it does not understand, and would
			// then answer with the whole table.
			if !slices.Contains(some, row.Get(column)) {
				return fmt.Errorf("table %s answered with a row that was not asked for: it does not know the column %s", table, column)
			}
			visit(row)
		}
	}
	return nil
}

// refuseBesideApp returns an error when the NetBox Labs app is active and would
// write the same links.
func (r *reader) refuseBesideApp(ctx context.Context) error {
	if r.link.Table != cmdb.AttributesTable {
		return nil
	}
	q := servicenow.Query{
		Where:  servicenow.And(servicenow.Eq("scope", appScope), servicenow.Eq("active", "true")),
		Fields: []string{"sys_id", "scope", "active"}, PageSize: 1, Max: 1,
	}
	for row, err := range servicenow.TableOf[servicenow.Record](r.client, "sys_store_app").All(ctx, q) {
		switch {
		case errors.Is(err, servicenow.ErrInvalid), errors.Is(err, servicenow.ErrForbidden):
			return nil // the table is not there, or not to be read
		case err != nil:
			return err
		case row.Get("scope") == appScope && row.Get("active") == "true":
			return fmt.Errorf("the NetBox Labs app is active on %s and keeps the same links: stop one of the two, choose another Link, or set BesideApp", hostOf(r.client.BaseURL()))
		}
	}
	return nil
}

// appScope is the application scope of the NetBox Labs app, which also begins
// the names of its tables.
const appScope = "x_nbl_cmdb"

// isBelow reports whether a class is below another one, asking the instance
// about one CI of the class.
func (r *run) isBelow(ctx context.Context, s *shelf, class, above string, sample sysID) (bool, error) {
	pair := [2]string{class, above}
	if below, known := r.below[pair]; known {
		return below, nil
	}
	below := false
	q := servicenow.Query{
		Where:  servicenow.And(servicenow.Eq("sys_id", sample.String()), servicenow.InstanceOf("sys_class_name", above)),
		Fields: []string{"sys_id"}, Max: 1,
	}
	for row, err := range servicenow.TableOf[servicenow.Record](r.CMDB, r.tableOf(s.target)).All(ctx, q) {
		if err != nil {
			return false, explainTable(r.tableOf(s.target), err)
		}
		below = row.SysID() == sample.String()
	}
	r.below[pair] = below
	return below, nil
}

// elsewhere looks for linked CIs that are not on the shelf: it returns the class
// of those that exist all the same.
func (r *run) elsewhere(ctx context.Context, s *shelf, waiting []*object) (map[cmdb.Object]string, error) {
	found := map[cmdb.Object]string{}
	if s.target != &configurationItems || r.CITable == allCIs {
		return found, nil
	}
	owner := map[string]cmdb.Object{}
	var ids []string
	for _, o := range waiting {
		for _, id := range r.book.records(o.Object) {
			if _, here := s.byID[id]; !here {
				owner[id.String()] = o.Object
				ids = append(ids, id.String())
			}
		}
	}
	err := rowsByID(ctx, r.CMDB, allCIs, []string{"sys_id", "sys_class_name"}, ids, func(row servicenow.Record) {
		found[owner[row.SysID()]] = row.Get("sys_class_name")
	})
	return found, err
}

// allCIs is the table above every class of CIs.
const allCIs = "cmdb_ci"

// leftovers reports the records of a table that are linked to an object which
// was not among the selected ones.
func (r *run) leftovers(ctx context.Context, s *shelf) error {
	left := map[cmdb.ObjectType][]linkEntry{}
	for _, e := range r.book.rows {
		at, live := s.byID[e.record]
		if e.seen || !live || !slices.Contains(s.target.types, e.object.Type) || !r.imports(e.object.Type) {
			continue
		}
		e.class = s.classOf(at)
		left[e.object.Type] = append(left[e.object.Type], e)
	}
	for _, typ := range s.target.types {
		ids := make([]int64, len(left[typ]))
		for i, e := range left[typ] {
			ids[i] = e.object.ID
		}
		there, err := r.existing(ctx, typ, ids)
		if err != nil {
			return err
		}
		var absent []leftover
		for _, e := range left[typ] {
			o := &object{Object: e.object, name: there[e.object.ID], class: e.class}
			if _, ok := there[e.object.ID]; ok {
				r.skip(o, e.class, e.record, CodeOutOfScope, o.String()+" does not carry the tag any more: it is left as it is")
			} else {
				absent = append(absent, leftover{o, e.record})
			}
		}
		if len(absent) == 0 {
			continue
		}
		r.suspicious(typ)
		if err := r.gone(ctx, s.target, absent); err != nil {
			return err
		}
	}
	return nil
}

// existing returns the names of those objects that NetBox still has.
func (r *run) existing(ctx context.Context, typ cmdb.ObjectType, ids []int64) (map[int64]string, error) {
	names := map[int64]string{}
	if len(ids) == 0 {
		return names, nil
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	n := r.NetBox
	switch typ {
	case cmdb.TypeRegion:
		return names, have(ctx, n.DCIM.Regions, netbox.RegionFilter{ID: ids}, func(x netbox.Region) { names[x.ID] = x.Display })
	case cmdb.TypeSite:
		return names, have(ctx, n.DCIM.Sites, netbox.SiteFilter{ID: ids}, func(x netbox.Site) { names[x.ID] = x.Display })
	case cmdb.TypeLocation:
		return names, have(ctx, n.DCIM.Locations, netbox.LocationFilter{ID: ids}, func(x netbox.Location) { names[x.ID] = x.Display })
	case cmdb.TypeManufacturer:
		return names, have(ctx, n.DCIM.Manufacturers, netbox.ManufacturerFilter{ID: ids}, func(x netbox.Manufacturer) { names[x.ID] = x.Display })
	case cmdb.TypeDeviceType:
		return names, have(ctx, n.DCIM.DeviceTypes, netbox.DeviceTypeFilter{ID: ids}, func(x netbox.DeviceType) { names[x.ID] = x.Display })
	case cmdb.TypeCustomer, cmdb.TypeDepartment:
		return names, have(ctx, n.Tenancy.Tenants, netbox.TenantFilter{ID: ids}, func(x netbox.Tenant) { names[x.ID] = x.Display })
	case cmdb.TypeDevice:
		return names, have(ctx, n.DCIM.Devices, netbox.DeviceFilter{ID: ids}, func(x netbox.Device) { names[x.ID] = x.Display })
	}
	return nil, errors.New("type " + strconv.Quote(string(typ)) + " is unknown")
}

func have[T any](ctx context.Context, from *netbox.Resource[T], ids netbox.Filter, visit func(T)) error {
	for x, err := range from.All(ctx, netbox.Query{Where: ids, Fields: []string{"id", "display"}}) {
		if err != nil {
			return err
		}
		visit(x)
	}
	return nil
}
