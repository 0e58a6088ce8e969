package servicenowtest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
)

// member is one name and value of a request's body.
type member struct{ name, value string }

// values reads the body of a write: one object of strings, booleans, numbers
// and nulls. Of a list only the first record is taken, as the platform does.
// A {"value": ..} object, as records are read, counts as its value.
func (r *request) values() ([]member, *apiError) {
	d := json.NewDecoder(bytes.NewReader(r.body))
	d.UseNumber()
	first, err := d.Token()
	if err == io.EOF {
		return nil, nil
	}
	if first == json.Delim('[') && d.More() {
		first, err = d.Token()
	}
	if err != nil || first != json.Delim('{') {
		return nil, errBody
	}
	values := make([]member, 0, 16)
	for d.More() {
		token, err := d.Token()
		name, ok := token.(string)
		if err != nil || !ok {
			return nil, errBody
		}
		var value any
		if d.Decode(&value) != nil {
			return nil, errBody
		}
		values = append(values, member{name, text(value)})
	}
	if _, err := d.Token(); err != nil {
		return nil, errBody
	}
	return values, nil
}

// text is the string that the platform makes of a JSON value.
func text(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return v
	case bool:
		if v {
			return "true"
		}
		return "false"
	case json.Number:
		return v.String()
	case map[string]any:
		if inner, ok := v["value"]; ok {
			return text(inner)
		}
	}
	data, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	return string(data)
}

// rendering reads how the answer's records are to be written.
func (r *request) rendering(c *class) *rendering {
	how := &rendering{
		links: !r.params.flag("sysparm_exclude_reference_link"), base: r.tableBase(),
		caller: r.caller, fields: fieldsOf(c, r.params.get("sysparm_fields")),
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
