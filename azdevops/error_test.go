package azdevops_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/itsmkit/itsmkit/azdevops"
	"github.com/itsmkit/itsmkit/azdevops/azdevopstest"
)

// refusal is a body in the shape of the service's exceptions.
func refusal(typeKey, message string) string {
	return `{"$id":"1","innerException":null,"message":"` + message + `","typeName":"x","typeKey":"` + typeKey + `","errorCode":0,"eventId":3000}`
}

// TestErrors goes through the bodies in which the service refuses, and the codes
// that have a meaning here.
func TestErrors(t *testing.T) {
	type fault = azdevopstest.Fault
	html := http.Header{"Content-Type": {"text/html"}}
	for name, tt := range map[string]struct {
		fault     fault
		is, isNot error
		code      string
		text      string
		retry     bool
	}{
		"exception":         {fault{Status: 404, Body: refusal("WorkItemUnauthorizedAccessException", "TF401232: Work item 1 does not exist")}, azdevops.ErrNotFound, azdevops.ErrForbidden, "TF401232", "does not exist", false},
		"exception and BOM": {fault{Status: 404, Body: "\ufeff" + refusal("WorkItemUnauthorizedAccessException", "TF401232: gone")}, azdevops.ErrNotFound, azdevops.ErrInvalid, "TF401232", "gone", false},
		"binding":           {azdevopstest.Misfit("The id is no number"), azdevops.ErrInvalid, azdevops.ErrRule, "", "The id is no number", false},
		"plain text":        {azdevopstest.PlainText(400, "Bad words"), azdevops.ErrInvalid, azdevops.ErrRule, "", "Bad words", false},
		"page":              {azdevopstest.Unavailable(), azdevops.ErrUnavailable, azdevops.ErrSignIn, "", "an HTML page", true},
		"page 404":          {fault{Status: 404, Header: html, Body: "<html></html>"}, azdevops.ErrNotFound, azdevops.ErrSignIn, "", "check BaseURL", false},
		"sign in":           {azdevopstest.SignInPage(), azdevops.ErrSignIn, azdevops.ErrUnavailable, "", "the token is wrong, has expired", false},
		"sign in redirect":  {azdevopstest.SignInRedirect(), azdevops.ErrSignIn, azdevops.ErrUnavailable, "", "", false},
		"sign in 200":       {fault{Status: 200, Header: html, Body: "<!DOCTYPE html><html>"}, azdevops.ErrSignIn, azdevops.ErrTruncated, "", "", false},
		"sign in 203 JSON":  {fault{Status: 203, Body: "{}"}, azdevops.ErrSignIn, azdevops.ErrTruncated, "", "", false},
		"blocked":           {azdevopstest.RateLimited(time.Second), azdevops.ErrRateLimited, azdevops.ErrInvalid, "TF400733", "", true},
		"blocked with 503":  {fault{Status: 503, Body: refusal("RequestBlockedException", "TF400733: The request has been canceled")}, azdevops.ErrRateLimited, azdevops.ErrUnavailable, "TF400733", "", true},
		"internal":          {azdevopstest.Broken(), azdevops.ErrUnavailable, azdevops.ErrInvalid, "TF400898", "", true},
		"forbidden":         {fault{Status: 403, Body: refusal("AccessDeniedException", "TF400813: no")}, azdevops.ErrForbidden, azdevops.ErrUnauthorized, "TF400813", "vso.work_write", false},
		"rule":              {fault{Status: 400, Body: refusal("RuleValidationException", "TF401320: Rule Error for field Title.")}, azdevops.ErrRule, azdevops.ErrRevision, "TF401320", "", false},
		"revision":          {fault{Status: 412, Body: refusal("TestPatchOperationFailedException", "VS403351: Test Operation failed")}, azdevops.ErrRevision, azdevops.ErrRule, "VS403351", "", false},
		"revision 400":      {fault{Status: 400, Body: refusal("", "VS403351: Test Operation failed")}, azdevops.ErrConflict, azdevops.ErrInvalid, "VS403351", "", false},
		"too many":          {fault{Status: 400, Body: refusal("", "VS402337: The number of work items returned exceeds the size limit of 20000.")}, azdevops.ErrTooMany, azdevops.ErrRule, "VS402337", "", false},
		"too many is":       {fault{Status: 400, Body: refusal("", "VS402337: x")}, azdevops.ErrInvalid, azdevops.ErrConflict, "VS402337", "", false},
		"version":           {fault{Status: 400, Body: refusal("VssVersionOutOfRangeException", "The requested version")}, azdevops.ErrInvalid, azdevops.ErrRule, "", "set Config.APIVersion", false},
		"member of another type": {
			fault{Status: 400, Body: `{"value":7,"message":"VS403474: You requested 201"}`}, azdevops.ErrInvalid, azdevops.ErrRule, "VS403474", "", false,
		},
		"cut":     {fault{CutAfter: 5}, azdevops.ErrTruncated, azdevops.ErrInvalid, "", "", true},
		"no JSON": {fault{Status: 200, Body: `[1`}, azdevops.ErrTruncated, azdevops.ErrInvalid, "", "", true},
		"wrong id": {
			fault{Status: 200, Body: `{"id":7,"rev":1}`}, nil, azdevops.ErrInvalid, "", "asked for work item 1, got 7", false,
		},
	} {
		t.Run(strings.ReplaceAll(name, " ", "-"), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server, _ := newWorld(t)
				client := newClient(t, server.Client(), func(c *azdevops.Config) { c.MaxRetries = -1 })
				bug(t, server, "one")
				server.Fail(tt.fault)
				_, err := client.WorkItems.Get(t.Context(), 1)
				failed, ok := errors.AsType[*azdevops.Error](err)
				if !ok || tt.is != nil && !errors.Is(err, tt.is) || errors.Is(err, tt.isNot) || !strings.Contains(err.Error(), tt.text) || !strings.HasPrefix(err.Error(), "azdevops: ") {
					t.Fatalf("%v, want %v and not %v", err, tt.is, tt.isNot)
				}
				if failed.Code != tt.code || failed.Retryable() != tt.retry || failed.Op != "WorkItems.Get" || failed.Attempts != 1 || server.Requests() != 1 {
					t.Errorf("%+v retryable %v", failed, failed.Retryable())
				}
			})
		})
	}
}

