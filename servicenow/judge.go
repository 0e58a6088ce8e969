package servicenow

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// wireError is the platform's error object. OAuth endpoints send a plain text
// in its place.
type wireError struct {
	Message string
	Detail  string
}

// UnmarshalJSON reads an object, or a text.
func (w *wireError) UnmarshalJSON(data []byte) error {
	var object struct {
		Message scalar `json:"message"`
		Detail  scalar `json:"detail"`
	}
	if json.Unmarshal(data, &object) == nil {
		w.Message, w.Detail = string(object.Message), string(object.Detail)
		return nil
	}
	var text scalar
	if json.Unmarshal(data, &text) == nil {
		w.Message = string(text)
	}
	return nil // an error of an unknown shape is still an error
}

// said is the error for a failure's Detail; its text goes into Message.
func (w *wireError) said() said {
	return said{message: clip(w.Message, longestText), detail: clip(w.Detail, longestText)}
}

// longestText bounds each of the platform's two texts, in bytes.
const longestText = 1000

// readError finds the error object in an answer; nil when there is none.
func readError(body []byte) *wireError {
	var doc struct {
		Error       *wireError `json:"error"`
		Description string     `json:"error_description"`
	}
	if json.Unmarshal(body, &doc) != nil || doc.Error == nil {
		return nil
	}
	if doc.Error.Detail == "" {
		doc.Error.Detail = doc.Description
	}
	return doc.Error
}

// judge looks at every fully read answer.
func judge(call *rest.Call, a *rest.Answer) *rest.Failure {
	if f := judgeSuccess(call, a); f != nil || a.Status >= 200 && a.Status < 300 {
		return f
	}
	f := rest.JudgeStatus(call, a)
	if f == nil {
		return nil
	}
	var said said
	if w := readError(a.Body); w != nil {
		said = w.said()
		f.Message = said.text()
	}
	said.rule, said.reset = a.Header.Get("X-RateLimit-Rule"), resetOf(a.Header)
	f.Detail = said
	switch a.Status {
	case http.StatusTooManyRequests:
		f.Kind = ErrQueueFull
		if said.rule != "" || a.Header.Get("X-RateLimit-Limit") != "" || a.Header.Get("Retry-After") != "" {
			f.Kind = ErrHourlyLimit
		}
	case http.StatusRequestURITooLong:
		f.Kind = ErrURLTooLong
		f.Message = "the platform takes URLs up to 8 KB: split the condition"
	case http.StatusBadRequest:
		if hasFold(said.message, "invalid table") {
			f.Kind = ErrInvalidTable
		}
		// The Change Management API answers 400 where the Table API answers 403.
		if kind := forbidden(said); errors.Is(kind, errStateRefused) || errors.Is(kind, ErrDataPolicy) && hasFold(said.text(), "data policy") {
			f.Kind = kind
		}
	case http.StatusUnauthorized:
		if said.message == "" {
			f.Message = "check the credentials"
		}
	case http.StatusForbidden:
		f.Kind = forbidden(said)
	case http.StatusConflict:
		if duplicate(said) {
			f.Kind = ErrDuplicate
		}
	}
	return f
}

// judgeSuccess finds the failures that come with a 2xx status.
func judgeSuccess(call *rest.Call, a *rest.Answer) *rest.Failure {
	if a.Status < 200 || a.Status >= 300 {
		return nil
	}
	if a.Status == http.StatusAccepted && len(bytes.TrimSpace(a.Body)) == 0 {
		return &rest.Failure{Kind: ErrDropped, NotTaken: true, Transient: true,
			Message: "dropped from a full session queue, though the status is 202"}
	}
	if !rest.IsHTML(a) {
		return nil
	}
	if bytes.Contains(bytes.ToLower(a.Body), []byte("hibernat")) {
		return &rest.Failure{Kind: ErrAsleep, NotTaken: true, Final: true,
			Message: "the instance is hibernating: wake it up on the developer site"}
	}
	f := rest.JudgeStatus(call, a)
	if f != nil {
		f.Final, f.NotTaken = true, true
		f.Message = "a sign-in page came: check BaseURL, the credentials and single sign-on"
	}
	return f
}

// forbidden tells the reasons of a 403 apart by their text.
func forbidden(s said) error {
	switch {
	case duplicate(s):
		return ErrDuplicate
	case hasFold(s.detail, "invalid state transition"), hasFold(s.message, "invalid state transition"):
		return errStateRefused
	case hasFold(s.detail, "business rule"), hasFold(s.message, "business rule"):
		return ErrBusinessRule
	case hasFold(s.detail, "data policy"), hasFold(s.message, "data policy"),
		hasFold(s.detail, "mandatory"), hasFold(s.message, "mandatory"):
		return ErrDataPolicy
	case hasFold(s.detail, "acl "), hasFold(s.detail, "security constraints"),
		hasFold(s.message, "insufficient rights"), hasFold(s.detail, "insufficient rights"),
		hasFold(s.detail, "permission to be read"):
		return ErrACL
	}
	return ErrForbidden
}

func duplicate(s said) bool {
	for _, text := range []string{s.message, s.detail} {
		if hasFold(text, "unique key") || hasFold(text, "duplicate entry") || hasFold(text, "duplicate key") {
			return true
		}
	}
	return false
}

func hasFold(text, part string) bool {
	return strings.Contains(strings.ToLower(text), part)
}

// resetOf reads the second at which a rate rule's hour ends.
func resetOf(h http.Header) time.Time {
	seconds, err := strconv.ParseInt(strings.TrimSpace(h.Get("X-RateLimit-Reset")), 10, 64)
	if err != nil || seconds <= 0 || seconds > 1<<40 {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}
