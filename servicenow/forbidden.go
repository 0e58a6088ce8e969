package servicenow

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// roleOf is the role that commonly lacks for the records of tables by the
// beginning of their names, the longest first. Out-of-the-box roles as the
// product documentation names them; instances add their own.
var roleOf = []struct{ prefix, role, reading string }{
	{"sysapproval_approver", "approver_user, or itil", ""},
	{"change_", "itil (change_manager to approve, to reschedule and to close what others own)", "sn_change_read"},
	{"incident", "itil", "sn_incident_read"},
	{"problem", "itil", "sn_problem_read"},
	{"sc_", "itil", "sn_request_read"},
	{"task", "itil", ""},
	{"cmdb", "itil", "sn_cmdb_user"},
	{"alm_", "asset", ""},
	{"sys_user", "user_admin", ""},
	{"sys_import", "import_admin", ""},
	{"sys_", "admin", ""},
	{"x_", "the role of the application that the table belongs to", ""},
	{"u_", "the role that the table was given when it was made", ""},
}

// operationOf is the ACL operation that a method needs.
var operationOf = map[string]string{
	http.MethodGet: "read", http.MethodHead: "read", http.MethodPost: "create",
	http.MethodPut: "write", http.MethodPatch: "write", http.MethodDelete: "delete",
}

// endpointHint ends the advice for an API whose own access may be the matter.
const endpointHint = "the REST API itself may need rest_service, or snc_platform_rest_api_access where ACLs of type REST_Endpoint are active; " +
	"with explicit roles the account also needs snc_internal"

// forbiddenHint names the roles and the kinds of ACL that commonly lack behind a
// 403, since the platform names neither. It is "" for any other error and where a
// business rule or a data policy speaks for itself.
func forbiddenHint(e *Error) string {
	kind := error(nil)
	if e.failure != nil {
		kind = e.failure.Kind
	}
	if !errors.Is(kind, ErrForbidden) || errors.Is(kind, ErrDataPolicy) || errors.Is(kind, ErrBusinessRule) {
		return ""
	}
	api, name := apiOf(e.Path)
	switch api {
	case "table", "stats":
		return tableHint(name, operationOf[e.Method], hasFold(e.Message+" "+e.Detail, "permission to be read"))
	case "sn_chg_rest":
		return "the account commonly lacks itil, or change_manager to approve and to move what others own; otherwise a record ACL on change_request or change_task; " + endpointHint
	case "import":
		return "the account commonly lacks import_set_loader or import_transformer; otherwise a record ACL on the staging table or on the table that the transform map writes; " + endpointHint
	case "identifyreconcile", "cmdb":
		return "the account commonly lacks itil, or sn_cmdb_editor to write; otherwise a record ACL on the class; " + endpointHint
	case "attachment":
		return "the account commonly lacks the role for the record that the file belongs to: attachments follow the ACLs of that record, and those on sys_attachment; " + endpointHint
	case "batch":
		return "the account commonly lacks access to the Batch API; its items are checked one by one besides; " + endpointHint
	}
	return endpointHint
}

// tableHint is the advice for a table.
func tableHint(table, operation string, query bool) string {
	if query {
		return fmt.Sprintf("a field ACL (%s.<field>, operation read) keeps the account from reading a field that the query filters or sorts by: leave it out or grant it; %s",
			table, roleHint(table, "read"))
	}
	if operation == "" {
		operation = "read"
	}
	return fmt.Sprintf("%s; otherwise a record ACL (%[2]s, %[2]s.* or %[2]s.<field>, operation %[3]s); %s", roleHint(table, operation), table, operation, endpointHint)
}

func roleHint(table, operation string) string {
	for _, r := range roleOf {
		if !strings.HasPrefix(table, r.prefix) {
			continue
		}
		text := "the account commonly lacks " + r.role
		if operation == "read" && r.reading != "" {
			text += " (" + r.reading + " is enough to read, snc_read_only grants nothing)"
		}
		if operation == "delete" && r.prefix != "sys_" {
			text += " (to delete mostly admin)"
		}
		return text
	}
	return "the account commonly lacks the role that the table's ACLs name"
}

// apiOf names the API of a path, and the table where the path holds one.
func apiOf(path string) (api, table string) {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	if len(parts) < 2 || parts[0] != "api" {
		return "", ""
	}
	if parts[1] != "now" {
		return parts[1], ""
	}
	parts = parts[2:]
	if len(parts) > 0 && len(parts[0]) == 2 && parts[0][0] == 'v' {
		parts = parts[1:]
	}
	switch len(parts) {
	case 0:
		return "", ""
	case 1:
		return parts[0], ""
	}
	return parts[0], parts[1]
}
