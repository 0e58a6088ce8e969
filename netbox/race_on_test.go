//go:build race

package netbox_test

const raceEnabled = true
