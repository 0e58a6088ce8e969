package servicenowtest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"unicode/utf8"
)

// member is one name and value of a request's body.
type member struct{ name, value string }

// values reads the body of a write: one object of strings, booleans, numbers
// and nulls. Of a list only the first record is taken, as the platform does.
// A {"value": ..} object, as records are read, counts as its value.
func (r *request) values() ([]member, *apiError) {
	body := bytes.TrimSpace(r.body)
	if len(body) == 0 {
		return nil, nil
	}
	if !json.Valid(body) {
		return nil, errBody
	}
	if body[0] == '[' {
		var list []json.RawMessage
		if json.Unmarshal(body, &list) != nil || len(list) == 0 {
			return nil, errBody
		}
		body = list[0]
	}
	if body[0] != '{' {
		return nil, errBody
	}
	return members(string(body)), nil
}

// members reads a JSON object that is known to be valid.
func members(object string) []member {
	values := make([]member, 0, 16)
	rest := object[1:]
	for {
		rest = strings.TrimLeft(rest, " \t\r\n,")
		if rest == "" || rest[0] == '}' {
			return values
		}
		var name, value string
		name, rest = token(rest)
		rest = strings.TrimLeft(rest, " \t\r\n:")
		value, rest = token(rest)
		values = append(values, member{plainText(name), plainText(value)})
	}
}

// token cuts the first JSON value off a text.
func token(s string) (value, rest string) {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '"':
			for i++; s[i] != '"'; i++ {
				if s[i] == '\\' {
					i++
				}
			}
			if depth == 0 {
				return s[:i+1], s[i+1:]
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 { // after a number or a word
				return s[:i], s[i:]
			}
			if depth--; depth == 0 {
				return s[:i+1], s[i+1:]
			}
		case ',', ' ', '\t', '\r', '\n':
			if depth == 0 {
				return s[:i], s[i:]
			}
		}
	}
	return s, ""
}

// plainText is the string that the platform makes of a JSON value.
func plainText(raw string) string {
	switch {
	case raw == "null":
		return ""
	case raw[0] == '"' && !strings.Contains(raw, `\`) && utf8.ValidString(raw):
		return raw[1 : len(raw)-1]
	case raw[0] != '"' && raw[0] != '{' && raw[0] != '[':
		return raw
	}
	var value any
	if json.Unmarshal([]byte(raw), &value) != nil {
		return ""
	}
	switch v := value.(type) {
	case string:
		return v
	case map[string]any:
		var object struct {
			Value json.RawMessage `json:"value"`
		}
		if json.Unmarshal([]byte(raw), &object) == nil && len(object.Value) > 0 {
			return plainText(string(object.Value))
		}
	}
	var compact bytes.Buffer
	if json.Compact(&compact, []byte(raw)) != nil {
		return ""
	}
	return compact.String()
}

// rendering reads how the answer's records are to be written.
func (r *request) rendering(c *class, g guard) *rendering {
	how := &rendering{
		links: !r.params.flag("sysparm_exclude_reference_link"), base: r.tableBase(),
		caller: r.caller, guard: g, fields: r.server.fields(c, r.params.get("sysparm_fields")),
	}
	switch fold(r.params.get("sysparm_display_value")) {
	case "true":
		how.mode = showDisplay
	case "all":
		how.mode = showAll
	}
	return how
}

func (r *request) tableBase() string { return r.origin + "/api/now" + r.version + "/table/" }

func (r *request) actor() actor { return actor{r.caller.Name, r.caller.id, r.server.Now()} }

// quiet takes the body away when the client does not want it.
func (r *request) quiet(a *answer) *answer {
	if truth(r.Header.Get("X-no-response-body")) {
		a.body = nil
		if a.status == http.StatusOK {
			a.status = http.StatusNoContent
		}
	}
	return a
}
