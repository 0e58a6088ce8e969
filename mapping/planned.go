package mapping

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// PlannedDeployment is what a change request is made of for a build that is ready to
// be deployed, with the window in which that is to happen. Empty fields are absent.
type PlannedDeployment struct {
	Project         string
	Build           string
	Pipeline        string
	Repository      string
	Commit          string
	RequestedBy     string
	AssignmentGroup string
	CI              string // sys_id
	// Risk and Impact are labels or values of change_request; "" means
	// PlannedRisk and PlannedImpact.
	Risk, Impact string
	// Start is when the window begins, Length how long it is; 0 means
	// PlannedLength.
	Start  time.Time
	Length time.Duration
}

// What a planned deployment says unless it is told otherwise (003-04).
const (
	PlannedRisk     = "moderate"
	PlannedImpact   = "2"
	PlannedPriority = "3"
	PlannedLength   = time.Hour
)

// serviceNowTime is how the Table API writes a date and time, in UTC.
const serviceNowTime = "2006-01-02 15:04:05"

// PlannedColumns gives the columns of a change request for a planned deployment
// (003-04): type standard, the short description "Deployment: <build> - <project>",
// category Software, priority 3, risk and impact by their values (the column takes no
// labels), and the window in ServiceNow's own form. What is absent is left out. On
// most instances a standard change must be made from its template: then give these
// columns to that endpoint instead of the table.
//
// It returns an error for a missing start, a negative length, and a risk or impact
// that is no choice.
func PlannedColumns(d PlannedDeployment) (Record, error) {
	switch {
	case d.Start.IsZero():
		return nil, errors.New("mapping: PlannedDeployment.Start is missing: give the time at which the window begins")
	case d.Length < 0:
		return nil, fmt.Errorf("mapping: PlannedDeployment.Length is %s: give 0 for %s, or a positive one", d.Length, PlannedLength)
	case d.Length == 0:
		d.Length = PlannedLength
	}
	risk := ValueOf(Risk(), cmp.Or(d.Risk, PlannedRisk))
	if !risk.OK() {
		return nil, errors.New("mapping: PlannedDeployment.Risk: " + risk.Reason)
	}
	impact := ValueOf(Impact(), cmp.Or(d.Impact, PlannedImpact))
	if !impact.OK() {
		return nil, errors.New("mapping: PlannedDeployment.Impact: " + impact.Reason)
	}
	lines := []string{"Automated change request for Azure DevOps pipeline deployment.", ""}
	for _, p := range [...]Pair[string, string]{
		{"Pipeline", d.Pipeline}, {"Build", d.Build}, {"Repository", d.Repository}, {"Commit", d.Commit}, {"Requested by", d.RequestedBy},
	} {
		if p.Value != "" {
			lines = append(lines, p.Key+": "+p.Value)
		}
	}
	r := Record{}
	for column, value := range map[string]string{
		"type": "standard", "short_description": "Deployment: " + d.Build + " - " + d.Project,
		"description": strings.TrimRight(strings.Join(lines, "\n"), "\n"), "category": "Software",
		"priority": PlannedPriority, "risk": risk.Value, "impact": impact.Value,
		"start_date": d.Start.UTC().Format(serviceNowTime), "end_date": d.Start.Add(d.Length).UTC().Format(serviceNowTime),
		"assignment_group": d.AssignmentGroup, "cmdb_ci": d.CI,
		"u_azure_devops_build": d.Build, "u_azure_devops_project": d.Project,
	} {
		if value != "" {
			r[column] = reconcile.Text(value)
		}
	}
	return r, nil
}
