// Package webhook is an engine: it may look at the clock, its verifiers may not.
package webhook

import (
	_ "net/http"
	"time"
)

// Fresh tells whether a signature is of today.
func Fresh(signed time.Time) bool { return time.Since(signed) < 24*time.Hour }
