// Package servicenow_test holds the client and the in-memory instance to one
// contract: what is asserted here runs on servicenowtest in every go test, and on
// a real instance when the environment names one:
//
//	SERVICENOW_URL=https://dev12345.service-now.com SERVICENOW_USER=... SERVICENOW_PASSWORD=... \
//		go test -count=1 -v -run ServiceNow ./internal/conformance/servicenow
//
// It makes incidents whose correlation_id begins with a prefix of its own and
// removes them at the end. What the account's roles or the instance's plugins do
// not allow is skipped by name; on the in-memory instance nothing may be.
package servicenow_test

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

// target is the instance that the suite runs on.
type target struct {
	*testing.T
	client *servicenow.Client
	url    string
	http   *http.Client // nil: over TCP
	real   bool
	prefix string // of the correlation_id of everything that is made
	table  *servicenow.Table[servicenow.Record]
}

// connect finds the target, an instance in memory with the options unless there is
// a real one, and sees to it that nothing is left behind.
func connect(t *testing.T, options servicenowtest.Options) *target {
	t.Helper()
	g := &target{T: t, url: os.Getenv("SERVICENOW_URL"), prefix: "itsmkit-" + randomID()[:12] + "-"}
	user, password := os.Getenv("SERVICENOW_USER"), os.Getenv("SERVICENOW_PASSWORD")
	g.real = g.url != "" && user != "" && password != ""
	switch {
	case g.real:
		g.Logf("on %s as %s", g.url, user)
	case g.url != "" || user != "" || password != "":
		g.Fatal("set all of SERVICENOW_URL, SERVICENOW_USER and SERVICENOW_PASSWORD, or none for the in-memory instance")
	default:
		g.url = servicenowtest.NewServer(t, options).URL
		user, password = servicenowtest.DefaultUser, servicenowtest.DefaultPassword
	}
	g.signIn(user, password)
	return g
}

// connectInMemory reaches an instance in memory without TCP.
func connectInMemory(t *testing.T, options servicenowtest.Options) *target {
	t.Helper()
	server, err := servicenowtest.New(options)
	if err != nil {
		t.Fatal(err)
	}
	g := &target{T: t, url: "https://acme.service-now.com", http: server.Client(), prefix: "itsmkit-" + randomID()[:12] + "-"}
	g.signIn(servicenowtest.DefaultUser, servicenowtest.DefaultPassword)
	return g
}

func (g *target) signIn(user, password string) {
	g.Helper()
	g.client = g.connectAs(user, password)
	g.table = servicenow.TableOf[servicenow.Record](g.client, "incident")
	g.Cleanup(g.sweep)
}

func (g *target) connectAs(user, password string) *servicenow.Client {
	g.Helper()
	client, err := servicenow.New(servicenow.Config{BaseURL: g.url, HTTPClient: g.http, Auth: servicenow.BasicAuth(user, password)})
	if err != nil {
		g.Fatal(err)
	}
	return client
}

// sweep removes what the suite has made.
func (g *target) sweep() {
	ctx := context.Background() // the test's own has ended
	sum, err := g.table.DeleteWhere(ctx, servicenow.StartsWith("correlation_id", g.prefix), servicenow.Guard{MaxRows: 2000, AllowHidden: true})
	if left := sum.Matched - sum.Deleted - sum.Gone; err != nil || left > 0 {
		report := g.Errorf
		if g.real {
			report = g.Logf // the account may not delete
		}
		report("%d incidents are left behind, remove those whose correlation_id begins with %q: %v", left, g.prefix, err)
	}
}

// run makes a named part of the suite.
func (g *target) run(name string, part func(*target)) {
	g.Helper()
	g.T.Run(name, func(t *testing.T) {
		sub := *g
		sub.T = t
		part(&sub)
	})
}

// must ends the part unless err is nil. What a real instance does not allow skips
// it.
func (g *target) must(err error) {
	g.Helper()
	switch {
	case err == nil:
	case g.real && (errors.Is(err, servicenow.ErrForbidden) || errors.Is(err, servicenow.ErrInvalidTable)):
		g.Skipf("the instance does not allow it: %v", err)
	default:
		g.Fatal(err)
	}
}

// create inserts an incident that the sweep will find.
func (g *target) create(label string, more map[string]any) servicenow.Record {
	g.Helper()
	row := map[string]any{"short_description": g.prefix + label, "correlation_id": g.prefix + label}
	maps.Copy(row, more)
	created, err := g.table.Create(g.Context(), row)
	g.must(err)
	return created
}

// group inserts n incidents that only the returned condition finds.
func (g *target) group(n int) (servicenow.Condition, []servicenow.Record) {
	g.Helper()
	label := randomID()[:8]
	var rows []servicenow.Record
	for i := range n {
		rows = append(rows, g.create(fmt.Sprintf("%s-%02d", label, i), nil))
	}
	return servicenow.StartsWith("correlation_id", g.prefix+label), rows
}

// ids are the sys_ids of rows, joined.
func ids(rows ...servicenow.Record) string {
	var list []string
	for _, row := range rows {
		list = append(list, row.SysID())
	}
	return strings.Join(list, " ")
}

// all reads a query to its end.
func (g *target) all(q servicenow.Query, opts ...servicenow.CallOption) []servicenow.Record {
	g.Helper()
	var rows []servicenow.Record
	for row, err := range g.table.All(g.Context(), q, opts...) {
		g.must(err)
		rows = append(rows, row)
	}
	return rows
}

func (g *target) count(where servicenow.Condition) int {
	g.Helper()
	n, err := g.table.Count(g.Context(), servicenow.Query{Where: where})
	g.must(err)
	return n
}

// randomID is a sys_id that no record has.
func randomID() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}
