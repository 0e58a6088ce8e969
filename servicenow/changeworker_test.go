package servicenow_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

func TestAddCIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, client := start(t, servicenowtest.Options{})
		ctx, s := t.Context(), client.Changes
		ci, err := server.Insert("cmdb_ci_server", servicenowtest.Row{"name": "web-01"})
		if err != nil {
			t.Fatal(err)
		}
		c := makeChange(t, client, servicenow.NormalChange)
		unknown := strings.Repeat("0", 32)
		w, err := s.AddCIs(ctx, c.ID(), servicenow.AffectedCI, []string{ci, unknown}, true)
		if err != nil || w.State != servicenow.WorkerWaiting || w.Type != "affected" || w.ID == "" || w.Done() || !strings.Contains(w.Request, ci) {
			t.Fatalf("%+v, %v", w, err)
		}
		if list := collect(t, s.CIs(ctx, c.ID(), servicenow.AffectedCI, servicenow.Query{})); len(list) != 0 {
			t.Errorf("the worker has not begun: %v", list)
		}
		began := time.Now()
		w, err = s.WaitForWorker(ctx, w.ID, servicenow.Poll{Min: 500 * time.Millisecond, Max: time.Second})
		if err != nil || w.State != servicenow.WorkerComplete || !w.Done() || len(w.Warnings) != 1 || !strings.Contains(w.Warnings[0], unknown) {
			t.Fatalf("%+v, %v", w, err)
		}
		if took := time.Since(began); took < time.Second || took > 4*time.Second {
			t.Errorf("took %v", took)
		}
		list := collect(t, s.CIs(ctx, c.ID(), servicenow.AffectedCI, servicenow.Query{Where: servicenow.Eq("ci_item.name", "web-01")}))
		if len(list) != 1 || list[0].Fields["ci_item"].Display != "web-01" || list[0].Get("ci_item") != ci {
			t.Errorf("%+v", list)
		}
		w, err = s.AddCIs(ctx, c.ID(), servicenow.AffectedCI, []string{ci}, false)
		if err != nil {
			t.Fatal(err)
		}
		if w, err = s.WaitForWorker(ctx, w.ID, servicenow.Poll{}); err != nil || len(w.Infos) != 1 || server.Count("task_ci") != 1 {
			t.Errorf("again: %+v, %v", w, err)
		}
		w, err = s.AddCIs(ctx, c.ID(), servicenow.ImpactedService, []string{unknown}, false)
		if err != nil {
			t.Fatal(err)
		}
		w, err = s.WaitForWorker(ctx, w.ID, servicenow.Poll{})
		var failed *servicenow.WorkerError
		if !errors.As(err, &failed) || failed.Worker.State != servicenow.WorkerFailed || w.State != servicenow.WorkerFailed || !strings.Contains(err.Error(), "Invalid CMDB_CI sys_id provided") || errors.Is(err, servicenow.ErrStillWaiting) {
			t.Errorf("%+v, %v", w, err)
		}
		if w, err = s.RefreshImpactedServices(ctx, c.ID()); err != nil || w.Type != "impacted" {
			t.Errorf("%+v, %v", w, err)
		}
	})
}

func TestWaitForWorkerEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, client := start(t, servicenowtest.Options{Changes: servicenowtest.ChangeOptions{WorkerTime: time.Hour}})
		s := client.Changes
		c := makeChange(t, client, servicenow.NormalChange)
		w, err := s.AddCIs(t.Context(), c.ID(), servicenow.ImpactedOffering, []string{"x"}, false)
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		w, err = s.WaitForWorker(t.Context(), w.ID, servicenow.Poll{Timeout: 40 * time.Minute})
		if !errors.Is(err, servicenow.ErrStillWaiting) || w.State != servicenow.WorkerInProgress || time.Since(began) != 40*time.Minute {
			t.Errorf("%+v, %v after %v", w, err, time.Since(began))
		}
		if _, err := s.WaitForWorker(t.Context(), strings.Repeat("0", 32), servicenow.Poll{}); !errors.Is(err, servicenow.ErrNotFound) {
			t.Error(err)
		}
		if server.Requests() == 0 {
			t.Error("nothing was asked")
		}
	})
}

