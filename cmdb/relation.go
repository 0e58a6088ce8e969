package cmdb

import (
	"fmt"
	"slices"
	"strings"
)

// The table of relations between CIs and its columns.
const (
	RelationTable  = "cmdb_rel_ci"
	ColumnParent   = "parent"
	ColumnChild    = "child"
	ColumnRelation = "type" // refers to a row of cmdb_rel_type, whose name is RelationType.Name
)

// RelationType is a way in which two CIs stand to one another, as ServiceNow's table
// cmdb_rel_type has them: one record with a word for each direction.
type RelationType struct {
	// Down is what the parent does to the child, such as "Runs on".
	Down string
	// Up is what the child does to the parent, such as "Runs".
	Up string
	// Tree says that nothing may be below itself by relations of this type.
	Tree bool
}

// relationSeparator stands between the two words of a type's name.
const relationSeparator = "::"

// Name is the type's name in ServiceNow, such as "Runs on::Runs".
func (t RelationType) Name() string { return t.Down + relationSeparator + t.Up }

// mutual reports whether both directions say the same.
func (t RelationType) mutual() bool { return t.Down == t.Up }

var relationTypes = [...]RelationType{
	{"Depends on", "Used by", true},
	{"Runs on", "Runs", true},
	{"Hosted on", "Hosts", true},
	{"Contains", "Contained by", true},
	{"Members", "Member of", true},
	{"Cluster of", "Cluster", true},
	{"Virtualized by", "Virtualizes", true},
	{"Managed by", "Manages", true},
	{"Owns", "Owned by", true},
	{"Uses", "Used by", true},
	{"Provides", "Provided by", true},
	{"Defines resources for", "Gets resources from", true},
	{"Connects to", "Connected by", false},
	{"Replicates to", "Replicated by", false},
	{"IP Connection", "IP Connection", false},
}

// DefaultRelationTypes returns the common types of an out-of-the-box instance. Which
// of them form trees is a judgement of this package. The slice is the caller's own.
func DefaultRelationTypes() []RelationType { return slices.Clone(relationTypes[:]) }

// Relation says that two CIs stand to one another in a way: the parent "runs on" the
// child.
type Relation struct {
	// Parent and Child name the CIs.
	Parent, Child string
	// Type is the name of the type, such as "Runs on::Runs".
	Type string
}

// String gives the relation as a sentence.
func (r Relation) String() string {
	down, _, _ := strings.Cut(r.Type, relationSeparator)
	return r.Parent + " " + down + " " + r.Child
}

// Relations knows types of relations. The zero value knows DefaultRelationTypes.
type Relations struct{ Types []RelationType }

func (r Relations) types() []RelationType {
	if r.Types == nil {
		return relationTypes[:]
	}
	return r.Types
}

// Validate returns an error that names the first type with an empty word, with "::"
// in a word, or that stands twice.
func (r Relations) Validate() error {
	seen := map[string]int{}
	for i, t := range r.Types {
		first, twice := seen[t.Name()]
		switch {
		case t.Down == "" || t.Up == "":
			return fmt.Errorf("cmdb: Relations.Types[%d] (%s) has an empty word: give one for each direction", i, t.Name())
		case strings.Contains(t.Down+t.Up, relationSeparator):
			return fmt.Errorf("cmdb: Relations.Types[%d] (%s) has %q in a word: give the two words apart", i, t.Name(), relationSeparator)
		case twice:
			return fmt.Errorf("cmdb: Relations.Types[%d] (%s) stands at %d already: remove one", i, t.Name(), first)
		}
		seen[t.Name()] = i
	}
	return nil
}

// find returns the type of a name.
func (r Relations) find(name string) (RelationType, bool) {
	for _, t := range r.types() {
		if t.Name() == name {
			return t, true
		}
	}
	return RelationType{}, false
}

// Say makes the relation of a sentence: subject, word, object. The word is either
// direction of a type, in any case, and decides who is the parent: "web Runs on host"
// and "host Runs web" are one relation. Where several types have the word, as with
// "Used by", name the type in full; the subject then is the parent. A word that no
// type has, or several have, is an error that names the choices.
func (r Relations) Say(subject, word, object string) (Relation, error) {
	word = strings.TrimSpace(word)
	var found []Relation
	var names []string
	for _, t := range r.types() {
		switch {
		case strings.EqualFold(word, t.Name()):
			return Relation{subject, object, t.Name()}, nil
		case strings.EqualFold(word, t.Down):
			found = append(found, Relation{subject, object, t.Name()})
		case strings.EqualFold(word, t.Up):
			found = append(found, Relation{object, subject, t.Name()})
		default:
			names = append(names, t.Name())
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return Relation{}, fmt.Errorf("cmdb: no type of relation has the word %q: use one of %s", word, strings.Join(names, ", "))
	default:
		names = names[:0]
		for _, f := range found {
			names = append(names, f.Type)
		}
		return Relation{}, fmt.Errorf("cmdb: %q may mean several types of relation: name one of %s, with its parent first", word, strings.Join(names, ", "))
	}
}

// canonical gives relations that say the same one form: where both directions of the
// type say the same, the smaller name is the parent.
func (r Relations) canonical(x Relation) Relation {
	if t, known := r.find(x.Type); known && t.mutual() && x.Child < x.Parent {
		x.Parent, x.Child = x.Child, x.Parent
	}
	return x
}

// RelationRecord is a relation that the CMDB holds.
type RelationRecord struct {
	// ID is the sys_id of its row in RelationTable.
	ID string
	Relation
}

// RelationChanges is what makes the CMDB hold the wanted relations.
type RelationChanges struct {
	// Add are the wanted relations that are not there, in their order.
	Add []Relation
	// Remove are the records that nobody wants, and all but the first of records
	// that say the same, in their order.
	Remove []RelationRecord
	// Kept counts the records that stay.
	Kept int
}

// Changes compares what the CMDB holds with what is wanted. Relations that say the
// same are one. Give only those records that are the caller's to remove: the
// relations of a discovery are not.
func (r Relations) Changes(have []RelationRecord, want []Relation) RelationChanges {
	var c RelationChanges
	wanted := make(map[Relation]bool, len(want)) // whether a record holds it
	for _, w := range want {
		wanted[r.canonical(w)] = false
	}
	for _, h := range have {
		held, there := wanted[r.canonical(h.Relation)]
		if !there || held {
			c.Remove = append(c.Remove, h)
			continue
		}
		wanted[r.canonical(h.Relation)] = true
		c.Kept++
	}
	for _, w := range want {
		if key := r.canonical(w); !wanted[key] {
			wanted[key] = true
			c.Add = append(c.Add, w)
		}
	}
	return c
}
