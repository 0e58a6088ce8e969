// Package mapping translates values between two systems by tables that people can
// read, review and keep under version control.
//
// A [Map] is many-to-one: several ServiceNow states may mean one status. The way
// back is canonical (the first key that means the value), unless the record's
// present value means the same already: then it is kept. Every lookup answers with
// an [Answer]: the value, what decided, and a reason. What is not in a table is
// unmapped and must not be written, unless the map has a default.
//
//   - The documented tables are functions: [IncidentStatus], [Severity],
//     [PriorityMatrix], [BugPriority], [WorkItemState], [EventStatus],
//     [InstallStatus], [DeviceStatus], [ChangeCloseCode], [Risk], [Impact] and
//     more; each gives a map of the caller's own, to be changed by With and Without.
//   - [Fields] maps records: which column is which field, through which [Codec]s,
//     in which direction, and who owns it. [IncidentFields] is the documented set.
//   - [BugFields], [ChangeColumns] and [PlannedColumns] make the records that an
//     incident and a deployment give rise to.
//   - [Load] reads an integration's maps and fields from one JSON document and
//     reports every mistake at once, each with its path.
//   - [Map.Table] and [Integration.Markdown] render tables for people to review.
//
// Everything here is pure: no I/O, no clock, no goroutine. Maps and Fields do not
// change once they are made, and are safe for concurrent use.
package mapping
