package netbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// APIToken is a token of a user as NetBox keeps it. Printed or logged it shows
// no secret.
type APIToken struct {
	ID         int64       `json:"id"`
	URL        string      `json:"url"`
	DisplayURL string      `json:"display_url"` // since 4.1
	Display    string      `json:"display"`
	Version    int         `json:"version"` // 1 or 2; 0 up to 4.4, which know version 1 only
	User       *NestedUser `json:"user"`
	// Key is the public part of a v2 token, "" for a v1 one. Up to 4.4 it is the
	// token itself, where the server shows it.
	Key string `json:"key"`
	// Secret is the secret part, only in the answer that created the token;
	// since 4.5. Use Plain to get the token.
	Secret       string     `json:"token"`
	Description  string     `json:"description"`
	Created      time.Time  `json:"created"`
	Expires      *time.Time `json:"expires"`
	LastUsed     *time.Time `json:"last_used"` // written once a minute at most
	Enabled      bool       `json:"enabled"`   // since 4.5; true before
	WriteEnabled bool       `json:"write_enabled"`
	AllowedIPs   []string   `json:"allowed_ips"` // networks; none is all
}

// UnmarshalJSON reads a token of any release; before 4.5 every token is enabled.
func (t *APIToken) UnmarshalJSON(data []byte) error {
	type plain APIToken
	read := plain{Enabled: true}
	if err := json.Unmarshal(data, &read); err != nil {
		return err
	}
	*t = APIToken(read)
	return nil
}

// Plain is the token as [Token] takes it, "nbt_KEY.SECRET" for version 2. It is
// "" unless t is the answer that created the token, or of a release up to 4.4
// that shows tokens.
func (t APIToken) Plain() string {
	switch {
	case t.Version == 0:
		return t.Key
	case t.Secret == "":
		return ""
	case t.Version == 1:
		return t.Secret
	}
	return "nbt_" + t.Key + "." + t.Secret
}

// Format prints the id and the user only, whatever the verb.
func (t APIToken) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, t.safe()) }

// LogValue gives slog the id and the user only.
func (t APIToken) LogValue() slog.Value { return slog.StringValue(t.safe()) }

func (t APIToken) safe() string {
	who := "nobody"
	if t.User != nil {
		who = t.User.Username
	}
	return fmt.Sprintf("netbox.APIToken(%d of %s)", t.ID, who)
}

// APITokenWrite is what Create, Update and Replace take for a token; a field
// that is not set is not sent. User is required on Create and cannot be changed
// later. The token itself is made by NetBox: since 4.5 a chosen one is ignored.
type APITokenWrite struct {
	User         Opt[int64]     `json:"user,omitzero"`
	Version      Opt[int]       `json:"version,omitzero"` // 1 or 2, which is the default; since 4.5, on Create only
	Description  Opt[string]    `json:"description,omitzero"`
	Expires      Opt[time.Time] `json:"expires,omitzero"`
	Enabled      Opt[bool]      `json:"enabled,omitzero"` // since 4.5
	WriteEnabled Opt[bool]      `json:"write_enabled,omitzero"`
	AllowedIPs   Opt[[]string]  `json:"allowed_ips,omitzero"` // networks, "10.0.0.0/8"
}

// APITokenFilter selects tokens: every set field must match, several values of
// one field mean any of them.
type APITokenFilter struct {
	ID           IDs    `url:"id,omitempty"`
	UserID       IDs    `url:"user_id,omitempty"`
	User         Texts  `url:"user,omitempty" lookup:"relation"` // user names
	WriteEnabled *bool  `url:"write_enabled,omitempty"`
	Enabled      *bool  `url:"enabled,omitempty" since:"4.5"`
	Search       string `url:"q,omitempty"`
}

func (f APITokenFilter) encode(dst url.Values) error { return encodeStruct(f, dst) }

var apiTokenSpec = spec{
	name: "Users.Tokens", path: "users/tokens", filter: APITokenFilter{},
	more:    "version:choice:4.5",
	without: changeLogFilters,
}

// TokenRequest asks for a token by name and password.
type TokenRequest struct {
	Username, Password string
	// Description and Expires are kept with the token; a zero Expires is never.
	Description string
	Expires     time.Time
	// ReadOnly makes a token that cannot write.
	ReadOnly bool
	// AllowedIPs are the networks that may use the token; none is all.
	AllowedIPs []string
}

// Format prints the user only, whatever the verb.
func (r TokenRequest) Format(s fmt.State, _ rune) {
	_, _ = io.WriteString(s, "netbox.TokenRequest("+r.Username+")")
}

// ProvisionToken makes a token for a user by name and password; see
// [APIToken.Plain]. It is the one call that needs no credentials: a client
// without Auth can make it. A wrong password is [ErrUnauthorized]. Like a
// create, it is not repeated when its outcome is unknown.
func (c *Client) ProvisionToken(ctx context.Context, r TokenRequest, opts ...CallOption) (APIToken, error) {
	var token APIToken
	if r.Username == "" || r.Password == "" {
		return token, errors.New("netbox: ProvisionToken: give TokenRequest.Username and Password")
	}
	body := map[string]any{"username": r.Username, "password": r.Password}
	if r.Description != "" {
		body["description"] = r.Description
	}
	if !r.Expires.IsZero() {
		body["expires"] = r.Expires.UTC().Format(time.RFC3339)
	}
	if r.ReadOnly {
		body["write_enabled"] = false
	}
	if len(r.AllowedIPs) > 0 {
		body["allowed_ips"] = r.AllowedIPs
	}
	err := c.do(ctx, &rest.Call{Op: "ProvisionToken", Method: http.MethodPost, Path: "/api/users/tokens/provision/", Body: mustJSON(body), Kind: rest.Append, Decode: decodeInto(&token)}, opts)
	return token, err
}
