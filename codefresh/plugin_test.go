package codefresh_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/itsmkit/itsmkit/codefresh"
)

const aBuild = "5f3e1c2b4a5968778695a4b3"

func TestCallbackBodies(t *testing.T) {
	for _, tt := range []struct {
		name, body string
		want       codefresh.Callback
		status     int
		answer     string
	}{
		{"004-02 four keys", `{"cr_number":"CHG1","cf_build_id":"` + aBuild + `","cf_token":"t","cf_url":"https://g.codefresh.io"}`,
			codefresh.Callback{ChangeNumber: "CHG1", BuildID: aBuild, Token: "t", URL: "https://g.codefresh.io", Policy: "ignore", System: "classic"}, 0, ""},
		{"004-02 five keys", `{"cr_number":"CHG1","cf_build_id":"` + aBuild + `","cf_token":"t","cf_url":"https://g.codefresh.io","cr_policy":"wait"}`,
			codefresh.Callback{ChangeNumber: "CHG1", BuildID: aBuild, Token: "t", URL: "https://g.codefresh.io", Policy: "wait", System: "classic"}, 0, ""},
		{"004-02 seven keys", `{"cr_number":"CHG1","cf_build_id":"wf-x7","cf_token":"t","cf_url":"https://g.codefresh.io","cr_policy":"reject","ci_system":"workflow","cf_runtime":"r"}`,
			codefresh.Callback{ChangeNumber: "CHG1", BuildID: "wf-x7", Token: "t", URL: "https://g.codefresh.io", Policy: "reject", System: "workflow", Runtime: "r"}, 0, ""},
		{"no build id, first of all that is missing", `{}`, codefresh.Callback{}, 404, `{"status":"Error","details":{"errors":[{"code":404,"message":"Missing cf_build_id"}]}}`},
		{"no number", `{"cf_build_id":"x"}`, codefresh.Callback{}, 404, "Missing cr_number"},
		{"a null token, as the step sends it", `{"cf_build_id":"x","cr_number":"CHG1","cf_token":null}`, codefresh.Callback{}, 404, "Missing cf_token"},
		{"no address", `{"cf_build_id":"x","cr_number":"CHG1","cf_token":"t"}`, codefresh.Callback{}, 404, "Missing cf_url"},
		{"no runtime", `{"cf_build_id":"x","cr_number":"CHG1","cf_token":"t","cf_url":"https://x","ci_system":"workflow"}`, codefresh.Callback{}, 404, "Missing cf_runtime"},
		{"no JSON", `cr_number=CHG1`, codefresh.Callback{}, 400, "Unable to process the request"},
		{"null", `null`, codefresh.Callback{}, 400, "Unable to process the request"},
		{"a number for a text", `{"cf_build_id":7}`, codefresh.Callback{}, 400, "Unable to process the request"},
		{"an unknown policy", `{"cf_build_id":"x","cr_number":"CHG1","cf_token":"t","cf_url":"https://x","cr_policy":"always"}`, codefresh.Callback{}, 400, "cr_policy"},
		{"a build id that is none", `{"cf_build_id":"../x","cr_number":"CHG1","cf_token":"t","cf_url":"https://x"}`, codefresh.Callback{}, 400, "cf_build_id"},
		{"an address that is none", `{"cf_build_id":"` + aBuild + `","cr_number":"CHG1","cf_token":"t","cf_url":"file:///x"}`, codefresh.Callback{}, 400, "cf_url"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := codefresh.ParseCallback([]byte(tt.body))
			if tt.status == 0 {
				if err != nil || c != tt.want {
					t.Fatalf("%v %v", c, err)
				}
				body, err := c.Body()
				if err != nil {
					t.Fatal(err)
				}
				if again, err := codefresh.ParseCallback(body); err != nil || again != c {
					t.Errorf("written and read: %s %v", body, err)
				}
				return
			}
			var refused *codefresh.CallbackError
			if !errors.As(err, &refused) || !errors.Is(err, codefresh.ErrInvalid) || refused.Status != tt.status || !strings.Contains(string(refused.Body), tt.answer) {
				t.Errorf("%v", err)
			}
			if c != (codefresh.Callback{}) {
				t.Error("a refused callback is returned")
			}
		})
	}
}

