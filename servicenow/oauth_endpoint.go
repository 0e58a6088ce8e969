package servicenow

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/itsmkit/itsmkit/internal/rest"
)

const tokenPath = "/oauth_token.do"

// defaultLife is how long an access token lives when its answer does not say:
// the platform's default.
const defaultLife = 30 * time.Minute

// TokenError is a refusal of the token endpoint, which words errors as OAuth
// does: a code and a description. Find it by errors.As below the *Error of the
// call that needed the token.
type TokenError struct {
	// Grant is the grant that was asked for, such as "client_credentials".
	Grant string
	// Status is the HTTP status, 0 when no answer came.
	Status int
	// Code is OAuth's error code, such as "invalid_grant"; the platform also
	// sends "server_error" for wrong credentials. Description is its own words.
	Code, Description string
	// RequestID is the platform's transaction id.
	RequestID string

	failure *rest.Failure
}

// Error says what the endpoint refused, without any secret.
func (e *TokenError) Error() string {
	parts := []string{"no access token by the grant " + e.Grant}
	if e.Status != 0 {
		parts = append(parts, strings.TrimSpace(strconv.Itoa(e.Status)+" "+http.StatusText(e.Status)))
	}
	for _, part := range []string{e.Code, e.Description} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	if e.failure != nil && e.Code == "" {
		for _, cause := range []error{e.failure.Kind, e.failure.Err} {
			if cause != nil && cause.Error() != e.Description {
				parts = append(parts, cause.Error())
			}
		}
	}
	return strings.ReplaceAll(strings.Join(parts, ": "), "\n", "; ")
}

// Unwrap gives errors.Is the kind of failure and its cause.
func (e *TokenError) Unwrap() []error {
	if e.failure == nil {
		return []error{ErrUnauthorized}
	}
	return e.failure.Unwrap()
}

// Retryable reports whether the same request for a token may work later.
func (e *TokenError) Retryable() bool { return e.failure != nil && e.failure.Transient }

// grantSource gets and renews the tokens of one client. The engine never asks it
// twice at once.
type grantSource struct {
	grant   grant
	engine  *rest.Client
	refresh string
	used    bool // the grant's own form, which works once only
}

// newGrantSource sends through the client's own transport, but takes no slot and
// no admission of its limiter: the call that needs the token holds them.
func newGrantSource(g *grant, config Config, base string) (*grantSource, error) {
	s := &grantSource{grant: *g, refresh: g.refresh}
	engine, err := rest.New(rest.Config{
		Service: rest.Service{
			Name: "servicenow", RequestID: "X-Transaction-ID", Judge: judgeToken,
			Wrap: func(f *rest.Failure) error { return tokenError(f) },
		},
		BaseURL: base, HTTPClient: config.HTTPClient, Concurrency: -1,
		MaxRetries: config.MaxRetries, MaxBackoff: config.MaxBackoff, Timeout: config.Timeout,
		OnAttempt: config.OnAttempt, Logger: config.Logger, UserAgent: config.UserAgent,
	})
	s.engine = engine
	return s, err
}

func (s *grantSource) token(ctx context.Context) (string, time.Time, error) {
	if s.refresh != "" {
		token, err := s.ask(ctx, grantRefresh, url.Values{"refresh_token": {s.refresh}}, false)
		if err == nil || s.grant.form == nil || s.used || !tokenRefused(err) {
			return header(token), token.Expiry, err
		}
		s.refresh = "" // it has ended; begin anew
	}
	if s.grant.form == nil || s.used {
		return "", time.Time{}, errors.New("the code was redeemed and no refresh token is left: ask the user for consent again")
	}
	form, err := s.grant.form(time.Now())
	if err != nil {
		return "", time.Time{}, err
	}
	s.used = s.grant.once
	token, err := s.ask(ctx, s.grant.kind, form, s.grant.fresh)
	if err != nil && !tokenRefused(err) {
		s.used = false // it may not have reached the endpoint
	}
	return header(token), token.Expiry, err
}

func header(t Token) string {
	if t.Access == "" {
		return ""
	}
	return "Bearer " + t.Access
}

// tokenRefused reports whether the endpoint itself said no.
func tokenRefused(err error) bool {
	e, ok := errors.AsType[*TokenError](err)
	return ok && (e.Status == http.StatusUnauthorized || e.Status == http.StatusBadRequest)
}

