package conflict

import (
	"errors"
	"fmt"
	"time"

	"github.com/itsmkit/itsmkit/mapping"
	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// Status is where a review stands.
type Status string

// Where a review can stand.
const (
	Pending  Status = "pending"  // a person must decide
	Resolved Status = "resolved" // a person chose a value
	Ignored  Status = "ignored"  // a person chose to leave the sides different
)

// ChoiceKind is what a person decided.
type ChoiceKind string

// What a person can decide.
const (
	UsePlatform ChoiceKind = "use-platform" // the platform's value
	UseExternal ChoiceKind = "use-external" // the external system's value
	UseValue    ChoiceKind = "use-value"    // a value of their own
	Ignore      ChoiceKind = "ignore"       // leave both as they are
)

// Choice is a person's decision.
type Choice struct {
	Kind ChoiceKind `json:"kind"`
	// Value is for UseValue only.
	Value reconcile.Value `json:"value,omitzero"`
}

// Review is the record of a conflict that a person decides: what to store, show and
// hand back to Merge. It is a value; its methods return a changed one.
type Review struct {
	Field      string          `json:"field"`
	Base       reconcile.Value `json:"base,omitzero"`
	Platform   reconcile.Value `json:"platform,omitzero"`
	External   reconcile.Value `json:"external,omitzero"`
	PlatformAt time.Time       `json:"platform_at,omitzero"`
	ExternalAt time.Time       `json:"external_at,omitzero"`
	Status     Status          `json:"status"`
	Choice     Choice          `json:"choice,omitzero"`
	// Version counts the changes of the review, from 1.
	Version int `json:"version"`
}

// The errors of Resolve, for errors.Is.
var (
	// ErrStale says that the conflict changed since the person looked.
	ErrStale = errors.New("conflict: the review has changed")
	// ErrDecided says that the review was decided otherwise already.
	ErrDecided = errors.New("conflict: the review is decided")
	// ErrChoice says that the choice is none.
	ErrChoice = errors.New("conflict: not a choice")
)

// Open returns a pending review of a conflict.
func Open(c Conflict) Review {
	return Review{
		Field: c.Field.Name, Base: c.Base, Platform: c.Platform, External: c.External,
		PlatformAt: c.PlatformAt, ExternalAt: c.ExternalAt, Status: Pending, Version: 1,
	}
}

// Update returns the review with the values that the sides have now. A pending
// review stays the same review, with another version; where no value changed, the
// version stays too. One that was decided becomes pending again.
func (r Review) Update(c Conflict) Review {
	c = r.filled(c)
	if r.Status == Pending && r.about(c) {
		return r
	}
	next := Open(c)
	next.Version = r.Version + 1
	return next
}

// about reports whether the review is about exactly these values.
func (r Review) about(c Conflict) bool { return r.Platform == c.Platform && r.External == c.External }

// filled returns the conflict with what a side does not mention as the review has
// it: not mentioned is not changed.
func (r Review) filled(c Conflict) Conflict {
	if c.Platform.IsAbsent() {
		c.Platform, c.PlatformAt = r.Platform, r.PlatformAt
	}
	if c.External.IsAbsent() {
		c.External, c.ExternalAt = r.External, r.ExternalAt
	}
	return c
}

// Resolve returns the review with a decision, for the version that the person saw.
// It is a compare-and-swap: another version is ErrStale. The same choice again is no
// error and changes nothing; another choice for a decided review is ErrDecided. A
// kind that is unknown, UseValue without a value and a value without UseValue are
// ErrChoice.
func (r Review) Resolve(choice Choice, version int) (Review, error) {
	switch choice.Kind {
	case UsePlatform, UseExternal, Ignore:
		if !choice.Value.IsAbsent() {
			return r, fmt.Errorf("%w: %s has a value, which only use-value takes", ErrChoice, choice.Kind)
		}
	case UseValue:
		if choice.Value.IsAbsent() || choice.Value.IsWithheld() {
			return r, fmt.Errorf("%w: use-value needs a value; null is one", ErrChoice)
		}
	default:
		return r, fmt.Errorf("%w: %q; use use-platform, use-external, use-value or ignore", ErrChoice, choice.Kind)
	}
	switch {
	case r.Status != Pending && r.Choice == choice && (version == r.Version || version == r.Version-1):
		return r, nil
	case version != r.Version && r.Status == Pending:
		return r, fmt.Errorf("%w: version %d was seen, %d is the present one; look again", ErrStale, version, r.Version)
	case r.Status != Pending:
		return r, fmt.Errorf("%w: %s", ErrDecided, r.Choice.Kind)
	}
	r.Status, r.Choice, r.Version = Resolved, choice, r.Version+1
	if choice.Kind == Ignore {
		r.Status = Ignored
	}
	return r, nil
}

// reviewed decides a field by its review. A decision counts for the values that it
// was made about; a later edit is judged afresh.
func (m merger) reviewed(f Field, c Conflict) (finding, bool) {
	r, there := m.rules.Reviews[f.Name]
	if !there {
		return finding{}, false
	}
	c = r.filled(c)
	n := finding{kind: Conflicting, rule: RuleReviewed, reason: "a person decided: " + string(r.Choice.Kind)}
	switch {
	case r.Status == Pending:
		n.frozen, n.rule, n.reason = true, RuleManual, "a person must decide"
		return n, true
	case !r.about(c):
		return finding{}, false
	case r.Status == Ignored:
		n.frozen, n.rule = true, RuleIgnored
		return n, true
	case r.Choice.Kind == UseValue:
		return give(c, r.Choice.Value, n), true
	case r.Choice.Kind == UsePlatform || r.Choice.Kind == UseExternal:
		side := mapping.Platform
		if r.Choice.Kind == UseExternal {
			side = mapping.External
		}
		n.lost = c.value(side.Other())
		return win(c, side, n), true
	default:
		return finding{}, false
	}
}
