package azdevops_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/itsmkit/itsmkit/azdevops"
	"github.com/itsmkit/itsmkit/azdevops/azdevopstest"
)

func TestConditions(t *testing.T) {
	at := time.Date(2026, 3, 1, 23, 30, 0, 0, time.FixedZone("", -3600))
	for want, w := range map[string]azdevops.Where{
		"":                                     azdevops.And(),
		"[System.Title] = 'it''s'":             azdevops.Is(azdevops.FieldTitle, "it's"),
		"[System.Id] <> -7":                    azdevops.IsNot(azdevops.FieldID, -7),
		"[A.B] < 1.5":                          azdevops.Less("A.B", 1.5),
		"[A.B] <= 3":                           azdevops.AtMost("A.B", int64(3)),
		"[A.B] > true":                         azdevops.More("A.B", true),
		"[System.ChangedDate] >= '2026-03-02'": azdevops.AtLeast(azdevops.FieldChangedDate, at),
		"[System.Tags] CONTAINS 'a b'":         azdevops.Contains(azdevops.FieldTags, "a b"),
		"[A.B] NOT CONTAINS 'x'":               azdevops.NotContains("A.B", "x"),
		"[A.B] CONTAINS WORDS 'x y'":           azdevops.ContainsWords("A.B", "x y"),
		`[System.AreaPath] UNDER 'F\G'`:        azdevops.Under(azdevops.FieldAreaPath, `F\G`),
		"[A.B] EVER @Me":                       azdevops.Ever("A.B", azdevops.Me),
		"[A.B] > @Today - 7":                   azdevops.More("A.B", azdevops.FromToday(-7)),
		"[A.B] < @Today + 1":                   azdevops.Less("A.B", azdevops.FromToday(1)),
		"[A.B] = @Today":                       azdevops.Is("A.B", azdevops.FromToday(0)),
		"[A.B] IN ('x', 'y')":                  azdevops.In("A.B", "x", "y"),
		"[A.B] NOT IN (1)":                     azdevops.NotIn("A.B", 1),
		"[System.WorkItemType] IN GROUP 'Microsoft.BugCategory'": azdevops.InGroup(azdevops.FieldType, azdevops.BugCategory),
		"[A.B] NOT IN GROUP '[F]\\G'":                            azdevops.NotInGroup("A.B", `[F]\G`),
		"[A.B] IS EMPTY":                                         azdevops.Empty("A.B"),
		"[A.B] IS NOT EMPTY":                                     azdevops.NotEmpty("A.B"),
		"([A.B] = 1 AND ([A.C] = 2 OR [A.D] = 3))": azdevops.And(
			azdevops.Is("A.B", 1), azdevops.Where{}, azdevops.Or(azdevops.Is("A.C", 2), azdevops.Is("A.D", 3))),
	} {
		if got := w.String(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestConditionsThatAreRefused(t *testing.T) {
	server, client := newWorld(t)
	for want, w := range map[string]azdevops.Where{
		"no reference name":    azdevops.Is("Title] = 'x' OR [System.Id", 1),
		"list is empty":        azdevops.In("A.B"),
		"conditions of Or":     azdevops.Or(),
		"of Or is empty":       azdevops.Or(azdevops.Is("A.B", 1), azdevops.Where{}),
		"control character":    azdevops.And(azdevops.Is("A.B", 1), azdevops.Is("A.C", "x\ny")),
		"none of the macros":   azdevops.Is("A.B", azdevops.Macro("@Me OR 1=1")),
		"-1000000":             azdevops.Is("A.B", azdevops.Macro("@Today - -1000000")),
		"a []string cannot be": azdevops.Is("A.B", []string{"x"}),
		"no number":            azdevops.Is("A.B", math.NaN()),
		"no date":              azdevops.Is("A.B", time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)),
	} {
		for _, err := range client.WorkItems.IDs(t.Context(), azdevops.Query{Where: w}) {
			if err == nil || !strings.HasPrefix(err.Error(), "azdevops: WorkItems.IDs: Query.Where: ") || !strings.Contains(err.Error(), want) {
				t.Errorf("%v, want %q", err, want)
			}
		}
	}
	many := make([]any, 5000)
	for i := range many {
		many[i] = 100000 + i
	}
	for want, q := range map[string]azdevops.Query{
		"Query.PageSize":         {PageSize: 20_000},
		"use 1 to":               {PageSize: -1},
		"Query.After":            {After: -1},
		"more than 32000":        {Where: azdevops.In(azdevops.FieldID, many...)},
		"more than 32000 charac": {Where: azdevops.Is(azdevops.FieldTitle, strings.Repeat("x", 33_000))},
	} {
		for _, err := range client.WorkItems.IDs(t.Context(), q) {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v, want %q", err, want)
			}
		}
	}
	if server.Requests() != 0 {
		t.Error(server.Requests(), "requests")
	}
}

func idsOf(t testing.TB, client *azdevops.Client, q azdevops.Query) []int {
	t.Helper()
	var ids []int
	for id, err := range client.WorkItems.IDs(t.Context(), q) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	return ids
}

// TestNothingEndsItsTerm asks for texts that are made to break out of a query.
// Each finds the item that has it and nothing else.
func TestNothingEndsItsTerm(t *testing.T) {
	t.Run("003-23", func(t *testing.T) {
		server, client := newWorld(t)
		other := bug(t, server, "innocent")
		corpus := []string{
			`'`, `''`, `"`, `""`, `' OR '1'='1`, `x' OR [System.Id] > 0 OR [System.Title] = 'x`, `" OR "" = "`, `x'); DELETE`, `') OR (1=1`,
			`\' OR [System.Id] > 0 --`, `' ORDER BY [System.Id]`, `' ASOF '2000-01-01`, `@Me`, `'@Me'`, `[System.Id]`, `%`, `*`, `_`, `/*`, `*/`,
			`‘ OR ’`, `＇ OR 1=1`, `x' IN GROUP 'y`, `;`, `a'' b`, `' AND NOT '`, "tab", `{0}`, `'+'`, `CONTAINS 'x'`, `Ever 'x'`,
		}
		for _, text := range corpus {
			id := bug(t, server, text)
			if err := server.UpdateWorkItem(id, map[string]any{"Custom.ServiceNowId": text}); err != nil {
				t.Fatal(text, err)
			}
		}
		for _, text := range corpus {
			for _, w := range []azdevops.Where{
				azdevops.Is("Custom.ServiceNowId", text), azdevops.In("Custom.ServiceNowId", text, "another"),
				azdevops.And(azdevops.Is(azdevops.FieldTitle, text), azdevops.Is("Custom.ServiceNowId", text)),
			} {
				ids := idsOf(t, client, azdevops.Query{Where: w})
				if len(ids) != 1 {
					t.Errorf("%s finds %v", w, ids)
				}
			}
			if ids := idsOf(t, client, azdevops.Query{Where: azdevops.And(azdevops.Is("Custom.ServiceNowId", text+"'"), azdevops.Is(azdevops.FieldID, other))}); len(ids) != 0 {
				t.Errorf("%s finds %v", text, ids)
			}
		}
	})
}

// estate is a small set of items for conditions made at random.
type estate struct {
	client *azdevops.Client
	items  map[int]map[string]any
}

func newEstate(t testing.TB, r *rand.Rand) estate {
	t.Helper()
	server, client := newWorld(t)
	e := estate{client: client, items: map[int]map[string]any{}}
	for range 40 {
		fields := map[string]any{azdevops.FieldTitle: pick(r, texts), azdevops.FieldPriority: 1 + r.IntN(4), azdevops.FieldState: pick(r, []string{"New", "Active", "Closed"})}
		if r.IntN(2) == 0 {
			fields["Custom.ServiceNowId"] = pick(r, texts)
		}
		if r.IntN(2) == 0 {
			fields["Microsoft.VSTS.Scheduling.RemainingWork"] = float64(r.IntN(6)) / 2
		}
		id, err := server.AddWorkItem("Fabrikam", "Bug", fields)
		if err != nil {
			t.Fatal(err)
		}
		fields[azdevops.FieldID] = id
		e.items[id] = fields
	}
	return e
}

var texts = []string{"a", "it's", `"b"`, "A b", "c'' d", "x OR y", "Größe", "100%"}

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

// clause is a condition with what it should mean.
type clause struct {
	where azdevops.Where
	holds func(fields map[string]any) bool
}

func randomClause(r *rand.Rand, depth int) clause {
	if depth > 0 && r.IntN(3) > 0 {
		parts := []clause{randomClause(r, depth-1), randomClause(r, depth-1)}
		wheres := []azdevops.Where{parts[0].where, parts[1].where}
		if r.IntN(2) == 0 {
			return clause{azdevops.And(wheres...), func(f map[string]any) bool { return parts[0].holds(f) && parts[1].holds(f) }}
		}
		return clause{azdevops.Or(wheres...), func(f map[string]any) bool { return parts[0].holds(f) || parts[1].holds(f) }}
	}
	if r.IntN(2) == 0 {
		return randomNumber(r)
	}
	field := pick(r, []string{azdevops.FieldTitle, "Custom.ServiceNowId"})
	want := pick(r, texts)
	have := func(f map[string]any) (string, bool) { text, ok := f[field].(string); return text, ok }
	same := func(f map[string]any) bool { text, ok := have(f); return ok && strings.EqualFold(text, want) }
	part := func(f map[string]any) bool {
		text, ok := have(f)
		return ok && strings.Contains(strings.ToLower(text), strings.ToLower(want))
	}
	return pick(r, []clause{
		{azdevops.Is(field, want), same},
		{azdevops.IsNot(field, want), func(f map[string]any) bool { return !same(f) }},
		{azdevops.In(field, want, "none"), same},
		{azdevops.NotIn(field, want, "none"), func(f map[string]any) bool { return !same(f) }},
		{azdevops.Contains(field, want), part},
		{azdevops.NotContains(field, want), func(f map[string]any) bool { return !part(f) }},
		{azdevops.Empty(field), func(f map[string]any) bool { _, ok := have(f); return !ok }},
		{azdevops.NotEmpty(field), func(f map[string]any) bool { _, ok := have(f); return ok }},
		{azdevops.Ever(field, want), same},
	})
}

func randomNumber(r *rand.Rand) clause {
	field, want := azdevops.FieldPriority, float64(1+r.IntN(4))
	var value any = int(want)
	if r.IntN(2) == 0 {
		field, want = "Microsoft.VSTS.Scheduling.RemainingWork", float64(r.IntN(6))/2
		value = want
	}
	order := func(f map[string]any) (int, bool) {
		switch n := f[field].(type) {
		case int:
			return int(2*float64(n) - 2*want), true
		case float64:
			return int(2*n - 2*want), true
		}
		return 0, false
	}
	is := func(test func(int) bool) func(map[string]any) bool {
		return func(f map[string]any) bool { n, ok := order(f); return ok && test(n) }
	}
	return pick(r, []clause{
		{azdevops.Is(field, value), is(func(n int) bool { return n == 0 })},
		{azdevops.Less(field, value), is(func(n int) bool { return n < 0 })},
		{azdevops.AtMost(field, value), is(func(n int) bool { return n <= 0 })},
		{azdevops.More(field, value), is(func(n int) bool { return n > 0 })},
		{azdevops.AtLeast(field, value), is(func(n int) bool { return n >= 0 })},
	})
}

// TestConditionsMeanWhatTheySay makes conditions at random, and compares what
// the server's reading of their text finds with what they should find.
func TestConditionsMeanWhatTheySay(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 1))
	e := newEstate(t, r)
	rounds := 1000
	if raceEnabled {
		rounds = 200
	}
	for range rounds {
		c := randomClause(r, 3)
		var want []int
		for id, fields := range e.items {
			if c.holds(fields) {
				want = append(want, id)
			}
		}
		slices.Sort(want)
		if got := idsOf(t, e.client, azdevops.Query{Where: c.where}); !slices.Equal(got, want) {
			t.Fatalf("%s finds %v, want %v", c.where, got, want)
		}
	}
}

