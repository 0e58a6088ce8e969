package netboxtest

import (
	"fmt"
	"strings"
)

// version is major*100+minor: 307 is 3.7.
type version int

const (
	v37 version = 307
	v40 version = 400
	v42 version = 402
	v44 version = 404
	v45 version = 405
	v46 version = 406
	v47 version = 407
)

// release says what a version calls itself and what the packages below it are called.
type release struct {
	name, full, python, django, drf string
}

// releases are the versions that can be served. The full numbers are those of
// the sources that were read (3.7.8, 4.0.11, 4.2.9, 4.4.10, 4.5.10, 4.6.8) and of
// the NetBox that was recorded (4.7.3).
var releases = map[version]release{
	v37: {"3.7", "3.7.8", "3.11.9", "4.2.11", "3.14.0"},
	v40: {"4.0", "4.0.11", "3.12.1", "5.0.9", "3.15.2"},
	v42: {"4.2", "4.2.9", "3.12.1", "5.1.8", "3.15.2"},
	v44: {"4.4", "4.4.10", "3.12.1", "5.2.9", "3.16.1"},
	v45: {"4.5", "4.5.10", "3.12.1", "5.2.13", "3.16.1"},
	v46: {"4.6", "4.6.8", "3.12.1", "5.2.9", "3.16.1"},
	v47: {"4.7", "4.7.3", "3.12.1", "6.1.2", "3.18.0"},
}

// Versions returns the NetBox versions that a Server can be, oldest first.
func Versions() []string { return []string{"3.7", "4.0", "4.2", "4.4", "4.5", "4.6", "4.7"} }

func parseVersion(s string) (version, error) {
	if s == "" {
		return v47, nil
	}
	for v, r := range releases {
		if s == r.name || s == r.full {
			return v, nil
		}
	}
	return 0, fmt.Errorf("netboxtest: Options.Version is %q: use one of %s", s, strings.Join(Versions(), ", "))
}

// span is the range of versions in which something exists. The zero value is
// all versions; until is the first version without it.
type span struct{ since, until version }

func (s span) has(v version) bool {
	return v >= s.since && (s.until == 0 || v < s.until)
}
