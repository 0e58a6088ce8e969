package netbox

import (
	"context"
	"reflect"
	"strings"
)

// Endpoint is one kind of object of a client, for tests that go through all.
type Endpoint struct {
	Path     string       // "dcim/sites"
	Row      reflect.Type // Site
	Filter   any          // SiteFilter{}
	ReadOnly bool
	List     func(context.Context, Query) error
	Create   func(context.Context, any) error // nil for one that is read-only

	s *spec
}

func (r *Resource[T]) endpoint() Endpoint {
	return Endpoint{Path: r.s.path, Row: r.s.row, Filter: r.s.filter, s: r.s,
		List:   func(ctx context.Context, q Query) error { _, err := r.List(ctx, q); return err },
		Create: func(ctx context.Context, body any) error { _, err := r.Create(ctx, body); return err }}
}

func (r *Reader[T]) endpoint() Endpoint {
	e := r.now.endpoint()
	e.List = func(ctx context.Context, q Query) error { _, err := r.List(ctx, q); return err }
	e.Create, e.ReadOnly = nil, true
	return e
}

// Endpoints lists every Resource and Reader of a client.
func Endpoints(c *Client) []Endpoint {
	var list []Endpoint
	for _, part := range []any{c.DCIM, c.Tenancy, c.Extras, c.IPAM, c.Virtualization, c.Core, c.Users} {
		for _, field := range reflect.ValueOf(part).Fields() {
			if at, ok := reflect.TypeAssert[interface{ endpoint() Endpoint }](field); ok {
				list = append(list, at.endpoint())
			}
		}
	}
	return list
}

// KnownFilters lists every filter that a client of 4.7 lets pass, comparisons
// included.
func (e Endpoint) KnownFilters() []string {
	var known []string
	for name, f := range e.s.names {
		known = append(known, name)
		for op := range strings.FieldsSeq(lookupsOf[f.kind]) {
			known = append(known, name+"__"+op)
		}
	}
	return known
}

// RefusesNull reports whether a field cannot be written as null.
func (e Endpoint) RefusesNull(field string) bool { return e.s.refusesNull(field) }
