package netbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// judge looks at an answer: nil for a good one. It also learns the API version,
// which refusals carry as well.
func (c *Client) judge(call *rest.Call, a *rest.Answer) *rest.Failure {
	c.learn(a.Header)
	f := rest.JudgeStatus(call, a)
	if f == nil {
		return nil
	}
	d := &detail{version: a.Header.Get("API-Version")}
	f.Detail = d
	if rest.IsHTML(a) {
		judgePage(f, a)
		return f
	}
	parseRefusal(d, a.Body)
	f.Message = message(d)
	switch a.Status {
	case http.StatusForbidden:
		f.Kind = rest.ErrForbidden
		if badCredential(d.text) {
			f.Kind = rest.ErrUnauthorized
		}
	case http.StatusBadRequest:
		if isDuplicate(d.nonField) || anyField(d.fields, isDuplicate) {
			d.kinds = append(d.kinds, ErrDuplicate, rest.ErrConflict)
		}
	case http.StatusConflict:
		if strings.Contains(call.Path, "/available-") {
			d.kinds = append(d.kinds, ErrNoSpace)
		} else {
			d.kinds = append(d.kinds, ErrProtected)
		}
	case http.StatusPreconditionFailed:
		d.kinds = append(d.kinds, ErrPrecondition)
	case http.StatusInternalServerError:
		judgeException(f, d)
	}
	classifyItems(d, a.Status)
	return f
}

// judgePage judges an HTML answer: NetBox's page for unknown addresses, or one
// of the proxy or the application server in front of it.
func judgePage(f *rest.Failure, a *rest.Answer) {
	f.Message = "an HTML page" + title(a.Body)
	switch {
	case a.Status == http.StatusNotFound:
		f.Message += "; NetBox knows no such endpoint, check BaseURL and path"
	case a.Status == http.StatusServiceUnavailable && bytes.Contains(a.Body, []byte("nginx")):
		// nginx answers 503 by itself when its rate limit is exceeded; nothing
		// reached NetBox then.
		f.Kind, f.NotTaken, f.Transient = rest.ErrRateLimited, true, true
		f.Message += "; the proxy in front of NetBox limits the rate"
	case a.Status == http.StatusRequestURITooLong, bytes.Contains(a.Body, []byte("Request Line is too large")):
		f.Message += "; filter by fewer values at once"
	}
}

// title returns a page's title, shortened, to be put behind other words.
func title(body []byte) string {
	_, rest, ok := bytes.Cut(body, []byte("<title>"))
	if !ok {
		return ""
	}
	text, _, ok := bytes.Cut(rest, []byte("<"))
	if !ok {
		return ""
	}
	line := strings.Join(strings.Fields(string(text)), " ")
	if line == "" {
		return ""
	}
	if runes := []rune(line); len(runes) > 80 {
		line = string(runes[:80]) + "..."
	}
	return fmt.Sprintf(" (%q)", line)
}

// badCredential tells the two meanings of NetBox's 403 apart by its text, which
// is the only difference. Unknown texts count as missing permission, so that
// nobody rotates a good token because of them.
func badCredential(text string) bool {
	for _, start := range [...]string{
		"Authentication credentials were not provided", "Invalid token", "Invalid v1 token", "Invalid v2 token",
		"Token expired", "Token disabled", "Token inactive", "User inactive", "Source IP ", "Invalid authorization header",
		"Invalid username/password", "Incorrect authentication credentials",
	} {
		if strings.HasPrefix(text, start) {
			return true
		}
	}
	return false
}

// isDuplicate recognises NetBox's and Django's texts for a unique value that
// is taken; see ErrDuplicate on how far to trust it.
func isDuplicate(texts []string) bool {
	return slices.ContainsFunc(texts, func(t string) bool {
		return strings.Contains(t, "already exists") || strings.Contains(t, "must be unique") ||
			strings.Contains(t, "must make a unique set") || strings.Contains(t, "must have a unique value") ||
			strings.HasPrefix(t, "Duplicate ")
	})
}

func anyField(fields map[string][]string, is func([]string) bool) bool {
	for _, texts := range fields {
		if is(texts) {
			return true
		}
	}
	return false
}

// judgeException judges a 500 that names an exception. A deadlock or a lock
// timeout was rolled back as a whole, so every verb may be repeated; a unique
// violation is a duplicate found late; most others fail the same way again.
func judgeException(f *rest.Failure, d *detail) {
	switch {
	case d.exception == "":
	case strings.Contains(d.text, "deadlock detected"), strings.Contains(d.text, "40P01"),
		strings.Contains(d.text, "lock timeout"), strings.Contains(d.text, "55P03"):
		f.NotTaken, f.Transient = true, true
	case d.exception == "IntegrityError", d.exception == "UniqueViolation":
		f.Final, f.Transient, f.Kind = true, false, rest.ErrConflict
		if strings.Contains(d.text, "duplicate key") || d.exception == "UniqueViolation" {
			d.kinds = append(d.kinds, ErrDuplicate)
		}
	case d.exception == "DataError", d.exception == "ValidationError", d.exception == "ValueError",
		d.exception == "TypeError", d.exception == "KeyError", d.exception == "AttributeError":
		f.Final, f.Transient, f.Kind = true, false, rest.ErrInvalid
	}
}

