// Package footprint measures what a program pays for importing a client. The
// programs in testdata read a list each: without by net/http and encoding/json
// alone, the others by the client that they are named after.
package footprint
