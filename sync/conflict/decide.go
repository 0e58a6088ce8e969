package conflict

import (
	"fmt"

	"github.com/itsmkit/itsmkit/mapping"
	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// win lets a side's value stand and says where it has to be written.
func win(c Conflict, side mapping.Owner, n finding) finding {
	n.winner = side
	return give(c, c.value(side), n)
}

// give gives both sides a value. A side that does not mention the field is written
// too when the other one changed it: it is presumed to hold the base.
func give(c Conflict, v reconcile.Value, n finding) finding {
	n.value = v
	differs := func(now reconcile.Value) bool {
		if now.IsAbsent() {
			now = c.Base
		}
		return now.IsAbsent() || !c.Field.same(now, v)
	}
	n.toPlatform, n.toExtern = differs(c.Platform), differs(c.External)
	return n
}

// oneChanged decides where only one side changed the field.
func (m merger) oneChanged(f Field, c Conflict, side mapping.Owner) finding {
	other := side.Other()
	if c.Base.IsAbsent() && c.value(other).IsAbsent() {
		return win(c, side, finding{changed: side, rule: RuleInitial, reason: fmt.Sprintf("only the %s side has it", side)})
	}
	if m.rules.Ownership == Enforced && f.Owner == other {
		// The owner's value is what it says, or said last.
		v := c.value(other)
		if v.IsAbsent() {
			v = c.Base
		}
		return give(c, v, finding{
			changed: side, winner: other, drift: true, lost: c.value(side), rule: RuleOwner,
			reason: fmt.Sprintf("the %s side edited what the %s side owns", side, other),
		})
	}
	return win(c, side, finding{changed: side, rule: RuleChanged, reason: fmt.Sprintf("only the %s side changed it", side)})
}

// bothChanged decides where both sides changed the field to different values.
func (m merger) bothChanged(f Field, c Conflict) finding {
	if c.Relation.Simultaneous {
		return m.conflict(f, c)
	}
	owner := f.Owner
	if m.rules.Ownership == Enforced && (owner == mapping.Platform || owner == mapping.External) {
		return win(c, owner, finding{
			changed: owner, lost: c.value(owner.Other()), rule: RuleOwner,
			reason: fmt.Sprintf("both sides changed it, %s apart, and the %s side owns it", c.Relation.Apart, owner),
		})
	}
	later := c.Relation.Later
	return win(c, later, finding{
		changed: later, lost: c.value(later.Other()), rule: RuleLater,
		reason: fmt.Sprintf("both sides changed it; the %s side later, by %s", later, c.Relation.Apart),
	})
}

// conflict asks the strategy.
func (m merger) conflict(f Field, c Conflict) finding {
	strategy := f.Strategy
	if strategy == nil {
		strategy = m.rules.Strategy
	}
	if strategy == nil {
		strategy = LastWriteWins
	}
	v := strategy(c)
	n := finding{kind: Conflicting, rule: v.Rule, reason: v.Reason}
	if n.rule == "" {
		n.rule = RuleStrategy
	}
	switch {
	case v.Freeze:
		n.frozen = true
	case v.Winner == mapping.Platform || v.Winner == mapping.External:
		n.lost = c.value(v.Winner.Other())
		return win(c, v.Winner, n)
	case !v.Value.IsAbsent() && !v.Value.IsWithheld():
		return give(c, v.Value, n)
	default:
		n.frozen = true
		if n.reason == "" {
			n.reason = "the strategy decided nothing, so a person must"
		}
	}
	return n
}

// oneWay decides fields that flow one way, or none. The side from which a field
// flows is right; what the other one does stays where it is, unless it is owned by
// the first.
func (m merger) oneWay(f Field, c Conflict, platform, external bool) finding {
	from := source(f.Direction)
	mine, yours := platform, external
	if from == mapping.External {
		mine, yours = external, platform
	}
	switch {
	case from == mapping.NoOwner:
		n := finding{kind: Conflicting, rule: RuleDirection, reason: "the field flows in no direction"}
		switch {
		case platform && !external:
			n.kind, n.changed = "", mapping.Platform
		case external && !platform:
			n.kind, n.changed = "", mapping.External
		}
		return n
	case mine:
		n := finding{changed: from, rule: RuleDirection, reason: fmt.Sprintf("the field flows from the %s side only", from)}
		if yours {
			n.lost = c.value(from.Other())
		}
		return win(c, from, n)
	case m.rules.Ownership == Enforced && f.Owner == from && !(c.Base.IsAbsent() && c.value(from).IsAbsent()):
		return m.oneChanged(f, c, from.Other())
	default:
		return finding{
			changed: from.Other(), rule: RuleDirection,
			reason: fmt.Sprintf("the field flows from the %s side only, so the %s side's edit stays there", from, from.Other()),
		}
	}
}
