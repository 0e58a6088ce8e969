package rest

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// Path joins path elements below a base URL, each escaped as one element:
// Path("api", "now", "table", "a/b") is "/api/now/table/a%2Fb". It refuses an
// empty element, "." and "..", which would reach another resource than the
// caller named.
func Path(elems ...string) (string, error) {
	var b strings.Builder
	for i, e := range elems {
		if err := checkElement(e); err != nil {
			return "", fmt.Errorf("path element %d: %w", i+1, err)
		}
		b.WriteByte('/')
		b.WriteString(url.PathEscape(e))
	}
	return b.String(), nil
}

func checkElement(e string) error {
	switch e {
	case "":
		return errors.New("is empty; give the record's id or name")
	case ".", "..":
		return fmt.Errorf("%q is not an id or a name", e)
	}
	return nil
}

// checkPath is the same rule for a path that is joined and escaped already. One
// slash may end it, as NetBox wants.
func checkPath(path string) error {
	if strings.ContainsAny(path, "?#\\") {
		return fmt.Errorf("path %q: give the query apart, and escape each element", path)
	}
	trimmed := strings.TrimSuffix(strings.TrimPrefix(path, "/"), "/")
	if trimmed == "" {
		return nil
	}
	for e := range strings.SplitSeq(trimmed, "/") {
		name, err := url.PathUnescape(e)
		if err != nil {
			return fmt.Errorf("path %q: %w", path, err)
		}
		if err := checkElement(name); err != nil {
			return fmt.Errorf("path %q: an element %w", path, err)
		}
		if strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return fmt.Errorf("path %q: holds a control character", path)
		}
	}
	return nil
}
