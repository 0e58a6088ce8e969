package servicenow_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

var noon = time.Date(2026, 3, 12, 12, 0, 0, 0, time.UTC)

// follow reads the changes behind a checkpoint, which goes through its JSON form.
func follow(t testing.TB, table *servicenow.Table[thingRow], q servicenow.DeltaQuery, c *servicenow.Checkpoint) string {
	t.Helper()
	var list []string
	for d, err := range table.Changes(t.Context(), q, c) {
		if err != nil {
			t.Fatal(err)
		}
		what := fmt.Sprintf("%s.%d", d.Row.Name, d.ModCount)
		if d.Kind == servicenow.DeltaDeleted {
			what = "-" + d.SysID[:8]
		} else if d.Row.ID != d.SysID {
			t.Errorf("%+v", d)
		}
		list = append(list, what)
	}
	store(t, c)
	return strings.Join(list, " ")
}

func store(t testing.TB, c *servicenow.Checkpoint) {
	t.Helper()
	data, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	*c = servicenow.Checkpoint{}
	if err := json.Unmarshal(data, c); err != nil {
		t.Fatal(err)
	}
	if again, _ := json.Marshal(c); !bytes.Equal(again, data) {
		t.Fatalf("%s\n%s", data, again)
	}
}

func following(t testing.TB, options servicenowtest.Options) (*servicenowtest.Server, *servicenowtest.ManualClock, *servicenow.Table[thingRow]) {
	t.Helper()
	clock := servicenowtest.NewManualClock(noon)
	options.Clock = clock
	options.Tables = append(options.Tables, thing)
	server, client := start(t, options)
	return server, clock, servicenow.TableOf[thingRow](client, "u_thing")
}

func TestChanges(t *testing.T) {
	server, clock, table := following(t, servicenowtest.Options{})
	ids := fill(t, server, 3, nil)
	q := servicenow.DeltaQuery{PageSize: 2, Deleted: []string{"u_thing"}}
	var c servicenow.Checkpoint
	steps := []struct {
		name   string
		change func()
		want   string
	}{
		{"the beginning", func() {}, "0.0 1.0 2.0"},
		{"nothing new", func() {}, ""},
		{"an update in the same second", func() { _ = server.Update("u_thing", ids[1], servicenowtest.Row{"u_name": "one"}) }, "one.1"},
		{"later", func() {
			clock.Advance(time.Hour)
			_ = server.Update("u_thing", ids[1], servicenowtest.Row{"u_name": "uno"})
			insertThing(t, server, "0000000f000000000000000000000000", 9, false)
		}, "uno.2 9.0"},
		{"a deletion comes first", func() {
			clock.Advance(time.Minute)
			_ = server.Update("u_thing", ids[0], servicenowtest.Row{"u_name": "zero"})
			_ = server.Delete("u_thing", ids[2])
		}, "-00000003 zero.1"},
		{"deleted and made again", func() {
			clock.Advance(time.Minute)
			_ = server.Delete("u_thing", ids[0])
			insertThing(t, server, ids[0], 7, false)
		}, "-00000001 7.0"},
		{"committed late, within the overlap", func() {
			_, _ = server.Insert("u_thing", servicenowtest.Row{"u_name": "late", "u_rank": "0", "sys_updated_on": clock.Now().Add(-59 * time.Second).Format("2006-01-02 15:04:05")})
		}, "late.0"},
		{"nothing once more", func() { clock.Advance(time.Hour) }, ""},
	}
	for _, step := range steps {
		step.change()
		if got := follow(t, table, q, &c); got != step.want {
			t.Errorf("%s: got %q, want %q", step.name, got, step.want)
		}
	}
	if want := noon.Add(time.Hour + 2*time.Minute); !c.Mark().Equal(want) {
		t.Errorf("the mark is %v, want %v", c.Mark(), want)
	}
}

