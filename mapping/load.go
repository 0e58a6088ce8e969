package mapping

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// DocumentVersion is the version of the documents that Load reads.
const DocumentVersion = 1

// MaxDocument is the size in bytes above which Load refuses a document.
const MaxDocument = 4 << 20

// ErrVersion says that the document has a version that this release does not know.
var ErrVersion = errors.New("mapping: unknown document version")

// Problem is one mistake in a document.
type Problem struct {
	// Path says where, as in $.maps.status.pairs[3].
	Path string
	// Message says what, and what to do.
	Message string
}

// String returns path and message.
func (p Problem) String() string { return p.Path + " " + p.Message }

// LoadError is all that is wrong with a document.
type LoadError struct {
	// Problems has at least one entry; they stand in the order of the document,
	// but maps before fields.
	Problems []Problem
	cause    error
}

// Error returns the problems, one a line.
func (e *LoadError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "mapping: %d mistakes in the document:", len(e.Problems))
	if len(e.Problems) == 1 {
		b.Reset()
		b.WriteString("mapping: a mistake in the document:")
	}
	for _, p := range e.Problems {
		b.WriteString("\n  " + p.String())
	}
	return b.String()
}

// Unwrap returns ErrVersion or what the JSON decoder said, else nil.
func (e *LoadError) Unwrap() error { return e.cause }

// Integration is all that one integration maps. It does not change once it is
// loaded; safe for concurrent use.
type Integration struct {
	name, description, digest string
	maps                      map[string]loadedMap
	fields                    Fields
}

// Name returns the document's name of the integration.
func (i *Integration) Name() string { return i.name }

// Digest returns "sha256:" and the hex digest of what the document says. Space and
// the order of members do not matter to it, the order of pairs does. Audit records
// carry it, so that it can be told which maps decided.
func (i *Integration) Digest() string { return i.digest }

// Names returns the names of the maps, sorted.
func (i *Integration) Names() []string { return slices.Sorted(maps.Keys(i.maps)) }

// Map returns the map of that name, and whether there is one. Where a map has
// several columns, its keys are made by [Tuple].
func (i *Integration) Map(name string) (Map[string, string], bool) {
	m, there := i.maps[name]
	return m.table, there
}

// Fields returns the field maps; without any it maps nothing.
func (i *Integration) Fields() Fields { return i.fields }

// Load reads the maps of an integration from a JSON document:
//
//	{
//	  "version": 1,
//	  "name": "prod-snow",
//	  "maps": {
//	    "status": {"use": "incident-status", "pairs": [["10", "open"]], "without": ["4"]},
//	    "team":   {"pairs": [["NOC", "ops"], ["SOC", "ops"]], "back": {"ops": "SOC"}, "default": "triage"},
//	    "matrix": {"columns": ["impact", "urgency"], "pairs": [[["1", "1"], "1"], [[2, 2], 3]]}
//	  },
//	  "fields": [
//	    {"name": "title", "columns": ["short_description"], "via": ["trim"], "owner": "platform", "priority": 10},
//	    {"name": "status", "columns": ["state"], "via": ["status"], "direction": "inbound"},
//	    {"name": "work_notes", "columns": ["work_notes"], "journal": true}
//	  ],
//	  "ignore": ["sys_id"]
//	}
//
// A map's "use" starts from a table of this package (see [Builtin]); "pairs" adds to
// it or replaces keys, "without" takes keys out, "back" chooses canonical keys,
// "default" and "backDefault" are the defaults (null removes one), "fold" ignores
// case and space around keys, "columns" names the parts of a composite key. A
// field's "via" names maps of the document, tables of this package, "trim" and
// "html", the external one first; "write" with "columns" and "via" says how it is
// written where that differs; "description" may stand everywhere. Whole numbers and
// booleans count as their text, so 2 and "2" are one key.
//
// Load returns a *[LoadError] with every mistake and its path. A version other than
// [DocumentVersion] is ErrVersion, and nothing else is looked at.
func Load(document []byte) (*Integration, error) {
	if len(document) > MaxDocument {
		return nil, &LoadError{Problems: []Problem{{"$", fmt.Sprintf("has %d bytes: the limit is %d", len(document), MaxDocument)}}}
	}
	root, err := parse(document)
	if err != nil {
		return nil, &LoadError{[]Problem{{"$", "is not JSON: " + err.Error()}}, err}
	}
	var problems []Problem
	top := place{root, "$", &problems}
	if err := checkVersion(top); err != nil || len(problems) > 0 {
		return nil, &LoadError{problems, err}
	}
	l := loader{Integration: Integration{maps: make(map[string]loadedMap)}}
	l.load(top)
	if len(problems) > 0 {
		return nil, &LoadError{Problems: problems}
	}
	var canonical bytes.Buffer
	root.canonical(&canonical)
	sum := sha256.Sum256(canonical.Bytes())
	l.digest = "sha256:" + hex.EncodeToString(sum[:])
	return &l.Integration, nil
}

// checkVersion notes a version that is missing or no whole number, or returns
// ErrVersion.
func checkVersion(top place) error {
	if !top.is(objectKind) {
		return nil
	}
	i := slices.IndexFunc(top.members, func(m member) bool { return m.name == "version" })
	if i < 0 {
		top.problem(`has no version: add "version": %d`, DocumentVersion)
		return nil
	}
	at := top.at(top.members[i])
	if !at.is(numberKind) {
		return nil
	}
	if at.text != fmt.Sprint(DocumentVersion) {
		at.problem("is %s: this release reads version %d", at.text, DocumentVersion)
		return fmt.Errorf("%w %s", ErrVersion, at.text)
	}
	return nil
}

type loader struct{ Integration }

func (l *loader) load(top place) {
	var fields place
	ignored := []string{}
	top.fields(map[string]func(place){
		"version":     func(place) {},
		"name":        func(p place) { p.string(&l.name) },
		"description": func(p place) { p.string(&l.description) },
		"maps": func(p place) {
			p.each(func(name string, at place) { l.loadMap(name, at) })
		},
		"fields": func(p place) { fields = p },
		"ignore": func(p place) { p.strings(&ignored) },
	})
	if fields.path != "" { // after the maps, wherever they stand
		l.loadFields(fields)
	}
	l.fields = l.fields.Ignoring(ignored...)
}
