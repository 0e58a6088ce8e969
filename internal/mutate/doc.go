// Mutate proves that the tests of a package hold every value of its tables. It
// changes one value at a time, runs the package's tests, and fails when a change
// survives, that is, when no test fails.
//
//	go run ./internal/mutate ./cmdb
//
// A table is a package-level variable whose value is a composite literal, or a
// package-level constant whose value is a literal. A change makes a string
// longer, a number greater by one, true of false, another constant of the same
// block of a constant; it takes an entry out of a list or map, or swaps two
// neighbours of a list. Functions inside a table are left alone.
//
// All changes are built into one test binary, by way of go test -overlay: each
// table becomes a choice by an environment variable. The binary then runs once
// for each change. Constants that must stay constant (the size of an array) are
// built one by one. The files of the package are not touched.
package main
