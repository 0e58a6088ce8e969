// Package strong has tables whose every value is tested.
package strong

import "strings"

type color string

const (
	red  color = "r"
	blue color = "b"
)

const size = 2

type entry struct {
	name  string
	color color
	on    bool
	likes []string
}

var entries = [...]entry{
	{"a", red, true, nil},
	{name: "b", color: blue, likes: []string{"x", "y"}},
}

var numbers = map[string]int{"one": 1, "minus one": -1}

var joined, pair = []string{strings.Repeat("ab", 2)}, [size]*entry{{name: "p"}, {name: "q"}}

var anyOf = func() []string { return []string{"not a table"} }
