package servicenowtest

import (
	"cmp"
	"fmt"
	"time"
)

// The records that every instance has, with the sys_ids that the samples of the
// Change Management API documentation show where it shows them.
const (
	modelNormal    = "007c4001c343101035ae3f52c1d3aeb2"
	modelStandard  = "e55d0bfec343101035ae3f52c1d3ae49"
	modelEmergency = "62bc87eec343101035ae3f52c1d3ae2f"

	// StandardTemplate is the sys_id of the built-in template of standard
	// changes, "Add network switch to datacenter cabinet".
	StandardTemplate = "92b8544047810200e90d87e8dee490b0"
)

var (
	changeTaskState = []Choice{{"-5", "Pending"}, {"1", "Open"}, {"2", "In Progress"}, {"3", "Closed"}, {"4", "Canceled"}}
	approverState   = []Choice{
		{"not requested", "Not Yet Requested"}, {"requested", "Requested"}, {"approved", "Approved"}, {"rejected", "Rejected"},
		{"cancelled", "Cancelled"}, {"not_required", "No Longer Required"}, {"duplicate", "Duplicate"}, {"more_info_required", "More Information Required"},
	}
	workerState  = []Choice{{"1", "Waiting"}, {"2", "In-Progress"}, {"3", "Complete"}, {"4", "Error"}}
	conflictType = []Choice{
		{"ci_already_scheduled", "CI Already Scheduled"}, {"blackout", "Blackout"}, {"not_in_maintenance_window", "Not In Maintenance Window"},
	}
)

// changeTables are what change management adds to the tables. The approvers'
// choice list and their column iteration, which counts the rounds of approval
// of one change, are from common knowledge.
func changeTables() []Table {
	return []Table{
		{Name: "chg_model", Label: "Change Model", Display: "name", Columns: []Column{
			{Name: "name", MaxLength: 80}, {Name: "description", MaxLength: 4000}, {Name: "active", Type: Boolean, Default: "true"},
			{Name: "default_change_model", Type: Boolean, Default: "false"},
		}},
		{Name: "change_request", Columns: []Column{
			{Name: "chg_model", Label: "Model", Type: Reference, Reference: "chg_model"},
			{Name: "conflict_status", Default: "Not Run", MaxLength: 40},
			{Name: "conflict_last_run", Label: "Conflict last run", Type: DateTime},
		}},
		{Name: "change_task", Label: "Change Task", Extends: "task", NumberPrefix: "CTASK", NumberStart: 10001, Columns: []Column{
			{Name: "state", Type: Integer, Default: "-5", Choices: changeTaskState},
			{Name: "change_request", Type: Reference, Reference: "change_request"},
			{Name: "change_task_type", Label: "Type", Default: "implementation", Choices: []Choice{
				{"planning", "Planning"}, {"implementation", "Implementation"}, {"testing", "Testing"}, {"review", "Review"},
			}},
			{Name: "planned_start_date", Type: DateTime}, {Name: "planned_end_date", Type: DateTime},
			{Name: "close_code", Choices: changeCloseCodes},
		}},
		{Name: "sysapproval_approver", Label: "Approval", Display: "approver", Columns: []Column{
			{Name: "sysapproval", Label: "Approval for", Type: Reference, Reference: "task"},
			{Name: "source_table", MaxLength: 80}, {Name: "document_id", Label: "Approving", MaxLength: 32},
			{Name: "approver", Type: Reference, Reference: "sys_user"},
			{Name: "state", Default: "not requested", Choices: approverState},
			{Name: "iteration", Type: Integer, Default: "1"},
			{Name: "due_date", Type: DateTime},
			{Name: "comments", Type: Journal},
		}},
		{Name: "sys_template", Label: "Template", Display: "name", Columns: []Column{
			{Name: "name", MaxLength: 100}, {Name: "table", MaxLength: 80}, {Name: "template"}, {Name: "active", Type: Boolean, Default: "true"},
		}},
		{Name: "std_change_record_producer", Label: "Standard Change Template", Display: "name", Columns: []Column{
			{Name: "name", MaxLength: 100}, {Name: "short_description", MaxLength: 160}, {Name: "active", Type: Boolean, Default: "true"},
			{Name: "template", Type: Reference, Reference: "sys_template"},
		}},
		{Name: "task_ci", Label: "CIs Affected", Display: "ci_item", Columns: []Column{
			{Name: "task", Type: Reference, Reference: "task"}, {Name: "ci_item", Label: "Configuration Item", Type: Reference, Reference: "cmdb_ci"},
		}},
		{Name: "task_cmdb_ci_service", Label: "Impacted Service", Display: "cmdb_ci_service", Columns: []Column{
			{Name: "task", Type: Reference, Reference: "task"}, {Name: "cmdb_ci_service", Label: "Service", Type: Reference, Reference: "cmdb_ci"},
		}},
		{Name: "task_service_offering", Label: "Impacted Service Offering", Display: "service_offering", Columns: []Column{
			{Name: "task", Type: Reference, Reference: "task"}, {Name: "service_offering", Type: Reference, Reference: "cmdb_ci"},
		}},
		{Name: "chg_mgt_worker", Label: "Change Management Worker", Columns: []Column{
			{Name: "type", MaxLength: 40}, {Name: "request"}, {Name: "state", Type: Integer, Default: "1", Choices: workerState},
			{Name: "record", MaxLength: 32}, {Name: "messages"}, {Name: "payload"},
		}},
		{Name: "conflict", Label: "Conflict", Columns: []Column{
			{Name: "change", Type: Reference, Reference: "change_request"}, {Name: "conflicting_change", Type: Reference, Reference: "change_request"},
			{Name: "configuration_item", Type: Reference, Reference: "cmdb_ci"}, {Name: "type", Choices: conflictType}, {Name: "last_checked", Type: DateTime},
		}},
	}
}

