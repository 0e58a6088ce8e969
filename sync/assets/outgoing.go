package assets

import (
	"fmt"
	"strings"

	"github.com/itsmkit/itsmkit/cmdb"
)

// An outgoing is a record of the CMDB on its way into NetBox, or one that others
// need.
type outgoing struct {
	number   int64 // within the run, from 1
	id       sysID
	target   *target
	class    string          // its table
	typ      cmdb.ObjectType // "" while or where it is none
	texts    []string        // by column of the target
	sequence cmdb.Number     // of a location's type
	row      linkRowOf       // no sys_id where it has none
	linked   cmdb.Object     // no id where it is not linked
	level    int             // of a location
	how      string          // why a location is what it is, where its link row does not say
	asked    bool            // its link row is flagged, or Force flags it
	forced   bool            // Force flags it
	carried  bool            // the run decides about it, as it is not only needed
	code     string          // why it cannot be exported, "" when nothing is known against it
	reason   string          // the same in words
	missing  []missing       // references that lead nowhere
	refs     []need
}

// A need is another record that a field of the object refers to.
type need struct {
	field string // of the shape
	to    *outgoing
}

// ref returns the record that a field refers to, nil for none.
func (o *outgoing) ref(field string) *outgoing {
	for _, n := range o.refs {
		if n.field == field {
			return n.to
		}
	}
	return nil
}

// refer notes what a field refers to; nil is nothing.
func (o *outgoing) refer(field string, to *outgoing) {
	if to != nil {
		o.refs = append(o.refs, need{field, to})
	}
}

// A linkRowOf is what the link row of a record says beside the link.
type linkRowOf struct {
	row          sysID
	class, level string
}

func (e linkEntry) rest() linkRowOf { return linkRowOf{e.row, e.class, e.level} }

// missing is a reference to a record that is not there, or not to be seen.
type missing struct{ column, id string }

// text returns a column, without space around it.
func (o *outgoing) text(column string) string {
	if at := o.target.index(column); at >= 0 {
		return strings.TrimSpace(o.texts[at])
	}
	return ""
}

// truth reports whether a column is true.
func (o *outgoing) truth(column string) bool {
	v := o.text(column)
	return v == "true" || v == "1"
}

// opID names its operation.
func (o *outgoing) opID() string { return string(o.typ) + ":" + o.id.String() }

// label names the record for people.
func (o *outgoing) label() string {
	kind := string(o.typ)
	if kind == "" {
		kind = o.target.table
	}
	return fmt.Sprintf("%s %q", kind, o.text("name"))
}

func (o *outgoing) isLinked() bool { return o.linked.ID > 0 }

// refuse notes why a record cannot be exported. The first reason stays.
func (o *outgoing) refuse(code, format string, args ...any) {
	if o.code == "" {
		o.code, o.reason = code, fmt.Sprintf(format, args...)
	}
}

// referring are the columns of a table that lead to other records, with the table
// that they lead to.
func referring(t *target) map[string]*target { return references[t] }

var references = map[*target]map[string]*target{
	&configurationItems: {"model_id": &models, "location": &locations, "company": &companies, "department": &departments},
	&models:             {"manufacturer": &companies},
	&locations:          {"parent": &locations, "company": &companies},
}

// unmapped are the columns of a target that no field of NetBox says.
var unmapped = map[*target][]string{
	&configurationItems: {"manufacturer", "ip_address"},
	&models:             {"model_number"},
	&departments:        {"company"},
	&locations:          {linkLevel},
}

// A glossary keeps texts that many records have in common once.
type glossary map[string]string

func (g glossary) text(s string) string {
	if known, ok := g[s]; ok {
		return known
	}
	g[s] = s
	return s
}
