package assets

import (
	"fmt"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// An object is a NetBox object on its way into the CMDB.
type object struct {
	cmdb.Object
	name   string // for people
	target *target
	class  string            // the table that a record of it is created in
	values []reconcile.Value // by column of the target; absent where it says nothing
	refs   []reference
	needs  []cmdb.Object // what must be importable too
	parent cmdb.Object   // the object above in a tree; none without an id
	code   string        // why it is not imported; "" when it may be
	reason string
	draft  *draft // what NetBox says of it, where it is to be staged
}

// A reference is a column whose value is the record of another object.
type reference struct {
	column int
	to     cmdb.Object
}

func newObject(t *target, typ cmdb.ObjectType, id int64, name string) *object {
	return &object{
		Object: cmdb.Object{Type: typ, ID: id}, name: name, target: t, class: t.table,
		values: make([]reconcile.Value, len(t.columns)),
	}
}

// set gives a column its value. An empty one is given as such only when it
// clears: otherwise the CMDB keeps what it has.
func (o *object) set(column, value string, clears bool) {
	if value == "" && !clears {
		return
	}
	o.values[o.target.index(column)] = reconcile.Text(value)
}

// refer makes a column point to the record of another object, which has to be
// importable too.
func (o *object) refer(column string, to cmdb.Object) {
	o.refs = append(o.refs, reference{o.target.index(column), to})
	o.need(to)
}

// need says that the object may be imported only together with another one.
func (o *object) need(to cmdb.Object) { o.needs = append(o.needs, to) }

// skip says why the object is not imported.
func (o *object) skip(code, reason string) { o.code, o.reason = code, reason }

// value returns the text of a column, "" where the object says nothing.
func (o *object) value(column string) string { return o.values[o.target.index(column)].Text() }

// label names the object for people.
func (o *object) label() string { return fmt.Sprintf("%s %d %q", o.Type, o.ID, o.name) }
