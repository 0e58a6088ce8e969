package azdevopstest

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
//	workitem            a bug with tags, a person and a link
//	workitem-batch      two work items, of which one does not exist
//	workitem-updates    what has become of a bug, as deltas
//	query               ids of a query
//	query-links         ids of a query of links
//	batch               the answers to two writes, one of them refused
//	comments            a page of comments
//	changes             a batch of the feed of changes
//	states              the states of a Bug in the Agile process
//	projects            a page of projects
//	build               a build that has ended well
//	build-list          a page of builds
//	build-timeline      the records of a build
//	run                 a run of a pipeline
//	approval            an approval that waits, with its steps
//	approvals-decided   the answer to a decision
//	check-suite         the checks that a stage has begun
//	plan-records        the timeline of a task that waits for a decision
//	release             a classic release that waits for an approval
//	release-approvals   its approvals
//	subscription        a subscription, with its secrets masked
//	event-workitem      what a service hook sends about a changed bug
//	event-build         what it sends about a build, version 2.0
//	event-build-1       the same, version 1.0
//	event-approval      what it sends about an approval that is wanted
//	event-deployment    what it sends about a deployment of a classic release
//	error-decided       400, a decision about an approval that has ended
//	error-not-found     404
//	error-revision      412, the work item has another revision
//	error-rule          400, a rule of the process
//	error-too-many      400, more rows than a query returns
//	error-blocked       429
//	error-binding       400, the other shape of refusals
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
