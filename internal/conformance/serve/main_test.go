package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestServe(t *testing.T) {
	for _, test := range []struct{ name, path, lines string }{
		{"servicenow", "/api/now/table/incident?sysparm_limit=1", "SERVICENOW_URL SERVICENOW_USER SERVICENOW_PASSWORD"},
		{"servicenow -demo", "/api/now/v1/table/incident?number=INC0000015", "SERVICENOW_URL SERVICENOW_USER SERVICENOW_PASSWORD"}, // v1: 404 without a match
		{"netbox", "/api/dcim/sites/", "NETBOX_URL NETBOX_TOKEN"},
	} {
		t.Run(test.name, func(t *testing.T) {
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			read, write := io.Pipe()
			ended := make(chan error, 1)
			go func() {
				err := run(ctx, write, strings.Fields(test.name))
				ended <- err
				_ = write.CloseWithError(io.EOF)
			}()
			lines := bufio.NewScanner(read)
			set := map[string]string{}
			for name := range strings.FieldsSeq(test.lines) {
				if !lines.Scan() {
					t.Fatalf("no line for %s: %v", name, lines.Err())
				}
				value, ok := strings.CutPrefix(lines.Text(), "export "+name+"=")
				if !ok {
					t.Fatalf("%q does not set %s", lines.Text(), name)
				}
				set[name] = value
			}
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, set[strings.Fields(test.lines)[0]]+test.path, nil)
			if err != nil {
				t.Fatal(err)
			}
			req.SetBasicAuth(set["SERVICENOW_USER"], set["SERVICENOW_PASSWORD"])
			if token := set["NETBOX_TOKEN"]; token != "" {
				req.Header.Set("Authorization", "Bearer "+token)
			}
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			_ = res.Body.Close()
			if res.StatusCode != http.StatusOK {
				t.Errorf("%s: %s", test.path, res.Status)
			}
			stop()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		})
	}
}

func TestServeBadInput(t *testing.T) {
	for want, args := range map[string][]string{
		"serve: name a server: servicenow or netbox":           nil,
		`serve: no server "jira": choose servicenow or netbox`: {"jira"},
		"listen tcp: address 1: missing port in address":       {"netbox", "-address", "1"},
	} {
		if err := run(t.Context(), io.Discard, args); err == nil || err.Error() != want {
			t.Errorf("%v: %v, want %s", args, err, want)
		}
	}
}
