package netboxtest

func tagResource() *resource {
	return &resource{
		path: "extras/tags", model: "extras.tag", class: "Tag", verbose: "tag",
		fields: spread(
			text("name", 100).need().once(), &field{name: "slug", kind: kindSlug, max: 100, required: true, noBlank: true, unique: true, letters: true},
			text("color", 6).defaults("9e9e9e"), description(),
			integer("weight", 0, 32767).defaults(number("1000")).from(403),
			&field{name: "object_types", kind: kindTypes, def: []any{}},
			computed("tagged_items", func(e *encoder, r *row) { e.int(int64(e.s.tagged[r.id])) }),
			stamps()),
		brief:  []string{"name", "slug", "color", "description"},
		old:    []string{"name", "slug", "color"},
		order:  []string{"name"},
		search: []string{"name", "slug"},
	}
}

// isColor says whether a text is six lower-case hexadecimal digits.
func isColor(s string) bool {
	if len(s) != 6 {
		return false
	}
	for _, c := range s {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
