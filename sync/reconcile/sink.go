package reconcile

import "context"

// Sink reads and writes the target for [Apply]. Apply calls one method at a time;
// the operations of one call do not depend on each other, so that a sink may work on
// them at once and in any order, by batch, bulk or goroutines of its own.
//
// The error that a method itself returns means that the target cannot be worked with
// (signed out, unreachable, context ended): Apply stops there. What is wrong with one
// record belongs into its State or Result.
//
// Operations are Apply's to keep: a sink must not change them.
type Sink interface {
	// Read returns the present state of each operation's record, in the order of ops:
	// at least the fields named in its Changes. It is asked before updates and
	// removals, and after writes whose result is AlreadyThere or Unsure.
	Read(ctx context.Context, ops []Operation) ([]State, error)
	// Write carries the operations out and returns a result for each, in the order of
	// ops. Changes hold only what is left to write, with every Ref resolved into To.
	// Together with an error it may return the results it has.
	Write(ctx context.Context, ops []Operation) ([]Result, error)
}

// State is what a target record says now.
type State struct {
	// Missing is set when there is no such record.
	Missing bool
	// Values holds the present values by field; a field that is not in it is absent.
	// They must be written as the plan's From values were, e.g. "" is not null.
	Values map[string]Value
	// Err says why the record could not be read; the operation then fails.
	Err error
}

// Outcome says what became of a write.
type Outcome int

// The outcomes of a write. The zero Outcome is none: it is an error of the sink.
const (
	// Applied: the write took place.
	Applied Outcome = iota + 1
	// Unchanged: nothing was written, the record is as wanted. The sink has looked.
	Unchanged
	// AlreadyThere: a create found a record with its id or identity; Result.Target
	// says which. Apply reads it: as wanted it is unchanged, else stale.
	AlreadyThere
	// Stale: nothing was written, the record is no longer what the plan expects.
	Stale
	// Failed: nothing was written.
	Failed
	// Unsure: it is not known whether the write took place. Apply reads the record:
	// as wanted it is applied, else failed.
	Unsure
)

// Result is what became of one operation.
type Result struct {
	Outcome Outcome
	// Target is the id that the record really has; "" means the one asked for.
	Target string
	// Err says why, for Stale, Failed and Unsure.
	Err error
}
