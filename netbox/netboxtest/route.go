package netboxtest

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// place is where a path leads.
type place struct {
	res     *resource
	special string // "status", "check", "root", "changes", "choices"
	id      string // "" is the list
}

func (p place) known() bool { return p.res != nil || p.special != "" }

// changesPath is where the change log is.
func (s *Server) changesPath() string {
	if s.schema.v < 401 {
		return "extras/object-changes"
	}
	return "core/object-changes"
}

// route finds the place of a path that ends in a slash.
func (s *Server) route(path string) place {
	rest, ok := strings.CutPrefix(path, "/api/")
	if !ok {
		return place{}
	}
	parts := strings.Split(strings.TrimSuffix(rest, "/"), "/")
	switch {
	case rest == "":
		return place{special: "root"}
	case rest == "status/":
		return place{special: "status"}
	case rest == "users/tokens/provision/":
		return place{special: "provision"}
	case rest == "authentication-check/" && s.schema.v >= 405:
		return place{special: "check"}
	case len(parts) < 2 || len(parts) > 4 || slices.Contains(parts, ""):
		return place{}
	}
	name := parts[0] + "/" + parts[1]
	if name == s.changesPath() && len(parts) <= 3 {
		p := place{special: "changes"}
		if len(parts) == 3 {
			p.id = parts[2]
		}
		return p
	}
	if name == "extras/object-types" && s.schema.v == v44 { // its old place, until 4.5
		name = "core/object-types"
	}
	res := s.schema.byPath[name]
	if res == nil {
		return place{}
	}
	switch {
	case len(parts) == 2:
		return place{res: res}
	case len(parts) == 3:
		return place{res: res, id: parts[2]}
	case isAvailable(res, parts[3]):
		return place{res: res, special: parts[3], id: parts[2]}
	case res.model == "core.datasource" && parts[3] == "sync":
		return place{res: res, special: "sync", id: parts[2]}
	case res.model == "extras.customfieldchoiceset" && parts[3] == "choices":
		return place{res: res, special: "choices", id: parts[2]}
	}
	return place{}
}