func TestHandles(t *testing.T) {
	secret, old := []byte("0123456789abcdef"), []byte("fedcba9876543210")
	handle, err := codefresh.NewHandle(secret, aBuild, "CHG1")
	if err != nil {
		t.Fatal(err)
	}
	c := codefresh.Callback{BuildID: aBuild, ChangeNumber: "CHG1", Token: handle, URL: "https://g.codefresh.io"}
	if !c.CheckHandle(old, secret) {
		t.Error("a good handle is refused")
	}
	for name, bad := range map[string]bool{
		"no secret":      c.CheckHandle(),
		"another secret": c.CheckHandle(old),
		"a short secret": c.CheckHandle([]byte("")),
		"another build":  codefresh.Callback{BuildID: "x", ChangeNumber: "CHG1", Token: handle}.CheckHandle(secret),
		"another change": codefresh.Callback{BuildID: aBuild, ChangeNumber: "CHG2", Token: handle}.CheckHandle(secret),
		"an API key":     codefresh.Callback{BuildID: aBuild, ChangeNumber: "CHG1", Token: "key.123"}.CheckHandle(secret),
		"half of it":     codefresh.Callback{BuildID: aBuild, ChangeNumber: "CHG1", Token: handle[:20]}.CheckHandle(secret),
		"no base64":      codefresh.Callback{BuildID: aBuild, ChangeNumber: "CHG1", Token: "itsmkit1.!!"}.CheckHandle(secret),
	} {
		if bad {
			t.Errorf("%s is let in", name)
		}
	}
	if _, err := codefresh.NewHandle([]byte("short"), aBuild, "CHG1"); err == nil {
		t.Error("a short secret is used")
	}
	if _, err := codefresh.NewHandle(secret, "", "CHG1"); err == nil {
		t.Error("a handle for no build")
	}
}

