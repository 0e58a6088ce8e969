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

// letters stand for the states in the tables below.
var letters = map[string]servicenow.ChangeState{
	"N": servicenow.ChangeNew, "A": servicenow.ChangeAssess, "U": servicenow.ChangeAuthorize, "S": servicenow.ChangeScheduled,
	"I": servicenow.ChangeImplement, "R": servicenow.ChangeReview, "C": servicenow.ChangeClosed, "X": servicenow.ChangeCanceled,
}

// paths say for every from (line) and to (column) the states to enter, "-" for
// none, or why there is no path: ? unknown state, < backwards, . finished,
// ! too late to cancel.
var paths = map[servicenow.ChangeType]string{
	servicenow.NormalChange: `
  N A U  S   I    R     C      X
N - A AU AUS AUSI AUSIR AUSIRC X
A N - U  US  USI  USIR  USIRC  X
U < < -  S   SI   SIR   SIRC   X
S < < <  -   I    IR    IRC    X
I < < <  <   -    R     RC     X
R < < <  <   <    -     C      !
C . . .  .   .    .     -      .
X . . .  .   .    .     .      -`,
	servicenow.StandardChange: `
  N A U S I  R   C    X
N - ? ? S SI SIR SIRC X
A ? ? ? ? ?  ?   ?    ?
U ? ? ? ? ?  ?   ?    ?
S < ? ? - I  IR  IRC  X
I < ? ? < -  R   RC   X
R < ? ? < <  -   C    !
C . ? ? . .  .   -    .
X . ? ? . .  .   .    -`,
	servicenow.EmergencyChange: `
  N A U S  I   R    C     X
N - ? U US USI USIR USIRC X
A ? ? ? ?  ?   ?    ?     ?
U N ? - S  SI  SIR  SIRC  X
S < ? < -  I   IR   IRC   X
I < ? < <  -   R    RC    X
R < ? < <  <   -    C     !
C . ? . .  .   .    -     .
X . ? . .  .   .    .     -`,
}

var reasons = map[string]servicenow.TransitionReason{
	"?": servicenow.TransitionUnknownState, "<": servicenow.TransitionBackwards, ".": servicenow.TransitionFinished, "!": servicenow.TransitionLateCancel,
}

// eachTriple calls f for every (type, from, to) of the tables.
func eachTriple(t *testing.T, f func(kind servicenow.ChangeType, from, to servicenow.ChangeState, cell string)) {
	t.Helper()
	n := 0
	for kind, table := range paths {
		lines := strings.Split(strings.TrimPrefix(table, "\n"), "\n")
		columns := strings.Fields(lines[0])
		for _, line := range lines[1:] {
			cells := strings.Fields(line)
			for i, cell := range cells[1:] {
				f(kind, letters[cells[0]], letters[columns[i]], cell)
				n++
			}
		}
	}
	if n != 3*8*8 {
		t.Fatalf("%d triples", n)
	}
}

func TestChangePathOfEveryTriple(t *testing.T) {
	t.Run("003-21", testChangePathOfEveryTriple)
}

func testChangePathOfEveryTriple(t *testing.T) {
	eachTriple(t, func(kind servicenow.ChangeType, from, to servicenow.ChangeState, cell string) {
		path, err := servicenow.ChangePath(kind, from, to)
		name := fmt.Sprintf("%s %s to %s", kind, from.Label(), to.Label())
		if reason, bad := reasons[cell]; bad {
			var got *servicenow.TransitionError
			if !errors.As(err, &got) || got.Reason != reason || got.Type != kind || got.From != from || got.To != to || path != nil {
				t.Errorf("%s: %v, %v", name, path, err)
			}
			if !errors.Is(err, servicenow.ErrTransition) || !errors.Is(err, servicenow.ErrInvalid) || !strings.Contains(err.Error(), "servicenow: invalid state transition") {
				t.Errorf("%s: %v", name, err)
			}
			if servicenow.NeedsApproval(kind, from, to) {
				t.Errorf("%s needs approval", name)
			}
			return
		}
		want := []servicenow.ChangeState{}
		for letter := range strings.SplitSeq(strings.ReplaceAll(cell, "-", ""), "") {
			want = append(want, letters[letter])
		}
		if err != nil || path == nil || !slices.Equal(path, want) {
			t.Errorf("%s: %v, %v, want %v", name, path, err, want)
		}
		gates := 0
		if cell != "X" && cell != "-" && to != servicenow.ChangeNew {
			way := letterOf(from) + cell
			gates = strings.Count(way[:len(way)-1], "U")
			if kind == servicenow.NormalChange {
				gates += strings.Count(way[:len(way)-1], "A")
			}
		}
		if servicenow.NeedsApproval(kind, from, to) != (gates > 0) {
			t.Errorf("%s: needs approval: %v", name, gates == 0)
		}
	})
}

