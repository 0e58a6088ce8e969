// Package conflict decides what two records that describe one thing should say
// after both may have changed.
//
//   - [Merge] compares both sides, field by field, with the last state on which they
//     agreed: same, ours, theirs, both equal, or a conflict. Absent, null and a value
//     are three things: what a record does not mention did not change.
//   - Two edits are a conflict when they lie within a [Window], widened by what the
//     two clocks cannot tell. A [Strategy] settles it: [LastWriteWins] (the default),
//     [OwnershipPriority], [ManualReview], or the caller's own.
//   - A field may have an owner. Enforced, the default, means that what the other
//     side edits is drift, and is healed from the owner; Advisory means that the
//     owner only counts in a conflict.
//   - A field under manual review is frozen both ways, while the rest flows; a
//     [Review] is the record of it, which a person resolves.
//   - [MergeJournal] carries the entries of journals, such as work notes, one by one.
//   - [Explain] names the first rule that stops a field.
//
// Every decision carries the rule, the reason in words, all values, and the one that
// gave way. The package is pure: no I/O, no clock (times come in as values), no
// goroutine. Its functions are total, and safe for concurrent use where the caller's
// own strategies and forms are.
package conflict
