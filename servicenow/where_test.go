package servicenow_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

var things = servicenowtest.Options{Tables: []servicenowtest.Table{thing}}

func writes(server *servicenowtest.Server) int {
	return server.Requests("POST", "PATCH", "PUT", "DELETE")
}

// The platform drops terms that it does not understand, and then every row
// matches. None of these may reach the rows.
func TestWhereRefusesWhatDoesNotBind(t *testing.T) {
	known := servicenow.Eq("u_rank", 1)
	conditions := map[string]servicenow.Condition{
		"an unknown column":             servicenow.Eq("u_rnak", 1),
		"one of two":                    servicenow.And(known, servicenow.Eq("u_rnak", 1)),
		"an alternative":                servicenow.Or(known, servicenow.Eq("u_rnak", 1)),
		"another query":                 servicenow.AnyOf(known, servicenow.Eq("u_rnak", 1)),
		"a list":                        servicenow.In("u_rnak", 1, 2),
		"a text":                        servicenow.StartsWith("u_nam", "1"),
		"an unknown emptiness":          servicenow.IsEmpty("u_rnak"),
		"behind a column":               servicenow.Eq("u_rank.u_name", "x"),
		"the other column":              servicenow.GreaterThanField("u_name", "u_nam"),
		"raw, an unknown column":        servicenow.Raw("u_rnak=1"),
		"raw, no operator":              servicenow.Raw("u_rank"),
		"raw, a known one and nonsense": servicenow.And(known, servicenow.Raw("U_RANK=1")),
	}
	for name, where := range conditions {
		t.Run(name, func(t *testing.T) {
			server, client := start(t, things)
			fill(t, server, 12, nil)
			table := servicenow.TableOf[thingRow](client, "u_thing")
			guard := servicenow.Guard{MaxRows: 1000}
			_, err := table.DeleteWhere(t.Context(), where, guard)
			var refused *servicenow.GuardError
			if !errors.As(err, &refused) || !errors.Is(err, servicenow.ErrGuard) || refused.Term == "" || refused.Unfiltered != 12 {
				t.Fatalf("%+v %v", refused, err)
			}
			if refused.Reason != servicenow.GuardUnproven {
				t.Errorf("%+v", refused)
			}
			if _, err := table.UpdateWhere(t.Context(), where, map[string]any{"u_name": "x"}, guard); !errors.Is(err, servicenow.ErrGuard) {
				t.Error(err)
			}
			if writes(server) != 0 || server.Count("u_thing") != 12 {
				t.Error("something was written")
			}
		})
	}
}

// Whatever is put together around a column that does not exist, nothing is
// written; whatever is put together of those that do, only what matches is.
func TestWhereProperty(t *testing.T) {
	random := rand.New(rand.NewPCG(4, 2))
	for round := range rounds(60) {
		server, client := start(t, things)
		n := 1 + random.IntN(40)
		fill(t, server, n, nil)
		table := servicenow.TableOf[thingRow](client, "u_thing")
		unknown := round%2 == 0
		pick := func(bad bool) servicenow.Condition {
			column := []string{"u_name", "u_rank", "u_hidden"}[random.IntN(3)]
			if bad {
				column = fmt.Sprintf("u_%c%c", 'a'+random.IntN(26), 'a'+random.IntN(26))
			}
			switch random.IntN(5) {
			case 0:
				return servicenow.NotEq(column, random.IntN(4))
			case 1:
				return servicenow.In(column, random.IntN(4), 7)
			case 2:
				return servicenow.Greater(column, random.IntN(4))
			case 3:
				return servicenow.IsNotEmpty(column)
			}
			return servicenow.Eq(column, random.IntN(4))
		}
		where := pick(unknown)
		for range random.IntN(3) {
			switch random.IntN(3) {
			case 0:
				where = servicenow.And(pick(false), where)
			case 1:
				where = servicenow.Or(where, pick(false))
			default:
				where = servicenow.AnyOf(pick(false), where)
			}
		}
		wanted := map[string]bool{}
		for row, err := range table.All(t.Context(), servicenow.Query{Where: where}) {
			if err != nil {
				t.Fatal(err)
			}
			wanted[row.ID] = true
		}
		sum, err := table.DeleteWhere(t.Context(), where, servicenow.Guard{MaxRows: 1000, Chunk: 1 + random.IntN(7)})
		switch {
		case unknown:
			if !errors.Is(err, servicenow.ErrGuard) || server.Count("u_thing") != n {
				t.Fatalf("%v: %v, %d of %d rows left", where, err, server.Count("u_thing"), n)
			}
		case err != nil || sum.Deleted != len(wanted) || server.Count("u_thing") != n-len(wanted):
			t.Fatalf("%v: %+v %v", where, sum, err)
		}
	}
}