func letterOf(state servicenow.ChangeState) string {
	for letter, s := range letters {
		if s == state {
			return letter
		}
	}
	return ""
}

func TestCheckTransitionForbidsSkipping(t *testing.T) {
	t.Run("003-21", testCheckTransitionForbidsSkipping)
}

func testCheckTransitionForbidsSkipping(t *testing.T) {
	eachTriple(t, func(kind servicenow.ChangeType, from, to servicenow.ChangeState, cell string) {
		err := servicenow.CheckTransition(kind, from, to)
		reason, bad := reasons[cell]
		if len(cell) > 1 {
			reason, bad = servicenow.TransitionSkips, true
		}
		var got *servicenow.TransitionError
		if bad != (err != nil) || bad && (!errors.As(err, &got) || got.Reason != reason) {
			t.Errorf("%s %s to %s: %v", kind, from.Label(), to.Label(), err)
		}
	})
}

func TestChangePathOfUnknownTypesAndStates(t *testing.T) {
	t.Run("003-21", testChangePathOfUnknownTypesAndStates)
}

func testChangePathOfUnknownTypesAndStates(t *testing.T) {
	for _, kind := range []servicenow.ChangeType{"", "Normal", "u_own"} {
		for _, from := range letters {
			var got *servicenow.TransitionError
			if path, err := servicenow.ChangePath(kind, from, from); path != nil || !errors.As(err, &got) || got.Reason != servicenow.TransitionUnknownType {
				t.Errorf("%q: %v, %v", kind, path, err)
			}
		}
	}
	for _, state := range []servicenow.ChangeState{"", "99", "New", "-5.0"} {
		for _, kind := range []servicenow.ChangeType{servicenow.NormalChange, servicenow.StandardChange, servicenow.EmergencyChange} {
			for _, other := range []servicenow.ChangeState{state, servicenow.ChangeNew, servicenow.ChangeCanceled} {
				for _, pair := range [][2]servicenow.ChangeState{{state, other}, {other, state}} {
					var got *servicenow.TransitionError
					if path, err := servicenow.ChangePath(kind, pair[0], pair[1]); path != nil || !errors.As(err, &got) || got.Reason != servicenow.TransitionUnknownState {
						t.Errorf("%s %q to %q: %v, %v", kind, pair[0], pair[1], path, err)
					}
				}
			}
		}
	}
}

// FuzzChangePath proves that the function is total: a path begins behind from,
// ends at to, and each of its steps is a transition of its own.
func FuzzChangePath(f *testing.F) {
	f.Add("normal", "-5", "3")
	f.Add("", "", "")
	f.Add("standard", "4", "4")
	f.Fuzz(func(t *testing.T, kind, from, to string) {
		path, err := servicenow.ChangePath(servicenow.ChangeType(kind), servicenow.ChangeState(from), servicenow.ChangeState(to))
		if err != nil {
			if path != nil || !errors.Is(err, servicenow.ErrTransition) {
				t.Fatalf("%v, %v", path, err)
			}
			return
		}
		at := servicenow.ChangeState(from)
		for _, next := range path {
			if err := servicenow.CheckTransition(servicenow.ChangeType(kind), at, next); err != nil || at == next {
				t.Fatalf("%v", err)
			}
			at = next
		}
		if string(at) != to {
			t.Fatalf("the path of %s from %s to %s ends at %s", kind, from, to, at)
		}
	})
}

// TestServerAgreesWithChangePath_003_21 writes every transition to the in-memory
// instance through the Table API: it takes those that are one step, with the
// approvals given, and refuses all others.
func TestServerAgreesWithChangePath(t *testing.T) {
	t.Run("003-21", testServerAgreesWithChangePath)
}

