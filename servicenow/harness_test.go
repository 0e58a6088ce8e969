package servicenow_test

import (
	"fmt"
	"io"
	"iter"
	"net/http"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

// start makes an instance and a client on its in-memory transport.
func start(t testing.TB, options servicenowtest.Options) (*servicenowtest.Server, *servicenow.Client) {
	t.Helper()
	return startWith(t, options, servicenow.Config{})
}

func startWith(t testing.TB, options servicenowtest.Options, config servicenow.Config) (*servicenowtest.Server, *servicenow.Client) {
	t.Helper()
	server, err := servicenowtest.New(options)
	if err != nil {
		t.Fatal(err)
	}
	if config.BaseURL == "" {
		config.BaseURL = "acme"
	}
	if config.HTTPClient == nil {
		config.HTTPClient = server.Client()
	}
	if config.Auth.String() == "Auth(none)" {
		config.Auth = servicenow.BasicAuth(servicenowtest.DefaultUser, servicenowtest.DefaultPassword)
	}
	client, err := servicenow.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return server, client
}

// thing is a table of the tests' own, small and without surprises.
var thing = servicenowtest.Table{Name: "u_thing", Columns: []servicenowtest.Column{
	{Name: "u_name"}, {Name: "u_rank", Type: servicenowtest.Integer}, {Name: "u_hidden", Type: servicenowtest.Boolean},
}}

// hidden keeps rows with u_hidden from being read.
var hidden = servicenowtest.ACL{Table: "u_thing", Allow: func(op servicenowtest.Operation, get func(string) string) bool {
	return op != servicenowtest.OpRead || get("u_hidden") != "true"
}}

type thingRow struct {
	ID   string `json:"sys_id"`
	Name string `json:"u_name"`
	Rank int    `json:"u_rank,string"`
}

// fill inserts n things named 0, 1, 2 ...; those for which hide says so cannot
// be read. Their sys_ids, in order, are returned.
func fill(t testing.TB, server *servicenowtest.Server, n int, hide func(i int) bool) []string {
	t.Helper()
	ids := make([]string, n)
	for i := range n {
		ids[i] = insertThing(t, server, fmt.Sprintf("%08x%024x", i+1, i), i, hide != nil && hide(i))
	}
	return ids
}

func insertThing(t testing.TB, server *servicenowtest.Server, id string, i int, hide bool) string {
	t.Helper()
	got, err := server.Insert("u_thing", servicenowtest.Row{"sys_id": id, "u_name": fmt.Sprint(i), "u_rank": fmt.Sprint(i % 3), "u_hidden": fmt.Sprint(hide)})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// rounds is how often a random test is repeated: n times, and a fifth of that
// under the race detector, which makes each round several times slower. The
// whole number runs in every run without it.
func rounds(n int) int {
	if raceEnabled {
		return (n + 4) / 5
	}
	return n
}

// collect reads a sequence to its end.
func collect[T any](t testing.TB, rows iter.Seq2[T, error]) []T {
	t.Helper()
	var all []T
	for row, err := range rows {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, row)
	}
	return all
}

func names(rows []thingRow) string {
	list := make([]string, len(rows))
	for i, row := range rows {
		list[i] = row.Name
	}
	return strings.Join(list, " ")
}

// startBetween calls change before every request is acted on.
func startBetween(t testing.TB, options servicenowtest.Options, change func()) (*servicenowtest.Server, *servicenow.Client) {
	t.Helper()
	server, err := servicenowtest.New(options)
	if err != nil {
		t.Fatal(err)
	}
	client, err := servicenow.New(servicenow.Config{
		BaseURL: "acme", Auth: servicenow.BasicAuth(servicenowtest.DefaultUser, servicenowtest.DefaultPassword),
		HTTPClient: &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			change()
			return server.Transport().RoundTrip(r)
		})},
	})
	if err != nil {
		t.Fatal(err)
	}
	return server, client
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func body(text string) io.ReadCloser { return io.NopCloser(strings.NewReader(text)) }
