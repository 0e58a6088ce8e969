package servicenow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// UpdateWhere writes a patch to every row that matches a condition. The platform
// has no such call, and a condition with a mistake in it matches every row there
// without an error, so nothing is written before three things are shown:
//
//  1. Every term of the condition binds: each of its columns exists, by counting
//     what is empty in it and what is not (a term of [Raw] that cannot be read
//     must leave out a tenth of the table). One more count, of an invented
//     column, tells whether the instance widens at all. See [GuardUnproven].
//  2. The number of rows that the server counts lies between the guard's MinRows
//     and MaxRows. See [GuardCount].
//  3. All of them can be read, unless AllowHidden. See [GuardHidden].
//
// Then the rows are read again, a chunk at a time, and written as a batch, without
// the columns that hold the wanted value already. A row that leaves the filter
// between reading and writing is written nevertheless; a row that someone else
// writes in that time is marked Interleaved. Never more than MaxRows rows are
// written. A row that fails does not stop the others; an error of the whole call
// does, and the summary tells what was done until then.
//
// The patch may be anything that [Table.Update] takes. Options apply to the reads
// and to the single writes.
func (t *Table[T]) UpdateWhere(ctx context.Context, where Condition, patch any, guard Guard, opts ...CallOption) (WhereSummary, error) {
	w := &whereRun{op: "UpdateWhere", where: where, guard: guard, opts: opts}
	if t.err != nil {
		return w.sum, t.err
	}
	b, err := encodePatch(patch)
	if err == nil {
		err = json.Unmarshal(b.data, &w.columns)
	}
	if err != nil {
		return w.sum, t.bad(w.op, err)
	}
	delete(w.columns, sysID)
	w.journals = b.journals(patch)
	w.table = TableOf[Record](t.client, t.name)
	return w.run(ctx)
}

// DeleteWhere deletes every row that matches a condition, behind the same guard
// as [Table.UpdateWhere].
func (t *Table[T]) DeleteWhere(ctx context.Context, where Condition, guard Guard, opts ...CallOption) (WhereSummary, error) {
	w := &whereRun{op: "DeleteWhere", where: where, guard: guard, opts: opts}
	if t.err != nil {
		return w.sum, t.err
	}
	w.table = TableOf[Record](t.client, t.name)
	return w.run(ctx)
}

// whereRun is one write by condition.
type whereRun struct {
	op       string
	table    *Table[Record]
	where    Condition
	guard    Guard
	opts     []CallOption
	columns  map[string]json.RawMessage // of the patch; nil for a delete
	journals map[string]bool
	blind    bool // the values are display values: they cannot be compared
	sum      WhereSummary
	written  int
}

func (w *whereRun) run(ctx context.Context) (WhereSummary, error) {
	if err := w.prove(ctx); err != nil || w.sum.Matched == 0 {
		return w.sum, err
	}
	if err := w.look(ctx); err != nil || w.guard.DryRun {
		return w.sum, err
	}
	return w.sum, w.writeAll(ctx)
}

// prove checks the input, counts, and shows that the condition binds.
func (w *whereRun) prove(ctx context.Context) error {
	if err := w.guard.resolve(); err != nil {
		return w.table.bad(w.op, err)
	}
	if _, err := w.where.Encode(); err != nil {
		return w.table.bad(w.op, err)
	}
	if w.where.IsZero() {
		return w.table.bad(w.op, errNoFilter)
	}
	var probe rest.Call
	rest.Apply(&probe, w.opts...)
	w.blind = probe.Query.Get("sysparm_input_display_value") == "true"
	count := func(ctx context.Context, where Condition) (int, error) {
		return w.table.Count(ctx, Query{Where: where}, w.opts...)
	}
	var err error
	if w.sum.Unfiltered, err = count(ctx, Condition{}); err != nil {
		return err
	}
	p := proof{count: count, unfiltered: w.sum.Unfiltered}
	unproven, err := p.run(ctx, w.where)
	w.sum.Probes = p.probes
	if err != nil {
		return err
	}
	if unproven != "" {
		return w.refuse(GuardUnproven, unproven)
	}
	if w.sum.Matched, err = count(ctx, w.where); err != nil {
		return err
	}
	if w.sum.Matched < w.guard.MinRows || w.sum.Matched > w.guard.MaxRows {
		return w.refuse(GuardCount, "")
	}
	return nil
}

func (w *whereRun) refuse(reason GuardReason, term string) *GuardError {
	return &GuardError{
		Op: w.table.name + "." + w.op, Reason: reason, Term: term,
		Unfiltered: w.sum.Unfiltered, Matched: w.sum.Matched, Visible: w.sum.Visible,
		MinRows: w.guard.MinRows, MaxRows: w.guard.MaxRows,
	}
}