func testServerAgreesWithChangePath(t *testing.T) {
	server, client := start(t, servicenowtest.Options{})
	changes := servicenow.TableOf[servicenow.Record](client, "change_request")
	eachTriple(t, func(kind servicenow.ChangeType, from, to servicenow.ChangeState, cell string) {
		if reasons[cell] == servicenow.TransitionUnknownState {
			return
		}
		id, err := server.Insert("change_request", servicenowtest.Row{"type": string(kind), "state": string(from), "close_code": "successful", "close_notes": "done"})
		if err != nil {
			t.Fatal(err)
		}
		if err := server.Update("change_request", id, servicenowtest.Row{"approval": "approved"}); err != nil {
			t.Fatal(err)
		}
		row, err := changes.Update(t.Context(), id, map[string]any{"state": string(to)})
		legal := servicenow.CheckTransition(kind, from, to) == nil
		if legal != (err == nil) || legal && row.Get("state") != string(to) {
			t.Errorf("%s %s to %s: %q, %v", kind, from.Label(), to.Label(), row.Get("state"), err)
		}
		if !legal && (!errors.Is(err, servicenow.ErrBusinessRule) || !errors.Is(err, servicenow.ErrTransition)) {
			t.Errorf("%s %s to %s: %v", kind, from.Label(), to.Label(), err)
		}
	})
}

func TestChangeWordsAreRead(t *testing.T) {
	for text, want := range map[string]servicenow.ChangeState{"-5": "-5", " new ": "-5", "Cancelled": "4", "canceled": "4", "IMPLEMENT": "-1", "0": "0"} {
		if got, ok := servicenow.ParseChangeState(text); !ok || got != want {
			t.Errorf("state %q: %q, %v", text, got, ok)
		}
	}
	if got, ok := servicenow.ParseChangeState("Pending"); ok || got != "Pending" || got.Label() != "Pending" {
		t.Errorf("an unknown state: %q, %v", got, ok)
	}
	for text, want := range map[string]servicenow.ChangeRisk{"moderate": "3", "Very High": "1", "very_high": "1", "high": "2", "Low": "4", "2": "2"} {
		if got, ok := servicenow.ParseChangeRisk(text); !ok || got != want {
			t.Errorf("risk %q: %q, %v", text, got, ok)
		}
	}
	if _, ok := servicenow.ParseChangeRisk("5"); ok {
		t.Error("risk 5 is none")
	}
	for text, ok := range map[string]bool{"Standard": true, " emergency": true, "": false, "expedited": false} {
		if _, got := servicenow.ParseChangeType(text); got != ok {
			t.Errorf("type %q: %v", text, got)
		}
	}
}

func TestPriorityOfImpactAndUrgency(t *testing.T) {
	// Default priority lookup rules.
	want := map[string]string{"11": "1", "12": "2", "13": "3", "21": "2", "22": "3", "23": "4", "31": "3", "32": "4", "33": "5"}
	server, client := start(t, servicenowtest.Options{})
	incidents := servicenow.TableOf[servicenow.Record](client, "incident")
	for pair, priority := range want {
		impact, urgency := servicenow.Level(pair[:1]), servicenow.Level(pair[1:])
		if got, ok := servicenow.PriorityOf(impact, urgency); !ok || string(got) != priority {
			t.Errorf("%s: %q, %v", pair, got, ok)
		}
		row, err := incidents.Create(t.Context(), map[string]any{"impact": string(impact), "urgency": string(urgency)})
		if err != nil || row.Get("priority") != priority {
			t.Errorf("the instance: %s: %q, %v", pair, row.Get("priority"), err)
		}
	}
	if got, ok := servicenow.PriorityOf("4", "1"); ok || got != "" {
		t.Errorf("%q, %v", got, ok)
	}
	for text, want := range map[string]servicenow.Level{"1": "1", "high": "1", "2 - Medium": "2", " Low ": "3"} {
		if got, ok := servicenow.ParseLevel(text); !ok || got != want {
			t.Errorf("level %q: %q, %v", text, got, ok)
		}
	}
	if _, ok := servicenow.ParseLevel("urgent"); ok {
		t.Error("urgent is no level")
	}
	if server.Count("incident") != len(want) {
		t.Error(server.Count("incident"))
	}
}
