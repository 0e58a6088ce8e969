// Package failing has a test that fails.
package failing

var words = []string{"tested", "forgotten"}
