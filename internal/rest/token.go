package rest

import "context"

type forcedKey struct{}

// Forced reports whether a Credential's Token is asked because the server
// refused the value it gave before, so that a cache behind it must be passed by.
func Forced(ctx context.Context) bool {
	forced, _ := ctx.Value(forcedKey{}).(bool)
	return forced
}
