package servicenow_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

// closeIt is what every walk to Closed needs.
var closeIt = servicenow.WalkOptions{CloseCode: servicenow.CloseSuccessful, CloseNotes: "Deployed"}

func makeChange(t *testing.T, client *servicenow.Client, kind servicenow.ChangeType) servicenow.Change {
	t.Helper()
	var c servicenow.Change
	var err error
	switch kind {
	case servicenow.StandardChange:
		c, err = client.Changes.Standard.Create(t.Context(), servicenowtest.StandardTemplate, nil)
	case servicenow.EmergencyChange:
		c, err = client.Changes.Emergency.Create(t.Context(), map[string]any{"short_description": "x"})
	default:
		c, err = client.Changes.Normal.Create(t.Context(), map[string]any{"short_description": "x"})
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func route(states []servicenow.ChangeState) string {
	var b strings.Builder
	for _, state := range states {
		b.WriteString(letterOf(state))
	}
	return b.String()
}

// writesOf counts the requests that wrote.
func writesOf(server *servicenowtest.Server) int { return server.Requests("PATCH", "PUT", "POST") }

// TestDeploymentWalks_003_19: from New and from Scheduled to Implement before the
// deployment, on to Review after it, and to Closed; a change that is there
// already is not written to.
func TestDeploymentWalks(t *testing.T) {
	t.Run("003-19", testDeploymentWalks)
}

func testDeploymentWalks(t *testing.T) {
	server, client := start(t, servicenowtest.Options{})
	ctx, s := t.Context(), client.Changes
	c := makeChange(t, client, servicenow.StandardChange)
	w, err := s.Walk(ctx, c.ID(), servicenow.ChangeImplement, servicenow.WalkOptions{
		Fields: map[servicenow.ChangeState]map[string]any{servicenow.ChangeImplement: {"work_notes": "Deployment started"}},
	})
	if err != nil || w.Outcome != servicenow.WalkArrived || route(w.Entered) != "SI" || w.Change.State() != servicenow.ChangeImplement || w.Change.Get("work_start") == "" {
		t.Fatalf("%+v, %v", w, err)
	}
	if notes := server.Rows("sys_journal_field"); len(notes) != 1 || notes[0]["value"] != "Deployment started" {
		t.Errorf("%v", notes)
	}
	if w, err = s.Walk(ctx, c.ID(), servicenow.ChangeReview, servicenow.WalkOptions{}); err != nil || route(w.Entered) != "R" {
		t.Fatalf("%+v, %v", w, err)
	}
	server.ResetJournal()
	if w, err = s.Walk(ctx, c.ID(), servicenow.ChangeReview, servicenow.WalkOptions{}); err != nil || w.Outcome != servicenow.WalkArrived || len(w.Entered) != 0 || writesOf(server) != 0 {
		t.Errorf("already in Review: %+v, %v, %d writes", w, err, writesOf(server))
	}
	if w, err = s.Walk(ctx, c.ID(), servicenow.ChangeClosed, closeIt); err != nil || route(w.Entered) != "C" || w.Change.Get("close_code") != "successful" || w.Change.Get("close_notes") != "Deployed" || w.Change.Get("active") != "false" {
		t.Errorf("%+v, %v", w, err)
	}
	scheduled, err := server.Insert("change_request", servicenowtest.Row{"type": "normal", "state": "-2"})
	if err != nil {
		t.Fatal(err)
	}
	if w, err = s.Walk(ctx, scheduled, servicenow.ChangeImplement, servicenow.WalkOptions{}); err != nil || route(w.Entered) != "I" {
		t.Errorf("from Scheduled: %+v, %v", w, err)
	}
}

// TestFailedDeployment_003_20 closes with the third result as well; without a
// result nothing is written at all.
func TestFailedDeployment(t *testing.T) {
	t.Run("003-20", testFailedDeployment)
}

func testFailedDeployment(t *testing.T) {
	server, client := start(t, servicenowtest.Options{})
	ctx, s := t.Context(), client.Changes
	for _, code := range []servicenow.CloseCode{servicenow.CloseUnsuccessful, servicenow.CloseSuccessfulIssues} {
		c := makeChange(t, client, servicenow.StandardChange)
		server.ResetJournal()
		_, err := s.Walk(ctx, c.ID(), servicenow.ChangeClosed, servicenow.WalkOptions{CloseCode: code})
		var bad *servicenow.TransitionError
		if !errors.As(err, &bad) || bad.Reason != servicenow.TransitionNoCloseCode || writesOf(server) != 0 {
			t.Errorf("without notes: %v, %d writes", err, writesOf(server))
		}
		w, err := s.Walk(ctx, c.ID(), servicenow.ChangeClosed, servicenow.WalkOptions{CloseCode: code, CloseNotes: "Rolled back"})
		if err != nil || w.Outcome != servicenow.WalkArrived || route(w.Entered) != "SIRC" || w.Change.Get("close_code") != string(code) {
			t.Errorf("%+v, %v", w, err)
		}
	}
	c := makeChange(t, client, servicenow.StandardChange)
	w, err := s.Walk(ctx, c.ID(), servicenow.ChangeClosed, servicenow.WalkOptions{
		Fields: map[servicenow.ChangeState]map[string]any{servicenow.ChangeClosed: {"close_code": "successful", "close_notes": "ok"}},
	})
	if err != nil || w.Outcome != servicenow.WalkArrived {
		t.Errorf("by fields: %+v, %v", w, err)
	}
}

// TestWalkStopsAtApprovals_003_22: the walk stops where people have to approve,
// goes on when they have, and approves nothing itself, although the same user
// could.
func TestWalkStopsAtApprovals(t *testing.T) {
	t.Run("003-22", testWalkStopsAtApprovals)
}

func testWalkStopsAtApprovals(t *testing.T) {
	for kind, want := range map[servicenow.ChangeType][]string{
		servicenow.NormalChange:    {"A", "", "IR"}, // Assess, Authorize, on from Scheduled
		servicenow.EmergencyChange: {"U", "IR"},
	} {
		server, client := start(t, servicenowtest.Options{})
		ctx, s := t.Context(), client.Changes
		c := makeChange(t, client, kind)
		for i, leg := range want {
			w, err := s.Walk(ctx, c.ID(), servicenow.ChangeReview, servicenow.WalkOptions{})
			if err != nil || route(w.Entered) != leg {
				t.Fatalf("%s, leg %d: %+v, %v", kind, i, w, err)
			}
			if i == len(want)-1 {
				if w.Outcome != servicenow.WalkArrived || w.Next != "" {
					t.Errorf("%s: %+v", kind, w)
				}
				break
			}
			if w.Outcome != servicenow.WalkWaitingApproval || w.Next == "" || w.Change.Approval() != servicenow.ApprovalRequested || slices.Contains(w.Offered, w.Next) {
				t.Errorf("%s, leg %d: %+v", kind, i, w)
			}
			server.ResetJournal()
			if again, err := s.Walk(ctx, c.ID(), servicenow.ChangeReview, servicenow.WalkOptions{}); err != nil || again.Outcome != servicenow.WalkWaitingApproval || writesOf(server) != 0 {
				t.Errorf("%s: a walk that waits writes: %+v, %v", kind, again, err)
			}
			asked, err := s.Approvals(ctx, c.ID())
			if err != nil || asked[len(asked)-1].State != "requested" || asked[len(asked)-1].Approver.Display != "System Administrator" {
				t.Fatalf("%+v, %v", asked, err)
			}
			if err := server.Approve(c.ID(), servicenowtest.DefaultUser); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestWalkNeverForces_003_22: an instance that offers a gated state, or would take
// it, is not believed while the approval is missing.
func TestWalkNeverForces(t *testing.T) {
	t.Run("003-22", testWalkNeverForces)
}

func testWalkNeverForces(t *testing.T) {
	server, client := start(t, servicenowtest.Options{Changes: servicenowtest.ChangeOptions{FreeStates: true}})
	for _, state := range []string{"-4", "-3"} {
		for _, approval := range []string{"not requested", "requested", "", "more_info_required", "odd"} {
			id, err := server.Insert("change_request", servicenowtest.Row{"type": "normal", "state": state, "approval": approval})
			if err != nil {
				t.Fatal(err)
			}
			server.ClearFaults()
			server.Fail(servicenowtest.Fault{Path: "/api/sn_chg_rest/change/" + id + "/nextstates", Status: 200, Body: `{"result":{"available_states":["-5","-4","-3","-2","-1","0","3","4"]}}`})
			server.ResetJournal()
			w, err := client.Changes.Walk(t.Context(), id, servicenow.ChangeImplement, servicenow.WalkOptions{})
			if err != nil || w.Outcome != servicenow.WalkWaitingApproval || writesOf(server) != 0 {
				t.Errorf("%s, approval %q: %+v, %v", state, approval, w, err)
			}
		}
	}
}

// TestWalkAfterRejection_003_22: a rejected change is back in New and is not sent
// again unless the caller says so.
func TestWalkAfterRejection(t *testing.T) {
	t.Run("003-22", testWalkAfterRejection)
}

func testWalkAfterRejection(t *testing.T) {
	server, client := start(t, servicenowtest.Options{})
	ctx, s := t.Context(), client.Changes
	c := makeChange(t, client, servicenow.NormalChange)
	if _, err := s.Walk(ctx, c.ID(), servicenow.ChangeImplement, servicenow.WalkOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := server.Reject(c.ID(), servicenowtest.DefaultUser, "no plan"); err != nil {
		t.Fatal(err)
	}
	server.ResetJournal()
	w, err := s.Walk(ctx, c.ID(), servicenow.ChangeImplement, servicenow.WalkOptions{})
	if err != nil || w.Outcome != servicenow.WalkRejected || w.Change.State() != servicenow.ChangeNew || writesOf(server) != 0 {
		t.Fatalf("%+v, %v", w, err)
	}
	if w, err = s.Walk(ctx, c.ID(), servicenow.ChangeImplement, servicenow.WalkOptions{Resubmit: true}); err != nil || w.Outcome != servicenow.WalkWaitingApproval || route(w.Entered) != "A" {
		t.Fatalf("%+v, %v", w, err)
	}
	if w, err = s.Walk(ctx, c.ID(), servicenow.ChangeCanceled, servicenow.WalkOptions{}); err != nil || w.Outcome != servicenow.WalkArrived || route(w.Entered) != "X" {
		t.Errorf("%+v, %v", w, err)
	}
	asked, err := s.Approvals(ctx, c.ID())
	if err != nil || len(asked) != 2 || asked[0].State == "requested" || asked[1].State == "requested" {
		t.Errorf("%+v, %v", asked, err)
	}
}

func TestWalkStops(t *testing.T) {
	t.Run("003-21", testWalkStops)
}

func testWalkStops(t *testing.T) {
	server, client := start(t, servicenowtest.Options{})
	ctx, s := t.Context(), client.Changes
	insert := func(row servicenowtest.Row) string {
		id, err := server.Insert("change_request", row)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	held := insert(servicenowtest.Row{"type": "standard", "state": "-2", "on_hold": "true", "on_hold_reason": "freeze"})
	if w, err := s.Walk(ctx, held, servicenow.ChangeImplement, servicenow.WalkOptions{}); err != nil || w.Outcome != servicenow.WalkOnHold {
		t.Errorf("%+v, %v", w, err)
	}
	if w, err := s.Walk(ctx, held, servicenow.ChangeCanceled, servicenow.WalkOptions{}); err != nil || w.Outcome != servicenow.WalkArrived {
		t.Errorf("canceling on hold: %+v, %v", w, err)
	}
	modelled, err := s.Create(ctx, servicenow.ChangeFields{Model: "Normal", Type: servicenow.NormalChange})
	if err != nil {
		t.Fatal(err)
	}
	if w, err := s.Walk(ctx, modelled.ID(), servicenow.ChangeScheduled, servicenow.WalkOptions{}); err != nil || w.Outcome != servicenow.WalkWaitingApproval || !slices.Equal(w.Unmet, []string{"Approved"}) {
		t.Errorf("with a model: %+v, %v", w, err)
	}
	for _, bad := range []struct {
		state, to string
		reason    servicenow.TransitionReason
	}{
		{"3", "-1", servicenow.TransitionFinished}, {"0", "4", servicenow.TransitionLateCancel}, {"-1", "-2", servicenow.TransitionBackwards},
	} {
		id := insert(servicenowtest.Row{"type": "normal", "state": bad.state})
		server.ResetJournal()
		_, err := s.Walk(ctx, id, servicenow.ChangeState(bad.to), closeIt)
		var got *servicenow.TransitionError
		if !errors.As(err, &got) || got.Reason != bad.reason || server.Requests() != 1 {
			t.Errorf("%s to %s: %v, %d requests", bad.state, bad.to, err, server.Requests())
		}
	}
	if _, err := s.Walk(ctx, strings.Repeat("0", 32), servicenow.ChangeReview, servicenow.WalkOptions{}); !errors.Is(err, servicenow.ErrNotFound) {
		t.Error(err)
	}
}

// TestWalkOnOwnModels_003_21: with a type that is not in the product one step is
// taken, if the instance offers its target.
func TestWalkOnOwnModels(t *testing.T) {
	t.Run("003-21", testWalkOnOwnModels)
}

func testWalkOnOwnModels(t *testing.T) {
	server, client := start(t, servicenowtest.Options{})
	id, err := server.Insert("change_request", servicenowtest.Row{"type": "expedited", "state": "-5"})
	if err != nil {
		t.Fatal(err)
	}
	next := "/api/sn_chg_rest/change/" + id + "/nextstates"
	server.Fail(servicenowtest.Fault{Path: next, Status: 200, Body: `{"result":{"available_states":["-1"],"state_label":{"-1":"Go"}}}`})
	w, err := client.Changes.Walk(t.Context(), id, servicenow.ChangeImplement, servicenow.WalkOptions{})
	if err != nil || w.Outcome != servicenow.WalkArrived || route(w.Entered) != "I" {
		t.Errorf("%+v, %v", w, err)
	}
	if w, err = client.Changes.Walk(t.Context(), id, servicenow.ChangeReview, servicenow.WalkOptions{}); err != nil || w.Outcome != servicenow.WalkNotOffered || w.Next != servicenow.ChangeReview {
		t.Errorf("%+v, %v", w, err)
	}
}

// TestWalkSurvivesLostAnswers_003_19 loses the answer of every write once: no step
// is taken twice or left out.
func TestWalkSurvivesLostAnswers(t *testing.T) {
	t.Run("003-19", testWalkSurvivesLostAnswers)
}

func testWalkSurvivesLostAnswers(t *testing.T) {
	for n := 1; n <= 4; n++ {
		server, client := start(t, servicenowtest.Options{})
		c := makeChange(t, client, servicenow.StandardChange)
		server.Fail(servicenowtest.Fault{Method: "PATCH", Call: n, DropAfter: true})
		w, err := client.Changes.Walk(t.Context(), c.ID(), servicenow.ChangeClosed, closeIt)
		if err != nil || w.Outcome != servicenow.WalkArrived || route(w.Entered) != "SIRC" {
			t.Errorf("answer %d lost: %+v, %v", n, w, err)
		}
	}
}

// TestWalkNoticesIgnoredWrites: an instance that answers 200 and keeps the state
// is an error, not an endless walk.
func TestWalkNoticesIgnoredWrites(t *testing.T) {
	server, client := start(t, servicenowtest.Options{})
	c := makeChange(t, client, servicenow.StandardChange)
	server.Fail(servicenowtest.Fault{Method: "PATCH", Status: 200, Body: fmt.Sprintf(`{"result":{"sys_id":%q,"type":"standard","state":"-5","__meta":{"ignoredFields":["state"]}}}`, c.ID())})
	w, err := client.Changes.Walk(t.Context(), c.ID(), servicenow.ChangeImplement, servicenow.WalkOptions{})
	var bad *servicenow.TransitionError
	if !errors.As(err, &bad) || bad.Reason != servicenow.TransitionIgnored || len(w.Entered) != 0 || writesOf(server) != 2 {
		t.Errorf("%+v, %v, %d writes", w, err, writesOf(server))
	}
}

// TestWalkIsSentBack: somebody sends the change back while it is walked.
func TestWalkIsSentBack(t *testing.T) {
	server, client := start(t, servicenowtest.Options{})
	c := makeChange(t, client, servicenow.StandardChange)
	server.Fail(servicenowtest.Fault{Method: "PATCH", Call: 2, Times: 1, Status: 200, Body: fmt.Sprintf(`{"result":{"sys_id":%q,"type":"standard","state":"-5"}}`, c.ID())})
	w, err := client.Changes.Walk(t.Context(), c.ID(), servicenow.ChangeReview, servicenow.WalkOptions{})
	if err != nil || w.Outcome != servicenow.WalkRejected || writesOf(server) != 3 {
		t.Errorf("%+v, %v, %d writes", w, err, writesOf(server))
	}
}

func TestApprovalsOfTheCaller(t *testing.T) {
	users := []servicenowtest.User{{Name: "ann", Password: "a", FullName: "Ann"}, {Name: "bob", Password: "b"}, {Name: "eve", Password: "e"}}
	options := servicenowtest.Options{Users: users, Changes: servicenowtest.ChangeOptions{Approvers: []string{"ann", "bob"}}}
	server, ann := startWith(t, options, servicenow.Config{Auth: servicenow.BasicAuth("ann", "a")})
	as := func(name, password string) *servicenow.ChangeService {
		client, err := servicenow.New(servicenow.Config{BaseURL: "acme", Auth: servicenow.BasicAuth(name, password), HTTPClient: server.Client()})
		if err != nil {
			t.Fatal(err)
		}
		return client.Changes
	}
	ctx := t.Context()
	c := makeChange(t, ann, servicenow.EmergencyChange)
	if _, err := ann.Changes.Walk(ctx, c.ID(), servicenow.ChangeScheduled, servicenow.WalkOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := as("eve", "e").Approve(ctx, c.ID(), ""); !errors.Is(err, servicenow.ErrInvalid) {
		t.Errorf("without authority: %v", err)
	}
	c, err := ann.Changes.Approve(ctx, c.ID(), "fine")
	if err != nil || c.State() != servicenow.ChangeAuthorize || c.Approval() != servicenow.ApprovalRequested {
		t.Errorf("one of two: %+v, %v", c, err)
	}
	if _, err := ann.Changes.Approve(ctx, c.ID(), ""); !errors.Is(err, servicenow.ErrInvalid) {
		t.Errorf("twice: %v", err)
	}
	if c, err = as("bob", "b").Approve(ctx, c.ID(), ""); err != nil || c.State() != servicenow.ChangeScheduled || c.Approval() != servicenow.ApprovalApproved {
		t.Errorf("both: %+v, %v", c, err)
	}
	second := makeChange(t, ann, servicenow.EmergencyChange)
	if _, err := ann.Changes.Walk(ctx, second.ID(), servicenow.ChangeScheduled, servicenow.WalkOptions{}); err != nil {
		t.Fatal(err)
	}
	if second, err = as("bob", "b").Reject(ctx, second.ID(), "too risky"); err != nil || second.State() != servicenow.ChangeNew || second.Approval() != servicenow.ApprovalRejected {
		t.Errorf("%+v, %v", second, err)
	}
	asked, err := ann.Changes.Approvals(ctx, second.ID())
	states := []string{}
	for _, a := range asked {
		states = append(states, string(a.State))
	}
	slices.Sort(states)
	if err != nil || !slices.Equal(states, []string{"cancelled", "rejected"}) {
		t.Errorf("%v, %v", states, err)
	}
	if server.Approve(second.ID(), "ann") == nil || server.Approve(second.ID(), "nobody") == nil {
		t.Error("approved without being asked")
	}
}

// TestWalkLooksUpDoubtfulWrites_003_19: a step with a work note is never sent
// twice, so after a lost answer the change is read; and a repeat that is refused
// because the first attempt was taken is no failure.
func TestWalkLooksUpDoubtfulWrites(t *testing.T) {
	t.Run("003-19", testWalkLooksUpDoubtfulWrites)
}

func testWalkLooksUpDoubtfulWrites(t *testing.T) {
	note := servicenow.WalkOptions{Fields: map[servicenow.ChangeState]map[string]any{servicenow.ChangeScheduled: {"work_notes": "once"}}}
	server, client := start(t, servicenowtest.Options{})
	c := makeChange(t, client, servicenow.StandardChange)
	server.Fail(servicenowtest.Fault{Method: "PATCH", Call: 1, DropAfter: true})
	w, err := client.Changes.Walk(t.Context(), c.ID(), servicenow.ChangeImplement, note)
	if err != nil || w.Outcome != servicenow.WalkArrived || route(w.Entered) != "SI" || server.Count("sys_journal_field") != 1 {
		t.Errorf("%+v, %v, %d notes", w, err, server.Count("sys_journal_field"))
	}
	server, client = start(t, servicenowtest.Options{})
	c = makeChange(t, client, servicenow.StandardChange)
	server.Fail(
		servicenowtest.Fault{Method: "PATCH", Call: 1, DropAfter: true},
		servicenowtest.Fault{Method: "PATCH", Call: 2, Status: 400, Body: `{"error":{"message":"Invalid state transition","detail":null}}`},
	)
	if w, err = client.Changes.Walk(t.Context(), c.ID(), servicenow.ChangeImplement, servicenow.WalkOptions{}); err != nil || route(w.Entered) != "SI" {
		t.Errorf("%+v, %v", w, err)
	}
	server, client = start(t, servicenowtest.Options{})
	c = makeChange(t, client, servicenow.StandardChange)
	server.Fail(servicenowtest.Fault{Method: "PATCH", Call: 1, DropBefore: true})
	if w, err = client.Changes.Walk(t.Context(), c.ID(), servicenow.ChangeImplement, note); err == nil || len(w.Entered) != 0 || w.Next != servicenow.ChangeScheduled {
		t.Errorf("not taken and not repeatable: %+v, %v", w, err)
	}
	server.ClearFaults()
	server.Fail(servicenowtest.Fault{Method: "PATCH", Status: 400, Body: `{"error":{"message":"Operation Failed","detail":"Invalid state transition"}}`})
	if w, err = client.Changes.Walk(t.Context(), c.ID(), servicenow.ChangeImplement, servicenow.WalkOptions{}); !errors.Is(err, servicenow.ErrTransition) || w.Change.State() != servicenow.ChangeNew {
		t.Errorf("refused: %+v, %v", w, err)
	}
	server.ClearFaults()
	server.Fail(servicenowtest.Fault{Method: "PATCH", Status: 403, Body: `{"error":{"message":"Operation Failed","detail":"Data Policy Exception: The following fields are mandatory: Close code"}}`})
	if _, err = client.Changes.Walk(t.Context(), c.ID(), servicenow.ChangeImplement, servicenow.WalkOptions{}); !errors.Is(err, servicenow.ErrDataPolicy) {
		t.Errorf("%v", err)
	}
}

// TestWalkFollowsTheInstance: where the instance moves the change further than it
// was asked to, the walk goes on from there.
func TestWalkFollowsTheInstance(t *testing.T) {
	server, client := start(t, servicenowtest.Options{})
	c := makeChange(t, client, servicenow.StandardChange)
	server.Fail(servicenowtest.Fault{Method: "PATCH", Call: 1, Rewrite: func(body []byte) []byte {
		if err := server.Update("change_request", c.ID(), servicenowtest.Row{"state": "-1"}); err != nil {
			t.Error(err)
		}
		return []byte(strings.Replace(string(body), `"display_value":"Scheduled","value":-2`, `"display_value":"Implement","value":-1`, 1))
	}})
	w, err := client.Changes.Walk(t.Context(), c.ID(), servicenow.ChangeReview, servicenow.WalkOptions{})
	if err != nil || w.Outcome != servicenow.WalkArrived || route(w.Entered) != "SR" {
		t.Errorf("%+v, %v", w, err)
	}
}

func TestTransitionErrorsSayWhatToDo(t *testing.T) {
	for reason, want := range map[servicenow.TransitionReason]string{
		servicenow.TransitionUnknownType: "ask NextStates", servicenow.TransitionUnknownState: "no such state", servicenow.TransitionSkips: "ChangePath",
		servicenow.TransitionBackwards: "go back, to New", servicenow.TransitionFinished: "make a new one", servicenow.TransitionLateCancel: "close it",
		servicenow.TransitionIgnored: "left the state alone", servicenow.TransitionNoCloseCode: "close notes", "odd": "odd",
	} {
		err := &servicenow.TransitionError{Type: servicenow.NormalChange, From: servicenow.ChangeReview, To: "17", Reason: reason}
		text := err.Error()
		if !strings.HasPrefix(text, "servicenow: invalid state transition of a normal change from Review (0) to 17 (17): ") || !strings.HasSuffix(text, want) && !strings.Contains(text, want) {
			t.Errorf("%s: %s", reason, text)
		}
	}
}

// TestWalkFollowsModels_003_21: a change goes by its model, which may leave out
// states that its type has, and waits for approval all the same.
func TestWalkFollowsModels(t *testing.T) {
	t.Run("003-21", testWalkFollowsModels)
}

func testWalkFollowsModels(t *testing.T) {
	server, client := start(t, servicenowtest.Options{})
	ctx, s := t.Context(), client.Changes
	c, err := s.Create(ctx, servicenow.ChangeFields{Model: "Emergency", Type: servicenow.NormalChange})
	if err != nil {
		t.Fatal(err)
	}
	w, err := s.Walk(ctx, c.ID(), servicenow.ChangeImplement, servicenow.WalkOptions{})
	if err != nil || w.Outcome != servicenow.WalkWaitingApproval || route(w.Entered) != "U" || !slices.Equal(w.Unmet, []string{"Approved"}) {
		t.Fatalf("%+v, %v", w, err)
	}
	if err := server.Approve(c.ID(), servicenowtest.DefaultUser); err != nil {
		t.Fatal(err)
	}
	if w, err = s.Walk(ctx, c.ID(), servicenow.ChangeImplement, servicenow.WalkOptions{}); err != nil || w.Outcome != servicenow.WalkArrived || route(w.Entered) != "I" {
		t.Errorf("%+v, %v", w, err)
	}
	// A model that asks for approval in Scheduled, where no type does.
	c = makeChange(t, client, servicenow.NormalChange)
	if err := server.Update("change_request", c.ID(), servicenowtest.Row{"chg_model": "007c4001c343101035ae3f52c1d3aeb2", "state": "-2", "approval": "requested"}); err != nil {
		t.Fatal(err)
	}
	server.ResetJournal()
	if w, err = s.Walk(ctx, c.ID(), servicenow.ChangeReview, servicenow.WalkOptions{}); err != nil || w.Outcome != servicenow.WalkWaitingApproval || writesOf(server) != 0 {
		t.Errorf("%+v, %v", w, err)
	}
	if w, err = s.Walk(ctx, c.ID(), servicenow.ChangeCanceled, servicenow.WalkOptions{}); err != nil || w.Outcome != servicenow.WalkArrived {
		t.Errorf("%+v, %v", w, err)
	}
}
