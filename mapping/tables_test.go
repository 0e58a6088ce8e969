package mapping_test

import (
	"slices"
	"testing"

	"github.com/itsmkit/itsmkit/mapping"
)

func TestIncidentStatus(t *testing.T) {
	m := mapping.IncidentStatus()
	t.Run("002-09 the table", func(t *testing.T) {
		pairsOf(t, m, words{"1", "open"}, words{"2", "open"}, words{"3", "mitigated"}, words{"4", "mitigated"}, words{"6", "resolved"}, words{"7", "closed"})
	})
	t.Run("002-09 canonical states are 1, 3, 6 and 7", func(t *testing.T) {
		for status, state := range map[string]string{"open": "1", "mitigated": "3", "resolved": "6", "closed": "7"} {
			check(t, m.Back(status), state, mapping.ByTable)
		}
	})
	t.Run("002-09 In Progress does not fall back to New", func(t *testing.T) {
		check(t, m.Keep("open", "2"), "2", mapping.Kept)
	})
	t.Run("002-09 a legacy Pending is read", func(t *testing.T) {
		check(t, m.Get("4"), "mitigated", mapping.ByTable)
		check(t, m.Keep("mitigated", "4"), "4", mapping.Kept)
	})
	t.Run("002-09 Canceled, 5 and unknown states write nothing", func(t *testing.T) {
		for _, state := range []string{"5", "8", "", "0", "9", " 1", "New", "-1"} {
			check(t, m.Get(state), "", mapping.Unmapped)
		}
		check(t, m.Keep("open", "8"), "1", mapping.ByTable)
		check(t, m.Back("triaged"), "", mapping.Unmapped)
	})
	t.Run("002-09 what a state demands", func(t *testing.T) {
		for state, want := range map[string][]string{
			"1": nil, "2": nil, "3": {"hold_reason"}, "6": {"close_code", "close_notes"}, "7": {"close_code", "close_notes"}, "8": nil,
		} {
			if got := mapping.IncidentRequires(state); !slices.Equal(got, want) {
				t.Errorf("state %s demands %v", state, got)
			}
		}
		mapping.IncidentRequires("6")[0] = "spoiled"
		if mapping.IncidentRequires("6")[0] != "close_code" {
			t.Error("the list is not the caller's own")
		}
	})
}

func TestSeverity(t *testing.T) {
	matrix, severity := mapping.PriorityMatrix(), mapping.Severity()
	iu := func(impact, urgency string) mapping.ImpactUrgency {
		return mapping.ImpactUrgency{Impact: impact, Urgency: urgency}
	}
	t.Run("002-08 priorities and severities", func(t *testing.T) {
		pairsOf(t, severity, words{"1", "sev1"}, words{"2", "sev2"}, words{"3", "sev3"}, words{"4", "sev4"}, words{"5", "sev5"})
	})
	t.Run("002-08 the priority lookup", func(t *testing.T) {
		type p = mapping.Pair[mapping.ImpactUrgency, string]
		pairsOf(t, matrix, p{iu("1", "1"), "1"}, p{iu("2", "1"), "2"}, p{iu("1", "2"), "2"}, p{iu("2", "2"), "3"}, p{iu("1", "3"), "3"},
			p{iu("3", "1"), "3"}, p{iu("3", "2"), "4"}, p{iu("2", "3"), "4"}, p{iu("3", "3"), "5"})
	})
	t.Run("002-08 five levels there and back", func(t *testing.T) {
		for _, level := range []string{"sev1", "sev2", "sev3", "sev4", "sev5"} {
			written := matrix.Back(severity.Back(level).Value)
			check(t, severity.Get(matrix.Get(written.Value).Value), level, mapping.ByTable)
		}
	})
	t.Run("002-08 impact and urgency stay when they give the priority", func(t *testing.T) {
		check(t, matrix.Keep("3", iu("1", "3")), iu("1", "3"), mapping.Kept)
		check(t, matrix.Keep("2", iu("3", "3")), iu("2", "1"), mapping.ByTable)
		check(t, matrix.Keep("3", iu("", "")), iu("2", "2"), mapping.ByTable)
	})
	t.Run("002-08 nothing else has a priority", func(t *testing.T) {
		check(t, matrix.Get(iu("1", "")), "", mapping.Unmapped)
		check(t, severity.Get("0"), "", mapping.Unmapped)
		if got := iu("1", "2").String(); got != "impact 1, urgency 2" {
			t.Error(got)
		}
	})
}

