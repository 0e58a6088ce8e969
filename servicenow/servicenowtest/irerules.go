package servicenowtest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// IRERules are what the Identification and Reconciliation Engine goes by, as
// data. An instance starts with those of DefaultIRERules.
type IRERules struct {
	// Identification rules, one for a class and all that extend it. A class's
	// own rule replaces its ancestors' entirely.
	Identification []IdentificationRule
	// Reconciliation says which data source may update which attributes.
	Reconciliation []ReconciliationRule
	// Sources forbid inserts (IRE data source rules).
	Sources []SourceRule
	// Hosting says on which relations dependent classes are identified.
	Hosting []HostingRule
	// ForbidUpgrade refuses to make a CI's class more special, ForbidDowngrade
	// more general, ForbidSwitch anything else (properties
	// glide.class.upgrade.enabled and so on, set to false). An item may ask to
	// be updated without the change instead.
	ForbidUpgrade, ForbidDowngrade, ForbidSwitch bool
	// RefuseDuplicates makes several matches of one rule an error, however few
	// (property glide.identification_engine.skip_duplicates, set to false).
	// Otherwise the oldest wins as long as there are fewer than
	// DuplicateThreshold, and the others' duplicate_of points to it.
	RefuseDuplicates bool
	// DuplicateThreshold is that number; zero means 5.
	DuplicateThreshold int
	// SkipSourceKeys leaves sys_object_source out of identification (property
	// glide.identification_engine.skip_sys_object_source_matching).
	SkipSourceKeys bool
	// Fail makes items fail with an error that nothing else can provoke here,
	// such as LOCK_TIMEOUT. It is asked for every item; an empty code lets it
	// pass. It must be safe for concurrent use and must not call the server.
	Fail func(class string, values map[string]string) (code, message string)
}

// IdentificationRule tells how the CIs of a class are found.
type IdentificationRule struct {
	// Name is what attempts are reported under, such as "Hardware Rule".
	Name string
	// AppliesTo is the class; CIs of it and of classes that extend it are
	// searched.
	AppliesTo string
	// Dependent CIs are identified within the CI that they run on or are
	// contained in; see HostingRule.
	Dependent bool
	// Entries are tried from the lowest Order on, until one finds something.
	Entries []IdentifierEntry
	// Related are the tables that the payload's related records may be in.
	Related []RelatedEntry
}

// IdentifierEntry is one way to find a CI. Every attribute must be given and
// equal, without case.
type IdentifierEntry struct {
	// Order is the priority; the lowest comes first.
	Order int
	// Attributes are columns of the class, or of Table.
	Attributes []string
	// Table is a lookup table whose column Reference points to the CI; empty
	// means the class itself.
	Table, Reference string
	// Condition is an encoded query that the records found must satisfy too.
	Condition string
	// AllowNull lets attributes be missing, as long as one is given.
	AllowNull bool
}

// RelatedEntry is a table with records that belong to a CI by their column
// Reference and are told apart by Attributes.
type RelatedEntry struct {
	Table, Reference string
	Attributes       []string
}

// ReconciliationRule lets a data source update attributes of a class and of
// those that extend it. A source without a rule ranks behind all that have one.
// Rules hold for updates only, never for inserts.
type ReconciliationRule struct {
	Class, Source string
	// Attributes that the rule is about; empty means all. A rule that names an
	// attribute beats one for all, and a rule of a class beats its ancestors'.
	Attributes []string
	// Order is the priority; the lowest wins.
	Order int
	// Effective is how long an update by this source keeps sources behind it
	// out. Zero, the product's default, means not at all.
	Effective time.Duration
	// OverwriteWithNull are attributes that the source may empty.
	OverwriteWithNull []string
}

// SourceRule forbids a data source to insert CIs of a class and of those that
// extend it.
type SourceRule struct{ Class, Source string }

// HostingRule says that CIs of Dependent, and of classes that extend it, are
// identified by a relation of Type with a CI of Host. HostIsParent tells the
// relation's direction.
type HostingRule struct {
	Dependent, Host string
	Type            string // "Runs on::Runs"
	HostIsParent    bool
}

