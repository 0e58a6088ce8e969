package assets

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// NetBoxSink carries out the operations of an export plan: objects are written to
// NetBox in bulk, and each bulk request is followed at once by one to the CMDB that
// links what it made, so that little is without a link when a process dies. What is
// without one all the same is found again by the next export.
//
// NetBox takes a bulk request as a whole or not at all; one that is refused because
// of some objects is sent again without them, so that each operation has an end of
// its own. A create that NetBox refuses because the object is there adopts it, where
// it is provably the same; see [Export].
//
// A NetBoxSink is safe for concurrent use; its fields must not change while it is
// used.
type NetBoxSink struct {
	// NetBox is written; CMDB has the link rows.
	NetBox *netbox.Client
	CMDB   *servicenow.Client
	// Link says where links are kept; it must be that of the plan.
	Link Link
	// ItemsPerRequest is how many objects go in one request at most; 0 means 100. The
	// first requests hold few, and the others as many as NetBox writes within 15 s by
	// what it took for those before: all of a request have to be written within the
	// timeouts of the client and of what stands before NetBox.
	ItemsPerRequest int
	// Lanes is how many requests are under way at once; 0 means 4. The clients'
	// Concurrency bounds them too. Types that form trees are written one request after
	// the other.
	Lanes int
	// Echoes, if set, notes what is written, so that Realtime knows it again.
	Echoes *Echoes
	// Adopted, if set, is told of every object that was to be created and was there
	// already. Calls come one at a time.
	Adopted func(op reconcile.Operation, id int64)

	mu   sync.Mutex
	pace pace
}

func (s *NetBoxSink) ready() (Link, error) {
	switch {
	case s.NetBox == nil:
		return Link{}, errors.New("assets: NetBoxSink.NetBox is nil: give a client made by netbox.New")
	case s.CMDB == nil:
		return Link{}, errors.New("assets: NetBoxSink.CMDB is nil: give a client made by servicenow.New")
	case s.Link.onRecord():
		return Link{}, errors.New("assets: NetBoxSink.Link.Field cannot be used for an export: keep links in a table")
	}
	return s.Link.complete()
}

// Read returns what the objects say now, and their link rows where an operation
// writes them.
func (s *NetBoxSink) Read(ctx context.Context, ops []reconcile.Operation) ([]reconcile.State, error) {
	link, err := s.ready()
	if err != nil {
		return nil, err
	}
	states := make([]reconcile.State, len(ops))
	for n := range states {
		states[n] = reconcile.State{Missing: true, Values: map[string]reconcile.Value{}}
	}
	for _, shape := range shapes {
		if err := s.readObjects(ctx, shape, ops, states); err != nil {
			return nil, err
		}
	}
	return states, s.readLinks(ctx, link, ops, states)
}

func (s *NetBoxSink) readObjects(ctx context.Context, shape *shape, ops []reconcile.Operation, states []reconcile.State) error {
	at := map[int64][]int{}
	var ids []int64
	for n, op := range ops {
		id, err := strconv.ParseInt(op.Target, 10, 64)
		if op.Type != string(shape.typ) {
			continue
		}
		if err != nil || id < 1 {
			states[n].Err = fmt.Errorf("assets: %q is no id of NetBox", op.Target)
			continue
		}
		at[id] = append(at[id], n)
		ids = append(ids, id)
	}
	if len(ids) == 0 {
		return nil
	}
	slices.Sort(ids)
	return outletOf(s.NetBox, shape).read(ctx, netbox.Raw("id", slices.Compact(ids)), func(o netObject) {
		for _, n := range at[o.id] {
			states[n].Missing = false
			for i := range shape.fields {
				states[n].Values[shape.fields[i].name] = reconcile.Text(o.values[i])
			}
		}
	})
}

// readLinks reads the link rows that operations write.
func (s *NetBoxSink) readLinks(ctx context.Context, link Link, ops []reconcile.Operation, states []reconcile.State) error {
	at := map[string][]int{}
	for n, op := range ops {
		if op.Type == linkType || slices.ContainsFunc(op.Changes, isLink) {
			at[op.Key] = append(at[op.Key], n)
		}
	}
	return rowsWith(ctx, s.CMDB, link.Table, link.Columns.Record, link.readColumns(), keysOf(at), func(row servicenow.Record) {
		for _, n := range at[row.Get(link.Columns.Record)] {
			if ops[n].Type == linkType {
				if row.SysID() != ops[n].Target {
					continue
				}
				states[n].Missing = false
			}
			for _, c := range ops[n].Changes {
				if column := link.column(c.Field); column != "" {
					states[n].Values[c.Field] = reconcile.Text(row.Get(column))
				}
			}
		}
	})
}

