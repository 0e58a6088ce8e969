package mapping_test

import (
	"fmt"

	"github.com/itsmkit/itsmkit/mapping"
	"github.com/itsmkit/itsmkit/sync/reconcile"
)

func ExampleMap_Keep() {
	status := mapping.IncidentStatus()
	fmt.Println(status.Back("open").Reason)
	fmt.Println(status.Keep("open", "2").Reason)
	fmt.Println(status.Get("8").Reason)
	// Output:
	// "open" is written as "1"
	// "2" means "open" already
	// "8" is not in the table
}

func ExampleMap_With() {
	// Our instance has a state of its own, and we set incidents in progress.
	status := mapping.IncidentStatus().With(mapping.Pair[string, string]{Key: "10", Value: "mitigated"})
	status, err := status.WithBack("open", "2")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(status.Get("10").Value, status.Back("open").Value)
	// Output: mitigated 2
}

func ExamplePriorityMatrix() {
	matrix := mapping.PriorityMatrix()
	current := mapping.ImpactUrgency{Impact: "1", Urgency: "3"}
	fmt.Println(matrix.Keep("3", current).Value)
	fmt.Println(matrix.Keep("1", current).Value)
	// Output:
	// impact 1, urgency 3
	// impact 1, urgency 1
}

func ExampleDeviceStatusOf() {
	m := mapping.DeviceStatus()
	fmt.Println(mapping.DeviceStatusOf(m, mapping.CIStatus{Install: "1", Operational: "2"}, "active").Value)
	fmt.Println(mapping.DeviceStatusOf(m, mapping.CIStatus{Install: "8", Operational: "2"}, "active").Reason)
	// Output:
	// offline
	// no device status means install status 8, operational status 2
}

func ExampleFields_In() {
	fields := mapping.IncidentFields()
	in := fields.In(mapping.Record{
		"short_description": reconcile.Text("Database down"),
		"priority":          reconcile.Text("1"),
		"state":             reconcile.Text("8"),
		"u_shift":           reconcile.Text("night"),
	})
	fmt.Println(in.Values["title"], in.Values["severity"])
	for _, n := range in.Notes {
		fmt.Printf("%s: %s: %s\n", n.Field, n.Code, n.Reason)
	}
	// Output:
	// "Database down" "sev1"
	// description: absent: column "description" is not in the record
	// status: unmapped-value: map incident-status: "8" is not in the table
	// assigned_to: absent: column "assigned_to" is not in the record
	// work_notes: journal: the entries of a journal travel one by one
	// u_shift: unmapped-field: no field map has "u_shift"
}

func ExampleFields_Out() {
	fields := mapping.IncidentFields()
	now := mapping.Record{"state": reconcile.Text("2"), "impact": reconcile.Text("3"), "urgency": reconcile.Text("3")}
	out := fields.Out(mapping.Record{"status": reconcile.Text("open"), "severity": reconcile.Text("sev1")}, now)
	fmt.Println(out.Values["state"], out.Values["impact"], out.Values["urgency"])
	// Output: "2" "1" "1"
}

func ExampleLoad() {
	integration, err := mapping.Load([]byte(`{
	  "version": 1,
	  "name": "prod-snow",
	  "maps": {"status": {"use": "incident-status", "pairs": [[10, "mitigated"]]}},
	  "fields": [{"name": "status", "columns": ["state"], "via": ["status"], "owner": "platform", "priority": 10}]
	}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	status, _ := integration.Map("status")
	fmt.Print(status.Table("Status", "state", "status").Markdown())
	// Output:
	// ### Status
	//
	// | state | status | way back |
	// | --- | --- | --- |
	// | 1 | open | yes |
	// | 2 | open |  |
	// | 3 | mitigated | yes |
	// | 4 | mitigated |  |
	// | 6 | resolved | yes |
	// | 7 | closed | yes |
	// | 10 | mitigated |  |
	//
	// Every other state is unmapped: nothing is written.
}

func ExampleLoad_mistakes() {
	_, err := mapping.Load([]byte(`{
	  "version": 1,
	  "maps": {"status": {"pairs": [["1", "open"], ["1", "closed"]]}},
	  "fields": [{"name": "status", "columns": ["state"], "via": ["stauts"]}]
	}`))
	fmt.Println(err)
	// Output:
	// mapping: 2 mistakes in the document:
	//   $.maps.status.pairs[1][0] is the key of $.maps.status.pairs[0] already
	//   $.fields[0].via[0] names neither a map of the document nor a codec or table of this package
}

func ExampleBugFields() {
	for _, f := range mapping.BugFields(mapping.Incident{ID: "9d385017", Number: "INC0010001", ShortDescription: "Checkout <b>down</b>", Priority: "1"}) {
		fmt.Printf("%s: %v\n", f.Ref, f.Value)
	}
	// Output:
	// System.Title: [INC0010001] Checkout <b>down</b>
	// System.Description: <h3>ServiceNow Incident</h3><p><strong>Number:</strong> INC0010001</p><p><strong>Priority:</strong> 1</p>
	// Microsoft.VSTS.Common.Priority: 1
	// System.Tags: ServiceNow;Incident;INC0010001
	// Custom.ServiceNowId: 9d385017
}
