// Package fault is what the in-memory servers of this module share: a script
// of faults, a journal of requests, a clock, and a transport without sockets.
//
// A Harness wraps the handler that imitates a system. Each request is written
// to the journal, then compared with the script; the first Fault that is due
// decides what happens: another answer, a dead connection before or after the
// handler acted, a body that is cut, a delay. Everything else reaches the
// handler untouched.
//
// The same Harness is reached in two ways. As an http.Handler it works behind
// any http.Server, where a dead connection is a closed or reset TCP
// connection. Through Transport it is called in the caller's own goroutine,
// where a dead connection is the error that net/http reports for one; nothing
// there outlives a call, so it can be used inside testing/synctest bubbles.
package fault
