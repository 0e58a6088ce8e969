package azdevops

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"golang.org/x/oauth2"
)

// Auth says how requests are authorised; make it with [PAT], [PATFunc],
// [TokenSource] or [JobToken]. It never prints its secret.
type Auth struct {
	value func(context.Context) (string, time.Time, error)
	err   error
}

// PAT authorises with a personal access token. The service ends tokens that were
// not used for 90 days.
func PAT(token string) Auth {
	if err := checkToken(token); err != nil {
		return Auth{err: fmt.Errorf("Auth: %w", err)}
	}
	value := basic(token)
	return Auth{value: func(context.Context) (string, time.Time, error) { return value, time.Time{}, nil }}
}

// PATFunc is [PAT] with a token that may change: f is asked before every attempt
// unless the expiry that it returns lies in the future, and once more after a
// 401. Calls to f never overlap.
func PATFunc(f func(ctx context.Context) (token string, expiry time.Time, err error)) Auth {
	if f == nil {
		return Auth{err: errors.New("Auth: PATFunc was given a nil function")}
	}
	return Auth{value: func(ctx context.Context) (string, time.Time, error) {
		token, expiry, err := f(ctx)
		if err == nil {
			err = checkToken(token)
		}
		if err != nil {
			return "", time.Time{}, err
		}
		return basic(token), expiry, nil
	}}
}

// EntraScope is the scope that Microsoft Entra tokens for Azure DevOps are asked
// for.
const EntraScope = "499b84ac-1321-427f-aa17-267ca6975798/.default"

// TokenSource authorises with the access tokens of a caller's own source, such
// as Microsoft Entra's with [EntraScope]. The source is called when the last
// token is about to end, and once more after a 401; calls never overlap. It makes
// its requests by its own client: give it one with a timeout.
func TokenSource(source oauth2.TokenSource) Auth {
	if source == nil {
		return Auth{err: errors.New("Auth: TokenSource needs a source")}
	}
	return Auth{value: func(context.Context) (string, time.Time, error) {
		token, err := source.Token()
		if err != nil {
			if refusal, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
				// Its text quotes the answer, and with it what the server echoed.
				return "", time.Time{}, fmt.Errorf("the token source was refused: %s", refusal.ErrorCode)
			}
			return "", time.Time{}, err
		}
		if token == nil || checkToken(token.AccessToken) != nil {
			return "", time.Time{}, errors.New("the token source gave no usable access token")
		}
		return "Bearer " + token.AccessToken, token.Expiry, nil
	}}
}

// JobToken authorises with a pipeline's own token (System.AccessToken), as a
// check sends it along in its AuthToken header. The service takes it for 48
// hours (documentation of checks).
func JobToken(token string) Auth {
	if err := checkToken(token); err != nil {
		return Auth{err: fmt.Errorf("Auth: %w", err)}
	}
	return Auth{value: func(context.Context) (string, time.Time, error) { return "Bearer " + token, time.Time{}, nil }}
}

// basic makes the header's value; the user name is ignored by the service.
func basic(token string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(":"+token))
}

// checkToken refuses what cannot be a token. No error quotes it.
func checkToken(token string) error {
	switch {
	case token == "":
		return errors.New("the token is empty")
	case strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == ':' }):
		return errors.New("the token holds a space, a line break, a colon or another character that no token has; trim what it was read from, and give it without a user name and unencoded")
	}
	return nil
}

// Format prints no secret, whatever the verb.
func (a Auth) Format(s fmt.State, _ rune) {
	if a.value == nil {
		_, _ = io.WriteString(s, "Auth(none)")
		return
	}
	_, _ = io.WriteString(s, "Auth(redacted)")
}
