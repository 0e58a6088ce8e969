package netbox

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// maxSlug is the longest slug that NetBox takes, in characters.
const maxSlug = 100

// Slug makes the slug of a name exactly as NetBox's own user interface does
// (project-static/src/buttons/reslug.ts): all but ASCII letters, digits,
// underscores, hyphens, dots and white space is dropped, white space and dots at
// the ends too, runs of the last three become one hyphen, letters lower case,
// and what is over 100 characters is cut. NetBox's API derives no slug by
// itself and requires one on every type that has slugs.
//
// A name of which nothing is left, such as "日本", gets a slug made from its
// SHA-256, "n-" and twelve hexadecimal digits: the same on every run, and in
// every program. Only a name without anything but white space has no slug, "".
func Slug(name string) string {
	slug := bareSlug(name)
	if slug == "" && strings.TrimSpace(name) != "" {
		return "n-" + fingerprint(name, 12)
	}
	return slug
}

// SlugWithSuffix makes another slug for a name whose own one is taken by
// a different object ("A B" and "A-B" slug alike): the slug, cut if need be,
// a hyphen, and six hexadecimal digits of the name's SHA-256. The same name
// gets the same one on every run.
func SlugWithSuffix(name string) string {
	slug := Slug(name)
	if slug == "" {
		return ""
	}
	return suffixed(slug, name)
}

func suffixed(slug, name string) string {
	const digits = 6
	return strings.TrimRight(slug[:min(len(slug), maxSlug-digits-1)], "-") + "-" + fingerprint(name, digits)
}

func bareSlug(name string) string {
	kept := make([]byte, 0, len(name))
	for _, r := range name {
		switch {
		case r >= 'A' && r <= 'Z':
			kept = append(kept, byte(r-'A'+'a'))
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '_', r == '-', r == '.':
			kept = append(kept, byte(r))
		case isScriptSpace(r):
			kept = append(kept, ' ')
		}
	}
	trimmed := strings.Trim(string(kept), " .")
	var slug strings.Builder
	run := false
	for _, c := range []byte(trimmed) {
		if c == '-' || c == '.' || c == ' ' {
			run = true
			continue
		}
		if run {
			slug.WriteByte('-')
			run = false
		}
		slug.WriteByte(c)
	}
	if run {
		slug.WriteByte('-')
	}
	s := slug.String()
	return s[:min(len(s), maxSlug)]
}

// isScriptSpace reports what \s matches in a regular expression of JavaScript.
func isScriptSpace(r rune) bool {
	switch {
	case r >= '\t' && r <= '\r', r == ' ', r == 0xa0, r == 0x1680, r >= 0x2000 && r <= 0x200a,
		r == 0x2028, r == 0x2029, r == 0x202f, r == 0x205f, r == 0x3000, r == 0xfeff:
		return true
	}
	return false
}

func fingerprint(text string, digits int) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])[:digits]
}