func TestTimesOfQueries(t *testing.T) {
	clock := azdevopstest.NewManualClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	server, client := newWorld(t)
	server.SetClock(clock)
	first := bug(t, server, "one")
	clock.Advance(6 * time.Hour)
	second := bug(t, server, "two")
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	after := azdevops.More(azdevops.FieldCreatedDate, noon)
	if ids := idsOf(t, client, azdevops.Query{Where: after}); ids != nil {
		t.Error(ids)
	}
	if ids := idsOf(t, client, azdevops.Query{Where: azdevops.Is(azdevops.FieldCreatedDate, azdevops.Today)}); !slices.Equal(ids, []int{first, second}) {
		t.Error(ids)
	}
	if ids := idsOf(t, client, azdevops.Query{Where: azdevops.And(after, azdevops.Is(azdevops.FieldTitle, "two")), Precise: true}); !slices.Equal(ids, []int{second}) {
		t.Error(ids)
	}
	if ids := idsOf(t, client, azdevops.Query{Where: azdevops.Less(azdevops.FieldCreatedDate, azdevops.FromToday(1))}); !slices.Equal(ids, []int{first, second}) {
		t.Error(ids)
	}
	if ids := idsOf(t, client, azdevops.Query{AsOf: noon.Add(time.Hour)}); !slices.Equal(ids, []int{first}) {
		t.Error(ids)
	}
	calls := server.Journal()
	want := `{"query":"SELECT [System.Id] FROM WorkItems WHERE ([System.Id] \u003e 0 AND [System.TeamProject] = @project AND ([System.CreatedDate] \u003e '2026-03-01T12:00:00.000Z' AND [System.Title] = 'two')) ORDER BY [System.Id] ASC"}`
	if diff := cmp.Diff(want, string(calls[2].Body)); diff != "" || calls[2].Query != "%24top=10000&api-version=7.1&timePrecision=true" {
		t.Error(diff, calls[2].Query)
	}
}

