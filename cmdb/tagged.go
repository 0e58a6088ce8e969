package cmdb

import (
	"slices"
	"strings"
)

// TagFacts is what the check of tagged dependencies asks about an object.
type TagFacts struct {
	// Tagged says that the object carries a tag that selects it.
	Tagged bool
	// Needs are the objects that it refers to and that must be importable too:
	// a device's site, a site's region. Leave out references to types that are
	// not imported at all: those are skipped and not fatal.
	Needs []Object
}

// TagReason says why an object may not be imported. It is empty for one that may.
type TagReason string

// Why an object may not be imported.
const (
	NotTagged           TagReason = "not-tagged"            // the object itself carries no tag
	UnknownObject       TagReason = "unknown"               // the object itself is not there
	DependencyNotTagged TagReason = "dependency-not-tagged" // something that it needs carries no tag
	UnknownDependency   TagReason = "dependency-unknown"    // something that it needs is not there
)

// TagResult is the answer about one object.
type TagResult struct {
	// Valid says that the object and all that it needs may be imported.
	Valid bool
	// Reason says why it is not valid; "" when it is.
	Reason TagReason
	// Path leads from the object to the one that is to blame, both included.
	// It is the shortest such path, and the first one in the order of Needs.
	Path []Object
	// Detail is the answer in words.
	Detail string
}

// TagCheck decides which objects may be imported: those that are tagged and
// whose dependencies are tagged, all the way. Make one with NewTagCheck. It
// remembers what it has found valid, so that many objects cost one visit of
// each object that they share. It is not safe for concurrent use.
type TagCheck struct {
	facts func(Object) (TagFacts, bool)
	valid map[Object]struct{}
}

// NewTagCheck returns a check over a graph. The function facts reports false
// for an object that is not there; it must always give the same answer for the
// same object. Nil stands for a graph without objects.
func NewTagCheck(facts func(Object) (TagFacts, bool)) *TagCheck {
	if facts == nil {
		facts = func(Object) (TagFacts, bool) { return TagFacts{}, false }
	}
	return &TagCheck{facts: facts, valid: make(map[Object]struct{})}
}

type tagStep struct {
	object Object
	from   int // index of the step that led here; -1 at the start
}

// Check answers for one object. Objects that need one another in a cycle, or
// one another's dependencies several times, are each looked at once.
func (c *TagCheck) Check(o Object) TagResult {
	steps := []tagStep{{o, -1}}
	seen := map[Object]struct{}{o: {}}
	for i := 0; i < len(steps); i++ {
		if _, ok := c.valid[steps[i].object]; ok {
			continue
		}
		facts, there := c.facts(steps[i].object)
		if !there || !facts.Tagged {
			return blame(steps, i, there)
		}
		for _, need := range facts.Needs {
			if _, twice := seen[need]; !twice {
				seen[need] = struct{}{}
				steps = append(steps, tagStep{need, i})
			}
		}
	}
	for _, s := range steps {
		c.valid[s.object] = struct{}{}
	}
	return TagResult{Valid: true, Detail: o.String() + " and all that it needs are tagged"}
}

func blame(steps []tagStep, at int, there bool) TagResult {
	r := TagResult{Reason: NotTagged}
	for i := at; i >= 0; i = steps[i].from {
		r.Path = append(r.Path, steps[i].object)
	}
	slices.Reverse(r.Path)
	names := make([]string, len(r.Path))
	for i, o := range r.Path {
		names[i] = o.String()
	}
	r.Detail = names[len(names)-1] + " is not tagged"
	if !there {
		r.Reason, r.Detail = UnknownObject, names[len(names)-1]+" is not there"
	}
	if len(names) > 1 {
		r.Reason = DependencyNotTagged
		if !there {
			r.Reason = UnknownDependency
		}
		r.Detail += ": " + strings.Join(names, " needs ")
	}
	return r
}
