package netboxtest

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Users, and their tokens as the API shows them.

func userResource() *resource {
	return &resource{
		path: "users/users", model: "users.user", class: "User", verbose: "user", unlogged: true,
		fields: spread(
			text("username", 150).need(), text("password", 128).need().secret(), text("first_name", 150), text("last_name", 150), text("email", 254),
			boolean("is_staff", false).before(v45), boolean("is_active", true),
			&field{name: "date_joined", kind: kindStamp, readOnly: true}, constant("last_login", "null"),
			constant("groups", "[]"), computed("permissions", func(e *encoder, r *row) { e.permissions(r) }).from(v42)),
		brief:   []string{"username"},
		old:     []string{"username"},
		order:   []string{"username"},
		search:  []string{"username", "first_name", "last_name", "email"},
		uniques: []unique{{fields: []string{"username"}, field: true, text: "A user with that username already exists."}},
		display: func(_ *Server, r *row) string {
			if full := strings.TrimSpace(r.str("first_name") + " " + r.str("last_name")); full != "" {
				return r.str("username") + " (" + full + ")"
			}
			return r.str("username")
		},
		check: func(_ *Server, r, old *row, bad *problems) {
			if old == nil || old.str("password") != r.str("password") {
				checkPassword(r.str("password"), bad)
			}
		},
	}
}

// checkPassword is NetBox's own rule for passwords (4.7.3).
func checkPassword(p string, bad *problems) {
	if len([]rune(p)) < 12 {
		bad.add("__all__", "This password is too short. It must contain at least 12 characters.")
	}
	for _, want := range []struct {
		is   func(rune) bool
		what string
	}{{unicode.IsDigit, "numeral"}, {unicode.IsUpper, "uppercase letter"}, {unicode.IsLower, "lowercase letter"}} {
		if !strings.ContainsFunc(p, want.is) {
			bad.add("__all__", "Password must have at least one "+want.what+".")
		}
	}
}

func tokenResource(v version) *resource {
	secret := text("secret", 0).secret()
	key := computed("key", func(e *encoder, r *row) {
		if id, ok := tokenKey(r); ok {
			e.str(id)
			return
		}
		e.raw("null")
	})
	if v < v45 { // the secret itself, to be read until ALLOW_TOKEN_RETRIEVAL was switched off
		key = text("key", 40).nullable()
		key.hidden = v >= v44
	}
	return &resource{
		path: "users/tokens", model: "users.token", class: "Token", verbose: "token", unlogged: true,
		fields: spread(
			integer("version", 0, 0).defaults(number("2")).from(v45),
			key, ref("user", "users.user", cascade).need(), description(), &field{name: "created", kind: kindStamp, readOnly: true},
			text("expires", 0).nullable(), constant("last_used", "null"), boolean("enabled", true).from(v45), boolean("write_enabled", true),
			computed("pepper_id", func(e *encoder, r *row) { e.raw(map[bool]string{true: "1", false: "null"}[isV2(r)]) }).from(v45),
			&field{name: "allowed_ips", kind: kindJSON, def: []any{}}, secret,
			computed("token", func(e *encoder, r *row) {
				if plain := r.str("secret"); e.fresh && plain != "" {
					e.str(plain[strings.LastIndexByte(plain, '.')+1:])
					return
				}
				e.raw("null")
			}).from(v45)),
		brief:   []string{"version", "key", "enabled", "write_enabled", "description"},
		old:     []string{"key", "write_enabled"},
		order:   []string{"-created"},
		search:  []string{"description"},
		uniques: []unique{{fields: []string{"secret"}}},
		filters: []filter{{name: "user", path: []string{"user"}, by: "username"}},
		display: func(s *Server, r *row) string {
			if id, ok := tokenKey(r); ok {
				return id
			}
			secret := r.str("secret")
			if s.schema.v < v45 {
				return "******" + secret[max(0, len(secret)-6):]
			}
			return strings.Repeat("*", 34) + secret[max(0, len(secret)-6):]
		},
		settle: func(_ *Server, r, _ *row) {
			if us, ok := readStamp(r.str("expires")); ok {
				r.set("expires", string(appendStamp(nil, us, 'Z')))
			}
		},
		written: func(s *Server, r, old *row, _ *input) {
			if old != nil {
				r.set("user", old.get("user")) // whose token it is cannot be changed
				r.set("version", old.get("version"))
				return
			}
			r.set("secret", s.newSecret(r))
			r.set("key", r.get("secret")) // up to 4.4 they are one
		},
		check: func(_ *Server, r, _ *row, bad *problems) {
			if n, ok := r.get("version").(int64); ok && n != 1 && n != 2 {
				bad.add("version", `"`+itoa(n)+`" is not a valid choice.`)
			}
			if at := r.str("expires"); at != "" {
				if _, ok := readStamp(at); !ok {
					bad.add("expires", "Datetime has wrong format. Use one of these formats instead: YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z].")
				}
			}
		},
		database: func(s *Server, r *row) *apiError {
			for _, n := range networksOf(r) {
				if _, err := netip.ParsePrefix(n); err != nil {
					return s.crash("AddrFormatError", "invalid IPNetwork "+n) // nobody catches it (4.7.3)
				}
			}
			return nil
		},
	}
}

// networksOf are the addresses that may use a token.
func networksOf(r *row) []string {
	list, _ := r.get("allowed_ips").([]any)
	out := make([]string, len(list))
	for i, x := range list {
		out[i] = plain(x)
	}
	return out
}

func isV2(token *row) bool { return strings.HasPrefix(token.str("secret"), "nbt_") }

