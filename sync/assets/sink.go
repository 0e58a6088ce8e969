package assets

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// CMDBSink carries out the operations of an import plan through the Table and
// Batch APIs. Access rules, business rules and data policies of the instance
// apply; its identification and reconciliation rules do not, because the Table
// API goes past them: whether another source may own a column is for whoever
// reviews the plan.
//
// A record and its link row travel in one batch. A CMDBSink is safe for
// concurrent use; its fields must not change while it is used.
type CMDBSink struct {
	// Client writes.
	Client *servicenow.Client
	// Link says where links are kept; it must be that of the plan.
	Link Link
	// Lanes is how many batches are under way at once; 0 means 4. The client's
	// Concurrency bounds them too.
	Lanes int
	// NotKept, if set, is told of every column in which the instance keeps
	// something else than what was written: the column is unknown, shortened,
	// protected or computed. Calls come one at a time.
	NotKept func(op reconcile.Operation, column, wrote, kept string)

	mu sync.Mutex
}

const (
	defaultLanes = 4
	// smallestLane is how many records are not worth two requests.
	smallestLane = 100
)

// Read returns what the records say now, and their link rows.
func (s *CMDBSink) Read(ctx context.Context, ops []reconcile.Operation) ([]reconcile.State, error) {
	link, err := s.ready()
	if err != nil {
		return nil, err
	}
	states := make([]reconcile.State, len(ops))
	for n := range states {
		states[n] = reconcile.State{Missing: true, Values: map[string]reconcile.Value{}}
	}
	for table, places := range byTable(ops) {
		if err := s.readRecords(ctx, table, places, ops, states); err != nil {
			return nil, err
		}
	}
	if link.onRecord() {
		return states, nil
	}
	return states, s.readLinks(ctx, link, ops, states)
}

// ready checks the sink.
func (s *CMDBSink) ready() (Link, error) {
	if s.Client == nil {
		return Link{}, errors.New("assets: CMDBSink.Client is nil: give a client made by servicenow.New")
	}
	return s.Link.complete()
}

// byTable groups operations by the table in which their record is.
func byTable(ops []reconcile.Operation) map[string][]int {
	tables := map[string][]int{}
	for n, op := range ops {
		tables[presentTable(op)] = append(tables[presentTable(op)], n)
	}
	return tables
}

// presentTable is the table in which a record is before it is written.
func presentTable(op reconcile.Operation) string {
	for _, c := range op.Changes {
		if c.Field == classColumn && c.From.Text() != "" {
			return c.From.Text()
		}
	}
	return op.Class
}

const classColumn = "sys_class_name"

func (s *CMDBSink) readRecords(ctx context.Context, table string, places []int, ops []reconcile.Operation, states []reconcile.State) error {
	columns := []string{"sys_id"}
	at := map[string][]int{}
	for _, n := range places {
		at[ops[n].Target] = append(at[ops[n].Target], n)
		for _, c := range ops[n].Changes {
			if !strings.HasPrefix(c.Field, linkPrefix) && !slices.Contains(columns, c.Field) {
				columns = append(columns, c.Field)
			}
		}
	}
	return rowsByID(ctx, s.Client, table, columns, keysOf(at), func(row servicenow.Record) {
		for _, n := range at[row.SysID()] {
			states[n].Missing = false
			for _, c := range ops[n].Changes {
				if !strings.HasPrefix(c.Field, linkPrefix) {
					states[n].Values[c.Field] = reconcile.Text(row.Get(c.Field))
				}
			}
		}
	})
}

// readLinks reads the link rows of the operations that write them. A record
// without a link row has no value in any of its columns.
func (s *CMDBSink) readLinks(ctx context.Context, link Link, ops []reconcile.Operation, states []reconcile.State) error {
	at := map[string][]int{}
	for n, op := range ops {
		if slices.ContainsFunc(op.Changes, isLink) {
			at[op.Target] = append(at[op.Target], n)
		}
	}
	return rowsWith(ctx, s.Client, link.Table, link.Columns.Record, link.readColumns(), keysOf(at), func(row servicenow.Record) {
		for _, n := range at[row.Get(link.Columns.Record)] {
			for _, c := range ops[n].Changes {
				if column := link.column(c.Field); column != "" {
					states[n].Values[c.Field] = reconcile.Text(row.Get(column))
				}
			}
		}
	})
}

func isLink(c reconcile.Change) bool { return strings.HasPrefix(c.Field, linkPrefix) }

// keysOf returns the keys in their order, so that the same operations make the
// same requests.
func keysOf(m map[string][]int) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// Write carries the operations out in as few batches as the instance allows.
func (s *CMDBSink) Write(ctx context.Context, ops []reconcile.Operation) ([]reconcile.Result, error) {
	link, err := s.ready()
	if err != nil {
		return nil, err
	}
	rows, err := s.linkRows(ctx, link, ops)
	if err != nil {
		return nil, err
	}
	results := make([]reconcile.Result, len(ops))
	lanes := s.Lanes
	if lanes <= 0 {
		lanes = defaultLanes
	}
	size := max(smallestLane, (len(ops)+lanes-1)/lanes)
	errs := make([]error, lanes)
	var group sync.WaitGroup
	for lane := range lanes {
		from, to := min(lane*size, len(ops)), min((lane+1)*size, len(ops))
		if from == to {
			continue
		}
		group.Go(func() {
			w := writing{sink: s, link: link, ops: ops[from:to], results: results[from:to], rows: rows}
			errs[lane] = w.run(ctx)
		})
	}
	group.Wait()
	return results, errors.Join(errs...)
}

// linkRows returns the link rows that updates change, by record.
func (s *CMDBSink) linkRows(ctx context.Context, link Link, ops []reconcile.Operation) (map[string]string, error) {
	var records []string
	for _, op := range ops {
		if op.Kind == reconcile.Delete || op.Kind != reconcile.Create && changesLinkRow(op) {
			records = append(records, op.Target)
		}
	}
	rows := map[string]string{}
	if link.onRecord() || len(records) == 0 {
		return rows, nil
	}
	slices.Sort(records)
	err := rowsWith(ctx, s.Client, link.Table, link.Columns.Record, []string{"sys_id", link.Columns.Record}, slices.Compact(records), func(row servicenow.Record) {
		rows[row.Get(link.Columns.Record)] = row.SysID()
	})
	return rows, err
}

// changesLinkRow reports whether an operation changes a link row that is there.
func changesLinkRow(op reconcile.Operation) bool {
	return slices.ContainsFunc(op.Changes, isLink) && !slices.ContainsFunc(op.Changes, func(c reconcile.Change) bool { return c.Field == linkRow })
}

// same says when a column still means what the plan says.
func same(op reconcile.Operation, field string, present, planned reconcile.Value) bool {
	form := text
	for _, t := range targets {
		if slices.Contains(typeNames(t), op.Type) {
			if at := t.index(field); at >= 0 {
				form = t.columns[at].form
			}
		}
	}
	return form(present) == form(planned)
}

func typeNames(t *target) []string {
	names := make([]string, len(t.types))
	for i, typ := range t.types {
		names[i] = string(typ)
	}
	return names
}

// notKept reports a column that the instance did not take over.
func (s *CMDBSink) notKept(op reconcile.Operation, column, wrote, kept string) {
	if s.NotKept == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.NotKept(op, column, wrote, kept)
}

func unexpected(op reconcile.Operation) error {
	return fmt.Errorf("assets: operation %s of kind %q is no write", op.ID, op.Kind)
}
