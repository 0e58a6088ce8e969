package cmdb

import (
	"maps"
	"slices"
)

// Claims finds targets that several sources want: within one plan each of them
// is ambiguous. The zero value is ready to use. It is not safe for concurrent
// use.
type Claims struct {
	first  map[string]string
	shared map[string][]string
}

// Add notes that a source matched a target. It reports whether the target is
// now wanted by more than one source. The same claim twice is one claim.
func (c *Claims) Add(source, target string) bool {
	if c.first == nil {
		c.first, c.shared = make(map[string]string), make(map[string][]string)
	}
	first, taken := c.first[target]
	if !taken {
		c.first[target] = source
		return false
	}
	all := c.shared[target]
	if all == nil {
		if first == source {
			return false
		}
		all = []string{first}
	}
	if !slices.Contains(all, source) {
		c.shared[target] = append(all, source)
	}
	return true
}

// Shared returns the targets that more than one source wants, each with its
// sources, sorted. The map is the caller's own.
func (c *Claims) Shared() map[string][]string {
	shared := make(map[string][]string, len(c.shared))
	for target, sources := range c.shared {
		shared[target] = slices.Sorted(slices.Values(sources))
	}
	return shared
}

// Targets returns the targets that more than one source wants, sorted.
func (c *Claims) Targets() []string { return slices.Sorted(maps.Keys(c.shared)) }
