// Package azdevopsnode_test runs Microsoft's client for Node against the Azure
// DevOps organization in memory, and plays on every run what it once sent.
package azdevopsnode_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/internal/conformance/foreign"
	"github.com/itsmkit/itsmkit/internal/conformance/organization"
)

// trace holds what the client sent, one request a line: the status of the answer,
// method, target, the headers Accept and Content-Type, and the body.
const trace = "testdata/trace.txt"

func TestClientNode(t *testing.T) {
	node := foreign.Node(t, "azdevopsnode")
	o := organization.Start(t)
	out := node.Run("script.js", "AZDEVOPS_URL="+o.URL, "AZDEVOPS_TOKEN="+organization.Token, "PROJECT="+organization.Project)
	foreign.Compare(t, organization.Said, out)
	foreign.Compare(t, trace, sent(o))
	o.Check(t)
}

var guid = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

// sent writes down the journal. Ids that the server gave and its address differ
// each time.
func sent(o *organization.Organization) string {
	var text strings.Builder
	for _, c := range o.Journal() {
		body := c.Body
		var compact bytes.Buffer
		if json.Compact(&compact, body) == nil {
			body = compact.Bytes()
		}
		target := (&url.URL{Path: c.Path, RawQuery: c.Query}).RequestURI()
		line := fmt.Sprintf("%d\t%s\t%s\t%s\t%s\t%s", c.Status, c.Method, target, c.Header.Get("Accept"), c.Header.Get("Content-Type"), body)
		line = strings.ReplaceAll(line, o.URL, "<url>")
		text.WriteString(guid.ReplaceAllString(line, "<id>") + "\n")
	}
	return text.String()
}

// TestTrace plays what the client sent.
func TestTrace(t *testing.T) {
	lines, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	o := organization.Start(t)
	id := ""
	for line := range strings.Lines(string(lines)) {
		line = strings.NewReplacer("<url>", o.URL, "<id>", id).Replace(strings.TrimSuffix(line, "\n"))
		parts := strings.Split(line, "\t")
		r, err := http.NewRequestWithContext(t.Context(), parts[1], strings.TrimSuffix(o.URL, "/Acme")+parts[2], strings.NewReader(parts[5]))
		if err != nil {
			t.Fatal(err)
		}
		r.SetBasicAuth("PAT", organization.Token)
		r.Header.Set("Accept", parts[3])
		r.Header.Set("Content-Type", parts[4])
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if got := fmt.Sprint(answer.StatusCode); err != nil || got != parts[0] {
			t.Errorf("%s: %s %s %v", line, got, body, err)
		}
		if given := idIn(body); given != "" {
			id = given
		}
	}
	o.Check(t)
}

// idIn is the GUID of what an answer holds, or of the first in its list.
func idIn(body []byte) string {
	var answer struct {
		ID    any `json:"id"`
		Value []struct {
			ID any `json:"id"`
		} `json:"value"`
	}
	if json.Unmarshal(body, &answer) != nil {
		return ""
	}
	if len(answer.Value) > 0 {
		answer.ID = answer.Value[0].ID
	}
	id, _ := answer.ID.(string)
	return guid.FindString(id)
}
