package assets

import "github.com/itsmkit/itsmkit/sync/reconcile"

// Counts says in numbers what a pass did, in records of all types. As JSON it is
// a stable form for reports.
type Counts struct {
	Created   int `json:"created"`
	Updated   int `json:"updated"`
	Unchanged int `json:"unchanged"`
	Skipped   int `json:"skipped"`
	Blocked   int `json:"blocked"`
	// Failed counts records that could not be written, and those that were
	// refused because they have changed since the plan was made.
	Failed int `json:"failed"`
	// Requests were sent to either side; whoever makes the clients counts them.
	Requests Requests `json:"requests"`
}

// Requests are numbers of HTTP requests.
type Requests struct {
	NetBox     int `json:"netbox"`
	ServiceNow int `json:"servicenow"`
}

// Count sums up what Apply did.
func Count(s reconcile.Summary) Counts {
	t := s.Total()
	return Counts{
		Created: t.Created, Updated: t.Updated, Unchanged: t.Unchanged,
		Skipped: t.Skipped, Blocked: t.Blocked, Failed: t.Failed + t.Stale + t.NotTried,
	}
}

// CountPlan sums up what a plan would do.
func CountPlan(p *reconcile.Plan) Counts {
	t := p.Total()
	return Counts{
		Created: t.Create, Updated: t.Update, Unchanged: t.Unchanged,
		Skipped: t.Skip, Blocked: t.Blocked,
	}
}

// Written returns how many records were written.
func (c Counts) Written() int { return c.Created + c.Updated }

// Sub returns the requests since an earlier count.
func (r Requests) Sub(before Requests) Requests {
	return Requests{r.NetBox - before.NetBox, r.ServiceNow - before.ServiceNow}
}
