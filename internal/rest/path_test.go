package rest_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/internal/rest"
)

func TestPath(t *testing.T) {
	tests := []struct {
		elems []string
		want  string // "" means an error
	}{
		{[]string{"api", "now", "table", "incident"}, "/api/now/table/incident"},
		{[]string{"a/b", "c?d", "e#f", "g h", "%2e"}, "/a%2Fb/c%3Fd/e%23f/g%20h/%252e"},
		{[]string{"Überwachung", "..."}, "/%C3%9Cberwachung/..."},
		{nil, ""},
		{[]string{"a", ""}, ""},
		{[]string{"a", ".."}, ""},
		{[]string{"a", "."}, ""},
	}
	for _, tt := range tests {
		got, err := rest.Path(tt.elems...)
		if got != tt.want || (err != nil) != (tt.want == "" && tt.elems != nil) {
			t.Errorf("%q: %q, %v; want %q", tt.elems, got, err, tt.want)
		}
	}
}

// FuzzPath: whatever the element, the server sees it as one, unchanged.
func FuzzPath(f *testing.F) {
	for _, s := range []string{"a", "..", "a/b", "%2f", "", "\x00", "ü", "a\\b", "?", "#"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, elem string) {
		path, err := rest.Path("api", elem, "end")
		if err != nil {
			if elem != "" && elem != "." && elem != ".." {
				t.Fatalf("%q: %v", elem, err)
			}
			return
		}
		u, err := url.Parse(base + path)
		if err != nil {
			t.Fatalf("%q: %v", path, err)
		}
		parts := strings.Split(u.EscapedPath(), "/")
		if len(parts) != 4 || parts[1] != "api" || parts[3] != "end" {
			t.Fatalf("%q became %q", elem, parts)
		}
		if got, err := url.PathUnescape(parts[2]); err != nil || got != elem {
			t.Fatalf("%q became %q, %v", elem, got, err)
		}
	})
}
