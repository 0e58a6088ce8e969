// Package importrules holds who may import whom in this module, and checks it.
//
// The rules are one table, [Layout]: each package belongs to exactly one
// [Group], and a group says which packages of the module, which other modules
// and which parts of the standard library its members may use. [Check] asks
// `go list -deps` what is really imported and linked, and reads the syntax of
// the pure packages, which may have no goroutine, no clock and no randomness,
// and of the public ones, whose exported identifiers name no other module's types.
//
// A package that no group names, and a name without its package, are
// violations too, so the table cannot fall behind the tree. The test runs
// Check over this module and over a violating one in testdata, of which every
// violation must be reported.
package importrules
