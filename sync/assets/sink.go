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

// CMDBSink carries out the operations of an import plan: CIs through the
// instance's identification engine, unless told otherwise, everything else
// through the Table and Batch APIs. Access rules, business rules and data policies
// of the instance apply in any case.
//
// What goes through tables travels in one batch with its link row. A CI that goes
// through identification gets its sys_id from the instance, and its link row
// afterwards. A CMDBSink is safe for concurrent use; its fields must not change
// while it is used.
type CMDBSink struct {
	// Client writes.
	Client *servicenow.Client
	// Link says where links are kept; it must be that of the plan.
	Link Link
	// Through is how CIs are written.
	Through Path
	// ImportSets says how rows are staged by ThroughImportSets.
	ImportSets ImportSets
	// DataSource is who writes, for the identification engine: a choice of
	// cmdb_ci.discovery_source. The default is DefaultDataSource.
	DataSource string
	// Lanes is how many batches are under way at once; 0 means 4. The client's
	// Concurrency bounds them too.
	Lanes int
	// NotKept, if set, is told of every column in which the instance keeps
	// something else than what was written: the column is unknown, shortened,
	// protected or computed. Calls come one at a time.
	NotKept func(op reconcile.Operation, column, wrote, kept string)
	// Found, if set, is told of every CI that was to be created and that the
	// identification engine found instead. Calls come one at a time.
	Found func(op reconcile.Operation, sysID string)

	mu      sync.Mutex
	lookups lookups
	staging stagingChecks
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
	ops = withoutRows(ops)
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
	link, err := s.Link.complete()
	if err == nil {
		_, err = s.readyToStage(link)
	}
	return link, err
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
	if s.Through == ThroughImportSets {
		return s.stage(ctx, link, ops)
	}
	rows, err := s.linkRows(ctx, link, ops)
	if err != nil {
		return nil, err
	}
	results := make([]reconcile.Result, len(ops))
	inTables, identified := s.split(ops)
	err = s.part(ops, results, inTables, func(ops []reconcile.Operation, results []reconcile.Result) error {
		return s.lanes(ops, results, func(ops []reconcile.Operation, results []reconcile.Result) error {
			w := writing{sink: s, link: link, ops: ops, results: results, rows: rows}
			return w.run(ctx)
		})
	})
	return results, errors.Join(err, s.part(ops, results, identified, func(ops []reconcile.Operation, results []reconcile.Result) error {
		return s.identify(ctx, link, ops, results, rows)
	}))
}

// split returns the places of the operations that go through tables and of those
// that go through identification.
func (s *CMDBSink) split(ops []reconcile.Operation) (inTables, identified []int) {
	for n, op := range ops {
		if s.identified(op) {
			identified = append(identified, n)
		} else {
			inTables = append(inTables, n)
		}
	}
	return inTables, identified
}

// part carries out the operations at some places.
func (s *CMDBSink) part(ops []reconcile.Operation, results []reconcile.Result, at []int, do func([]reconcile.Operation, []reconcile.Result) error) error {
	if len(at) == 0 {
		return nil
	}
	some, ends := make([]reconcile.Operation, len(at)), make([]reconcile.Result, len(at))
	for i, n := range at {
		some[i] = ops[n]
	}
	err := do(some, ends)
	for i, n := range at {
		results[n] = ends[i]
	}
	return err
}

// lanes carries out operations several at once.
func (s *CMDBSink) lanes(ops []reconcile.Operation, results []reconcile.Result, do func([]reconcile.Operation, []reconcile.Result) error) error {
	lanes := s.Lanes
	if lanes <= 0 {
		lanes = defaultLanes
	}
	size := max(smallestLane, (len(ops)+lanes-1)/lanes)
	errs := make([]error, lanes)
	var group sync.WaitGroup
	for lane := range lanes {
		from, to := min(lane*size, len(ops)), min((lane+1)*size, len(ops))
		if from < to {
			group.Go(func() { errs[lane] = do(ops[from:to], results[from:to]) })
		}
	}
	group.Wait()
	return errors.Join(errs...)
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
