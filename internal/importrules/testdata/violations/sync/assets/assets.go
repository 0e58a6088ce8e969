// Package assets has HTTP of its own, and a database.
package assets

import (
	_ "database/sql"
	_ "net/http"

	_ "github.com/itsmkit/itsmkit/netbox/netboxtest"
	_ "github.com/itsmkit/itsmkit/sync/sqlstore"
)
