package servicenow_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

const ann = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

// oneThing is an instance with a record that is at sys_mod_count 0.
func oneThing(t *testing.T) (*servicenowtest.Server, *servicenow.Table[thingRow]) {
	t.Helper()
	server, client := start(t, servicenowtest.Options{Tables: []servicenowtest.Table{thing, {Name: "u_thing", Columns: []servicenowtest.Column{
		{Name: "work_notes", Type: servicenowtest.Journal},
	}}}})
	insertThing(t, server, ann, 0, false)
	return server, servicenow.TableOf[thingRow](client, "u_thing")
}

func TestUpdateIf(t *testing.T) {
	tests := []struct {
		name     string
		prepare  func(*servicenowtest.Server)
		count    int
		patch    map[string]any
		outcome  servicenow.RowOutcome
		mods     int
		requests string
		stale    []string
	}{
		{"changed", nil, 0, map[string]any{"u_name": "new"}, servicenow.RowChanged, 1, "GET PATCH", nil},
		{"unchanged", nil, 0, map[string]any{"u_name": "0", "u_rank": 0}, servicenow.RowUnchanged, 0, "GET", nil},
		{"unchanged at another count", nil, 7, map[string]any{"u_name": "0"}, servicenow.RowUnchanged, 0, "GET", nil},
		{"stale", func(s *servicenowtest.Server) { _ = s.Update("u_thing", ann, servicenowtest.Row{"u_rank": "5"}) }, 0,
			map[string]any{"u_name": "new", "u_rank": 5}, servicenow.RowStale, 1, "GET", []string{"u_name"}},
		{"a journal always differs", nil, 0, map[string]any{"u_name": "0", "work_notes": "seen"}, servicenow.RowChanged, 1, "GET PATCH", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server, table := oneThing(t)
			if tt.prepare != nil {
				tt.prepare(server)
			}
			got, err := table.UpdateIf(t.Context(), ann, tt.count, tt.patch)
			if got.Outcome != tt.outcome || got.ModCount != tt.mods || got.Row.ID != ann || got.Interleaved || got.Recovered {
				t.Errorf("%+v", got)
			}
			var stale *servicenow.StaleError
			if tt.stale == nil && err != nil || tt.stale != nil && !errors.As(err, &stale) {
				t.Fatal(err)
			}
			if stale != nil && (!errors.Is(err, servicenow.ErrStale) || !errors.Is(err, servicenow.ErrConflict) || stale.Err != nil || !cmp.Equal(stale.Differing, tt.stale)) {
				t.Errorf("%v %v", err, stale.Differing)
			}
			if sent := methods(server); sent != tt.requests {
				t.Errorf("sent %s, want %s", sent, tt.requests)
			}
		})
	}
}

func methods(server *servicenowtest.Server) string {
	var list []string
	for _, call := range server.Journal() {
		list = append(list, call.Method)
	}
	return strings.Join(list, " ")
}

// Only the columns that differ are sent, and the reading asks for what it
// compares.
func TestUpdateIfWireBytes(t *testing.T) {
	server, table := oneThing(t)
	if _, err := table.UpdateIf(t.Context(), ann, 0, map[string]any{"u_name": "new", "u_hidden": false, "u_rank": 0}); err != nil {
		t.Fatal(err)
	}
	calls := server.Journal()
	const query = "sysparm_exclude_reference_link=true&sysparm_fields=sys_id%2Csys_mod_count%2Cu_hidden%2Cu_name%2Cu_rank"
	if calls[0].Query != query || calls[1].Query != query || string(calls[1].Body) != `{"u_name":"new"}` {
		t.Errorf("%s\n%s\n%s", calls[0].Query, calls[1].Query, calls[1].Body)
	}
}

