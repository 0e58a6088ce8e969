package assets_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/netbox/netboxtest"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
	"github.com/itsmkit/itsmkit/sync/assets"
	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// A listEdit changes the rows of a bulk answer on its way.
type listEdit func(rows []json.RawMessage) []json.RawMessage

var listEdits = map[string]listEdit{
	"the last row is lost":  func(rows []json.RawMessage) []json.RawMessage { return rows[:len(rows)-1] },
	"the first row is lost": func(rows []json.RawMessage) []json.RawMessage { return rows[1:] },
	"no row is left":        func([]json.RawMessage) []json.RawMessage { return []json.RawMessage{} },
	"nothing is left":       func([]json.RawMessage) []json.RawMessage { return nil },
	"the rows are turned round": func(rows []json.RawMessage) []json.RawMessage {
		slices.Reverse(rows)
		return rows
	},
	"a row stands twice": func(rows []json.RawMessage) []json.RawMessage {
		rows[1] = rows[0]
		return rows
	},
	"a row is empty": func(rows []json.RawMessage) []json.RawMessage {
		rows[1] = json.RawMessage(`{}`)
		return rows
	},
	"a row too many": func(rows []json.RawMessage) []json.RawMessage { return append(rows, rows[0]) },
}

func (e listEdit) fault(t *testing.T, method, kind string) netboxtest.Fault {
	return netboxtest.On(netboxtest.Fault{Method: method, Times: 1, Rewrite: func(body []byte) []byte {
		var rows []json.RawMessage
		if err := json.Unmarshal(body, &rows); err != nil || len(rows) < 2 {
			t.Errorf("%d rows were answered: %v", len(rows), err)
			return body
		}
		edited, err := json.Marshal(e(rows))
		if err != nil {
			t.Error(err)
		}
		return edited
	}}, kind)
}

// devices flags some more devices beside the first one, all in one request.
func (o *outWorld) devices(t *testing.T, e outEstate, n int) (records []string) {
	t.Helper()
	for i := range n {
		records = append(records, o.insert(t, "cmdb_ci_server", servicenowtest.Row{
			"name": fmt.Sprintf("srv-%d", i), "model_id": e.model, "location": e.room, "install_status": "1", "operational_status": "1",
		}))
	}
	return records
}

// 001-31: an answer that tells of fewer or of other objects than were sent does not
// make an object twice, nor link a record to another one's.
func TestExportOddAnswersToCreates(t *testing.T) {
	for name, edit := range listEdits {
		for _, kind := range []string{"dcim/devices", "dcim/manufacturers"} {
			t.Run(name+" of "+kind, func(t *testing.T) {
				w := newOutWorld(t)
				e := w.fill(t)
				names := map[string]string{e.device: "sw-1", e.maker: "Cisco"}
				for i, record := range w.devices(t, e, 3) {
					names[record] = fmt.Sprintf("srv-%d", i)
				}
				names[w.insert(t, "core_company", servicenowtest.Row{"name": "Dell", "manufacturer": "true"})] = "Dell"
				w.netbox.Fail(edit.fault(t, http.MethodPost, kind))
				p := w.plan(t)
				s, err := w.flow.Apply(t.Context(), p)
				if err != nil || !s.Clean() || s.Total().Created != p.Total().Create {
					t.Fatalf("got %v: %+v %+v", err, s.Total(), s.Problems)
				}
				if d, m := w.netbox.Count("dcim/devices"), w.netbox.Count("dcim/manufacturers"); d != 4 || m != 2 {
					t.Errorf("%d devices and %d manufacturers, want 4 and 2", d, m)
				}
				for record, want := range names {
					kind := map[string]string{"device": "dcim/devices", "manufacturer": "dcim/manufacturers"}[w.row(t, record)[cmdb.ColumnClass]]
					if x, _ := w.netbox.Object(kind, w.linked(t, record)); x["name"] != want {
						t.Errorf("the record of %s is linked to %v", want, x["name"])
					}
				}
				if again := w.plan(t); !again.Empty() {
					t.Errorf("a second pass would write %+v", again.Total())
				}
			})
		}
	}
}

// editExported exports devices, and edits their records.
func (o *outWorld) editExported(t *testing.T, e outEstate, devices int) {
	t.Helper()
	records := o.devices(t, e, devices)
	o.run(t)
	for _, record := range records {
		if err := o.cmdb.Update("cmdb_ci_server", record, servicenowtest.Row{"short_description": "edited"}); err != nil {
			t.Fatal(err)
		}
	}
	o.flow.Linked = true
}

