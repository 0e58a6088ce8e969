package assets

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"net/url"
	"slices"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// A narrow is what a run looks at that is about a few objects: it asks both sides
// for these alone, and decides by the same rules as a run over everything.
type narrow struct {
	found   map[cmdb.Object]found
	rows    map[*target]map[sysID]record
	hidden  map[*target]int
	links   map[sysID]bool // link rows that are in the book
	devices []*object
}

func newNarrow() *narrow {
	return &narrow{
		found: map[cmdb.Object]found{}, rows: map[*target]map[sysID]record{}, hidden: map[*target]int{}, links: map[sysID]bool{},
	}
}

// targetFor returns the target of a type.
func targetFor(typ cmdb.ObjectType) *target {
	for _, t := range targets {
		if slices.Contains(t.types, typ) {
			return t
		}
	}
	return nil
}

// lookUp reads the links of some objects, and the records behind them. Those that
// the CMDB has need not be read from NetBox.
func (r *run) lookUp(ctx context.Context, objects []cmdb.Object) error {
	all := make([]cmdb.Object, 0, len(objects))
	for _, o := range objects {
		all = append(all, kinds(o)...)
	}
	if len(all) == 0 {
		return nil
	}
	if !r.Link.onRecord() {
		for ids := range few(idsOf(all)) {
			if err := r.askLinks(ctx, servicenow.And(servicenow.In(r.Link.Columns.Class, typesOf(all)...), servicenow.In(r.Link.Columns.ID, ids...))); err != nil {
				return err
			}
		}
	}
	byTarget := map[*target][]any{}
	for _, o := range all {
		t := targetFor(o.Type)
		if t == nil {
			continue
		}
		for _, id := range append(r.book.records(o), chosenID(r.Source, o, forRecord)) {
			byTarget[t] = append(byTarget[t], id.String())
		}
	}
	for _, t := range targets {
		if len(byTarget[t]) == 0 {
			continue
		}
		where := []anyOf{{"sys_id", byTarget[t]}}
		if r.Link.onRecord() {
			var names []any
			for _, o := range all {
				if targetFor(o.Type) == t {
					names = append(names, o.String())
				}
			}
			where = append(where, anyOf{r.Link.Field, names})
		}
		if err := r.askFor(ctx, t, where...); err != nil {
			return err
		}
	}
	return nil
}

// live returns the records that an object is linked to and that are there.
func (r *run) live(o cmdb.Object) []sysID {
	rows := r.narrow.rows[targetFor(o.Type)]
	return slices.DeleteFunc(r.book.records(o), func(id sysID) bool { _, ok := rows[id]; return !ok })
}

// settlePresent notes the record of an object that the CMDB has, so that others can
// refer to it. It reports false for one that the CMDB lacks, or has twice.
func (r *run) settlePresent(o cmdb.Object) bool {
	for _, kind := range kinds(o) {
		if ids := r.live(kind); len(ids) == 1 && len(r.book.objects(ids[0])) == 1 {
			r.present[kind] = true
			r.fates[kind] = fate{id: ids[0], level: levelOf(r.book.level(ids[0]))}
			return true
		}
	}
	return false
}

// unknownLevel is the depth of a location of which the link row tells none.
const unknownLevel = -1

func levelOf(v reconcile.Value) int {
	if n := cmdb.ParseNumber(v.Text()); n.Known {
		return n.N
	}
	return unknownLevel
}

// askLinks reads some link rows into the book.
func (r *run) askLinks(ctx context.Context, where servicenow.Condition) error {
	q := servicenow.Query{Where: where, Fields: r.linkFields()}
	hidden, err := r.cmdb.scan(ctx, r.Link.Table, q, func(row servicenow.Record) bool {
		if e, ok := r.cmdb.entry(row); ok && !r.narrow.links[e.row] {
			r.narrow.links[e.row] = true
			r.book.add(e)
		}
		return true
	})
	r.book.hidden = max(r.book.hidden, hidden)
	return err
}

// ask reads the rows of a table that meet one of some conditions.
func (r *run) ask(ctx context.Context, t *target, where ...servicenow.Condition) error {
	rows := r.narrow.rows[t]
	if rows == nil {
		rows = map[sysID]record{}
		r.narrow.rows[t] = rows
	}
	q := servicenow.Query{Where: servicenow.AnyOf(where...), Fields: r.columns(t)}
	hidden, err := r.cmdb.scan(ctx, r.tableOf(t), q, func(row servicenow.Record) bool {
		rec, ok := r.record(t, row)
		if _, known := rows[rec.id]; !ok || known {
			return true
		}
		rows[rec.id] = rec
		if r.Link.onRecord() {
			if o, linked := parseObject(row.Get(r.Link.Field)); linked {
				r.book.add(linkEntry{record: rec.id, object: o})
			}
		}
		return true
	})
	r.narrow.hidden[t] = max(r.narrow.hidden[t], hidden)
	return err
}

