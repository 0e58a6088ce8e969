package conflict

import (
	"math"
	"time"

	"github.com/itsmkit/itsmkit/mapping"
)

// DefaultWidth is how far apart two edits may be and still be simultaneous.
const DefaultWidth = 5 * time.Second

// Clock is what is known about a system's time stamps. The zero value is a clock
// that is exact and right.
type Clock struct {
	// Granularity is the step of the stamps, which are cut and not rounded: a
	// stamp t stands for any time from t up to t + Granularity. ServiceNow's is
	// one second. Negative counts as 0.
	Granularity time.Duration
	// Offset is how far the clock was measured to be ahead of the reference, by
	// the Date header of an answer for instance; negative when it is behind. It
	// is taken off every stamp, so that a clock that is ahead does not always win.
	Offset time.Duration
}

// Window says which edits are simultaneous.
type Window struct {
	// Width is the greatest distance of simultaneous edits, inclusive. 0 means
	// DefaultWidth; negative means that only stamps that cannot be told apart
	// are simultaneous. The granularities of both clocks are added to it.
	Width time.Duration
	// Platform and External are the clocks that stamped the edits.
	Platform, External Clock
}

// Relation is how two edits stand to one another in time.
type Relation struct {
	// Simultaneous edits are within the window. So are edits of which a stamp is
	// missing: nothing says that they are not.
	Simultaneous bool
	// Later is the side whose edit was certainly later; NoOwner when the stamps
	// cannot tell.
	Later mapping.Owner
	// Known is false when a stamp is missing.
	Known bool
	// Apart is the distance between the stamps, offsets taken off; 0 when a
	// stamp is missing.
	Apart time.Duration
}

// Judge compares the stamps of two edits. A zero time is a missing stamp.
func (w Window) Judge(platform, external time.Time) Relation {
	if platform.IsZero() || external.IsZero() {
		return Relation{Simultaneous: true}
	}
	p, e := platform.Add(-w.Platform.Offset), external.Add(-w.External.Offset)
	apart := p.Sub(e)
	r := Relation{Known: true}
	stepP, stepE := max(0, w.Platform.Granularity), max(0, w.External.Granularity)
	switch {
	case apart > 0 && apart >= stepE:
		r.Later = mapping.Platform
	case apart < 0 && -(apart+1) >= stepP-1: // -apart >= stepP, without overflow
		r.Later = mapping.External
	}
	if apart < 0 {
		apart = -max(apart, -math.MaxInt64)
	}
	r.Apart = apart
	r.Simultaneous = apart <= sum(sum(w.width(), stepP), stepE)
	return r
}

func (w Window) width() time.Duration {
	if w.Width == 0 {
		return DefaultWidth
	}
	return max(0, w.Width)
}

// sum adds durations that are not negative, up to the greatest there is.
func sum(a, b time.Duration) time.Duration {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}