// TestWorkerShapes: states as numbers, texts or names only; the id in the link.
func TestWorkerShapes(t *testing.T) {
	for answer, want := range map[string]servicenow.WorkerState{
		`{"worker":{"sysId":"w"},"state":{"value":3,"display_value":"Complete"}}`:                      servicenow.WorkerComplete,
		`{"worker":{"sysId":"w"},"state":{"value":3.0}}`:                                               servicenow.WorkerComplete,
		`{"worker":{"link":"instance/api/sn_chg_rest/change/worker/w"},"state":{"value":"1"}}`:         servicenow.WorkerWaiting,
		`{"worker":{"sysId":"w"},"state":{"value":"","display_value":"Error"},"messages":{}}`:          servicenow.WorkerFailed,
		`{"worker":{"sysId":"w"},"state":{"value":"x","display_value":"Complete"},"payload":{"a":[]}}`: servicenow.WorkerComplete,
	} {
		client, _ := canned(t, 200, `{"result":`+answer+`}`)
		if w, err := client.Changes.Worker(t.Context(), "w"); err != nil || w.ID != "w" || w.State != want {
			t.Errorf("%s: %+v, %v", answer, w, err)
		}
	}
}

func TestSchedules(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, client := start(t, servicenowtest.Options{})
		ctx, s := t.Context(), client.Changes
		ci, err := server.Insert("cmdb_ci_server", servicenowtest.Row{"name": "web-01"})
		if err != nil {
			t.Fatal(err)
		}
		from := time.Date(2030, 1, 1, 10, 0, 0, 0, time.UTC)
		busy, err := s.Normal.Create(ctx, servicenow.ChangeFields{CI: ci, Start: servicenow.DateTime{Time: from}, End: servicenow.DateTime{Time: from.Add(2 * time.Hour)}})
		if err != nil {
			t.Fatal(err)
		}
		w, err := s.ScheduleCI(ctx, ci, 90*time.Minute, from.Add(-time.Hour))
		if err != nil || w.Type != "schedule" {
			t.Fatalf("%+v, %v", w, err)
		}
		if w, err = s.WaitForWorker(ctx, w.ID, servicenow.Poll{}); err != nil || len(w.Spans) == 0 {
			t.Fatalf("%+v, %v", w, err)
		}
		if first := w.Spans[0]; !first.Start.Equal(from.Add(2*time.Hour)) || first.End.Sub(first.Start.Time) != 90*time.Minute {
			t.Errorf("%v", first)
		}
		c := makeChange(t, client, servicenow.NormalChange)
		for _, err := range []error{
			call(s.Schedule(ctx, c.ID())), call(s.TakeFirstSlot(ctx, c.ID(), time.Hour, from)), call(s.ScheduleCI(ctx, strings.Repeat("0", 32), time.Hour, from)),
		} {
			if !errors.Is(err, servicenow.ErrInvalid) {
				t.Errorf("without a configuration item: %v", err)
			}
		}
		if _, err := s.Update(ctx, c.ID(), map[string]any{"cmdb_ci": ci}); err != nil {
			t.Fatal(err)
		}
		w, err = s.TakeFirstSlot(ctx, c.ID(), time.Hour, from)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = s.WaitForWorker(ctx, w.ID, servicenow.Poll{}); err != nil {
			t.Fatal(err)
		}
		if c, err = s.Get(ctx, c.ID()); err != nil {
			t.Fatal(err)
		}
		if start, end := c.Window(); !start.Equal(from.Add(2*time.Hour)) || end.Sub(start) != time.Hour {
			t.Errorf("%v to %v", start, end)
		}
		if w, err = s.Schedule(ctx, busy.ID()); err != nil {
			t.Fatal(err)
		}
		if w, err = s.WaitForWorker(ctx, w.ID, servicenow.Poll{}); err != nil || len(w.Spans) == 0 || w.Spans[0].End.Sub(w.Spans[0].Start.Time) != 2*time.Hour {
			t.Errorf("%+v, %v", w, err)
		}
	})
}

