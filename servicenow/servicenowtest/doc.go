// Package servicenowtest is an in-memory ServiceNow instance for tests and
// demonstrations: an http.Handler that behaves as the real Table and Batch
// APIs do, quirks included.
//
// Tables come from a dictionary: types, defaults, references with display
// values, choices and class hierarchies. Encoded queries are really parsed and
// evaluated; an unknown field widens the result, a page filtered by access
// rules is short while X-Total-Count is blind to them, sys_mod_count counts,
// and quotas cut answers on a virtual clock, without waiting.
//
// Built in are task, incident, problem and change_request; cmdb_ci with hardware,
// computers, servers, network gear, power and facility hardware, services and
// applications below it; core_company, cmn_location, cmn_department,
// cmdb_hardware_product_model, users, groups and roles, sys_db_object,
// sys_dictionary and sys_choice, and x_nbl_cmdb_netbox_attributes. Options.Tables
// adds tables and columns, OutOfBox demo data.
//
// Users hold the roles that the tables give them, directly, by a group or inside
// another role; an ACL keeps tables, records and columns from those who lack a
// role.
//
// Users sign in by Basic authentication, by tokens of oauth_token.do with every
// grant, by API keys and by client certificates; cookies continue a session, which
// runs one transaction at a time. RateRules limit the requests of an hour, a
// Semaphore those at once; the Aggregate and the Attachment API work on the same
// records.
//
// Changes go through the state models of their type or model, with approvals,
// data policies, standard templates and the Change Management API; see
// ChangeOptions, Approve, Reject and AddStandardTemplate.
//
// CIs are identified and reconciled by rules that are data: SetIRERules and
// AddIdentifierEntry. Staging tables extend sys_import_set_row and are
// transformed by the maps of SetTransformMaps.
//
// BusinessRules run in Go before and after every write; Webhooks tell others of
// writes, signed, when Deliver says so.
//
// New makes an instance, NewServer one that listens on loopback TCP for a
// test; Client and Transport reach either without sockets, also inside
// testing/synctest bubbles. Insert, Update, Row and Rows work on the records
// directly. Fail takes a script of faults, with constructors for those that
// real instances show: Asleep, Dropped, SemaphoreFull, RateLimited, Terminated
// and others. Journal lists what was asked. Fixture returns recorded-like
// bodies for tests that only want a canned answer.
//
// Answers come as JSON or XML, as the Accept header says, and the Table and the
// Attachment API take both.
//
// Where the platform's behaviour is not documented, the doc comments here say
// so.
package servicenowtest
