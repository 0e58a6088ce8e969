package netboxtest

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Ready-made faults for Server.Fail. Each is a value: set Method, Path, Call
// and Times on it to say which requests it is about.
//
//	f := netboxtest.Throttled()
//	f.Call = 3 // the third request
//	srv.Fail(f)

// page is an error page as nginx writes it.
func nginxPage(status int) string {
	title := strconv.Itoa(status) + " " + http.StatusText(status)
	if status == http.StatusServiceUnavailable {
		title = "503 Service Temporarily Unavailable"
	}
	return "<html>\r\n<head><title>" + title + "</title></head>\r\n<body>\r\n<center><h1>" + title + "</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
}

func proxyFault(status int) Fault {
	return Fault{Status: status, Header: http.Header{"Content-Type": {"text/html"}, "Server": {"nginx"}}, Body: nginxPage(status)}
}

// Throttled is what nginx's limit_req answers by default: 503 with HTML and
// without Retry-After. NetBox itself has no rate limit.
func Throttled() Fault { return proxyFault(http.StatusServiceUnavailable) }

// BadGateway is nginx's 502 with HTML: no worker took the request.
func BadGateway() Fault { return proxyFault(http.StatusBadGateway) }

// GatewayTimeout is nginx's 504 with HTML: the worker may still act.
func GatewayTimeout() Fault { return proxyFault(http.StatusGatewayTimeout) }

// RequestTooLarge is nginx's 413 with HTML for a body over its limit.
func RequestTooLarge() Fault { return proxyFault(http.StatusRequestEntityTooLarge) }

// RateLimited is the 429 of a proxy or of NetBox Cloud's front, with
// Retry-After in whole seconds (rounded up; none for a wait of 0).
func RateLimited(wait time.Duration) Fault {
	f := proxyFault(http.StatusTooManyRequests)
	if wait > 0 {
		f.Header.Set("Retry-After", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
	}
	return f
}

// Deadlock is NetBox's 500 when PostgreSQL gave up a transaction: nothing was
// written and the call may be repeated.
func Deadlock() Fault {
	return Crashed("OperationalError", "deadlock detected\nDETAIL:  Process 1 waits for ShareLock on transaction 2; blocked by process 3.\n")
}

// LostRace is NetBox's 500 when another request created the same name between
// the check and the insert: a duplicate, not a fault of the server.
func LostRace() Fault {
	return Crashed("IntegrityError", "duplicate key value violates unique constraint \"dcim_site_name_key\"\nDETAIL:  Key (name)=(x) already exists.\n")
}

// Crashed is NetBox's 500 for an exception that nobody caught.
func Crashed(exception, text string) Fault {
	e := encoder{}
	e.value(object{{"error", text}, {"exception", exception}, {"netbox_version", releases[v47].full}, {"python_version", releases[v47].python}})
	return Fault{Status: http.StatusInternalServerError, Header: http.Header{"Content-Type": {"application/json"}}, Body: string(e.buf)}
}

// SignIn is the HTML page of a single sign-on proxy that answers 200 instead
// of NetBox.
func SignIn() Fault {
	return Fault{Status: http.StatusOK, Header: http.Header{"Content-Type": {"text/html; charset=utf-8"}},
		Body: "<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body><form action=\"/login/\" method=\"post\"></form></body></html>\n"}
}

// Dropped closes the connection before NetBox acts.
func Dropped() Fault { return Fault{DropBefore: true} }

// AnswerLost lets NetBox act and loses the answer.
func AnswerLost() Fault { return Fault{DropAfter: true} }

// CutShort lets NetBox act and closes the connection after so many bytes of
// the answer's body.
func CutShort(bytes int) Fault {
	if bytes <= 0 {
		bytes = -1
	}
	return Fault{CutAfter: bytes}
}

// Slow lets NetBox act after a delay.
func Slow(d time.Duration) Fault { return Fault{Delay: d} }

// On restricts a fault to one type, such as "dcim/devices".
func On(f Fault, path string) Fault {
	f.Path = "/api/" + strings.Trim(path, "/") + "/"
	return f
}
