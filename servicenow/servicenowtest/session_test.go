package servicenowtest_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

// cookie signs in and returns the session's cookie.
func (i *instance) cookie() string {
	i.t.Helper()
	res := i.do("GET", "/api/now/table/incident?sysparm_limit=1", "")
	value, _, _ := strings.Cut(res.header.Get("Set-Cookie"), ";")
	if res.status != 200 || !strings.HasPrefix(value, "JSESSIONID=") {
		i.t.Fatalf("%d %v", res.status, res.header)
	}
	return value
}

// Sessions end when they are idle, when the node restarts, and when their user
// is locked out; another user's credentials begin another.
func TestSessionsEnd(t *testing.T) {
	clock := servicenowtest.NewManualClock(time.Date(2026, 1, 15, 8, 0, 0, 0, time.UTC))
	i := newInstance(t, servicenowtest.Options{Clock: clock, SessionIdle: 10 * time.Minute, Users: []servicenowtest.User{
		{Name: servicenowtest.DefaultUser, Password: servicenowtest.DefaultPassword}, {Name: "joe", Password: "p"},
	}})
	loggedIn := func(cookie string) string {
		return i.do("GET", "/api/now/table/incident", "", "Authorization", "", "Cookie", cookie).header.Get("X-Is-Logged-In")
	}
	cookie := i.cookie()
	clock.Advance(9 * time.Minute)
	if got := loggedIn(cookie); got != "true" {
		t.Errorf("after 9 minutes: %s", got)
	}
	clock.Advance(9 * time.Minute)
	if got := loggedIn(cookie); got != "true" {
		t.Errorf("9 minutes after that: %s", got)
	}
	clock.Advance(10 * time.Minute)
	if got := loggedIn(cookie); got != "false" {
		t.Errorf("after 10 minutes: %s", got)
	}
	cookie = i.cookie()
	if res := i.do("GET", "/api/now/table/incident", "", "Authorization", "Basic am9lOnA=", "Cookie", cookie); !strings.HasPrefix(res.header.Get("Set-Cookie"), "JSESSIONID=") {
		t.Error("the credentials of another user begin no session")
	}
	i.EndSessions()
	if got := loggedIn(cookie); got != "false" {
		t.Errorf("after a restart: %s", got)
	}
}

// ask sends n requests at once and returns what became of them and when, as
// "status at second".
func (i *instance) ask(ctx context.Context, n int, header ...string) []string {
	answers := make([]string, n)
	start := time.Now()
	var all sync.WaitGroup
	for k := range n {
		all.Go(func() {
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://dev.example/api/now/table/incident", nil)
			if err != nil {
				i.t.Error(err)
				return
			}
			req.SetBasicAuth(servicenowtest.DefaultUser, servicenowtest.DefaultPassword)
			for h := 0; h < len(header); h += 2 {
				req.Header.Set(header[h], header[h+1])
			}
			res, err := i.Client().Do(req)
			if err != nil {
				answers[k] = fmt.Sprintf("gone at %v", time.Since(start))
				return
			}
			_ = res.Body.Close()
			answers[k] = fmt.Sprintf("%d at %v", res.StatusCode, time.Since(start))
			if res.StatusCode != 200 && (res.Header.Get("X-RateLimit-Limit") != "" || res.Header.Get("Retry-After") != "" || res.ContentLength > 0) {
				i.t.Errorf("%d with %v", res.StatusCode, res.Header)
			}
		})
	}
	all.Wait()
	slices.Sort(answers)
	return answers
}

func counted(answers []string) string {
	var b strings.Builder
	for k := 0; k < len(answers); {
		n := 1
		for k+n < len(answers) && answers[k+n] == answers[k] {
			n++
		}
		fmt.Fprintf(&b, "%d x %s\n", n, answers[k])
		k += n
	}
	return b.String()
}

// One session runs one transaction at a time: requests that share its cookie are
// served one after another, and those without it at once.
func TestSessionServesOneAfterAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newInstance(t, servicenowtest.Options{RequestTime: 2 * time.Second})
		cookie := i.cookie()
		if got := counted(i.ask(t.Context(), 4, "Cookie", cookie)); got != "1 x 200 at 2s\n1 x 200 at 4s\n1 x 200 at 6s\n1 x 200 at 8s\n" {
			t.Errorf("with the cookie\n%s", got)
		}
		if got := counted(i.ask(t.Context(), 4)); got != "4 x 200 at 2s\n" {
			t.Errorf("without it\n%s", got)
		}
	})
}

// More than ten requests that wait behind one that takes longer than 30 s are
// dropped: 202 with an empty body, to a GET too.
func TestSessionQueueDrops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newInstance(t, servicenowtest.Options{RequestTime: 31 * time.Second})
		got := counted(i.ask(t.Context(), 100, "Cookie", i.cookie()))
		if !strings.HasSuffix(got, "89 x 202 at 30s\n") || strings.Count(got, "1 x 200 at ") != 11 {
			t.Errorf("slow transactions\n%s", got)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		i := newInstance(t, servicenowtest.Options{RequestTime: time.Second})
		if got := counted(i.ask(t.Context(), 100, "Cookie", i.cookie())); strings.Contains(got, "202") {
			t.Errorf("quick transactions\n%s", got)
		}
	})
}

// A client that goes away leaves the queue, and does not hold up those behind.
func TestSessionQueueForgetsWhoLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newInstance(t, servicenowtest.Options{RequestTime: 10 * time.Second})
		cookie := i.cookie()
		var impatient []string
		var all sync.WaitGroup
		all.Go(func() { i.ask(t.Context(), 1, "Cookie", cookie) })
		synctest.Wait()
		all.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			defer cancel()
			impatient = i.ask(ctx, 3, "Cookie", cookie)
		})
		synctest.Wait()
		if got := counted(i.ask(t.Context(), 1, "Cookie", cookie)); got != "1 x 200 at 20s\n" {
			t.Errorf("behind them: %s", got)
		}
		all.Wait()
		if got := counted(impatient); got != "3 x gone at 5s\n" {
			t.Errorf("they: %s", got)
		}
	})
}

// The node's semaphore: so many threads work, so many requests wait, the next
// one is answered 429 without any header.
func TestSemaphore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newInstance(t, servicenowtest.Options{RequestTime: time.Second, Semaphore: servicenowtest.Semaphore{Threads: 4}})
		got := counted(i.ask(t.Context(), 60))
		if !strings.HasPrefix(got, "4 x 200 at 10s\n4 x 200 at 11s\n") || !strings.HasSuffix(got, "\n6 x 429 at 0s\n") {
			t.Errorf("4 threads and a queue of 50\n%s", got)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		i := newInstance(t, servicenowtest.Options{RequestTime: time.Second, Semaphore: servicenowtest.Semaphore{Threads: 2, Queue: -1}})
		if got := counted(i.ask(t.Context(), 3)); got != "2 x 200 at 1s\n1 x 429 at 0s\n" {
			t.Errorf("no queue\n%s", got)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second/2)
		defer cancel()
		if got := counted(i.ask(ctx, 2)); got != "2 x gone at 500ms\n" {
			t.Errorf("impatient\n%s", got)
		}
		if got := counted(i.ask(t.Context(), 2)); got != "2 x 200 at 1s\n" {
			t.Errorf("after them\n%s", got)
		}
	})
}
