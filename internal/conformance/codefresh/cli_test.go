// Package codefresh_test runs the official command line of Codefresh against
// the Codefresh in memory, and plays on every run what it once sent.
package codefresh_test

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/itsmkit/itsmkit/codefresh/codefreshtest"
	"github.com/itsmkit/itsmkit/internal/conformance/foreign"
)

// trace holds what the command line sent, one request a line, with the status
// that it was answered with.
const trace = "testdata/trace.txt"

// options make the ids of every run the same.
func options() codefreshtest.Options {
	return codefreshtest.Options{
		Clock: codefreshtest.NewManualClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)),
		Pipelines: []codefreshtest.Pipeline{{
			Name: "shop/deploy", Stages: []codefreshtest.Stage{{Status: "pending-approval"}, {Status: "success"}},
		}},
	}
}

func TestClientCodefresh(t *testing.T) {
	node := foreign.Node(t, "codefresh")
	server := codefreshtest.NewServer(t, options())
	out := node.Run("script.js", "CF_URL="+server.URL, "CF_API_KEY="+codefreshtest.DefaultKey, "CLI_HOME="+t.TempDir())
	foreign.Compare(t, "testdata/output.txt", out)
	foreign.Compare(t, trace, sent(server))
	checkEnd(t, server)
}

var requestID = regexp.MustCompile(`reqId=[0-9a-f-]{36}`)

// sent writes down the journal; the ids of requests differ each time.
func sent(server *codefreshtest.Server) string {
	var text strings.Builder
	n := 0
	for _, c := range server.Journal() {
		target := strings.ReplaceAll(c.Path, "shop/deploy", "shop%2Fdeploy")
		if c.Query != "" {
			target += "?" + requestID.ReplaceAllStringFunc(c.Query, func(string) string { n++; return fmt.Sprintf("reqId=%d", n) })
		}
		_, _ = fmt.Fprintf(&text, "%d %s %s %s\n", c.Status, c.Method, target, c.Body)
	}
	return text.String()
}

// TestTrace plays what the command line sent.
func TestTrace(t *testing.T) {
	lines, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	server, err := codefreshtest.New(options())
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(lines)) {
		parts := strings.SplitN(strings.TrimRight(line, "\n"), " ", 4)
		r, err := http.NewRequestWithContext(t.Context(), parts[1], "http://codefresh.test"+parts[2], strings.NewReader(parts[3]))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", codefreshtest.DefaultKey)
		answer, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if got := fmt.Sprint(answer.StatusCode); err != nil || got != parts[0] {
			t.Errorf("%s: %s %s %v", line, got, body, err)
		}
	}
	checkEnd(t, server)
}

// checkEnd looks at what the day has left behind.
func checkEnd(t *testing.T, server *codefreshtest.Server) {
	t.Helper()
	builds := server.Builds()
	if len(builds) != 2 {
		t.Fatalf("%d builds", len(builds))
	}
	first, _ := server.Build(builds[0])
	second, _ := server.Build(builds[1])
	if first.Status != "success" || first.Variables["CHANGE"] != "CHG0030001" || second.Status != "denied" {
		t.Errorf("ended as %+v and %+v", first, second)
	}
	if diff := cmp.Diff(map[string]any{"CR_NUMBER": "CHG0030001"}, server.Annotations(first.ID)); diff != "" {
		t.Error(diff)
	}
}
