package netboxtest

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

// The tokens of the administrator that a server has unless Options.Tokens says
// otherwise. AdminTokenV2 exists from 4.5 on.
const (
	AdminToken   = "0123456789abcdef0123456789abcdef01234567"
	AdminTokenV2 = "nbt_AdminAdmin01.0123456789abcdefghijklmnopqrstuvwxyzABCD"
)

// Token is an API token. A v1 token is 40 characters; a v2 token is
// "nbt_<12 characters>.<40 characters>" and is known from 4.5 on.
type Token struct {
	// Key is the whole token, without "Token " or "Bearer ".
	Key string
	// User is the name of the user that it belongs to. The default is "admin".
	User string
	// ReadOnly refuses every write (NetBox's write_enabled = false).
	ReadOnly bool
	// Disabled refuses everything. The setting exists from 4.5 on.
	Disabled bool
	// Inactive says that the user is switched off.
	Inactive bool
	// Expires is the time after which the token is refused. Zero means never.
	Expires time.Time
	// Networks are the addresses that may use the token, such as
	// "10.0.0.0/8". None means all.
	Networks []string
	// Permissions are what the user may do. None means everything, as for an
	// administrator; use an empty, non-nil slice for nothing.
	Permissions []Permission
}

// Permission lets a user do something with some types.
type Permission struct {
	// Types are models such as "dcim.device". None means all.
	Types []string
	// Actions are "view", "add", "change" and "delete". None means all four.
	Actions []string
	// Where narrows the permission to some objects, written as the query of a
	// list: "site_id=3&tag=x". Other objects are hidden: 404 when they are
	// read, 403 when a write would lead to one.
	Where string

	constraints []object // what a permission made over the API narrows itself to
}

var (
	tokenV1 = regexp.MustCompile(`^[0-9A-Za-z]{40}$`)
	tokenV2 = regexp.MustCompile(`^nbt_[0-9A-Za-z]{12}\.[0-9A-Za-z]{40}$`)
)

func checkTokens(tokens []Token) error {
	for i, t := range tokens {
		if !tokenV1.MatchString(t.Key) && !tokenV2.MatchString(t.Key) {
			return fmt.Errorf("netboxtest: Options.Tokens[%d].Key: want 40 letters and digits, or nbt_ and 12 of them, a dot and 40", i)
		}
		for _, n := range t.Networks {
			if _, _, err := net.ParseCIDR(n); err != nil {
				return fmt.Errorf("netboxtest: Options.Tokens[%d].Networks: %q is not a network such as 10.0.0.0/8", i, n)
			}
		}
		for _, p := range t.Permissions {
			if _, err := url.ParseQuery(p.Where); err != nil {
				return fmt.Errorf("netboxtest: Options.Tokens[%d]: Permission.Where %q: write it as the query of a list: %w", i, p.Where, err)
			}
			for _, a := range p.Actions {
				if !slices.Contains([]string{"view", "add", "change", "delete"}, a) {
					return fmt.Errorf("netboxtest: Options.Tokens[%d]: Permission.Actions has %q: use view, add, change or delete", i, a)
				}
			}
		}
	}
	return nil
}

// AddToken makes one more token known. It replaces a token with the same key.
func (s *Server) AddToken(t Token) error {
	if err := checkTokens([]Token{t}); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens = slices.DeleteFunc(slices.Clone(s.tokens), func(o Token) bool { return o.Key == t.Key })
	s.tokens = append(s.tokens, t)
	s.enroll(t)
	return nil
}

// RevokeToken makes a token unknown. An unknown one is left as it is.
func (s *Server) RevokeToken(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dropToken(key)
	if r := s.tokenRow(key); r != nil {
		s.put(s.table(r.res), r.id, nil)
	}
}

// dropToken takes a token of the options away.
func (s *Server) dropToken(key string) {
	s.tokens = slices.DeleteFunc(slices.Clone(s.tokens), func(o Token) bool { return o.Key == key })
}

