package servicenowtest

// Choice lists of tasks: the state models and priority lookup rules of the
// product documentation, and the incident module of the certified Ansible
// collection.
var (
	threeLevels   = []Choice{{"1", "1 - High"}, {"2", "2 - Medium"}, {"3", "3 - Low"}}
	priorities    = []Choice{{"1", "1 - Critical"}, {"2", "2 - High"}, {"3", "3 - Moderate"}, {"4", "4 - Low"}, {"5", "5 - Planning"}}
	incidentState = []Choice{
		{"1", "New"}, {"2", "In Progress"}, {"3", "On Hold"}, {"6", "Resolved"}, {"7", "Closed"}, {"8", "Canceled"},
	}
	changeState = []Choice{
		{"-5", "New"}, {"-4", "Assess"}, {"-3", "Authorize"}, {"-2", "Scheduled"}, {"-1", "Implement"},
		{"0", "Review"}, {"3", "Closed"}, {"4", "Canceled"},
	}
	problemState = []Choice{
		{"101", "New"}, {"102", "Assess"}, {"103", "Root Cause Analysis"}, {"104", "Fix in Progress"}, {"106", "Resolved"}, {"107", "Closed"},
	}
	incidentCloseCodes = []Choice{
		{"Solution provided", "Solution provided"}, {"Resolved by caller", "Resolved by caller"},
		{"Workaround provided", "Workaround provided"}, {"Duplicate", "Duplicate"}, {"Resolved by change", "Resolved by change"},
		{"User error", "User error"}, {"Known error", "Known error"}, {"Resolved by problem", "Resolved by problem"},
		{"Resolved by request", "Resolved by request"}, {"No resolution provided", "No resolution provided"},
	}
	changeCloseCodes = []Choice{
		{"successful", "Successful"}, {"successful_issues", "Successful with issues"}, {"unsuccessful", "Unsuccessful"},
	}
	approvals = []Choice{
		{"not requested", "Not Yet Requested"}, {"requested", "Requested"}, {"approved", "Approved"}, {"rejected", "Rejected"},
	}
)

