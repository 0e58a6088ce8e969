package mapping_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/itsmkit/itsmkit/mapping"
)

func TestPlannedColumns(t *testing.T) {
	start := time.Date(2026, 3, 1, 23, 30, 5, 999, time.FixedZone("CET", 3600))
	t.Run("003-04 the documented change", func(t *testing.T) {
		got, err := mapping.PlannedColumns(mapping.PlannedDeployment{
			Project: "shop", Build: "7", Pipeline: "main", Repository: "my-web-app", Commit: "abc123", RequestedBy: "Ada",
			AssignmentGroup: "Web", CI: "abc", Start: start,
		})
		if err != nil {
			t.Fatal(err)
		}
		equal(t, got, mapping.Record{
			"type": text("standard"), "short_description": text("Deployment: 7 - shop"), "category": text("Software"),
			"description": text("Automated change request for Azure DevOps pipeline deployment.\n\nPipeline: main\nBuild: 7\nRepository: my-web-app\nCommit: abc123\nRequested by: Ada"),
			"priority":    text("3"), "risk": text("3"), "impact": text("2"), "assignment_group": text("Web"), "cmdb_ci": text("abc"),
			"start_date": text("2026-03-01 22:30:05"), "end_date": text("2026-03-01 23:30:05"),
			"u_azure_devops_build": text("7"), "u_azure_devops_project": text("shop"),
		})
	})
	t.Run("003-04 what is absent is left out", func(t *testing.T) {
		got, err := mapping.PlannedColumns(mapping.PlannedDeployment{Start: start, Length: 90 * time.Minute, Risk: "HIGH", Impact: "high"})
		if err != nil {
			t.Fatal(err)
		}
		equal(t, got, mapping.Record{
			"type": text("standard"), "short_description": text("Deployment:  - "), "category": text("Software"),
			"description": text("Automated change request for Azure DevOps pipeline deployment."),
			"priority":    text("3"), "risk": text("2"), "impact": text("1"),
			"start_date": text("2026-03-01 22:30:05"), "end_date": text("2026-03-02 00:00:05"),
		})
	})
	for _, c := range []struct {
		d    mapping.PlannedDeployment
		want string
	}{
		{mapping.PlannedDeployment{}, "PlannedDeployment.Start is missing"},
		{mapping.PlannedDeployment{Start: start, Length: -1}, "PlannedDeployment.Length is -1ns"},
		{mapping.PlannedDeployment{Start: start, Risk: "huge"}, `PlannedDeployment.Risk: "huge" is no choice: use one of very high (1), high (2), moderate (3), low (4)`},
		{mapping.PlannedDeployment{Start: start, Impact: "4"}, `PlannedDeployment.Impact: "4" is no choice: use one of high (1), medium (2), low (3)`},
	} {
		t.Run("003-04 "+c.want, func(t *testing.T) {
			if _, err := mapping.PlannedColumns(c.d); err == nil || !strings.HasPrefix(err.Error(), "mapping: "+c.want) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func ExamplePlannedColumns() {
	columns, err := mapping.PlannedColumns(mapping.PlannedDeployment{
		Project: "shop", Build: "7", Start: time.Date(2026, 3, 1, 22, 30, 0, 0, time.UTC),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(columns["short_description"], columns["risk"], columns["start_date"], columns["end_date"])
	// Output: "Deployment: 7 - shop" "3" "2026-03-01 22:30:00" "2026-03-01 23:30:00"
}

func TestValueOf(t *testing.T) {
	for _, c := range []struct {
		given, want string
		method      mapping.Method
	}{
		{"moderate", "3", mapping.ByTable}, {" Very High", "1", mapping.ByTable}, {"3", "3", mapping.ByTable},
		{"", "", mapping.Unmapped}, {"5", "", mapping.Unmapped}, {"huge", "", mapping.Unmapped},
	} {
		t.Run("003-17 "+c.given, func(t *testing.T) {
			check(t, mapping.ValueOf(mapping.Risk(), c.given), c.want, c.method)
		})
	}
	t.Run("003-17 a default is no choice", func(t *testing.T) {
		check(t, mapping.ValueOf(mapping.Risk().Otherwise("3").BackOtherwise("moderate"), "huge"), "", mapping.Unmapped)
	})
}
