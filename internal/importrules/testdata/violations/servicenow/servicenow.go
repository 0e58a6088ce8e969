// Package servicenow uses another client, a pure package and a foreign module.
package servicenow

import (
	_ "net/http"

	_ "example.com/driver"

	_ "github.com/itsmkit/itsmkit/internal/rest"
	_ "github.com/itsmkit/itsmkit/mapping"
	_ "github.com/itsmkit/itsmkit/netbox"
)
