package mapping

import (
	"html"
	"strings"

	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// Incident is what a bug is made of. Empty fields are absent.
type Incident struct {
	ID               string // sys_id
	Number           string // such as INC0010001
	ShortDescription string
	Description      string // plain text
	Priority         string // "1" to "5"
	Category         string
}

// WorkItemField is one field of a work item that is to be created.
type WorkItemField struct {
	// Ref is the field's reference name, such as System.Title.
	Ref string
	// Value is a string, or an int for the priority.
	Value any
}

// BugFields gives the fields of an Azure DevOps bug for an incident, always in one
// order (003-06, 003-07): the title "[INC0010001] short description", the description
// as HTML with every text escaped, the priority by [BugPriority], the tags
// "ServiceNow;Incident;" and the number, and the sys_id in Custom.ServiceNowId. What is
// absent is left out; the priority then is the map's default.
func BugFields(i Incident) []WorkItemField {
	title := i.ShortDescription
	if i.Number != "" {
		title = strings.TrimSpace("[" + i.Number + "] " + title)
	}
	tags := "ServiceNow;Incident"
	if i.Number != "" {
		tags += ";" + i.Number
	}
	fields := make([]WorkItemField, 0, 5)
	if title != "" {
		fields = append(fields, WorkItemField{"System.Title", title})
	}
	fields = append(fields,
		WorkItemField{"System.Description", i.html()},
		WorkItemField{"Microsoft.VSTS.Common.Priority", BugPriority().Get(i.Priority).Value},
		WorkItemField{"System.Tags", tags},
	)
	if i.ID != "" {
		fields = append(fields, WorkItemField{"Custom.ServiceNowId", i.ID})
	}
	return fields
}

func (i Incident) html() string {
	var b strings.Builder
	b.WriteString("<h3>ServiceNow Incident</h3>")
	for _, p := range [...]Pair[string, string]{{"Number", i.Number}, {"Priority", i.Priority}, {"Category", i.Category}} {
		if p.Value != "" {
			b.WriteString("<p><strong>" + p.Key + ":</strong> " + html.EscapeString(p.Value) + "</p>")
		}
	}
	if i.Description != "" {
		lines := strings.ReplaceAll(html.EscapeString(i.Description), "\r\n", "\n")
		b.WriteString("<p>" + strings.ReplaceAll(lines, "\n", "<br>") + "</p>")
	}
	return b.String()
}

// Deployment is what a change request for a deployment is made of. Empty fields are
// absent.
type Deployment struct {
	ChangeType      string // "" means standard
	Project         string
	Build           string
	Pipeline        string
	Environment     string
	AssignmentGroup string
	CI              string // sys_id
	// Priorities says which environment has which priority. The zero Map means
	// ChangePriority.
	Priorities Map[string, string]
}

// ChangeColumns gives the columns of a change request for a deployment (003-05): type
// standard unless said otherwise, the short description "Deploy <project> build
// <build>", category Software, and the priority by environment. What is absent is left
// out. u_azure_devops_build and u_azure_devops_project are custom columns that the
// instance must have.
func ChangeColumns(d Deployment) Record {
	priorities := d.Priorities
	if priorities.Len() == 0 {
		priorities = ChangePriority()
	}
	lines := []string{"Automated deployment change request"}
	for _, p := range [...]Pair[string, string]{{"Pipeline", d.Pipeline}, {"Build", d.Build}, {"Environment", d.Environment}} {
		if p.Value != "" {
			lines = append(lines, p.Key+": "+p.Value)
		}
	}
	r := Record{
		"type":              reconcile.Text("standard"),
		"short_description": reconcile.Text("Deploy " + d.Project + " build " + d.Build),
		"description":       reconcile.Text(strings.Join(lines, "\n")),
		"category":          reconcile.Text("Software"),
	}
	for column, value := range map[string]string{
		"type": d.ChangeType, "assignment_group": d.AssignmentGroup, "cmdb_ci": d.CI,
		"priority":             priorities.Get(d.Environment).Value,
		"u_azure_devops_build": d.Build, "u_azure_devops_project": d.Project,
	} {
		if value != "" {
			r[column] = reconcile.Text(value)
		}
	}
	return r
}