// Write carries the operations out, in as few requests as NetBox takes.
func (s *NetBoxSink) Write(ctx context.Context, ops []reconcile.Operation) ([]reconcile.Result, error) {
	link, err := s.ready()
	if err != nil {
		return nil, err
	}
	rows, err := s.linkRows(ctx, link, ops)
	if err != nil {
		return nil, err
	}
	results := make([]reconcile.Result, len(ops))
	errs := []error{s.writeRows(ctx, link, ops, results)}
	for _, shape := range shapes {
		for _, kind := range []reconcile.Kind{reconcile.Create, reconcile.Update, reconcile.Delete} {
			var at []int
			for n, op := range ops {
				if op.Type == string(shape.typ) && op.Kind == kind {
					at = append(at, n)
				}
			}
			if len(at) > 0 {
				p := sending{sink: s, link: link, shape: shape, outlet: outletOf(s.NetBox, shape), ops: ops, results: results, rows: rows}
				only, rest := p.linksOnly(kind, at)
				errs = append(errs, p.update(ctx, only), p.run(ctx, kind, rest))
			}
		}
	}
	for n := range results {
		if results[n].Outcome == 0 && results[n].Err == nil {
			results[n] = reconcile.Result{Outcome: reconcile.Failed, Err: unexpected(ops[n])}
		}
	}
	return results, errors.Join(errs...)
}

// A heldLink is what a link row says before it is written.
type heldLink struct{ row, id, class string }

// linkRows returns the link rows of the records whose objects are made or adopted.
func (s *NetBoxSink) linkRows(ctx context.Context, link Link, ops []reconcile.Operation) (map[string]heldLink, error) {
	at := map[string][]int{}
	for n, op := range ops {
		if op.Type != linkType && (op.Kind == reconcile.Create || slices.ContainsFunc(op.Changes, isLink)) {
			at[op.Key] = append(at[op.Key], n)
		}
	}
	rows := map[string]heldLink{}
	c := link.Columns
	err := rowsWith(ctx, s.CMDB, link.Table, c.Record, []string{"sys_id", c.Record, c.ID, c.Class}, keysOf(at), func(row servicenow.Record) {
		rows[row.Get(c.Record)] = heldLink{row.SysID(), row.Get(c.ID), row.Get(c.Class)}
	})
	return rows, err
}

// writeRows carries out the operations that write link rows by themselves.
func (s *NetBoxSink) writeRows(ctx context.Context, link Link, ops []reconcile.Operation, results []reconcile.Result) error {
	var items []servicenow.BatchItem
	var at []int
	table := servicenow.TableOf[servicenow.Record](s.CMDB, link.Table)
	for n, op := range ops {
		if op.Type != linkType {
			continue
		}
		row := map[string]string{}
		for _, c := range op.Changes {
			if column := link.column(c.Field); column != "" {
				row[column] = c.To.Text()
			}
		}
		at = append(at, n)
		switch op.Kind {
		case reconcile.Create:
			row["sys_id"], row[link.Columns.Record] = op.Target, op.Key
			items = append(items, table.BatchCreate(row, servicenow.Fields("sys_id")))
		case reconcile.Delete:
			items = append(items, table.BatchDelete(op.Target))
		default:
			items = append(items, table.BatchUpdate(op.Target, row, servicenow.Fields("sys_id")))
		}
	}
	if len(items) == 0 {
		return nil
	}
	answers, err := s.CMDB.Batch(ctx, items)
	for i, answer := range answers {
		results[at[i]] = reconcile.Result{Outcome: reconcile.Applied}
		if answer.Err != nil {
			results[at[i]] = failure(ops[at[i]], answer.Err)
		}
	}
	return err
}

// sameInNetBox says when a field still means what the plan says.
func sameInNetBox(op reconcile.Operation, field string, present, planned reconcile.Value) bool {
	form := text
	switch s := shapeOf(cmdb.ObjectType(op.Type)); {
	case field == linkSync || field == linkReady:
		form = truth
		if !form(present).IsText() { // a flag that was never set is off
			present = reconcile.Text("false")
		}
	case s != nil && s.index(field) >= 0:
		form = s.fields[s.index(field)].form
	}
	return form(present) == form(planned)
}
