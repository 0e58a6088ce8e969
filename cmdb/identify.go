package cmdb

import (
	"fmt"
	"slices"
	"strings"
)

// Lookup returns the ids of the records that have the values, one value for
// each of the rule's fields and in their order. A repeated id counts once. How
// values are compared (case, space inside) is the lookup's choice.
type Lookup func(rule Rule, values []string) []string

// Outcome is how a search for a record ended.
type Outcome string

// How a search can end. Only MatchOne and MatchNone may lead to a write.
const (
	MatchNone      Outcome = "none"      // no record: it may be created
	MatchOne       Outcome = "one"       // one record: it may be updated
	MatchAmbiguous Outcome = "ambiguous" // several records, none of which is better
	MatchMismatch  Outcome = "mismatch"  // link and rule name different records
)

// Match is the answer of a search.
type Match struct {
	Outcome Outcome
	// ID is the record when Outcome is MatchOne; else "".
	ID string
	// Rule is the name of the rule that decided, or that could not; "" when a
	// link decided or nothing was found.
	Rule string
	// Linked says that ID was found by its link.
	Linked bool
	// Candidates are the records among which nothing could choose (ambiguous,
	// mismatch), sorted; nil else.
	Candidates []string
	// Twins are other records that a rule found although the match stands, to
	// be reported: duplicates of a serial number, or a contradicting link.
	// Sorted; nil without any.
	Twins []string
	// Detail is the answer in words.
	Detail string
}

// MismatchPolicy says what happens when a link and a rule of higher priority
// name different records. The zero value is ReportMismatch.
type MismatchPolicy int

const (
	// ReportMismatch ends with MatchMismatch, so that nothing is written.
	ReportMismatch MismatchPolicy = iota
	// FollowLink keeps to the link and reports the other record as a twin.
	FollowLink
	// FollowRule takes the rule's record and reports the linked one as a twin.
	FollowRule
)

// Identifier finds the record that a source record means. The zero value has
// the rules for hardware and reports mismatches.
type Identifier struct {
	// Rules are tried by priority. Nil means HardwareRules.
	Rules []Rule
	// OnMismatch says what happens when link and rule disagree.
	OnMismatch MismatchPolicy
	// FirstFilled lets the first rule whose fields have values decide even when
	// it finds nothing. The default is that the next rule is tried then, as
	// ServiceNow's identification engine does.
	FirstFilled bool
	// IgnoreValue reports values that count as empty, such as serial numbers
	// that say "N/A": see PlaceholderSerial. Nil ignores none.
	IgnoreValue func(field, value string) bool
}

// Source is a record that is to be found on the other side.
type Source struct {
	// ID names the source record in the form in which links are kept. It must
	// say the class too where ids are unique within a class only.
	ID string
	// Values are what the rules look at, by field name. Space around a value
	// does not count.
	Values map[string]string
	// Links are the records that are linked to ID and exist. More than one is
	// ambiguous.
	Links []string
}

// Identify applies the rules alone, as ServiceNow's identification engine does:
// the first rule that finds something decides, one record or several. Where the
// rule that is marked Link comes later and finds exactly one other record, the
// match stands and that record is reported as a twin.
func (d Identifier) Identify(values map[string]string, find Lookup) Match {
	rules := d.sorted()
	for i, rule := range rules {
		found, filled := d.search(rule, values, find)
		switch {
		case len(found) == 1:
			m := matchByRule(found[0], rule)
			for _, later := range rules[i+1:] {
				if linked, _ := d.search(later, values, find); later.Link && len(linked) == 1 && linked[0] != m.ID {
					m.Twins = tidy(append(m.Twins, linked...))
					m.Detail += ", although " + quote(later) + " finds " + linked[0]
				}
			}
			return m
		case len(found) > 1:
			return ambiguous(quote(rule), rule.Name, found)
		case filled && d.FirstFilled:
			return Match{Outcome: MatchNone, Detail: quote(rule) + " is the first with values and finds nothing"}
		}
	}
	return Match{Outcome: MatchNone, Detail: "no rule finds a record"}
}

// Match finds the record for a source. A live link decides; a rule before the
// one that is marked Link contradicts it when it is the first to find something
// and finds exactly one other record. Where it finds several, the link stands
// and the others are reported as twins. Without a link the rules find the
// record; one that is linked to another id is a mismatch, or passed over where
// the rule says so. The function linkOf returns the source id that a record is
// linked to, "" for none; nil means that no record is linked.
func (d Identifier) Match(s Source, find Lookup, linkOf func(id string) string) Match {
	if linkOf == nil {
		linkOf = func(string) string { return "" }
	}
	foreign := func(id string) bool {
		other := linkOf(id)
		return other != "" && other != s.ID
	}
	switch links := tidy(s.Links); len(links) {
	case 0:
		return d.unlinked(s, find, foreign)
	case 1:
		return d.linked(s, links[0], find, foreign)
	default:
		return ambiguous("the link", "", links)
	}
}

