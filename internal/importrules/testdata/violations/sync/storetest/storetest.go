// Package storetest prefers one store.
package storetest

import _ "github.com/itsmkit/itsmkit/sync/sqlstore"
