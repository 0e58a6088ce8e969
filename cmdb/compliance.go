package cmdb

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// ComplianceCheck is what a rule asks of a CI.
type ComplianceCheck string

// What a rule can ask.
const (
	CheckFilled     ComplianceCheck = "filled"     // every one of the columns has a value
	CheckAnyFilled  ComplianceCheck = "any-filled" // at least one of the columns has a value
	CheckRegistered ComplianceCheck = "registered" // the CI's class is registered
	CheckAge        ComplianceCheck = "age"        // every one of the columns is a time that is recent enough
)

// ComplianceRule is one thing that is asked of CIs.
type ComplianceRule struct {
	// Name is for people and reports.
	Name string
	// Class is the class of which it is asked, and of those below; "" is every class.
	Class string
	// Check says what is asked, Columns of which columns.
	Check   ComplianceCheck
	Columns []string
	// MaxAge is the greatest age for CheckAge, inclusive.
	MaxAge time.Duration
	// RetiredToo asks it of retired CIs as well.
	RetiredToo bool
}

const day = 24 * time.Hour

// The owner may be whoever answers for the CI in one way or another.
var complianceRules = [...]ComplianceRule{
	{Name: "name", Check: CheckFilled, Columns: []string{"name"}, RetiredToo: true},
	{Name: "class", Check: CheckRegistered, RetiredToo: true},
	{Name: "hardware", Class: "cmdb_ci_hardware", Check: CheckFilled, Columns: []string{"serial_number", "manufacturer", "model_id"}},
	{Name: "server", Class: "cmdb_ci_server", Check: CheckFilled, Columns: []string{"ip_address"}},
	{Name: "router", Class: "cmdb_ci_ip_router", Check: CheckFilled, Columns: []string{"ip_address"}},
	{Name: "switch", Class: "cmdb_ci_ip_switch", Check: CheckFilled, Columns: []string{"ip_address"}},
	{Name: "firewall", Class: "cmdb_ci_ip_firewall", Check: CheckFilled, Columns: []string{"ip_address"}},
	{Name: "location", Check: CheckFilled, Columns: []string{"location"}},
	{Name: "owner", Check: CheckAnyFilled, Columns: []string{"owned_by", "managed_by", "assigned_to", "support_group"}},
	{Name: "discovered", Check: CheckAge, Columns: []string{"last_discovered"}, MaxAge: 30 * day},
}

// ComplianceRules returns the rules that a Compliance has by default: name and
// registered class of every CI, serial number, manufacturer and model of hardware, the
// address of what is reached over the network, a location, somebody who answers for
// it, and a discovery within 30 days. The documents name no rules (000-14): these are
// a start, to be changed. The slice and everything in it is the caller's own.
func ComplianceRules() []ComplianceRule {
	rules := slices.Clone(complianceRules[:])
	for i := range rules {
		rules[i].Columns = slices.Clone(rules[i].Columns)
	}
	return rules
}

// retiredValues are the columns that say that a CI is retired, with their values.
var retiredValues = map[string]string{"install_status": "7", "operational_status": "6"}

// CI is a configuration item as its rules look at it.
type CI struct {
	// ID names it, Class is its table.
	ID, Class string
	// Columns are its values, as the Table API gives them without display values.
	Columns map[string]string
}

// Retired reports whether one of the CI's statuses says that it is retired.
func (c CI) Retired() bool {
	for column, retired := range retiredValues {
		if c.value(column) == retired {
			return true
		}
	}
	return false
}

func (c CI) value(column string) string { return strings.TrimSpace(c.Columns[column]) }

// Compliance checks CIs against rules. The zero value has ComplianceRules and
// DefaultClasses, and asks the rules of a class of that class alone.
type Compliance struct {
	// Rules are asked in their order. Nil means ComplianceRules.
	Rules []ComplianceRule
	// Classes are the registered classes. Nil means DefaultClasses.
	Classes *Classes
	// Above gives the class above a class, so that the rules of a class are asked of
	// those below it.
	Above map[string]string
}

// FindingProblem says what is wrong with a CI.
type FindingProblem string

// What can be wrong with a CI.
const (
	FindingEmpty        FindingProblem = "empty"        // columns without a value
	FindingUnregistered FindingProblem = "unregistered" // a class that is not registered
	FindingOld          FindingProblem = "old"          // a time that is too long ago
	FindingFuture       FindingProblem = "future"       // a time that is still to come
	FindingUnreadable   FindingProblem = "unreadable"   // a time that cannot be read
)

// Finding is one thing that is wrong with a CI.
type Finding struct {
	// CI and Rule say what was asked of which.
	CI, Rule string
	// Problem is what is wrong, Columns where; no column for the class.
	Problem FindingProblem
	Columns []string
	// Detail says so in words.
	Detail string
}

// clockSkew is how far ahead of ours a time may be before it counts as to come.
const clockSkew = 5 * time.Minute

