package conflict_test

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/itsmkit/itsmkit/mapping"
	"github.com/itsmkit/itsmkit/sync/conflict"
	"github.com/itsmkit/itsmkit/sync/reconcile"
)

func ExampleMerge() {
	at := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	base := mapping.Record{"title": reconcile.Text("Disk"), "team": reconcile.Text("ops"), "status": reconcile.Text("open")}
	platform := conflict.State{Changed: at, Values: mapping.Record{
		"title": reconcile.Text("Disk full"), "team": reconcile.Text("ops"), "status": reconcile.Text("mitigated"),
	}}
	serviceNow := conflict.State{Changed: at.Add(3 * time.Second), Values: mapping.Record{
		"title": reconcile.Text("Disk"), "team": reconcile.Text("storage"), "status": reconcile.Text("resolved"),
	}}
	out := conflict.Merge(base, platform, serviceNow, conflict.Rules{})
	for _, d := range out.Decisions() {
		fmt.Printf("%s: %s, %s: %s\n", d.Field, d.Kind, d.Value, d.Reason)
	}
	fmt.Println("to the platform:", len(out.Writes(mapping.Platform)), "to ServiceNow:", len(out.Writes(mapping.External)))
	// Output:
	// status: conflict, "resolved": the external side's edit is later by 3s
	// team: theirs, "storage": only the external side changed it
	// title: ours, "Disk full": only the platform side changed it
	// to the platform: 2 to ServiceNow: 1
}

func ExampleMerge_ownership() {
	// ServiceNow's people edited a title that the platform owns.
	rules := conflict.Rules{Fields: conflict.FieldsOf(mapping.IncidentFields())}
	base := mapping.Record{"title": reconcile.Text("Disk full")}
	edited := conflict.State{Values: mapping.Record{"title": reconcile.Text("disk??")}}
	out := conflict.Merge(base, conflict.State{Values: base}, edited, rules)
	for _, d := range out.Drift() {
		fmt.Println(d.Field, "drifted:", d.Reason)
	}
	fmt.Println("healed with", out.Heals(mapping.External)["title"])
	// Output:
	// title drifted: the external side edited what the platform side owns
	// healed with "Disk full"
}

func ExampleReview_Resolve() {
	rules := conflict.Rules{Strategy: conflict.ManualReview}
	base := mapping.Record{"severity": reconcile.Text("sev3")}
	platform := conflict.State{Values: mapping.Record{"severity": reconcile.Text("sev1")}}
	serviceNow := conflict.State{Values: mapping.Record{"severity": reconcile.Text("sev2")}}

	// The field is frozen; store the review and show it to somebody.
	rules.Reviews = conflict.Merge(base, platform, serviceNow, rules).Reviews(nil)
	stored, _ := json.Marshal(rules.Reviews["severity"])
	fmt.Println(string(stored))

	// They decide for the version that they saw.
	decided, err := rules.Reviews["severity"].Resolve(conflict.Choice{Kind: conflict.UsePlatform}, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	rules.Reviews["severity"] = decided
	out := conflict.Merge(base, platform, serviceNow, rules)
	fmt.Println(out.Writes(mapping.External)["severity"])
	// Output:
	// {"field":"severity","base":"sev3","platform":"sev1","external":"sev2","status":"pending","version":1}
	// "sev1"
}

func ExampleWindow_Judge() {
	window := conflict.Window{External: conflict.Clock{Granularity: time.Second}} // ServiceNow's stamps
	at := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	for _, apart := range []time.Duration{500 * time.Millisecond, 6 * time.Second, 7 * time.Second} {
		r := window.Judge(at.Add(apart), at)
		fmt.Printf("%v: simultaneous %v, later %q\n", apart, r.Simultaneous, r.Later)
	}
	// Output:
	// 500ms: simultaneous true, later ""
	// 6s: simultaneous true, later "platform"
	// 7s: simultaneous false, later "platform"
}

func ExampleMergeJournal() {
	platform := []conflict.Entry{{ID: "1", Text: "Looking at it"}, {ID: "2", Text: "Looking at it"}}
	serviceNow := []conflict.Entry{{ID: "9f", Text: "Looking at it", Origin: "1"}} // our own copy of 1
	j := conflict.MergeJournal(nil, platform, serviceNow, conflict.JournalRules{})
	for _, e := range j.ToExternal {
		fmt.Println(conflict.Tag(e.Text, mapping.Platform, e.ID))
	}
	fmt.Println(len(j.ToPlatform), j.Learned)
	// Output:
	// Looking at it
	// [copy of platform "2"]
	// 0 [{1 9f}]
}

func ExampleExplain() {
	fields := mapping.IncidentFields()
	for _, field := range []string{"title", "assigned_to", "mood"} {
		x := conflict.Explain(conflict.Question{
			Field: field, Map: fields,
			Payload: mapping.Record{"short_description": reconcile.Text("disk??")},
			Base:    mapping.Record{"title": reconcile.Text("Disk full"), "assigned_to": reconcile.Text("Beth")},
		})
		fmt.Printf("%s: %s\n", x.Rule, x.Reason)
	}
	// Output:
	// ownership: the platform side owns "title": what the external side edits is drift and is healed
	// not-in-payload: the message does not mention it: column "assigned_to" is not in the record
	// unmapped-field: no field map has "mood": add one
}
