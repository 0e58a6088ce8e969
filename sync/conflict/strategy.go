package conflict

import (
	"fmt"
	"time"

	"github.com/itsmkit/itsmkit/mapping"
	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// Conflict is one field that both sides changed, to different values, within the
// window.
type Conflict struct {
	Field                    Field
	Base, Platform, External reconcile.Value
	// PlatformAt and ExternalAt are the stamps as the systems gave them; zero
	// when they are missing.
	PlatformAt, ExternalAt time.Time
	// Relation is how the stamps stand to one another.
	Relation Relation
}

// value returns a side's value.
func (c Conflict) value(side mapping.Owner) reconcile.Value {
	if side == mapping.External {
		return c.External
	}
	return c.Platform
}

// Verdict settles a conflict. The zero value settles nothing, which freezes the
// field: a strategy that forgets to decide loses no edit.
type Verdict struct {
	// Winner is the side whose value both sides get.
	Winner mapping.Owner
	// Value is what both sides get when there is no winner, such as the union of
	// two lists. An absent value freezes the field.
	Value reconcile.Value
	// Freeze leaves both sides as they are until a person decides; it comes
	// before Winner and Value.
	Freeze bool
	// Rule is the rule that decided; empty means RuleStrategy.
	Rule Rule
	// Reason is the decision in words.
	Reason string
}

// Strategy settles conflicts. It must be pure. Conflicts are told in roles, not as
// ours and theirs, so that both sides come to one verdict.
type Strategy func(Conflict) Verdict

// LastWriteWins lets the later edit win (002-14). Where the stamps cannot tell,
// because they are equal, missing, or within what the clocks cannot tell apart, the
// owner wins, and without an owner the platform.
func LastWriteWins(c Conflict) Verdict {
	if later := c.Relation.Later; later != mapping.NoOwner {
		return Verdict{Winner: later, Rule: RuleLastWrite, Reason: fmt.Sprintf("the %s side's edit is later by %s", later, c.Relation.Apart)}
	}
	why := "it cannot be told which edit is later"
	if !c.Relation.Known {
		why = "an edit has no time"
	}
	if o := c.Field.Owner; o == mapping.Platform || o == mapping.External {
		return Verdict{Winner: o, Rule: RuleLastWrite, Reason: why + ", so the owner wins: " + string(o)}
	}
	return Verdict{Winner: mapping.Platform, Rule: RuleLastWrite, Reason: why + " and nobody owns the field, so the platform wins"}
}

// OwnershipPriority lets the side with the higher ownership priority for the field
// win (002-15). With equal priorities, or none, it is LastWriteWins.
func OwnershipPriority(c Conflict) Verdict {
	p, e := c.Field.PlatformPriority, c.Field.ExternalPriority
	switch {
	case p > e:
		return Verdict{Winner: mapping.Platform, Rule: RulePriority, Reason: fmt.Sprintf("the platform's priority %d is above %d", p, e)}
	case e > p:
		return Verdict{Winner: mapping.External, Rule: RulePriority, Reason: fmt.Sprintf("the external side's priority %d is above %d", e, p)}
	default:
		v := LastWriteWins(c)
		v.Reason = fmt.Sprintf("both sides have priority %d; %s", p, v.Reason)
		return v
	}
}

// ManualReview freezes the field on both sides until a person decides (002-16); see
// [Review].
func ManualReview(Conflict) Verdict {
	return Verdict{Freeze: true, Rule: RuleManual, Reason: "a person must decide"}
}