// tokenKey is the part of a v2 token that is no secret.
func tokenKey(token *row) (string, bool) {
	rest, ok := strings.CutPrefix(token.str("secret"), "nbt_")
	id, _, dotted := strings.Cut(rest, ".")
	return id, ok && dotted
}

// newSecret makes the whole token of a new row. Tokens look random and are the
// same in every run. A chosen one is taken up to 4.4 only.
func (s *Server) newSecret(r *row) string {
	if chosen := r.str("key"); s.schema.v < v45 && tokenV1.MatchString(chosen) {
		return chosen
	}
	n := uint64(1<<40 + s.table(r.res).last)
	random := strings.ReplaceAll(uuid(2*n)+uuid(2*n+1), "-", "")
	if s.schema.v < v45 || r.get("version") == int64(1) {
		return random[:40]
	}
	return "nbt_" + random[:12] + "." + random[12:52]
}

// userID is the id of a user, 0 for an unknown one.
func (s *Server) userID(name string) int64 {
	t := s.tableOf("users.user")
	for _, id := range t.ids {
		if t.rows[id].str("username") == name {
			return id
		}
	}
	return 0
}

// enroll gives a user and a token of the options their rows.
func (s *Server) enroll(t Token) {
	name := t.User
	if name == "" {
		name = "admin"
	}
	users := s.tableOf("users.user")
	user := s.userID(name)
	if user == 0 {
		r := s.blank(users.res, nil)
		r.id = users.last + 1
		r.set("username", name)
		r.set("is_active", !t.Inactive)
		r.created = s.Now().UnixMicro()
		s.put(users, r.id, r)
		user = r.id
	}
	if t.Key == "" || strings.HasPrefix(t.Key, "nbt_") && s.schema.v < v45 {
		return
	}
	tokens := s.tableOf("users.token")
	r := s.blank(tokens.res, nil)
	r.id = tokens.last + 1
	if old := s.tokenRow(t.Key); old != nil {
		r.id = old.id
	}
	r.set("secret", t.Key)
	r.set("user", user)
	r.set("enabled", !t.Disabled)
	r.set("write_enabled", !t.ReadOnly)
	r.set("version", map[bool]int64{true: 2, false: 1}[isV2(r)])
	r.set("key", t.Key)
	if !t.Expires.IsZero() {
		r.set("expires", string(appendStamp(nil, t.Expires.UnixMicro(), 'Z')))
	}
	list := make([]any, len(t.Networks))
	for i, n := range t.Networks {
		list[i] = n
	}
	r.set("allowed_ips", list)
	r.created = s.Now().UnixMicro()
	s.put(tokens, r.id, r)
}

func (s *Server) tokenRow(secret string) *row {
	t := s.tableOf("users.token")
	for _, id := range t.ids {
		if t.rows[id].str("secret") == secret {
			return t.rows[id]
		}
	}
	return nil
}

// tokenFor is the token with a key: its row says how it is set, the options
// and permissions what its user may do: a user of the API nothing without them.
func (s *Server) tokenFor(key string) (Token, bool) {
	i := slices.IndexFunc(s.tokens, func(t Token) bool { return t.Key == key })
	r := s.tokenRow(key)
	if r == nil {
		if i < 0 {
			return Token{}, false
		}
		return s.tokens[i], true
	}
	user := s.follow(r, "user")
	t := Token{Key: key, User: user.str("username"), Permissions: []Permission{}}
	if i < 0 {
		i = slices.IndexFunc(s.tokens, func(o Token) bool { return o.User == t.User || o.User == "" && t.User == "admin" })
	}
	if i >= 0 {
		t.Permissions = s.tokens[i].Permissions
	}
	if t.Permissions != nil {
		t.Permissions = slices.Clip(t.Permissions)
		for _, p := range s.permissionsOf(user.id) {
			if p.get("enabled") == true {
				t.Permissions = append(t.Permissions, p.permission())
			}
		}
	}
	active, _ := user.get("is_active").(bool)
	enabled, _ := r.get("enabled").(bool)
	writes, _ := r.get("write_enabled").(bool)
	t.Inactive, t.Disabled, t.ReadOnly, t.Networks = !active, !enabled, !writes, networksOf(r)
	if us, ok := readStamp(r.str("expires")); ok {
		t.Expires = time.UnixMicro(us)
	}
	return t, true
}

// provision makes a token for a user and a password, the one request that needs
// no token.
func (x *exchange) provision() (*answer, *apiError) {
	if x.broken != nil {
		return nil, x.broken
	}
	body, _ := x.body.(object)
	bad := &problems{}
	given := map[string]string{}
	for _, name := range []string{"username", "password"} {
		v, ok := body.get(name)
		if !ok {
			bad.add(name, textRequired)
		}
		given[name], _ = v.(string)
	}
	if bad.any() {
		return nil, invalid(bad)
	}
	user := x.s.tableOf("users.user").rows[x.s.userID(given["username"])]
	if user == nil || user.str("password") == "" || user.str("password") != given["password"] {
		return nil, detail(403, "Invalid username/password")
	}
	kept := object{{"user", number(strconv.FormatInt(user.id, 10))}}
	for _, name := range []string{"description", "expires", "write_enabled", "enabled", "allowed_ips"} {
		if v, ok := body.get(name); ok {
			kept = append(kept, member{name, v})
		}
	}
	res := x.s.schema.byModel["users.token"]
	var r *row
	err := x.s.transact(func() (err *apiError) {
		r, err = x.s.create(res, &input{body: kept}, actor{user: given["username"], request: x.request})
		return err
	})
	if err != nil {
		return nil, err
	}
	return x.show(res, r, 201), nil
}
