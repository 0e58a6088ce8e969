// Package util has no place in the table.
package util
