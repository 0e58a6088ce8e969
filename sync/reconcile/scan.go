package reconcile

import (
	"errors"
	"fmt"
)

// ErrIncomplete is what errors.Is finds in the error of a [Diff] or [Merge] one of
// whose sides ended early. Nothing was visited as OnlyTarget then.
var ErrIncomplete = errors.New("reconcile: incomplete scan")

// ErrUnordered is what errors.Is finds in the error of a [Merge] one of whose sides
// is not in ascending order of its keys; see [UnorderedError].
var ErrUnordered = errors.New("reconcile: unordered input")

// scanError is an error of one side's sequence, with how far the scan came.
type scanError struct {
	side string
	read int
	err  error
}

// Error says how far the scan came, and that nothing is deleted.
func (e *scanError) Error() string {
	return fmt.Sprintf("reconcile: %s scan ended after %d records, so nothing is deleted: %v", e.side, e.read, e.err)
}

// Unwrap makes it an ErrIncomplete too.
func (e *scanError) Unwrap() []error { return []error{ErrIncomplete, e.err} }

// UnorderedError says which two neighbours of one side stand in the wrong order.
type UnorderedError struct {
	// Side is "source" or "target".
	Side string
	// Previous came before Key, yet sorts after it.
	Previous, Key string
}

// Error names both keys and what to do.
func (e *UnorderedError) Error() string {
	return fmt.Sprintf("reconcile: merge: %s is not in ascending key order: %q came before %q; sort it as the keys compare, or use Diff, which needs no order",
		e.Side, e.Previous, e.Key)
}

// Unwrap returns ErrUnordered.
func (e *UnorderedError) Unwrap() error { return ErrUnordered }
