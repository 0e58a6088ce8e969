// Package plain has no tables.
package plain

func double(n int) int { return 2 * n }
