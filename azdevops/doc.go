// Package azdevops is a client for Azure DevOps, the service and the server.
//
// [New] takes a [Config] and gives a [Client], whose services are grouped as the
// product is: client.WorkItems, client.Builds, client.Pipelines,
// client.Approvals, client.Checks, client.Releases, client.Hooks and
// client.Projects. [Client.InProject] gives the same for another project,
// [Client.Do] sends anything else.
//
// No request is made to find out where a resource lives: addresses are built
// from the base URL, whose case is never changed, and the api-version is the
// client's, or the one that a call needs where the product has only a preview.
//
// Writing: a [Patch] is a list of changes to a work item. A revision makes it
// conditional, what would change nothing is left out, tags and relations are
// added and removed by value. Nothing here is deleted for good.
//
// Failures are *[Error]; errors.Is tells kinds apart ([ErrNotFound],
// [ErrRevision], [ErrRule], [ErrSignIn], ...). A sign-in page, which the service
// sends in place of an answer when a token is bad, is [ErrSignIn], whatever its
// status. A [RateLimiter] heeds what answers say about the rate, also those that
// succeed.
//
// A pipeline that waits for a decision sends a [Callback]; [ParseEvent] reads
// what service hooks send. Their signatures do not exist: verify the
// credentials of the request before.
package azdevops
