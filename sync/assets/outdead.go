package assets

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/servicenow"
)

// findDead looks which of the records that stand in the way of others are not there
// any more: a link row outlives its record, and must not keep its object for ever.
func (x *exporting) findDead(ctx context.Context) error {
	names := map[string]bool{} // of what is to be linked
	for _, o := range x.records {
		if !o.isLinked() {
			names[strings.ToLower(o.text("name"))] = true
			names[strings.ToLower(o.text("asset_tag"))] = true
		}
	}
	delete(names, "")
	suspects := map[string]map[string]bool{} // by table
	for _, e := range x.book.rows {
		if e.object.ID == 0 || x.byID[e.record] != nil {
			continue
		}
		shared := x.book.rows[x.book.byObject[e.object]].record != e.record || e.sameObject >= 0
		if !shared && !x.namesake(e.object, names) {
			continue
		}
		if t := targetOf(x.rows[e.record].table); t != nil {
			table := t.table
			if t == &configurationItems {
				table = allCIs
			}
			if suspects[table] == nil {
				suspects[table] = map[string]bool{}
			}
			suspects[table][e.record.String()] = true
			x.dead[e.record] = true
		}
	}
	for _, table := range slices.Sorted(maps.Keys(suspects)) {
		for some := range slices.Chunk(slices.Sorted(maps.Keys(suspects[table])), idsPerRequest) {
			if err := x.findAlive(ctx, table, some); err != nil {
				return err
			}
		}
	}
	return nil
}

// findAlive takes records off the dead that are there, or may be there unseen.
func (x *exporting) findAlive(ctx context.Context, table string, ids []string) error {
	list := make([]any, len(ids))
	for i, id := range ids {
		list[i] = id
	}
	alive := func(id string) {
		record, _ := parseSysID(id)
		delete(x.dead, record)
	}
	q := servicenow.Query{Where: servicenow.In("sys_id", list...), Fields: []string{"sys_id"}}
	hidden, err := x.cmdb.scan(ctx, table, q, func(row servicenow.Record) bool {
		alive(row.SysID())
		return true
	})
	if hidden > 0 {
		for _, id := range ids {
			alive(id)
		}
	}
	return err
}

// namesake reports whether an object is called like a record that is to be linked.
func (x *exporting) namesake(object cmdb.Object, names map[string]bool) bool {
	s := shapeOf(object.Type)
	if s == nil || x.found[s.endpoint] == nil {
		return false
	}
	o := x.found[s.endpoint].byID[object.ID]
	if o == nil {
		return false
	}
	return names[strings.ToLower(o.value(s, s.name))] ||
		s.typ == cmdb.TypeDevice && names[strings.ToLower(o.value(s, "asset_tag"))]
}
