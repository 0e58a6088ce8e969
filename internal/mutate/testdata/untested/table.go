// Package untested has a table and no test.
package untested

// Words is a table.
var Words = []string{"a"}
