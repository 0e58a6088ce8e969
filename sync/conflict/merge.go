package conflict

import (
	"maps"
	"slices"
	"time"

	"github.com/itsmkit/itsmkit/mapping"
	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// State is what one side's record says now.
type State struct {
	// Values holds the fields. One that it lacks is absent: the record (or the
	// message about it) does not mention the field, so it did not change.
	Values mapping.Record
	// Changed is when the record was last changed, by its own side's clock. Zero
	// means that it is not known.
	Changed time.Time
	// FieldChanged has better stamps for single fields, where they are known.
	FieldChanged map[string]time.Time
}

func (s State) at(field string) time.Time {
	if at, there := s.FieldChanged[field]; there {
		return at
	}
	return s.Changed
}

func (s State) value(field string) reconcile.Value {
	if v := s.Values[field]; !v.IsWithheld() {
		return v
	}
	return reconcile.Absent()
}

// Kind is how the two sides of a field stand to the base.
type Kind string

// How two sides can stand.
const (
	Same        Kind = "same"       // neither changed
	Ours        Kind = "ours"       // ours changed; or both did, and ours won without a conflict
	Theirs      Kind = "theirs"     // theirs changed; or both did, and theirs won without a conflict
	BothEqual   Kind = "both-equal" // both changed, to values that mean the same
	Conflicting Kind = "conflict"   // both changed, to different values, within the window
)

// Rule names what decided a field, or what stopped it.
type Rule string

// What can decide or stop a field.
const (
	RuleNothing   Rule = "nothing"            // no side mentions the field
	RuleUnchanged Rule = "unchanged"          // no side changed it
	RuleEqual     Rule = "equal"              // both say the same
	RuleChanged   Rule = "changed"            // one side changed it, and may
	RuleInitial   Rule = "initial"            // one side has it, the other never had
	RuleOwner     Rule = "ownership"          // the owner's value stands
	RuleLater     Rule = "later"              // outside the window, the later edit
	RuleLastWrite Rule = "last-write-wins"    // the strategy LastWriteWins
	RulePriority  Rule = "ownership-priority" // the strategy OwnershipPriority
	RuleManual    Rule = "manual-review"      // frozen until a person decides
	RuleStrategy  Rule = "strategy"           // the caller's own strategy
	RuleReviewed  Rule = "reviewed"           // a person decided
	RuleIgnored   Rule = "ignored"            // a person decided to leave it different
	RuleDirection Rule = "direction"          // the field does not flow this way
	RuleJournal   Rule = "journal"            // entries travel one by one

	// The following only [Explain] names.
	RuleUnmappedField Rule = "unmapped-field" // no field map has it
	RuleUnmappedValue Rule = "unmapped-value" // a table does not have the value
	RuleAbsent        Rule = "not-in-payload" // the message does not mention it
)

// Decision is what Merge decided about one field.
type Decision struct {
	Field string
	// Kind is how the sides stand to the base.
	Kind Kind
	// Winner is the role of the side whose value stands; NoOwner when there is
	// nothing to decide, when the field is frozen, and when a strategy or a person
	// gave a value of their own.
	Winner mapping.Owner
	// Value is what both sides should say; absent when no side says anything or
	// the field is frozen.
	Value reconcile.Value
	// ToOurs and ToTheirs say on which side Value must be written.
	ToOurs, ToTheirs bool
	// Drift says that a side edited a field that it does not own; the write, if
	// any, heals it.
	Drift bool
	// Frozen says that nothing is written on either side until a person decides.
	Frozen bool
	// Rule is what decided, Reason says so in words.
	Rule   Rule
	Reason string
	// Base, Ours and Theirs are the values that were compared.
	Base, Ours, Theirs reconcile.Value
	// OursAt and TheirsAt are the stamps of the edits, zero when missing.
	OursAt, TheirsAt time.Time
	// Lost is the edit that gives way, for the audit record; absent when none does.
	Lost reconcile.Value
}

// Differ reports whether the two sides say different things now. A side that does
// not mention the field does not differ.
func (d Decision) Differ() bool {
	return !d.Ours.IsAbsent() && !d.Theirs.IsAbsent() && d.Kind != Same && d.Kind != BothEqual
}

// Merge decides, field by field, what both sides should say, given the last state on
// which they agreed. It answers for every input. A nil base means that they never
// agreed: what only one side has flows to the other, whoever owns it, and what both
// have and differs was changed by both.
//
// A side changed a field when it mentions it with a value that does not mean what
// the base means. Where one side changed it, its value flows, unless the other side
// owns it (see [Enforced]). Where both did and mean different things, edits within
// the window are a conflict for the strategy; outside it the owner's edit stands if
// ownership is enforced, else the later one.
//
// Merge(base, a, b) with Ours: Platform and Merge(base, b, a) with Ours: External
// decide the same, with ours and theirs exchanged.
func Merge(base mapping.Record, ours, theirs State, rules Rules) Outcome {
	m := merger{base: base, rules: rules, role: rules.ours(), platform: ours, external: theirs}
	if m.role == mapping.External {
		m.platform, m.external = theirs, ours
	}
	fields := rules.Fields
	if len(fields) == 0 {
		fields = fieldsOf(base, ours.Values, theirs.Values)
	}
	out := Outcome{role: m.role, decisions: make([]Decision, 0, len(fields))}
	seen := make(map[string]bool, len(fields))
	for _, f := range fields {
		if !seen[f.Name] {
			seen[f.Name] = true
			out.decisions = append(out.decisions, m.decide(f))
			out.fields = append(out.fields, f)
		}
	}
	return out
}

func fieldsOf(records ...mapping.Record) []Field {
	names := make(map[string]bool)
	for _, r := range records {
		for name := range r {
			names[name] = true
		}
	}
	fields := make([]Field, 0, len(names))
	for _, name := range slices.Sorted(maps.Keys(names)) {
		fields = append(fields, Field{Name: name})
	}
	return fields
}

// merger works in roles; its answer is turned into ours and theirs at the end.
type merger struct {
	base               mapping.Record
	platform, external State
	role               mapping.Owner // ours
	rules              Rules
}

// finding is a decision in roles.
type finding struct {
	changed              mapping.Owner // for Kind Ours and Theirs
	kind                 Kind          // Same, BothEqual, Conflicting; or "" for one side
	winner               mapping.Owner
	value                reconcile.Value
	toPlatform, toExtern bool
	drift, frozen        bool
	rule                 Rule
	reason               string
	lost                 reconcile.Value
}

func (m merger) decide(f Field) Decision {
	c := Conflict{
		Field: f, Base: State{Values: m.base}.value(f.Name),
		Platform: m.platform.value(f.Name), External: m.external.value(f.Name),
		PlatformAt: m.platform.at(f.Name), ExternalAt: m.external.at(f.Name),
	}
	c.Relation = m.rules.Window.Judge(c.PlatformAt, c.ExternalAt)
	n := m.find(f, c)
	if n.frozen {
		n.value = reconcile.Absent()
	}
	d := Decision{
		Field: f.Name, Kind: n.kind, Winner: n.winner, Value: n.value, Drift: n.drift, Frozen: n.frozen,
		Rule: n.rule, Reason: n.reason, Lost: n.lost, Base: c.Base,
		Ours: c.Platform, Theirs: c.External, OursAt: c.PlatformAt, TheirsAt: c.ExternalAt,
		ToOurs: n.toPlatform, ToTheirs: n.toExtern,
	}
	if m.role == mapping.External {
		d.Ours, d.Theirs, d.OursAt, d.TheirsAt = d.Theirs, d.Ours, d.TheirsAt, d.OursAt
		d.ToOurs, d.ToTheirs = d.ToTheirs, d.ToOurs
	}
	if d.Kind == "" {
		d.Kind = Theirs
		if n.changed == m.role {
			d.Kind = Ours
		}
	}
	return d
}

// find decides one field in roles.
func (m merger) find(f Field, c Conflict) finding {
	p, e, b := c.Platform, c.External, c.Base
	changed := func(v reconcile.Value) bool { return !v.IsAbsent() && !f.same(v, b) }
	switch {
	case f.Journal:
		return finding{kind: Same, rule: RuleJournal, reason: "the entries of a journal travel one by one"}
	case p.IsAbsent() && e.IsAbsent():
		return finding{kind: Same, value: b, rule: RuleNothing, reason: "no side mentions the field"}
	case !p.IsAbsent() && !e.IsAbsent() && f.same(p, e):
		if changed(p) {
			return finding{kind: BothEqual, value: preferred(c), rule: RuleEqual, reason: "both sides changed it to the same"}
		}
		return finding{kind: Same, value: preferred(c), rule: RuleUnchanged, reason: "no side changed it"}
	case !changed(p) && !changed(e):
		return finding{kind: Same, value: preferred(c), rule: RuleUnchanged, reason: "no side changed it"}
	}
	if n, settled := m.reviewed(f, c); settled {
		return n
	}
	switch {
	case f.Direction == mapping.Neither || source(f.Direction) != mapping.NoOwner:
		return m.oneWay(f, c, changed(p), changed(e))
	case changed(p) && changed(e):
		return m.bothChanged(f, c)
	case changed(p):
		return m.oneChanged(f, c, mapping.Platform)
	default:
		return m.oneChanged(f, c, mapping.External)
	}
}

// preferred is the value of the side that is asked first where both mean the same
// or one is silent: the owner, else the platform.
func preferred(c Conflict) reconcile.Value {
	first := mapping.Platform
	if c.Field.Owner == mapping.External {
		first = mapping.External
	}
	if v := c.value(first); !v.IsAbsent() {
		return v
	}
	return c.value(first.Other())
}
