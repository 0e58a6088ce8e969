package netboxtest

import (
	"embed"
	"fmt"
	"slices"
	"strings"
)

//go:embed fixtures/*.json
var fixtures embed.FS

// Fixture returns the JSON body of an answer that was recorded from NetBox
// 4.7.3, for tests that stub HTTP with a tool such as httpmock. Fixtures lists
// the names: one for each type ("device", "site", ...), "device-list" for a
// page, and "error-..." for bodies of refusals. The bytes are the caller's own.
// An unknown name gives a JSON body that says so and lists the names, so that a
// test that decodes it fails with a readable text.
func Fixture(name string) []byte {
	data, err := fixtures.ReadFile("fixtures/" + name + ".json")
	if err != nil {
		e := encoder{}
		e.value(object{{"detail", fmt.Sprintf("netboxtest: no fixture %q: use one of %s", name, strings.Join(Fixtures(), ", "))}})
		return e.buf
	}
	return slices.Clone(data)
}

// Fixtures returns the names that Fixture knows, in alphabetical order.
func Fixtures() []string {
	entries, err := fixtures.ReadDir("fixtures")
	if err != nil {
		return nil
	}
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".json"))
	}
	return names
}