func TestStepRequests(t *testing.T) {
	const sysID = "9d385017c611228701d22104cc95c371"
	request := func(r codefresh.StepRequest, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return r.Method + " " + r.Path + " " + r.Query.Encode() + " " + string(r.Body)
	}
	data := json.RawMessage(`{"short_description":"Deploy","u_own":{"b":1,"a":[2]},"state":"-5"}`)
	callback := codefresh.Callback{BuildID: aBuild, ChangeNumber: "CHG1", Token: "t", URL: "https://g.codefresh.io"}
	for _, tt := range []struct{ name, got, want string }{
		{"004-01 create, the caller's JSON untouched", request(codefresh.StepCreate(data, aBuild)),
			`POST /api/now/table/change_request  {"short_description":"Deploy","u_own":{"b":1,"a":[2]},"state":"-5","cf_build_id":"` + aBuild + `"}`},
		{"004-01 create without the build", request(codefresh.StepCreate(nil, "")), `POST /api/now/table/change_request  {}`},
		{"004-08 find a template", request(codefresh.StepFindTemplate("Add disk + RAM")), `GET /api/now/table/std_change_record_producer sysparm_query=sys_name%3DAdd+disk+%2B+RAM `},
		{"004-08 a standard change", request(codefresh.StepCreateStandard(sysID, data)), `POST /api/sn_chg_rest/change/standard/` + sysID + `  ` + string(data)},
		{"004-05 update", request(codefresh.StepUpdate(sysID, json.RawMessage(` { "a" : 1 } `))), `PATCH /api/now/table/change_request/` + sysID + `  {"a":1}`},
		{"004-05 close", request(codefresh.StepClose(sysID, data, "", "done")),
			`PATCH /api/now/table/change_request/` + sysID + `  {"short_description":"Deploy","u_own":{"b":1,"a":[2]},"state":3,"close_code":"successful","close_notes":"done"}`},
		{"004-02 callback", request(codefresh.StepCallback("", callback)),
			`POST /api/409723/codefresh/callback  {"cf_build_id":"` + aBuild + `","cf_token":"t","cf_url":"https://g.codefresh.io","cr_number":"CHG1","cr_policy":"ignore"}`},
		{"004-02 another namespace", request(codefresh.StepCallback("x_acme", callback))[:39], `POST /api/x_acme/codefresh/callback  {"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, tt.got); diff != "" {
				t.Error(diff)
			}
		})
	}
	for want, err := range map[string]error{
		"no JSON object":        second(codefresh.StepCreate(json.RawMessage(`[1]`), "")),
		"StepCreate: the data":  second(codefresh.StepCreate(json.RawMessage(`{"a":`), "")),
		"the template name":     second(codefresh.StepFindTemplate("")),
		"holds ^":               second(codefresh.StepFindTemplate("a^ORb")),
		"32 hexadecimal":        second(codefresh.StepCreateStandard("x", nil)),
		"nothing to update":     second(codefresh.StepUpdate(sysID, nil)),
		"StepClose: the sys_id": second(codefresh.StepClose("x", nil, "", "")),
		"the namespace":         second(codefresh.StepCallback("a/b", callback)),
		"Missing cf_build_id":   second(codefresh.StepCallback("", codefresh.Callback{})),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func FuzzCallback(f *testing.F) {
	for _, seed := range []string{`{}`, `null`, `{"cr_number":"CHG1","cf_build_id":"` + aBuild + `","cf_token":"t","cf_url":"https://g"}`, `{"cf_build_id":7}`, `[`, "\xff"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		c, err := codefresh.ParseCallback(body)
		if err != nil {
			var refused *codefresh.CallbackError
			if !errors.As(err, &refused) || !json.Valid(refused.Body) || refused.Status != 400 && refused.Status != 404 {
				t.Fatalf("%v", err)
			}
			return
		}
		data, err := c.Body()
		if err != nil {
			t.Fatal(err)
		}
		if again, err := codefresh.ParseCallback(data); err != nil || again != c {
			t.Fatalf("%s: %v", data, err)
		}
	})
}

func FuzzBuild(f *testing.F) {
	for _, seed := range []string{`{}`, `{"id":"x","created":1,"status":null}`, `{"created":{}}`, `{"userYamlDescriptor":"type: pending-approval"}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var b codefresh.Build
		if json.Unmarshal(body, &b) == nil {
			_ = b.Approvals()
			_ = b.Status.Ended() && b.Status.Known()
		}
		var p codefresh.Progress
		var a codefresh.Annotation
		_, _ = json.Unmarshal(body, &p), json.Unmarshal(body, &a)
		var pipeline codefresh.Pipeline
		if json.Unmarshal(body, &pipeline) == nil {
			if _, err := json.Marshal(pipeline); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// FuzzListAnswer gives any answer to a list: it ends, with builds or an error.
func FuzzListAnswer(f *testing.F) {
	for _, seed := range []string{`{"workflows":{"docs":[{"id":"x"}]},"pagination":{"nextPage":true}}`, `{"workflows":null}`, `[]`, `"x"`, `{"workflows":{"docs":{}}}`, `<html>`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		pages := 0
		client := newClient(t, &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			if pages++; pages > 3 {
				body = []byte(`{"workflows":{"docs":[]}}`)
			}
			return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(body)), Request: r}, nil
		})}, func(c *codefresh.Config) { c.MaxRetries = -1 })
		seen := map[string]bool{}
		for b, err := range client.Builds.All(t.Context(), codefresh.BuildQuery{PageSize: 1}) {
			if err == nil && seen[b.ID] {
				t.Fatalf("build %q twice", b.ID)
			}
			seen[b.ID] = true
		}
	})
}