func call[T any](_ T, err error) error { return err }

func TestConflicts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, client := start(t, servicenowtest.Options{})
		ctx, s := t.Context(), client.Changes
		ci, err := server.Insert("cmdb_ci_server", servicenowtest.Row{"name": "web-01"})
		if err != nil {
			t.Fatal(err)
		}
		at := servicenow.DateTime{Time: time.Date(2030, 1, 1, 10, 0, 0, 0, time.UTC)}
		fields := servicenow.ChangeFields{CI: ci, Start: at, End: servicenow.DateTime{Time: at.Add(time.Hour)}}
		first, err := s.Normal.Create(ctx, fields)
		if err != nil {
			t.Fatal(err)
		}
		if c, err := s.Conflicts(ctx, first.ID()); err != nil || c.Status != "Not Run" || !c.LastRun.IsZero() {
			t.Errorf("%+v, %v", c, err)
		}
		check := func() servicenow.ChangeConflicts {
			id, err := s.CheckConflicts(ctx, first.ID())
			if err != nil || len(id) != 32 {
				t.Fatalf("%q, %v", id, err)
			}
			if c, err := s.Conflicts(ctx, first.ID()); err != nil || c.Job != "1" {
				t.Errorf("running: %+v, %v", c, err)
			}
			<-time.After(3 * time.Second)
			c, err := s.Conflicts(ctx, first.ID())
			if err != nil || c.Job != "2" || c.LastRun.IsZero() {
				t.Errorf("%+v, %v", c, err)
			}
			return c
		}
		// The status reads Conflict although there is none (documentation).
		if c := check(); c.Status != "Conflict" || len(c.Found) != 0 {
			t.Errorf("%+v", c)
		}
		second, err := s.Emergency.Create(ctx, fields)
		if err != nil {
			t.Fatal(err)
		}
		c := check()
		if len(c.Found) != 1 || c.Found[0].Get("conflicting_change") != second.ID() || c.Found[0].Fields["change"].Display != first.Number() || c.Found[0].Get("type") != "ci_already_scheduled" {
			t.Errorf("%+v", c)
		}
		if err := s.CancelConflictCheck(ctx, first.ID()); !errors.Is(err, servicenow.ErrInvalid) {
			t.Errorf("nothing to cancel: %v", err)
		}
		if _, err := s.CheckConflicts(ctx, first.ID()); err != nil {
			t.Fatal(err)
		}
		if err := s.CancelConflictCheck(ctx, first.ID()); err != nil {
			t.Error(err)
		}
	})
}

// TestNextStatesShapes decodes the documentation's sample: groups of transitions,
// a null description, states as texts; and the same with numbers and flat.
func TestNextStatesShapes(t *testing.T) {
	const step = `{"sys_id":"7a","display_value":"Implement to Review","from_state":"-1","to_state":"0","transition_available":%s,"automatic_transition":true,
		"conditions":[{"passed":%s,"condition":{"name":"No active Change Tasks","description":null,"sys_id":"3c"}}]}`
	closed, open := strings.NewReplacer("%s", "false").Replace(step), strings.NewReplacer("%s", "true").Replace(step)
	for _, answer := range []string{
		`{"available_states":["0","4","-1"],"state_transitions":[[` + closed + `,` + open + `],[]],"state_label":{"0":"Review","4":"Canceled","-1":"Implement"}}`,
		`{"available_states":[0,4.0,-1],"state_transitions":[` + closed + `,` + open + `],"state_label":{"0":"Review","4":"Canceled","-1":"Implement"}}`,
	} {
		client, _ := canned(t, 200, `{"result":`+answer+`}`)
		n, err := client.Changes.NextStates(t.Context(), anID)
		if err != nil || !slices.Equal(n.Available, []servicenow.ChangeState{"0", "4", "-1"}) || n.Labels[servicenow.ChangeReview] != "Review" ||
			len(n.Transitions) != 2 || n.Transitions[0].Available || !n.Transitions[1].Available || !n.Transitions[1].Automatic ||
			n.Transitions[0].To != servicenow.ChangeReview || n.Transitions[0].From != servicenow.ChangeImplement || n.Transitions[0].ID != "7a" {
			t.Fatalf("%+v, %v", n, err)
		}
		if !n.Offers(servicenow.ChangeCanceled) || n.Offers(servicenow.ChangeClosed) || !slices.Equal(n.Unmet(servicenow.ChangeReview), []string{"No active Change Tasks"}) || n.Unmet(servicenow.ChangeCanceled) != nil {
			t.Errorf("%+v", n)
		}
	}
	for _, answer := range []string{`{"available_states":{}}`, `{"state_transitions":[1]}`, `"x"`} {
		client, _ := canned(t, 200, `{"result":`+answer+`}`)
		if _, err := client.Changes.NextStates(t.Context(), anID); !errors.Is(err, servicenow.ErrInvalid) {
			t.Errorf("%s: %v", answer, err)
		}
	}
}

