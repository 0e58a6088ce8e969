// Package weak has a table of which only one value is tested.
package weak

var words = []string{"tested", "forgotten"}
