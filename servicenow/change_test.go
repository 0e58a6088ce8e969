package servicenow_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

// canned answers every request with one body and keeps the requests.
func canned(t *testing.T, status int, answer string) (client *servicenow.Client, sent *[]string) {
	t.Helper()
	sent = new([]string)
	client, err := servicenow.New(servicenow.Config{
		BaseURL: "https://acme.service-now.com", Auth: servicenow.BasicAuth("u", "p"), MaxRetries: -1,
		HTTPClient: &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			text := r.Method + " " + r.URL.RequestURI()
			if r.Body != nil {
				data, err := io.ReadAll(r.Body)
				if err != nil {
					return nil, err
				}
				text += " " + string(data)
			}
			*sent = append(*sent, strings.TrimRight(text, " "))
			return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: body(answer), Request: r}, nil
		})},
	})
	if err != nil {
		t.Fatal(err)
	}
	return client, sent
}

const anID = "0f4ac6c4b750230096c3e4f6ee11a9fe"

// TestChangeWire pins the bytes of every request, as the documentation of the
// Change Management API has them.
func TestChangeWire(t *testing.T) {
	ctx := t.Context()
	start := time.Date(2026, 3, 14, 22, 0, 0, 0, time.FixedZone("", 2*3600))
	fields := servicenow.ChangeFields{
		ShortDescription: "Deploy", Risk: servicenow.RiskModerate, Start: servicenow.DateTime{Time: start}, End: servicenow.DateTime{Time: start.Add(time.Hour)},
		Extra: map[string]any{"u_build": 7},
	}
	for want, call := range map[string]func(*servicenow.ChangeService) error{
		"GET /api/sn_chg_rest/change/" + anID:           func(s *servicenow.ChangeService) error { _, err := s.Get(ctx, anID); return err },
		"GET /api/sn_chg_rest/change/emergency/" + anID: func(s *servicenow.ChangeService) error { _, err := s.Emergency.Get(ctx, anID); return err },
		"DELETE /api/sn_chg_rest/change/normal/" + anID: func(s *servicenow.ChangeService) error { return s.Normal.Delete(ctx, anID) },
		"GET /api/sn_chg_rest/change/model/" + anID:     func(s *servicenow.ChangeService) error { _, err := s.Model(ctx, anID); return err },
		"GET /api/sn_chg_rest/change/worker/" + anID:    func(s *servicenow.ChangeService) error { _, err := s.Worker(ctx, anID); return err },
		"GET /api/sn_chg_rest/change/" + anID + "/nextstates": func(s *servicenow.ChangeService) error {
			_, err := s.NextStates(ctx, anID)
			return err
		},
		`POST /api/sn_chg_rest/change {"chg_model":"Standard"}`: func(s *servicenow.ChangeService) error {
			_, err := s.Create(ctx, servicenow.ChangeFields{Model: "Standard"})
			return err
		},
		`POST /api/sn_chg_rest/change/normal {"end_date":"2026-03-14 21:00:00","risk":"3","short_description":"Deploy","start_date":"2026-03-14 20:00:00","u_build":"7"}`: func(s *servicenow.ChangeService) error {
			_, err := s.Normal.Create(ctx, fields)
			return err
		},
		"POST /api/sn_chg_rest/change/standard/" + anID + " {}": func(s *servicenow.ChangeService) error {
			_, err := s.Standard.Create(ctx, anID, nil)
			return err
		},
		"GET /api/sn_chg_rest/change/standard/template/" + anID: func(s *servicenow.ChangeService) error {
			_, err := s.Standard.Template(ctx, anID)
			return err
		},
		"PATCH /api/sn_chg_rest/change/standard/" + anID + "/risk {}": func(s *servicenow.ChangeService) error {
			_, err := s.Standard.EvaluateRisk(ctx, anID)
			return err
		},
		"PATCH /api/sn_chg_rest/change/" + anID + ` {"state":"-4"}`: func(s *servicenow.ChangeService) error {
			_, err := s.Update(ctx, anID, map[string]any{"state": servicenow.ChangeAssess})
			return err
		},
		"POST /api/sn_chg_rest/change/" + anID + `/task {"short_description":"Retire node"}`: func(s *servicenow.ChangeService) error {
			_, err := s.Tasks.Create(ctx, anID, map[string]any{"short_description": "Retire node"})
			return err
		},
		"PATCH /api/sn_chg_rest/change/" + anID + `/task/t1 {"state":"3"}`: func(s *servicenow.ChangeService) error {
			_, err := s.Tasks.Update(ctx, anID, "t1", map[string]any{"state": servicenow.ChangeTaskClosed})
			return err
		},
		"DELETE /api/sn_chg_rest/change/" + anID + "/task/t1": func(s *servicenow.ChangeService) error { return s.Tasks.Delete(ctx, anID, "t1") },
		"POST /api/sn_chg_rest/change/" + anID + `/ci {"cmdb_ci_sys_ids":["a","b"],"association_type":"affected","refresh_impacted_services":true}`: func(s *servicenow.ChangeService) error {
			_, err := s.AddCIs(ctx, anID, servicenow.AffectedCI, []string{"a", "b"}, true)
			return err
		},
		"POST /api/sn_chg_rest/change/" + anID + "/refresh_impacted_services {}": func(s *servicenow.ChangeService) error {
			_, err := s.RefreshImpactedServices(ctx, anID)
			return err
		},
		"PATCH /api/sn_chg_rest/change/" + anID + `/approvals {"state":"approved"}`: func(s *servicenow.ChangeService) error {
			_, err := s.Approve(ctx, anID, "")
			return err
		},
		"PATCH /api/sn_chg_rest/change/" + anID + `/approvals {"state":"rejected","comments":"no"}`: func(s *servicenow.ChangeService) error {
			_, err := s.Reject(ctx, anID, "no")
			return err
		},
		"GET /api/sn_chg_rest/change/" + anID + "/schedule": func(s *servicenow.ChangeService) error { _, err := s.Schedule(ctx, anID); return err },
		"GET /api/sn_chg_rest/change/ci/" + anID + "/schedule?duration_in_seconds=10800&planned_start_time=2026-03-14+20%3A00%3A00": func(s *servicenow.ChangeService) error {
			_, err := s.ScheduleCI(ctx, anID, 3*time.Hour, start)
			return err
		},
		"PATCH /api/sn_chg_rest/change/" + anID + `/schedule/first_available {"duration_in_seconds":60}`: func(s *servicenow.ChangeService) error {
			_, err := s.TakeFirstSlot(ctx, anID, time.Minute, time.Time{})
			return err
		},
		"GET /api/sn_chg_rest/change/" + anID + "/conflict":    func(s *servicenow.ChangeService) error { _, err := s.Conflicts(ctx, anID); return err },
		"DELETE /api/sn_chg_rest/change/" + anID + "/conflict": func(s *servicenow.ChangeService) error { return s.CancelConflictCheck(ctx, anID) },
	} {
		client, sent := canned(t, 200, `{"result":{}}`)
		if err := call(client.Changes); err != nil {
			t.Errorf("%s: %v", want, err)
		}
		if len(*sent) != 1 || (*sent)[0] != want {
			t.Errorf("sent %q\nwant %q", *sent, want)
		}
	}
	client, sent := canned(t, 200, `{"result":"c0b5afe4b710230096c3e4f6ee11a93f"}`)
	if id, err := client.Changes.CheckConflicts(ctx, anID); err != nil || id != "c0b5afe4b710230096c3e4f6ee11a93f" || (*sent)[0] != "POST /api/sn_chg_rest/change/"+anID+"/conflict {}" {
		t.Errorf("%q, %v, %q", id, err, *sent)
	}
}

