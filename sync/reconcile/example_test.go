package reconcile_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"slices"

	"github.com/itsmkit/itsmkit/sync/reconcile"
)

type server struct{ ID, Name, Serial string }

func deliver(list []server) iter.Seq2[server, error] {
	return func(yield func(server, error) bool) {
		for _, s := range list {
			if !yield(s, nil) {
				return
			}
		}
	}
}

func sumServer(s server) uint64 {
	return reconcile.NewDigest(1).Text("name", s.Name).Text("serial", s.Serial).Sum()
}

// Diff needs no order on either side. It reads the target first, so that the source's
// keys can come from what was seen there: here, records match by serial number.
func ExampleDiff() {
	inventory := []server{{"7", "core-1", "A1"}, {"8", "core-2", "B2"}, {"9", "edge-1", "C3"}}
	records := []server{{"sys-b", "core-2", "B2"}, {"sys-a", "core-one", "A1"}, {"sys-z", "old", "Z9"}}

	bySerial := map[string]string{}
	_, err := reconcile.Diff(context.Background(), reconcile.Join[server, server]{
		Source: deliver(inventory),
		Target: deliver(records),
		TargetKey: func(s server) string {
			bySerial[s.Serial] = s.ID
			return s.ID
		},
		SourceKey:    func(s server) string { return bySerial[s.Serial] },
		SourceDigest: sumServer,
		TargetDigest: sumServer,
		Fetch: func(_ context.Context, keys []string) (map[string]server, error) {
			found := map[string]server{}
			for _, s := range records {
				if slices.Contains(keys, s.ID) {
					found[s.ID] = s
				}
			}
			return found, nil
		},
	}, func(p reconcile.Pair[server, server]) error {
		fmt.Printf("%v: key %q, source %q\n", p.Kind, p.Key, p.Source.Name)
		return nil
	})
	fmt.Println(err)
	// Output:
	// only source: key "", source "edge-1"
	// changed: key "sys-a", source "core-1"
	// only target: key "sys-z", source ""
	// <nil>
}

// Merge needs both sides in one order, and says so when they are not.
func ExampleMerge() {
	sorted := []server{{ID: "10"}, {ID: "9"}} // as text, not as numbers
	side := reconcile.Ordered[server, server]{
		Source: deliver(sorted), Target: deliver(sorted),
		SourceKey: func(s server) string { return s.ID },
		TargetKey: func(s server) string { return s.ID },
		Same:      func(a, b server) bool { return a == b },
	}
	show := func(p reconcile.Pair[server, server]) error { return nil }

	stats, err := reconcile.Merge(context.Background(), side, show)
	fmt.Println(stats.Unchanged, err)

	side.Compare = reconcile.Numeric
	_, err = reconcile.Merge(context.Background(), side, show)
	fmt.Println(errors.Is(err, reconcile.ErrUnordered))
	// Output:
	// 2 <nil>
	// true
}

// Fields say when two values mean the same.
func ExampleCompare() {
	fields := []reconcile.Field{
		{Name: "name", Form: reconcile.Trimmed},
		{Name: "active", Form: reconcile.Boolean},
		{Name: "asset_tag", Form: reconcile.EmptyIsNull},
		{Name: "community", Masked: true},
	}
	record := map[string]reconcile.Value{
		"name": reconcile.Text("core-1 "), "active": reconcile.Text("1"),
		"asset_tag": reconcile.Text(""), "community": reconcile.Text("public"),
	}
	wanted := map[string]reconcile.Value{
		"name": reconcile.Text("core-1"), "active": reconcile.Text("false"),
		"asset_tag": reconcile.Null(), "community": reconcile.Text("s3cret"),
	}
	for _, change := range reconcile.Compare(fields,
		func(field string) reconcile.Value { return record[field] },
		func(field string) reconcile.Value { return wanted[field] },
	) {
		fmt.Println(change)
	}
	// Output:
	// active: "1" -> "false"
	// community: (masked) -> (masked)
}

// A builder orders operations by what they need and blocks what cannot be done.
func ExampleBuilder() {
	b := reconcile.NewBuilder("netbox", "acme")
	b.Add(reconcile.Operation{
		ID: "site:1", Kind: reconcile.Create, Type: "site", Class: "cmn_location", Name: "Paris",
		Changes: []reconcile.Change{
			{Field: "name", To: reconcile.Text("Paris")},
			{Field: "parent", Ref: "region:1"},
		},
	})
	b.Add(reconcile.Operation{
		ID: "region:1", Kind: reconcile.Create, Type: "region", Class: "cmn_location", Name: "France",
		Changes: []reconcile.Change{{Field: "name", To: reconcile.Text("France")}},
	})
	b.Add(reconcile.Operation{
		ID: "site:2", Kind: reconcile.Create, Type: "site", Class: "cmn_location", Name: "Atlantis",
		Changes: []reconcile.Change{{Field: "parent", Ref: "region:99"}},
	})
	b.Unchanged("region", "cmn_location", 4)
	plan, err := b.Build()
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, op := range plan.Operations {
		fmt.Printf("%s %s %q\n", op.Kind, op.ID, op.Reason)
	}
	fmt.Println(plan.Total().Create, "to create,", plan.Total().Unchanged, "unchanged")
	// Output:
	// create region:1 ""
	// create site:1 ""
	// blocked site:2 "needs region:99, which is not in the plan"
	// 2 to create, 4 unchanged
}