// methods are the methods that a place takes.
func (p place) methods() []string {
	switch p.special {
	case "status", "check", "root", "changes", "choices":
		return []string{"GET", "HEAD", "OPTIONS"}
	case "available-ips", "available-prefixes", "available-vlans":
		return []string{"GET", "POST", "HEAD", "OPTIONS"}
	case "provision", "sync":
		return []string{"POST", "OPTIONS"}
	}
	if p.res.readOnly {
		return []string{"GET", "HEAD", "OPTIONS"}
	}
	if p.id == "" {
		return []string{"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"}
	}
	return []string{"GET", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"}
}

// answer checks who asks, and what for, and hands on to the place.
func (x *exchange) answer(at place) (*answer, *apiError) {
	s, r := x.s, x.r
	if v := acceptVersion(r.Header.Get("Accept")); v != "" && v != releases[s.schema.v].name {
		return nil, detail(http.StatusNotAcceptable, `Invalid version in "Accept" header.`)
	}
	s.mu.RLock()
	tok, err := s.authenticate(r)
	s.mu.RUnlock()
	if err != nil {
		return nil, err
	}
	x.token = tok
	read := r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodOptions
	open := at.special == "status" && s.schema.v < 400 || at.special == "provision"
	if tok == nil && !open && (!s.opts.LoginOptional || !read || at.special == "check") {
		return nil, detail(http.StatusForbidden, "Authentication credentials were not provided.")
	}
	if !slices.Contains(at.methods(), r.Method) {
		e := detail(http.StatusMethodNotAllowed, `Method "`+r.Method+`" not allowed.`)
		e.header = http.Header{"Allow": {strings.Join(at.methods(), ", ")}}
		return nil, e
	}
	if tok != nil && tok.ReadOnly && !read {
		return nil, detail(http.StatusForbidden, textForbidden)
	}
	if at.res != nil {
		action := map[string]string{"GET": "view", "HEAD": "view", "OPTIONS": "view", "POST": "add", "PUT": "change", "PATCH": "change", "DELETE": "delete"}[r.Method]
		if at.special != "" {
			action = "view" // what is made there is another type
		}
		if !tok.granted(action, at.res.model) {
			return nil, detail(http.StatusForbidden, textForbidden)
		}
	}
	if r.Method == http.MethodOptions {
		return x.options(at), nil
	}
	if read {
		s.mu.RLock()
		defer s.mu.RUnlock()
		return x.read(at)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writer = x.token
	defer func() { s.writer = nil }()
	return x.write(at)
}

// acceptVersion is the version that an Accept header demands.
func acceptVersion(accept string) string {
	_, rest, ok := strings.Cut(accept, "version=")
	if !ok {
		return ""
	}
	return strings.Trim(strings.FieldsFunc(rest+";", func(r rune) bool { return r == ';' || r == ',' || r == ' ' })[0], `"`)
}

// read answers a GET.
func (x *exchange) read(at place) (*answer, *apiError) {
	switch at.special {
	case "root":
		names := []string{"core", "dcim", "extras", "ipam", "status", "tenancy", "users", "virtualization"}
		parts := make(object, 0, len(names))
		for _, name := range names {
			parts = append(parts, member{name, x.base + "/api/" + name + "/"})
		}
		return x.json(parts), nil
	case "status":
		return x.json(x.s.status()), nil
	case "check":
		return x.whoami(), nil
	case "changes":
		return x.changes(at)
	case "choices":
		return x.choices(at)
	case "available-ips", "available-prefixes", "available-vlans":
		return x.available(at)
	}
	e := encoder{s: x.s, base: x.base}
	q := x.r.URL.Query()
	if at.id == "" {
		p, err := x.s.find(at.res, q, x.token)
		if err != nil {
			return nil, err
		}
		e.list(p, x.s.shape(at.res, q), x.base, x.r.URL.Path, q)
		return &answer{status: http.StatusOK, body: e.buf}, nil
	}
	r, err := x.object(at, "view")
	if err != nil {
		return nil, err
	}
	e.object(r, x.s.shape(at.res, q), false)
	return &answer{status: http.StatusOK, body: e.buf, etag: etag(r)}, nil
}

// object is the row of a path, if the token may see it for an action.
func (x *exchange) object(at place, action string) (*row, *apiError) {
	id, err := strconv.ParseInt(at.id, 10, 64)
	if err != nil {
		return nil, detail(http.StatusNotFound, "Not found.")
	}
	r := x.s.table(at.res).rows[id]
	if r == nil || !x.s.may(x.token, action, r) {
		return nil, notFound(at.res, x.s.schema.v)
	}
	return r, nil
}

func (x *exchange) json(v any) *answer {
	e := encoder{s: x.s}
	e.value(v)
	return &answer{status: http.StatusOK, body: e.buf}
}

// choices pages the choices of a set as {id, display}.
func (x *exchange) choices(at place) (*answer, *apiError) {
	set, err := x.object(at, "view")
	if err != nil {
		return nil, err
	}
	q := x.r.URL.Query()
	p, err := x.s.readPage(q)
	if err != nil {
		return nil, err
	}
	p.cursor = false
	needle := strings.ToLower(q.Get("q"))
	var found [][2]string
	for _, c := range pairsOf(set) {
		if needle == "" || strings.Contains(strings.ToLower(c[0]), needle) || strings.Contains(strings.ToLower(c[1]), needle) {
			found = append(found, c)
		}
	}
	if alphabetical, _ := set.get("order_alphabetically").(bool); alphabetical {
		slices.SortFunc(found, func(a, b [2]string) int { return natural(a[1], b[1]) })
	}
	p.count = len(found)
	from := min(p.offset, len(found))
	to := len(found)
	if p.limit > 0 {
		to = min(to, from+p.limit)
	}
	p.more = to < len(found)
	e := encoder{s: x.s, base: x.base}
	e.head(p, x.base, x.r.URL.Path, q)
	for i, c := range found[from:to] {
		if i > 0 {
			e.buf = append(e.buf, ',')
		}
		e.value(object{{"id", c[0]}, {"display", c[1]}})
	}
	e.raw("]}")
	return &answer{status: http.StatusOK, body: e.buf}, nil
}

// status is /api/status/.
func (s *Server) status() object {
	rel := releases[s.schema.v]
	out := object{{"django-version", rel.django}}
	if s.schema.v >= 404 {
		out = append(out, member{"hostname", "netbox"})
	}
	out = append(out, member{"installed_apps", object{{"django_filters", "24.3"}, {"rest_framework", rel.drf}, {"taggit", "6.1.0"}}},
		member{"netbox-version", rel.full})
	if s.schema.v >= 404 {
		out = append(out, member{"netbox-full-version", rel.full})
	}
	return append(out, member{"plugins", object{}}, member{"python-version", rel.python}, member{"rq-workers-running", map[bool]int64{true: 0, false: 1}[s.opts.NoWorker]})
}

// whoami is /api/authentication-check/.
func (x *exchange) whoami() *answer {
	e := encoder{s: x.s, base: x.base}
	res := x.s.schema.byModel["users.user"]
	e.object(x.s.table(res).rows[x.s.userID(x.token.User)], x.s.plans[res.at].full, false)
	return &answer{status: http.StatusOK, body: e.buf}
}
