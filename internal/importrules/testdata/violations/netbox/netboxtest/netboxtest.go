// Package netboxtest shares code with the client that it must prove wrong.
package netboxtest

import _ "github.com/itsmkit/itsmkit/internal/rest"
