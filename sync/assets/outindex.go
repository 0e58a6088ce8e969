package assets

import (
	"hash/maphash"
	"strings"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/netbox"
)

// An index finds the objects of one endpoint.
type index struct {
	count    int // of all objects that were read, kept or not
	byID     map[int64]*netObject
	byKey    map[string][]*netObject
	byTag    map[string][]*netObject // devices by asset tag
	bySerial map[string][]*netObject
	slugs    map[string]bool // within their scope
	sieve    *sieve          // nil keeps everything
}

func newIndex() *index {
	return &index{
		byID: map[int64]*netObject{}, byKey: map[string][]*netObject{}, byTag: map[string][]*netObject{},
		bySerial: map[string][]*netObject{}, slugs: map[string]bool{},
	}
}

func (x *index) add(s *shape, o netObject, words glossary) {
	if x.byID[o.id] != nil {
		return
	}
	x.count++
	value := func(field string) string { return o.value(s, field) }
	if s.typ != cmdb.TypeDevice && x.sieve.wantsSlug(value(fieldSlug)) {
		x.slugs[s.slugKey(value)] = true
	}
	if !x.sieve.wants(s, &o) {
		return
	}
	for i := range s.fields {
		switch s.fields[i].wire {
		case asRelation, asChoice, asTags, asCustom:
			o.values[i] = words.text(o.values[i])
		}
	}
	x.byID[o.id] = &o
	file(x.byKey, s.key(value), &o)
	if s.typ == cmdb.TypeDevice {
		file(x.byTag, strings.TrimSpace(value("asset_tag")), &o)
		file(x.bySerial, strings.ToLower(strings.TrimSpace(value("serial"))), &o)
	}
}

func file(under map[string][]*netObject, key string, o *netObject) {
	if key != "" {
		under[key] = append(under[key], o)
	}
}

// slugKey is a slug within its scope.
func (s *shape) slugKey(value func(field string) string) string {
	var b strings.Builder
	for _, f := range s.scope {
		b.WriteString(value(f))
		b.WriteByte(0)
	}
	return b.String() + value(fieldSlug)
}

// A sieve lets pass the objects that the records of a run may mean: those that they are
// linked to, and those with the name, the asset tag or the serial number of one. It
// holds digests, so that a large NetBox costs no more memory than the records do; that
// two texts have one digest lets an object too many pass, and nothing else.
type sieve struct {
	seed  maphash.Seed
	ids   map[int64]struct{}
	texts map[uint64]struct{}
}

// sieveFor makes the sieve of an endpoint.
func (x *exporting) sieveFor(endpoint string) *sieve {
	v := &sieve{seed: maphash.MakeSeed(), ids: map[int64]struct{}{}, texts: map[uint64]struct{}{}}
	for _, o := range x.records {
		s := shapeOf(o.typ)
		if s == nil || s.endpoint != endpoint {
			continue
		}
		if o.isLinked() {
			v.ids[o.linked.ID] = struct{}{}
		}
		name := o.text("name")
		v.add(s.name, strings.ToLower(name))
		v.add(fieldSlug, netbox.Slug(name))
		v.add("asset_tag", o.text("asset_tag"))
		v.add("serial", strings.ToLower(o.text("serial_number")))
	}
	return v
}

func (v *sieve) digest(field, value string) uint64 {
	var h maphash.Hash
	h.SetSeed(v.seed)
	h.WriteString(field)
	h.WriteByte(0)
	h.WriteString(value)
	return h.Sum64()
}

func (v *sieve) add(field, value string) {
	if value != "" {
		v.texts[v.digest(field, value)] = struct{}{}
	}
}

func (v *sieve) has(field, value string) bool {
	_, ok := v.texts[v.digest(field, value)]
	return ok
}

func (v *sieve) wants(s *shape, o *netObject) bool {
	if v == nil {
		return true
	}
	if _, linked := v.ids[o.id]; linked || v.has(s.name, strings.ToLower(strings.TrimSpace(o.value(s, s.name)))) {
		return true
	}
	return s.typ == cmdb.TypeDevice && (v.has("asset_tag", strings.TrimSpace(o.value(s, "asset_tag"))) ||
		v.has("serial", strings.ToLower(strings.TrimSpace(o.value(s, "serial")))))
}

func (v *sieve) wantsSlug(slug string) bool { return v == nil || v.has(fieldSlug, slug) }