// On an instance that answers unknown columns with nothing there is nothing to
// prove, and nothing is found.
func TestWhereOnAnInstanceThatNarrows(t *testing.T) {
	options := things
	options.InvalidQueryReturnsNoRows = true
	server, client := start(t, options)
	fill(t, server, 9, nil)
	table := servicenow.TableOf[thingRow](client, "u_thing")
	sum, err := table.DeleteWhere(t.Context(), servicenow.Eq("u_rnak", 1), servicenow.Guard{MaxRows: 1000})
	if err != nil || sum.Matched != 0 || sum.Probes != 1 || server.Count("u_thing") != 9 {
		t.Errorf("%+v %v", sum, err)
	}
	sum, err = table.DeleteWhere(t.Context(), servicenow.Eq("u_rank", 1), servicenow.Guard{MaxRows: 1000})
	if err != nil || sum.Deleted != 3 || sum.Probes != 1 {
		t.Errorf("%+v %v", sum, err)
	}
}

func TestWhereBounds(t *testing.T) {
	tests := []struct {
		name   string
		guard  servicenow.Guard
		reason servicenow.GuardReason
	}{
		{"too many", servicenow.Guard{MaxRows: 3}, servicenow.GuardCount},
		{"too few", servicenow.Guard{MinRows: 5, MaxRows: 9}, servicenow.GuardCount},
		{"exact", servicenow.Guard{MinRows: 4, MaxRows: 4}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server, client := start(t, things)
			fill(t, server, 12, nil)
			sum, err := servicenow.TableOf[thingRow](client, "u_thing").DeleteWhere(t.Context(), servicenow.Eq("u_rank", 1), tt.guard)
			var refused *servicenow.GuardError
			if tt.reason == "" {
				if err != nil || sum.Deleted != 4 || sum.Matched != 4 || sum.Visible != 4 || sum.Unfiltered != 12 || server.Count("u_thing") != 8 {
					t.Errorf("%+v %v", sum, err)
				}
				return
			}
			if !errors.As(err, &refused) || refused.Reason != tt.reason || refused.Matched != 4 || writes(server) != 0 {
				t.Errorf("%+v %v", refused, err)
			}
		})
	}
}

// The rows that the user may not read count, but cannot be written.
func TestWhereHiddenRows(t *testing.T) {
	options := things
	options.ACLs = []servicenowtest.ACL{hidden}
	server, client := start(t, options)
	fill(t, server, 12, func(i int) bool { return i == 4 })
	table := servicenow.TableOf[thingRow](client, "u_thing")
	sum, err := table.UpdateWhere(t.Context(), servicenow.Eq("u_rank", 1), map[string]any{"u_name": "x"}, servicenow.Guard{MaxRows: 50})
	var refused *servicenow.GuardError
	if !errors.As(err, &refused) || refused.Reason != servicenow.GuardHidden || sum.Matched != 4 || sum.Visible != 3 || writes(server) != 0 {
		t.Fatalf("%+v %v", sum, err)
	}
	sum, err = table.UpdateWhere(t.Context(), servicenow.Eq("u_rank", 1), map[string]any{"u_name": "x"}, servicenow.Guard{MaxRows: 50, AllowHidden: true})
	if err != nil || sum.Changed != 3 || sum.Matched != 4 || sum.Visible != 3 {
		t.Errorf("%+v %v", sum, err)
	}
	if row, _ := server.Row("u_thing", fmt.Sprintf("%08x%024x", 5, 4)); row["u_name"] != "4" {
		t.Errorf("a hidden row was written: %v", row)
	}
}

func TestUpdateWhereOutcomes(t *testing.T) {
	options := things
	options.ACLs = []servicenowtest.ACL{{Table: "u_thing", Allow: func(op servicenowtest.Operation, get func(string) string) bool {
		return op != servicenowtest.OpUpdate || get("u_name") != "7"
	}}}
	server, client := start(t, options)
	ids := fill(t, server, 12, nil)
	if err := server.Update("u_thing", ids[1], servicenowtest.Row{"u_name": "new"}); err != nil {
		t.Fatal(err)
	}
	var rows []string
	guard := servicenow.Guard{MaxRows: 50, Chunk: 2, OnRow: func(row servicenow.WhereRow) {
		rows = append(rows, fmt.Sprintf("%s %d %s", row.Outcome, row.ModCount, row.SysID[:8]))
		if (row.Err != nil) != (row.Outcome == servicenow.RowFailed) {
			t.Errorf("%+v", row)
		}
	}}
	table := servicenow.TableOf[thingRow](client, "u_thing")
	patch := map[string]any{"u_name": "new", "u_rank": 1}

	guard.DryRun = true
	sum, err := table.UpdateWhere(t.Context(), servicenow.Eq("u_rank", 1), patch, guard)
	if err != nil || sum.Planned != 3 || sum.Unchanged != 1 || writes(server) != 0 {
		t.Fatalf("%+v %v", sum, err)
	}
	if got := strings.Join(rows, ", "); got != "unchanged 1 00000002, planned 0 00000005, planned 0 00000008, planned 0 0000000b" {
		t.Error(got)
	}

	rows, guard.DryRun = nil, false
	sum, err = table.UpdateWhere(t.Context(), servicenow.Eq("u_rank", 1), patch, guard)
	if err != nil || sum.Changed != 2 || sum.Unchanged != 1 || sum.Failed != 1 {
		t.Fatalf("%+v %v", sum, err)
	}
	if got := strings.Join(rows, ", "); got != "unchanged 1 00000002, changed 1 00000005, failed 0 00000008, changed 1 0000000b" {
		t.Error(got)
	}
	if n := server.Requests("POST"); n != 2 {
		t.Errorf("%d batches for 3 writes in chunks of 2", n)
	}
	if body := string(server.Journal()[len(server.Journal())-1].Body); strings.Contains(body, "u_rank%22") {
		t.Error("a column without a difference was sent")
	}
}

