// Package netbox ships its own test server to every caller.
package netbox

import _ "github.com/itsmkit/itsmkit/netbox/netboxtest"