// TestSignInIsNotRepeated: the account would be locked.
func TestSignInIsNotRepeated(t *testing.T) {
	t.Run("003-26", func(t *testing.T) {
		server, _ := newWorld(t)
		client := newClient(t, server.Client(), func(c *azdevops.Config) { c.Auth = azdevops.PAT("wrong") })
		for _, err := range []error{
			second(client.WorkItems.Get(t.Context(), 1)), second(client.WorkItems.Create(t.Context(), "Bug", titled("x"))), client.WorkItems.Delete(t.Context(), 1),
		} {
			if !errors.Is(err, azdevops.ErrSignIn) || errors.Is(err, azdevops.ErrAmbiguous) {
				t.Error(err)
			}
		}
		if server.Requests() != 3 {
			t.Error(server.Requests())
		}
	})
}

func second[T any](_ T, err error) error { return err }

func titled(title string) azdevops.Patch {
	return azdevops.Patch{Set: map[string]any{azdevops.FieldTitle: title}}
}

func TestRuleErrorsNameTheFields(t *testing.T) {
	server, client := newWorld(t)
	id := bug(t, server, "one")
	_, _, err := client.WorkItems.Update(t.Context(), id, azdevops.Patch{Set: map[string]any{azdevops.FieldState: "Doing", azdevops.FieldPriority: 9}})
	failed, ok := errors.AsType[*azdevops.Error](err)
	if !ok || !errors.Is(err, azdevops.ErrRule) || !errors.Is(err, azdevops.ErrInvalid) || len(failed.Rules) != 2 {
		t.Fatalf("%+v", err)
	}
	want := azdevops.RuleError{Field: azdevops.FieldState, Status: "hasValues, limitedToValues, invalidListValue", Code: 2097155, Message: "The field 'State' contains the value 'Doing' that is not in the list of supported values"}
	if diff := cmp.Diff(want, failed.Rules[0]); diff != "" {
		t.Error(diff)
	}
	if failed.RequestID == "" || failed.Status != 400 || failed.RetryAfter() != 0 || failed.MaybeApplied() || len(failed.Body) == 0 {
		t.Errorf("%+v", failed)
	}
}

func TestBOMInAnswers(t *testing.T) {
	server, client := newWorld(t)
	id := bug(t, server, "one")
	server.Fail(azdevopstest.WithBOM())
	if item, err := client.WorkItems.Get(t.Context(), id); err != nil || item.Fields.Text(azdevops.FieldTitle) != "one" {
		t.Error(item, err)
	}
}

func TestReadOnlyTokens(t *testing.T) {
	t.Run("003-36", func(t *testing.T) {
		server, err := azdevopstest.New(azdevopstest.Options{Users: []azdevopstest.User{{Token: "reader", ReadOnly: true}}})
		if err != nil {
			t.Fatal(err)
		}
		client := newClient(t, server.Client(), func(c *azdevops.Config) { c.Auth = azdevops.PAT("reader") })
		_, err = client.WorkItems.Create(t.Context(), "Bug", titled("x"))
		if !errors.Is(err, azdevops.ErrForbidden) || !strings.Contains(err.Error(), "vso.work_write") {
			t.Error(err)
		}
	})
}
