//go:build race

package netboxtest_test

const raceEnabled = true
