package servicenowtest

import (
	"cmp"
	"crypto"
	"encoding/json"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"time"
)

// OAuthClient is an application of the instance's application registry: it may
// ask oauth_token.do for tokens.
type OAuthClient struct {
	// ID and Secret are the application's credentials. Both are required.
	ID, Secret string
	// User is the account that the application acts as by the grant
	// client_credentials; empty means that it may not use that grant.
	User string
	// Keys verify the assertions of the grant jwt-bearer, by key id; "" is for
	// assertions without one. *rsa.PublicKey and *ecdsa.PublicKey are taken.
	Keys map[string]crypto.PublicKey
	// AccessLife and RefreshLife are how long tokens live, in whole seconds.
	// Zero means 1,800 s and 8,640,000 s, the product's defaults (KB0791140).
	AccessLife, RefreshLife time.Duration
}

// APIKey lets requests in that carry a key in a header.
type APIKey struct {
	// Key is the key itself, User the account that it is bound to.
	Key, User string
	// Header is where it is looked for; empty means x-sn-apikey.
	Header string
	// Prefix must stand before the key, as it is.
	Prefix string
}

// issued is a token or code that was given out.
type issued struct {
	client, user string
	redirect     string // of a code
	expires      time.Time
}

// tokens are what oauth_token.do has issued.
type tokens struct {
	mu      sync.Mutex
	serial  uint64
	access  map[string]issued
	refresh map[string]issued
	codes   map[string]issued
	seen    map[string]time.Time // the jti of assertions, until they end
}

// oauthError is a refusal in the shape of OAuth, which differs from that of the
// other APIs.
type oauthError struct {
	status            int
	code, description string
}

// That wrong credentials answer 401 is read from public clients; the texts are
// common knowledge, not documented.
var (
	errOAuthClient = &oauthError{http.StatusUnauthorized, "invalid_client", "The client credentials are not valid"}
	errOAuthUser   = &oauthError{http.StatusUnauthorized, "server_error", "access_denied"}
	errOAuthToken  = &oauthError{http.StatusUnauthorized, "invalid_grant", "The refresh token is not valid or has expired"}
	errOAuthCode   = &oauthError{http.StatusUnauthorized, "invalid_grant", "The authorization code is not valid or has expired"}
	errOAuthGrant  = &oauthError{http.StatusBadRequest, "unsupported_grant_type", "The grant type is not supported"}
	errOAuthForm   = &oauthError{http.StatusBadRequest, "invalid_request", "The body must be form-encoded"}
	errOAuthMethod = &oauthError{http.StatusMethodNotAllowed, "invalid_request", "Use POST"}
)

func newTokens() *tokens {
	return &tokens{access: map[string]issued{}, refresh: map[string]issued{}, codes: map[string]issued{}, seen: map[string]time.Time{}}
}

func (s *Server) checkAuth() error {
	for i, client := range s.options.OAuthClients {
		if client.ID == "" || client.Secret == "" {
			return fmt.Errorf("servicenowtest: Options.OAuthClients[%d]: ID and Secret are required", i)
		}
		if client.User != "" && s.accounts[client.User] == nil {
			return fmt.Errorf("servicenowtest: Options.OAuthClients[%d]: no user %q", i, client.User)
		}
	}
	for i, key := range s.options.APIKeys {
		if key.Key == "" || s.accounts[key.User] == nil {
			return fmt.Errorf("servicenowtest: Options.APIKeys[%d]: Key is empty, or there is no user %q", i, key.User)
		}
	}
	return nil
}

// oauthToken answers oauth_token.do, which needs no other authentication.
func (s *Server) oauthToken(w http.ResponseWriter, r *http.Request) {
	answer, failure := s.grant(r)
	if failure != nil {
		answer = map[string]any{"error": failure.code, "error_description": failure.description}
	}
	body, _ := json.Marshal(answer) //nolint:errchkjson // strings and numbers
	h := w.Header()
	h.Set("Content-Type", "application/json;charset=UTF-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if failure != nil {
		w.WriteHeader(failure.status)
	}
	_, _ = w.Write(body) // a client that went away is no matter
}

