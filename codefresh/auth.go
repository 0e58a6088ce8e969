package codefresh

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// Auth says how requests are authorised; make it with [APIKey] or
// [APIKeyFunc]. It never prints its secret.
type Auth struct {
	key func(context.Context) (string, time.Time, error)
	err error
}

// APIKey authorises with an API key, which is sent in the Authorization header
// as it is, without a scheme (API documentation). New refuses an empty key and
// one with spaces or line breaks in it.
func APIKey(key string) Auth {
	if err := checkKey(key); err != nil {
		return Auth{err: fmt.Errorf("Auth: %w", err)}
	}
	return Auth{key: func(context.Context) (string, time.Time, error) { return key, time.Time{}, nil }}
}

// APIKeyFunc authorises with the key that f returns, so that keys rotate
// without a new client. f is asked before every attempt unless the expiry that
// it returns lies in the future, and once more when the service refuses the
// key. Calls to f never overlap.
func APIKeyFunc(f func(ctx context.Context) (key string, expiry time.Time, err error)) Auth {
	if f == nil {
		return Auth{err: errors.New("Auth: APIKeyFunc was given a nil function")}
	}
	return Auth{key: func(ctx context.Context) (string, time.Time, error) {
		key, expiry, err := f(ctx)
		if err == nil {
			err = checkKey(key)
		}
		if err != nil {
			return "", time.Time{}, err
		}
		return key, expiry, nil
	}}
}

// checkKey refuses what cannot be a key. No error quotes it.
func checkKey(key string) error {
	switch {
	case key == "":
		return errors.New("the API key is empty")
	case strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r >= 0x7f }):
		return errors.New("the API key holds a space, a line break or another character that no key has; trim what it was read from, and leave out any scheme such as Bearer")
	}
	return nil
}

// Format prints no secret, whatever the verb.
func (a Auth) Format(s fmt.State, _ rune) {
	if a.key == nil {
		_, _ = io.WriteString(s, "Auth(none)")
		return
	}
	_, _ = io.WriteString(s, "Auth(redacted)")
}
