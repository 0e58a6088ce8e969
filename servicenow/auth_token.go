package servicenow

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"golang.org/x/oauth2"
)

// BearerToken sends one access token with every request, as it was issued. It
// does not renew it: a 401 is the end.
func BearerToken(token string) Auth {
	value := "Bearer " + token
	return Auth{scheme: "bearer", err: checkSecret("the access token", token), token: fixed(value)}
}

// TokenSource sends the tokens of a caller's own source, such as one made by
// oauth2.Config for the authorization-code grant. The source's Token is called
// when the last token is about to end, or at every attempt when it does not say
// when that is; calls never overlap. After a 401 it is called once more, which
// helps only if it gives another token then: oauth2.ReuseTokenSource does so
// after the token's end only.
//
// The source makes its requests by its own client. Give it one with a timeout,
// because the context of a call cannot interrupt it.
func TokenSource(source oauth2.TokenSource) Auth {
	if source == nil {
		return Auth{scheme: "token source", err: errors.New("TokenSource needs a source")}
	}
	return Auth{
		scheme: "token source",
		token: func(ctx context.Context) (string, time.Time, error) {
			token, err := source.Token()
			if err != nil {
				return "", time.Time{}, foreignTokenError(err)
			}
			if token == nil || token.AccessToken == "" {
				return "", time.Time{}, errors.New("the token source gave no access token")
			}
			return token.Type() + " " + token.AccessToken, token.Expiry, nil
		},
	}
}

// foreignTokenError takes the raw answer out of an error of the oauth2 package:
// its text quotes the body, and with it whatever the server echoed.
func foreignTokenError(err error) error {
	refusal, ok := errors.AsType[*oauth2.RetrieveError](err)
	if !ok {
		return err
	}
	e := &TokenError{Grant: "token source", Code: refusal.ErrorCode, Description: clip(refusal.ErrorDescription, longestText)}
	if refusal.Response != nil {
		e.Status = refusal.Response.StatusCode
	}
	return e
}

// DefaultAPIKeyHeader is the header that the platform reads API keys from unless
// the instance's authentication profile names another (API key documentation).
const DefaultAPIKeyHeader = "x-sn-apikey"

// APIKey sends a key in a header: "" means [DefaultAPIKeyHeader]. prefix stands
// before the key as it is, with a space where the profile wants one. A key is
// bound to a user and needs an access policy for each API that it may reach; an
// API without one answers 401.
func APIKey(header, prefix, key string) Auth {
	a := Auth{scheme: "API key", header: apiKeyHeader(header), err: checkSecret("the API key", key), token: fixed(prefix + key)}
	if a.err == nil && strings.ContainsAny(prefix, "\r\n\x00") {
		a.err = errors.New("the prefix of the API key holds a line break")
	}
	return a
}

// APIKeyFunc is [APIKey] with a key that may change: key is asked at every
// attempt, and once more after a 401. Calls to it never overlap.
func APIKeyFunc(header, prefix string, key func(ctx context.Context) (string, error)) Auth {
	a := Auth{scheme: "API key", header: apiKeyHeader(header)}
	if key == nil {
		a.err = errors.New("APIKeyFunc needs a function")
		return a
	}
	a.token = func(ctx context.Context) (string, time.Time, error) {
		text, err := key(ctx)
		if err == nil {
			err = checkSecret("the API key", text)
		}
		return prefix + text, time.Time{}, err
	}
	return a
}

func apiKeyHeader(name string) string {
	if name == "" {
		name = DefaultAPIKeyHeader
	}
	return http.CanonicalHeaderKey(name)
}

// fixed is a credential that never changes.
func fixed(value string) tokenFunc {
	return func(context.Context) (string, time.Time, error) { return value, time.Now().Add(forever), nil }
}

// checkSecret refuses what cannot be a header's value, without quoting it.
func checkSecret(what, secret string) error {
	switch {
	case strings.TrimSpace(secret) == "":
		return errors.New(what + " is empty")
	case strings.ContainsFunc(secret, func(r rune) bool { return r <= ' ' || r == 0x7f }):
		return errors.New(what + " holds a space or a line break: trim it")
	}
	return nil
}
