//go:build !race

package codefresh_test

const raceEnabled = false
