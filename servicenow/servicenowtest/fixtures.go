package servicenowtest

import (
	"embed"
	"slices"
	"strings"
)

//go:embed fixtures
var fixtures embed.FS

// Fixture returns the body of a recorded-like answer, for tests that stub HTTP
// instead of running a server. Nil means that there is no fixture of that
// name; see Fixtures. The slice is the caller's own.
//
//	incident-list         a page of two incidents, display mode false
//	incident-list-all     the same in display mode all
//	incident              one incident with every column
//	incident-created      the answer to an insert (201)
//	cmdb-page             a page of three configuration items, few fields
//	attributes-page       their rows of the NetBox attributes table
//	empty-list            a list without a match
//	count                 an ungrouped count of the Aggregate API
//	batch                 a batch of a read, a write, and a failing request
//	batch-unserviced      a batch of which the last two were not serviced
//	change                a change in Assess, of the Change Management API
//	change-next-states    the states that it may enter
//	change-worker         the worker that associates a CI with it (202)
//	error-invalid-table   400
//	error-unauthenticated 401
//	error-acl             403, a write that access rules forbid
//	error-duplicate       403, an insert with a sys_id that is taken
//	error-not-found       404
//	error-rate-limit      429, of an hourly rule
//	error-cancelled       500, a transaction cancelled before it ran
//	cancelled-list        200, a list whose transaction was cancelled
//	truncated-list        200, the same cut in the middle of a record
//	hibernating           200, the HTML page of a sleeping instance
func Fixture(name string) []byte {
	for _, extension := range []string{".json", ".html"} {
		if data, err := fixtures.ReadFile("fixtures/" + name + extension); err == nil {
			return data
		}
	}
	return nil
}

// Fixtures returns the names that Fixture knows, sorted.
func Fixtures() []string {
	entries, err := fixtures.ReadDir("fixtures")
	if err != nil { // cannot be: the folder is part of the package
		return nil
	}
	var names []string
	for _, entry := range entries {
		name, _, _ := strings.Cut(entry.Name(), ".")
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
