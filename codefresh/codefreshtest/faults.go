package codefreshtest

import (
	"net/http"
	"strconv"
	"time"
)

// RateLimited answers 429 as the service does to a key with too many requests.
// No header is documented; after is sent as Retry-After when it is above zero.
func RateLimited(after time.Duration) Fault {
	f := Fault{Status: http.StatusTooManyRequests, Body: `{"status":429,"code":"429","name":"TOO_MANY_REQUESTS","message":"Too Many Requests"}`}
	if after > 0 {
		f.Header = http.Header{"Retry-After": {strconv.FormatInt(int64((after+time.Second-1)/time.Second), 10)}}
	}
	return f
}

// BadGateway answers 502 with the page of the front end.
func BadGateway() Fault { return frontEnd(http.StatusBadGateway) }

// Unavailable answers 503 with the page of the front end.
func Unavailable() Fault { return frontEnd(http.StatusServiceUnavailable) }

// Broken answers 500 in the shape of the API.
func Broken() Fault {
	return Fault{Status: http.StatusInternalServerError, Body: `{"status":"Error","message":"Internal server error"}`}
}

func frontEnd(status int) Fault {
	title := strconv.Itoa(status) + " " + http.StatusText(status)
	return Fault{
		Status: status, Header: http.Header{"Content-Type": {"text/html"}},
		Body: "<html><head><title>" + title + "</title></head><body><center><h1>" + title + "</h1></center></body></html>",
	}
}
