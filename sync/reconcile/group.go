package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// batch is a list of operations as handed to a sink, each with its place in the plan,
// and with its result where one is to be looked into.
type batch struct {
	at      []int
	ops     []Operation
	results []Result
}

func (b *batch) add(i int, op Operation) {
	b.at = append(b.at, i)
	b.ops = append(b.ops, op)
}

// group carries out operations that do not need one another: read, judge, write, and
// read again where the write leaves the end open.
func (a *applier) group(ctx context.Context, members []int) error {
	var reading, writing batch
	for _, i := range members {
		op, err := a.resolved(i)
		switch {
		case err != nil:
			a.settle(i, Settled{Status: StatusFailed, Code: CodeFailed, Reason: err.Error(), Err: err})
		case op.Kind == Create:
			a.prepare(&writing, i, op)
		default:
			reading.add(i, op)
		}
	}
	if len(reading.ops) > 0 {
		states, err := a.read(ctx, reading.ops)
		if err != nil {
			return err
		}
		for k, i := range reading.at {
			a.judge(&writing, i, reading.ops[k], states[k])
		}
	}
	if len(writing.ops) == 0 {
		return nil
	}
	open, err := a.write(ctx, writing)
	if err != nil || len(open.ops) == 0 {
		return err
	}
	return a.recheck(ctx, open)
}

// resolved returns an operation with its references pointing at the ids that the
// target really gave.
func (a *applier) resolved(i int) (Operation, error) {
	op := a.plan.Operations[i]
	for _, need := range op.Needs {
		// A further write to a record that an operation before it made.
		j := a.at[need]
		if made := &a.plan.Operations[j]; made.Kind == Create && op.Target != "" && made.Target == op.Target && made.Class == op.Class {
			op.Target = a.target[j]
			a.target[i] = op.Target
		}
	}
	copied := false
	for k, c := range op.Changes {
		if c.Ref == "" {
			continue
		}
		id := a.target[a.at[c.Ref]]
		if id == "" && c.To.IsAbsent() {
			return op, fmt.Errorf("reconcile: the target did not say which id %s has, which %s refers to", c.Ref, c.Field)
		}
		if id == "" || c.To == Text(id) {
			continue
		}
		if !copied {
			op.Changes, copied = slices.Clone(op.Changes), true
		}
		op.Changes[k].To = Text(id)
	}
	return op, nil
}

// prepare puts an operation among the writes, unless a value of it is missing.
func (a *applier) prepare(writing *batch, i int, op Operation) {
	for _, c := range op.Changes {
		if c.To.IsWithheld() && op.Kind != Delete {
			a.settle(i, Settled{Status: StatusFailed, Code: CodeWithheld,
				Reason: "the masked value of " + c.Field + " is not in the plan file: hand it in with Plan.Supply"})
			return
		}
	}
	writing.add(i, op)
}

// judge compares a record with the plan and settles the operation or puts what is left
// of it among the writes.
func (a *applier) judge(writing *batch, i int, op Operation, now State) {
	switch {
	case now.Err != nil:
		a.settle(i, Settled{Status: StatusFailed, Code: CodeFailed, Reason: "the record could not be read: " + now.Err.Error(), Err: now.Err})
		return
	case now.Missing && op.Kind == Delete:
		a.settle(i, Settled{Status: StatusUnchanged})
		return
	case now.Missing:
		a.settle(i, Settled{Status: StatusStale, Code: CodeStale, Reason: "the record is gone"})
		return
	}
	left := make([]Change, 0, len(op.Changes))
	for _, c := range op.Changes {
		present := now.Values[c.Field]
		if op.Kind != Delete && a.same(op, c, present, c.To) {
			continue
		}
		if !a.same(op, c, present, c.From) {
			a.settle(i, Settled{Status: StatusStale, Code: CodeStale, Reason: staleReason(c, present)})
			return
		}
		left = append(left, c)
	}
	if len(left) == 0 && op.Kind != Delete {
		a.settle(i, Settled{Status: StatusUnchanged})
		return
	}
	op.Changes = left
	a.prepare(writing, i, op)
}

func (a *applier) same(op Operation, c Change, present, planned Value) bool {
	if c.agrees(op.ID, present, planned) {
		return true
	}
	return a.options.Same != nil && !planned.IsWithheld() && a.options.Same(op, c.Field, present, planned)
}

func staleReason(c Change, present Value) string {
	if c.Masked {
		return c.Field + " was changed since the plan was made"
	}
	return fmt.Sprintf("%s is %v by now, the plan was made from %v", c.Field, present, c.From)
}