// TestQueriesOfAnyLength reads more items than the service gives for a query.
func TestQueriesOfAnyLength(t *testing.T) {
	t.Run("003-32", func(t *testing.T) {
		server, err := azdevopstest.New(azdevopstest.Options{QueryLimit: 20})
		if err != nil {
			t.Fatal(err)
		}
		client := newClient(t, server.Client(), nil)
		var want []int
		for i := range 101 {
			want = append(want, bug(t, server, fmt.Sprint(i)))
		}
		for _, q := range []azdevops.Query{{PageSize: 20}, {PageSize: 7, Prefetch: true}, {PageSize: 20, After: want[49]}} {
			server.ResetJournal()
			expect := want[max(q.After, 0):]
			if got := idsOf(t, client, q); !slices.Equal(got, expect) || server.Requests() != len(expect)/q.PageSize+1 {
				t.Error(got, server.Requests())
			}
		}
		// Items come 200 a request, whatever the size of the pages.
		server.ResetJournal()
		n := 0
		for item, err := range client.WorkItems.Query(t.Context(), azdevops.Query{PageSize: 20}, []string{azdevops.FieldTitle}) {
			if err != nil || item.ID != want[n] || item.Fields.Text(azdevops.FieldTitle) != fmt.Sprint(n) {
				t.Fatal(item, err)
			}
			n++
		}
		if n != 101 || server.Requests() != 7 {
			t.Error(n, server.Requests())
		}
		// The default asks for more than this server gives.
		for _, err := range client.WorkItems.IDs(t.Context(), azdevops.Query{PageSize: 21}) {
			if !errors.Is(err, azdevops.ErrTooMany) || !errors.Is(err, azdevops.ErrInvalid) {
				t.Error(err)
			}
		}
	})
}