// message is the refusal in one short line.
func message(d *detail) string {
	text := d.text
	if refused := refusals(d.fields, d.nonField); refused != "" {
		text = strings.TrimPrefix(text+"; "+refused, "; ")
	}
	for i, item := range d.items {
		if i == 3 {
			text += fmt.Sprintf("; and %d more", len(d.items)-i)
			break
		}
		text = strings.TrimPrefix(text+"; "+item.Error(), "; ")
	}
	if d.exception != "" {
		text = d.exception + ": " + text
	}
	if runes := []rune(text); len(runes) > 500 {
		text = string(runes[:500]) + "..."
	}
	return text
}

// classifyItems gives each failed item of a bulk call its kind.
func classifyItems(d *detail, status int) {
	for i := range d.items {
		item := &d.items[i]
		all := slices.Clone(item.NonField)
		for _, texts := range item.Fields {
			all = append(all, texts...)
		}
		has := func(part string) bool {
			return slices.ContainsFunc(all, func(t string) bool { return strings.Contains(t, part) })
		}
		switch {
		case isDuplicate(all):
			item.Kind = ErrDuplicate
		case has("Unable to delete"):
			item.Kind = ErrProtected
		case has("do not have permission"):
			item.Kind = rest.ErrForbidden
		case strings.HasPrefix(strings.Join(item.Fields["id"], ""), "Object with ID"):
			item.Kind = rest.ErrNotFound
		default:
			item.Kind = rest.ErrInvalid
		}
	}
	if len(d.items) > 0 && status == http.StatusBadRequest &&
		!slices.ContainsFunc(d.items, func(i ItemError) bool { return !errors.Is(i.Kind, ErrDuplicate) }) {
		d.kinds = append(d.kinds, ErrDuplicate, rest.ErrConflict)
	}
}

// parseRefusal reads every shape in which NetBox refuses: {"detail"}, messages
// by field, a bare list of texts, a list aligned with the items of a bulk call,
// 4.7's {"detail","errors"}, and the report of an exception.
func parseRefusal(d *detail, body []byte) {
	body = bytes.TrimSpace(body)
	if len(body) == 0 || !json.Valid(body) {
		d.text = snippet(body)
		return
	}
	switch body[0] {
	case '[':
		parseList(d, body)
	case '{':
		parseObject(d, body)
	default:
		d.text = text(body)
	}
}

func parseList(d *detail, body []byte) {
	s := scanner{data: body}
	for i := 0; ; i++ {
		value, done, err := s.element(i == 0)
		if done || err != nil {
			return
		}
		switch value[0] {
		case '{':
			item := ItemError{Index: i, ID: -1}
			item.Fields, item.NonField = parseFields(value)
			if len(item.Fields)+len(item.NonField) > 0 {
				d.items = append(d.items, item)
			}
		default:
			d.nonField = append(d.nonField, texts(value)...)
		}
	}
}

func parseObject(d *detail, body []byte) {
	if raw, ok := memberOf(body, "exception"); ok {
		d.exception = text(raw)
		if raw, ok := memberOf(body, "error"); ok {
			d.text = text(raw)
		}
		return
	}
	raw, hasDetail := memberOf(body, "detail")
	list, hasErrors := memberOf(body, "errors")
	if hasDetail {
		d.text = strings.Join(texts(raw), " ")
	}
	if hasDetail && hasErrors && list[0] == '[' {
		s := scanner{data: list}
		for first := true; ; first = false {
			value, done, err := s.element(first)
			if done || err != nil {
				return
			}
			item := ItemError{Index: -1, ID: -1}
			if raw, ok := memberOf(value, "index"); ok {
				item.Index = int(number(raw))
			}
			if raw, ok := memberOf(value, "id"); ok {
				item.ID = number(raw)
			}
			if raw, ok := memberOf(value, "errors"); ok {
				item.Fields, item.NonField = parseFields(raw)
			}
			d.items = append(d.items, item)
		}
	}
	if !hasDetail {
		d.fields, d.nonField = parseFields(body)
	}
}

// parseFields reads messages by field; nested ones get dotted names.
func parseFields(body []byte) (fields map[string][]string, nonField []string) {
	if len(body) == 0 || body[0] != '{' {
		return nil, texts(body)
	}
	s := scanner{data: body}
	for first := true; ; first = false {
		key, value, done, err := s.member(first)
		if done || err != nil {
			return fields, nonField
		}
		name := text(append(append([]byte{'"'}, key...), '"'))
		if name == "__all__" || name == "non_field_errors" {
			nonField = append(nonField, texts(value)...)
			continue
		}
		if fields == nil {
			fields = map[string][]string{}
		}
		if value[0] == '{' {
			inner, rest := parseFields(value)
			for sub, list := range inner {
				fields[name+"."+sub] = list
			}
			if len(rest) > 0 {
				fields[name] = rest
			}
			continue
		}
		fields[name] = texts(value)
	}
}

// texts reads a message or a list of them.
func texts(raw []byte) []string {
	if len(raw) == 0 || isNull(raw) {
		return nil
	}
	if raw[0] != '[' {
		if raw[0] == '{' {
			return []string{snippet(raw)}
		}
		return []string{text(raw)}
	}
	var list []string
	s := scanner{data: raw}
	for first := true; ; first = false {
		value, done, err := s.element(first)
		if done || err != nil {
			return list
		}
		list = append(list, texts(value)...)
	}
}

// snippet is the start of a body that is no refusal of NetBox's.
func snippet(body []byte) string {
	line := strings.Join(strings.Fields(strings.ToValidUTF8(string(body[:min(len(body), 300)]), "?")), " ")
	if len(body) > 300 {
		line += "..."
	}
	return line
}
