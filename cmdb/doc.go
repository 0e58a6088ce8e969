// Package cmdb decides what a record is in a ServiceNow CMDB: its CI class.
//
// Everything here is pure: no I/O, no clock, no goroutines. A function is given
// facts and answers with a value, the method that decided and a reason in words,
// for every input. Facts are plain structs, so that they can come from a NetBox
// client, a file or a test.
//
// Real-time classification is strict: only the device's own field counts. Bulk
// classification falls back to keywords in the device role. The tables are
// [DefaultClasses] and [RoleKeywords].
package cmdb
