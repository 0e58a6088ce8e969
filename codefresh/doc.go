// Package codefresh is a client for Codefresh, the classic one with builds and
// pipelines, as a service and on premises.
//
// [New] takes a [Config] and gives a [Client]: client.Builds lists, runs, waits
// for, approves, denies and ends builds; client.Pipelines, client.Projects,
// client.Annotations and client.Contexts hold what their names say;
// [Client.Do] sends anything else.
//
// Approve, deny and rebuild are GET requests in Codefresh's API. Here they are
// what they do, writes: they are sent once, follow no redirect, and are
// repeated only where the service provably did not act. [BuildService.Approve]
// and [BuildService.Deny] wait until the build asks, put down the reason, act,
// and look whether it took effect; called again they act no second time.
//
// A [Status] that this package does not know never breaks decoding. Failures
// are *[Error]; errors.Is tells the kinds apart ([ErrNotFound], [ErrForbidden],
// [ErrKeyRestricted], [ErrNotPending], [ErrAlreadyDecided], ...).
//
// The contract of the published ServiceNow plugin stands here as plain
// functions: [ParseCallback] reads what a pipeline step sends, [StepCreate] and
// its like make the requests that the step makes.
package codefresh
