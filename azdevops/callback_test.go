package azdevops_test

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/itsmkit/itsmkit/azdevops"
	"github.com/itsmkit/itsmkit/azdevops/azdevopstest"
)

// decider makes the client of a callback on the in-memory organization.
func decider(t testing.TB, server *azdevopstest.Server, c azdevops.Callback) *azdevops.Client {
	t.Helper()
	client, err := c.Client(azdevops.Config{HTTPClient: server.Client()}, address)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func TestCallbackDecidesOnce(t *testing.T) {
	for result, want := range map[azdevops.TaskResult]string{azdevops.TaskSucceeded: "succeeded", azdevops.TaskFailed: "failed"} {
		t.Run("003-03 "+string(result), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server, _ := newPipes(t)
				id := start(t, server, "gated")
				callback := called(t, server)
				if callback.Build != fmt.Sprint(id) || callback.Hub != "checks" || callback.PlanURL != address+"/" {
					t.Errorf("%+v", callback)
				}
				client := decider(t, server, callback)
				server.ResetJournal()
				if err := callback.Complete(t.Context(), client, result); err != nil {
					t.Fatal(err)
				}
				calls := server.Journal()
				event := calls[len(calls)-1]
				if event.Method != "POST" || event.Path != "/acme/"+callback.Project+"/_apis/distributedtask/hubs/checks/plans/"+callback.Plan+"/events" ||
					event.Query != "api-version=7.1" || event.Header.Get("Authorization") != "Bearer REDACTED" {
					t.Errorf("%s %s?%s", event.Method, event.Path, event.Query)
				}
				body := `{"jobId":"` + callback.Job + `","name":"TaskCompleted","result":"` + string(result) + `","taskId":"` + callback.TaskInstance + `"}`
				if diff := cmp.Diff(body, string(event.Body)); diff != "" {
					t.Error(diff)
				}
				// The same again is a success and writes nothing, the opposite a conflict.
				server.ResetJournal()
				if err := callback.Complete(t.Context(), client, result); err != nil || server.Requests("POST") != 0 {
					t.Error(err, server.Requests("POST"))
				}
				other := azdevops.TaskFailed
				if result == other {
					other = azdevops.TaskSucceeded
				}
				if err := callback.Complete(t.Context(), client, other); !errors.Is(err, azdevops.ErrConflict) || server.Requests("POST") != 0 {
					t.Error(err)
				}
				wait(time.Minute)
				if b, _ := server.Build(id); b.Status != "completed" || b.Result != want {
					t.Errorf("%+v", b)
				}
			})
		})
	}
}

func TestCallbackFindsOutWhatBecameOfIt(t *testing.T) {
	events := azdevopstest.Fault{Method: "POST", Path: "/acme/*/_apis/distributedtask/hubs/*/plans/*/events", Call: 1}
	lostAfter, lostBefore, page := events, events, events
	lostAfter.DropAfter, lostBefore.DropBefore = true, true
	page.Status, page.Body = 502, "<html>"
	for name, tt := range map[string]struct {
		fault azdevopstest.Fault
		taken bool
	}{
		"003-03 taken, the answer was lost": {lostAfter, true},
		"003-03 not taken":                  {lostBefore, false},
		"003-03 a bad gateway":              {page, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server, _ := newPipes(t)
				start(t, server, "gated")
				callback := called(t, server)
				client := decider(t, server, callback)
				server.Fail(tt.fault)
				err := callback.Complete(t.Context(), client, azdevops.TaskSucceeded)
				if (err == nil) != tt.taken || err != nil && !errors.Is(err, azdevops.ErrAmbiguous) {
					t.Error(err)
				}
				if now := server.Callbacks()[0]; (now.Result == "succeeded") != tt.taken {
					t.Errorf("%+v", now)
				}
				// Whoever asks again decides once.
				if err := callback.Complete(t.Context(), client, azdevops.TaskSucceeded); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func TestCallbackRefusals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, _ := newPipes(t)
		start(t, server, "gated")
		callback := called(t, server)
		client := decider(t, server, callback)
		unknown := callback
		unknown.Plan = "00000000-0000-4000-8000-000000000000"
		if err := unknown.Complete(t.Context(), client, azdevops.TaskSucceeded); !errors.Is(err, azdevops.ErrNotFound) {
			t.Error("003-03 unknown plan:", err)
		}
		wrong := callback
		wrong.Job = "00000000-0000-4000-8000-000000000000"
		if err := wrong.Complete(t.Context(), client, azdevops.TaskSucceeded); !errors.Is(err, azdevops.ErrNotFound) {
			t.Error("unknown job:", err)
		}
		if err := callback.Complete(t.Context(), client, "maybe"); err == nil || !strings.Contains(err.Error(), `"maybe"; use TaskSucceeded`) {
			t.Error(err)
		}
		wait(azdevops.TokenLife)
		err := callback.Complete(t.Context(), client, azdevops.TaskSucceeded)
		if !errors.Is(err, azdevops.ErrTokenLife) || !errors.Is(err, azdevops.ErrSignIn) {
			t.Error("003-03 expired token:", err)
		}
		if err := callback.Log(t.Context(), client, time.Now(), []string{"late"}); !errors.Is(err, azdevops.ErrTokenLife) {
			t.Error(err)
		}
		// A token of another kind still decides.
		own, err := callback.Client(azdevops.Config{HTTPClient: server.Client(), Auth: azdevops.PAT(azdevopstest.DefaultToken)}, address)
		if err != nil {
			t.Fatal(err)
		}
		if err := callback.Complete(t.Context(), own, azdevops.TaskSucceeded); err != nil {
			t.Error(err)
		}
	})
}

