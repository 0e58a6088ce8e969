// Package codefreshtest is a Codefresh in memory, for tests of programs that
// run, watch, approve and deny builds. It imitates the API of the service,
// quirks included: approvals that are GET requests, a start that answers a bare
// string, lists that keep a cursor on the server.
//
// [New] makes a [Server], an http.Handler; [NewServer] makes one that listens on
// loopback until a test ends; Client and Transport reach it without sockets, also
// in testing/synctest bubbles.
//
// A pipeline has a course of [Stage]s. Builds move along it as the server's clock
// does, so a test with a [ManualClock] or in a bubble decides when; [Server.Step]
// and [Server.SetStatus] move one by hand. A stage that asks for an approval
// holds the build until one is given, or until its time is over.
// [Server.Decisions] tells what was decided, and so proves that a build was
// decided once.
//
// Faults are scripted by Fail, requests are kept in Journal. [Fixture] gives
// canned answers for tests that stub HTTP.
package codefreshtest
