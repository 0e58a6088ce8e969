package netbox_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/netbox"
)

func ExampleSlug() {
	for _, name := range []string{"Cisco Systems, Inc.", "Zürich", "ServiceNowSyncTo", "日本"} {
		fmt.Println(netbox.Slug(name))
	}
	// Output:
	// cisco-systems-inc
	// zrich
	// servicenowsyncto
	// n-cf2abf0c5be3
}

func ExampleSlugWithSuffix() {
	fmt.Println(netbox.Slug("A B"), netbox.Slug("A-B"))
	fmt.Println(netbox.SlugWithSuffix("A B"), netbox.SlugWithSuffix("A-B"))
	// Output:
	// a-b a-b
	// a-b-fea4c5 a-b-77101a
}

// The expected values follow the four replacements of reslug.ts by hand.
func TestSlugIsTheInterfacesOwn(t *testing.T) {
	for name, want := range map[string]string{
		"":                      "",
		" \t\u00a0":             "",
		"a_b":                   "a_b",
		"A--B":                  "a-b",
		" .lead and trail. ":    "lead-and-trail",
		"-kept-":                "-kept-",
		"- -":                   "-",
		"C9300-24T":             "c9300-24t",
		"x.y":                   "x-y",
		"a\u00a0b\u2003c\ufeff": "a-b-c",
		"R&D / Lab":             "rd-lab",
		"a - b":                 "a-b",
		"Straße 5":              "strae-5",
		"a\x00b":                "ab",
		"é. b":                  "b",
	} {
		if got := netbox.Slug(name); got != want {
			t.Errorf("Slug(%q) = %q, want %q", name, got, want)
		}
	}
	long := strings.Repeat("a", 99) + " bc"
	if got := netbox.Slug(long); got != strings.Repeat("a", 99)+"-" {
		t.Errorf("a long name gives %q", got)
	}
	if got := netbox.SlugWithSuffix(long); len(got) != 100 || !strings.HasPrefix(got, strings.Repeat("a", 93)+"-") {
		t.Errorf("a long name with suffix gives %q of %d", got, len(got))
	}
	if netbox.SlugWithSuffix("  ") != "" {
		t.Error("a blank name got a slug")
	}
}

// NetBox refuses any slug that does not look like this.
var validSlug = regexp.MustCompile(`^[-a-zA-Z0-9_]{1,100}$`)

func FuzzSlug(f *testing.F) {
	for _, name := range []string{"Cisco Systems, Inc.", "日本", "...", "- . -", "\xff", "\u2028"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		for _, slug := range []string{netbox.Slug(name), netbox.SlugWithSuffix(name)} {
			if slug == "" && strings.TrimSpace(name) == "" {
				continue
			}
			if !validSlug.MatchString(slug) {
				t.Errorf("%q gives the slug %q", name, slug)
			}
			if strings.Contains(slug, "--") {
				t.Errorf("%q gives the slug %q with a doubled hyphen", name, slug)
			}
		}
	})
}
