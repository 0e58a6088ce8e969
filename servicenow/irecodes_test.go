package servicenow_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

// The codes of page "IRE error messages", and which of them leave an item
// partial: page "Identification and Reconciliation Engine".
func TestIRECodes(t *testing.T) {
	documented := strings.Fields(`IDENTIFICATION_RULE_MISSING MISSING_MATCHING_ATTRIBUTES NO_CLASS_NAME_FOR_INDEPENDENT_CI
		IDENTIFICATION_RULE_FOR_LOOKUP_MISSING IDENTIFICATION_RULE_FOR_RELATED_ITEM_MISSING NO_LOOKUP_RULES_FOR_DEPENDENT_CI
		INVALID_INPUT_DATA DUPLICATE_RELATIONSHIP_TYPES DUPLICATE_PAYLOAD_RECORDS LOCK_TIMEOUT MULTIPLE_DUPLICATE_RECORDS
		REQUIRED_ATTRIBUTE_EMPTY MISSING_DEPENDENCY METADATA_RULE_MISSING MULTIPLE_DEPENDENCIES ABANDONED MULTI_MATCH
		QUALIFICATION_LOOP TYPE_CONFLICT_IN_QUALIFICATION RECLASSIFICATION_NOT_ALLOWED DUPLICATE_RELATED_PAYLOAD
		DUPLICATE_LOOKUP_PAYLOAD INSERT_NOT_ALLOWED_FOR_SOURCE`)
	var known, completable, retryable []string
	for _, code := range servicenow.IRECodes() {
		known = append(known, code.Error())
		if code.Completable() {
			completable = append(completable, string(code))
		}
		if code.Retryable() {
			retryable = append(retryable, string(code))
		}
	}
	if !slices.Equal(known, documented) {
		t.Errorf("%v", known)
	}
	if got := strings.Join(completable, " "); got != "MISSING_MATCHING_ATTRIBUTES REQUIRED_ATTRIBUTE_EMPTY MISSING_DEPENDENCY INSERT_NOT_ALLOWED_FOR_SOURCE" {
		t.Error(got)
	}
	if got := strings.Join(retryable, " "); got != "LOCK_TIMEOUT" {
		t.Error(got)
	}
}

// Codes reach the caller as errors with a general kind.
func TestIREErrorsAreTyped(t *testing.T) {
	kinds := map[servicenow.IRECode]error{
		servicenow.IRELockTimeout: servicenow.ErrUnavailable, servicenow.IREDuplicateRecords: servicenow.ErrConflict, servicenow.IREMultiMatch: servicenow.ErrConflict,
		servicenow.IREReclassificationNotAllowed: servicenow.ErrForbidden, servicenow.IREInsertNotAllowed: servicenow.ErrForbidden,
	}
	server, client := start(t, servicenowtest.Options{})
	for _, code := range append(servicenow.IRECodes(), "NEW_IN_THE_NEXT_RELEASE") {
		rules := server.IRERules()
		rules.Fail = func(class string, values map[string]string) (string, string) {
			return string(code), "as the rules say for " + values["name"] + " of " + class
		}
		if err := server.SetIRERules(rules); err != nil {
			t.Fatal(err)
		}
		r, err := client.IRE.Reconcile(context.Background(), payloadOf(serverItem("a")), netbox)
		if err != nil {
			t.Fatal(err)
		}
		kind := kinds[code]
		if kind == nil {
			kind = servicenow.ErrInvalid
		}
		item := r.Items[0]
		var typed *servicenow.IREError
		if item.Outcome != servicenow.IREFailed || !errors.Is(item.Err, code) || !errors.Is(item.Err, kind) || !errors.As(item.Err, &typed) || typed.Retryable() != (code == servicenow.IRELockTimeout) {
			t.Errorf("%s: %v", code, item.Err)
		}
		if want := "servicenow: IRE: " + string(code) + ": as the rules say for a of cmdb_ci_server"; item.Err.Error() != want {
			t.Errorf("%v, want %s", item.Err, want)
		}
	}
}

// The enhanced options do what the documentation says.
func TestIREEnhancedOptions(t *testing.T) {
	ctx := context.Background()
	bad := servicenow.IREItem{Class: "cmdb_ci_server", Values: map[string]any{"ram": 1}, Source: servicenow.IRESource{Key: "9"}}
	twin := serverItem("a", "ram", "2")
	for name, c := range map[string]struct {
		options servicenow.IREOptions
		want    string
	}{
		"all":           {servicenow.IREOptions{}, "inserted inserted partial"},
		"no partials":   {servicenow.IREOptions{NoPartialPayloads: true}, "inserted inserted incomplete"},
		"no duplicates": {servicenow.IREOptions{NoPartialPayloads: true, NoDeduplication: true}, "incomplete incomplete incomplete"},
		"no commits":    {servicenow.IREOptions{NoPartialPayloads: true, NoPartialCommits: true}, "failed failed failed"},
	} {
		t.Run(name, func(t *testing.T) {
			server, client := start(t, servicenowtest.Options{})
			c.options.DataSource, c.options.Summary = "NetBox", true
			dry, err := client.IRE.QueryEnhanced(ctx, payloadOf(serverItem("a"), twin, bad), c.options)
			if err != nil || outcomes(dry) != c.want || server.Count("cmdb_ci") != 0 {
				t.Errorf("dry run: %v %s", err, outcomes(dry))
			}
			r, err := client.IRE.Enhanced(ctx, payloadOf(serverItem("a"), twin, bad), c.options)
			if err != nil || outcomes(r) != c.want {
				t.Fatalf("%v %s", err, outcomes(r))
			}
			if name != "all" {
				return
			}
			// The twins became one CI, with the values of both.
			if row, _ := server.Row("cmdb_ci_server", r.Items[1].SysID); r.Items[0].SysID != r.Items[1].SysID || row["ram"] != "2" {
				t.Errorf("%+v", row)
			}
			if got := r.Summary["cmdb_ci_server"]; got != (servicenow.IRESummary{Inserted: 1, Partial: 1, Warnings: 1}) || len(r.Items[2].PartialPayloads) != 1 {
				t.Errorf("%+v", got)
			}
		})
	}
}

// The data source must be a choice of cmdb_ci.discovery_source; the payload is
// parked as incomplete otherwise.
func TestIREDataSource(t *testing.T) {
	t.Run("000-10", func(t *testing.T) { testIREDataSource(t) })
}

func testIREDataSource(t *testing.T) {
	t.Helper()
	ctx := context.Background()
	server, client := start(t, servicenowtest.Options{})
	for _, source := range []string{"", "  "} {
		if _, err := client.IRE.Enhanced(ctx, payloadOf(serverItem("a")), servicenow.IREOptions{DataSource: source}); err == nil || !strings.Contains(err.Error(), "DataSource") {
			t.Error(err)
		}
	}
	if server.Requests() != 0 {
		t.Errorf("%d requests", server.Requests())
	}
	r, err := client.IRE.Enhanced(ctx, payloadOf(serverItem("a")), servicenow.IREOptions{DataSource: "Nobody"})
	if err != nil || outcomes(r) != "incomplete" || !errors.Is(r.Items[0].Err, servicenow.IREInvalidInput) || server.Count("cmdb_ci") != 0 || server.Count("cmdb_ire_incomplete_payloads") != 1 {
		t.Errorf("%v %+v", err, r)
	}
	r, err = client.IRE.Enhanced(ctx, payloadOf(serverItem("a")), servicenow.IREOptions{DataSource: "Infrastructure Automation"})
	if err != nil || outcomes(r) != "inserted" {
		t.Errorf("%v %+v", err, r)
	}
}