func TestBugPriority(t *testing.T) {
	type p = mapping.Pair[string, int]
	m := mapping.BugPriority()
	t.Run("003-09 the table", func(t *testing.T) {
		pairsOf(t, m, p{"1", 1}, p{"2", 1}, p{"3", 2}, p{"4", 3}, p{"5", 4})
	})
	t.Run("003-09 anything else is 2", func(t *testing.T) {
		for _, k := range []string{"", "0", "6", "1 - Critical", "01"} {
			check(t, m.Get(k), 2, mapping.ByDefault)
		}
	})
	t.Run("003-09 the way back", func(t *testing.T) {
		for bug, priority := range map[int]string{1: "1", 2: "3", 3: "4", 4: "5"} {
			check(t, m.Back(bug), priority, mapping.ByTable)
		}
		check(t, m.Keep(1, "2"), "2", mapping.Kept)
		check(t, m.Keep(2, "6"), "3", mapping.ByTable) // 6 means 2 by default only
		check(t, m.Back(5), "", mapping.Unmapped)
	})
}

func TestWorkItemState(t *testing.T) {
	t.Run("003-10 the table", func(t *testing.T) {
		pairsOf(t, mapping.WorkItemState(), words{"Active", "2"}, words{"Resolved", "6"}, words{"Closed", "7"})
	})
	t.Run("003-10 other states change nothing", func(t *testing.T) {
		for _, state := range []string{"New", "Removed", "Done", "active", "CLOSED", ""} {
			check(t, mapping.WorkItemState().Get(state), "", mapping.Unmapped)
		}
	})
}

func TestEventStatus(t *testing.T) {
	t.Run("000-06 the table", func(t *testing.T) {
		pairsOf(t, mapping.EventStatus(), words{"create", "Installed"}, words{"update", "In Use"}, words{"delete", "Retired"})
	})
	t.Run("000-06 other actions are Unknown", func(t *testing.T) {
		for _, action := range []string{"CREATE", "", "restart"} {
			check(t, mapping.EventStatus().Get(action), "Unknown", mapping.ByDefault)
		}
		if mapping.EventUnknown != "Unknown" {
			t.Error(mapping.EventUnknown)
		}
	})
	t.Run("000-06 labels and values of install_status", func(t *testing.T) {
		m := mapping.InstallStatus()
		pairsOf(t, m, words{"Installed", "1"}, words{"On Order", "2"}, words{"In Maintenance", "3"}, words{"Pending Install", "4"},
			words{"Pending Repair", "5"}, words{"In Stock", "6"}, words{"Retired", "7"}, words{"Stolen", "8"}, words{"Absent", "100"})
		check(t, m.Get(" installed"), "1", mapping.ByTable)
	})
	t.Run("000-06 Unknown and In Use are never written", func(t *testing.T) {
		check(t, mapping.InstallStatus().Get(mapping.EventUnknown), "", mapping.Unmapped)
		check(t, mapping.InstallStatus().Get("In Use"), "", mapping.Unmapped)
		check(t, mapping.InstallStatus().With(words{"In Use", "1"}).Get("In Use"), "1", mapping.ByTable)
	})
}