func (d Identifier) linked(s Source, link string, find Lookup, foreign func(string) bool) Match {
	m := Match{Outcome: MatchOne, ID: link, Linked: true, Detail: link + " is linked"}
	rules := d.sorted()
	at := slices.IndexFunc(rules, func(r Rule) bool { return r.Link })
	if at < 0 {
		return m
	}
	judged := false
	for _, rule := range rules[:at] {
		if rule.Priority == rules[at].Priority {
			break
		}
		found, filled := d.search(rule, s.Values, find)
		if rule.OnlyUnlinked {
			found = slices.DeleteFunc(found, foreign)
		}
		contradicts := !judged && len(found) == 1 && found[0] != link
		switch {
		case contradicts && d.OnMismatch == FollowRule:
			r := matchByRule(found[0], rule)
			r.Twins = []string{link}
			r.Detail += ", although " + m.Detail
			return r
		case contradicts && d.OnMismatch != FollowLink:
			return mismatch(rule, tidy([]string{found[0], link}), fmt.Sprintf("%s is linked, but %s finds %s", link, quote(rule), found[0]))
		}
		judged = judged || len(found) > 0 || filled && d.FirstFilled
		found = slices.DeleteFunc(found, func(id string) bool { return id == link })
		if len(found) > 0 {
			m.Twins = tidy(append(m.Twins, found...))
			m.Detail += fmt.Sprintf("; %s also finds %s", quote(rule), strings.Join(found, ", "))
		}
	}
	return m
}

func (d Identifier) unlinked(s Source, find Lookup, foreign func(string) bool) Match {
	none := Match{Outcome: MatchNone, Detail: "no link and no rule finds a record"}
	for _, rule := range d.sorted() {
		if rule.Link {
			continue // the caller has looked: there is no live link
		}
		found, filled := d.search(rule, s.Values, find)
		passed := 0
		if rule.OnlyUnlinked {
			before := len(found)
			found = slices.DeleteFunc(found, foreign)
			passed = before - len(found)
		}
		switch {
		case len(found) > 1:
			return ambiguous(quote(rule), rule.Name, found)
		case len(found) == 1 && !foreign(found[0]):
			m := matchByRule(found[0], rule)
			m.Twins = none.Twins
			return m
		case len(found) == 1 && d.OnMismatch == FollowRule:
			m := matchByRule(found[0], rule)
			m.Detail += ", although it is linked to another id"
			return m
		case len(found) == 1 && d.OnMismatch != FollowLink:
			return mismatch(rule, found, fmt.Sprintf("%s finds %s, which is linked to another id", quote(rule), found[0]))
		case len(found) == 1:
			none.Twins = tidy(append(none.Twins, found...))
			none.Detail += fmt.Sprintf("; %s finds %s, which is linked to another id", quote(rule), found[0])
		case passed > 0:
			none.Detail += fmt.Sprintf("; %s finds only records that are linked to other ids (%d)", quote(rule), passed)
		}
		if filled && d.FirstFilled {
			break
		}
	}
	return none
}

// search looks for the values of one rule. It reports whether the rule applies.
func (d Identifier) search(rule Rule, values map[string]string, find Lookup) (found []string, filled bool) {
	criteria := make([]string, len(rule.Fields))
	some, all := false, true
	for i, field := range rule.Fields {
		v := strings.TrimSpace(values[field])
		if v != "" && d.IgnoreValue != nil && d.IgnoreValue(field, v) {
			v = ""
		}
		criteria[i] = v
		some, all = some || v != "", all && v != ""
	}
	if !some || !all && !rule.AllowNull || find == nil {
		return nil, false
	}
	return tidy(find(rule, criteria)), true
}

func (d Identifier) rules() []Rule {
	if d.Rules == nil {
		return hardwareRules[:]
	}
	return d.Rules
}

func (d Identifier) sorted() []Rule {
	rules := d.rules()
	if slices.IsSortedFunc(rules, compareRules) {
		return rules
	}
	rules = slices.Clone(rules)
	slices.SortFunc(rules, compareRules)
	return rules
}

// Validate returns an error that names the first rule without fields or with an
// empty field name, or an unknown OnMismatch. Such a rule never applies.
func (d Identifier) Validate() error {
	for i, r := range d.Rules {
		if len(r.Fields) == 0 || slices.Contains(r.Fields, "") {
			return fmt.Errorf("cmdb: Identifier.Rules[%d] (%s) has no fields or an empty one: name the fields that must match", i, quote(r))
		}
	}
	if d.OnMismatch < ReportMismatch || d.OnMismatch > FollowRule {
		return fmt.Errorf("cmdb: Identifier.OnMismatch is %d: use ReportMismatch, FollowLink or FollowRule", int(d.OnMismatch))
	}
	return nil
}

// tidy returns a sorted copy without empty and repeated ids.
func tidy(ids []string) []string {
	if len(ids) == 0 {
		return nil
	}
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	if ids[0] == "" {
		ids = ids[1:]
	}
	return ids
}

func quote(r Rule) string { return fmt.Sprintf("rule %q", r.Name) }

func matchByRule(id string, rule Rule) Match {
	return Match{Outcome: MatchOne, ID: id, Rule: rule.Name, Detail: quote(rule) + " finds " + id}
}

func ambiguous(who, rule string, found []string) Match {
	return Match{Outcome: MatchAmbiguous, Rule: rule, Candidates: found, Detail: fmt.Sprintf("%s finds %d records: %s", who, len(found), firstNames(found))}
}

func mismatch(rule Rule, candidates []string, detail string) Match {
	return Match{Outcome: MatchMismatch, Rule: rule.Name, Candidates: candidates, Detail: detail}
}
