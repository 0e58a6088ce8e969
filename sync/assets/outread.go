package assets

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/servicenow"
)

// readLinks reads the whole link table.
func (x *exporting) readLinks(ctx context.Context) error {
	q := servicenow.Query{Fields: x.linkColumns(), PageSize: x.cmdb.pageSize(x.Link.Table, linksPerPage)}
	hidden, err := x.cmdb.scan(ctx, x.Link.Table, q, func(row servicenow.Record) bool {
		x.addLink(row)
		return true
	})
	x.book.hidden = hidden
	return err
}

func (x *exporting) linkColumns() []string {
	c := x.Link.Columns
	columns := []string{"sys_id", c.RecordTable, c.Record, c.ID, c.Class, c.Sync}
	for _, more := range []string{c.Level, c.Ready, c.Message} {
		if more != "" {
			columns = append(columns, more)
		}
	}
	return columns
}

func (x *exporting) addLink(row servicenow.Record) {
	entry, ok := x.cmdb.entry(row)
	if !ok {
		return
	}
	x.book.add(entry)
	flag := row.Get(x.Link.Columns.Sync)
	at := x.rows[entry.record]
	at.table = x.words.text(row.Get(x.Link.Columns.RecordTable))
	at.flagged = at.flagged || flag == "true" || flag == "1"
	if c := x.Link.Columns; c.Ready != "" || c.Message != "" {
		x.told[entry.record] = readiness{row.Get(c.Ready), row.Get(c.Message)}
	}
	x.rows[entry.record] = at
}

// A flagRow is what the link row of a record says about the export.
type flagRow struct {
	table   string
	flagged bool
}

// readiness is what the link row says about whether the record can be exported.
type readiness struct{ ready, message string }

// targetOf is the table that the records of a link row are read from.
func targetOf(table string) *target {
	for _, t := range targets {
		if t.table == table {
			return t
		}
	}
	if isCI(table) {
		return &configurationItems
	}
	return nil
}

// flagged returns the records to begin with, by table: those that are flagged, and
// that are not linked yet unless linked ones are looked at as well.
func (x *exporting) flagged() map[*target][]string {
	ids := map[*target][]string{}
	for record, row := range x.rows {
		t := targetOf(row.table)
		if t == nil || !row.flagged || !slices.ContainsFunc(t.types, x.exports) {
			continue
		}
		if linked := len(x.book.objects(record)) > 0; !linked || x.Linked {
			ids[t] = append(ids[t], record.String())
		}
	}
	for t := range ids {
		slices.Sort(ids[t])
	}
	return ids
}

// read reads the records with these ids, and then all that they lead to.
func (x *exporting) read(ctx context.Context, first map[*target][]string) error {
	for _, t := range targets {
		if err := x.readRecords(ctx, t, first[t], true); err != nil {
			return err
		}
	}
	looked := map[sysID]bool{}
	for {
		next := map[*target][]string{}
		for _, o := range x.records {
			for column, t := range referring(o.target) {
				id, ok := parseSysID(o.text(column))
				if ok && x.byID[id] == nil && !looked[id] {
					looked[id] = true
					next[t] = append(next[t], id.String())
				}
			}
		}
		if len(next) == 0 {
			return nil
		}
		for _, t := range targets {
			slices.Sort(next[t])
			if err := x.readRecords(ctx, t, next[t], false); err != nil {
				return err
			}
		}
	}
}

// readRecords reads records of one table, by their ids or, where that takes fewer
// requests, all of them.
func (x *exporting) readRecords(ctx context.Context, t *target, ids []string, carried bool) error {
	if len(ids) == 0 {
		return nil
	}
	if x.narrow != nil {
		if err := x.lookUpRecords(ctx, ids); err != nil {
			return err
		}
	}
	table, columns := t.table, []string{"sys_id"}
	for _, c := range t.columns {
		if !slices.Contains(unmapped[t], c.name) {
			columns = append(columns, c.name)
		}
	}
	switch {
	case t == &configurationItems:
		table, columns = x.CITable, append(columns, classColumn)
	case t == &locations && x.LocationSequence != "":
		columns = append(columns, x.LocationSequence)
	}
	page := x.cmdb.pageSize(table, rowsPerPage)
	all, err := x.readAll(ctx, table, len(ids), page)
	if err != nil {
		return err
	}
	if !all {
		return rowsByID(ctx, x.CMDB, table, columns, ids, func(row servicenow.Record) { x.addRecord(t, row, carried) })
	}
	_, err = x.cmdb.scan(ctx, table, servicenow.Query{Fields: columns, PageSize: page}, func(row servicenow.Record) bool {
		if _, found := slices.BinarySearch(ids, row.SysID()); found {
			x.addRecord(t, row, carried)
		}
		return true
	})
	return err
}