// TestChangeAnswers decodes the shapes of the documentation's samples and of
// public clients: object or array, sys_id plain or as a column, numbers with and
// without a fraction, booleans, a third form of times.
func TestChangeAnswers(t *testing.T) {
	const columns = `"state":{"display_value":"New","value":%s},"type":{"value":"normal","display_value":"Normal"},` +
		`"active":{"display_value":"true","value":true},"on_hold":{"display_value":"false","value":false},` +
		`"approval":{"display_value":"Approved","value":"approved"},"u_version":{"display_value":"3.0","value":"3.0"},` +
		`"start_date":{"display_value":"2015-07-06 11:59:27","value":"2015-07-06 18:59:27","display_value_internal":"2015-07-06 11:59:27"},` +
		`"odd":[1],"stranger":{"a":1},"nothing":null,"__meta":{"ignoredFields":["no_such_field",{"other":"x"}]}`
	for _, state := range []string{`"-5"`, "-5", "-5.0"} {
		for _, id := range []string{`"sys_id":"abc",`, `"sys_id":{"value":"abc","display_value":"abc"},`} {
			record := "{" + id + fmt.Sprintf(columns, state) + "}"
			for _, result := range []string{record, "[" + record + "]"} {
				client, _ := canned(t, 200, `{"result":`+result+`,"session":{"debug_logs":[]}}`)
				c, err := client.Changes.Get(t.Context(), anID)
				if err != nil {
					t.Fatalf("%s: %v", result, err)
				}
				from, to := c.Window()
				if c.ID() != "abc" || c.State() != servicenow.ChangeNew || c.Type() != servicenow.NormalChange || c.OnHold() || !c.Approval().Given() ||
					c.Get("active") != "true" || c.Get("u_version") != "3.0" || c.Fields["state"].Display != "New" ||
					!from.Equal(time.Date(2015, 7, 6, 18, 59, 27, 0, time.UTC)) || !to.IsZero() || !slices.Equal(c.Ignored, []string{"no_such_field", "other"}) {
					t.Errorf("%s: %+v", result, c)
				}
			}
		}
	}
}

