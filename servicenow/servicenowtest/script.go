package servicenowtest

import (
	"net/http"
	"regexp"
	"strings"
	"time"
)

// scripted is the form of the functions that queries may call.
var scripted = regexp.MustCompile(`^gs\.(\w+)\(([^)]*)\);?$`)

// evaluate replaces the javascript: parts of a value: the whole value, or, for
// operators with several operands, each of them. Supported are the caller's
// own id and name, and times in the caller's zone: gs.dateGenerate and those of
// dateScript.
func (b *binder) evaluate(value, op string) (string, *apiError) {
	if !strings.Contains(value, "javascript:") {
		return value, nil
	}
	parts := []string{value}
	if op == "BETWEEN" || op == "ON" || op == "NOTON" {
		parts = strings.Split(value, "@")
	}
	for i, part := range parts {
		script, ok := strings.CutPrefix(part, "javascript:")
		if !ok {
			continue
		}
		result, ok := b.call(strings.TrimSpace(script))
		if !ok {
			return "", &apiError{http.StatusNotImplemented, "servicenowtest: the query script " + script + " is not supported", ""}
		}
		parts[i] = result
	}
	return strings.Join(parts, "@"), nil
}

func (b *binder) call(script string) (string, bool) {
	match := scripted.FindStringSubmatch(script)
	if match == nil {
		return "", false
	}
	switch match[1] {
	case "getUserID":
		return b.caller.id, true
	case "getUserName":
		return b.caller.Name, true
	case "dateGenerate":
		return dateGenerate(strings.Split(strings.NewReplacer("'", "", `"`, "").Replace(match[2]), ","), b.caller.zone)
	}
	return b.dateScript(match[1], match[2])
}

// dateGenerate takes (date, time), (date, "start" or "end"), or one string.
func dateGenerate(args []string, zone *time.Location) (string, bool) {
	text := strings.TrimSpace(args[0])
	if len(args) == 2 {
		switch at := strings.TrimSpace(args[1]); at {
		case "start":
			text += " 00:00:00"
		case "end":
			text += " 23:59:59"
		default:
			text += " " + at
		}
	}
	t, ok := parseTime(text, zone)
	return wireTime(t), ok && len(args) <= 2
}