// TestCallbackGoesToListedAddressesOnly holds a second server against everything
// by which a callback could get a token sent there: its journal stays empty.
func TestCallbackGoesToListedAddressesOnly(t *testing.T) {
	server, _ := newPipes(t)
	start(t, server, "gated")
	callback := called(t, server)
	canary, err := azdevopstest.New(azdevopstest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, planURL := range []string{
		"https://evil.example.com/acme", "https://dev.azure.com.evil.example.com/acme", "https://dev.azure.com@evil.example.com/acme",
		"https://evil.example.com/https://dev.azure.com/acme", "https://dev.azure.com/acme-evil", "https://dev.azure.com/acm", "https://dev.azure.com",
		"https://dev.azure.com:8443/acme", "http://dev.azure.com/acme", "https://dev.azure.com./acme", "https://dev.azure.com/acme/../evil",
		"https://dev.azure.com/acme/%2e%2e/evil", "https://dev.azure.com/acme%2f..%2fevil", `https://dev.azure.com/acme\..\evil`,
		"https://dev.azure.com//acme", "https://dev.azure.com/acme?x=1", "https://dev.azure.com/acme#x", "https://dev.azure.com/acme/./",
		"https://dev.azure.com/acme/..", "https://acme.vi\u017fualstudio.com", "https://xdev.azure.com/acme", "ftp://dev.azure.com/acme",
		"https://dev.azure.com\t/acme", "//dev.azure.com/acme", "dev.azure.com/acme", "https://[::1]/acme", "https://dev.azure.com/acme\n",
	} {
		c := callback
		c.PlanURL = planURL
		client, err := c.Client(azdevops.Config{HTTPClient: canary.Client()}, "https://dev.azure.com/acme", "https://acme.visualstudio.com/")
		if err == nil {
			t.Errorf("003-03 %q is let through", planURL)
			err = c.Complete(t.Context(), client, azdevops.TaskSucceeded)
		}
		if !errors.Is(err, azdevops.ErrHost) && !errors.Is(err, azdevops.ErrInvalid) {
			t.Errorf("%q: %v", planURL, err)
		}
		if strings.Contains(fmt.Sprint(err), callback.Token) {
			t.Errorf("%q: the error has the token in it", planURL)
		}
	}
	for _, planURL := range []string{
		address, address + "/", "HTTPS://DEV.AZURE.COM/Acme/", "https://dev.azure.com:443/acme", "https://acme.visualstudio.com/", "https://acme.visualstudio.com/DefaultCollection/",
	} {
		c := callback
		c.PlanURL = planURL
		if _, err := c.Client(azdevops.Config{HTTPClient: canary.Client()}, "https://dev.azure.com/acme", "https://acme.visualstudio.com/"); err != nil {
			t.Errorf("%q: %v", planURL, err)
		}
	}
	if _, err := callback.Client(azdevops.Config{}); !errors.Is(err, azdevops.ErrHost) {
		t.Error("no list:", err)
	}
	if _, err := callback.Client(azdevops.Config{}, "dev.azure.com/acme"); err == nil || errors.Is(err, azdevops.ErrHost) {
		t.Error("a list that cannot be read:", err)
	}
	if n := canary.Requests(); n != 0 {
		t.Errorf("the other server got %d requests", n)
	}
}

func TestCallbackHeaders(t *testing.T) {
	server, _ := newPipes(t)
	start(t, server, "gated")
	var to receiver
	if _, err := server.Deliver(t.Context(), to.client()); err != nil {
		t.Fatal(err)
	}
	good := to.calls[0].Header
	for name, tt := range map[string]struct{ header, value, want string }{
		"no project":     {"ProjectId", "", "ProjectId is missing"},
		"no plan":        {"PlanId", "", "PlanId is missing"},
		"a plan of ours": {"PlanId", "../../x", "PlanId is no GUID"},
		"a job":          {"JobId", "g1111111-2222-4333-8444-555555555555", "JobId is no GUID"},
		"a timeline":     {"TimelineId", "x", "TimelineId is no GUID"},
		"an instance":    {"TaskInstanceId", "", "TaskInstanceId is missing"},
		"a hub":          {"HubName", "checks/../x", "HubName holds more than letters"},
		"no token":       {"AuthToken", "", "AuthToken is missing"},
		"a long token":   {"AuthToken", "a b", "AuthToken is missing or no token"},
		"no address":     {"PlanUrl", "", "PlanUrl is missing or no address"},
		"credentials":    {"PlanUrl", "https://a:b@dev.azure.com/acme", "PlanUrl is missing or no address"},
	} {
		t.Run("003-03 "+name, func(t *testing.T) {
			header := good.Clone()
			header.Set(tt.header, tt.value)
			c, err := azdevops.ParseCallback(header)
			if !errors.Is(err, azdevops.ErrInvalid) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %q", err, tt.want)
			}
			if tt.value != "" && strings.Contains(err.Error(), tt.value) || strings.Contains(err.Error(), good.Get("AuthToken")) {
				t.Errorf("the error quotes a header: %v", err)
			}
			if c.Complete(t.Context(), decider(t, server, parsed(t, good)), azdevops.TaskSucceeded) == nil || c.Log(t.Context(), nil, time.Now(), []string{"x"}) == nil {
				t.Error("used all the same")
			}
		})
	}
	all, err := azdevops.ParseCallback(http.Header{})
	if err == nil || strings.Count(err.Error(), "azdevops: callback:") != 7 || all.Hub != "Release" {
		t.Errorf("%q %v", all.Hub, err)
	}
	c := parsed(t, good)
	for _, text := range []string{fmt.Sprintf("%v %+v %#v %s", c, c, c, c), slog.AnyValue(c).Resolve().String()} {
		if strings.Contains(text, c.Token) || !strings.Contains(text, c.Plan) {
			t.Error(text)
		}
	}
}