// taskTables are the task hierarchy. The choice list of approval is from
// common knowledge.
func taskTables() []Table {
	return []Table{
		{Name: "task", Label: "Task", Display: "number", NumberPrefix: "TASK", NumberStart: 20001, Columns: []Column{
			{Name: "sys_class_name", Label: "Task type", Type: ClassName},
			{Name: "number", MaxLength: 40},
			{Name: "short_description", MaxLength: 160},
			{Name: "description", MaxLength: 4000},
			{Name: "state", Type: Integer, Default: "1", Choices: []Choice{
				{"-5", "Pending"}, {"1", "Open"}, {"2", "Work in Progress"}, {"3", "Closed Complete"}, {"4", "Closed Incomplete"}, {"7", "Closed Skipped"},
			}},
			{Name: "active", Type: Boolean, Default: "true"},
			{Name: "priority", Type: Integer, Default: "4", Choices: priorities},
			{Name: "impact", Type: Integer, Default: "3", Choices: threeLevels},
			{Name: "urgency", Type: Integer, Default: "3", Choices: threeLevels},
			{Name: "approval", Default: "not requested", Choices: approvals},
			{Name: "assigned_to", Type: Reference, Reference: "sys_user"},
			{Name: "assignment_group", Type: Reference, Reference: "sys_user_group"},
			{Name: "opened_by", Type: Reference, Reference: "sys_user"},
			{Name: "opened_at", Label: "Opened", Type: DateTime},
			{Name: "closed_by", Type: Reference, Reference: "sys_user"},
			{Name: "closed_at", Label: "Closed", Type: DateTime},
			{Name: "due_date", Type: DateTime},
			{Name: "cmdb_ci", Label: "Configuration item", Type: Reference, Reference: "cmdb_ci"},
			{Name: "company", Type: Reference, Reference: "core_company"},
			{Name: "location", Type: Reference, Reference: "cmn_location"},
			{Name: "parent", Type: Reference, Reference: "task"},
			{Name: "correlation_id", Label: "Correlation ID", MaxLength: 100},
			{Name: "correlation_display", MaxLength: 100},
			{Name: "close_notes", MaxLength: 4000},
			{Name: "business_duration", Type: Duration},
			{Name: "calendar_duration", Label: "Duration", Type: Duration},
			{Name: "reassignment_count", Type: Integer, Default: "0"},
			{Name: "comments", Label: "Additional comments", Type: Journal},
			{Name: "work_notes", Type: Journal},
		}},
		{Name: "incident", Label: "Incident", Extends: "task", NumberPrefix: "INC", NumberStart: 10001, Columns: []Column{
			{Name: "state", Type: Integer, Default: "1", Choices: incidentState},
			{Name: "incident_state", Type: Integer, Default: "1", Choices: incidentState},
			{Name: "caller_id", Label: "Caller", Type: Reference, Reference: "sys_user"},
			{Name: "category", Default: "inquiry", Choices: []Choice{
				{"inquiry", "Inquiry / Help"}, {"software", "Software"}, {"hardware", "Hardware"}, {"network", "Network"}, {"database", "Database"},
			}},
			{Name: "subcategory", MaxLength: 40},
			{Name: "severity", Type: Integer, Default: "3", Choices: threeLevels},
			{Name: "hold_reason", Label: "On hold reason", Type: Integer, Choices: []Choice{
				{"1", "Awaiting Caller"}, {"3", "Awaiting Problem"}, {"4", "Awaiting Vendor"}, {"5", "Awaiting Change"},
			}},
			{Name: "close_code", Label: "Resolution code", Choices: incidentCloseCodes},
			{Name: "resolved_by", Type: Reference, Reference: "sys_user"},
			{Name: "resolved_at", Label: "Resolved", Type: DateTime},
			{Name: "reopen_count", Type: Integer, Default: "0"},
			{Name: "caused_by", Label: "Caused by Change", Type: Reference, Reference: "change_request"},
			{Name: "problem_id", Label: "Problem", Type: Reference, Reference: "problem"},
			{Name: "rfc", Label: "Change Request", Type: Reference, Reference: "change_request"},
		}},
		{Name: "problem", Label: "Problem", Extends: "task", NumberPrefix: "PRB", NumberStart: 40001, Columns: []Column{
			{Name: "state", Type: Integer, Default: "101", Choices: problemState},
			{Name: "problem_state", Type: Integer, Default: "101", Choices: problemState},
			{Name: "known_error", Type: Boolean, Default: "false"},
			{Name: "category", MaxLength: 40},
			{Name: "first_reported_by_task", Type: Reference, Reference: "task"},
			{Name: "cause_notes", MaxLength: 4000},
			{Name: "fix_notes", MaxLength: 4000},
			{Name: "workaround", MaxLength: 4000},
			{Name: "rfc", Label: "Change request", Type: Reference, Reference: "change_request"},
		}},
		{Name: "change_request", Label: "Change Request", Extends: "task", NumberPrefix: "CHG", NumberStart: 30001, Columns: []Column{
			{Name: "state", Type: Integer, Default: "-5", Choices: changeState},
			{Name: "type", Default: "normal", Choices: []Choice{{"normal", "Normal"}, {"standard", "Standard"}, {"emergency", "Emergency"}}},
			{Name: "category", Default: "Other", MaxLength: 40},
			{Name: "risk", Type: Integer, Default: "3", Choices: []Choice{{"1", "Very High"}, {"2", "High"}, {"3", "Moderate"}, {"4", "Low"}}},
			{Name: "phase", Default: "requested", MaxLength: 40},
			{Name: "phase_state", Default: "open", MaxLength: 40},
			{Name: "requested_by", Type: Reference, Reference: "sys_user"},
			{Name: "start_date", Label: "Planned start date", Type: DateTime},
			{Name: "end_date", Label: "Planned end date", Type: DateTime},
			{Name: "work_start", Label: "Actual start", Type: DateTime},
			{Name: "work_end", Label: "Actual end", Type: DateTime},
			{Name: "on_hold", Type: Boolean, Default: "false"},
			{Name: "on_hold_reason", MaxLength: 4000},
			{Name: "justification", MaxLength: 4000},
			{Name: "implementation_plan", MaxLength: 4000},
			{Name: "backout_plan", MaxLength: 4000},
			{Name: "test_plan", MaxLength: 4000},
			{Name: "close_code", Choices: changeCloseCodes},
			{Name: "cab_required", Label: "CAB required", Type: Boolean, Default: "false"},
		}},
	}
}
