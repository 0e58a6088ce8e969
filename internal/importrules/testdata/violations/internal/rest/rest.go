// Package rest knows the test servers' fault scripts.
package rest

import _ "github.com/itsmkit/itsmkit/internal/fault"
