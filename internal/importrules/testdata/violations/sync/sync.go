// Package sync has the name of a standard package.
package sync
