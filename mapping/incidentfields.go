package mapping

import "strconv"

var incidentOwners = [...]Pair[string, Owner]{
	{"title", Platform},
	{"description", Platform},
	{"severity", Platform},
	{"status", Platform},
	{"assigned_to", External},
	{"work_notes", External},
}

var incidentColumns = map[string]string{
	"title":       "short_description",
	"description": "description",
	"severity":    "priority",
	"status":      "state",
	"assigned_to": "assigned_to",
	"work_notes":  "work_notes",
}

var severityColumns = [...]string{"impact", "urgency"}

var incidentJournals = [...]string{"work_notes"}

var incidentIgnored = [...]string{"sys_id", "number", "sys_updated_on", "sys_mod_count", "updated_on"}

// IncidentOwners maps the fields of IncidentFields to their default owners (002-07):
// the platform owns title, description, severity and status, ServiceNow assigned_to
// and work_notes.
func IncidentOwners() Map[string, Owner] { return of(incidentOwners[:]) }

// IncidentFields is the documented field map between the platform's incidents and
// ServiceNow's (002-06) with the default owners. Status goes through
// [IncidentStatus]. Severity is read from priority through [Severity] and written
// to impact and urgency through [PriorityMatrix]. Work notes are a journal. The
// metadata of the documented payload (002-03) needs no report.
func IncidentFields() Fields {
	severity := Through("severity", Severity())
	matrix := ThroughTuple("priority-matrix", textMatrix())
	var set Fields
	for _, o := range incidentOwners {
		f := Field{Name: o.Key, Owner: o.Value, Read: Path{Columns: []string{incidentColumns[o.Key]}}}
		switch o.Key {
		case "severity":
			f.Read.Via = []Codec{severity}
			f.Write = Path{Columns: severityColumns[:], Via: []Codec{matrix, severity}}
		case "status":
			f.Read.Via = []Codec{Through("incident-status", IncidentStatus())}
		}
		for _, j := range incidentJournals {
			f.Journal = f.Journal || f.Name == j
		}
		set.list = append(set.list, f)
	}
	return set.Ignoring(incidentIgnored[:]...)
}

func textMatrix() Map[string, string] {
	return text(PriorityMatrix(), func(i ImpactUrgency) string { return Tuple(i.Impact, i.Urgency) }, same)
}

func same(s string) string { return s }

func textStatus() Map[string, string] {
	return text(DeviceStatus(), same, func(s CIStatus) string { return Tuple(s.Install, s.Operational) })
}

func textBugPriority() Map[string, string] { return text(BugPriority(), same, strconv.Itoa) }
