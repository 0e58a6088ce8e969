// Package netbox imports a module in the library's own go.mod.
package netbox

import _ "example.com/driver"