// DefaultIRERules are the product's rule for hardware, as its documentation of
// the CMDB Meta API shows it: serial number records, serial number, name,
// network adapters, with the orders 100 to 400.
func DefaultIRERules() IRERules {
	return IRERules{Identification: []IdentificationRule{{
		Name: "Hardware Rule", AppliesTo: "cmdb_ci_hardware",
		Entries: []IdentifierEntry{
			{Order: 100, Table: "cmdb_serial_number", Reference: "cmdb_ci", Attributes: []string{"serial_number", "serial_number_type"}, Condition: "valid=true^absent=false^EQ"},
			{Order: 200, Attributes: []string{"serial_number"}},
			{Order: 300, Attributes: []string{"name"}},
			{Order: 400, Table: "cmdb_ci_network_adapter", Reference: "cmdb_ci", Attributes: []string{"ip_address", "mac_address"}, Condition: "install_status!=100^EQ"},
		},
		Related: []RelatedEntry{
			{Table: "cmdb_serial_number", Reference: "cmdb_ci", Attributes: []string{"serial_number", "serial_number_type"}},
			{Table: "cmdb_ci_network_adapter", Reference: "cmdb_ci", Attributes: []string{"name"}},
		},
	}}}
}

// IRERules returns a copy of the rules in force.
func (s *Server) IRERules() IRERules {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ireRules.clone()
}

// SetIRERules replaces the rules. It returns an error that names the rule for
// an unknown table or column, and then changes nothing. Rules that the product
// accepts and its engine reports, such as a dependent rule with a lookup table,
// are accepted and reported here too.
func (s *Server) SetIRERules(rules IRERules) error {
	rules = rules.clone()
	if err := s.checkIRERules(rules); err != nil {
		return err
	}
	for i := range rules.Identification {
		slices.SortStableFunc(rules.Identification[i].Entries, func(a, b IdentifierEntry) int { return cmp.Compare(a.Order, b.Order) })
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ireRules = rules
	return nil
}

// AddIdentifierEntry adds an entry to the identification rule of a class, such
// as one for the id of a source at order 250. It returns an error when the
// class has no rule of its own or a name is unknown.
func (s *Server) AddIdentifierEntry(class string, entry IdentifierEntry) error {
	rules := s.IRERules()
	for i := range rules.Identification {
		if rule := &rules.Identification[i]; rule.AppliesTo == class {
			rule.Entries = append(rule.Entries, entry)
			return s.SetIRERules(rules)
		}
	}
	return fmt.Errorf("servicenowtest: no identification rule applies to %q itself: add one by SetIRERules", class)
}

func (r IRERules) clone() IRERules {
	r.Identification = slices.Clone(r.Identification)
	for i := range r.Identification {
		r.Identification[i].Entries = slices.Clone(r.Identification[i].Entries)
		r.Identification[i].Related = slices.Clone(r.Identification[i].Related)
	}
	r.Reconciliation = slices.Clone(r.Reconciliation)
	r.Sources = slices.Clone(r.Sources)
	r.Hosting = slices.Clone(r.Hosting)
	return r
}

func (s *Server) checkIRERules(rules IRERules) error {
	for i, rule := range rules.Identification {
		where := fmt.Sprintf("Identification[%d] %q", i, rule.Name)
		if err := s.checkColumns(where, rule.AppliesTo, nil); err != nil {
			return err
		}
		for _, e := range rule.Entries {
			if len(e.Attributes) == 0 {
				return fmt.Errorf("servicenowtest: %s: the entry with order %d has no attributes", where, e.Order)
			}
			columns := e.Attributes
			if e.Table != "" {
				columns = append([]string{e.Reference}, columns...)
			}
			if err := s.checkColumns(where, cmp.Or(e.Table, rule.AppliesTo), columns); err != nil {
				return err
			}
		}
		for _, e := range rule.Related {
			if err := s.checkColumns(where, e.Table, append([]string{e.Reference}, e.Attributes...)); err != nil {
				return err
			}
		}
	}
	for i, rule := range rules.Reconciliation {
		if err := s.checkColumns(fmt.Sprintf("Reconciliation[%d]", i), rule.Class, append(slices.Clip(rule.Attributes), rule.OverwriteWithNull...)); err != nil {
			return err
		}
	}
	for i, rule := range rules.Sources {
		if err := s.checkColumns(fmt.Sprintf("Sources[%d]", i), rule.Class, nil); err != nil {
			return err
		}
	}
	for i, rule := range rules.Hosting {
		for _, class := range []string{rule.Dependent, rule.Host} {
			if err := s.checkColumns(fmt.Sprintf("Hosting[%d]", i), class, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Server) checkColumns(where, table string, columns []string) error {
	c := s.store.classes[table]
	if c == nil {
		return fmt.Errorf("servicenowtest: IRERules.%s: no table %q: add it in Options.Tables", where, table)
	}
	for _, name := range columns {
		if c.column(name) == nil {
			return fmt.Errorf("servicenowtest: IRERules.%s: table %s has no column %q: add it in Options.Tables", where, table, name)
		}
	}
	return nil
}

func relationType(id, name string) Row {
	parent, child, _ := strings.Cut(name, "::")
	return Row{"sys_id": id, "name": name, "sys_name": name, "parent_descriptor": parent, "child_descriptor": child}
}
