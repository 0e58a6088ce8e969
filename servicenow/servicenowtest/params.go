package servicenowtest

import (
	"net/url"
	"strconv"
	"strings"
)

// params are query parameters in the order in which they were sent.
type params []param

type param struct{ name, value string }

func parseParams(raw string) (params, error) {
	var list params
	for part := range strings.SplitSeq(raw, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		name, err := url.QueryUnescape(name)
		if err != nil {
			return nil, err
		}
		if value, err = url.QueryUnescape(value); err != nil {
			return nil, err
		}
		list = append(list, param{name, value})
	}
	return list, nil
}

// get returns a parameter's value; an empty one counts as absent.
func (p params) get(name string) string {
	for _, one := range p {
		if one.name == name && one.value != "" {
			return one.value
		}
	}
	return ""
}

// flag reads a boolean parameter; case does not matter.
func (p params) flag(name string) bool { return strings.EqualFold(p.get(name), "true") }

// number reads a whole number; anything else, and a negative one, gives the
// default.
func (p params) number(name string, fallback int) int {
	if n, err := strconv.Atoi(p.get(name)); err == nil && n >= 0 {
		return n
	}
	return fallback
}

// with returns the encoded parameters with one of them set.
func (p params) with(name, value string) string {
	var b strings.Builder
	found := false
	add := func(name, value string) {
		if b.Len() > 0 {
			b.WriteByte('&')
		}
		b.WriteString(url.QueryEscape(name))
		b.WriteByte('=')
		b.WriteString(url.QueryEscape(value))
	}
	for _, one := range p {
		if one.name == name {
			if !found {
				add(name, value)
			}
			found = true
			continue
		}
		add(one.name, one.value)
	}
	if !found {
		add(name, value)
	}
	return b.String()
}
