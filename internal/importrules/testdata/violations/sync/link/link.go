// Package link is an engine that knows a service.
package link

import _ "github.com/itsmkit/itsmkit/netbox"
