package reconcile

import (
	"context"
	"errors"
	"fmt"
)

// defaultGroup is how many operations are handed to a sink in one call.
const defaultGroup = 500

// Options are the options of [Apply].
type Options struct {
	// Target is the name of the system that the sink writes to. It must be the plan's
	// Target; a plan made for another system is refused.
	Target string
	// Digest, if not "", is the digest of the plan that was approved; any other plan is
	// refused.
	Digest string
	// Group is how many operations the sink is handed at most in one call; 0 means 500.
	Group int
	// AllowDeletes and AllowRetire allow the operations of kind Delete and Retire. They
	// are skipped otherwise, which is the default.
	AllowDeletes, AllowRetire bool
	// Guard bounds how many removals are carried out.
	Guard Guard
	// Same says when a record's present value is still the planned one; nil means that
	// both are equal. A withheld value is always compared by its digest.
	Same func(op Operation, field string, present, planned Value) bool
	// Progress, if not nil, is called before the first group and after each one.
	Progress func(Progress)
	// Settled, if not nil, is called once for each operation as soon as its end is
	// known, for records of what was done.
	Settled func(Settled)
}

// Progress says how far Apply has come.
type Progress struct {
	// Done and Total count the operations that the plan writes.
	Done, Total int
	// Counts are the ends so far over all types, unchanged records of the plan
	// included.
	Counts Line
}

// The errors of Apply, for errors.Is.
var (
	// ErrOtherTarget: the plan was made for another system.
	ErrOtherTarget = errors.New("reconcile: plan is for another target")
	// ErrOtherPlan: the plan is not the approved one.
	ErrOtherPlan = errors.New("reconcile: plan is not the approved one")
)

// Apply carries a plan out, exactly as it stands.
//
// Operations are handed to the sink level by level: first those that need nothing,
// then those whose needs are met, and removals after everything else. Within a level
// they go in groups that may run together.
//
// Before an update or removal the record is read. Fields that already say what they
// should are left out; when nothing is left to write, the operation is unchanged. When
// a field says neither what the plan was made from nor what it should, or the record is
// gone, the operation is refused as stale, and it alone. A delete whose record is gone
// is unchanged. Creates are not read beforehand: the sink says when the record is
// already there, and it then is unchanged or stale by what it says.
//
// An operation that fails, is refused or is not allowed blocks those that need it and
// nothing else. The operations that need a create see the id that the target really
// gave it.
//
// Applying a plan again, after a failure, a crash or in another process, does what is
// left of it; applying it to the end twice writes nothing the second time.
//
// The error is not nil when the plan is refused (nothing was written then), when the
// sink as a whole fails, and when the context ends, which is looked at between groups.
// What becomes of single operations is in the Summary, which is valid in any case.
func Apply(ctx context.Context, p *Plan, sink Sink, o Options) (Summary, error) {
	a, err := newApplier(p, sink, o)
	if err != nil {
		return Summary{}, err
	}
	err = a.run(ctx)
	return a.summary(), err
}

type applier struct {
	plan    *Plan
	sink    Sink
	options Options
	at      map[string]int // index by ID
	status  []Status       // by operation; "" is not settled
	target  []string       // the real target id by operation
	ledger  *ledger
	done    int
	total   int
}

func newApplier(p *Plan, sink Sink, o Options) (*applier, error) {
	switch {
	case p == nil:
		return nil, errors.New("reconcile: apply: the plan is missing")
	case sink == nil:
		return nil, errors.New("reconcile: apply: the sink is missing")
	case o.Group < 0:
		return nil, fmt.Errorf("reconcile: apply: Group is %d: give 0 for the default or a positive number", o.Group)
	case o.Target == "":
		return nil, errors.New("reconcile: apply: Options.Target is missing: name the system that the sink writes to")
	case o.Target != p.Target:
		return nil, fmt.Errorf("%w: it was made for %q, the sink writes to %q", ErrOtherTarget, p.Target, o.Target)
	case o.Digest != "" && o.Digest != p.Digest:
		return nil, fmt.Errorf("%w: approved was %s, this is %s", ErrOtherPlan, o.Digest, p.Digest)
	}
	if err := p.check(); err != nil {
		return nil, err
	}
	if o.Group == 0 {
		o.Group = defaultGroup
	}
	a := &applier{
		plan: p, sink: sink, options: o, ledger: newLedger(),
		at:     make(map[string]int, len(p.Operations)),
		status: make([]Status, len(p.Operations)),
		target: make([]string, len(p.Operations)),
	}
	removals := 0
	for i := range p.Operations {
		op := &p.Operations[i]
		a.at[op.ID], a.target[i] = i, op.Target
		if op.Kind.Writes() {
			a.total++
		}
		if op.Kind.Removes() && a.allows(op.Kind) {
			removals++
		}
	}
	return a, o.Guard.check(removals, p.Records)
}

