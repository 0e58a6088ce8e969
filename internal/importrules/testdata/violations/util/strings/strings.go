// Package strings has no place in the table either, and a standard name.
package strings