func TestUpdateIfAfterALostAnswer(t *testing.T) {
	drop := func(before bool) servicenowtest.Fault {
		return servicenowtest.Fault{DropBefore: before, DropAfter: !before}.On("PATCH", "/api/now/table/")
	}
	meanwhile := func(values servicenowtest.Row) func(*servicenowtest.Server) {
		return func(s *servicenowtest.Server) { _ = s.Update("u_thing", ann, values) }
	}
	tests := []struct {
		name        string
		faults      []servicenowtest.Fault
		meanwhile   func(*servicenowtest.Server) // before the second GET
		patch       map[string]any
		outcome     servicenow.RowOutcome
		recovered   bool
		interleaved bool
		requests    string
		kind        error
	}{
		{"ours landed", []servicenowtest.Fault{drop(false).OnCall(1)}, nil, map[string]any{"u_name": "new"}, servicenow.RowChanged, true, false, "GET PATCH GET", nil},
		{"it did not land", []servicenowtest.Fault{drop(true).OnCall(1)}, nil, map[string]any{"u_name": "new"}, servicenow.RowChanged, false, false, "GET PATCH GET PATCH", nil},
		{"ours landed, another column changed too", []servicenowtest.Fault{drop(false).OnCall(1)}, meanwhile(servicenowtest.Row{"u_rank": "9"}),
			map[string]any{"u_name": "new"}, servicenow.RowChanged, true, true, "GET PATCH GET", nil},
		{"someone else wrote", []servicenowtest.Fault{drop(true).OnCall(1)}, meanwhile(servicenowtest.Row{"u_name": "theirs"}),
			map[string]any{"u_name": "new"}, servicenow.RowStale, false, false, "GET PATCH GET", servicenow.ErrStale},
		{"it never lands", []servicenowtest.Fault{drop(true).Repeat(9)}, nil, map[string]any{"u_name": "new"}, servicenow.RowUnknown, false, false,
			"GET PATCH GET PATCH GET PATCH GET", servicenow.ErrAmbiguous},
		{"a journal entry is not sent twice", []servicenowtest.Fault{drop(true).OnCall(1)}, nil, map[string]any{"work_notes": "seen"}, servicenow.RowUnknown, false, false,
			"GET PATCH GET", servicenow.ErrAmbiguous},
		{"a journal entry alone leaves it open", []servicenowtest.Fault{drop(false).OnCall(1)}, nil, map[string]any{"work_notes": "seen"}, servicenow.RowUnknown, false, false,
			"GET PATCH GET", servicenow.ErrAmbiguous},
		{"a journal entry with a column that tells", []servicenowtest.Fault{drop(false).OnCall(1)}, nil, map[string]any{"work_notes": "seen", "u_name": "new"},
			servicenow.RowChanged, true, false, "GET PATCH GET", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server, table := oneThing(t)
			server.Fail(tt.faults...)
			gets := 0
			table = servicenow.TableOf[thingRow](clientBefore(t, server, func(method string) {
				if method == "GET" {
					if gets++; gets == 2 && tt.meanwhile != nil {
						tt.meanwhile(server)
					}
				}
			}), table.Name())
			got, err := table.UpdateIf(t.Context(), ann, 0, tt.patch)
			if !errors.Is(err, tt.kind) || tt.kind == nil && err != nil {
				t.Fatal(err)
			}
			if got.Outcome != tt.outcome || got.Recovered != tt.recovered || got.Interleaved != tt.interleaved {
				t.Errorf("%+v", got)
			}
			if sent := methods(server); sent != tt.requests {
				t.Errorf("sent %s, want %s", sent, tt.requests)
			}
		})
	}
}

func TestUpdateIfMistakes(t *testing.T) {
	server, table := oneThing(t)
	for want, call := range map[string]func() error{
		"the sys_id is empty": func() error { _, err := table.UpdateIf(t.Context(), "", 0, map[string]any{"a": 1}); return err },
		"modCount -1":         func() error { _, err := table.UpdateIf(t.Context(), ann, -1, map[string]any{"a": 1}); return err },
		"holds no column":     func() error { _, err := table.UpdateIf(t.Context(), ann, 0, map[string]any{}); return err },
		"the row is nil":      func() error { _, err := table.UpdateIf(t.Context(), ann, 0, nil); return err },
		`column "sys_mod_count"`: func() error {
			_, err := table.UpdateIf(t.Context(), ann, 0, map[string]any{"sys_mod_count": 1})
			return err
		},
		"compared with display": func() error {
			_, err := table.UpdateIf(t.Context(), ann, 0, map[string]any{"a": 1}, servicenow.Show(servicenow.DisplayText))
			return err
		},
	} {
		if err := call(); err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "servicenow: u_thing.UpdateIf: ") {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if n := server.Requests(); n != 0 {
		t.Errorf("%d requests", n)
	}
}