// Check asks every rule of a CI, at a time. No findings mean that it complies. It
// answers for every input; see Validate for rules that can never be met.
func (c Compliance) Check(ci CI, now time.Time) (findings []Finding) {
	rules := c.Rules
	if rules == nil {
		rules = complianceRules[:]
	}
	retired := ci.Retired()
	for _, rule := range rules {
		if retired && !rule.RetiredToo || !isBelow(c.Above, ci.Class, rule.Class) {
			continue
		}
		for _, f := range c.ask(rule, ci, now) {
			f.CI, f.Rule = ci.ID, rule.Name
			findings = append(findings, f)
		}
	}
	return findings
}

func (c Compliance) ask(rule ComplianceRule, ci CI, now time.Time) []Finding {
	var empty []string
	for _, column := range rule.Columns {
		if ci.value(column) == "" {
			empty = append(empty, column)
		}
	}
	missing := func(words string) []Finding {
		return []Finding{{Problem: FindingEmpty, Columns: empty, Detail: words + strings.Join(empty, ", ")}}
	}
	switch rule.Check {
	case CheckFilled:
		if len(empty) > 0 {
			return missing("it has no ")
		}
	case CheckAnyFilled:
		if len(empty) == len(rule.Columns) {
			return missing("it has none of ")
		}
	case CheckRegistered:
		if !(Classifier{Classes: c.Classes}).registered(ci.Class) {
			return []Finding{{Problem: FindingUnregistered, Detail: fmt.Sprintf("the class %q is not registered", ci.Class)}}
		}
	case CheckAge:
		var findings []Finding
		for _, column := range rule.Columns {
			if problem, detail := age(column, ci.value(column), now, rule.MaxAge); problem != "" {
				findings = append(findings, Finding{Problem: problem, Columns: []string{column}, Detail: detail})
			}
		}
		return findings
	}
	return nil
}

func age(column, value string, now time.Time, most time.Duration) (FindingProblem, string) {
	if value == "" {
		return FindingEmpty, "it has no " + column
	}
	at, err := time.Parse(timeFormat, value)
	switch old := now.Sub(at); {
	case err != nil:
		return FindingUnreadable, fmt.Sprintf("%s is %q, which is no time such as %s", column, value, timeFormat)
	case old > most:
		return FindingOld, fmt.Sprintf("%s is %s, %d days ago; %d are allowed", column, value, int(old/day), int(most/day))
	case old < -clockSkew:
		return FindingFuture, fmt.Sprintf("%s is %s, which is still to come", column, value)
	default:
		return "", ""
	}
}

// isBelow reports whether a class is another one or below it; "" is above all.
func isBelow(above map[string]string, class, top string) bool {
	return Authority{Above: above}.distance(class, top) >= 0
}

// Validate returns an error that names the first rule without a name, with the name of
// another one, with an unknown check, without columns where they are needed, or with
// an age that is not positive.
func (c Compliance) Validate() error {
	names := map[string]int{}
	for i, r := range c.Rules {
		first, twice := names[r.Name]
		known := slices.Contains([]ComplianceCheck{CheckFilled, CheckAnyFilled, CheckRegistered, CheckAge}, r.Check)
		switch {
		case r.Name == "":
			return fmt.Errorf("cmdb: Compliance.Rules[%d] has no Name", i)
		case twice:
			return fmt.Errorf("cmdb: Compliance.Rules[%d] is called %q as Rules[%d] is: give it another name", i, r.Name, first)
		case !known:
			return fmt.Errorf("cmdb: Compliance.Rules[%d] (%s) has the unknown Check %q: use one of the Check constants", i, r.Name, r.Check)
		case r.Check != CheckRegistered && (len(r.Columns) == 0 || slices.Contains(r.Columns, "")):
			return fmt.Errorf("cmdb: Compliance.Rules[%d] (%s) has no columns or an empty one: name them", i, r.Name)
		case r.Check == CheckAge && r.MaxAge <= 0:
			return fmt.Errorf("cmdb: Compliance.Rules[%d] (%s) has the MaxAge %s: give a positive one", i, r.Name, r.MaxAge)
		}
		names[r.Name] = i
	}
	return nil
}

// ComplianceReport counts CIs and findings. The zero value is ready to use. It is not
// safe for concurrent use.
type ComplianceReport struct {
	// CIs were checked; Compliant of them have no finding.
	CIs, Compliant int
	// Rules counts the CIs that each rule has found something about.
	Rules map[string]int
}

// Add counts the findings about one CI.
func (r *ComplianceReport) Add(findings []Finding) {
	r.CIs++
	if len(findings) == 0 {
		r.Compliant++
		return
	}
	if r.Rules == nil {
		r.Rules = map[string]int{}
	}
	counted := map[string]bool{}
	for _, f := range findings {
		if !counted[f.Rule] {
			counted[f.Rule] = true
			r.Rules[f.Rule]++
		}
	}
}

// Share is the part of the CIs that complies, from 0 to 1; 1 when none was checked.
func (r ComplianceReport) Share() float64 {
	if r.CIs == 0 {
		return 1
	}
	return float64(r.Compliant) / float64(r.CIs)
}
