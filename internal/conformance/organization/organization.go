// Package organization is the Azure DevOps organization in which clients of
// different makers spend the same day. Each has a script of the same steps: it
// creates work items and changes them under a condition, queries and comments,
// runs a build and a release and approves both, and subscribes to a hook. What
// the scripts print is the same too, and so is what they leave behind.
package organization

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/itsmkit/itsmkit/azdevops/azdevopstest"
)

// Project is where the day is spent; its name needs escaping in addresses.
const Project = "Shop Zürich"

// Token signs Ada Example in, who is asked for approvals.
const Token = azdevopstest.DefaultToken

// Said is the file of what a script prints: a line a step, its name and what was
// answered, as JSON. The path is for tests in folders beside this one.
const Said = "../organization/testdata/said.txt"

// Organization is a server with a clock that each request moves by a second, so
// that builds end while their callers look.
type Organization struct {
	*azdevopstest.Server
	// URL is the address on loopback.
	URL string
}

// Start starts the organization of a day, until the test ends.
func Start(tb testing.TB) *Organization {
	tb.Helper()
	clock := azdevopstest.NewManualClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	server, err := azdevopstest.New(azdevopstest.Options{
		Organization: "Acme",
		Clock:        clock,
		Projects:     []azdevopstest.Project{{Name: Project, Fields: []string{"Custom.ServiceNowId"}}},
		Users:        []azdevopstest.User{{Token: Token, Name: "Ada Example", Mail: "ada@example.com"}},
		Definitions: []azdevopstest.Definition{{
			Name: "shop",
			Stages: []azdevopstest.Stage{
				{Name: "Build", For: 3 * time.Second, Log: []string{"compiled"}},
				{
					Name: "Deploy", For: 3 * time.Second, Environment: "production",
					Approval: &azdevopstest.Approval{Approvers: []string{"ada@example.com"}, Instructions: "Is there a change?"},
				},
			},
		}},
		ReleaseDefinitions: []azdevopstest.ReleaseDefinition{{
			Name:   "shop, classic",
			Stages: []azdevopstest.ReleaseStage{{Name: "Production", For: 3 * time.Second, Approvers: []string{"ada@example.com"}}},
		}},
	})
	if err != nil {
		tb.Fatal(err)
	}
	ticking := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		clock.Advance(time.Second)
		server.ServeHTTP(w, r)
	}))
	tb.Cleanup(ticking.Close)
	return &Organization{Server: server, URL: ticking.URL + "/Acme"}
}

// Check looks at what the day has left behind.
func (o *Organization) Check(tb testing.TB) {
	tb.Helper()
	bug, _ := o.WorkItem(1)
	task, _ := o.WorkItem(2)
	gone, _ := o.WorkItem(3)
	if bug.Fields["System.State"] != "Resolved" || bug.Fields["Custom.ServiceNowId"] != "INC0010001" || bug.Rev != 5 || !slices.Equal(bug.Comments, []string{"It came <b>back</b>."}) {
		tb.Errorf("the bug was left as %+v", bug)
	}
	if len(task.Relations) != 1 || !strings.HasPrefix(task.Relations[0], "System.LinkTypes.Hierarchy-Reverse ") || !gone.Deleted {
		tb.Errorf("the tasks were left as %+v and %+v", task, gone)
	}
	build, _ := o.Build(1)
	if build.Result != "succeeded" || !slices.Equal(build.Tags, []string{"CHG0030001"}) {
		tb.Errorf("the build was left as %+v", build)
	}
	if got := fmt.Sprint(o.ReleaseStages(1)); got != "map[Production:succeeded]" {
		tb.Errorf("the release was left as %s", got)
	}
}
