package conflict

import (
	"maps"
	"slices"

	"github.com/itsmkit/itsmkit/mapping"
	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// Outcome is what Merge decided about a pair of records. It does not change; safe
// for concurrent use.
type Outcome struct {
	role      mapping.Owner
	decisions []Decision
	fields    []Field
}

// Decisions returns one decision a field, in the order of the rules. The slice is the
// caller's own.
func (o Outcome) Decisions() []Decision { return slices.Clone(o.decisions) }

// Field returns the decision about a field, and whether there is one.
func (o Outcome) Field(name string) (Decision, bool) {
	for _, d := range o.decisions {
		if d.Field == name {
			return d, true
		}
	}
	return Decision{}, false
}

// Conflicts returns the decisions about conflicts, settled ones too.
func (o Outcome) Conflicts() []Decision {
	return o.where(func(d Decision) bool { return d.Kind == Conflicting })
}

// Frozen returns the decisions about fields that wait for a person.
func (o Outcome) Frozen() []Decision { return o.where(func(d Decision) bool { return d.Frozen }) }

// Drift returns the decisions about fields that a side edited without owning them.
func (o Outcome) Drift() []Decision { return o.where(func(d Decision) bool { return d.Drift }) }

func (o Outcome) where(is func(Decision) bool) []Decision {
	return slices.DeleteFunc(slices.Clone(o.decisions), func(d Decision) bool { return !is(d) })
}

// Writes returns the values that changes bring to a side, without heals. It is empty
// and never nil.
func (o Outcome) Writes(side mapping.Owner) mapping.Record {
	return o.values(side, func(d Decision) bool { return !d.Drift })
}

// Heals returns the values that heal a side's edits of fields that it does not own.
func (o Outcome) Heals(side mapping.Owner) mapping.Record {
	return o.values(side, func(d Decision) bool { return d.Drift })
}

func (o Outcome) values(side mapping.Owner, is func(Decision) bool) mapping.Record {
	r := make(mapping.Record)
	for _, d := range o.decisions {
		write := d.ToTheirs
		if side == o.role {
			write = d.ToOurs
		}
		if write && is(d) && (side == mapping.Platform || side == mapping.External) {
			r[d.Field] = d.Value
		}
	}
	return r
}

// Changes returns what [Outcome.Writes] and [Outcome.Heals] bring to a side, in the
// order of the rules, as a plan of package reconcile shows it: from the side's own
// value, with the base and the reason. Fields have the names that were merged: give a
// change the target's name and form where a map translates between them.
func (o Outcome) Changes(side mapping.Owner) []reconcile.Change {
	values := o.values(side, func(Decision) bool { return true })
	var changes []reconcile.Change
	for _, d := range o.decisions {
		to, writes := values[d.Field]
		if !writes {
			continue
		}
		from := d.Theirs
		if side == o.role {
			from = d.Ours
		}
		changes = append(changes, reconcile.Change{Field: d.Field, From: from, To: to, Base: d.Base, Reason: d.Reason})
	}
	return changes
}

// Run says what a reconciliation may do. The zero value only looks.
type Run struct {
	// DryRun writes nothing, whatever else is set (002-17).
	DryRun bool
	// AutoHeal writes the owner's value where a side differs from it (002-18).
	AutoHeal bool
}

// Healing returns the values that a reconciliation may write to a side: those of
// fields that the other side owns, that are no conflict and not under review.
// Everything else is only reported.
func (o Outcome) Healing(side mapping.Owner, run Run) mapping.Record {
	if run.DryRun || !run.AutoHeal {
		return make(mapping.Record)
	}
	owned := make(map[string]bool)
	for _, f := range o.fields {
		owned[f.Name] = f.Owner != mapping.NoOwner && f.Owner == side.Other()
	}
	return o.values(side, func(d Decision) bool {
		return owned[d.Field] && d.Kind != Conflicting && !d.Frozen && d.Winner == side.Other()
	})
}

// Base returns the state on which both sides agree once the outcome is written: the
// base to store for the next merge. A field on which they do not agree (frozen,
// ignored, or not flowing) keeps the base that it had.
func (o Outcome) Base(before mapping.Record) mapping.Record {
	after := maps.Clone(before)
	if after == nil {
		after = make(mapping.Record)
	}
	for _, d := range o.decisions {
		if !d.Value.IsAbsent() {
			after[d.Field] = d.Value
		}
	}
	return after
}

// Reviews returns the reviews as they stand after this merge: pending ones brought up
// to date (a new edit changes the review that is there, it does not open a second
// one), new ones for fields that were frozen, and decided ones until both sides are
// seen to agree or to have moved on. Others are left out. before is what Rules.Reviews
// held.
func (o Outcome) Reviews(before map[string]Review) map[string]Review {
	after := maps.Clone(before)
	if after == nil {
		after = make(map[string]Review)
	}
	for _, d := range o.decisions {
		r, there := before[d.Field]
		switch {
		case d.Rule == RuleIgnored || d.Rule == RuleReviewed: // as decided
		case d.Frozen && there:
			after[d.Field] = r.Update(o.conflict(d))
		case d.Frozen:
			after[d.Field] = Open(o.conflict(d))
		case !d.Ours.IsAbsent() && !d.Theirs.IsAbsent():
			delete(after, d.Field)
		}
	}
	return after
}

// conflict gives a decision's facts in roles.
func (o Outcome) conflict(d Decision) Conflict {
	c := Conflict{
		Field: Field{Name: d.Field}, Base: d.Base, Platform: d.Ours, External: d.Theirs,
		PlatformAt: d.OursAt, ExternalAt: d.TheirsAt,
	}
	if o.role == mapping.External {
		c.Platform, c.External = c.External, c.Platform
		c.PlatformAt, c.ExternalAt = c.ExternalAt, c.PlatformAt
	}
	return c
}