// look reads the rows without writing: to see that all are there, or as the dry
// run.
func (w *whereRun) look(ctx context.Context) error {
	size := DefaultPageSize
	var meta Response
	for row, err := range w.rows(ctx, size, Meta(&meta)) {
		if err != nil {
			return err
		}
		if w.sum.Visible++; w.sum.Visible > w.guard.MaxRows {
			w.sum.Matched = w.sum.Visible
			return w.refuse(GuardCount, "")
		}
		if w.guard.DryRun {
			outcome := RowPlanned
			if w.columns != nil && len(w.differing(row)) == 0 {
				outcome = RowUnchanged
			}
			w.report(WhereRow{SysID: row.SysID(), Outcome: outcome, ModCount: modCountOf(row)})
		}
	}
	if meta.Total >= 0 {
		w.sum.Matched = meta.Total
	}
	if w.sum.Visible < w.sum.Matched && !w.guard.AllowHidden {
		return w.refuse(GuardHidden, "")
	}
	return nil
}

// writeAll reads a chunk, writes it, and forgets it.
func (w *whereRun) writeAll(ctx context.Context) error {
	chunk := make([]Record, 0, w.guard.Chunk)
	for row, err := range w.rows(ctx, w.guard.Chunk) {
		if err != nil {
			return errors.Join(w.write(ctx, chunk), err)
		}
		if w.written+len(chunk) == w.guard.MaxRows {
			if err := w.write(ctx, chunk); err != nil {
				return err
			}
			return w.refuse(GuardGrown, "")
		}
		if chunk = append(chunk, row); len(chunk) == cap(chunk) {
			if err := w.write(ctx, chunk); err != nil {
				return err
			}
			chunk = chunk[:0]
		}
	}
	return w.write(ctx, chunk)
}

// rows reads what the writing needs of each row, in the order of the sys_ids.
func (w *whereRun) rows(ctx context.Context, size int, more ...CallOption) func(func(Record, error) bool) {
	fields := []string{sysID, modCountColumn}
	for name := range w.columns {
		if !slices.Contains(fields, name) {
			fields = append(fields, name)
		}
	}
	slices.Sort(fields)
	opts := append(append(slices.Clone(w.opts), Fields(fields...), Show(ValuesOnly)), more...)
	where := w.where
	where.order = nil
	return w.table.All(ctx, Query{Where: where, Fields: fields, PageSize: size}, opts...)
}

// differing are the columns of the patch that the row does not hold.
func (w *whereRun) differing(row Record) map[string]json.RawMessage {
	wanted := map[string]json.RawMessage{}
	for name, raw := range w.columns {
		if w.blind || w.journals[name] || !sameValue(raw, row[name]) {
			wanted[name] = raw
		}
	}
	return wanted
}

// write sends one chunk as a batch.
func (w *whereRun) write(ctx context.Context, chunk []Record) error {
	var items []BatchItem
	var sent []Record
	outcomes := make(map[string]WhereRow, len(chunk))
	for _, row := range chunk {
		id := row.SysID()
		switch wanted := w.differing(row); {
		case w.columns == nil:
			items, sent = append(items, w.table.BatchDelete(id, w.opts...)), append(sent, row)
		case len(wanted) == 0:
			outcomes[id] = WhereRow{SysID: id, Outcome: RowUnchanged, ModCount: modCountOf(row)}
		default:
			opts := append(slices.Clone(w.opts), Fields(sysID, modCountColumn), Show(ValuesOnly))
			items, sent = append(items, w.table.BatchUpdate(id, wanted, opts...)), append(sent, row)
		}
	}
	w.written += len(chunk)
	var failure error
	if len(items) > 0 {
		var results []BatchResult
		if results, failure = w.table.client.Batch(ctx, items); len(results) != len(items) {
			return fmt.Errorf("servicenow: %s.%s: %w", w.table.name, w.op, failure)
		}
		for i, result := range results {
			outcomes[sent[i].SysID()] = w.outcome(sent[i], result)
		}
	}
	for _, row := range chunk {
		w.report(outcomes[row.SysID()])
	}
	return failure
}

// outcome reads what became of one row.
func (w *whereRun) outcome(row Record, result BatchResult) WhereRow {
	out := WhereRow{SysID: row.SysID(), ModCount: modCountOf(row), Err: result.Err}
	switch {
	case errors.Is(result.Err, ErrNotFound):
		out.Outcome = RowGone
	case repeatedAfterDoubt(result.Err):
		out.Outcome = RowUnknown
	case result.Err != nil:
		out.Outcome = RowFailed
	case w.columns == nil:
		out.Outcome = RowDeleted
	default:
		out.Outcome = RowChanged
		var after Record
		if result.Decode(&after) == nil && after.Get(modCountColumn) != "" {
			before := out.ModCount
			out.ModCount = modCountOf(after)
			out.Interleaved = out.ModCount > before+1
			if out.ModCount == before {
				out.Outcome = RowUnchanged // the server found no difference
			}
		}
	}
	return out
}

func (w *whereRun) report(row WhereRow) {
	w.sum.add(row.Outcome)
	if w.guard.OnRow != nil {
		w.guard.OnRow(row)
	}
}

// modCountOf reads a row's sys_mod_count, 0 when it cannot.
func modCountOf(row Record) int {
	n, err := row[modCountColumn].Int()
	if err != nil {
		return 0
	}
	return int(n)
}
