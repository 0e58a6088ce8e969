package assets

import (
	"fmt"
	"strings"

	"github.com/itsmkit/itsmkit/cmdb"
)

// eligible reports whether an object may be imported; where not, it says so in
// the plan.
func (r *run) eligible(o *object) bool {
	if o.code != "" {
		r.skip(o, o.class, sysID{}, o.code, o.reason)
		return false
	}
	r.current = o
	result := r.tags.Check(o.Object)
	if result.Valid {
		return true
	}
	r.skip(o, o.class, sysID{}, string(result.Reason), r.blame(result))
	return false
}

// blame says in words which object keeps another one from being imported.
func (r *run) blame(result cmdb.TagResult) string {
	path := make([]string, len(result.Path))
	for n, step := range result.Path {
		path[n] = r.called(step)
	}
	why := ", which does not carry the tag"
	if result.Reason == cmdb.UnknownDependency {
		why = ", which NetBox does not show"
	}
	return strings.Join(path, " needs ") + why
}

// called names an object for people.
func (r *run) called(o cmdb.Object) string {
	name := r.names[o]
	if found := r.registry[o]; found != nil {
		name = found.name
	} else if r.current != nil && r.current.Object == o {
		name = r.current.name
	}
	return fmt.Sprintf("%s %q", o, name)
}

// facts answers the check of tagged dependencies. NetBox refers to every object
// that is asked for, so it is there; only the selected ones are tagged.
func (r *run) facts(o cmdb.Object) (cmdb.TagFacts, bool) {
	if r.present[o] {
		return cmdb.TagFacts{Tagged: true}, true // it was when it was imported
	}
	found := r.registry[o]
	if r.current != nil && r.current.Object == o {
		found = r.current
	}
	if found == nil && r.narrow != nil {
		_, shown := r.narrow.found[asInNetBox(o)]
		return cmdb.TagFacts{}, shown // it was asked for
	}
	if found == nil || found.code != "" {
		return cmdb.TagFacts{}, true
	}
	return cmdb.TagFacts{Tagged: true, Needs: found.needs}, true
}