func TestDeviceStatus(t *testing.T) {
	ci := func(install, operational string) mapping.CIStatus {
		return mapping.CIStatus{Install: install, Operational: operational}
	}
	m := mapping.DeviceStatus()
	t.Run("the table", func(t *testing.T) {
		type p = mapping.Pair[string, mapping.CIStatus]
		pairsOf(t, m, p{"active", ci("1", "1")}, p{"planned", ci("2", "2")}, p{"staged", ci("4", "2")}, p{"offline", ci("1", "2")},
			p{"failed", ci("5", "3")}, p{"inventory", ci("6", "2")}, p{"decommissioning", ci("7", "6")})
		check(t, m.Get("custom"), mapping.CIStatus{}, mapping.Unmapped)
	})
	t.Run("the labels of operational_status", func(t *testing.T) {
		pairsOf(t, mapping.OperationalStatus(), words{"Operational", "1"}, words{"Non-Operational", "2"}, words{"Repair in Progress", "3"},
			words{"DR Standby", "4"}, words{"Ready", "5"}, words{"Retired", "6"}, words{"Pipeline", "7"}, words{"Catalog", "8"})
		check(t, mapping.OperationalStatus().Get("READY"), "5", mapping.ByTable)
	})
	for _, c := range []struct {
		name    string
		ci      mapping.CIStatus
		current string
		want    string
		method  mapping.Method
	}{
		{"the pair", ci("1", "2"), "", "offline", mapping.ByTable},
		{"the pair against the present status", ci("1", "1"), "offline", "active", mapping.ByTable},
		{"the present status means the pair", ci("7", "6"), "decommissioning", "decommissioning", mapping.Kept},
		{"install status alone", ci("7", "2"), "active", "decommissioning", mapping.ByTable},
		{"the present status means the install status", ci("1", "5"), "offline", "offline", mapping.Kept},
		{"the first of two", ci("1", "5"), "", "active", mapping.ByTable},
		{"in maintenance", ci("3", "3"), "active", "", mapping.Unmapped},
		{"stolen", ci("8", "2"), "active", "", mapping.Unmapped},
		{"absent", ci("100", "1"), "active", "", mapping.Unmapped},
		{"empty", ci("", ""), "custom", "", mapping.Unmapped},
	} {
		t.Run(c.name, func(t *testing.T) { check(t, mapping.DeviceStatusOf(m, c.ci, c.current), c.want, c.method) })
	}
	if got := ci("1", "2").String(); got != "install status 1, operational status 2" {
		t.Error(got)
	}
}

func TestChangeTables(t *testing.T) {
	t.Run("003-05 priority by environment", func(t *testing.T) {
		pairsOf(t, mapping.ChangePriority(), words{"production", "2"})
		for _, environment := range []string{"Production", "", "staging", "prod"} {
			check(t, mapping.ChangePriority().Get(environment), "3", mapping.ByDefault)
		}
		folded, err := mapping.ChangePriority().WithForm(mapping.Fold)
		if err != nil {
			t.Fatal(err)
		}
		check(t, folded.Get("Production"), "2", mapping.ByTable)
	})
	t.Run("003-17 risk and impact labels", func(t *testing.T) {
		pairsOf(t, mapping.Risk(), words{"very high", "1"}, words{"high", "2"}, words{"moderate", "3"}, words{"low", "4"})
		pairsOf(t, mapping.Impact(), words{"high", "1"}, words{"medium", "2"}, words{"low", "3"})
		pairsOf(t, mapping.Urgency(), mapping.Impact().Pairs()...)
		pairsOf(t, mapping.PriorityLabel(), words{"critical", "1"}, words{"high", "2"}, words{"moderate", "3"}, words{"low", "4"}, words{"planning", "5"})
		for _, m := range []mapping.Map[string, string]{mapping.Risk(), mapping.Impact(), mapping.PriorityLabel()} {
			check(t, m.Get(" HIGH"), m.Get("high").Value, mapping.ByTable)
			check(t, m.Get("extreme"), "", mapping.Unmapped)
		}
	})
	t.Run("how builds end", func(t *testing.T) {
		pairsOf(t, mapping.ChangeCloseCode(), words{"succeeded", "successful"}, words{"success", "successful"},
			words{"partiallySucceeded", "successful_issues"}, words{"failed", "unsuccessful"}, words{"error", "unsuccessful"},
			words{"canceled", "unsuccessful"}, words{"terminated", "unsuccessful"}, words{"denied", "unsuccessful"})
		check(t, mapping.ChangeCloseCode().Get("running"), "", mapping.Unmapped)
	})
	t.Run("how incidents are held and closed", func(t *testing.T) {
		pairsOf(t, mapping.HoldReason(), words{"Awaiting Caller", "1"}, words{"Awaiting Problem", "3"}, words{"Awaiting Vendor", "4"}, words{"Awaiting Change", "5"})
		var want []words
		for _, code := range []string{
			"Solution provided", "Resolved by caller", "Workaround provided", "Duplicate", "Resolved by change", "User error",
			"Known error", "Resolved by problem", "Resolved by request", "No resolution provided",
		} {
			want = append(want, words{code, code})
		}
		pairsOf(t, mapping.IncidentCloseCode(), want...)
		check(t, mapping.IncidentCloseCode().Get("user error "), "User error", mapping.ByTable)
	})
}
