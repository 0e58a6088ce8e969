package cmdb

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Authority decides which source may write which attribute of a CI, by the
// semantics of ServiceNow's reconciliation rules. The zero value has no rules: every
// source may write everything, and the instance's own rules decide.
//
// Of the rules that cover an attribute, the one that decides about a source is the
// most specific: a rule that names the attribute goes before one for all attributes,
// then the rule of a class before that of the classes above it, then priority. A
// source without a rule comes after all that have one. Functions of an Authority are
// safe for concurrent use as long as nobody changes it.
type Authority struct {
	// Rules give sources their priority. Their order does not matter.
	Rules []AuthorityRule
	// Refresh says when what a source has written counts as stale, so that others
	// may overwrite it. A source without one is never stale.
	Refresh []RefreshRule
	// NoInsert forbids sources to create CIs of a class.
	NoInsert []InsertRule
	// Above gives the class above a class, such as cmdb_ci_server of
	// cmdb_ci_linux_server. Rules for a class count for those below it.
	Above map[string]string
	// HigherWins says that a greater priority is the stronger one, as with the
	// ownership rules of incidents. The default is that smaller numbers are, as in
	// ServiceNow.
	HigherWins bool
}

// AuthorityRule gives a source its priority for attributes of a class.
type AuthorityRule struct {
	// Source is the discovery source that the rule is about.
	Source string
	// Class is the table for which it counts, and those below it; "" for all.
	Class string
	// Attributes are the columns that it covers; none means all.
	Attributes []string
	// Priority ranks the sources; see Authority.HigherWins.
	Priority int
	// MayEmpty are the columns that the source may empty. Any other that has a
	// value keeps it when the source has none.
	MayEmpty []string
}

// RefreshRule says how long what a source has written is worth keeping.
type RefreshRule struct {
	// Source and Class say whose; a Class of "" is every class.
	Source, Class string
	// After is the age at which it is stale, inclusive. 0 is always stale.
	After time.Duration
}

// InsertRule forbids a source to create CIs of a class and of those below it; a
// Class of "" is every class.
type InsertRule struct{ Source, Class string }

// AttributeWrite is the wish of a source to write one attribute.
type AttributeWrite struct {
	// Class is the CI's table, Attribute the column.
	Class, Attribute string
	// Source is who wants to write, Value what; "" empties the attribute.
	Source, Value string
	// Insert says that the CI is created by this write. Rules about attributes
	// count for CIs that exist.
	Insert bool
	// Present is what the attribute holds, Writer the source that wrote it last
	// ("" when nobody has), and Written when that source last confirmed it.
	Present, Writer string
	Written         time.Time
	// At is the time of the write. Without it or Written, nothing is stale.
	At time.Time
}

// AuthorityReason says what decided about a write.
type AuthorityReason string

// What can decide about a write. The last three refuse it.
const (
	AuthorityNoRule    AuthorityReason = "no-rule"    // nothing covers the attribute
	AuthorityInsert    AuthorityReason = "insert"     // the CI is created
	AuthorityFirst     AuthorityReason = "first"      // nobody has written the attribute yet
	AuthorityOwn       AuthorityReason = "own"        // the source wrote it last
	AuthorityStronger  AuthorityReason = "stronger"   // the source ranks before the last writer
	AuthorityEqual     AuthorityReason = "equal"      // both rank alike
	AuthorityStale     AuthorityReason = "stale"      // the last writer has not confirmed it for too long
	AuthorityOutranked AuthorityReason = "outranked"  // the last writer ranks before the source
	AuthorityKeepsText AuthorityReason = "keeps-text" // the source has no value and may not empty the attribute
	AuthorityNoInsert  AuthorityReason = "no-insert"  // the source may not create CIs of the class
)

// AuthorityResult is the answer about one write.
type AuthorityResult struct {
	// Allowed says that the source may write.
	Allowed bool
	// Reason is what decided.
	Reason AuthorityReason
	// Detail is the decision in words.
	Detail string
}

// Judge decides about one write. It answers for every input, and the same whatever
// the order of the rules.
func (a Authority) Judge(w AttributeWrite) AuthorityResult {
	yes := func(r AuthorityReason, detail string) AuthorityResult { return AuthorityResult{true, r, detail} }
	no := func(r AuthorityReason, detail string) AuthorityResult { return AuthorityResult{false, r, detail} }
	if w.Insert {
		if slices.ContainsFunc(a.NoInsert, func(r InsertRule) bool { return r.Source == w.Source && a.distance(w.Class, r.Class) >= 0 }) {
			return no(AuthorityNoInsert, fmt.Sprintf("%s may not create CIs of the class %s", w.Source, w.Class))
		}
		return yes(AuthorityInsert, "the CI is created")
	}
	mine, theirs := a.rank(w.Source, w), a.rank(w.Writer, w)
	if !mine.any {
		return yes(AuthorityNoRule, "no rule covers "+w.Attribute)
	}
	if w.Value == "" && w.Present != "" && (mine.rule == nil || !slices.Contains(mine.rule.MayEmpty, w.Attribute)) {
		return no(AuthorityKeepsText, fmt.Sprintf("%s has no value for %s and may not empty it", w.Source, w.Attribute))
	}
	switch {
	case w.Writer == "":
		return yes(AuthorityFirst, "nobody has written "+w.Attribute+" yet")
	case w.Writer == w.Source:
		return yes(AuthorityOwn, w.Source+" wrote "+w.Attribute+" last")
	}
	switch order := mine.compare(theirs, a.HigherWins); {
	case order < 0:
		return yes(AuthorityStronger, fmt.Sprintf("%s goes before %s for %s", w.Source, w.Writer, w.Attribute))
	case order == 0:
		return yes(AuthorityEqual, fmt.Sprintf("%s and %s rank alike for %s", w.Source, w.Writer, w.Attribute))
	}
	if after, stale := a.stale(w); stale {
		return yes(AuthorityStale, fmt.Sprintf("%s goes before %s for %s, but has not confirmed it for %s or longer", w.Writer, w.Source, w.Attribute, after))
	}
	return no(AuthorityOutranked, fmt.Sprintf("%s goes before %s for %s", w.Writer, w.Source, w.Attribute))
}

