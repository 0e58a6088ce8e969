package codefresh_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/itsmkit/itsmkit/codefresh"
	"github.com/itsmkit/itsmkit/codefresh/codefreshtest"
)

// gated is a pipeline whose builds ask for an approval after five seconds.
var gated = codefreshtest.Pipeline{Name: "shop/deploy", Stages: []codefreshtest.Stage{
	{Status: "pending", For: time.Second}, {Status: "running", For: 4 * time.Second},
	{Status: "pending-approval", For: 2 * time.Hour}, {Status: "running", For: 10 * time.Second}, {Status: "success"},
}}

// newWorld makes a server with pipelines and a client of it.
func newWorld(t testing.TB, pipelines ...codefreshtest.Pipeline) (*codefreshtest.Server, *codefresh.Client) {
	t.Helper()
	if pipelines == nil {
		pipelines = []codefreshtest.Pipeline{gated}
	}
	server, err := codefreshtest.New(codefreshtest.Options{Pipelines: pipelines})
	if err != nil {
		t.Fatal(err)
	}
	return server, newClient(t, server.Client(), nil)
}

func newClient(t testing.TB, via *http.Client, change func(*codefresh.Config)) *codefresh.Client {
	t.Helper()
	cfg := codefresh.Config{BaseURL: "http://codefresh.test", Auth: codefresh.APIKey(codefreshtest.DefaultKey), HTTPClient: via}
	if change != nil {
		change(&cfg)
	}
	client, err := codefresh.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// wait lets the fake time of a synctest bubble pass.
func wait(d time.Duration) { <-time.After(d) }

// start starts a build on the server's side.
func start(t testing.TB, server *codefreshtest.Server, pipeline string) string {
	t.Helper()
	id, err := server.Start(pipeline)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// requests are the methods and paths of the journal.
func requests(server *codefreshtest.Server) []string {
	var list []string
	for _, c := range server.Journal() {
		line := c.Method + " " + c.Path
		if c.Query != "" {
			line += "?" + c.Query
		}
		list = append(list, line)
	}
	return list
}
