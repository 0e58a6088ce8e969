//go:build !race

package servicenow_test

const raceEnabled = false
