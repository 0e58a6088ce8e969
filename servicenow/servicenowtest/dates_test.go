package servicenowtest_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

// Thursday noon in UTC, and one in the morning of Friday in Auckland.
var thursday = time.Date(2026, 3, 12, 12, 0, 0, 0, time.UTC)

// The relative dates of the product documentation's list of operators.
func TestRelativeDates(t *testing.T) {
	for _, zone := range []string{"UTC", "Pacific/Auckland"} {
		location, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		i := newInstance(t, servicenowtest.Options{Clock: servicenowtest.NewManualClock(thursday), TimeZone: location})
		for n, row := range []servicenowtest.Row{
			1: {"opened_at": "2026-03-12 11:30:00", "closed_at": "2026-03-12 12:30:00", "due_date": "2026-03-13 10:30:00"},
			2: {"opened_at": "2026-03-12 10:59:59", "closed_at": "2026-03-14 11:00:00"},
			3: {"opened_at": "2026-03-11 09:00:00", "closed_at": "2026-03-10 09:00:00"},
			4: {"opened_at": "2026-02-28 23:59:59", "closed_at": "2026-02-28 23:59:59"},
			5: {"opened_at": "2025-12-31 12:00:00"},
			6: {"opened_at": "2026-03-15 11:00:00"},
			7: {"opened_at": ""},
		} {
			if n > 0 {
				row["sys_id"], row["short_description"] = fmt.Sprintf("%032x", n), fmt.Sprint(n)
				i.insert("incident", row)
			}
		}
		if err := i.Update("incident", fmt.Sprintf("%032x", 7), servicenowtest.Row{"opened_at": ""}); err != nil {
			t.Fatal(err) // an insert fills it
		}
		for query, want := range map[string][2]string{ // in UTC, in Auckland
			"opened_atRELATIVEGT@hour@ago@1":                                                                  {"1 6", "1 6"},
			"opened_atRELATIVELE@hour@ago@1":                                                                  {"2 3 4 5", "2 3 4 5"},
			"opened_atRELATIVEGE@minute@ago@30":                                                               {"1 6", "1 6"},
			"opened_atRELATIVELT@minute@ago@30":                                                               {"2 3 4 5", "2 3 4 5"},
			"opened_atRELATIVEGT@minute@ago@30":                                                               {"6", "6"},
			"opened_atRELATIVEEE@dayofweek@ago@1":                                                             {"3", "2"},
			"opened_atRELATIVEEE@dayofweek@ago@0":                                                             {"1 2", "1"},
			"opened_atRELATIVEEE@hour@ago@0":                                                                  {"", ""},
			"opened_atRELATIVEEE@month@ago@0":                                                                 {"1 2 3 6", "1 2 3 4 6"},
			"opened_atRELATIVEEE@quarter@ago@1":                                                               {"5", ""},
			"opened_atRELATIVEGT@dayofweek@ahead@1":                                                           {"6", "6"},
			"opened_atRELATIVELT@year@ago@0":                                                                  {"1 2 3 4 5", "1 2 3 4 5"},
			"opened_atRELATIVEGT@parsec@ago@1":                                                                {"", ""},
			"opened_atRELATIVEGT@hour@ago":                                                                    {"", ""},
			"opened_atRELATIVEXX@hour@ago@1":                                                                  {"", ""},
			"short_descriptionRELATIVEGT@hour@ago@1":                                                          {"", ""},
			"opened_atONToday@javascript:gs.daysAgoStart(0)@javascript:gs.daysAgoEnd(0)":                      {"1 2", "1"},
			"opened_atONYesterday@javascript:gs.daysAgoStart(1)@javascript:gs.daysAgoEnd(1)":                  {"3", "2"},
			"opened_atNOTONToday@javascript:gs.daysAgoStart(0)@javascript:gs.daysAgoEnd(0)":                   {"3 4 5 6 7", "2 3 4 5 6 7"},
			"opened_atONThis week@javascript:gs.beginningOfThisWeek()@javascript:gs.endOfThisWeek()":          {"1 2 3 6", "1 2 3"},
			"opened_atONLast month@javascript:gs.beginningOfLastMonth()@javascript:gs.endOfLastMonth()":       {"4", ""},
			"opened_atONLast quarter@javascript:gs.beginningOfLastQuarter()@javascript:gs.endOfLastQuarter()": {"5", ""},
			"opened_atONThis year@javascript:gs.beginningOfThisYear()@javascript:gs.endOfThisYear()":          {"1 2 3 4 6", "1 2 3 4 5 6"},
			"opened_atONNext week@javascript:gs.beginningOfNextWeek()@javascript:gs.endOfNextWeek()":          {"", "6"},
			"opened_atBETWEENjavascript:gs.hoursAgo(1)@javascript:gs.minutesAgoEnd(0)":                        {"1", "1"},
			"opened_at>=javascript:gs.beginningOfToday()^opened_at<=javascript:gs.endOfToday()":               {"1 2", "1"},
			"opened_at>javascript:gs.nowDateTime()":                                                           {"6", "6"},
			"opened_atDATEPARTThursday@javascript:gs.datePart('dayofweek','thursday','EE')":                   {"1 2", "2 5"},
			"opened_atDATEPARTFebruary@javascript:gs.datePart('month','february','EE')":                       {"4", ""},
			"opened_atDATEPART2025@javascript:gs.datePart('year','2025','EE')":                                {"5", ""},
			"opened_atDATEPARTQuarter 4@javascript:gs.datePart('quarter','4','EE')":                           {"5", ""},
			"opened_atDATEPARTHour 11@javascript:gs.datePart('hour','11','EE')":                               {"1 6", ""},
			"opened_atDATEPARTMonday@x":                                                                       {"", ""},
			"opened_atDATEPARTCentury@javascript:gs.datePart('century','21','EE')":                            {"", ""},
			"opened_atMORETHANclosed_at@day@before@1":                                                         {"2", "2"},
			"opened_atMORETHANclosed_at@hour@after@23":                                                        {"3", "3"},
			"opened_atLESSTHANclosed_at@hour@before@1":                                                        {"1 4", "1 4"},
			"opened_atLESSTHANclosed_at@day@after@1":                                                          {"3 4", "3 4"},
			"opened_atMORETHANclosed_at@parsec@before@1":                                                      {"", ""},
			"opened_atMORETHANbogus@day@before@1":                                                             {"", ""},
			"opened_atSAMEASclosed_at@day":                                                                    {"1 4", "1 4"},
			"opened_atSAMEASclosed_at@week":                                                                   {"1 2 3 4", "1 2 3 4"},
			"opened_atNSAMEASclosed_at@day":                                                                   {"2 3 5 6 7", "2 3 5 6 7"},
		} {
			at := 0
			if zone != "UTC" {
				at = 1
			}
			if got := i.list("incident", "short_description", query); got != want[at] {
				t.Errorf("%s in %s: %q, want %q", query, zone, got, want[at])
			}
		}
	}
}
