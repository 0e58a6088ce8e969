//go:build race

package servicenow_test

const raceEnabled = true