func (a *applier) allows(k Kind) bool {
	switch k {
	case Delete:
		return a.options.AllowDeletes
	case Retire:
		return a.options.AllowRetire
	default:
		return true
	}
}

func (a *applier) run(ctx context.Context) error {
	for _, t := range a.plan.Unchanged {
		a.ledger.line(t.Type, t.Class).Unchanged += t.Count
	}
	a.settlePlanned()
	a.report()
	for _, level := range a.levels() {
		level = a.runnable(level)
		for len(level) > 0 {
			if err := ctx.Err(); err != nil {
				return fmt.Errorf("reconcile: apply: stopped after %d of %d operations: %w", a.done, a.total, err)
			}
			group := level[:min(len(level), a.options.Group)]
			level = level[len(group):]
			a.ledger.groups++
			if err := a.group(ctx, group); err != nil {
				return fmt.Errorf("reconcile: apply: stopped after %d of %d operations: %w", a.done, a.total, err)
			}
			a.report()
		}
	}
	a.report()
	return nil
}

func (a *applier) report() {
	if a.options.Progress != nil {
		a.options.Progress(Progress{Done: a.done, Total: a.total, Counts: a.ledger.total()})
	}
}

// settlePlanned settles what the plan or the options keep from being written.
func (a *applier) settlePlanned() {
	for i := range a.plan.Operations {
		op := &a.plan.Operations[i]
		switch {
		case op.Kind == Skip:
			a.settle(i, Settled{Status: StatusSkipped, Code: op.Code, Reason: op.Reason})
		case op.Kind == Blocked:
			a.settle(i, Settled{Status: StatusBlocked, Code: op.Code, Reason: op.Reason})
		case !a.allows(op.Kind):
			a.settle(i, Settled{Status: StatusSkipped, Code: CodeNotAllowed, Reason: "operations of kind " + string(op.Kind) + " are not allowed in this run"})
		}
	}
}

// levels returns the operations that are not settled yet: those of one level do not
// need one another, and need nothing of later ones.
func (a *applier) levels() [][]int {
	var levels [][]int
	level := make([]int, len(a.plan.Operations))
	for _, removing := range []bool{false, true} {
		first := len(levels)
		for i := range a.plan.Operations {
			op := &a.plan.Operations[i]
			if a.status[i] != "" || op.Kind.Removes() != removing {
				continue
			}
			level[i] = first
			for _, need := range op.Needs {
				level[i] = max(level[i], level[a.at[need]]+1)
			}
			for len(levels) <= level[i] {
				levels = append(levels, nil)
			}
			levels[level[i]] = append(levels[level[i]], i)
		}
	}
	return levels
}

// runnable settles the operations of a level whose needs were not met, and returns the
// others.
func (a *applier) runnable(level []int) []int {
	ready := level[:0]
	for _, i := range level {
		if need, status, ok := a.met(i); ok {
			ready = append(ready, i)
		} else {
			a.settle(i, Settled{Status: StatusBlocked, Code: CodeNeeds, Reason: fmt.Sprintf("needs %s, which ended as %s", need, status)})
		}
	}
	return ready
}

func (a *applier) met(i int) (need string, status Status, ok bool) {
	for _, need := range a.plan.Operations[i].Needs {
		switch s := a.status[a.at[need]]; s {
		case StatusCreated, StatusUpdated, StatusDeleted, StatusRetired, StatusUnchanged:
		default:
			return need, s, false
		}
	}
	return "", "", true
}

// settle records an operation's end. Only the end is given; the operation is the
// plan's.
func (a *applier) settle(i int, s Settled) {
	s.Operation = a.plan.Operations[i]
	s.Target = a.target[i]
	a.status[i] = s.Status
	if s.Operation.Kind.Writes() {
		a.done++
	}
	a.ledger.enter(s)
	if a.options.Settled != nil {
		a.options.Settled(s)
	}
}

func (a *applier) summary() Summary {
	for i := range a.plan.Operations {
		if op := &a.plan.Operations[i]; a.status[i] == "" {
			a.ledger.line(op.Type, op.Class).NotTried++
		}
	}
	return a.ledger.summary()
}
