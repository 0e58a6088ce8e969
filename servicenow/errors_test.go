package servicenow_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

func failing(status int, body string) servicenowtest.Fault {
	return servicenowtest.Fault{Status: status, Body: body}
}

func wire(message, detail string) string {
	return `{"error":{"message":"` + message + `","detail":"` + detail + `"},"status":"failure"}`
}

// Texts and statuses are those of reference 1.6 and 1.7: the platform's
// documentation and the tests of public clients.
func TestKindsOfFailure(t *testing.T) {
	tests := []struct {
		name   string
		fault  servicenowtest.Fault
		kinds  []error
		not    error
		says   string
		sent   int // for a read
		writes int // for a create
	}{
		{"record", failing(404, wire("No Record found", "Record doesn't exist or ACL restricts the record retrieval")), []error{servicenow.ErrNotFound}, nil, "ACL restricts", 1, 1},
		{"table", failing(400, `{"error":{"message":"Invalid table x","detail":null},"status":"failure"}`), []error{servicenow.ErrInvalidTable, servicenow.ErrInvalid}, nil, "Invalid table x", 1, 1},
		{"path", failing(400, `{"error":{"message":"Requested URI does not represent any resource","detail":null},"status":"failure"}`), []error{servicenow.ErrInvalid}, servicenow.ErrInvalidTable, "represent", 1, 1},
		{"sign-in", servicenowtest.Unauthenticated(), []error{servicenow.ErrUnauthorized}, nil, "User Not Authenticated", 1, 1},
		{"access rule", failing(403, wire("Operation Failed", "ACL Exception Insert Failed due to security constraints")), []error{servicenow.ErrACL, servicenow.ErrForbidden}, servicenow.ErrInvalid, "ACL Exception", 1, 1},
		{"access rule on a column", failing(403, wire("Insufficient rights to query records", "Field(s) present in the query do not have permission to be read")), []error{servicenow.ErrACL, servicenow.ErrForbidden}, nil, "permission to be read", 1, 1},
		{"access rule in a success", failing(200, wire("Insufficient rights to query records", "x")), []error{servicenow.ErrACL}, servicenow.ErrTruncated, "Insufficient", 1, -1},
		{"data policy", failing(403, wire("Operation Failed", "Data Policy Exception: The following fields are mandatory: Resolution code")), []error{servicenow.ErrDataPolicy, servicenow.ErrForbidden, servicenow.ErrInvalid}, nil, "Resolution code", 1, 1},
		{"business rule", failing(403, wire("Operation Failed", "Operation against file 't' was aborted by Business Rule 'n'^id")), []error{servicenow.ErrBusinessRule, servicenow.ErrForbidden}, servicenow.ErrACL, "Business Rule", 1, 1},
		{"unique key", failing(403, wire("Operation Failed", "Unique Key violation detected by database")), []error{servicenow.ErrDuplicate, servicenow.ErrConflict}, servicenow.ErrForbidden, "Unique Key", 1, 1},
		{"closed table", failing(403, `{"error":{"message":"User Not Authorized","detail":null},"status":"failure"}`), []error{servicenow.ErrForbidden}, servicenow.ErrACL, "User Not Authorized", 1, 1},
		{"hourly limit", servicenowtest.RateLimited(time.Hour), []error{servicenow.ErrHourlyLimit, servicenow.ErrRateLimited}, servicenow.ErrQueueFull, "500 requests per hour", 1, 1},
		{"queue full", servicenowtest.SemaphoreFull(), []error{servicenow.ErrQueueFull, servicenow.ErrRateLimited}, servicenow.ErrHourlyLimit, "429", 5, 5},
		{"dropped", servicenowtest.Dropped(), []error{servicenow.ErrDropped, servicenow.ErrUnavailable}, nil, "session queue", 5, 5},
		{"asleep", servicenowtest.Asleep(), []error{servicenow.ErrAsleep, servicenow.ErrUnavailable}, servicenow.ErrSignIn, "hibernating", 1, 1},
		{"sign-in page", servicenowtest.SignInPage(), []error{servicenow.ErrSignIn}, servicenow.ErrAsleep, "single sign-on", 1, 1},
		{"too long", servicenowtest.Fault{Status: 414, Body: "<html>414 Request-URI Too Large</html>"}, []error{servicenow.ErrURLTooLong, servicenow.ErrInvalid}, nil, "8 KB", 1, 1},
		{"cancelled in the queue", servicenowtest.TerminatedInQueue(), []error{servicenow.ErrUnavailable}, nil, "maximum execution time", 5, 1},
		{"bad gateway", servicenowtest.BadGateway(), []error{servicenow.ErrUnavailable}, nil, "502", 5, 1},
		{"unavailable", servicenowtest.Unavailable(), []error{servicenow.ErrUnavailable}, nil, "503", 5, 1},
		{"other shape of error", failing(400, `{"error":"invalid_request","error_description":"no such thing"}`), []error{servicenow.ErrInvalid}, nil, "no such thing", 1, 1},
		{"nonsense", failing(500, `{"error":[1,2]}`), []error{servicenow.ErrUnavailable}, nil, "500", 5, 1},
		{"empty success", failing(200, ""), []error{servicenow.ErrTruncated}, nil, "", 5, 1},
		{"success without rows", failing(200, `{"other":1}`), nil, servicenow.ErrTruncated, "no list", 1, -1},
		{"connection", servicenowtest.Fault{DropBefore: true, Err: io.EOF}, []error{servicenow.ErrUnavailable, io.EOF}, nil, "EOF", 5, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server, client := start(t, servicenowtest.Options{Tables: []servicenowtest.Table{thing}})
				table := servicenow.TableOf[thingRow](client, "u_thing")
				server.Fail(test.fault)
				_, err := table.List(t.Context(), servicenow.Query{})
				failure, ok := errors.AsType[*servicenow.Error](err)
				if !ok {
					t.Fatalf("error %v is no *Error", err)
				}
				for _, kind := range test.kinds {
					if !errors.Is(err, kind) {
						t.Errorf("%v is not %v", err, kind)
					}
				}
				if test.not != nil && errors.Is(err, test.not) {
					t.Errorf("%v is %v", err, test.not)
				}
				if !strings.HasPrefix(err.Error(), "servicenow: u_thing.List: GET /api/now/table/u_thing: ") || !strings.Contains(err.Error(), test.says) {
					t.Errorf("error %q does not say %q", err, test.says)
				}
				if failure.MaybeApplied() || failure.Attempts != test.sent || server.Requests() != test.sent {
					t.Errorf("read: maybe applied %v, %d attempts, %d requests, want %d", failure.MaybeApplied(), failure.Attempts, server.Requests(), test.sent)
				}
				if test.writes < 0 {
					return
				}
				server.ResetJournal()
				_, fresh := startWith(t, servicenowtest.Options{}, servicenow.Config{HTTPClient: server.Client()})
				_, err = servicenow.TableOf[thingRow](fresh, "u_thing").Create(t.Context(), map[string]any{"u_name": "x"})
				if !errors.As(err, &failure) || server.Requests() != test.writes {
					t.Errorf("create: %v after %d requests, want %d", err, server.Requests(), test.writes)
				}
			})
		})
	}
}

