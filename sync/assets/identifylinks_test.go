package assets_test

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

// appRule adds what the NetBox Labs app adds to the rule for hardware: CIs are looked
// up by their link rows, at 250.
func (w *world) appRule(t testing.TB) {
	t.Helper()
	entry := servicenowtest.IdentifierEntry{
		Order: 250, Table: cmdb.AttributesTable, Reference: cmdb.ColumnRecordID, Attributes: []string{cmdb.ColumnID, cmdb.ColumnClass},
	}
	if err := w.cmdb.AddIdentifierEntry("cmdb_ci_hardware", entry); err != nil {
		t.Fatal(err)
	}
}

func TestLinkRowsThroughIdentification(t *testing.T) {
	plain, app := smallWorld(t), smallWorld(t)
	app.appRule(t)
	plain.run(t)
	app.wire.heal()
	app.run(t)
	t.Run("001-34 with the app's entry at 250 the link rows travel with their CIs", func(t *testing.T) {
		if want, got := plain.export(), app.export(); got != want {
			t.Error(difference(want, got))
		}
		batches := func(w *world) (n int) {
			for _, call := range w.cmdb.Journal() {
				if strings.HasSuffix(call.Path, "/batch") {
					n++
				}
			}
			return n
		}
		if a, b := batches(app), batches(plain); a >= b {
			t.Errorf("%d batches, without the entry %d", a, b)
		}
	})
	t.Run("a second pass is empty", func(t *testing.T) {
		if p := app.plan(t); !p.Empty() {
			t.Errorf("got %+v", p.Total())
		}
	})
	t.Run("a CI that is found and not made gets its link row too", func(t *testing.T) {
		for _, l := range app.linked("device") {
			for _, row := range app.cmdb.Rows(cmdb.AttributesTable) {
				if row[cmdb.ColumnRecordID] == l.record {
					if err := app.cmdb.Delete(cmdb.AttributesTable, row["sys_id"]); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		app.run(t)
		if want, got := plain.export(), app.export(); got != want {
			t.Error(difference(want, got))
		}
	})
}

func TestKilledWithLinkRowsThroughIdentification(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := smallWorld(t)
		w.appRule(t)
		killEverywhere(t, w, after)
	})
}
