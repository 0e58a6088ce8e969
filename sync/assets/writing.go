package assets

import (
	"context"
	"errors"
	"fmt"

	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// writing is one lane of CMDBSink.Write.
type writing struct {
	sink    *CMDBSink
	link    Link
	ops     []reconcile.Operation
	results []reconcile.Result
	rows    map[string]string // link rows by record

	items []servicenow.BatchItem
	parts []part // one for each item
}

// part says what an item of the batch is for.
type part struct {
	op    int
	link  bool              // the link row, not the record
	wrote map[string]string // by column
}

func (w *writing) run(ctx context.Context) error {
	for n := range w.ops {
		w.add(n)
	}
	answers, err := w.sink.Client.Batch(ctx, w.items)
	if answers == nil {
		return err
	}
	for n := range w.results {
		w.results[n] = reconcile.Result{Outcome: reconcile.Applied}
	}
	var again []part
	for n, answer := range answers {
		p := w.parts[n]
		if p.link {
			again = append(again, w.judgeLink(p, answer)...)
		} else {
			again = append(again, w.judgeRecord(p, answer)...)
		}
	}
	return errors.Join(err, w.mend(ctx, again))
}

// add makes the items of an operation.
func (w *writing) add(n int) {
	op := w.ops[n]
	record, row := w.columns(op)
	switch op.Kind {
	case reconcile.Create:
		record["sys_id"] = op.Target
		w.item(part{n, false, record}, w.table(op.Class).BatchCreate(record, w.answer(record)))
		if len(row) > 0 {
			row[w.link.Columns.Record] = op.Target
			w.item(part{n, true, row}, w.table(w.link.Table).BatchCreate(row, w.answer(row)))
		}
	case reconcile.Update, reconcile.Retire:
		if len(record) > 0 {
			w.item(part{n, false, record}, w.table(presentTable(op)).BatchUpdate(op.Target, record, w.answer(record)))
		}
		if len(row) == 0 {
			return
		}
		if _, made := row["sys_id"]; made {
			row[w.link.Columns.Record] = op.Target
			w.item(part{n, true, row}, w.table(w.link.Table).BatchCreate(row, w.answer(row)))
		} else if id := w.rows[op.Target]; id != "" {
			w.item(part{n, true, row}, w.table(w.link.Table).BatchUpdate(id, row, w.answer(row)))
		}
	case reconcile.Delete:
		if id := w.rows[op.Target]; id != "" {
			w.item(part{n, true, nil}, w.table(w.link.Table).BatchDelete(id))
		}
		w.item(part{n, false, nil}, w.table(op.Class).BatchDelete(op.Target))
	case reconcile.Skip, reconcile.Blocked:
		w.results[n] = reconcile.Result{Outcome: reconcile.Failed, Err: unexpected(op)}
	}
}

func (w *writing) item(p part, item servicenow.BatchItem) {
	w.parts = append(w.parts, p)
	w.items = append(w.items, item)
}

func (w *writing) table(name string) *servicenow.Table[servicenow.Record] {
	return servicenow.TableOf[servicenow.Record](w.sink.Client, name)
}

// columns splits the changes into those of the record and those of its link row.
func (w *writing) columns(op reconcile.Operation) (record, row map[string]string) {
	record, row = map[string]string{}, map[string]string{}
	for _, c := range op.Changes {
		switch column := w.link.column(c.Field); {
		case !isLink(c):
			record[c.Field] = c.To.Text()
		case column != "":
			row[column] = c.To.Text()
		}
	}
	return record, row
}

// answer asks for the written columns only.
func (w *writing) answer(wrote map[string]string) servicenow.CallOption {
	columns := []string{"sys_id"}
	for c := range wrote {
		if c != "sys_id" {
			columns = append(columns, c)
		}
	}
	return servicenow.Fields(columns...)
}

// judgeRecord says what became of a record. It returns the link row when that
// has to be written once more, because the instance chose another sys_id.
func (w *writing) judgeRecord(p part, answer servicenow.BatchResult) (again []part) {
	op, result := w.ops[p.op], &w.results[p.op]
	if answer.Err != nil {
		*result = failure(op, answer.Err)
		return nil
	}
	if p.wrote == nil {
		return nil // a delete
	}
	var row servicenow.Record
	if err := answer.Decode(&row); err != nil {
		*result = reconcile.Result{Outcome: reconcile.Unsure, Err: err}
		return nil
	}
	w.compare(op, p.wrote, row)
	if id := row.SysID(); op.Kind == reconcile.Create && id != "" && id != op.Target {
		result.Target = id
		return []part{{p.op, true, map[string]string{w.link.Columns.Record: id}}}
	}
	return nil
}

// judgeLink says what became of a link row. It returns the row when it has to be
// written another way, because a row with its sys_id was there already.
func (w *writing) judgeLink(p part, answer servicenow.BatchResult) (again []part) {
	op, result := w.ops[p.op], &w.results[p.op]
	switch {
	case answer.Err == nil:
		var row servicenow.Record
		if p.wrote != nil && answer.Decode(&row) == nil {
			w.compare(op, p.wrote, row)
		}
	case errors.Is(answer.Err, servicenow.ErrDuplicate) && p.wrote["sys_id"] != "":
		return []part{p}
	case result.Outcome == reconcile.Applied:
		*result = failure(op, answer.Err)
		result.Err = fmt.Errorf("the record was written, its link row in %s was not: %w", w.link.Table, answer.Err)
	}
	return nil
}

// mend writes link rows once more: to where their record really is, and over a
// row that an earlier run left behind.
func (w *writing) mend(ctx context.Context, again []part) error {
	if w.link.onRecord() || len(again) == 0 {
		return nil
	}
	var items []servicenow.BatchItem
	for _, p := range again {
		row := map[string]string{}
		for column, value := range p.wrote {
			if column != "sys_id" {
				row[column] = value
			}
		}
		id := p.wrote["sys_id"]
		if id == "" {
			id = w.plannedRow(p.op)
		}
		if target := w.results[p.op].Target; target != "" {
			row[w.link.Columns.Record] = target
		}
		items = append(items, w.table(w.link.Table).BatchUpdate(id, row, w.answer(row)))
	}
	answers, err := w.sink.Client.Batch(ctx, items)
	for n, answer := range answers {
		if result := &w.results[again[n].op]; answer.Err != nil && result.Outcome == reconcile.Applied {
			target := result.Target
			*result = failure(w.ops[again[n].op], answer.Err)
			result.Target = target
		}
	}
	return err
}

// plannedRow is the sys_id of the link row that an operation makes.
func (w *writing) plannedRow(op int) string {
	for _, c := range w.ops[op].Changes {
		if c.Field == linkRow {
			return c.To.Text()
		}
	}
	return ""
}

// compare reports what the instance did not keep as it was written.
func (w *writing) compare(op reconcile.Operation, wrote map[string]string, row servicenow.Record) {
	for column, value := range wrote {
		if kept := row.Get(column); !same(op, column, reconcile.Text(kept), reconcile.Text(value)) && column != "sys_id" {
			w.sink.notKept(op, column, value, kept)
		}
	}
}

// failure turns an error into an outcome.
func failure(op reconcile.Operation, err error) reconcile.Result {
	r := reconcile.Result{Outcome: reconcile.Failed, Err: err}
	var e *servicenow.Error
	switch {
	case errors.Is(err, servicenow.ErrDuplicate) && op.Kind == reconcile.Create:
		r.Outcome = reconcile.AlreadyThere
	case errors.As(err, &e) && e.MaybeApplied():
		r.Outcome = reconcile.Unsure
	case errors.Is(err, servicenow.ErrNotFound) && op.Kind == reconcile.Delete:
		r.Outcome = reconcile.Unchanged
	case errors.Is(err, servicenow.ErrNotFound):
		r.Outcome = reconcile.Stale
	}
	return r
}