// FuzzChangeAnswers: whatever an instance answers, nothing panics.
func FuzzChangeAnswers(f *testing.F) {
	f.Add([]byte(`{"sys_id":"a","state":{"value":-5.0},"__meta":{"ignoredFields":["a"]}}`))
	f.Add([]byte(`{"available_states":["0"],"state_transitions":[[{}]]}`))
	f.Add([]byte(`{"worker":{"link":""},"payload":{"spans":[{}]},"conflicts":[{}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, target := range []interface{ UnmarshalJSON([]byte) error }{
			new(servicenow.ChangeRow), new(servicenow.NextStates), new(servicenow.ChangeWorker), new(servicenow.ChangeConflicts),
		} {
			if err := target.UnmarshalJSON(data); err != nil && err.Error() == "" {
				t.Error("an error without words")
			}
		}
	})
}

// TestRefreshImpactedServices: the services that depend on the affected and on
// the primary configuration items.
func TestRefreshImpactedServices(t *testing.T) {
	server, client := start(t, servicenowtest.Options{
		Tables:  []servicenowtest.Table{{Name: "cmdb_ci_service", Extends: "cmdb_ci"}},
		Changes: servicenowtest.ChangeOptions{WorkerTime: -1},
	})
	insert := func(table string, row servicenowtest.Row) string {
		id, err := server.Insert(table, row)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	ctx, s := t.Context(), client.Changes
	shop, mail := insert("cmdb_ci_service", servicenowtest.Row{"name": "Shop"}), insert("cmdb_ci_service", servicenowtest.Row{"name": "Mail"})
	web, smtp := insert("cmdb_ci_server", servicenowtest.Row{"name": "web-01"}), insert("cmdb_ci_server", servicenowtest.Row{"name": "smtp-01"})
	insert("cmdb_rel_ci", servicenowtest.Row{"parent": shop, "child": web})
	insert("cmdb_rel_ci", servicenowtest.Row{"parent": web, "child": smtp})
	insert("cmdb_rel_ci", servicenowtest.Row{"parent": mail, "child": smtp})
	c, err := s.Normal.Create(ctx, servicenow.ChangeFields{CI: smtp})
	if err != nil {
		t.Fatal(err)
	}
	services := func() string {
		var names []string
		for _, row := range collect(t, s.CIs(ctx, c.ID(), servicenow.ImpactedService, servicenow.Query{})) {
			names = append(names, row.Fields["cmdb_ci_service"].Display)
		}
		slices.Sort(names)
		return strings.Join(names, " ")
	}
	if _, err := s.RefreshImpactedServices(ctx, c.ID()); err != nil {
		t.Fatal(err)
	}
	if got := services(); got != "Mail" {
		t.Errorf("of the primary item: %q", got)
	}
	if _, err := s.AddCIs(ctx, c.ID(), servicenow.AffectedCI, []string{web}, true); err != nil {
		t.Fatal(err)
	}
	if got := services(); got != "Mail Shop" {
		t.Errorf("of the affected item: %q", got)
	}
}
