package azdevopstest_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/itsmkit/itsmkit/azdevops/azdevopstest"
)

var update = flag.Bool("update", false, "write the fixtures anew")

func TestFixturesAreWhatTheServerAnswers(t *testing.T) {
	server, clock := newServer(t, azdevopstest.Options{QueryLimit: 2})
	send := func(method, path, body string, headers ...string) string {
		answer, text := exchange(t, server, method, path, body, headers...)
		if answer.StatusCode >= 500 {
			t.Fatal(text)
		}
		return text
	}
	const title = `{"op":"add","path":"/fields/System.Title","value":"Checkout is down"}`
	send("POST", "/acme/Fabrikam/_apis/wit/workitems/$Bug?api-version=7.1", `[`+title+`,{"op":"add","path":"/fields/System.Tags","value":"INC0010001; ServiceNow"},{"op":"add","path":"/fields/System.AssignedTo","value":"Integration"},{"op":"add","path":"/relations/-","value":{"rel":"Hyperlink","url":"https://acme.service-now.com/INC0010001","attributes":{"comment":"INC0010001"}}}]`)
	clock.Advance(90e9)
	send("PATCH", "/acme/_apis/wit/workitems/1?api-version=7.1", `[{"op":"test","path":"/rev","value":1},{"op":"add","path":"/fields/System.State","value":"Active"},{"op":"remove","path":"/fields/System.AssignedTo"}]`)
	send("POST", "/acme/Fabrikam/_apis/wit/workitems/$Task?api-version=7.1", `[{"op":"add","path":"/fields/System.Title","value":"Restart the node"},{"op":"add","path":"/relations/-","value":{"rel":"System.LinkTypes.Hierarchy-Reverse","url":"http://azdevops.test/acme/_apis/wit/workItems/1"}}]`)
	wiql := func(query string) string {
		return send("POST", "/acme/Fabrikam/_apis/wit/wiql?api-version=7.1", `{"query":"`+query+`"}`)
	}
	write := func(id string) string {
		return `{"method":"PATCH","uri":"/_apis/wit/workitems/` + id + `?api-version=7.1","headers":{"Content-Type":"application/json-patch+json"},"body":[{"op":"test","path":"/rev","value":1},{"op":"add","path":"/fields/Microsoft.VSTS.Common.Priority","value":1}]}`
	}
	want := map[string]string{
		"workitem":         send("GET", "/acme/_apis/wit/workitems/1?$expand=relations", ""),
		"workitem-batch":   send("POST", "/acme/_apis/wit/workitemsbatch?api-version=7.1", `{"ids":[2,9],"fields":["System.Title","System.State"],"errorPolicy":"omit"}`),
		"workitem-updates": send("GET", "/acme/_apis/wit/workitems/1/updates", ""),
		"query":            wiql("SELECT [System.Id] FROM WorkItems ORDER BY [System.Id]"),
		"query-links":      wiql("SELECT [System.Id] FROM WorkItemLinks WHERE [System.Links.LinkType] = 'System.LinkTypes.Hierarchy-Forward' MODE (MustContain)"),
		"changes":          send("GET", "/acme/_apis/wit/reporting/workitemrevisions?fields=System.Title,System.State,System.ChangedBy", ""),
		"states":           send("GET", "/acme/Fabrikam/_apis/wit/workitemtypes/Bug/states", ""),
		"projects":         send("GET", "/acme/_apis/projects", ""),
		"error-not-found":  send("GET", "/acme/_apis/wit/workitems/9", ""),
		"error-revision":   send("PATCH", "/acme/_apis/wit/workitems/1?api-version=7.1", `[{"op":"test","path":"/rev","value":1},`+title+`]`),
		"error-rule":       send("PATCH", "/acme/_apis/wit/workitems/1?api-version=7.1", `[{"op":"add","path":"/fields/System.State","value":"Done"}]`),
		"error-binding":    send("POST", "/acme/_apis/wit/workitemsbatch?api-version=7.1", `{"ids":"x"}`),
		"error-blocked":    azdevopstest.RateLimited(0).Body,
	}
	want["batch"] = send("PATCH", "/acme/_apis/wit/$batch?api-version=7.1", `[`+write("2")+`,`+write("1")+`]`, "Content-Type", "application/json")
	send("POST", "/acme/Fabrikam/_apis/wit/workItems/1/comments?api-version=7.1-preview.4", `{"text":"p95 &gt; 3 s"}`)
	want["comments"] = send("GET", "/acme/Fabrikam/_apis/wit/workItems/1/comments?api-version=7.1-preview.4", "")
	send("POST", "/acme/Fabrikam/_apis/wit/workitems/$Task?api-version=7.1", `[`+title+`]`)
	want["error-too-many"] = wiql("SELECT [System.Id] FROM WorkItems")

	maps.Copy(want, pipelineFixtures(t))
	var names []string
	for name, text := range want {
		names = append(names, name)
		var pretty bytes.Buffer
		text = strings.ReplaceAll(text, "http://azdevops.test/acme", "https://dev.azure.com/acme")
		if err := json.Indent(&pretty, []byte(text), "", "  "); err != nil {
			t.Fatal(name, err)
		}
		if *update {
			if err := os.WriteFile(filepath.Join("fixtures", name+".json"), append(pretty.Bytes(), '\n'), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if diff := cmp.Diff(pretty.String(), strings.TrimSpace(string(azdevopstest.Fixture(name)))); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if *update {
		return
	}
	slices.Sort(names)
	if diff := cmp.Diff(names, azdevopstest.Fixtures()); diff != "" {
		t.Error(diff)
	}
	if azdevopstest.Fixture("nothing") != nil {
		t.Error("there is a fixture without a name")
	}
	// The list in the comment of Fixture is this one.
	source, err := os.ReadFile("fixtures.go")
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, found := range regexp.MustCompile(`(?m)^//\t(\S+) {2}`).FindAllStringSubmatch(string(source), -1) {
		told = append(told, found[1])
	}
	slices.Sort(told)
	if diff := cmp.Diff(names, told); diff != "" {
		t.Error(diff)
	}
}
