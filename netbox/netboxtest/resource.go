package netboxtest

import "strings"

// resource describes one endpoint and the rows behind it. One function per
// type returns one; everything the server does follows from it.
type resource struct {
	span
	path    string // "dcim/devices"
	model   string // "dcim.device"
	class   string // "Device", as in "No Device matches the given query."
	verbose string // "device", as in "device with this asset tag already exists."
	web     string // path of the page in the user interface; "" is path
	fields  []*field
	brief   []string // fields of brief=true and of the row inside another
	old     []string // the same in 3.7, which used other serializers
	counts  []string // fields that brief lists add at the top level
	order   []string // default ordering; "-" reverses
	search  []string // fields that q looks at
	tree    bool     // rows have a parent of the same type
	uniques []unique
	filters []filter
	display func(s *Server, r *row) string
	settle  func(s *Server, r, old *row)                // fills derived values
	check   func(s *Server, r, old *row, bad *problems) // what the model itself checks
	written func(s *Server, r, old *row, in *input)     // fills what follows from who writes, and how

	database func(s *Server, r *row) *apiError // what only the database refuses
	readOnly bool                              // the API offers no writes
	unlogged bool                              // writes leave no record in the change log
	points   *generic                          // a pair of fields that points to any of several types

	at     int // index in schema.all
	byName map[string]*field
	slots  int
	backs  []back // who points here
	lists  []back // who has this in a list
	tagged bool
	custom bool
}

// back is a reference from another type to this one.
type back struct {
	from *resource
	by   *field
}

// schema is all resources of one version.
type schema struct {
	v       version
	all     []*resource
	byPath  map[string]*resource
	byModel map[string]*resource
}

func newSchema(v version) *schema {
	s := &schema{v: v, byPath: map[string]*resource{}, byModel: map[string]*resource{}}
	for _, r := range describe(v) {
		if !r.has(v) {
			continue
		}
		r.at = len(s.all)
		r.build(v)
		s.all = append(s.all, r)
		s.byPath[r.path], s.byModel[r.model] = r, r
	}
	for _, r := range s.all {
		for _, f := range r.fields {
			to := s.byModel[f.to]
			switch {
			case to == nil:
			case f.kind == kindRef:
				to.backs = append(to.backs, back{r, f})
			case f.kind == kindRefs:
				to.lists = append(to.lists, back{r, f})
			}
		}
	}
	return s
}

// find accepts "dcim/devices" and "dcim.device".
func (s *schema) find(name string) *resource {
	name = strings.Trim(name, "/")
	if r := s.byPath[strings.TrimPrefix(name, "api/")]; r != nil {
		return r
	}
	return s.byModel[name]
}

// build keeps the fields of the version and gives the stored ones a slot.
func (r *resource) build(v version) {
	all := spread(
		computed("id", func(e *encoder, r *row) { e.int(r.id) }),
		computed("url", func(e *encoder, o *row) { e.url("/api/", r.path, o.id) }),
		computed("display_url", func(e *encoder, o *row) { e.url("/", r.webPath(), o.id) }).from(401),
		computed("display", func(e *encoder, o *row) { e.str(r.display(e.s, o)) }),
		r.fields)
	r.fields, r.byName = nil, map[string]*field{}
	if r.points != nil && !r.points.has(v) {
		r.points = nil
	}
	for _, f := range all {
		if !f.has(v) {
			continue
		}
		f.slot, f.key = -1, `,"`+f.name+`":`
		switch f.kind {
		case kindTags:
			r.tagged = true
		case kindCustom:
			r.custom = true
		case kindStamp, kindCount, kindComputed, kindAlias:
		default:
			f.slot = r.slots
			r.slots++
		}
		r.fields = append(r.fields, f)
		r.byName[f.name] = f
	}
	if v < v40 && r.old != nil {
		r.brief, r.counts = r.old, nil
	}
	if r.display == nil {
		name := r.byName["name"]
		r.display = func(_ *Server, o *row) string { return o.text(name) }
	}
	kept := r.uniques[:0]
	for _, u := range r.uniques {
		if !u.has(v) {
			continue
		}
		for _, n := range u.fields {
			u.slots = append(u.slots, r.byName[n])
		}
		for _, n := range u.isNull {
			u.conds = append(u.conds, r.byName[n])
		}
		kept = append(kept, u)
	}
	r.uniques = kept
	for _, f := range r.fields {
		if f.unique && f.slot >= 0 {
			r.uniques = append(r.uniques, unique{fields: []string{f.name}, slots: []*field{f}, field: true})
		}
	}
}

func (r *resource) webPath() string {
	if r.web != "" {
		return r.web
	}
	return r.path
}

// app is the first half of the model, as the user interface spells it.
func (r *resource) app() string {
	app, _, _ := strings.Cut(r.model, ".")
	switch app {
	case "dcim", "ipam":
		return strings.ToUpper(app)
	}
	return strings.ToUpper(app[:1]) + app[1:]
}

// title is the verbose name with a capital, as texts start with it.
func (r *resource) title() string { return capital(r.verbose) }

// words is a field's name in texts: "asset_tag" is "asset tag".
func (f *field) words() string {
	if f.label != "" {
		return f.label
	}
	return strings.ReplaceAll(f.name, "_", " ")
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// The fields that nearly every type ends in.
func tagsField() *field   { return &field{name: "tags", kind: kindTags} }
func customField() *field { return &field{name: "custom_fields", kind: kindCustom} }
func stamps() []*field {
	return []*field{{name: "created", kind: kindStamp, readOnly: true}, {name: "last_updated", kind: kindStamp, readOnly: true}}
}
func owner() *field       { return constant("owner", "null").from(405) }
func description() *field { return text("description", 200) }
func comments(since version) *field {
	return text("comments", 0).from(since)
}
func depth(since version) *field {
	return computed("_depth", func(e *encoder, r *row) { e.int(int64(e.s.depth(r))) }).from(since)
}
