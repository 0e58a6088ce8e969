package assets

import (
	"fmt"
	"slices"
	"strings"

	"github.com/itsmkit/itsmkit/cmdb"
)

// A verdict is the record that an object means.
type verdict struct {
	at    int32 // the row on the shelf; -1 where the record is to be created
	id    sysID // the record: found, or chosen for a create
	link  bool  // the link found it
	code  string
	words string   // the answer in words
	twins []string // other records that look like it
}

const absentRow = int32(-1)

// nothingFound is what an Identifier says when it has passed over nothing.
const nothingFound = "no link and no rule finds a record"

// find decides which record of the shelf an object means. scope is the record
// within which the object's name means something.
func (r *run) find(s *shelf, o *object, scope sysID) verdict {
	if strings.TrimSpace(o.value("name")) == "" {
		return verdict{at: absentRow, code: CodeNameless, words: o.label() + " has no name, so that no record can be told to be its own: give it one in NetBox"}
	}
	chosen := chosenID(r.Source, o.Object, forRecord)
	links := r.links(s, o, chosen)
	for _, id := range links {
		if owners := r.book.objects(id); len(owners) > 1 {
			return verdict{at: absentRow, code: CodeAmbiguous, words: fmt.Sprintf("record %s is linked to %s: leave it one link", id, joinObjects(owners))}
		}
	}
	if v, shared := r.sharedIdentity(s, o, links); shared {
		return v
	}
	source := cmdb.Source{ID: o.String(), Values: map[string]string{}}
	for _, id := range links {
		source.Links = append(source.Links, id.String())
	}
	for _, k := range s.keys {
		source.Values[s.target.columns[k.column].name] = o.values[k.column].Text()
	}
	match := r.identifier(s.target).Match(source, r.lookup(s, o, scope, len(links) == 0), func(id string) string { return r.owner(id, o) })
	v := verdict{at: absentRow, words: match.Detail, twins: match.Twins}
	switch match.Outcome {
	case cmdb.MatchOne:
		v.id, _ = parseSysID(match.ID)
		v.at, v.link = s.byID[v.id], match.Linked
	case cmdb.MatchNone:
		v.id = chosen
		if len(match.Twins) == 0 && match.Detail == nothingFound {
			v.words = "" // the usual reason for a create need not be said each time
		}
	case cmdb.MatchAmbiguous:
		v.code = CodeAmbiguous
	case cmdb.MatchMismatch:
		v.code = CodeMismatch
	}
	return v
}

// links returns the records that an object is linked to and that exist. One that
// the flow itself created counts as linked even when a crash has kept its link
// row from being written, unless somebody has linked it elsewhere.
func (r *run) links(s *shelf, o *object, chosen sysID) []sysID {
	live := slices.DeleteFunc(r.book.records(o.Object), func(id sysID) bool { _, ok := s.byID[id]; return !ok })
	if _, ok := s.byID[chosen]; ok && len(live) == 0 && len(r.book.objects(chosen)) == 0 {
		live = append(live, chosen)
	}
	return live
}

// lookup answers the rules from the shelf. An object that is not linked yet is
// looked for after all others, when it is known what they share.
func (r *run) lookup(s *shelf, o *object, scope sysID, unlinked bool) cmdb.Lookup {
	return func(rule cmdb.Rule, values []string) []string {
		if len(rule.Fields) != 1 {
			return nil
		}
		column := rule.Fields[0]
		var found []string
		for _, at := range s.with(column, values[0]) {
			row := &s.rows[at]
			elsewhere := column == "name" && s.scopeAt >= 0 && row.scope != (sysID{}) && row.scope != scope
			if elsewhere || unlinked && r.isTwin(column, values[0], row.id, o) {
				continue
			}
			found = append(found, row.id.String())
		}
		return found
	}
}

// isTwin reports whether a record is no candidate for an object because another
// NetBox object has it already and shares the value: what two objects share
// identifies neither.
func (r *run) isTwin(column, value string, id sysID, o *object) bool {
	if r.engineDecides(o.target) || !r.shared.many(column, value) {
		return false
	}
	owner := r.owner(id.String(), o)
	return owner != "" && owner != o.String()
}

// owner returns the object that a record is linked to, "" for none.
func (r *run) owner(id string, o *object) string {
	record, _ := parseSysID(id)
	owners := r.book.objects(record)
	switch {
	case len(owners) == 0:
		return ""
	case slices.Contains(owners, o.Object):
		return o.String()
	}
	return owners[0].String()
}

func (r *run) identifier(t *target) cmdb.Identifier {
	if t != &configurationItems {
		return cmdb.Identifier{Rules: t.rules()}
	}
	if !r.engineDecides(t) {
		return r.Identifier
	}
	// The engine knows nothing of links: a CI that it would find by its name is
	// found, whoever it is linked to.
	d := r.Identifier
	d.Rules = slices.Clone(d.Rules)
	for n := range d.Rules {
		d.Rules[n].OnlyUnlinked = false
	}
	return d
}

// engineDecides reports whether the identification engine has the last word on
// which record is meant.
func (r *run) engineDecides(t *target) bool {
	return t == &configurationItems && r.Through != ThroughTables
}

// sharedIdentity blocks an object that shares an identifying value with another
// one: the identification engine would take both for one CI.
func (r *run) sharedIdentity(s *shelf, o *object, links []sysID) (verdict, bool) {
	if !r.engineDecides(s.target) || len(links) > 0 {
		return verdict{}, false
	}
	for _, column := range exclusive(r.identifier(s.target).Rules) {
		if value := o.value(column); r.shared.many(column, value) {
			return verdict{at: absentRow, code: CodeAmbiguous, words: fmt.Sprintf("%s %q is shared by several devices: the identification engine would take them for one CI", column, value)}, true
		}
	}
	return verdict{}, false
}

// A tally counts how many of the selected objects share a value by which a rule
// may find a record that is linked elsewhere already.
type tally map[tallyKey]uint8

type tallyKey struct {
	column string
	hash   uint64
}

// add counts what an object says of itself.
func (t tally) add(columns []string, o *object) {
	for _, c := range columns {
		key := tallyKey{c, identity(o.value(c))}
		if key.hash != 0 && t[key] < 2 {
			t[key]++
		}
	}
}

// many reports whether several objects have the value.
func (t tally) many(column, value string) bool { return t[tallyKey{column, identity(value)}] > 1 }

// exclusive returns the columns of the rules that do not pass over records which
// are linked elsewhere.
func exclusive(rules []cmdb.Rule) (columns []string) {
	for _, rule := range rules {
		if !rule.Link && !rule.OnlyUnlinked && len(rule.Fields) == 1 && !slices.Contains(columns, rule.Fields[0]) {
			columns = append(columns, rule.Fields[0])
		}
	}
	return columns
}

func joinObjects(objects []cmdb.Object) string {
	names := make([]string, len(objects))
	for i, o := range objects {
		names[i] = o.String()
	}
	slices.Sort(names)
	return strings.Join(names, " and ")
}
