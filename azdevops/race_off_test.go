//go:build !race

package azdevops_test

const raceEnabled = false
