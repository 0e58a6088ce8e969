package codefreshtest

import (
	"embed"
	"slices"
	"strings"
)

//go:embed fixtures
var fixtures embed.FS

// Fixture returns the body of an answer as this package's server gives it, for
// tests that stub HTTP instead of running a server. Nil means that there is no
// fixture of that name; see Fixtures. The slice is the caller's own.
//
//	build-pending-approval  a build that waits for an approval
//	build-success           a build that has ended well
//	build-started           the answer to a start: a bare string
//	build-list              a page of two builds, the last one
//	annotation-list         the annotations of a build
//	pipeline                a pipeline
//	user                    whom the key belongs to
//	error-not-found         404
//	error-unauthorized      401
//	error-restricted        403, a key that is restricted
//	error-not-pending       400, an approval of a build that does not wait
func Fixture(name string) []byte {
	data, err := fixtures.ReadFile("fixtures/" + name + ".json")
	if err != nil {
		return nil
	}
	return data
}

// Fixtures returns the names that Fixture knows, sorted.
func Fixtures() []string {
	entries, err := fixtures.ReadDir("fixtures")
	if err != nil { // cannot be: the folder is part of the package
		return nil
	}
	var names []string
	for _, entry := range entries {
		names = append(names, strings.TrimSuffix(entry.Name(), ".json"))
	}
	slices.Sort(names)
	return names
}
