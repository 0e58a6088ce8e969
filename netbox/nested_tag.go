package netbox

import "slices"

// NestedTag is a tag as NetBox embeds it in a tagged object.
type NestedTag struct {
	// ID is the tag's numeric id.
	ID int64 `json:"id"`
	// Name is the tag's name, "ServiceNowSyncTo".
	Name string `json:"name"`
	// Slug is what filters and writes refer to, "servicenowsyncto".
	Slug string `json:"slug"`
	// Color is six hex digits.
	Color string `json:"color"`
}

// Tags is the tag list of an object, in NetBox's order (by weight and name);
// nil when there are none or they were not asked for.
type Tags []NestedTag

// Has reports whether a tag with this slug is in the list.
func (t Tags) Has(slug string) bool {
	return slices.ContainsFunc(t, func(tag NestedTag) bool { return tag.Slug == slug })
}

// Slugs returns the slugs in list order.
func (t Tags) Slugs() []string {
	slugs := make([]string, len(t))
	for i, tag := range t {
		slugs[i] = tag.Slug
	}
	return slugs
}

// UnmarshalJSON reads a list of nested tags, or of bare names as webhook
// snapshots have. All texts of the list share one allocation.
func (t *Tags) UnmarshalJSON(data []byte) error {
	*t = nil
	s := scanner{data: data}
	if s.peek() != '[' {
		raw, ok := s.value()
		if !ok || !isNull(raw) {
			return errSyntax
		}
		return nil
	}
	type spans struct{ name, slug, color span }
	var buf [256]byte
	var atBuf [8]spans
	var tagBuf [8]NestedTag
	p := packer{buf: buf[:0]}
	at, tags := atBuf[:0], tagBuf[:0]
	for first := true; ; first = false {
		value, done, err := s.element(first)
		if err != nil {
			return err
		}
		if done {
			break
		}
		var tag NestedTag
		var where spans
		switch value[0] {
		case '{':
			inner := scanner{data: value}
			for first := true; ; first = false {
				key, value, done, err := inner.member(first)
				if err != nil {
					return err
				}
				if done {
					break
				}
				switch string(key) {
				case "id":
					tag.ID = number(value)
				case "name":
					p, where.name = p.add(value)
				case "slug":
					p, where.slug = p.add(value)
				case "color":
					p, where.color = p.add(value)
				}
			}
		case '"':
			p, where.name = p.add(value)
		default:
			tag.ID = number(value)
		}
		at, tags = append(at, where), append(tags, tag)
	}
	if len(tags) == 0 {
		return nil
	}
	all := string(p.buf)
	list := slices.Clone(tags)
	for i := range list {
		list[i].Name, list[i].Slug, list[i].Color = at[i].name.of(all), at[i].slug.of(all), at[i].color.of(all)
	}
	*t = list
	return nil
}
