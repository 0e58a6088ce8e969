package assets_test

import (
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
	"github.com/itsmkit/itsmkit/sync/reconcile"
)

var updateGolden = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *updateGolden {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; got:\n%s", file, got)
	}
}

func TestImport(t *testing.T) {
	w := smallWorld(t)
	w.wire.noWrite = true
	first := w.plan(t)
	t.Run("002-17 planning writes nothing", func(t *testing.T) {
		for _, call := range w.cmdb.Journal() {
			if call.Method != http.MethodGet && !strings.HasSuffix(call.Path, "/identifyreconcile/query") {
				t.Errorf("%s %s", call.Method, call.Path)
			}
		}
	})
	t.Run("a plan is the same each time", func(t *testing.T) {
		if again := w.plan(t); again.Digest != first.Digest {
			t.Errorf("got %s, then %s", first.Digest, again.Digest)
		}
	})
	w.wire.noWrite = false

	t.Run("001-21 every object comes after what it refers to", func(t *testing.T) {
		at := map[string]int{}
		for n, op := range first.Operations {
			at[op.ID] = n
			for _, need := range op.Needs {
				if place, ok := at[need]; !ok || place > n {
					t.Errorf("%s comes before %s", op.ID, need)
				}
			}
		}
	})
	var text strings.Builder
	if err := first.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	golden(t, "small-plan.txt", text.String())

	summary, err := w.flow.Apply(t.Context(), first)
	if err != nil || !summary.Clean() {
		t.Fatalf("got %+v, %v", summary, err)
	}
	golden(t, "small-cmdb.txt", w.export())

	t.Run("001-03 what the app computes is never written", func(t *testing.T) {
		row := w.cmdb.Rows(cmdb.AttributesTable)[0]
		computed := servicenowtest.Row{cmdb.ColumnReady: "true", cmdb.ColumnReadyMessage: "ready"}
		if err := w.cmdb.Update(cmdb.AttributesTable, row["sys_id"], computed); err != nil {
			t.Fatal(err)
		}
		w.run(t)
		after, _ := w.cmdb.Row(cmdb.AttributesTable, row["sys_id"])
		for column, want := range computed {
			if after[column] != want {
				t.Errorf("%s is %q, want %q", column, after[column], want)
			}
		}
	})
	t.Run("the second pass finds nothing to write", func(t *testing.T) {
		w.wire.noWrite = true
		defer func() { w.wire.noWrite = false }()
		p := w.plan(t)
		if !p.Empty() {
			t.Errorf("got %+v", p.Operations)
		}
		if total := p.Total(); total.Unchanged != first.Total().Create {
			t.Errorf("%d records are unchanged, want %d", total.Unchanged, first.Total().Create)
		}
	})
	t.Run("the plan applied again writes nothing", func(t *testing.T) {
		before := w.export()
		s, err := w.flow.Apply(t.Context(), first)
		if err != nil {
			t.Fatal(err)
		}
		if l := s.Total(); l.Written() > 0 || l.Failed+l.Stale > 0 || l.Unchanged != first.Total().Create {
			t.Errorf("got %+v: %+v", l, s.Problems)
		}
		if got := w.export(); got != before {
			t.Errorf("the CMDB changed: %s", got)
		}
	})
}

// A plan is kept in a file and applied by another process, after somebody has
// changed one of its records: that operation alone is refused.
func TestStaleOperation(t *testing.T) {
	w := smallWorld(t)
	w.run(t)
	devices := w.linked("device")
	for _, d := range devices[:3] {
		if err := w.netbox.Update("dcim/devices", d.id, map[string]any{"description": "moved"}); err != nil {
			t.Fatal(err)
		}
	}
	var file strings.Builder
	if err := w.plan(t).WriteJSON(&file); err != nil {
		t.Fatal(err)
	}
	if err := w.cmdb.Update("cmdb_ci", devices[1].record, map[string]string{"short_description": "by hand"}); err != nil {
		t.Fatal(err)
	}

	p, err := reconcile.ReadPlan(strings.NewReader(file.String()))
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := w.flow
	elsewhere.NetBox = nil
	s, err := elsewhere.Apply(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	if l := s.Total(); l.Updated != 2 || l.Stale != 1 {
		t.Errorf("got %+v", l)
	}
	if len(s.Problems) != 1 || s.Problems[0].Operation.Target != devices[1].record || s.Problems[0].Code != reconcile.CodeStale {
		t.Errorf("got %+v", s.Problems)
	}
	for n, want := range []string{"moved", "by hand", "moved"} {
		if row, _ := w.cmdb.Row("cmdb_ci", devices[n].record); row["short_description"] != want {
			t.Errorf("device %d says %q, want %q", devices[n].id, row["short_description"], want)
		}
	}
}
