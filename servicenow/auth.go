package servicenow

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// Auth is how a client proves who it is. The zero Auth sends no credentials.
// Make one by [BasicAuth] or [BasicAuthFunc]. It is asked for each attempt, its
// secret goes to the configured host only, and it prints redacted.
type Auth struct {
	scheme string
	token  func(ctx context.Context) (value string, expiry time.Time, err error)
	err    error
}

// BasicAuth sends a user name and a password with every request.
//
// From the Australia release on an instance may restrict Basic authentication
// to users with the role snc_basic_auth_api_access; others get a 401 although
// the password is right.
func BasicAuth(user, password string) Auth {
	value, err := basic(user, password)
	return Auth{
		scheme: "basic",
		err:    err,
		token: func(context.Context) (string, time.Time, error) {
			return value, time.Now().Add(forever), err
		},
	}
}

// forever is longer than any client lives: the value does not change.
const forever = 100 * 365 * 24 * time.Hour

// BasicAuthFunc asks for user name and password at every attempt, so that they
// may change without a new client. Calls to it never overlap. After a 401 it is
// asked once more.
func BasicAuthFunc(credentials func(ctx context.Context) (user, password string, err error)) Auth {
	if credentials == nil {
		return Auth{scheme: "basic", err: errors.New("BasicAuthFunc needs a function")}
	}
	return Auth{
		scheme: "basic",
		token: func(ctx context.Context) (string, time.Time, error) {
			user, password, err := credentials(ctx)
			if err != nil {
				return "", time.Time{}, err
			}
			value, err := basic(user, password)
			return value, time.Time{}, err
		},
	}
}

func basic(user, password string) (string, error) {
	switch {
	case user == "":
		return "", errors.New("the user name is empty")
	case strings.Contains(user, ":"):
		return "", errors.New("a user name cannot hold a colon under Basic authentication")
	}
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password)), nil
}

func (a Auth) credential() rest.Credential {
	return rest.Credential{Header: "Authorization", Token: a.token}
}

// String names the scheme and nothing else.
func (a Auth) String() string {
	if a.token == nil && a.err == nil {
		return "Auth(none)"
	}
	return "Auth(" + a.scheme + ", redacted)"
}

// GoString is String, so that %#v prints no secret either.
func (a Auth) GoString() string { return a.String() }

// Format prints no secret, whatever the verb.
func (a Auth) Format(s fmt.State, _ rune) { _, _ = s.Write([]byte(a.String())) }

// LogValue gives slog the scheme only.
func (a Auth) LogValue() slog.Value { return slog.StringValue(a.String()) }