func parsed(t testing.TB, header http.Header) azdevops.Callback {
	t.Helper()
	c, err := azdevops.ParseCallback(header)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestGates(t *testing.T) {
	for _, old := range []bool{false, true} {
		t.Run(fmt.Sprintf("003-03 old %v", old), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server, _ := newPipes(t)
				name := map[bool]string{true: "old gates", false: "gates"}[old]
				release, err := server.CreateRelease("Fabrikam", name)
				if err != nil {
					t.Fatal(err)
				}
				callback := called(t, server)
				if callback.Hub != "gates" {
					t.Error(callback.Hub)
				}
				client := decider(t, server, callback)
				callback.OldGate = !old
				if err := callback.Complete(t.Context(), client, azdevops.TaskSucceeded); !errors.Is(err, azdevops.ErrNotFound) {
					t.Error("in the names of another version:", err)
				}
				callback.OldGate = old
				if err := callback.Complete(t.Context(), client, azdevops.TaskSucceeded); err != nil {
					t.Fatal(err)
				}
				wait(time.Minute)
				if got := server.ReleaseStages(release)["Production"]; got != "succeeded" {
					t.Error(got)
				}
			})
		})
	}
}

func TestCallbackLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, _ := newPipes(t)
		start(t, server, "gated")
		callback := called(t, server)
		client := decider(t, server, callback)
		at := time.Date(2026, 3, 1, 13, 0, 0, 0, time.FixedZone("", 3600))
		lines := []string{"CHG0030001 is in Assess\r\nwaiting", strings.Repeat("ä", 2000)}
		if err := callback.Log(t.Context(), client, at, lines); err != nil {
			t.Fatal(err)
		}
		const stamp = "2026-03-01T12:00:00.0000000Z "
		want := stamp + "CHG0030001 is in Assess\n" + stamp + "waiting\n" + stamp + strings.Repeat("ä", 1024) + "\n"
		if diff := cmp.Diff(want, server.Callbacks()[0].Log); diff != "" {
			t.Error(diff)
		}
		calls := server.Journal()
		record := calls[len(calls)-1]
		if want := `{"count":1,"value":[{"id":"` + callback.TaskInstance + `","log":{"id":1}}]}`; record.Method != "PATCH" || string(record.Body) != want {
			t.Errorf("%s %s", record.Method, record.Body)
		}
		n := server.Requests()
		if err := callback.Log(t.Context(), client, at, nil); err != nil || server.Requests() != n {
			t.Error("nothing to say:", err)
		}
		// More than one request carries.
		long := make([]string, 9000)
		for i := range long {
			long[i] = strings.Repeat("x", 1024)
		}
		if err := callback.Log(t.Context(), client, at, long); err != nil {
			t.Fatal(err)
		}
		if got := strings.Count(server.Callbacks()[0].Log, "\n"); got != 9003 {
			t.Errorf("%d lines", got)
		}
	})
}