// A standing is where a source stands for an attribute of a class.
type standing struct {
	any  bool           // whether any source has a rule for the attribute
	rule *AuthorityRule // that of the source; nil without one
	all  bool           // the rule is for all attributes
	far  int            // how many classes above the CI's the rule is
}

// rank finds the rule that decides about a source.
func (a Authority) rank(source string, w AttributeWrite) (s standing) {
	for i := range a.Rules {
		r := &a.Rules[i]
		far := a.distance(w.Class, r.Class)
		if far < 0 || len(r.Attributes) > 0 && !slices.Contains(r.Attributes, w.Attribute) {
			continue
		}
		s.any = true
		next := standing{true, r, len(r.Attributes) == 0, far}
		if r.Source == source && (s.rule == nil || next.compare(s, a.HigherWins) < 0) {
			s = next
		}
	}
	return s
}

// compare is negative when s goes before o.
func (s standing) compare(o standing, higherWins bool) int {
	switch {
	case s.rule == nil || o.rule == nil:
		return cmp.Compare(order(s.rule == nil), order(o.rule == nil))
	case s.all != o.all || s.far != o.far:
		return cmp.Or(cmp.Compare(order(s.all), order(o.all)), cmp.Compare(s.far, o.far))
	case higherWins:
		return cmp.Compare(o.rule.Priority, s.rule.Priority)
	default:
		return cmp.Compare(s.rule.Priority, o.rule.Priority)
	}
}

func order(later bool) int {
	if later {
		return 1
	}
	return 0
}

// stale reports whether the last writer's value is stale, by the rule of the nearest
// class.
func (a Authority) stale(w AttributeWrite) (after time.Duration, stale bool) {
	nearest := -1
	for _, r := range a.Refresh {
		far := a.distance(w.Class, r.Class)
		if r.Source != w.Writer || far < 0 || nearest >= 0 && far > nearest {
			continue
		}
		if far == nearest {
			after = min(after, r.After)
			continue
		}
		nearest, after = far, r.After
	}
	if nearest < 0 {
		return 0, false
	}
	if after <= 0 {
		return after, true
	}
	return after, !w.At.IsZero() && !w.Written.IsZero() && w.At.Sub(w.Written) >= after
}

// distance is how many classes up a rule's class is: 0 for the class itself, -1 when
// it is not above it. A rule for every class is farther than any.
func (a Authority) distance(class, rule string) int {
	if rule == "" {
		return len(a.Above) + 1
	}
	for up := range len(a.Above) + 1 { // a ring ends here
		if class == rule {
			return up
		}
		above, there := a.Above[class]
		if !there {
			break
		}
		class = above
	}
	return -1
}

// Validate returns an error that names the first rule without a source, with an
// empty or repeated attribute, with a negative age, or that says the same as another
// one with another priority. Judge answers for such rules too.
func (a Authority) Validate() error {
	type place struct{ source, class, attribute string }
	seen := map[place]int{}
	for i, r := range a.Rules {
		if r.Source == "" {
			return fmt.Errorf("cmdb: Authority.Rules[%d] has no Source: name a discovery source", i)
		}
		attributes := r.Attributes
		if len(attributes) == 0 {
			attributes = []string{""}
		} else if slices.Contains(attributes, "") {
			return fmt.Errorf("cmdb: Authority.Rules[%d] (%s) has an empty attribute: leave Attributes empty for all of them", i, r.Source)
		}
		for _, attribute := range attributes {
			at := place{r.Source, r.Class, attribute}
			if first, twice := seen[at]; twice {
				return fmt.Errorf("cmdb: Authority.Rules[%d] says again what Rules[%d] says of %s: remove one", i, first, r.Source)
			}
			seen[at] = i
		}
	}
	for i, r := range a.Refresh {
		if r.Source == "" || r.After < 0 {
			return fmt.Errorf("cmdb: Authority.Refresh[%d] has no Source or a negative After: name a source, and an age of 0 or more", i)
		}
	}
	for i, r := range a.NoInsert {
		if r.Source == "" {
			return fmt.Errorf("cmdb: Authority.NoInsert[%d] has no Source: name a discovery source", i)
		}
	}
	return nil
}