// What others do while a chunk is between reading and writing.
func TestWhereUnderChange(t *testing.T) {
	server, err := servicenowtest.New(things)
	if err != nil {
		t.Fatal(err)
	}
	ids := fill(t, server, 30, nil)
	batches := 0
	client := clientBefore(t, server, func(method string) {
		if method != "POST" {
			return
		}
		if batches++; batches == 1 { // rows of this chunk vanish and change, later ones come
			_ = server.Delete("u_thing", ids[1])
			_ = server.Update("u_thing", ids[4], servicenowtest.Row{"u_rank": "2"})
			insertThing(t, server, "ffffffff000000000000000000000001", 1, false)
		}
	})
	var gone, interleaved int
	guard := servicenow.Guard{MaxRows: 10, Chunk: 4, OnRow: func(row servicenow.WhereRow) {
		if row.Outcome == servicenow.RowGone {
			gone++
		}
		if row.Interleaved {
			interleaved++
		}
	}}
	sum, err := servicenow.TableOf[thingRow](client, "u_thing").UpdateWhere(t.Context(), servicenow.Eq("u_rank", 1), map[string]any{"u_name": "new"}, guard)
	var refused *servicenow.GuardError
	if !errors.As(err, &refused) || refused.Reason != servicenow.GuardGrown {
		t.Fatal(err)
	}
	if sum.Gone != 1 || sum.Changed != 9 || gone != 1 || interleaved != 1 || sum.Matched != 10 {
		t.Errorf("%+v, %d interleaved", sum, interleaved)
	}
}

func TestDeleteWhereAfterLostAnswers(t *testing.T) {
	server, client := start(t, things)
	fill(t, server, 12, nil)
	server.Fail(servicenowtest.Fault{DropAfter: true}.On("POST", "/api/now/v1/batch").OnCall(1))
	sum, err := servicenow.TableOf[thingRow](client, "u_thing").DeleteWhere(t.Context(), servicenow.Eq("u_rank", 1), servicenow.Guard{MaxRows: 10})
	if err != nil || sum.Deleted != 4 || server.Count("u_thing") != 8 {
		t.Errorf("%+v %v, %d left", sum, err, server.Count("u_thing"))
	}
}

func TestWhereMistakes(t *testing.T) {
	server, client := start(t, things)
	fill(t, server, 3, nil)
	table := servicenow.TableOf[thingRow](client, "u_thing")
	where, patch := servicenow.Eq("u_rank", 1), map[string]any{"u_name": "x"}
	for want, call := range map[string]func() error{
		"the condition is empty": func() error {
			_, err := table.DeleteWhere(t.Context(), servicenow.Condition{}, servicenow.Guard{MaxRows: 1})
			return err
		},
		"field MaxRows of Guard": func() error { _, err := table.DeleteWhere(t.Context(), where, servicenow.Guard{}); return err },
		"field MinRows of Guard": func() error {
			_, err := table.DeleteWhere(t.Context(), where, servicenow.Guard{MaxRows: 1, MinRows: 2})
			return err
		},
		"field Chunk of Guard": func() error {
			_, err := table.DeleteWhere(t.Context(), where, servicenow.Guard{MaxRows: 1, Chunk: 1001})
			return err
		},
		"holds no column": func() error {
			_, err := table.UpdateWhere(t.Context(), where, map[string]any{}, servicenow.Guard{MaxRows: 1})
			return err
		},
		`condition on "Rank"`: func() error {
			_, err := table.UpdateWhere(t.Context(), servicenow.Eq("Rank", 1), patch, servicenow.Guard{MaxRows: 1})
			return err
		},
	} {
		if err := call(); err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "servicenow: ") {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if n := server.Requests(); n != 0 {
		t.Errorf("%d requests", n)
	}
}