func TestQueriesThatEndEarly(t *testing.T) {
	server, client := newWorld(t)
	for i := range 450 {
		bug(t, server, fmt.Sprint(i))
	}
	n := 0
	for _, err := range client.WorkItems.Query(t.Context(), azdevops.Query{PageSize: 100}, []string{azdevops.FieldTitle}) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n == 3 {
			break
		}
	}
	if server.Requests() != 3 {
		t.Error(server.Requests(), "requests for three items")
	}
	// What was read before a failure is still yielded.
	server.Fail(azdevopstest.Fault{Path: "/acme/Fabrikam/_apis/wit/wiql", Call: 2, Status: 400, Body: refusal("", "VS402335: The query took too long.")})
	n = 0
	var last error
	for _, err := range client.WorkItems.Query(t.Context(), azdevops.Query{PageSize: 100}, []string{azdevops.FieldTitle}) {
		if err == nil {
			n++
		}
		last = err
	}
	if failed, ok := errors.AsType[*azdevops.Error](last); n != 100 || !ok || failed.Code != "VS402335" {
		t.Error(n, last)
	}
	// A service that does not sort would make a loop without end.
	server.ClearFaults()
	server.Fail(azdevopstest.Fault{Path: "/acme/Fabrikam/_apis/wit/wiql", Status: 200, Body: `{"workItems":[{"id":2},{"id":2}]}`})
	for _, err := range client.WorkItems.IDs(t.Context(), azdevops.Query{PageSize: 2}) {
		if err == nil || !strings.Contains(err.Error(), "did not sort") {
			t.Error(err)
		}
	}
}

// TestBudgetQueryOfManyIDs reads 25,000 ids: what is alive does not grow with
// them.
func TestBudgetQueryOfManyIDs(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector changes what is allocated")
	}
	const items, budget = 25_000, 4 << 20
	server, client := newWorld(t)
	server.LimitBodies(0)
	for i := range items {
		bug(t, server, fmt.Sprint(i))
	}
	alive := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before, most, n := alive(), uint64(0), 0
	for _, err := range client.WorkItems.IDs(t.Context(), azdevops.Query{PageSize: 5000}) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n%5000 == 2500 {
			most = max(most, alive())
		}
	}
	t.Logf("%d ids in %d requests, %d KiB alive beyond the server's", n, server.Requests(), (max(most, before)-before)>>10)
	if n != items || server.Requests() != 6 || most > before+budget {
		t.Errorf("%d ids, %d requests, %d bytes alive", n, server.Requests(), most-before)
	}
}