// 1.5 of the notes on the platform: strict comparison loses ties, the other
// repeats them.
func TestChangesPagesThroughTies(t *testing.T) {
	server, _, table := following(t, servicenowtest.Options{ACLs: []servicenowtest.ACL{hidden}})
	fill(t, server, 50, func(i int) bool { return i%7 == 3 || i > 20 && i < 35 })
	for _, size := range []int{1, 2, 7, 50, 1000} {
		var c servicenow.Checkpoint
		got := strings.Fields(follow(t, table, servicenow.DeltaQuery{PageSize: size}, &c))
		if len(got) != 50-18-1 {
			t.Errorf("page size %d: %d rows: %v", size, len(got), got)
		}
		if again := follow(t, table, servicenow.DeltaQuery{PageSize: size}, &c); again != "" {
			t.Errorf("page size %d: again %q", size, again)
		}
	}
}

// Leaving the loop covers what was handled before the row at hand.
func TestChangesResumeAfterBreak(t *testing.T) {
	server, _, table := following(t, servicenowtest.Options{})
	fill(t, server, 9, nil)
	var c servicenow.Checkpoint
	var got []string
	for rounds := 0; len(got) < 9 && rounds < 20; rounds++ {
		n := 0
		for d, err := range table.Changes(t.Context(), servicenow.DeltaQuery{PageSize: 4}, &c) {
			if err != nil {
				t.Fatal(err)
			}
			if n++; n == 3 {
				break
			}
			got = append(got, d.Row.Name)
		}
		store(t, &c)
	}
	if strings.Join(got, "") != "012345678" {
		t.Error(got)
	}
}

func TestChangesStartBySince(t *testing.T) {
	server, clock, table := following(t, servicenowtest.Options{})
	fill(t, server, 2, nil)
	clock.Advance(time.Hour)
	insertThing(t, server, "0000000f000000000000000000000000", 9, false)
	var c servicenow.Checkpoint
	q := servicenow.DeltaQuery{Since: noon.Add(30 * time.Second), Overlap: 2 * time.Hour}
	if got := follow(t, table, q, &c); got != "9.0" {
		t.Error(got)
	}
	if got := follow(t, table, q, &c); got != "" {
		t.Errorf("the overlap went behind Since: %q", got)
	}
}

// An age is taken from the server's clock, which its Date header tells; ours may
// be hours away.
func TestChangesKnowTheServersClock(t *testing.T) {
	server, clock, table := following(t, servicenowtest.Options{}) // years from the real clock
	fill(t, server, 2, nil)
	clock.Advance(time.Hour)
	insertThing(t, server, "0000000f000000000000000000000000", 9, false)
	var c servicenow.Checkpoint
	q := servicenow.DeltaQuery{Ago: 10 * time.Minute, Deleted: []string{"u_thing"}}
	if got := follow(t, table, q, &c); got != "9.0" {
		t.Error(got)
	}
	// A stamp from the future is delivered, once, and hides nothing.
	_, _ = server.Insert("u_thing", servicenowtest.Row{"u_name": "future", "u_rank": "0", "sys_updated_on": "2099-01-01 00:00:00"})
	if got := follow(t, table, q, &c); got != "future.0" {
		t.Error(got)
	}
	if !c.Mark().Equal(clock.Now()) {
		t.Errorf("the mark is %v, the server's clock %v", c.Mark(), clock.Now())
	}
	clock.Advance(time.Hour)
	insertThing(t, server, "0000000e000000000000000000000000", 8, false)
	if got := follow(t, table, q, &c); got != "8.0" {
		t.Error(got)
	}
}

func TestChangesWireBytes(t *testing.T) {
	server, clock, table := following(t, servicenowtest.Options{})
	fill(t, server, 3, nil)
	var c servicenow.Checkpoint
	_ = follow(t, table, servicenow.DeltaQuery{Where: servicenow.Eq("u_hidden", false), PageSize: 2}, &c)
	clock.Advance(time.Minute)
	_ = follow(t, table, servicenow.DeltaQuery{Where: servicenow.Eq("u_hidden", false), PageSize: 2}, &c)
	const common = "sysparm_exclude_reference_link=true&sysparm_fields=sys_id%2Cu_name%2Cu_rank%2Csys_updated_on%2Csys_mod_count&sysparm_limit=2&sysparm_query=u_hidden%3Dfalse%5E"
	const order = "%5EORDERBYsys_updated_on%5EORDERBYsys_id"
	const behind = "sys_updated_on%3E2026-03-12+12%3A00%3A00%5ENQu_hidden%3Dfalse%5Esys_updated_on%3D2026-03-12+12%3A00%3A00%5Esys_id%3E00000002000000000000000000000001"
	var got []string
	for _, call := range server.Journal() {
		got = append(got, call.Query)
	}
	if diff := cmp.Diff([]string{
		common + "sys_updated_onISNOTEMPTY" + order, common + behind + order,
		common + "sys_updated_on%3E%3D2026-03-12+11%3A59%3A00" + order, common + behind + order,
	}, got); diff != "" {
		t.Error(diff)
	}
}

