package servicenowtest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// The constructors below make the faults that real instances show. Each
// matches every request; narrow it with its methods OnCall, On and Repeat.

// Asleep answers 200 with the HTML page of a hibernating developer instance.
func Asleep() Fault {
	return Fault{Status: http.StatusOK, Header: htmlHeader(), Body: htmlPage("Hibernating Instance",
		"<p>Your instance is hibernating.</p>\n<p>Sign in to the developer site to wake it up.</p>")}
}

// SignInPage answers 200 with an HTML page that asks to sign in, as an
// instance behind single sign-on may.
func SignInPage() Fault {
	return Fault{Status: http.StatusOK, Header: htmlHeader(), Body: htmlPage("Log in",
		`<form action="login.do" method="post"><input name="user_name"><input name="user_password" type="password"></form>`)}
}

// SignInRedirect answers 302 to a sign-in page.
func SignInRedirect() Fault {
	return Fault{Status: http.StatusFound, Header: http.Header{"Location": {"/login_redirect.do?sysparm_stack=no"}}}
}

// Dropped answers 202 with an empty body: the queue of the session was full
// and the request was dropped, not accepted.
func Dropped() Fault { return Fault{Status: http.StatusAccepted} }

// SemaphoreFull answers 429 without any of the rate headers: the queue of the
// node's integration semaphore was full. The body of that answer is not
// documented; it is empty here.
func SemaphoreFull() Fault { return Fault{Status: http.StatusTooManyRequests} }

// RateLimited answers 429 as an hourly rate rule does: Retry-After is d in
// whole seconds, rounded up, and X-RateLimit-Reset the server's time after
// that. Nothing is acted on.
func RateLimited(d time.Duration) Fault {
	return Fault{Respond: func(now time.Time) (int, http.Header, string) {
		seconds := int64((d + time.Second - 1) / time.Second)
		return http.StatusTooManyRequests, http.Header{
			"Content-Type":      {"application/json"},
			"Retry-After":       {strconv.FormatInt(seconds, 10)},
			"X-Ratelimit-Limit": {"500"},
			"X-Ratelimit-Reset": {strconv.FormatInt(now.Unix()+seconds, 10)},
			"X-Ratelimit-Rule":  {"3a7ebac1c7c21010b6a4ef1ec15c8f23"},
		}, `{"error":{"message":"Rate limit exceeded","detail":"Rate limit of 500 requests per hour for Table API exceeded"},"status":"failure"}`
	}}
}

// Terminated lets the server act and answers as a transaction that was
// cancelled by its quota: status 200, the first rows of the result, and an
// error member, in valid JSON. An answer that is not a list keeps its result.
func Terminated(rows int) Fault {
	return Fault{Rewrite: func(body []byte) []byte {
		var answer struct {
			Result json.RawMessage `json:"result"`
		}
		if json.Unmarshal(body, &answer) != nil {
			return body
		}
		var list []json.RawMessage
		if json.Unmarshal(answer.Result, &list) == nil && len(list) > rows {
			list = list[:max(rows, 0)]
			answer.Result, _ = json.Marshal(list) // made of what was just read
		}
		return fmt.Appendf(nil, `{"result":%s,%s}`, answer.Result, cancelledMembers)
	}}
}

// TruncatedAt lets the server act and answers as a transaction that was
// cancelled while it wrote: status 200, the body cut after n bytes, and the
// error member after the cut, so that it is not valid JSON. An answer that is
// no longer than n bytes stays whole.
func TruncatedAt(n int) Fault {
	if n <= 0 {
		n = -1
	}
	return Fault{Truncate: n, Tail: "," + cancelledMembers + "}"}
}

// TerminatedInQueue answers 500 for a transaction that was cancelled before
// anything was acted on.
func TerminatedInQueue() Fault {
	failure := &apiError{http.StatusInternalServerError, cancelledMessage, cancelledDetail}
	return Fault{Status: failure.status, Body: string(failure.body())}
}

// BadGateway answers 502 with the HTML page of the front end.
func BadGateway() Fault { return frontEnd(http.StatusBadGateway) }

// Unavailable answers 503 with the HTML page of the front end.
func Unavailable() Fault { return frontEnd(http.StatusServiceUnavailable) }

// Unauthenticated answers 401 as to a request without valid credentials.
func Unauthenticated() Fault {
	return Fault{
		Status: http.StatusUnauthorized, Body: string(errNoAuth.body()),
		Header: http.Header{"Www-Authenticate": {`BASIC realm="Service-now"`}, "X-Is-Logged-In": {"false"}},
	}
}

func frontEnd(status int) Fault {
	title := fmt.Sprintf("%d %s", status, http.StatusText(status))
	return Fault{Status: status, Header: htmlHeader(), Body: htmlPage(title, "<hr><center>nginx</center>")}
}

func htmlHeader() http.Header { return http.Header{"Content-Type": {"text/html;charset=UTF-8"}} }
