// Package cmdb links the network through a client.
package cmdb

import (
	_ "crypto/rand"

	_ "github.com/itsmkit/itsmkit/servicenow"
)
