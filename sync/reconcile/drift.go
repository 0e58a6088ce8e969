package reconcile

import "fmt"

// Drift says how far a target has moved from its source.
type Drift struct {
	// Records is how many records were compared: those that need nothing and those
	// that drifted. What is skipped was not.
	Records int
	// Drifted is how many of them do not say what they should: those that are to be
	// created, updated or removed, and those that are blocked, which nobody could
	// compare to the end.
	Drifted int
}

// Drift returns the drift of one type and class.
func (c Count) Drift() Drift {
	drifted := c.Writes() + c.Blocked
	return Drift{Records: c.Unchanged + drifted, Drifted: drifted}
}

// Drift returns the drift over all types and classes.
func (p *Plan) Drift() Drift { return p.Total().Drift() }

// Accuracy is the part of the records that says what it should, 1 - drifted/records:
// from 0 to 1, and 1 where there are none (000-13).
func (d Drift) Accuracy() float64 {
	if d.Records == 0 {
		return 1
	}
	return 1 - float64(d.Drifted)/float64(d.Records)
}

// String gives the drift as "100 of 50000 records drifted, 99.80 % are accurate". It
// rounds down, so that 100 % means all of them.
func (d Drift) String() string {
	accurate := int64(10_000)
	if d.Records > 0 {
		accurate = int64(d.Records-d.Drifted) * 10_000 / int64(d.Records)
	}
	return fmt.Sprintf("%d of %d records drifted, %d.%02d %% are accurate", d.Drifted, d.Records, accurate/100, accurate%100)
}
