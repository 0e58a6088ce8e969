//go:build !race

package azdevopsgo_test

const raceEnabled = false