// ChangeOptions configure change management. The zero value is the product's
// process with one approver. Records that the Go methods of Server write are not
// held to the rules, but what follows from a state happens for them as well:
// approvals are asked for, and roll up.
type ChangeOptions struct {
	// Approvers are the names of the users who are asked to approve changes, in
	// Assess and in Authorize; everybody must. Empty means the first user.
	Approvers []string
	// FreeStates turns the state models off, for the Table API as well: any
	// state may be written, nobody is asked to approve, and closing needs no
	// close code.
	FreeStates bool
	// Arrays makes the typed endpoints of the Change Management API answer as
	// its documentation shows it, with an array of one record and, for normal
	// and emergency changes, a plain sys_id. The default is what public clients
	// decode: an object.
	Arrays bool
	// WorkerTime is how long the asynchronous workers take on the server's
	// clock. Zero means 2 s; negative means that they are done at the next
	// request.
	WorkerTime time.Duration
}

// setUpChanges adds the records of change management that every instance has,
// and finds the approvers.
func (s *Server) setUpChanges() error {
	s.options.Changes.WorkerTime = max(cmp.Or(s.options.Changes.WorkerTime, 2*time.Second), 0)
	names := s.options.Changes.Approvers
	if len(names) == 0 && len(s.options.Users) > 0 {
		names = []string{s.options.Users[0].Name}
	}
	if len(names) == 0 {
		names = []string{DefaultUser}
	}
	for i, name := range names {
		account := s.accounts[name]
		if account == nil {
			return fmt.Errorf("servicenowtest: Options.Changes.Approvers[%d]: no user %q", i, name)
		}
		s.approvers = append(s.approvers, account)
	}
	for _, seed := range []struct {
		table string
		row   Row
	}{
		{"chg_model", Row{"sys_id": modelNormal, "name": "Normal"}},
		{"chg_model", Row{"sys_id": modelStandard, "name": "Standard"}},
		{"chg_model", Row{"sys_id": modelEmergency, "name": "Emergency"}},
		{"sys_template", Row{
			"sys_id": "1c8e02ec47410200e90d87e8dee49057", "name": "Add network switch to datacenter cabinet", "table": "change_request",
			"template": "category=Network^risk=4^impact=3^short_description=Add network switch to cabinet^description=Mount the switch and connect it^" +
				"implementation_plan=Mount, connect, power on^backout_plan=Power off and remove^test_plan=Ping the switch",
		}},
		{"std_change_record_producer", Row{
			"sys_id": StandardTemplate, "name": "Add network switch to datacenter cabinet", "template": "1c8e02ec47410200e90d87e8dee49057",
			"short_description": "Standard change template to add network switch to cabinet",
		}},
	} {
		if _, err := s.Insert(seed.table, seed.row); err != nil {
			return err
		}
	}
	return nil
}