// authenticate finds the token of a request; nil without error means nobody.
// Every refusal is a 403, never a 401, in every version.
func (s *Server) authenticate(r *http.Request) (*Token, *apiError) {
	header := r.Header.Get("Authorization")
	scheme, key, _ := strings.Cut(header, " ")
	key = strings.TrimSpace(key)
	if header == "" || !strings.EqualFold(scheme, "Token") && !strings.EqualFold(scheme, "Bearer") {
		return nil, nil
	}
	newer := s.schema.v >= 405
	if !newer && strings.EqualFold(scheme, "Bearer") {
		return nil, nil
	}
	v2 := newer && strings.HasPrefix(key, "nbt_")
	switch {
	case key == "" && newer, strings.Contains(key, " ") && newer:
		return nil, detail(403, `Invalid authorization header: Must be in the form "Bearer <key>.<token>" or "Token <token>"`)
	case key == "":
		return nil, detail(403, "Invalid token header. No credentials provided.")
	case strings.Contains(key, " "):
		return nil, detail(403, "Invalid token header. Token string should not contain spaces.")
	case v2 && !strings.Contains(key, "."):
		return nil, detail(403, "Invalid authorization header: Could not parse key from v2 token. Did you mean to use 'Token' instead of 'Bearer'?")
	}
	t, known := s.tokenFor(key)
	if !known || !newer && strings.HasPrefix(key, "nbt_") {
		switch {
		case v2:
			return nil, detail(403, "Invalid v2 token")
		case newer:
			return nil, detail(403, "Invalid v1 token")
		}
		return nil, detail(403, "Invalid token")
	}
	switch {
	case !permittedFrom(t.Networks, r.RemoteAddr):
		return nil, detail(403, "Source IP "+hostPart(r.RemoteAddr)+" is not permitted to authenticate using this token.")
	case t.Disabled && newer:
		return nil, detail(403, "Token disabled")
	case !t.Expires.IsZero() && !s.Now().Before(t.Expires):
		return nil, detail(403, "Token expired")
	case t.Inactive:
		return nil, detail(403, "User inactive")
	}
	if t.User == "" {
		t.User = "admin"
	}
	return &t, nil
}

func hostPart(addr string) string {
	host, _, err := net.SplitHostPort(addr)
	if err != nil || host == "" {
		return "127.0.0.1"
	}
	return host
}

func permittedFrom(networks []string, addr string) bool {
	if len(networks) == 0 {
		return true
	}
	ip := net.ParseIP(hostPart(addr))
	for _, n := range networks {
		if _, block, err := net.ParseCIDR(n); err == nil && block.Contains(ip) {
			return true
		}
	}
	return false
}

// granted says whether a token may do something with a type at all.
func (t *Token) granted(action, model string) bool {
	if t == nil || t.Permissions == nil {
		return true
	}
	return slices.ContainsFunc(t.Permissions, func(p Permission) bool { return p.covers(action, model) })
}

func (p Permission) covers(action, model string) bool {
	return (len(p.Types) == 0 || slices.Contains(p.Types, model)) && (len(p.Actions) == 0 || slices.Contains(p.Actions, action))
}

// may says whether a token may do something with one row.
func (s *Server) may(t *Token, action string, r *row) bool {
	allowed := s.allowed(t, action, r.res)
	return allowed == nil || allowed(r)
}

// allowed is the rows that a token may do something with; nil is all of them.
func (s *Server) allowed(t *Token, action string, res *resource) func(*row) bool {
	if t == nil || t.Permissions == nil {
		return nil
	}
	var grants []func(*row) bool
	for _, p := range t.Permissions {
		if !p.covers(action, res.model) {
			continue
		}
		if p.Where == "" && len(p.constraints) == 0 {
			return nil
		}
		if len(p.constraints) > 0 {
			user := s.userID(t.User)
			grants = append(grants, func(r *row) bool {
				return slices.ContainsFunc(p.constraints, func(o object) bool { return s.satisfies(r, o, user) })
			})
			continue
		}
		q, _ := url.ParseQuery(p.Where)
		match, bad := s.filters(res, q)
		if bad.any() {
			continue // a constraint that fits nothing
		}
		grants = append(grants, func(r *row) bool { return fitsEvery(match, r) })
	}
	return func(r *row) bool {
		return slices.ContainsFunc(grants, func(f func(*row) bool) bool { return f(r) })
	}
}