// readAll decides whether n records of a table are found by reading all of it.
func (x *exporting) readAll(ctx context.Context, table string, n, page int) (bool, error) {
	if n <= 2*idsPerRequest {
		return false, nil
	}
	total, err := servicenow.TableOf[servicenow.Record](x.CMDB, table).Count(ctx, servicenow.Query{})
	if err != nil {
		return false, explainTable(table, err)
	}
	return (total+page-1)/page < (n+idsPerRequest-1)/idsPerRequest, nil
}

func (x *exporting) addRecord(t *target, row servicenow.Record, carried bool) {
	id, ok := parseSysID(row.SysID())
	if !ok || x.byID[id] != nil {
		return
	}
	o := &outgoing{number: int64(len(x.records) + 1), id: id, target: t, class: t.table, texts: make([]string, len(t.columns)), carried: carried}
	for i, c := range t.columns {
		o.texts[i] = row.Get(c.name)
		if _, refers := references[t][c.name]; refers || strings.HasSuffix(c.name, "_status") {
			o.texts[i] = x.words.text(o.texts[i])
		}
	}
	if t == &configurationItems {
		o.class = x.words.text(row.Get(classColumn))
	}
	if t == &locations && x.LocationSequence != "" {
		o.sequence = cmdb.ParseNumber(row.Get(x.LocationSequence))
	}
	o.asked = x.rows[id].flagged
	if at := before(x.book.byRecord, id); at >= 0 {
		o.row = x.book.rows[at].rest()
	}
	switch objects := x.book.objects(id); len(objects) {
	case 0:
	case 1:
		o.linked = objects[0]
		entry, _ := x.book.entry(id, o.linked)
		o.row = entry.rest()
	default:
		o.linked = objects[0]
		o.refuse(CodeAmbiguous, "the record is linked to %s: leave it one link", joinObjects(objects))
	}
	x.byID[id] = o
	x.records = append(x.records, o)
}

// resolve finds the records that references lead to, and those that lead nowhere.
func (x *exporting) resolve() {
	for _, o := range x.records {
		for _, column := range slices.Sorted(maps.Keys(referring(o.target))) {
			value := o.text(column)
			if id, ok := parseSysID(value); value != "" && (!ok || x.byID[id] == nil) {
				o.missing = append(o.missing, missing{column, value})
			}
		}
	}
}

// at returns the record that a column leads to, nil for none.
func (x *exporting) at(o *outgoing, column string) *outgoing {
	id, ok := parseSysID(o.text(column))
	if !ok {
		return nil
	}
	return x.byID[id]
}

// classify says what each record is in NetBox.
func (x *exporting) classify() error {
	var places []cmdb.Location
	var at []*outgoing
	for _, o := range x.records {
		linkedAs := o.row.class
		if o.isLinked() {
			linkedAs = string(o.linked.Type)
		}
		switch o.target {
		case &configurationItems:
			o.typ = cmdb.TypeDevice
			if class := x.Classes.ForExport(o.class); !class.Valid {
				o.refuse(CodeClassUnregistered, "%s: register the class, or take the flag away", class.Detail)
			}
		case &models:
			o.typ = cmdb.TypeDeviceType
		case &departments:
			o.typ = cmdb.TypeDepartment
		case &companies:
			x.classifyCompany(o, linkedAs)
		case &locations:
			l := cmdb.Location{ID: o.id.String(), Class: linkedAs, TypeSequence: o.sequence, Parent: o.text("parent")}
			if above := x.at(o, "parent"); above != nil {
				l.Parent = above.id.String()
			}
			places, at = append(places, l), append(at, o)
		}
	}
	results, err := x.Locations.Classify(places)
	if len(results) != len(at) {
		return fmt.Errorf("tell locations apart: %w", err)
	}
	for i, r := range results { // an error beside results says no more than they do
		at[i].typ, at[i].level = r.Class, r.Level
		if r.Method != cmdb.ByExplicit {
			at[i].how = r.Reason
		}
		for _, d := range r.Diagnostics {
			if d.Problem != cmdb.InvalidClass {
				at[i].refuse(CodeNotReady, "%s", d.Detail)
				continue
			}
			at[i].how = d.Detail + "; " + r.Reason
			x.Logger.Warn("passed over", "component", markerExport, "record", at[i].id.String(), "name", at[i].text("name"), "reason", d.Detail)
		}
		if r.Class == "" {
			at[i].refuse(CodeNotReady, "%s", r.Reason)
		}
	}
	return nil
}

// classifyCompany tells makers from customers.
func (x *exporting) classifyCompany(o *outgoing, linkedAs string) {
	maker, customer := o.truth("manufacturer"), o.truth("customer")
	switch {
	case linkedAs == string(cmdb.TypeManufacturer), linkedAs == string(cmdb.TypeCustomer):
		o.typ = cmdb.ObjectType(linkedAs)
	case maker && customer:
		o.refuse(CodeNotReady, "the company is both a manufacturer and a customer, which are two objects in NetBox: say in the link row which one is meant")
	case maker:
		o.typ = cmdb.TypeManufacturer
	case customer:
		o.typ = cmdb.TypeCustomer
	default:
		o.refuse(CodeNotReady, "the company is neither a manufacturer nor a customer")
	}
}
