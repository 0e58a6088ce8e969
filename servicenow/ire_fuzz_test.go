package servicenow_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

// Whatever the server answers, every item has an outcome, and one without error
// is in the CMDB.
func FuzzIREAnswer(f *testing.F) {
	for _, seed := range []string{
		`{"result":{"items":[{"sysId":"1","operation":"INSERT","inputIndices":[0]}]}}`,
		`{"result":[{"items":[{"sysId":null,"operation":7,"errors":{},"inputIndices":{"a":1}}]}]}`,
		`{"result":{"items":[{"inputIndices":[{"mainIndex":"x"}],"relatedItems":[{"inputIndices":[{"mainIndex":0,"subIndex":9}]}]}],"relations":[{"operation":"INSERT","inputIndices":[0,0]}],"summary":{"a":{"inserted":1}}}}`,
		`{"result":{"items":[{"errors":[{"error":"LOCK_TIMEOUT","message":null}],"identificationAttempts":[{"attributes":null}]}]}}`,
		`null`, `{`, `{"error":{"message":"m"}}`,
	} {
		f.Add(seed)
	}
	server, err := servicenowtest.New(servicenowtest.Options{})
	if err != nil {
		f.Fatal(err)
	}
	client, err := servicenow.New(servicenow.Config{BaseURL: "acme", Auth: servicenow.BasicAuth("admin", "admin"), MaxRetries: -1, HTTPClient: server.Client()})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body string) {
		server.ClearFaults()
		server.Fail(servicenowtest.Fault{Status: http.StatusOK, Body: body})
		p := payloadOf(serverItem("a"), serverItem("b"))
		p.Relate(0, "Runs on::Runs", 1)
		r, err := client.IRE.Reconcile(context.Background(), p, netbox)
		if r == nil || len(r.Items) != 2 || len(r.Relations) != 1 {
			t.Fatalf("%v %+v", err, r)
		}
		written := []servicenow.IREOutcome{servicenow.IREInserted, servicenow.IREUpdated, servicenow.IREUnchanged, servicenow.IREDeleted}
		for _, item := range r.Items {
			if slices.Contains(written, item.Outcome) != (item.Err == nil) || item.Outcome == "" {
				t.Errorf("%s: %q with %v", body, item.Outcome, item.Err)
			}
		}
		if one := r.Relations[0]; slices.Contains(written, one.Outcome) != (one.Err == nil) {
			t.Errorf("%s: relation %q with %v", body, one.Outcome, one.Err)
		}
	})
}

// However a payload is split, the same records come of it, each result belongs
// to its item, and a second time nothing changes.
func TestIREChunkSizesAgree(t *testing.T) {
	ctx := context.Background()
	for seed := range uint64(rounds(20)) {
		random := rand.New(rand.NewPCG(seed, 1))
		p := &servicenow.IREPayload{}
		n := 5 + random.IntN(40)
		for i := range n {
			item := serverItem(fmt.Sprintf("srv-%d-%d", seed, i), "ram", fmt.Sprint(random.IntN(4)))
			item.ID = fmt.Sprint("item", i)
			if random.IntN(3) == 0 {
				item.Source = servicenow.IRESource{Key: fmt.Sprint(i)}
			}
			if random.IntN(4) == 0 {
				item.Lookups = []servicenow.IRERecord{{Class: "cmdb_serial_number", ID: fmt.Sprint("sn", i), Values: map[string]any{"serial_number": fmt.Sprint("S", i), "serial_number_type": "system"}}}
			}
			p.Add(item)
		}
		for range n / 3 {
			a, b := random.IntN(n), random.IntN(n)
			known := slices.ContainsFunc(p.Relations, func(r servicenow.IRERelation) bool { return r.Parent == a && r.Child == b })
			switch {
			case a == b || known:
			case random.IntN(2) == 0:
				p.Relations = append(p.Relations, servicenow.IRERelation{Parent: a, Child: b, Type: "Depends on::Used by"})
			default:
				p.Refer(fmt.Sprint("item", a), "duplicate_of", fmt.Sprint("item", b))
				p.References = p.References[:0] // a duplicate is never found again
				p.Refer(fmt.Sprint("item", a), "u_next", fmt.Sprint("item", b))
			}
		}
		var want string
		for _, size := range []int{n, n - 1, n / 2, 3, 1} {
			server, client := start(t, servicenowtest.Options{Tables: []servicenowtest.Table{{Name: "cmdb_ci_server", Columns: []servicenowtest.Column{{Name: "u_next", Type: servicenowtest.Reference, Reference: "cmdb_ci"}}}}})
			o := servicenow.IREOptions{DataSource: "NetBox", ChunkSize: size}
			r, err := client.IRE.Reconcile(ctx, p, o)
			if err != nil {
				if strings.Contains(err.Error(), "ChunkSize") && server.Requests() == 0 {
					continue // tied together more than that
				}
				t.Fatal(err)
			}
			again, err := client.IRE.Reconcile(ctx, p, o)
			if err != nil || again.Count(servicenow.IREUnchanged) != n {
				t.Errorf("seed %d, size %d: %v, %d unchanged of %d", seed, size, err, again.Count(servicenow.IREUnchanged), n)
			}
			var got strings.Builder
			for i, item := range r.Items {
				row, _ := server.Row("cmdb_ci", item.SysID)
				next, _ := server.Row("cmdb_ci", row["u_next"])
				if row["name"] != fmt.Sprintf("srv-%d-%d", seed, i) || item.Outcome != servicenow.IREInserted || again.Items[i].SysID != item.SysID {
					t.Fatalf("seed %d, size %d, item %d: %+v", seed, size, i, item)
				}
				fmt.Fprintln(&got, row["name"], row["ram"], next["name"])
			}
			fmt.Fprintln(&got, server.Count("cmdb_rel_ci"), server.Count("cmdb_serial_number"), server.Count("sys_object_source"))
			if want == "" {
				want = got.String()
			}
			if got.String() != want {
				t.Errorf("seed %d, size %d:\n%s\nwant\n%s", seed, size, got.String(), want)
			}
		}
	}
}