func TestErrorTellsEverything(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, client := start(t, servicenowtest.Options{})
		server.Fail(servicenowtest.RateLimited(90 * time.Second).OnCall(1))
		_, err := servicenow.TableOf[incident](client, "incident").Get(t.Context(), "abc")
		var failure *servicenow.Error
		if !errors.As(err, &failure) {
			t.Fatal(err)
		}
		reset := time.Now().Add(90 * time.Second).UTC()
		switch {
		case failure.Op != "incident.Get", failure.Method != "GET", failure.Path != "/api/now/table/incident/abc", failure.Status != 429:
			t.Errorf("call %+v", failure)
		case failure.Message != "Rate limit exceeded", !strings.Contains(failure.Detail, "per hour"):
			t.Errorf("words %+v", failure)
		case failure.Rule == "", !failure.Reset.Equal(reset), failure.RetryAfter() != 90*time.Second, !failure.Retryable(), failure.MaybeApplied():
			t.Errorf("rate rule %q, reset %v, wait %v", failure.Rule, failure.Reset, failure.RetryAfter())
		case !strings.Contains(string(failure.Body), "Rate limit exceeded"):
			t.Errorf("body %s", failure.Body)
		}
		var text strings.Builder
		slog.New(slog.NewTextHandler(&text, nil)).Error("failed", "error", failure)
		if !strings.Contains(text.String(), "error.status=429") || !strings.Contains(text.String(), "error.detail=") {
			t.Errorf("log %s", text.String())
		}
		if zero := new(servicenow.Error); zero.Error() == "" || zero.Retryable() || zero.Unwrap() != nil || zero.LogValue().String() == "" {
			t.Error("the zero Error must be usable")
		}
	})
}