// ask makes one request to the token endpoint. fresh forms are not repeated
// unless the first one was provably not taken: an assertion is good only once.
func (s *grantSource) ask(ctx context.Context, kind string, form url.Values, fresh bool) (Token, error) {
	o := s.grant.oauth
	form.Set("grant_type", kind)
	if o.Scope != "" && kind != grantRefresh {
		form.Set("scope", o.Scope)
	}
	call := &rest.Call{
		Op: "OAuth." + kind, Method: http.MethodPost, Path: tokenPath, Kind: rest.Idempotent,
		Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}},
	}
	if fresh {
		call.Kind = rest.Append
	}
	if o.BasicClient {
		pair := url.QueryEscape(o.ClientID) + ":" + url.QueryEscape(o.ClientSecret)
		call.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(pair)))
	} else {
		form.Set("client_id", o.ClientID)
		form.Set("client_secret", o.ClientSecret)
	}
	call.Body = []byte(form.Encode())
	var token Token
	begun := time.Now()
	call.Decode = func(a *rest.Answer) (err error) {
		token, err = decodeToken(a.Body, begun)
		return err
	}
	if _, err := s.engine.Do(ctx, call); err != nil {
		return Token{}, withoutSecrets(err, o.ClientSecret, form)
	}
	if token.Refresh != "" {
		s.refresh = token.Refresh
	}
	if o.OnToken != nil {
		o.OnToken(ctx, token)
	}
	return token, nil
}

func decodeToken(body []byte, begun time.Time) (Token, error) {
	var doc struct {
		Access  scalar `json:"access_token"`
		Refresh scalar `json:"refresh_token"`
		Scope   scalar `json:"scope"`
		Expires scalar `json:"expires_in"`
	}
	if err := json.Unmarshal(body, &doc); err != nil {
		return Token{}, err
	}
	if err := checkSecret("the access token in the answer", string(doc.Access)); err != nil {
		return Token{}, &rest.Failure{Kind: ErrUnauthorized, Final: true, Message: err.Error()}
	}
	life := defaultLife
	if seconds, err := strconv.ParseInt(string(doc.Expires), 10, 32); err == nil && seconds > 0 {
		life = time.Duration(seconds) * time.Second
	}
	return Token{Access: string(doc.Access), Refresh: string(doc.Refresh), Scope: string(doc.Scope), Expiry: begun.Add(life)}, nil
}

// tokenSaid is an error in OAuth's shape.
type tokenSaid struct{ code, description string }

func judgeToken(call *rest.Call, a *rest.Answer) *rest.Failure {
	f := judge(call, a)
	if f == nil {
		return nil
	}
	if s, ok := f.Detail.(said); ok {
		f.Detail = tokenSaid{s.message, s.detail}
	}
	return f
}

func tokenError(f *rest.Failure) *TokenError {
	e := &TokenError{Grant: strings.TrimPrefix(f.Op, "OAuth."), Status: f.Status, Description: f.Message, RequestID: f.RequestID, failure: f}
	if s, ok := f.Detail.(tokenSaid); ok && s.code != "" {
		e.Code, e.Description = s.code, s.description
	}
	return e
}

// withoutSecrets blots out what the endpoint echoed of the request.
func withoutSecrets(err error, clientSecret string, form url.Values) error {
	e, ok := errors.AsType[*TokenError](err)
	if !ok {
		return err
	}
	secrets := []string{clientSecret}
	for _, name := range []string{"password", "refresh_token", "assertion", "code"} {
		secrets = append(secrets, form.Get(name))
	}
	for _, secret := range secrets {
		if len(secret) < 4 { // would blot out half of every text
			continue
		}
		for _, text := range []*string{&e.Code, &e.Description} {
			*text = strings.ReplaceAll(*text, secret, "[redacted]")
			*text = strings.ReplaceAll(*text, url.QueryEscape(secret), "[redacted]")
		}
	}
	e.failure.Body, e.failure.Message = nil, ""
	return e
}

// OAuthEndpoints returns where an instance asks its users for consent and where
// it issues tokens, for the Endpoint of an oauth2.Config. base is as
// Config.BaseURL.
func OAuthEndpoints(base string) (authURL, tokenURL string, err error) {
	base, err = parseBase(base)
	if err != nil {
		return "", "", fmt.Errorf("servicenow: %w", err)
	}
	return base + "/oauth_auth.do", base + tokenPath, nil
}
