// Package reconcile decides what has to be written so that one system's records
// say what another's do, lets people read that decision, and has it applied
// exactly as read.
//
//   - [Diff] joins a source with a target by key, holding only a key and a 64-bit
//     digest for each target record. [Merge] does so in constant memory where both
//     sides come in one order.
//   - [Compare] finds the fields that differ, with [Form]s that say when two values
//     mean the same ("" and null, "1" and "true", 10.50 and 10.5).
//   - A [Builder] gathers operations and makes a [Plan]: parents first, removals in
//     reverse, cycles and dangling references blocked with the reason in words.
//   - A Plan is a value. It renders as text, as JSON
//     and as a page to approve, hides masked values, carries a
//     digest and says the same in every run over the same input.
//   - [Apply] hands a [Sink] groups of operations that may run together, refuses
//     those that went stale one by one, and does nothing the second time.
//
// Everything here is pure but for the calls into the caller's own functions: no
// clock, no randomness, no goroutine, no network. Nothing is safe for concurrent
// use unless it says so; a Plan that nobody changes may be read by many.
package reconcile