func TestOneMistypedColumnIsNamed(t *testing.T) {
	server, client := start(t, servicenowtest.Options{})
	if _, err := server.Insert("incident", servicenowtest.Row{"short_description": "x"}); err != nil {
		t.Fatal(err)
	}
	type wrong struct {
		ID    string `json:"sys_id"`
		Short int    `json:"short_description"`
	}
	for name, read := range map[string]func() error{
		"list": func() error {
			_, err := servicenow.TableOf[wrong](client, "incident").List(t.Context(), servicenow.Query{})
			return err
		},
		"get": func() error {
			_, err := servicenow.TableOf[wrong](client, "incident").Get(t.Context(), server.Rows("incident")[0]["sys_id"])
			return err
		},
	} {
		server.ResetJournal()
		err := read()
		if !errors.Is(err, servicenow.ErrInvalid) || !strings.Contains(err.Error(), "short_description") || server.Requests() != 1 {
			t.Errorf("%s: %v after %d requests", name, err, server.Requests())
		}
	}
}

func TestReferenceInAPlainField(t *testing.T) {
	server, client := start(t, servicenowtest.Options{})
	abel, _ := server.Insert("sys_user", servicenowtest.Row{"user_name": "abel", "name": "Abel"})
	if _, err := server.Insert("incident", servicenowtest.Row{"caller_id": abel}); err != nil {
		t.Fatal(err)
	}
	type plain struct {
		Caller string `json:"caller_id"`
	}
	table := servicenow.TableOf[plain](client, "incident")
	page, err := table.List(t.Context(), servicenow.Query{})
	if err != nil || page.Items[0].Caller != abel {
		t.Errorf("without links a reference is a plain text: %v, %v", page.Items, err)
	}
	_, err = table.List(t.Context(), servicenow.Query{ReferenceLinks: true})
	if err == nil || !strings.Contains(err.Error(), "caller_id") || !strings.Contains(err.Error(), "Ref") {
		t.Errorf("with links: %v", err)
	}
}

func TestSignInRedirectIsNotFollowed(t *testing.T) {
	server, client := start(t, servicenowtest.Options{})
	server.Fail(servicenowtest.SignInRedirect())
	_, err := servicenow.TableOf[incident](client, "incident").List(t.Context(), servicenow.Query{})
	if err == nil {
		t.Fatal("no error")
	}
	if _, ok := errors.AsType[*servicenow.Error](err); !ok {
		t.Errorf("error %v", err)
	}
}

func TestCancelledContext(t *testing.T) {
	server, client := start(t, servicenowtest.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := servicenow.TableOf[incident](client, "incident").Get(ctx, "x")
	if !errors.Is(err, context.Canceled) || server.Requests() != 0 {
		t.Errorf("error %v after %d requests", err, server.Requests())
	}
}

func TestAnswersWithoutHeaders(t *testing.T) {
	client, err := servicenow.New(servicenow.Config{BaseURL: "acme", HTTPClient: &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Body: body(`{"result":[{"sys_id":"1","unknown":{"a":[1,{}]}}],"session":{"debug_logs":[]}}`)}, nil
	})}})
	if err != nil {
		t.Fatal(err)
	}
	page, err := servicenow.TableOf[incident](client, "incident").List(t.Context(), servicenow.Query{})
	if err != nil || page.Total != -1 || len(page.Items) != 1 {
		t.Errorf("%+v, %v", page, err)
	}
}