// table is the smallest sink: records in a map, by id.
type table map[string]map[string]reconcile.Value

func (t table) Read(_ context.Context, ops []reconcile.Operation) ([]reconcile.State, error) {
	states := make([]reconcile.State, len(ops))
	for i, op := range ops {
		record, there := t[op.Target]
		states[i] = reconcile.State{Missing: !there, Values: record}
	}
	return states, nil
}

func (t table) Write(_ context.Context, ops []reconcile.Operation) ([]reconcile.Result, error) {
	results := make([]reconcile.Result, len(ops))
	for i, op := range ops {
		results[i].Outcome = reconcile.Applied
		if op.Kind == reconcile.Create {
			if t[op.Target] != nil {
				results[i].Outcome = reconcile.AlreadyThere
				continue
			}
			t[op.Target] = map[string]reconcile.Value{}
		}
		for _, c := range op.Changes {
			t[op.Target][c.Field] = c.To
		}
		if op.Kind == reconcile.Delete {
			delete(t, op.Target)
		}
	}
	return results, nil
}

// A plan is reviewed as a file and applied by another process. What has changed since
// is refused alone, and applying the plan again does nothing.
func ExampleApply() {
	b := reconcile.NewBuilder("netbox", "acme")
	for _, id := range []string{"1", "2"} {
		b.Add(reconcile.Operation{
			ID: "server:" + id, Kind: reconcile.Update, Type: "server", Target: "sys-" + id,
			Changes: []reconcile.Change{{Field: "serial", From: reconcile.Null(), To: reconcile.Text("S" + id)}},
		})
	}
	plan, err := b.Build()
	if err != nil {
		fmt.Println(err)
		return
	}
	var file bytes.Buffer
	if err := plan.WriteJSON(&file); err != nil {
		fmt.Println(err)
		return
	}

	cmdb := table{
		"sys-1": {"serial": reconcile.Null()},
		"sys-2": {"serial": reconcile.Text("typed in meanwhile")},
	}
	reviewed, err := reconcile.ReadPlan(&file)
	if err != nil {
		fmt.Println(err)
		return
	}
	for range 2 {
		summary, err := reconcile.Apply(context.Background(), reviewed, cmdb, reconcile.Options{Target: "acme"})
		total := summary.Total()
		fmt.Println(total.Updated, "updated,", total.Unchanged, "unchanged,", total.Stale, "stale,", err)
		for _, p := range summary.Problems {
			fmt.Println(" ", p.Operation.ID, p.Reason)
		}
	}
	// Output:
	// 1 updated, 0 unchanged, 1 stale, <nil>
	//   server:2 serial is "typed in meanwhile" by now, the plan was made from (null)
	// 0 updated, 1 unchanged, 1 stale, <nil>
	//   server:2 serial is "typed in meanwhile" by now, the plan was made from (null)
}

// People read a plan as text.
func ExamplePlan_WriteText() {
	b := reconcile.NewBuilder("netbox", "acme")
	b.Records("server", "cmdb_ci_server", 120)
	b.Add(reconcile.Operation{
		ID: "server:1", Kind: reconcile.Update, Type: "server", Class: "cmdb_ci_server", Target: "sys-1", Name: "core-1",
		Changes: []reconcile.Change{{Field: "serial_number", From: reconcile.Null(), To: reconcile.Text("S1"), Reason: "NetBox owns it"}},
	})
	plan, err := b.Build()
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := plan.WriteText(os.Stdout); err != nil {
		fmt.Println(err)
	}
	// Output:
	// Plan: netbox -> acme
	// Digest: sha256:f8f4037ffdd9fabf180858a6ced505fe4fd2c1b3c2ffe53ef1726f3cae3a0ac1
	//
	// type    class           create  update  delete  retire  skip  blocked  unchanged
	// server  cmdb_ci_server  0       1       0       0       0     0        0
	// total   -               0       1       0       0       0     0        0
	//
	// To apply, in this order:
	//   update server:1 "core-1" (cmdb_ci_server sys-1)
	//     serial_number: (null) -> "S1"  (NetBox owns it)
}

func ExampleBuilder_Relate() {
	b := reconcile.NewBuilder("netbox.example.com", "acme.service-now.com")
	b.Relate(reconcile.Relation{
		ID: "relation:1", Kind: reconcile.Create, Type: "relation", Class: "cmdb_rel_ci", Name: "web-1 Runs on host-3",
		Ends:    []reconcile.End{{Field: "parent", Operation: "vm:7"}, {Field: "child", Operation: "device:3", Target: "4f1c"}},
		Changes: []reconcile.Change{{Field: "type", To: reconcile.Text("Runs on::Runs")}},
	})
	b.Add(reconcile.Operation{
		ID: "vm:7", Kind: reconcile.Create, Type: "vm", Class: "cmdb_ci_vm_instance", Name: "web-1",
		Changes: []reconcile.Change{{Field: "name", To: reconcile.Text("web-1")}},
	})
	plan, err := b.Build()
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, op := range plan.Operations {
		fmt.Println(op.Kind, op.Name, op.Needs)
	}
	// Output:
	// create web-1 []
	// create web-1 Runs on host-3 [vm:7]
}
