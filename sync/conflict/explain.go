package conflict

import (
	"fmt"
	"time"

	"github.com/itsmkit/itsmkit/mapping"
)

// Question asks why a side's change of a field does or does not arrive at the other.
type Question struct {
	// Field is the platform's name of the field.
	Field string
	// From is the side whose change is asked about. NoOwner means External: most
	// ask why what they did in ServiceNow does not arrive.
	From mapping.Owner
	// Map holds the field maps.
	Map mapping.Fields
	// Payload is what From's side sent, in its own names: columns of the external
	// record, or fields of the platform. PayloadAt is its stamp.
	Payload   mapping.Record
	PayloadAt time.Time
	// Other is the other side, and Base the last agreed state, both in the
	// platform's names.
	Other State
	Base  mapping.Record
	// Rules are those of the merge. Ours does not matter. Without Fields they are
	// made of Map.
	Rules Rules
}

// Explanation answers a Question.
type Explanation struct {
	Field string
	// Flows says that the change arrives.
	Flows bool
	// Rule is the first rule that stops the field; when it flows, the rule by
	// which it does.
	Rule Rule
	// Reason says so in words.
	Reason string
	// Passed are the checks that the field passed before, in order.
	Passed []string
}

// Explain names the first rule that stops a field (002-25). First come the settings:
// is the field mapped, does it flow this way, does the other side own it. Then the
// message: does it mention the field, is its value in the tables. Then the records:
// did the value change, do both say the same already, is the field under review, did
// it lose against the other side's edit. It answers for every input and writes
// nothing.
func Explain(q Question) Explanation {
	if q.From != mapping.Platform {
		q.From = mapping.External
	}
	x := explainer{q: q, answer: Explanation{Field: q.Field}}
	x.run()
	return x.answer
}

type explainer struct {
	q      Question
	answer Explanation
}

func (x *explainer) stop(rule Rule, format string, args ...any) {
	x.answer.Rule, x.answer.Reason = rule, fmt.Sprintf(format, args...)
}

func (x *explainer) pass(what string) { x.answer.Passed = append(x.answer.Passed, what) }

func (x *explainer) run() {
	q := x.q
	m, there := q.Map.Field(q.Field)
	if !there {
		x.stop(RuleUnmappedField, "no field map has %q: add one", q.Field)
		return
	}
	x.pass("a field map has it")
	if m.Journal {
		x.stop(RuleJournal, "%q is a journal: its entries travel one by one, see MergeJournal", q.Field)
		return
	}
	if !m.Direction.From(q.From) {
		x.stop(RuleDirection, "%q does not flow from the %s side: its direction is %s", q.Field, q.From, m.Direction)
		return
	}
	x.pass("it flows from the " + string(q.From) + " side")
	values, note := x.translate()
	d := x.merge(values)
	if x.reaches(d) && note.Code == "" {
		x.pass("the message mentions it")
		x.answer.Flows = true
		x.stop(d.Rule, "it flows: %s", d.Reason)
		return
	}
	owner := x.rule().Owner
	owned := q.Rules.Ownership == Enforced && owner == q.From.Other()
	if owned && d.Kind != Conflicting && d.Rule != RuleInitial {
		x.stop(RuleOwner, "the %s side owns %q: what the %s side edits is drift and is healed", owner, q.Field, q.From)
		return
	}
	x.pass("the other side does not own it alone")
	x.data(note, d)
}

// data explains by the message and the records.
func (x *explainer) data(note mapping.Note, d Decision) {
	switch {
	case note.Code == mapping.NoteAbsent:
		x.stop(RuleAbsent, "the message does not mention it: %s", note.Reason)
		return
	case note.Code == mapping.NoteUnmappedValue:
		x.pass("the message mentions it")
		x.stop(RuleUnmappedValue, "its value is not in the tables: %s", note.Reason)
		return
	}
	x.pass("the message mentions it")
	switch {
	case d.Kind == BothEqual:
		x.stop(RuleEqual, "both sides say the same already")
	case x.rule().same(d.Ours, d.Base):
		x.stop(RuleUnchanged, "its value did not change since both sides agreed")
	case d.Rule == RuleDirection:
		x.stop(RuleDirection, "%s", d.Reason)
	case d.Frozen:
		x.stop(d.Rule, "it is frozen on both sides: %s", d.Reason)
	default:
		x.stop(d.Rule, "the other side's value stands: %s", d.Reason)
	}
}

// translate gives the platform's values of the message and what was noted about the
// field on the way.
func (x *explainer) translate() (mapping.Record, mapping.Note) {
	t := x.q.Map.In(x.q.Payload)
	values := t.Values
	if x.q.From == mapping.Platform {
		t, values = x.q.Map.Out(x.q.Payload, nil), x.q.Payload
	}
	for _, n := range t.Notes {
		if n.Field == x.q.Field && n.Stopped() && n.Code != mapping.NoteUnmappedField {
			return values, n
		}
	}
	return values, mapping.Note{}
}

func (x *explainer) rule() Field {
	fields := x.q.Rules.Fields
	if len(fields) == 0 {
		fields = FieldsOf(x.q.Map)
	}
	for _, f := range fields {
		if f.Name == x.q.Field {
			return f
		}
	}
	return Field{Name: x.q.Field}
}

func (x *explainer) merge(values mapping.Record) Decision {
	rules := x.q.Rules
	rules.Ours, rules.Fields = x.q.From, []Field{x.rule()}
	out := Merge(x.q.Base, State{Values: values, Changed: x.q.PayloadAt}, x.q.Other, rules)
	return out.decisions[0]
}

// reaches reports whether the asking side's value is written to the other.
func (x *explainer) reaches(d Decision) bool { return d.ToTheirs && d.Winner == x.q.From }
