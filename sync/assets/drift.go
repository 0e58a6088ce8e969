package assets

import (
	"fmt"
	"strconv"

	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// DriftReport says how far two systems are apart: how many of the compared records
// are not as they should be.
type DriftReport struct {
	// Total counts the records that were compared; Drifted those that a plan would
	// write, or would if nothing were in the way. Skipped records count in neither.
	Total   int `json:"total"`
	Drifted int `json:"drifted"`
	// Accuracy is 1 - Drifted/Total, from 0 to 1; 1 where nothing was compared.
	Accuracy float64 `json:"accuracy"`
	// Types holds the same for each type of record, in the order of their names.
	Types []TypeDrift `json:"types"`
}

// TypeDrift is the drift of one type of record.
type TypeDrift struct {
	Type     string  `json:"type"`
	Total    int     `json:"total"`
	Drifted  int     `json:"drifted"`
	Accuracy float64 `json:"accuracy"`
}

// Drift measures drift by a plan, of either direction: records that are missing,
// differ, are to be removed or are blocked have drifted.
func Drift(p *reconcile.Plan) DriftReport {
	var r DriftReport
	for _, c := range p.Counts() {
		drifted := c.Writes() + c.Blocked
		if n := len(r.Types); n == 0 || r.Types[n-1].Type != c.Type {
			r.Types = append(r.Types, TypeDrift{Type: c.Type})
		}
		t := &r.Types[len(r.Types)-1]
		t.Drifted += drifted
		t.Total += drifted + c.Unchanged
		r.Drifted += drifted
		r.Total += drifted + c.Unchanged
	}
	for i := range r.Types {
		r.Types[i].Accuracy = accuracy(r.Types[i].Drifted, r.Types[i].Total)
	}
	r.Accuracy = accuracy(r.Drifted, r.Total)
	return r
}

func accuracy(drifted, total int) float64 {
	if total == 0 {
		return 1
	}
	return 1 - float64(drifted)/float64(total)
}

// String gives the report on one line, such as "99.8 % accurate: 100 of 50000
// records have drifted".
func (r DriftReport) String() string {
	return fmt.Sprintf("%s %% accurate: %d of %d records have drifted", strconv.FormatFloat(100*r.Accuracy, 'f', 1, 64), r.Drifted, r.Total)
}
