package netbox

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// DefaultPageSize is how many objects a list asks for at once: as many as
// NetBox delivers unless its MAX_PAGE_SIZE is set to another value. A server
// that delivers fewer is followed at its own pace.
const DefaultPageSize = 1000

// Query says what a list reads. The zero Query reads all objects in full.
type Query struct {
	// Where selects objects; nil selects all. Use the resource's own filter
	// struct, combined with others by [And] if need be.
	Where Filter
	// Fields names the fields to read, as they are called on the wire; id is
	// always read. Fields not named stay zero. Asking for less is by far the
	// cheapest way to read faster. Releases before 4.0 send all fields.
	Fields []string
	// Omit names fields to leave out. Releases before 4.5 know only
	// config_context and send the others all the same.
	Omit []string
	// Brief asks for NetBox's short form of the objects: id, display, name,
	// slug, description, ...
	Brief bool
	// ConfigContext asks for the config_context of devices, which lists leave
	// out by default since NetBox computes it for every row.
	ConfigContext bool
	// Ordering sorts, "name" or "-name". The default, by id, is the only order
	// that loses and repeats nothing when objects are created and deleted while
	// the list is read; any other one is read by offsets, and a deletion on
	// an earlier page then hides a row. NetBox ignores unknown field names.
	Ordering []string
	// PageSize is how many objects to ask for at once; default 1000.
	PageSize int
	// After resumes a list behind the page that had this Next.
	After Cursor
	// Prefetch makes All fetch the next page while the caller works on this one.
	Prefetch bool
}

// Cursor is a place in a list, to go on from there in another process too. It
// belongs to the query that it came from, filters and ordering included.
type Cursor string

// Page is one page of a list.
type Page[T any] struct {
	Items []T
	// Total is how many objects the server counts in the whole list, -1 where
	// it was not told (pages after the first one).
	Total int
	// Next is where the next page begins, "" after the last one.
	Next Cursor
}

// plan is a checked query.
type plan struct {
	query    Query
	filter   url.Values
	ids      []int64 // sorted, without repeats; nil when ids are no filter
	after    int64   // the caller's own id__gt
	byOffset bool
	size     int
}

// plan checks a query before anything is sent.
func (s *spec) plan(op string, q Query, known Version) (*plan, error) {
	fail := func(err error) (*plan, error) { return nil, fmt.Errorf("netbox: %s: %w", op, err) }
	p := &plan{query: q, filter: url.Values{}, size: q.PageSize}
	if q.PageSize < 0 {
		return fail(fmt.Errorf("the query has a negative PageSize, %d", q.PageSize))
	}
	if p.size == 0 {
		p.size = DefaultPageSize
	}
	if err := s.checkFilter(q.Where); err != nil {
		return fail(err)
	}
	if q.Where != nil {
		if err := q.Where.encode(p.filter); err != nil {
			return fail(err)
		}
	}
	if err := s.resolveNames(p.filter, known); err != nil {
		return fail(err)
	}
	if err := checkValues(p.filter); err != nil {
		return fail(err)
	}
	if err := p.takeIDs(); err != nil {
		return fail(err)
	}
	if q.Brief && (len(q.Fields) > 0 || len(q.Omit) > 0) {
		return fail(errors.New("the query has Brief together with Fields or Omit, which NetBox prefers; choose one"))
	}
	if len(q.Fields) > 0 && len(q.Omit) > 0 {
		return fail(errors.New("the query has Fields together with Omit, which NetBox then ignores; choose one"))
	}
	for _, list := range [...]struct {
		name  string
		names []string
	}{{"Fields", q.Fields}, {"Omit", q.Omit}} {
		for _, name := range list.names {
			if err := s.checkField(name); err != nil {
				return fail(fmt.Errorf("%s: %w", list.name, err))
			}
		}
	}
	if slices.Contains(q.Omit, "id") {
		return fail(errors.New("the query has id in Omit, but lists are read by id"))
	}
	for _, name := range q.Ordering {
		if strings.Trim(name, "-") == "" || strings.ContainsAny(name, ", &") {
			return fail(fmt.Errorf("the query has %q in Ordering, which is not a field", name))
		}
	}
	p.byOffset = len(q.Ordering) > 0 && !slices.Equal(q.Ordering, []string{"id"})
	return p, nil
}

// base returns the parameters that all pages share.
func (p *plan) base(s *spec, known Version) url.Values {
	v := maps.Clone(p.filter)
	q := &p.query
	if q.Brief {
		v.Set("brief", "true")
		return v
	}
	omit := slices.Clone(q.Omit)
	if s.contexts && !q.ConfigContext && !slices.Contains(omit, configContext) && !slices.Contains(q.Fields, configContext) {
		omit = append(omit, configContext)
	}
	if len(q.Fields) > 0 {
		v.Set("fields", strings.Join(withID(q.Fields), ","))
	} else if len(omit) > 0 && (known.IsZero() || known.AtLeast(4, 5)) {
		v.Set("omit", strings.Join(omit, ","))
	}
	// exclude is how releases up to 4.6 leave out the config context; the
	// patch releases 4.5.0 and 4.5.1 do not know omit yet.
	if slices.Contains(omit, configContext) && !known.AtLeast(4, 7) {
		v.Set("exclude", configContext)
	}
	return v
}

const configContext = "config_context"

func withID(fields []string) []string {
	if slices.Contains(fields, "id") {
		return fields
	}
	return append([]string{"id"}, fields...)
}
