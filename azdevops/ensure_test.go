package azdevops_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/itsmkit/itsmkit/azdevops"
	"github.com/itsmkit/itsmkit/azdevops/azdevopstest"
)

const linkField = "Custom.ServiceNowId"

func ensure(client *azdevops.Client, t testing.TB, key string) (azdevops.Ensured, error) {
	return client.WorkItems.Ensure(t.Context(), "Bug", azdevops.Link{Field: linkField, Key: key}, titled("INC "+key))
}

// TestEnsureMakesOneItem asks for one item many times at once, with and without
// faults.
func TestEnsureMakesOneItem(t *testing.T) {
	faults := map[string][]azdevopstest.Fault{
		"003-24":              nil,
		"lost answer":         {{Method: "POST", Path: "/acme/Fabrikam/_apis/wit/workitems/", DropAfter: true, Call: 1}},
		"lost request":        {{Method: "POST", Path: "/acme/Fabrikam/_apis/wit/workitems/", DropBefore: true, Call: 1}},
		"lost twice":          {{Method: "POST", Path: "/acme/Fabrikam/_apis/wit/workitems/", DropBefore: true, Call: 1, Times: 2}},
		"answer that is cut":  {{Method: "POST", Path: "/acme/Fabrikam/_apis/wit/workitems/", CutAfter: 10, Call: 1}},
		"502 after acting":    {{Method: "POST", Path: "/acme/Fabrikam/_apis/wit/workitems/", Status: 502, Call: 1}},
		"blocked":             {func() azdevopstest.Fault { f := azdevopstest.RateLimited(2e9); f.Call = 1; return f }()},
		"queries that falter": {{Path: "/acme/Fabrikam/_apis/wit/wiql", DropAfter: true, Call: 1}, {Path: "/acme/Fabrikam/_apis/wit/wiql", Status: 503, Call: 2}},
	}
	for name, script := range faults {
		t.Run(strings.ReplaceAll(name, " ", "-"), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server, client := newWorld(t)
				other, err := client.InProject("fabrikam")
				if err != nil {
					t.Fatal(err)
				}
				server.Fail(script...)
				const callers = 50
				results := make([]azdevops.Ensured, callers)
				var all sync.WaitGroup
				for i := range callers {
					all.Go(func() {
						from := client
						if i%2 == 0 {
							from = other
						}
						var err error
						if results[i], err = ensure(from, t, "abc"); err != nil {
							t.Error(err)
						}
					})
				}
				all.Wait()
				created := 0
				for _, r := range results {
					if r.Item.ID != 1 || len(r.Twins) != 0 || r.Item.Fields.Text(linkField) != "abc" {
						t.Errorf("%+v", r)
					}
					if r.Created {
						created++
					}
				}
				if created != 1 || !cmp.Equal(server.WorkItems(), []int{1}) {
					t.Error(created, server.WorkItems())
				}
			})
		})
	}
}

// TestEnsureUnderAnyFaults draws faults at random; whatever happens, there is one
// item at the end, and the last call returns it.
func TestEnsureUnderAnyFaults(t *testing.T) {
	rounds := 200
	if raceEnabled {
		rounds = 20
	}
	for seed := range rounds {
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(uint64(seed), 24))
			server, client := newWorld(t)
			for range r.IntN(6) {
				server.Fail(pick(r, []azdevopstest.Fault{
					{DropAfter: true}, {DropBefore: true}, {CutAfter: 20}, azdevopstest.Broken(), azdevopstest.Unavailable(), azdevopstest.RateLimited(1e9), {Truncate: 30},
				}).OnCall(1 + r.IntN(12)))
			}
			var wait sync.WaitGroup
			for range 3 {
				wait.Go(func() {
					for range 2 {
						_, _ = ensure(client, t, "key")
					}
				})
			}
			wait.Wait()
			server.ClearFaults()
			got, err := ensure(client, t, "key")
			if err != nil || got.Created || got.Item.ID != 1 || len(got.Twins) > 0 || len(server.WorkItems()) != 1 {
				t.Errorf("seed %d: %+v %v, items %v", seed, got, err, server.WorkItems())
			}
		})
	}
}

// TestEnsureFromTwoPrograms: both make an item at the same moment, and both
// return the first.
func TestEnsureFromTwoPrograms(t *testing.T) {
	server, client := newWorld(t)
	other := newClient(t, server.Client(), nil)
	var theirs azdevops.Ensured
	once := sync.Once{}
	server.Fail(azdevopstest.Fault{Method: "POST", Path: "/acme/Fabrikam/_apis/wit/workitems/", Call: 1, Rewrite: func(body []byte) []byte {
		// Our item is made, its answer on the way: they have looked before that.
		once.Do(func() {
			made, err := other.WorkItems.Create(t.Context(), "Bug", azdevops.Patch{Set: map[string]any{azdevops.FieldTitle: "theirs", linkField: "K"}})
			if err != nil {
				t.Error(err)
			}
			theirs = azdevops.Ensured{Item: made}
		})
		return body
	}})
	ours, err := ensure(client, t, "K")
	if err != nil || ours.Item.ID != 1 || !ours.Created || !cmp.Equal(ours.Twins, []int{theirs.Item.ID}) {
		t.Errorf("%+v %v", ours, err)
	}
	again, err := ensure(other, t, "k")
	if err != nil || again.Item.ID != 1 || again.Created || !cmp.Equal(again.Twins, []int{2}) {
		t.Errorf("%+v %v", again, err)
	}
}