func TestChangeRowInto(t *testing.T) {
	client, _ := canned(t, 200, `{"result":{"sys_id":"abc","number":{"display_value":"CHG1","value":"CHG1"},"risk":{"value":3.0,"display_value":"Moderate"},`+
		`"start_date":{"value":"2026-01-02 03:04:05","display_value":"x"},"cmdb_ci":{"value":"ci1","display_value":"web-01"}}}`)
	c, err := client.Changes.Get(t.Context(), anID)
	if err != nil {
		t.Fatal(err)
	}
	var rich struct {
		ID    servicenow.String   `json:"sys_id"`
		Risk  servicenow.Value    `json:"risk"`
		Start servicenow.DateTime `json:"start_date"`
		CI    servicenow.Ref      `json:"cmdb_ci"`
	}
	if err := c.Into(&rich); err != nil || rich.ID != "abc" || rich.Risk.Display != "Moderate" || rich.Risk.Value != "3" || rich.Start.Hour() != 3 || rich.CI.Display != "web-01" {
		t.Errorf("%+v, %v", rich, err)
	}
	var plain struct {
		Number string `json:"number"`
		CI     string `json:"cmdb_ci"`
	}
	if err := c.Into(&plain); err != nil || plain.Number != "CHG1" || plain.CI != "ci1" {
		t.Errorf("%+v, %v", plain, err)
	}
	for _, bad := range []any{nil, plain, new(int), (*struct{})(nil)} {
		if err := c.Into(bad); err == nil || !strings.HasPrefix(err.Error(), "servicenow: ChangeRow.Into: ") {
			t.Errorf("%T: %v", bad, err)
		}
	}
}

