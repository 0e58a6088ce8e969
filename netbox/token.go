package netbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// Auth says how requests are authorised; make it with [Token] or [TokenFunc].
// The zero Auth sends no credentials, which most servers refuse. It never
// prints its secret.
type Auth struct {
	source *source
	err    error
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
	return Auth{source: &source{fixed: header}}
}

// TokenFunc authorises with the token that f returns, so that tokens rotate
// without a new client. f is asked before every attempt unless the expiry that
// it returns lies in the future, and once more when NetBox refuses the token.
// Calls to f never overlap.
func TokenFunc(f func(ctx context.Context) (token string, expiry time.Time, err error)) Auth {
	if f == nil {
		return Auth{err: errors.New("Auth: TokenFunc was given a nil function")}
	}
	return Auth{source: &source{ask: f, asking: make(chan struct{}, 1)}}
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

// source gives the header's value. It keeps what TokenFunc returned until it
// expires or NetBox refuses it, which NetBox does with 403.
type source struct {
	fixed  string
	ask    func(context.Context) (string, time.Time, error)
	asking chan struct{} // held while ask runs

	mu     sync.Mutex
	value  string
	expiry time.Time
}

// tokenSkew is how long before its expiry a token is replaced, so that it does
// not end on its way to the server.
const tokenSkew = 15 * time.Second

// get returns the present value.
func (s *source) get(ctx context.Context) (string, time.Time, error) {
	if s.ask == nil {
		return s.fixed, time.Time{}, nil
	}
	select {
	case s.asking <- struct{}{}:
		defer func() { <-s.asking }()
	case <-ctx.Done():
		return "", time.Time{}, ctx.Err()
	}
	s.mu.Lock()
	value, fresh := s.value, time.Until(s.expiry) > tokenSkew
	s.mu.Unlock()
	if fresh {
		return value, time.Time{}, nil
	}
	token, expiry, err := s.ask(ctx)
	if err != nil {
		return "", time.Time{}, err
	}
	if value, err = authorization(token); err != nil {
		return "", time.Time{}, err
	}
	s.mu.Lock()
	s.value, s.expiry = value, expiry
	s.mu.Unlock()
	return value, time.Time{}, nil
}

// last returns the value given last.
func (s *source) last() string {
	if s == nil || s.ask == nil {
		return ""
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.value
}

// renew drops a refused value and reports whether there is another one, be it
// that a caller beside this one has fetched it meanwhile.
func (s *source) renew(ctx context.Context, refused string) bool {
	if s == nil || s.ask == nil || refused == "" {
		return false
	}
	s.mu.Lock()
	if s.value == refused {
		s.expiry = time.Time{}
	}
	s.mu.Unlock()
	value, _, err := s.get(ctx)
	return err == nil && value != refused
}

func (a Auth) credential() rest.Credential {
	if a.source == nil {
		return rest.Credential{}
	}
	return rest.Credential{Token: a.source.get}
}

// Format prints no secret, whatever the verb.
func (a Auth) Format(s fmt.State, _ rune) {
	if a.source == nil {
		_, _ = io.WriteString(s, "Auth(none)")
		return
	}
	_, _ = io.WriteString(s, "Auth(redacted)")
}
