package servicenow

import (
	"errors"
	"fmt"
)

// ErrGuard (an ErrInvalid): a write by condition was refused before anything was
// written. The error is a *[GuardError].
var ErrGuard = kind("the guard refuses the write", ErrInvalid)

// DefaultChunk is how many rows [Table.UpdateWhere] and [Table.DeleteWhere] read
// and write at once when the Guard does not say.
const DefaultChunk = 100

const maxChunk = 1000

// Guard bounds a write by condition, see [Table.UpdateWhere].
type Guard struct {
	// MaxRows is the most rows that may match, and the most that are ever
	// written. It is required.
	MaxRows int
	// MinRows is the fewest rows that must match; equal to MaxRows it demands
	// an exact number. Zero: none need to.
	MinRows int
	// DryRun proves, counts and reads, but writes nothing.
	DryRun bool
	// AllowHidden goes on although some of the rows that the server counts
	// cannot be read; those are left alone. Otherwise they are a GuardHidden.
	AllowHidden bool
	// Chunk is how many rows are read, written as one batch, and forgotten
	// again; 0 means [DefaultChunk], the most are 1,000.
	Chunk int
	// OnRow is told what became of each row, in the order of the sys_ids. It is
	// called from the goroutine of the caller. Nil: the summary only.
	OnRow func(WhereRow)
}

func (g *Guard) resolve() error {
	switch {
	case g.MaxRows <= 0:
		return errors.New("field MaxRows of Guard must say how many rows may be written at the most")
	case g.MinRows < 0 || g.MinRows > g.MaxRows:
		return fmt.Errorf("field MinRows of Guard is %d: use 0 to MaxRows, which is %d", g.MinRows, g.MaxRows)
	case g.Chunk < 0 || g.Chunk > maxChunk:
		return fmt.Errorf("field Chunk of Guard is %d: use 1 to %d, or 0 for %d", g.Chunk, maxChunk, DefaultChunk)
	case g.Chunk == 0:
		g.Chunk = DefaultChunk
	}
	return nil
}

// WhereRow is what became of one row of a write by condition.
type WhereRow struct {
	SysID string
	// Outcome is RowChanged, RowUnchanged, RowDeleted, RowGone, RowPlanned,
	// RowFailed or RowUnknown.
	Outcome RowOutcome
	// ModCount is the row's sys_mod_count: afterwards if it was changed, as
	// read otherwise.
	ModCount int
	// Interleaved tells that the count rose by more than one, see
	// [Conditional].
	Interleaved bool
	// Err is what went wrong with a row that is RowFailed, RowGone or
	// RowUnknown: an *[Error] mostly.
	Err error
}

// WhereSummary counts what a write by condition did.
type WhereSummary struct {
	// Unfiltered is how many rows the server counts in the table, Matched how
	// many of them match the condition, both before access rules; Visible is
	// how many of the matching ones can be read.
	Unfiltered, Matched, Visible int
	// Probes is how many counts it took to prove the condition.
	Probes int
	// The rows by outcome.
	Planned, Changed, Unchanged, Deleted, Gone, Failed, Unknown int
}

func (s *WhereSummary) add(o RowOutcome) {
	switch o {
	case RowPlanned:
		s.Planned++
	case RowChanged:
		s.Changed++
	case RowUnchanged:
		s.Unchanged++
	case RowDeleted:
		s.Deleted++
	case RowGone:
		s.Gone++
	case RowUnknown:
		s.Unknown++
	default:
		s.Failed++
	}
}

// GuardReason says which part of a guard refused.
type GuardReason string

// The reasons of a [GuardError].
const (
	// GuardUnproven: it could not be shown that a term of the condition binds.
	// Mostly its column does not exist, in which case the platform drops the
	// term and every row matches.
	GuardUnproven GuardReason = "unproven"
	// GuardCount: more or fewer rows match than the caller expects.
	GuardCount GuardReason = "count"
	// GuardHidden: some of the matching rows cannot be read.
	GuardHidden GuardReason = "hidden"
	// GuardGrown: rows came while writing, and the bound is reached. What was
	// written so far stays.
	GuardGrown GuardReason = "grown"
)

// GuardError says why a write by condition was refused. errors.Is(err, ErrGuard)
// holds. Except for GuardGrown nothing was written.
type GuardError struct {
	// Op is the operation, such as "incident.DeleteWhere".
	Op     string
	Reason GuardReason
	// Term is the column or, for a term of [Raw], the term that was not proven.
	Term string
	// Unfiltered and Matched are the server's counts, -1 when not asked yet;
	// Visible is the number of rows that could be read, for GuardHidden.
	Unfiltered, Matched, Visible int
	// MinRows and MaxRows are the bounds.
	MinRows, MaxRows int
}

// Error says what was found and what to do.
func (e *GuardError) Error() string {
	text := "servicenow: " + e.Op + ": "
	switch e.Reason {
	case GuardUnproven:
		return text + fmt.Sprintf("nothing was written: it is not proven that %q filters (%d rows in the table): check that the column exists and the term is well-formed; "+
			"the platform drops a term that it does not understand and then answers with every row", e.Term, e.Unfiltered)
	case GuardHidden:
		return text + fmt.Sprintf("nothing was written: %d rows match but only %d can be read: use an account that sees them all, or set AllowHidden", e.Matched, e.Visible)
	case GuardGrown:
		return text + fmt.Sprintf("stopped after %d rows, the bound, while more match: rows came meanwhile", e.MaxRows)
	}
	return text + fmt.Sprintf("nothing was written: %d rows match, expected %d to %d: check the condition, or the bounds", e.Matched, e.MinRows, e.MaxRows)
}

// Unwrap gives errors.Is the kind.
func (e *GuardError) Unwrap() error { return ErrGuard }
