package servicenow

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"time"
)

// OAuth names the application under which tokens are asked for, as it stands in
// the instance's application registry. The tokens come from the instance's own
// endpoint, BaseURL/oauth_token.do, which takes form-encoded bodies only; access
// tokens live 1,800 s and refresh tokens 100 days unless the registry says
// otherwise (OAuth API documentation, KB0791140). It prints redacted.
type OAuth struct {
	// ClientID and ClientSecret are the application's. Both are required.
	ClientID, ClientSecret string
	// Scope is asked for when it is not empty; scopes are parted by spaces.
	Scope string
	// BasicClient sends ClientID and ClientSecret as Basic authentication
	// instead of in the form. The platform takes both.
	BasicClient bool
	// OnToken is told each token that was issued, to keep a refresh token for
	// the next process. It must not call the client. Nil: nobody.
	OnToken func(ctx context.Context, token Token)
}

// Format prints no secret, whatever the verb.
func (o OAuth) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, "servicenow.OAuth(redacted)") }

// Token is what the token endpoint issued. It prints redacted.
type Token struct {
	// Access is the access token, Refresh the refresh token, "" when the grant
	// gives none.
	Access, Refresh string
	// Expiry is when the access token ends, by this machine's clock.
	Expiry time.Time
	// Scope is what the token may be used for, as the instance put it.
	Scope string
}

// Format prints no secret, whatever the verb.
func (t Token) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, "servicenow.Token(redacted)") }

// The grants of oauth_token.do.
const (
	grantClient   = "client_credentials"
	grantPassword = "password"
	grantRefresh  = "refresh_token"
	grantJWT      = "urn:ietf:params:oauth:grant-type:jwt-bearer"
	grantCode     = "authorization_code"
)

// grant is how an Auth comes to its tokens.
type grant struct {
	oauth OAuth
	kind  string
	// form makes the grant's own members; nil when only a refresh token is left.
	form    func(now time.Time) (url.Values, error)
	refresh string // to begin with
	once    bool   // the form can be used once only
	fresh   bool   // the form must not be sent twice
}

func (o OAuth) auth(g grant, err error) Auth {
	g.oauth = o
	a := Auth{scheme: "OAuth " + g.kind, grant: &g, err: err}
	if g.kind == grantJWT {
		a.scheme = "OAuth jwt-bearer"
	}
	switch {
	case err != nil:
	case o.ClientID == "":
		a.err = errors.New("OAuth.ClientID is empty: take it from the instance's application registry")
	case o.ClientSecret == "":
		a.err = errors.New("OAuth.ClientSecret is empty: take it from the instance's application registry")
	}
	return a
}

// ClientCredentials signs in as the application itself. The platform acts as the
// user that the application registry names for it, and issues no refresh token.
func ClientCredentials(o OAuth) Auth {
	return o.auth(grant{kind: grantClient, form: members()}, nil)
}

// PasswordGrant signs in as a user by name and password, and renews by refresh
// token as long as the instance takes it, by the password after that.
func PasswordGrant(o OAuth, user, password string) Auth {
	var err error
	if user == "" {
		err = errors.New("PasswordGrant: the user name is empty")
	}
	return o.auth(grant{kind: grantPassword, form: members("username", user, "password", password)}, err)
}

// RefreshTokenGrant renews by a refresh token that the caller has kept. When the
// instance issues another one with an access token, that is used from then on,
// and OnToken is told.
func RefreshTokenGrant(o OAuth, refreshToken string) Auth {
	return o.auth(grant{kind: grantRefresh, refresh: refreshToken}, checkSecret("the refresh token", refreshToken))
}

// AuthorizationCode redeems the code that the instance handed to redirectURL
// after a user consented, once, and renews by refresh token from then on. The
// code does not survive the process: keep the refresh token by OnToken. Use
// [TokenSource] where golang.org/x/oauth2 leads the user through the consent.
func AuthorizationCode(o OAuth, code, redirectURL string) Auth {
	g := grant{kind: grantCode, form: members("code", code, "redirect_uri", redirectURL), once: true, fresh: true}
	return o.auth(g, checkSecret("the authorization code", code))
}

// JWTBearer signs in by a signed assertion, a new one for each token. The
// instance issues no refresh token for it.
func JWTBearer(o OAuth, jwt JWT) Auth {
	signer, err := jwt.signer(o.ClientID)
	if err != nil {
		err = fmt.Errorf("JWT: %w", err)
	}
	return o.auth(grant{kind: grantJWT, fresh: true, form: func(now time.Time) (url.Values, error) {
		assertion, err := signer.sign(now)
		if err != nil {
			return nil, err
		}
		return url.Values{"assertion": {assertion}}, nil
	}}, err)
}

// members is a form that is always the same, given as names and values.
func members(pairs ...string) func(time.Time) (url.Values, error) {
	return func(time.Time) (url.Values, error) {
		form := url.Values{}
		for i := 0; i < len(pairs); i += 2 {
			form.Set(pairs[i], pairs[i+1])
		}
		return form, nil
	}
}
