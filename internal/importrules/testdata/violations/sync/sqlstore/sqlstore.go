// Package sqlstore knows a client.
package sqlstore

import (
	_ "database/sql"

	_ "github.com/itsmkit/itsmkit/netbox"
)
