package azdevopstest

import (
	"net/http"
	"strconv"
	"time"
)

// RateLimited answers 429 as the service does to an identity with too much use.
// after is sent as Retry-After when it is above zero, in whole seconds.
func RateLimited(after time.Duration) Fault {
	a := blocked()
	f := Fault{Status: a.status, Body: jsonText(a.value), Header: http.Header{"X-Ratelimit-Resource": {"AzureDevOps/TSTU"}}}
	if after > 0 {
		f.Header.Set("Retry-After", strconv.FormatInt(int64((after+time.Second-1)/time.Second), 10))
	}
	return f
}

// SignInPage answers 203 with a page, as the service does to a bad token.
func SignInPage() Fault {
	return Fault{Status: http.StatusNonAuthoritativeInfo, Header: http.Header{"Content-Type": {"text/html; charset=utf-8"}}, Body: string(signInPage)}
}

// SignInRedirect answers 302 to the sign-in page, as the service does to a bad
// token without the header that suppresses it.
func SignInRedirect() Fault {
	return Fault{Status: http.StatusFound, Header: http.Header{"Location": {"https://spsprodweu5.vssps.visualstudio.com/_signin?realm=dev.azure.com"}, "Content-Type": {"text/html"}}, Body: "<html><head><title>Object moved</title></head></html>"}
}

// Broken answers 500 in the shape of the service's exceptions.
func Broken() Fault {
	a := refuse(http.StatusInternalServerError, "TeamFoundationServerException", "TF400898: An Internal Error Occurred. Activity Id: 00000000-0000-4000-8000-000000000000.")
	return Fault{Status: a.status, Body: jsonText(a.value)}
}

// Misfit answers 400 in the shape that bodies get which cannot be bound.
func Misfit(message string) Fault {
	a := misfit(message)
	return Fault{Status: a.status, Body: jsonText(a.value)}
}

// PlainText answers with a text, as some layers of the service do.
func PlainText(status int, text string) Fault {
	return Fault{Status: status, Header: http.Header{"Content-Type": {"text/plain; charset=utf-8"}}, Body: text}
}

// Unavailable answers 503 with the page of the front end.
func Unavailable() Fault {
	return Fault{
		Status: http.StatusServiceUnavailable, Header: http.Header{"Content-Type": {"text/html"}},
		Body: "<!DOCTYPE html><html><head><title>Azure DevOps Services Unavailable</title></head></html>",
	}
}

// WithBOM puts a byte order mark before the body of answers that succeed, as some
// servers do.
func WithBOM() Fault {
	return Fault{Rewrite: func(body []byte) []byte { return append([]byte("\ufeff"), body...) }}
}
