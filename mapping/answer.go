package mapping

import (
	"fmt"
	"strconv"
)

// Method says what decided an Answer.
type Method string

// What can decide an answer.
const (
	ByTable   Method = "table"   // the table has it
	Kept      Method = "kept"    // the present value means the same already
	ByDefault Method = "default" // the table lacks it, the map has a default
	ByRule    Method = "rule"    // a codec that is no table
	Unmapped  Method = ""        // nothing did: do not write, report
)

// Answer is a translated value with what decided and why. The zero Answer is
// unmapped.
type Answer[T any] struct {
	// Value is the zero value when the answer is unmapped.
	Value T
	// Method says what decided.
	Method Method
	// Reason is the decision in words.
	Reason string
}

// OK reports whether there is a value at all, a default included.
func (a Answer[T]) OK() bool { return a.Method != Unmapped }

// Known reports whether the value comes from the table (or was kept) rather than
// from a default.
func (a Answer[T]) Known() bool { return a.Method != Unmapped && a.Method != ByDefault }

// show renders a key or value for people.
func show(v any) string {
	if s, ok := v.(string); ok {
		return strconv.Quote(s)
	}
	return fmt.Sprint(v)
}
