package servicenow_test

import (
	"strings"
	"testing"
	"time"

	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

func TestRelativeDateConditions(t *testing.T) {
	clock := servicenowtest.NewManualClock(noon) // a Thursday
	server, client := start(t, servicenowtest.Options{Clock: clock})
	const at = "2026-03-11 13:30:00"
	if _, err := server.Insert("incident", servicenowtest.Row{"opened_at": at, "closed_at": "2026-03-12 11:00:00"}); err != nil {
		t.Fatal(err)
	}
	incidents := servicenow.TableOf[servicenow.Record](client, "incident")
	tests := []struct {
		where   servicenow.Condition
		want    string
		matches bool
	}{
		{servicenow.Relative("opened_at", servicenow.RelativeAfter, servicenow.Ago(1, servicenow.UnitHour)), "opened_atRELATIVEGT@hour@ago@1", false},
		{servicenow.Relative("opened_at", servicenow.RelativeAtOrAfter, servicenow.Ago(2, servicenow.UnitDay)), "opened_atRELATIVEGE@dayofweek@ago@2", true},
		{servicenow.Relative("opened_at", servicenow.RelativeBefore, servicenow.Ahead(1, servicenow.UnitQuarter)), "opened_atRELATIVELT@quarter@ahead@1", true},
		{servicenow.Relative("opened_at", servicenow.RelativeAtOrBefore, servicenow.Ago(2000, servicenow.UnitMinute)), "opened_atRELATIVELE@minute@ago@2000", false},
		{servicenow.Relative("opened_at", servicenow.RelativeOn, servicenow.Ago(1, servicenow.UnitDay)), "opened_atRELATIVEEE@dayofweek@ago@1", true},
		{servicenow.On("opened_at", servicenow.Today()), "opened_atONToday@javascript:gs.daysAgoStart(0)@javascript:gs.daysAgoEnd(0)", false},
		{servicenow.On("opened_at", servicenow.Yesterday()), "opened_atONYesterday@javascript:gs.daysAgoStart(1)@javascript:gs.daysAgoEnd(1)", true},
		{servicenow.NotOn("opened_at", servicenow.LastDays(7)), "opened_atNOTONLast 7 days@javascript:gs.daysAgoStart(7)@javascript:gs.daysAgoEnd(0)", false},
		{servicenow.On("opened_at", servicenow.ThisPeriod(servicenow.UnitWeek)), "opened_atONThis week@javascript:gs.beginningOfThisWeek()@javascript:gs.endOfThisWeek()", true},
		{servicenow.On("opened_at", servicenow.LastPeriod(servicenow.UnitMonth)), "opened_atONLast month@javascript:gs.beginningOfLastMonth()@javascript:gs.endOfLastMonth()", false},
		{servicenow.On("opened_at", servicenow.NextPeriod(servicenow.UnitYear)), "opened_atONNext year@javascript:gs.beginningOfNextYear()@javascript:gs.endOfNextYear()", false},
		{servicenow.DatePart("opened_at", time.Wednesday), "opened_atDATEPARTWednesday@javascript:gs.datePart('dayofweek','wednesday','EE')", true},
		{servicenow.DatePart("opened_at", time.March), "opened_atDATEPARTMarch@javascript:gs.datePart('month','march','EE')", true},
		{servicenow.DatePart("opened_at", servicenow.Year(2025)), "opened_atDATEPART2025@javascript:gs.datePart('year','2025','EE')", false},
		{servicenow.DatePart("opened_at", servicenow.Quarter(1)), "opened_atDATEPARTQuarter 1@javascript:gs.datePart('quarter','1','EE')", true},
		{servicenow.DatePart("opened_at", servicenow.HourOfDay(13)), "opened_atDATEPARTHour 13@javascript:gs.datePart('hour','13','EE')", true},
		{servicenow.MoreThan("closed_at", 1, servicenow.UnitDay, servicenow.AfterField, "opened_at"), "closed_atMORETHANopened_at@day@after@1", false},
		{servicenow.LessThan("opened_at", 1, servicenow.UnitDay, servicenow.BeforeField, "closed_at"), "opened_atLESSTHANclosed_at@day@before@1", true},
		{servicenow.SamePeriod("opened_at", "closed_at", servicenow.UnitDay), "opened_atSAMEASclosed_at@day", false},
		{servicenow.NotSamePeriod("opened_at", "closed_at", servicenow.UnitMonth), "opened_atNSAMEASclosed_at@month", false},
	}
	for _, tt := range tests {
		got, err := tt.where.Encode()
		if err != nil || got != tt.want {
			t.Errorf("%q %v, want %q", got, err, tt.want)
		}
		n, err := incidents.Count(t.Context(), servicenow.Query{Where: servicenow.And(servicenow.Eq("opened_at", at), tt.where)})
		if err != nil || (n == 1) != tt.matches {
			t.Errorf("%s: %d rows, %v", tt.want, n, err)
		}
		terms := servicenowtest.ParseQuery(got)
		if len(terms) != 1 || terms[0].Field == "" || terms[0].Field+terms[0].Operator+terms[0].Value != tt.want {
			t.Errorf("%s is read as %+v", tt.want, terms)
		}
	}
}

func TestRelativeDateMistakes(t *testing.T) {
	for want, where := range map[string]servicenow.Condition{
		`"Opened"`:           servicenow.Relative("Opened", servicenow.RelativeOn, servicenow.Ago(1, servicenow.UnitDay)),
		"use one of":         servicenow.Relative("opened_at", servicenow.RelativeOn, servicenow.Ago(1, servicenow.UnitWeek)),
		"comparison":         servicenow.Relative("opened_at", "XX", servicenow.Ago(1, servicenow.UnitDay)),
		"use Ago for":        servicenow.Relative("opened_at", servicenow.RelativeOn, servicenow.Ago(-1, servicenow.UnitDay)),
		"the DateRange is":   servicenow.On("opened_at", servicenow.ThisPeriod(servicenow.UnitDay)),
		"cannot hold @":      servicenow.On("opened_at", servicenow.DateRange{Label: "a@b", Start: "x", End: "y"}),
		"a Script needs":     servicenow.On("opened_at", servicenow.DateRange{Start: "x^y", End: "y"}),
		"no part of a date":  servicenow.DatePart("opened_at", 3),
		"within its bounds":  servicenow.DatePart("opened_at", servicenow.Quarter(5)),
		`"closed@"`:          servicenow.SamePeriod("opened_at", "closed@", servicenow.UnitDay),
		`unit "minute"`:      servicenow.SamePeriod("opened_at", "closed_at", servicenow.UnitMinute),
		`unit "parsec"`:      servicenow.MoreThan("opened_at", 1, "parsec", servicenow.BeforeField, "closed_at"),
		"BeforeField or":     servicenow.LessThan("opened_at", 1, servicenow.UnitDay, "", "closed_at"),
		`condition on "A"`:   servicenow.DatePart("A", time.Monday),
		`condition on "B"`:   servicenow.NotOn("B", servicenow.Today()),
		`condition on "C-D"`: servicenow.MoreThan("C-D", 1, servicenow.UnitDay, servicenow.BeforeField, "closed_at"),
	} {
		_, err := where.Encode()
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "servicenow: ") {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
