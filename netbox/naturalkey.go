package netbox

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// naturalKey is a set of fields by which an object is known without its id:
// relations first, the field that names it last.
type naturalKey struct {
	relations []string
	name      string
	fold      bool // the constraint itself ignores case
	// loose: NetBox has no constraint for it, wholly or when the last relation
	// is null, so that a create would be accepted twice.
	loose, looseAtNull bool
	// with and without: the key counts only where this field has a value, or none.
	with, without string
	since, until  Version
}

func (k naturalKey) holds(known Version) bool {
	return (k.since.IsZero() || known.AtLeast(k.since.Major, k.since.Minor)) &&
		(k.until.IsZero() || !known.AtLeast(k.until.Major, k.until.Minor))
}

func named(relations ...string) naturalKey { return naturalKey{relations: relations, name: "name"} }

func (k naturalKey) as(name string) naturalKey { k.name = name; return k }
func (k naturalKey) isSlug() bool              { return k.name == "slug" }

func withSlug(k naturalKey) []naturalKey { return []naturalKey{k, k.as("slug")} }

// nestedSince are the keys of a type whose names were unique as such until a
// release, and since then among those of one related object.
func nestedSince(v Version, relation string) []naturalKey {
	before, after := named(), named(relation)
	before.until, after.since = v, v
	return slices.Concat(withSlug(before), withSlug(after))
}

// naturalKeys are NetBox's own uniqueness rules by endpoint (the models'
// constraints, 3.7 to 4.7).
func naturalKeys(path string) []naturalKey {
	switch path {
	case "dcim/manufacturers", "dcim/rack-roles", "dcim/inventory-item-roles", "dcim/sites", "extras/tags",
		"tenancy/tenant-groups", "tenancy/contact-roles", "virtualization/cluster-types", "virtualization/cluster-groups",
		"ipam/roles", "ipam/rirs":
		return withSlug(named())
	case "extras/custom-fields", "extras/custom-field-choice-sets", "extras/webhooks", "extras/event-rules", "extras/config-contexts",
		"core/data-sources":
		return []naturalKey{named()}
	case "dcim/regions", "dcim/site-groups":
		return withSlug(named("parent"))
	case "tenancy/contact-groups": // no rule at the root, and none for slugs
		return []naturalKey{{relations: []string{"parent"}, name: "name", looseAtNull: true}}
	case "dcim/device-roles":
		return nestedSince(Version{4, 3}, "parent")
	case "dcim/platforms":
		return nestedSince(Version{4, 4}, "manufacturer")
	case "dcim/locations":
		return withSlug(named("site", "parent"))
	case "dcim/device-types", "dcim/rack-types":
		key := named("manufacturer")
		return []naturalKey{key.as("model"), key.as("slug")}
	case "dcim/module-types":
		return []naturalKey{named("manufacturer").as("model")}
	case "dcim/power-panels":
		return []naturalKey{named("site")}
	case "dcim/power-feeds":
		return []naturalKey{named("power_panel")}
	case "tenancy/tenants":
		return withSlug(named("group"))
	case "dcim/racks":
		return []naturalKey{{name: "asset_tag"}, {relations: []string{"site", "location"}, name: "name", looseAtNull: true}}
	case "dcim/devices":
		return []naturalKey{{name: "asset_tag"}, {relations: []string{"site", "tenant"}, name: "name", fold: true}}
	case "dcim/interfaces":
		return []naturalKey{named("device")}
	case "virtualization/interfaces", "virtualization/virtual-disks":
		return []naturalKey{named("virtual_machine")}
	case "virtualization/virtual-machines":
		return []naturalKey{{relations: []string{"tenant", "cluster"}, name: "name", fold: true, looseAtNull: true}}
	case "virtualization/clusters":
		return []naturalKey{{relations: []string{"group"}, name: "name", looseAtNull: true}}
	case "tenancy/contacts": // nothing is unique, not even the name within the group since 4.3
		return []naturalKey{{name: "email", loose: true}, {name: "name", loose: true, without: "email"}}
	case "ipam/prefixes":
		return []naturalKey{{relations: []string{"vrf"}, name: "prefix", loose: true}}
	case "ipam/vlans":
		return []naturalKey{{relations: []string{"group"}, name: "vid", with: "group"},
			{relations: []string{"site", "group"}, name: "vid", loose: true, without: "group"}}
	case "ipam/vrfs": // only the route distinguisher is unique
		return []naturalKey{{name: "rd"}, {name: "name", loose: true, without: "rd"}}
	case "ipam/ip-addresses":
		return []naturalKey{{relations: []string{"vrf"}, name: "address", loose: true}}
	}
	return nil
}

// identity is one natural key with the values of the object to have.
type identity struct {
	key    naturalKey
	values url.Values
	want   map[string]any
}

// loose reports whether NetBox would accept the object twice.
func (i identity) loose() bool {
	last := ""
	if n := len(i.key.relations); n > 0 {
		last = i.key.relations[n-1]
	}
	return i.key.loose || i.key.looseAtNull && i.want[last] == nil
}

