// Command report checks what the quickstart has written with -report: all that
// the first run did was right, and the second run had nothing to do.
//
//	go run .ci/report.go FILE DEVICES
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
)

type run struct {
	Created, Updated, Unchanged, Skipped, Blocked, Failed *int
	Requests                                              map[string]int
}

type report struct {
	Devices       *int
	First, Second *run
}

func main() {
	if len(os.Args) != 3 {
		fail("usage: go run .ci/report.go FILE DEVICES")
	}
	devices, err := strconv.Atoi(os.Args[2])
	if err != nil {
		fail("how many devices: %v", err)
	}
	text, err := os.ReadFile(os.Args[1])
	if err != nil {
		fail("no report: %v", err)
	}
	var r report
	if err := json.Unmarshal(text, &r); err != nil {
		fail("the report is no JSON: %v\n%s", err, text)
	}
	if r.Devices == nil || r.First == nil || r.Second == nil {
		fail("the report lacks devices, first or second:\n%s", text)
	}
	first, second := r.First.counts("first", text), r.Second.counts("second", text)
	if *r.Devices < devices {
		fail("%d devices, wanted at least %d", *r.Devices, devices)
	}
	if first["created"] == 0 || first["failed"] != 0 {
		fail("the first run created %d records and failed with %d", first["created"], first["failed"])
	}
	if second["created"] != 0 || second["updated"] != 0 || second["failed"] != 0 {
		fail("the second run had something to do: %v", second)
	}
	if kept := first["created"] + first["updated"] + first["unchanged"]; second["unchanged"] != kept {
		fail("the second run found %d records unchanged, wanted the %d of the first", second["unchanged"], kept)
	}
	fmt.Printf("first %v, requests %v\nsecond %v, requests %v\n", first, r.First.Requests, second, r.Second.Requests)
}

func (r *run) counts(name string, text []byte) map[string]int {
	counts := map[string]int{}
	for key, value := range map[string]*int{
		"created": r.Created, "updated": r.Updated, "unchanged": r.Unchanged,
		"skipped": r.Skipped, "blocked": r.Blocked, "failed": r.Failed,
	} {
		if value == nil {
			fail("the report's %s run lacks %q:\n%s", name, key, text)
		}
		counts[key] = *value
	}
	for _, system := range []string{"netbox", "servicenow"} {
		if r.Requests[system] == 0 {
			fail("the report's %s run has no requests to %s:\n%s", name, system, text)
		}
	}
	return counts
}

func fail(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "report: "+format+"\n", args...)
	os.Exit(1)
}
