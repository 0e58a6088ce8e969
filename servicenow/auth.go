package servicenow

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// Auth is how a client proves who it is. The zero Auth sends no credentials.
// Make one by [BasicAuth], [BasicAuthFunc], [BearerToken], [TokenSource],
// [APIKey], [APIKeyFunc], or an OAuth grant: [ClientCredentials],
// [PasswordGrant], [RefreshTokenGrant], [JWTBearer], [AuthorizationCode]. A
// client certificate is not an Auth but a matter of the HTTPClient's transport.
//
// An Auth is asked for each attempt, one caller at a time. A token is renewed
// shortly before it ends, and once more when the instance answers 401. Secrets
// go to the configured host only, and an Auth prints redacted.
type Auth struct {
	scheme string
	header string // "": Authorization
	token  tokenFunc
	grant  *grant // set instead of token by those that need the token endpoint
	err    error
}

// tokenFunc gives the whole header value, and when it ends.
type tokenFunc = func(ctx context.Context) (value string, expiry time.Time, err error)

const schemeBasic = "basic"

// BasicAuth sends a user name and a password with every request.
//
// From the Australia release on an instance may restrict Basic authentication
// to users with the role snc_basic_auth_api_access; others get a 401 although
// the password is right.
func BasicAuth(user, password string) Auth {
	value, err := basic(user, password)
	return Auth{
		scheme: schemeBasic,
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
		return Auth{scheme: schemeBasic, err: errors.New("BasicAuthFunc needs a function")}
	}
	return Auth{
		scheme: schemeBasic,
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

// credential is what the engine asks; config and base reach the token endpoint.
func (a Auth) credential(config Config, base string) (rest.Credential, error) {
	credential := rest.Credential{Header: a.header, Token: a.token}
	if a.err != nil {
		return credential, fmt.Errorf("servicenow: Auth: %w", a.err)
	}
	if a.grant == nil {
		return credential, nil
	}
	source, err := newGrantSource(a.grant, config, base)
	if err != nil {
		return credential, err
	}
	credential.Token = source.token
	return credential, nil
}

const basicAuthHint = "from the Australia release on, an instance may restrict Basic authentication to users with the role " +
	"snc_basic_auth_api_access, which looks like a wrong password"

// wrap makes the error of a call, with a hint where the way to sign in may be
// the reason.
func (a Auth) wrap(f *rest.Failure) error {
	err := wrap(f)
	if e, ok := errors.AsType[*Error](err); ok && a.scheme == schemeBasic && e.Status == http.StatusUnauthorized {
		e.Hint = basicAuthHint
	}
	return err
}

// String names the scheme and nothing else.
func (a Auth) String() string {
	if a.token == nil && a.grant == nil && a.err == nil {
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
