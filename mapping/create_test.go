package mapping_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/itsmkit/itsmkit/mapping"
)

func TestBugFields(t *testing.T) {
	for _, c := range []struct {
		name     string
		incident mapping.Incident
		want     []mapping.WorkItemField
	}{
		{"003-06 003-07 a whole incident", mapping.Incident{ID: "9d38", Number: "INC0010001", ShortDescription: "Down", Description: "a <script>\r\nb & c", Priority: "3", Category: "\"net\""}, []mapping.WorkItemField{
			{Ref: "System.Title", Value: "[INC0010001] Down"},
			{Ref: "System.Description", Value: "<h3>ServiceNow Incident</h3><p><strong>Number:</strong> INC0010001</p><p><strong>Priority:</strong> 3</p>" +
				"<p><strong>Category:</strong> &#34;net&#34;</p><p>a &lt;script&gt;<br>b &amp; c</p>"},
			{Ref: "Microsoft.VSTS.Common.Priority", Value: 2},
			{Ref: "System.Tags", Value: "ServiceNow;Incident;INC0010001"},
			{Ref: "Custom.ServiceNowId", Value: "9d38"},
		}},
		{"003-07 absent fields are left out", mapping.Incident{ShortDescription: "Down"}, []mapping.WorkItemField{
			{Ref: "System.Title", Value: "Down"},
			{Ref: "System.Description", Value: "<h3>ServiceNow Incident</h3>"},
			{Ref: "Microsoft.VSTS.Common.Priority", Value: 2},
			{Ref: "System.Tags", Value: "ServiceNow;Incident"},
		}},
		{"003-06 a number alone", mapping.Incident{Number: "INC1", Priority: "1"}, []mapping.WorkItemField{
			{Ref: "System.Title", Value: "[INC1]"},
			{Ref: "System.Description", Value: "<h3>ServiceNow Incident</h3><p><strong>Number:</strong> INC1</p><p><strong>Priority:</strong> 1</p>"},
			{Ref: "Microsoft.VSTS.Common.Priority", Value: 1},
			{Ref: "System.Tags", Value: "ServiceNow;Incident;INC1"},
		}},
		{"003-07 nothing", mapping.Incident{}, []mapping.WorkItemField{
			{Ref: "System.Description", Value: "<h3>ServiceNow Incident</h3>"},
			{Ref: "Microsoft.VSTS.Common.Priority", Value: 2},
			{Ref: "System.Tags", Value: "ServiceNow;Incident"},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, mapping.BugFields(c.incident)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestChangeColumns(t *testing.T) {
	t.Run("003-05 a deployment", func(t *testing.T) {
		equal(t, mapping.ChangeColumns(mapping.Deployment{
			ChangeType: "normal", Project: "shop", Build: "7", Pipeline: "main", Environment: "production", AssignmentGroup: "Web", CI: "abc",
		}), mapping.Record{
			"type": text("normal"), "short_description": text("Deploy shop build 7"), "category": text("Software"), "priority": text("2"),
			"description":      text("Automated deployment change request\nPipeline: main\nBuild: 7\nEnvironment: production"),
			"assignment_group": text("Web"), "cmdb_ci": text("abc"), "u_azure_devops_build": text("7"), "u_azure_devops_project": text("shop"),
		})
	})
	t.Run("003-05 defaults and exact case", func(t *testing.T) {
		equal(t, mapping.ChangeColumns(mapping.Deployment{Project: "shop", Build: "7", Environment: "Production"}), mapping.Record{
			"type": text("standard"), "short_description": text("Deploy shop build 7"), "category": text("Software"), "priority": text("3"),
			"description":          text("Automated deployment change request\nBuild: 7\nEnvironment: Production"),
			"u_azure_devops_build": text("7"), "u_azure_devops_project": text("shop"),
		})
	})
	t.Run("003-05 another map of priorities", func(t *testing.T) {
		folded, err := mapping.ChangePriority().WithForm(mapping.Fold)
		if err != nil {
			t.Fatal(err)
		}
		if got := mapping.ChangeColumns(mapping.Deployment{Environment: "Production", Priorities: folded})["priority"]; got != text("2") {
			t.Error(got)
		}
		none, err := mapping.New(words{"x", "1"})
		if err != nil {
			t.Fatal(err)
		}
		if got := mapping.ChangeColumns(mapping.Deployment{Priorities: none})["priority"]; !got.IsAbsent() {
			t.Error(got)
		}
	})
}