// An update counts as written only where the answer or the object itself says so.
func TestExportOddAnswersToUpdates(t *testing.T) {
	for _, version := range []string{"4.7", "4.2"} {
		for name, edit := range listEdits {
			t.Run(version+" "+name, func(t *testing.T) {
				w := newOutWorldOf(t, version)
				e := w.fill(t)
				w.editExported(t, e, 3)
				w.netbox.Fail(edit.fault(t, http.MethodPatch, "dcim/devices"))
				s, err := w.flow.Run(t.Context())
				if err != nil || s.Total().Updated != 3 || !s.Clean() {
					t.Errorf("got %v: %+v %+v", err, s.Total(), s.Problems)
				}
				if p := w.plan(t); !p.Empty() {
					t.Errorf("a further pass would write %+v", p.Total())
				}
			})
		}
		t.Run(version+" nothing was written and an empty list says so", func(t *testing.T) {
			w := newOutWorldOf(t, version)
			e := w.fill(t)
			w.editExported(t, e, 2)
			w.netbox.Fail(netboxtest.On(netboxtest.Fault{Method: http.MethodPatch, Times: 1, Status: http.StatusOK, Body: "[]"}, "dcim/devices"))
			s, err := w.flow.Run(t.Context())
			if err != nil || s.Total().Updated != 0 || s.Total().Failed != 2 {
				t.Errorf("got %v: %+v", err, s.Total())
			}
			for _, problem := range s.Problems {
				if !strings.Contains(problem.Reason, "does not say what was sent") {
					t.Errorf("got %q", problem.Reason)
				}
			}
			w.run(t)
			if p := w.plan(t); !p.Empty() {
				t.Errorf("a further pass would write %+v", p.Total())
			}
		})
	}
}

// An object that is adopted is linked, too, when the answer to its update leaves it
// out; and one that is deleted meanwhile is told of, in every release.
func TestExportOddAnswersToAdoption(t *testing.T) {
	w := newOutWorld(t)
	e := w.fill(t)
	other := w.insert(t, "core_company", servicenowtest.Row{"name": "Dell", "manufacturer": "true"})
	for _, name := range []string{"Cisco", "Dell"} {
		w.make(t, "dcim/manufacturers", map[string]any{"name": name, "slug": strings.ToLower(name)})
	}
	w.netbox.Fail(listEdits["no row is left"].fault(t, http.MethodPatch, "dcim/manufacturers"))
	w.run(t)
	if w.linked(t, e.maker) == 0 || w.linked(t, other) == 0 || w.netbox.Count("dcim/manufacturers") != 2 {
		t.Errorf("linked to %d and %d", w.linked(t, e.maker), w.linked(t, other))
	}
	if p := w.plan(t); !p.Empty() {
		t.Errorf("a further pass would write %+v", p.Operations)
	}
}

// A lateSink has something happen between the read and the write of a group.
type lateSink struct {
	reconcile.Sink
	meanwhile func()
}

func (s lateSink) Write(ctx context.Context, ops []reconcile.Operation) ([]reconcile.Result, error) {
	s.meanwhile()
	return s.Sink.Write(ctx, ops)
}

// 001-33: an object that goes between the plan and the write is stale, not written.
func TestExportUpdatesWhatIsGone(t *testing.T) {
	for _, version := range []string{"4.7", "4.2"} {
		w := newOutWorldOf(t, version)
		e := w.fill(t)
		records := w.devices(t, e, 2)
		w.run(t)
		for _, record := range records {
			if err := w.cmdb.Update("cmdb_ci_server", record, servicenowtest.Row{"short_description": "edited"}); err != nil {
				t.Fatal(err)
			}
		}
		w.flow.Linked = true
		p := w.plan(t)
		sink := lateSink{&assets.NetBoxSink{NetBox: w.flow.NetBox, CMDB: w.flow.CMDB}, func() {
			if err := w.netbox.Delete("dcim/devices", w.linked(t, records[0])); err != nil {
				t.Fatal(err)
			}
		}}
		s, err := reconcile.Apply(t.Context(), p, sink, reconcile.Options{Target: p.Target})
		if err != nil || s.Total().Stale != 1 || s.Total().Updated != 1 {
			t.Errorf("%s: got %v: %+v %+v", version, err, s.Total(), s.Problems)
		}
	}
}