// TestChangeBadInput is refused before any request.
func TestChangeBadInput(t *testing.T) {
	ctx := t.Context()
	client, sent := canned(t, 200, `{"result":{}}`)
	s := client.Changes
	end := servicenow.DateTime{Time: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	for want, call := range map[string]func() error{
		"Changes.Get: the sys_id is empty":           func() error { _, err := s.Get(ctx, ""); return err },
		`Changes.Get: path element 4: ".."`:          func() error { _, err := s.Get(ctx, ".."); return err },
		"Changes.Normal.Update: the patch holds no":  func() error { _, err := s.Normal.Update(ctx, anID, map[string]any{}); return err },
		"Changes.Update: ":                           func() error { _, err := s.Update(ctx, anID, nil); return err },
		"set type or chg_model":                      func() error { _, err := s.Create(ctx, map[string]any{"type": "", "category": "x"}); return err },
		"Changes.Emergency.Create: no column is set": func() error { _, err := s.Emergency.Create(ctx, servicenow.ChangeFields{}); return err },
		"End is before Start": func() error {
			_, err := s.Normal.Create(ctx, servicenow.ChangeFields{End: end, Start: servicenow.DateTime{Time: end.Add(1e9)}})
			return err
		},
		"the template's sys_id is empty":            func() error { _, err := s.Standard.Create(ctx, "", nil); return err },
		"Changes.Tasks.Get: the sys_id is empty":    func() error { _, err := s.Tasks.Get(ctx, anID, ""); return err },
		"Changes.Tasks.Create: the change's sys_id": func() error { _, err := s.Tasks.Create(ctx, "", map[string]any{"a": 1}); return err },
		"Changes.Reject: comments are empty":        func() error { _, err := s.Reject(ctx, anID, " "); return err },
		`association "both" is none`:                func() error { _, err := s.AddCIs(ctx, anID, "both", []string{"a"}, false); return err },
		"Changes.AddCIs: no sys_ids":                func() error { _, err := s.AddCIs(ctx, anID, servicenow.AffectedCI, nil, false); return err },
		"sys_id 1 (\"a,b\")": func() error {
			_, err := s.AddCIs(ctx, anID, servicenow.AffectedCI, []string{"a", "a,b"}, false)
			return err
		},
		"duration 0s: a time slot":                 func() error { _, err := s.TakeFirstSlot(ctx, anID, 0, time.Time{}); return err },
		"the configuration item's sys_id is empty": func() error { _, err := s.ScheduleCI(ctx, "", time.Hour, time.Time{}); return err },
		"Changes.Approvals: the change's sys_id":   func() error { _, err := s.Approvals(ctx, ""); return err },
		"field Min of Poll is negative":            func() error { _, err := s.WaitForApproval(ctx, anID, servicenow.Poll{Min: -1}); return err },
		"field Max of Poll (1s) is below Min (2s)": func() error { _, err := s.WaitForWorker(ctx, anID, servicenow.Poll{Max: time.Second}); return err },
		"no parameter for field Fields":            func() error { _, err := s.List(ctx, servicenow.Query{Fields: []string{"a"}}); return err },
		"field PageSize is negative":               func() error { _, err := s.List(ctx, servicenow.Query{PageSize: -1}); return err },
		"field After is not a cursor":              func() error { _, err := s.List(ctx, servicenow.Query{After: "x"}); return err },
		"Changes.All: ":                            func() error { return firstError(s.All(ctx, servicenow.Query{NoCount: true})) },
		"Changes.CIs: association":                 func() error { return firstError(s.CIs(ctx, anID, "", servicenow.Query{})) },
		"Changes.Tasks.All: path element":          func() error { return firstError(s.Tasks.All(ctx, "", servicenow.Query{})) },
	} {
		if err := call(); err == nil || !strings.HasPrefix(err.Error(), "servicenow: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	if len(*sent) != 0 {
		t.Errorf("sent %q", *sent)
	}
}

func firstError[T any](rows func(func(T, error) bool)) (first error) {
	for _, err := range rows {
		first = err
		break
	}
	return first
}

// TestChangeNonsense: what no instance should answer is an error of a kind, never
// a zero record.
func TestChangeNonsense(t *testing.T) {
	for answer, kind := range map[string]error{
		`{"result":[]}`:      servicenow.ErrNotFound,
		`{"result":null}`:    servicenow.ErrTruncated,
		`{}`:                 servicenow.ErrTruncated,
		`{"result":"text"}`:  servicenow.ErrInvalid,
		`{"result":[{},{}]}`: servicenow.ErrInvalid,
		`{"result":{"a"`:     servicenow.ErrTruncated,
		`{"error":{"message":"Transaction cancelled"},"status":"failure"}`: servicenow.ErrInvalid,
	} {
		client, _ := canned(t, 200, answer)
		if c, err := client.Changes.Get(t.Context(), anID); !errors.Is(err, kind) || c.ID() != "" {
			t.Errorf("%s: %v, %v", answer, c, err)
		}
	}
	for _, answer := range []string{`{"result":{}}`, `{"result":null}`, `{}`, `{"result":[1]}`, `{"result":[{"sys_id":"a"}],"error":{"message":"Transaction cancelled"}}`} {
		client, _ := canned(t, 200, answer)
		if page, err := client.Changes.List(t.Context(), servicenow.Query{}); err == nil || len(page.Items) != 0 {
			t.Errorf("list %s: %v, %v", answer, page, err)
		}
	}
	client, _ := canned(t, 200, `{"result":[{"number":"no sys_id"}]}`)
	if _, err := client.Changes.List(t.Context(), servicenow.Query{}); err == nil || !strings.Contains(err.Error(), "no sys_id") {
		t.Error(err)
	}
	client, _ = canned(t, 202, ``)
	if _, err := client.Changes.AddCIs(t.Context(), anID, servicenow.AffectedCI, []string{"a"}, false); !errors.Is(err, servicenow.ErrDropped) {
		t.Errorf("an empty 202: %v", err)
	}
}

// TestChangesAgainstTheInstance_003_04 creates, reads, changes, lists and
// deletes changes of every type.
func TestChangesAgainstTheInstance(t *testing.T) {
	t.Run("003-04", testChangesAgainstTheInstance)
}

func testChangesAgainstTheInstance(t *testing.T) {
	for _, options := range []servicenowtest.Options{{}, {Release: servicenowtest.Release2019}, {Changes: servicenowtest.ChangeOptions{Arrays: true}}} {
		server, client := start(t, options)
		ctx, s := t.Context(), client.Changes
		normal, err := s.Normal.Create(ctx, servicenow.ChangeFields{
			ShortDescription: "Reboot", Category: "Software", Priority: servicenow.PriorityModerate, Risk: servicenow.RiskModerate, Impact: servicenow.LevelMedium,
			Start: servicenow.DateTime{Time: time.Date(2026, 3, 14, 20, 0, 0, 0, time.UTC)}, Extra: map[string]any{"no_such_field": "x"},
		})
		if err != nil || normal.State() != servicenow.ChangeNew || normal.Type() != servicenow.NormalChange || normal.Number() != "CHG0030001" ||
			normal.Get("risk") != "3" || normal.Get("start_date") != "2026-03-14 20:00:00" || !slices.Equal(normal.Ignored, []string{"no_such_field"}) {
			t.Fatalf("%+v, %v", normal, err)
		}
		emergency, err := s.Emergency.Create(ctx, map[string]any{"short_description": "Hotfix", "type": "normal"})
		if err != nil || emergency.Type() != servicenow.EmergencyChange || emergency.Number() != "CHG0030002" {
			t.Errorf("%+v, %v", emergency, err)
		}
		standard, err := s.Standard.Create(ctx, servicenowtest.StandardTemplate, map[string]any{"description": "mine", "category": "Other"})
		if err != nil || standard.Type() != servicenow.StandardChange || standard.Get("short_description") != "Add network switch to cabinet" ||
			standard.Get("category") != "Other" || standard.Get("description") == "mine" || !slices.Equal(standard.Ignored, []string{"description"}) {
			t.Errorf("%+v, %v", standard, err)
		}
		if _, err := s.Standard.Create(ctx, strings.Repeat("0", 32), nil); !errors.Is(err, servicenow.ErrNotFound) {
			t.Errorf("an unknown template: %v", err)
		}
		modelled, err := s.Create(ctx, servicenow.ChangeFields{Model: "Standard", Type: "Standard"})
		if err != nil || modelled.Model() == "" || modelled.Fields["chg_model"].Display != "Standard" || modelled.Type() != servicenow.StandardChange {
			t.Errorf("%+v, %v", modelled, err)
		}
		if _, err := s.Normal.Get(ctx, emergency.ID()); !errors.Is(err, servicenow.ErrNotFound) {
			t.Errorf("another type: %v", err)
		}
		changed, err := s.Update(ctx, normal.ID(), map[string]any{"short_description": "Reboot at 6", "work_notes": "note", "sys_created_by": "me"})
		if err != nil || changed.Get("short_description") != "Reboot at 6" || !slices.Equal(changed.Ignored, []string{"sys_created_by"}) {
			t.Errorf("%+v, %v", changed, err)
		}
		var numbers []string
		for c, err := range s.All(ctx, servicenow.Query{PageSize: 1, OrderBy: []servicenow.Order{servicenow.Asc("number")}}) {
			if err != nil {
				t.Fatal(err)
			}
			numbers = append(numbers, c.Number())
		}
		if strings.Join(numbers, " ") != "CHG0030001 CHG0030002 CHG0030003 CHG0030004" {
			t.Errorf("%v", numbers)
		}
		if all := collect(t, s.Standard.All(ctx, servicenow.Query{Where: servicenow.Eq("category", "Other"), PageSize: 1})); len(all) != 2 {
			t.Errorf("%d standard changes", len(all))
		}
		if found := collect(t, s.All(ctx, servicenow.Query{Where: servicenow.TextSearch("hotfix")})); len(found) != 1 || found[0].ID() != emergency.ID() {
			t.Errorf("%v", found)
		}
		if err := s.Delete(ctx, emergency.ID()); err != nil {
			t.Error(err)
		}
		if err := s.Emergency.Delete(ctx, emergency.ID()); !errors.Is(err, servicenow.ErrNotFound) {
			t.Errorf("twice: %v", err)
		}
		if server.Count("change_request") != 3 {
			t.Errorf("%d changes", server.Count("change_request"))
		}
	}
}

func TestChangeTemplatesModelsAndTasks(t *testing.T) {
	server, client := start(t, servicenowtest.Options{})
	ctx, s := t.Context(), client.Changes
	own, err := server.AddStandardTemplate("Own", servicenowtest.Row{"short_description": "a^b=c", "category": "Own"})
	if err != nil {
		t.Fatal(err)
	}
	if made, err := s.Standard.Create(ctx, own, nil); err != nil || made.Get("short_description") != "a^b=c" || made.Get("category") != "Own" {
		t.Errorf("%+v, %v", made, err)
	}
	if templates := collect(t, s.Standard.Templates(ctx, servicenow.Query{Where: servicenow.Eq("active", true)})); len(templates) != 2 {
		t.Errorf("%v", templates)
	}
	if template, err := s.Standard.Template(ctx, servicenowtest.StandardTemplate); err != nil || template.Fields["template"].Display != "Add network switch to datacenter cabinet" {
		t.Errorf("%+v, %v", template, err)
	}
	models := collect(t, s.Models(ctx, servicenow.Query{OrderBy: []servicenow.Order{servicenow.Asc("name")}}))
	if len(models) != 3 || models[2].Get("name") != "Standard" {
		t.Fatalf("%v", models)
	}
	if model, err := s.Model(ctx, models[0].ID()); err != nil || model.Get("name") != "Emergency" {
		t.Errorf("%+v, %v", model, err)
	}
	change, err := s.Normal.Create(ctx, map[string]any{"short_description": "Node"})
	if err != nil {
		t.Fatal(err)
	}
	other, err := s.Normal.Create(ctx, map[string]any{"short_description": "Other"})
	if err != nil {
		t.Fatal(err)
	}
	task, err := s.Tasks.Create(ctx, change.ID(), map[string]any{"short_description": "Retire node", "no_such_field": "test"})
	if err != nil || task.Number() != "CTASK0010001" || task.Fields["parent"].Display != change.Number() || task.Get("state") != servicenow.ChangeTaskPending || !slices.Equal(task.Ignored, []string{"no_such_field"}) {
		t.Fatalf("%+v, %v", task, err)
	}
	if _, err := s.Tasks.Get(ctx, other.ID(), task.ID()); !errors.Is(err, servicenow.ErrNotFound) {
		t.Errorf("the task of another change: %v", err)
	}
	if task, err = s.Tasks.Update(ctx, change.ID(), task.ID(), map[string]any{"state": servicenow.ChangeTaskClosed}); err != nil || task.Fields["state"].Display != "Closed" {
		t.Errorf("%+v, %v", task, err)
	}
	if task, err = s.Tasks.Get(ctx, change.ID(), task.ID()); err != nil || task.Get("state") != "3" {
		t.Errorf("%+v, %v", task, err)
	}
	if tasks := collect(t, s.Tasks.All(ctx, change.ID(), servicenow.Query{})); len(tasks) != 1 {
		t.Errorf("%v", tasks)
	}
	if err := s.Tasks.Delete(ctx, change.ID(), task.ID()); err != nil || server.Count("change_task") != 0 {
		t.Errorf("%v", err)
	}
}
