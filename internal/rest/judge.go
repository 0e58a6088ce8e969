package rest

import (
	"bytes"
	"net/http"
	"strings"
)

// JudgeStatus is the judgement that all services share, and with which a
// service's own Judge starts: nil for 2xx, a Failure of the fitting kind for
// everything else and for a web page where JSON is due.
func JudgeStatus(call *Call, a *Answer) *Failure {
	if a.Status >= 200 && a.Status < 300 {
		if wantsJSON(call) && IsHTML(a) {
			return &Failure{Kind: ErrSignIn, Message: "check the base URL, the credentials, and whether the instance is awake"}
		}
		return nil
	}
	f := &Failure{Kind: kindOf(a.Status)}
	f.NotTaken, f.Transient = repeatable(a.Status)
	return f
}

// wantsJSON reports whether a call expects JSON, as it does unless its own
// Accept header says otherwise.
func wantsJSON(call *Call) bool {
	accept := call.Header.Get("Accept")
	return accept == "" || strings.Contains(accept, "json")
}

// IsHTML reports whether the body is a page or other markup, by its content:
// the header is wrong too often.
func IsHTML(a *Answer) bool {
	return bytes.HasPrefix(bytes.TrimLeft(a.Body, " \t\r\n\ufeff"), []byte("<"))
}

// kindOf maps a status to a sentinel; nil for a status with no meaning here.
func kindOf(status int) error {
	switch status {
	case http.StatusUnauthorized:
		return ErrUnauthorized
	case http.StatusForbidden:
		return ErrForbidden
	case http.StatusNotFound, http.StatusGone:
		return ErrNotFound
	case http.StatusConflict, http.StatusPreconditionFailed:
		return ErrConflict
	case http.StatusTooManyRequests:
		return ErrRateLimited
	}
	switch {
	case status >= 500, status == http.StatusRequestTimeout, status == http.StatusTooEarly:
		return ErrUnavailable
	case status >= 400:
		return ErrInvalid
	case status >= 300:
		return ErrRedirect
	}
	return nil
}

// repeatable is the retry table's column of statuses. Only a 429 proves that the
// request was not taken: whoever sends any of the others may have acted.
func repeatable(status int) (notTaken, transient bool) {
	switch status {
	case http.StatusTooManyRequests:
		return true, true
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusInternalServerError,
		http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return false, true
	}
	return false, false
}
