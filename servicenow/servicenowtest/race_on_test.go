//go:build race

package servicenowtest_test

const raceEnabled = true
