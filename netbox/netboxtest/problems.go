package netboxtest

import (
	"fmt"
	"net/http"
)

// problems collects what is wrong with a body, by field, in order.
type problems struct {
	list []problem
}

type problem struct {
	field string
	texts []string
	raw   any // instead of texts
}

func (p *problems) add(field string, texts ...string) {
	for i := range p.list {
		if p.list[i].field == field && p.list[i].raw == nil {
			p.list[i].texts = append(p.list[i].texts, texts...)
			return
		}
	}
	p.list = append(p.list, problem{field: field, texts: texts})
}

func (p *problems) addRaw(field string, v any) {
	p.list = append(p.list, problem{field: field, raw: v})
}

// about says whether something is wrong with one of the fields.
func (p *problems) about(fields []*field) bool {
	for _, x := range p.list {
		for _, f := range fields {
			if f != nil && f.name == x.field {
				return true
			}
		}
	}
	return false
}

func (p *problems) any() bool { return len(p.list) > 0 }

// body is {"field": ["text"]}.
func (p *problems) body() object {
	out := object{}
	for _, x := range p.list {
		if x.raw != nil {
			out = out.put(x.field, x.raw)
			continue
		}
		texts := make([]any, len(x.texts))
		for i, t := range x.texts {
			texts[i] = t
		}
		out = out.put(x.field, texts)
	}
	return out
}

// apiError is an answer that is not a success. It is also what the Go calls
// return, with the answer's body in its text.
type apiError struct {
	status int
	body   any // JSON
	etag   string
	header http.Header
}

// Error is the status and the body of the answer.
func (e *apiError) Error() string {
	enc := encoder{}
	enc.value(e.body)
	return fmt.Sprintf("netboxtest: %d %s", e.status, enc.buf)
}

func detail(status int, text string) *apiError {
	return &apiError{status: status, body: object{{"detail", text}}}
}

func invalid(p *problems) *apiError { return &apiError{status: 400, body: p.body()} }

// crash is the answer to an exception that nobody caught.
func (s *Server) crash(exception, text string) *apiError {
	rel := releases[s.schema.v]
	return &apiError{status: 500, body: object{{"error", text}, {"exception", exception},
		{"netbox_version", rel.full}, {"python_version", rel.python}}}
}

func notFound(r *resource, v version) *apiError {
	if v < 400 {
		return detail(404, "Not found.")
	}
	return detail(404, "No "+r.class+" matches the given query.")
}

const (
	textForbidden = "You do not have permission to perform this action."
	textRequired  = "This field is required."
	textNull      = "This field may not be null."
	textBlank     = "This field may not be blank."
)