func (a *applier) read(ctx context.Context, ops []Operation) ([]State, error) {
	states, err := a.sink.Read(ctx, ops)
	if err != nil {
		return nil, fmt.Errorf("read %d records: %w", len(ops), err)
	}
	if len(states) != len(ops) {
		return nil, fmt.Errorf("the sink read %d of %d records: it must give a state for each", len(states), len(ops))
	}
	return states, nil
}

// write hands the operations to the sink, settles those whose end is clear and returns
// the others.
func (a *applier) write(ctx context.Context, writing batch) (open batch, err error) {
	results, err := a.sink.Write(ctx, writing.ops)
	if err == nil && len(results) != len(writing.ops) {
		err = fmt.Errorf("the sink gave %d results for %d operations: it must give one for each", len(results), len(writing.ops))
	}
	for k, i := range writing.at {
		op := writing.ops[k]
		var r Result
		if k < len(results) {
			r = results[k]
		}
		if r.Target != "" {
			a.target[i], op.Target = r.Target, r.Target
		}
		switch r.Outcome {
		case Applied:
			a.settle(i, Settled{Status: written(op.Kind)})
		case Unchanged:
			a.settle(i, Settled{Status: StatusUnchanged})
		case Stale:
			a.settle(i, Settled{Status: StatusStale, Code: CodeStale, Reason: words(r.Err, "the target refused it as stale"), Err: r.Err})
		case Failed:
			a.settle(i, Settled{Status: StatusFailed, Code: CodeFailed, Reason: words(r.Err, "the write failed"), Err: r.Err})
		case AlreadyThere, Unsure:
			if err == nil {
				open.add(i, op)
				open.results = append(open.results, r)
				continue
			}
			a.settleUnknown(i, errors.Join(r.Err, err))
		default:
			a.settleUnknown(i, errors.Join(errors.New("the sink gave no result"), r.Err, err))
		}
	}
	if err != nil {
		return batch{}, fmt.Errorf("write %d records: %w", len(writing.ops), err)
	}
	return open, nil
}

// recheck reads the records whose writes ended unclear, and settles them by what they
// say.
func (a *applier) recheck(ctx context.Context, open batch) error {
	states, err := a.read(ctx, open.ops)
	if err != nil {
		for k, i := range open.at {
			a.settleUnknown(i, errors.Join(open.results[k].Err, err))
		}
		return err
	}
	for k, i := range open.at {
		op, r, now := open.ops[k], open.results[k], states[k]
		unlike, landed := a.landed(op, now)
		switch {
		case now.Err != nil:
			a.settleUnknown(i, errors.Join(r.Err, now.Err))
		case landed && r.Outcome == AlreadyThere:
			a.settle(i, Settled{Status: StatusUnchanged})
		case landed:
			a.settle(i, Settled{Status: written(op.Kind)})
		case r.Outcome == Unsure:
			a.settleUnknown(i, errors.Join(r.Err, errors.New(unlike)))
		case now.Missing:
			a.settle(i, Settled{Status: StatusFailed, Code: CodeFailed, Err: r.Err,
				Reason: "the target says that the record is there already, but it cannot be read: " + words(r.Err, "no cause given")})
		default:
			a.settle(i, Settled{Status: StatusStale, Code: CodeStale, Err: r.Err,
				Reason: "the record is there already, and " + unlike})
		}
	}
	return nil
}

// landed reports whether a record is as an operation leaves it, or else how it is not.
func (a *applier) landed(op Operation, now State) (unlike string, ok bool) {
	if op.Kind == Delete {
		return "the record is still there", now.Missing
	}
	if now.Missing {
		return "the record is not there", false
	}
	for _, c := range op.Changes {
		present := now.Values[c.Field]
		switch {
		case a.same(op, c, present, c.To):
		case c.Masked:
			return c.Field + " is not the planned value", false
		default:
			return fmt.Sprintf("%s is %v, not %v", c.Field, present, c.To), false
		}
	}
	return "", true
}

func written(k Kind) Status {
	switch k {
	case Create:
		return StatusCreated
	case Delete:
		return StatusDeleted
	case Retire:
		return StatusRetired
	default:
		return StatusUpdated
	}
}

func words(err error, otherwise string) string {
	if err == nil {
		return otherwise
	}
	return err.Error()
}

func (a *applier) settleUnknown(i int, err error) {
	a.settle(i, Settled{Status: StatusFailed, Code: CodeUnknown, Reason: "it is not known whether the write took place: " + words(err, "no cause given"), Err: err})
}
