// Package azdevopstest is an Azure DevOps organization in memory, for tests of
// programs that work with work items, builds, approvals, checks and service
// hooks. It imitates the API of the service, quirks included: revisions and
// their conditions, the delta of an update, lists whose next page is told in a
// header, sign-in pages in place of answers.
//
// [New] makes a [Server], an http.Handler; [NewServer] makes one that listens on
// loopback until a test ends; Client and Transport reach it without sockets, also
// in testing/synctest bubbles. Both the plain addresses of the API and the
// discovery that other clients do before are served.
//
// Builds, runs, approvals, checks and classic releases ([Definition],
// [ReleaseDefinition]) move by the server's clock, or by hand. What the service
// sends by itself, to the receivers of service hooks, checks and gates, waits
// until [Server.Deliver] sends it.
//
// Projects have one of the four stock processes, which decides types and states.
// Faults are scripted by Fail, requests are kept in Journal. [Fixture] gives
// canned answers for tests that stub HTTP.
package azdevopstest
