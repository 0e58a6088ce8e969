// Package azdevopsgo holds Microsoft's client for Azure DevOps in Go against the
// organization in memory, and beside the library's own client. It is a module of
// its own, so that the library does not require that client.
package azdevopsgo
