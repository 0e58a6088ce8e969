package servicenow_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"slices"
	"time"

	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

// A job that runs every few minutes keeps a copy up to date. What it stores
// between two runs is the checkpoint.
func ExampleTable_Changes() {
	server, client := instance()
	type Incident struct {
		ID    string `json:"sys_id"`
		Short string `json:"short_description"`
	}
	incidents := servicenow.TableOf[Incident](client, "incident")
	printer, _ := server.Insert("incident", servicenowtest.Row{"short_description": "Printer"})
	mail, _ := server.Insert("incident", servicenowtest.Row{"short_description": "Mail", "sys_updated_on": "2026-01-02 03:04:05"})

	var stored []byte
	run := func() {
		var checkpoint servicenow.Checkpoint
		if stored != nil {
			if err := json.Unmarshal(stored, &checkpoint); err != nil {
				log.Fatal(err)
			}
		}
		query := servicenow.DeltaQuery{Deleted: []string{"incident"}}
		for delta, err := range incidents.Changes(context.Background(), query, &checkpoint) {
			if err != nil {
				log.Fatal(err) // the checkpoint covers what came before
			}
			fmt.Println(delta.Kind, delta.Row.Short, delta.ModCount)
		}
		stored, _ = json.Marshal(checkpoint)
	}

	run()
	_ = server.Update("incident", printer, servicenowtest.Row{"short_description": "Printer on floor 3"})
	_ = server.Delete("incident", mail)
	fmt.Println("--")
	run()
	// Output:
	// written Mail 0
	// written Printer 0
	// --
	// deleted  0
	// written Printer on floor 3 1
}

// Where sys_audit_delete cannot be read, comparing the sys_ids finds what is gone.
func ExampleTable_Gone() {
	server, client := instance()
	known := []string{"11111111111111111111111111111111", "22222222222222222222222222222222"}
	if _, err := server.Insert("incident", servicenowtest.Row{"sys_id": known[0]}); err != nil {
		log.Fatal(err)
	}
	incidents := servicenow.TableOf[servicenow.Record](client, "incident")
	for id, err := range incidents.Gone(context.Background(), servicenow.Condition{}, slices.Values(known)) {
		fmt.Println(id, err)
	}
	// Output: 22222222222222222222222222222222 <nil>
}

// Conditions on dates that the platform computes when the query runs, in the
// time zone of the user.
func ExampleRelative() {
	for _, where := range []servicenow.Condition{
		servicenow.Relative("sys_updated_on", servicenow.RelativeAfter, servicenow.Ago(1, servicenow.UnitHour)),
		servicenow.On("opened_at", servicenow.Yesterday()),
		servicenow.DatePart("opened_at", time.Monday),
		servicenow.MoreThan("closed_at", 2, servicenow.UnitDay, servicenow.AfterField, "opened_at"),
	} {
		fmt.Println(where)
	}
	// Output:
	// sys_updated_onRELATIVEGT@hour@ago@1
	// opened_atONYesterday@javascript:gs.daysAgoStart(1)@javascript:gs.daysAgoEnd(1)
	// opened_atDATEPARTMonday@javascript:gs.datePart('dayofweek','monday','EE')
	// closed_atMORETHANopened_at@day@after@2
}