// TestEnsureWhenQueriesLag: the index of queries may not know a new item yet.
func TestEnsureWhenQueriesLag(t *testing.T) {
	server, client := newWorld(t)
	server.Fail(azdevopstest.Fault{Path: "/acme/Fabrikam/_apis/wit/wiql", Call: 2, Status: 200, Body: `{"workItems":[]}`})
	if got, err := ensure(client, t, "K"); err != nil || !got.Created || got.Item.ID != 1 || len(got.Twins) != 0 {
		t.Error(got, err)
	}
	// The second look failed for good: the item is there and returned.
	server.Fail(azdevopstest.Fault{Path: "/acme/Fabrikam/_apis/wit/wiql", Call: 2, Times: 1, Status: 400, Body: refusal("", "no")})
	got, err := ensure(client, t, "L")
	if err == nil || !got.Created || got.Item.ID != 2 {
		t.Error(got, err)
	}
}

func TestEnsureGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, client := newWorld(t)
		server.Fail(azdevopstest.Fault{Method: "POST", Path: "/acme/Fabrikam/_apis/wit/workitems/", DropBefore: true})
		_, err := ensure(client, t, "K")
		if !errors.Is(err, azdevops.ErrAmbiguous) || len(server.WorkItems()) != 0 {
			t.Error(err, server.WorkItems())
		}
	})
}

func TestEnsureRefusesBadInput(t *testing.T) {
	server, client := newWorld(t)
	nowhere := newClient(t, server.Client(), func(c *azdevops.Config) { c.Project = "" })
	link := azdevops.Link{Field: linkField, Key: "K"}
	for want, call := range map[string]func() error{
		"Link.Field": func() error {
			return second(client.WorkItems.Ensure(t.Context(), "Bug", azdevops.Link{Key: "K"}, titled("x")))
		},
		"Link.Key":   func() error { return second(ensure(client, t, " ")) },
		"blanks":     func() error { return second(ensure(client, t, "K ")) },
		"255 bytes":  func() error { return second(ensure(client, t, strings.Repeat("x", 256))) },
		"line break": func() error { return second(ensure(client, t, "a\nb")) },
		"leave it out": func() error {
			return second(client.WorkItems.Ensure(t.Context(), "Bug", link, azdevops.Patch{Set: map[string]any{"custom.servicenowid": "y"}}))
		},
		"sets no":         func() error { return second(client.WorkItems.Ensure(t.Context(), "Bug", link, azdevops.Patch{})) },
		"item type":       func() error { return second(client.WorkItems.Ensure(t.Context(), "", link, titled("x"))) },
		"needs a project": func() error { return second(ensure(nowhere, t, "K")) },
	} {
		if err := call(); err == nil || !strings.HasPrefix(err.Error(), "azdevops: WorkItems.Ensure: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if server.Requests() != 0 {
		t.Error(server.Requests(), "requests")
	}
}

// TestNoLostUpdate lets two programs count in one work item, each reading and
// then writing under the revision that it read, with lost answers in between. At
// the end every count that was reported as written is there.
func TestNoLostUpdate(t *testing.T) {
	rounds := 10_000
	if raceEnabled {
		rounds = 500
	}
	synctest.Test(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(10, 24))
		server, _ := newWorld(t)
		server.LimitBodies(0)
		clients := make([]*azdevops.Client, 2)
		for i := range clients {
			clients[i] = newClient(t, server.Client(), func(c *azdevops.Config) { c.MaxRetries = 8 })
		}
		id, err := server.AddWorkItem("Fabrikam", "Task", map[string]any{azdevops.FieldTitle: "counter", "Microsoft.VSTS.Scheduling.RemainingWork": 0.0})
		if err != nil {
			t.Fatal(err)
		}
		const field = "Microsoft.VSTS.Scheduling.RemainingWork"
		bases := make([]*azdevops.WorkItem, len(clients))
		written, stale := 0, 0
		for n := range rounds {
			if n%1000 == 0 { // the server keeps all revisions: begin anew now and then
				if id, err = server.AddWorkItem("Fabrikam", "Task", map[string]any{azdevops.FieldTitle: "counter", field: float64(written)}); err != nil {
					t.Fatal(err)
				}
				bases[0], bases[1] = nil, nil
				server.ResetJournal()
			}
			who := r.IntN(2)
			if bases[who] == nil || r.IntN(4) == 0 {
				item, err := clients[who].WorkItems.GetFields(t.Context(), id, []string{field, azdevops.FieldRev})
				if err != nil {
					t.Fatal(err)
				}
				bases[who] = &item
			}
			if r.IntN(20) == 0 {
				server.Fail(pick(r, []azdevopstest.Fault{{DropAfter: true}, {DropBefore: true}, {CutAfter: 3}}).On("PATCH", "").OnCall(1))
			}
			count := bases[who].Fields.Float(field)
			next, changed, err := clients[who].WorkItems.Update(t.Context(), id, azdevops.Patch{
				Base: bases[who], Set: map[string]any{field: count + 1}, Comment: fmt.Sprint("round ", n),
			})
			switch {
			case err == nil && changed:
				written++
				bases[who] = &next
			case errors.Is(err, azdevops.ErrRevision):
				stale++
				bases[who] = nil
			default:
				t.Fatal(changed, err)
			}
		}
		now, _ := server.WorkItem(id)
		if now.Fields[field] != float64(written) || stale == 0 {
			t.Errorf("%d counts were reported and %v are there; %d were stale", written, now.Fields[field], stale)
		}
		t.Logf("%d written, %d stale", written, stale)
	})
}
