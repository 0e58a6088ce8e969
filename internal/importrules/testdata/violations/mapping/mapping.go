// Package mapping has every impurity that only the syntax shows.
package mapping

import (
	"math/rand/v2"
	clock "time"
)

// Age depends on when and how often it is called.
func Age(since clock.Time) clock.Duration {
	go func() {}()
	clock.Sleep(clock.Duration(rand.IntN(9)))
	return clock.Since(since) + clock.Now().Sub(since)
}