func TestChangesAfterCutPages(t *testing.T) {
	server, _, table := following(t, servicenowtest.Options{RowTime: 10 * time.Second}) // six rows a page
	fill(t, server, 20, nil)
	var c servicenow.Checkpoint
	if got := strings.Fields(follow(t, table, servicenow.DeltaQuery{PageSize: 10}, &c)); len(got) != 20 {
		t.Errorf("%d rows: %v", len(got), got)
	}
}

func TestChangesMistakes(t *testing.T) {
	server, _, table := following(t, servicenowtest.Options{})
	other := new(servicenow.Checkpoint)
	_ = follow(t, table, servicenow.DeltaQuery{Where: servicenow.Eq("u_rank", 1)}, other)
	server.ResetJournal()
	tests := []struct {
		want string
		q    servicenow.DeltaQuery
		c    *servicenow.Checkpoint
	}{
		{"field Overlap", servicenow.DeltaQuery{Overlap: time.Millisecond}, nil},
		{"field Ago", servicenow.DeltaQuery{Ago: -1}, nil},
		{"Since and Ago", servicenow.DeltaQuery{Ago: 1, Since: noon}, nil},
		{"field Display", servicenow.DeltaQuery{Display: servicenow.DisplayText}, nil},
		{"field PageSize", servicenow.DeltaQuery{PageSize: -1}, nil},
		{"field Deleted", servicenow.DeltaQuery{Deleted: []string{"a b"}}, nil},
		{`condition on "U"`, servicenow.DeltaQuery{Where: servicenow.Eq("U", 1)}, nil},
		{"the checkpoint belongs to another", servicenow.DeltaQuery{}, other},
	}
	for _, tt := range tests {
		n := 0
		for _, err := range table.Changes(t.Context(), tt.q, tt.c) {
			if n++; err == nil || !strings.Contains(err.Error(), tt.want) || !strings.HasPrefix(err.Error(), "servicenow: u_thing.Changes: ") {
				t.Errorf("%v, want %q", err, tt.want)
			}
		}
		if n != 1 {
			t.Errorf("%s: %d steps", tt.want, n)
		}
	}
	if n := server.Requests(); n != 0 {
		t.Errorf("%d requests", n)
	}
	for _, text := range []string{``, `{}`, `{"version":2}`, `{"version":1,"rows":{"mark":"x"}}`, `[]`} {
		if err := new(servicenow.Checkpoint).UnmarshalJSON([]byte(text)); err == nil || !strings.HasPrefix(err.Error(), "servicenow: checkpoint: ") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// A row whose stamp may not be read cannot be followed.
func TestChangesNeedTheStamp(t *testing.T) {
	server, _, table := following(t, servicenowtest.Options{})
	fill(t, server, 1, nil)
	server.Fail(servicenowtest.Fault{Rewrite: func(b []byte) []byte {
		return []byte(strings.Replace(string(b), `"sys_updated_on":"2026-03-12 12:00:00"`, `"sys_updated_on":""`, 1))
	}})
	for _, err := range table.Changes(t.Context(), servicenow.DeltaQuery{}, nil) {
		if err == nil || !strings.Contains(err.Error(), "sys_updated_on") {
			t.Error(err)
		}
	}
}

// Random writers, page sizes, hidden rows, late commits, cuts of the loop: a
// replica that is fed from Changes is the table in the end, and no form of a row
// comes twice unless the loop was left at it.
func TestChangesProperty(t *testing.T) {
	for seed := range uint64(rounds(25)) {
		random := rand.New(rand.NewPCG(seed, 7))
		clock := servicenowtest.NewManualClock(noon)
		server, err := servicenowtest.New(servicenowtest.Options{Clock: clock, Tables: []servicenowtest.Table{thing}, Seed: seed,
			ACLs: []servicenowtest.ACL{hidden}, Release: servicenowtest.Release(seed % 3)})
		if err != nil {
			t.Fatal(err)
		}
		live := map[string]bool{}
		write := func() {
			for range random.IntN(4) {
				switch id := any1(random, live); {
				case id != "" && random.IntN(3) == 0:
					_ = server.Update("u_thing", id, servicenowtest.Row{"u_name": fmt.Sprint(random.IntN(1000)), "u_rank": "1"})
				case id != "" && random.IntN(4) == 0:
					_ = server.Delete("u_thing", id)
					delete(live, id)
				default:
					late := clock.Now().Add(-time.Duration(random.IntN(50)) * time.Second)
					id, _ := server.Insert("u_thing", servicenowtest.Row{"u_name": "new", "u_rank": "0", "u_hidden": fmt.Sprint(random.IntN(5) == 0),
						"sys_updated_on": late.Format("2006-01-02 15:04:05")})
					live[id] = true
				}
			}
			if random.IntN(3) == 0 {
				clock.Advance(time.Duration(random.IntN(3)) * time.Second)
			}
		}
		client := clientBefore(t, server, func(string) { write() })
		table := servicenow.TableOf[thingRow](client, "u_thing")
		replica, times := map[string]string{}, map[string]int{}
		var c servicenow.Checkpoint
		q := servicenow.DeltaQuery{Deleted: []string{"u_thing"}}
		run := func(leave int) {
			n := 0
			for d, err := range table.Changes(t.Context(), q, &c) {
				if err != nil {
					t.Fatal(err)
				}
				if n++; n == leave {
					return
				}
				if d.Kind == servicenow.DeltaDeleted {
					delete(replica, d.SysID)
					continue
				}
				replica[d.SysID] = d.Row.Name
				key := fmt.Sprint(d.SysID, d.ModCount)
				if times[key]++; times[key] > 1 {
					t.Errorf("seed %d: %s came %d times", seed, key, times[key])
				}
			}
		}
		for range 30 {
			q.PageSize = 1 + random.IntN(12)
			write()
			if leave := random.IntN(20); len(live) < 60 {
				run(leave + 1)
			}
			store(t, &c)
		}
		client = clientBefore(t, server, func(string) {})
		table = servicenow.TableOf[thingRow](client, "u_thing")
		q.PageSize = 0
		run(0)
		want := map[string]string{}
		for _, row := range server.Rows("u_thing") {
			if row["u_hidden"] != "true" {
				want[row["sys_id"]] = row["u_name"]
			}
		}
		if diff := cmp.Diff(want, replica); diff != "" {
			t.Fatalf("seed %d: %s", seed, diff)
		}
	}
}

func any1(random *rand.Rand, ids map[string]bool) string {
	best, at := "", random.Uint32()
	for id := range ids { // the smallest behind a random place, so that the map's order does not matter
		if key := fmt.Sprintf("%08x", at); id >= key && (best == "" || id < best) {
			best = id
		}
	}
	return best
}

func TestChangesEndWithAnError(t *testing.T) {
	server, _, table := following(t, servicenowtest.Options{})
	fill(t, server, 5, nil)
	server.Fail(servicenowtest.Unauthenticated().OnCall(2))
	var c servicenow.Checkpoint
	n := 0
	var last error
	for _, err := range table.Changes(t.Context(), servicenow.DeltaQuery{PageSize: 2}, &c) {
		n++
		last = err
	}
	if n != 3 || !errors.Is(last, servicenow.ErrUnauthorized) {
		t.Errorf("%d steps, %v", n, last)
	}
	server.ClearFaults()
	if got := follow(t, table, servicenow.DeltaQuery{PageSize: 2}, &c); got != "2.0 3.0 4.0" {
		t.Error(got)
	}
}
