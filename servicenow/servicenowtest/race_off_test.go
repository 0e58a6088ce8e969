//go:build !race

package servicenowtest_test

const raceEnabled = false