// candidates reads the records that may be those of objects which are not linked,
// and what these records are linked to.
func (r *run) candidates(ctx context.Context, t *target, objects []*object) error {
	values := map[string][]any{}
	for _, o := range objects {
		for _, c := range t.columns {
			if v := o.value(c.name); c.role == isKey && v != "" {
				values[c.name] = append(values[c.name], v)
			}
		}
	}
	where := make([]anyOf, 0, len(values))
	for _, column := range slices.Sorted(maps.Keys(values)) {
		where = append(where, anyOf{column, values[column]})
	}
	if len(where) == 0 {
		return nil
	}
	if err := r.askFor(ctx, t, where...); err != nil {
		return err
	}
	var owned []any
	for id := range r.narrow.rows[t] {
		if len(r.book.objects(id)) == 0 {
			owned = append(owned, id.String())
		}
	}
	if r.Link.onRecord() {
		return nil
	}
	for some := range few(owned) {
		if err := r.askLinks(ctx, servicenow.In(r.Link.Columns.Record, some...)); err != nil {
			return err
		}
	}
	return nil
}

// anyOf are the values of a column by which rows are asked for.
type anyOf struct {
	column string
	values []any
}

// askFor reads the rows of a table that have one of the values: at once where they fit
// into one request line.
func (r *run) askFor(ctx context.Context, t *target, where ...anyOf) error {
	var all []any
	conditions := make([]servicenow.Condition, len(where))
	for n, w := range where {
		all = append(all, w.values...)
		conditions[n] = servicenow.In(w.column, w.values...)
	}
	if fits(all) == len(all) {
		return r.ask(ctx, t, conditions...)
	}
	for _, w := range where {
		for some := range few(w.values) {
			if err := r.ask(ctx, t, servicenow.In(w.column, some...)); err != nil {
				return err
			}
		}
	}
	return nil
}

// few cuts values into parts that fit into a request line.
func few(values []any) iter.Seq[[]any] {
	return func(yield func([]any) bool) {
		for len(values) > 0 {
			n := max(1, fits(values))
			if !yield(values[:n]) {
				return
			}
			values = values[n:]
		}
	}
}

// fits returns how many of the values fit into a request line, among other things.
func fits(values []any) int {
	const most = idsPerRequest * 35 // a sys_id and what stands around it
	length := 0
	for n, v := range values {
		if length += len(url.QueryEscape(fmt.Sprint(v))) + 3; length > most {
			return n
		}
	}
	return len(values)
}

// planNarrow plans the objects of the registry, and the devices, after lookUp.
func (r *run) planNarrow(ctx context.Context) error {
	for _, t := range targets {
		var objects []*object
		for o, err := range r.objects(ctx, t) {
			if err != nil {
				return err
			}
			objects = append(objects, o)
		}
		if len(objects) == 0 {
			continue
		}
		if err := r.candidates(ctx, t, objects); err != nil {
			return err
		}
		if err := r.table(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

// narrowRecords yields the rows that were asked for.
func (r *run) narrowRecords(s *shelf) iter.Seq2[record, error] {
	return func(yield func(record, error) bool) {
		s.hidden = r.narrow.hidden[s.target]
		rows := r.narrow.rows[s.target]
		for _, id := range slices.SortedFunc(maps.Keys(rows), func(a, b sysID) int { return slices.Compare(a[:], b[:]) }) {
			rec := rows[id]
			if at := s.target.index(linkLevel); at >= 0 { // its link row may have come later
				rec.values = slices.Clone(rec.values)
				rec.values[at] = r.book.level(id)
			}
			if !yield(rec, nil) {
				return
			}
		}
	}
}

// fetch answers from the rows that were asked for.
func (r *run) narrowFetch(s *shelf, keys []string) map[string]record {
	some := make(map[string]record, len(keys))
	for _, key := range keys {
		if id, ok := parseSysID(key); ok {
			if rec, there := r.narrow.rows[s.target][id]; there {
				some[key] = rec
			}
		}
	}
	return some
}