func (s *Server) grant(r *http.Request) (map[string]any, *oauthError) {
	if r.Method != http.MethodPost {
		return nil, errOAuthMethod
	}
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/x-www-form-urlencoded" {
		return nil, errOAuthForm // measured: a JSON body fails
	}
	r.Body = http.MaxBytesReader(nil, r.Body, 1<<20)
	if r.ParseForm() != nil {
		return nil, errOAuthForm
	}
	form := r.PostForm
	client, ok := s.oauthClient(r, form)
	if !ok {
		return nil, errOAuthClient
	}
	s.tokens.mu.Lock()
	defer s.tokens.mu.Unlock()
	now := s.Now()
	switch form.Get("grant_type") {
	case "client_credentials":
		if client.User == "" {
			return nil, errOAuthUser
		}
		return s.tokens.issue(client, client.User, now, false, true), nil
	case "password":
		user := s.accounts[form.Get("username")]
		if user == nil || user.Password != form.Get("password") {
			return nil, errOAuthUser
		}
		return s.tokens.issue(client, user.Name, now, true, true), nil
	case "refresh_token":
		kept, ok := s.tokens.refresh[form.Get("refresh_token")]
		if !ok || kept.client != client.ID || !now.Before(kept.expires) {
			return nil, errOAuthToken
		}
		answer := s.tokens.issue(client, kept.user, now, false, false)
		answer["refresh_token"] = form.Get("refresh_token")
		return answer, nil
	case "authorization_code":
		kept, ok := s.tokens.codes[form.Get("code")]
		delete(s.tokens.codes, form.Get("code"))
		if !ok || kept.client != client.ID || kept.redirect != form.Get("redirect_uri") || !now.Before(kept.expires) {
			return nil, errOAuthCode
		}
		return s.tokens.issue(client, kept.user, now, true, false), nil
	case "urn:ietf:params:oauth:grant-type:jwt-bearer":
		subject, failure := s.assertion(client, form.Get("assertion"), now)
		if failure != nil {
			return nil, failure
		}
		return s.tokens.issue(client, subject, now, false, false), nil
	}
	return nil, errOAuthGrant
}

// oauthClient finds the application by its credentials, from the form or from
// Basic authentication.
func (s *Server) oauthClient(r *http.Request, form url.Values) (OAuthClient, bool) {
	id, secret := form.Get("client_id"), form.Get("client_secret")
	if name, password, ok := r.BasicAuth(); ok && id == "" {
		id, _ = url.QueryUnescape(name)
		secret, _ = url.QueryUnescape(password)
	}
	for _, client := range s.options.OAuthClients {
		if client.ID == id && client.Secret == secret {
			return client, true
		}
	}
	return OAuthClient{}, false
}

// issue makes an access token, and a refresh token where the grant has one. A
// request inside the life of an earlier token gets that one again where the
// grant allows (KB0791140).
func (t *tokens) issue(client OAuthClient, user string, now time.Time, renewable, again bool) map[string]any {
	life := cmp.Or(client.AccessLife, 1800*time.Second)
	find := func(all map[string]issued) string {
		for _, value := range slices.Sorted(maps.Keys(all)) {
			if one := all[value]; one.client == client.ID && one.user == user && now.Before(one.expires) {
				return value
			}
		}
		return ""
	}
	value := ""
	if again {
		value = find(t.access)
	}
	if value == "" {
		value = t.next("access")
		t.access[value] = issued{client: client.ID, user: user, expires: now.Add(life)}
	}
	left := t.access[value].expires.Sub(now)
	answer := map[string]any{
		"access_token": value, "scope": "useraccount", "token_type": "Bearer", "expires_in": int(left / time.Second),
	}
	if !renewable {
		return answer
	}
	refresh := find(t.refresh)
	if refresh == "" {
		refresh = t.next("refresh")
		t.refresh[refresh] = issued{client: client.ID, user: user, expires: now.Add(cmp.Or(client.RefreshLife, 8640000*time.Second))}
	}
	answer["refresh_token"] = refresh
	return answer
}

// next makes a token of the platform's length. It is not secret: the numbers
// only count.
func (t *tokens) next(kind string) string {
	t.serial++
	return fmt.Sprintf("%s-%016x%016x", kind, mix(t.serial), mix(^t.serial))
}

// AuthorizationCode returns a code as if the user had just consented to the
// application and were sent back to redirectURL. It is good once, for a minute.
func (s *Server) AuthorizationCode(clientID, user, redirectURL string) (string, error) {
	if s.accounts[user] == nil {
		return "", fmt.Errorf("servicenowtest: AuthorizationCode: no user %q", user)
	}
	if !slices.ContainsFunc(s.options.OAuthClients, func(c OAuthClient) bool { return c.ID == clientID }) {
		return "", fmt.Errorf("servicenowtest: AuthorizationCode: no client %q", clientID)
	}
	s.tokens.mu.Lock()
	defer s.tokens.mu.Unlock()
	code := s.tokens.next("code")
	s.tokens.codes[code] = issued{client: clientID, user: user, redirect: redirectURL, expires: s.Now().Add(time.Minute)}
	return code, nil
}

// RevokeTokens ends every access token at once, as an administrator may; with
// refresh, the refresh tokens too.
func (s *Server) RevokeTokens(refresh bool) {
	s.tokens.mu.Lock()
	defer s.tokens.mu.Unlock()
	clear(s.tokens.access)
	if refresh {
		clear(s.tokens.refresh)
	}
}

// bearer finds the account of an access token.
func (s *Server) bearer(value string) *account {
	s.tokens.mu.Lock()
	defer s.tokens.mu.Unlock()
	found, ok := s.tokens.access[value]
	if !ok {
		return nil
	}
	if !s.Now().Before(found.expires) {
		delete(s.tokens.access, value)
		return nil
	}
	return s.accounts[found.user]
}
