package netbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// Auth says how requests are authorised; make it with [Token] or [TokenFunc].
// The zero Auth sends no credentials, which most servers refuse. It never
// prints its secret.
type Auth struct {
	token func(context.Context) (string, time.Time, error)
	err   error
}

// Token authorises with an API token. Tokens that start with "nbt_" (version 2,
// since 4.5: key and secret, "nbt_<key>.<secret>") are sent as Bearer, others
// (version 1, forty characters) as Token. New refuses an empty token and one
// with spaces or line breaks in it.
func Token(token string) Auth {
	header, err := authorization(token)
	if err != nil {
		return Auth{err: err}
	}
	return Auth{token: func(context.Context) (string, time.Time, error) {
		return header, time.Time{}, nil
	}}
}

// TokenFunc authorises with the token that f returns, so that tokens rotate
// without a new client. f is asked before every attempt unless the expiry that
// it returns lies in the future, and once more when NetBox refuses the token.
// Calls to f never overlap.
func TokenFunc(f func(ctx context.Context) (token string, expiry time.Time, err error)) Auth {
	if f == nil {
		return Auth{err: errors.New("Auth: TokenFunc was given a nil function")}
	}
	return Auth{token: func(ctx context.Context) (string, time.Time, error) {
		token, expiry, err := f(ctx)
		if err != nil {
			return "", time.Time{}, err
		}
		header, err := authorization(token)
		return header, expiry, err
	}}
}

// authorization makes the header's value. No error quotes the token.
func authorization(token string) (string, error) {
	switch {
	case token == "":
		return "", errors.New("Auth: the token is empty")
	case strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r >= 0x7f }):
		return "", errors.New("Auth: the token holds a space, a line break or another character that no token has; trim what it was read from")
	case strings.HasPrefix(token, "nbt_"):
		if !strings.Contains(token, ".") {
			return "", errors.New(`Auth: a version 2 token has a key and a secret, "nbt_<key>.<secret>"; the part from the dot on is missing`)
		}
		return "Bearer " + token, nil
	}
	return "Token " + token, nil
}

func (a Auth) credential() rest.Credential { return rest.Credential{Token: a.token} }

// Format prints no secret, whatever the verb.
func (a Auth) Format(s fmt.State, _ rune) {
	if a.token == nil {
		_, _ = io.WriteString(s, "Auth(none)")
		return
	}
	_, _ = io.WriteString(s, "Auth(redacted)")
}
