package azdevopstest_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/itsmkit/itsmkit/azdevops/azdevopstest"
)

// FuzzQueries sends anything as a query: it is answered or refused.
func FuzzQueries(f *testing.F) {
	for _, seed := range []string{
		"SELECT [System.Id] FROM WorkItems WHERE [System.Title] = 'it''s' AND NOT ([System.Id] IN (1, -2) OR EVER [System.State] = \"New\") ORDER BY [System.Id] DESC ASOF '2026-03-01'",
		"SELECT Id FROM WorkItemLinks WHERE Source.[System.Id] > 0 AND [System.Links.LinkType] = 'x' MODE (MayContain)",
		"SELECT [System.Id] FROM WorkItems WHERE [System.CreatedDate] >= @Today - 7 AND [System.Tags] CONTAINS 'a' AND [System.AreaPath] UNDER 'b' AND [Custom.X] IS NOT EMPTY",
		"SELECT", "'", "[", "((((((((", "SELECT [a] FROM WorkItems WHERE NOT NOT NOT",
	} {
		f.Add(seed)
	}
	server, _ := newServer(f, azdevopstest.Options{})
	if _, err := server.AddWorkItem("Fabrikam", "Bug", map[string]any{"System.Title": "it's"}); err != nil {
		f.Fatal(err)
	}
	server.LimitBodies(0)
	f.Fuzz(func(t *testing.T, text string) {
		body, err := json.Marshal(map[string]string{"query": text})
		if err != nil {
			t.Fatal(err)
		}
		answer, got := exchange(t, server, "POST", "/acme/Fabrikam/_apis/wit/wiql?api-version=7.1", string(body))
		server.ResetJournal()
		if answer.StatusCode != http.StatusOK && answer.StatusCode != http.StatusBadRequest || !json.Valid([]byte(got)) {
			t.Fatalf("%q: %d %s", text, answer.StatusCode, got)
		}
	})
}