// identities returns the keys that the body has values for.
func (r *Resource[T]) identities(known Version, body map[string]any) ([]identity, error) {
	keys := naturalKeys(r.s.path)
	if keys == nil {
		return nil, fmt.Errorf("there is no natural key known for %s; look the object up and use Create or UpdateDiff", r.s.path)
	}
	var found []identity
	var names []string
	for _, key := range keys {
		if !key.holds(known) {
			continue
		}
		if !key.isSlug() {
			names = append(names, key.name)
		}
		name := plainText(body[key.name])
		if name == "" || key.with != "" && !hasValue(body[key.with]) || key.without != "" && hasValue(body[key.without]) {
			continue
		}
		id := identity{key: key, values: url.Values{}, want: map[string]any{key.name: name}}
		// __ie is asked for, since a name "null" would mean "without a name"
		// otherwise; what is found is compared here.
		param := key.name + "__ie"
		switch key.name {
		case "address", "prefix", "vid":
			param = key.name
		}
		id.values.Set(param, name)
		for _, field := range key.relations {
			n, err := relationID(body[field])
			if err != nil {
				return nil, fmt.Errorf("%s: %w", field, err)
			}
			if n == 0 {
				id.values.Set(field+"_id", "null")
				id.want[field] = nil
				continue
			}
			id.values.Set(field+"_id", strconv.FormatInt(n, 10))
			id.want[field] = json.Number(strconv.FormatInt(n, 10))
		}
		found = append(found, id)
	}
	if !slices.ContainsFunc(found, func(i identity) bool { return !i.key.isSlug() }) {
		return nil, fmt.Errorf("names no object; give its %s", strings.Join(names, " or "))
	}
	return found, nil
}

// hasValue reports whether a field of a write has a value.
func hasValue(v any) bool {
	m, ok := v.(map[string]any)
	return ok && len(m) > 0 || plainText(v) != ""
}

// relationID reads a relation of a write: an id in any form, 0 for none.
func relationID(v any) (int64, error) {
	if m, ok := v.(map[string]any); ok {
		v = m["id"]
		if v == nil {
			return 0, fmt.Errorf("is a dictionary of attributes; give the id, by which the object is looked up")
		}
	}
	if v == nil {
		return 0, nil
	}
	n, err := strconv.ParseInt(plainText(v), 10, 64)
	if err != nil || n < 1 {
		return 0, fmt.Errorf("%v is not an id; ids are positive", v)
	}
	return n, nil
}

// candidate is an object found by a natural key.
type candidate[T any] struct {
	row   T
	id    int64
	slug  string
	exact bool
}

// maxCandidates is how many objects one look-up may give: those whose name
// differs in case only.
const maxCandidates = 50

// lookUp returns the objects that have a natural key's values. What the server
// sends is compared once more: a filter that it ignored would give any object.
func (r *Resource[T]) lookUp(ctx context.Context, id identity) ([]candidate[T], error) {
	path, err := r.s.collection()
	if err != nil {
		return nil, err
	}
	p := plan{filter: id.values}
	query := p.base(r.s, r.c.known())
	query.Set("limit", strconv.Itoa(maxCandidates))
	query.Set("ordering", "id")
	var page envelope[json.RawMessage]
	call := &rest.Call{Op: r.op("Upsert"), Method: http.MethodGet, Path: path, Query: query, Decode: decodeInto(&page)}
	if err := r.c.do(ctx, call, nil); err != nil {
		return nil, err
	}
	if page.Next != nil {
		return nil, fmt.Errorf("netbox: %s: more than %d objects fit %s, so the server ignores the filter; nothing was written", r.op("Upsert"), maxCandidates, id.key.name)
	}
	var found []candidate[T]
	for _, raw := range page.Results {
		have, err := decodeFields(raw)
		if err != nil {
			return nil, fmt.Errorf("netbox: %s: %w", r.op("Upsert"), err)
		}
		fits, exact := id.fits(have)
		if !fits {
			continue
		}
		c := candidate[T]{exact: exact, slug: plainText(have["slug"])}
		if err := json.Unmarshal(raw, &c.row); err != nil {
			return nil, fmt.Errorf("netbox: %s: %w", r.op("Upsert"), err)
		}
		c.id = r.idOf(&c.row)
		found = append(found, c)
	}
	// An object of exactly this name goes before those that differ in case.
	if slices.ContainsFunc(found, func(c candidate[T]) bool { return c.exact }) {
		found = slices.DeleteFunc(found, func(c candidate[T]) bool { return !c.exact })
	}
	return found, nil
}

// fits compares an object as read with the key's values.
func (i identity) fits(have map[string]any) (fits, exact bool) {
	for field, want := range i.want {
		if field == i.key.name {
			continue
		}
		if !sameField(field, have[field], want) {
			return false, false
		}
	}
	name := i.key.name
	a, b := plainText(have[name]), plainText(i.want[name])
	exact = i.key.fold || sameField(name, have[name], i.want[name])
	if name == "slug" || name == "asset_tag" {
		return exact, exact // these heed case
	}
	return exact || strings.EqualFold(a, b), exact
}
