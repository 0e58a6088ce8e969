// Package rest is the one HTTP path that all clients of this library share.
//
// A client package describes its system in a [Service] (how to judge an
// answer, which header carries the request id, how to wrap an error) and each
// operation in a [Call] (what to send, and how it may be repeated). [Client.Do]
// does the rest, always in the same order: build, wait (pause, slot, limiter),
// send one attempt, read it to its end, judge it, and repeat it only where the
// repeat cannot act twice. Every error is made from one [Failure].
//
// Nothing here sleeps while it holds a concurrency slot, waits beyond a
// context's deadline, follows a redirect to another host, or prints a secret.
package rest
