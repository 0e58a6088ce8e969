package reconcile_test

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/itsmkit/itsmkit/sync/reconcile"
)

var (
	errDown   = errors.New("target is down")
	errNoRow  = errors.New("refused by a rule")
	errUnsure = errors.New("connection lost")
)

// memory is a target in memory that carries out operations strictly: an update of a
// missing record and a reference to one are failures.
type memory struct {
	records map[string]values // by id
	rename  map[string]string // operation ID to the id that the record gets instead
	fail    map[string]bool   // operations that fail
	unsure  map[string]bool   // operations that end unclear, having taken place
	lost    map[string]bool   // operations that end unclear, not having taken place
	refs    map[string]bool   // fields that must name a record

	kill    int    // the call that dies, counted from 1; 0 is none
	killHow string // "before", "after", "amid"

	calls   int
	reads   [][]string
	writes  [][]string
	written []string // operation IDs in the order in which they took place
}

func newMemory() *memory {
	return &memory{records: map[string]values{}, rename: map[string]string{}, fail: map[string]bool{},
		unsure: map[string]bool{}, lost: map[string]bool{}, refs: map[string]bool{}}
}

// dies counts a call and says how many of its operations take place before it dies.
func (m *memory) dies(n int) (done int, dead bool) {
	m.calls++
	if m.calls != m.kill {
		return n, false
	}
	switch m.killHow {
	case "before":
		return 0, true
	case "amid":
		return n / 2, true
	default:
		return n, true
	}
}

func ids(ops []reconcile.Operation) []string {
	list := make([]string, len(ops))
	for i, op := range ops {
		list[i] = op.ID
	}
	return list
}

func (m *memory) Read(ctx context.Context, ops []reconcile.Operation) ([]reconcile.State, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if _, dead := m.dies(len(ops)); dead {
		return nil, errDown
	}
	m.reads = append(m.reads, ids(ops))
	states := make([]reconcile.State, len(ops))
	for i, op := range ops {
		record, there := m.records[op.Target]
		states[i] = reconcile.State{Missing: !there, Values: record}
	}
	return states, nil
}

func (m *memory) Write(ctx context.Context, ops []reconcile.Operation) ([]reconcile.Result, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	done, dead := m.dies(len(ops))
	m.writes = append(m.writes, ids(ops))
	results := make([]reconcile.Result, len(ops))
	for i, op := range ops {
		if i < done {
			results[i] = m.write(op)
		}
	}
	if dead {
		return nil, errDown
	}
	return results, nil
}

func (m *memory) write(op reconcile.Operation) reconcile.Result {
	switch {
	case m.fail[op.ID]:
		return reconcile.Result{Outcome: reconcile.Failed, Err: errNoRow}
	case m.lost[op.ID]:
		return reconcile.Result{Outcome: reconcile.Unsure, Err: errUnsure}
	}
	id := op.Target
	if other := m.rename[op.ID]; other != "" {
		id = other
	}
	record, there := m.records[id]
	switch {
	case op.Kind == reconcile.Create && there:
		return reconcile.Result{Outcome: reconcile.AlreadyThere, Target: id}
	case op.Kind != reconcile.Create && !there:
		return reconcile.Result{Outcome: reconcile.Failed, Err: fmt.Errorf("no record %q", id)}
	}
	for _, c := range op.Changes {
		if _, there := m.records[c.To.Text()]; m.refs[c.Field] && !there {
			return reconcile.Result{Outcome: reconcile.Failed, Err: fmt.Errorf("%s names no record: %v", c.Field, c.To)}
		}
	}
	if op.Kind == reconcile.Delete {
		delete(m.records, id)
	} else {
		record = maps.Clone(record)
		if record == nil {
			record = values{}
		}
		for _, c := range op.Changes {
			record[c.Field] = c.To
		}
		m.records[id] = record
	}
	m.written = append(m.written, op.ID)
	if m.unsure[op.ID] {
		return reconcile.Result{Outcome: reconcile.Unsure, Err: errUnsure}
	}
	return reconcile.Result{Outcome: reconcile.Applied, Target: id}
}
