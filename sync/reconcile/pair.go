package reconcile

import "fmt"

// PairKind says what a join found.
type PairKind int

// The kinds of pairs.
const (
	// OnlySource: no target record has the source record's key.
	OnlySource PairKind = iota + 1
	// Changed: both sides have the key and their digests differ.
	Changed
	// OnlyTarget: no source record has the target record's key.
	OnlyTarget
	// Vanished: the target record was there when the target was read, but fetching
	// it again found nothing: it was deleted meanwhile, or access to it was lost.
	Vanished
	// DuplicateSource: another source record has the same key.
	DuplicateSource
	// DuplicateTarget: another target record has the same key.
	DuplicateTarget
	// Ambiguous: several target records have the source record's key.
	Ambiguous
)

// String returns the kind's name in words.
func (k PairKind) String() string {
	switch k {
	case OnlySource:
		return "only source"
	case Changed:
		return "changed"
	case OnlyTarget:
		return "only target"
	case Vanished:
		return "vanished"
	case DuplicateSource:
		return "duplicate source"
	case DuplicateTarget:
		return "duplicate target"
	case Ambiguous:
		return "ambiguous"
	default:
		return "unknown"
	}
}

// Pair is one finding of [Diff] or [Merge].
type Pair[A, B any] struct {
	Kind PairKind
	// Key is the key that both sides share; "" for a source record without one.
	Key string
	// Source is set for OnlySource, Changed, Vanished, DuplicateSource and
	// Ambiguous.
	Source A
	// Target is set for Changed and DuplicateTarget, and by Merge for OnlyTarget.
	// Diff has forgotten an OnlyTarget record and gives its key alone.
	Target B
}

// Stats counts what a join saw.
type Stats struct {
	// Source and Target count the records read, duplicates and keyless included.
	Source, Target int
	// Unchanged counts pairs with equal digests; they are not visited.
	Unchanged int
	// Changed, OnlySource, OnlyTarget, Vanished, DuplicateSource, DuplicateTarget
	// and Ambiguous count the visited pairs of that kind.
	Changed, OnlySource, OnlyTarget, Vanished   int
	DuplicateSource, DuplicateTarget, Ambiguous int
	// KeylessTarget counts target records with the key ""; they belong to nobody
	// and are left alone.
	KeylessTarget int
	// Withheld counts target records that no source record has, but which are not
	// visited as OnlyTarget: an empty source is never read as "delete everything".
	Withheld int
	// Complete reports whether both sides were read to their end without an error.
	Complete bool
}

// Incomplete says in words why nothing may be removed by what the join saw, for
// [Builder.Incomplete]; "" when it may.
func (s Stats) Incomplete() string {
	switch {
	case !s.Complete:
		return fmt.Sprintf("it ended after %d source and %d target records", s.Source, s.Target)
	case s.Source == 0 && s.Withheld > 0:
		return fmt.Sprintf("the source has no records at all, the target %d: an empty source is never read as \"delete everything\"", s.Target)
	default:
		return ""
	}
}

func (s *Stats) count(k PairKind) {
	switch k {
	case OnlySource:
		s.OnlySource++
	case Changed:
		s.Changed++
	case OnlyTarget:
		s.OnlyTarget++
	case Vanished:
		s.Vanished++
	case DuplicateSource:
		s.DuplicateSource++
	case DuplicateTarget:
		s.DuplicateTarget++
	case Ambiguous:
		s.Ambiguous++
	}
}
