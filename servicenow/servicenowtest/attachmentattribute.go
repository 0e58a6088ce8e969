package servicenowtest

import (
	"net/http"
	"slices"
	"strings"
)

// errAttribute is the answer to an attribute without what it needs; the text is
// not documented.
var errAttribute = &apiError{http.StatusBadRequest, "Missing parameter", "key and value are required"}

// attributesRoute answers what hangs below /attachment/{id}/attributes: keys and
// values in sys_attachment_attribute (Attachment API documentation). key is ""
// for all of them.
func (s *Server) attributesRoute(r *request, id, key string) *answer {
	sent, failure := r.values()
	if failure != nil {
		return failed(failure)
	}
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	file, g, failure := s.attachmentOf(r, id)
	if failure != nil {
		return failed(failure)
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead && !s.allows(g, OpUpdate, file) {
		return failed(errACL("Update"))
	}
	a := attributes{s.store, s.store.classes["sys_attachment_attribute"], file, r.actor()}
	if key == "" {
		return a.all(r.Method, given(sent, "key"), given(sent, "value"))
	}
	return a.one(r.Method, key, given(sent, "value"))
}

// given is the value of a member of a body.
func given(values []member, name string) string {
	for _, one := range values {
		if one.name == name {
			return one.value
		}
	}
	return ""
}

// attributes are those of one attachment. The caller holds the lock.
type attributes struct {
	store *store
	class *class
	file  *row
	by    actor
}

func (a attributes) at(name string) int { return a.class.column(name).at }

// rows are the attributes in the order of their keys.
func (a attributes) rows() []*row {
	rows := slices.Collect(a.store.equal(a.class, a.at("attachment"), a.file.get(colID)))
	slices.SortFunc(rows, func(x, y *row) int { return strings.Compare(x.get(a.at("key")), y.get(a.at("key"))) })
	return rows
}

func (a attributes) find(key string) *row {
	for _, r := range a.rows() {
		if r.get(a.at("key")) == key {
			return r
		}
	}
	return nil
}

func (a attributes) appendTo(b []byte, r *row) []byte {
	b = appendString(append(b, `{"key":`...), r.get(a.at("key")))
	b = appendString(append(b, `,"value":`...), r.get(a.at("value")))
	return append(b, '}')
}

func (a attributes) answer(status int, r *row) *answer {
	return &answer{status: status, header: http.Header{}, body: append(a.appendTo([]byte(`{"result":`), r), '}')}
}

// all answers the verbs on the list of attributes.
func (a attributes) all(method, key, value string) *answer {
	switch method {
	case http.MethodGet, http.MethodHead:
		body := []byte(`{"result":[`)
		for i, r := range a.rows() {
			if i > 0 {
				body = append(body, ',')
			}
			body = a.appendTo(body, r)
		}
		return &answer{status: http.StatusOK, header: http.Header{}, body: append(body, "]}"...)}
	case http.MethodPost:
		if key == "" || value == "" || a.find(key) != nil { // a second one is not documented
			return failed(errAttribute)
		}
		made, failure := a.store.insert(a.class, []setting{
			{a.at("attachment"), a.file.get(colID)}, {a.at("key"), key}, {a.at("value"), value},
		}, a.by)
		if failure != nil {
			return failed(failure)
		}
		return a.answer(http.StatusCreated, made)
	case http.MethodDelete:
		return a.remove(a.rows())
	}
	return failed(errMethod)
}

// one answers the verbs on one attribute.
func (a attributes) one(method, key, value string) *answer {
	found := a.find(key)
	if found == nil {
		return failed(errNoRecord)
	}
	switch method {
	case http.MethodGet, http.MethodHead:
		return a.answer(http.StatusOK, found)
	case http.MethodPut:
		if value == "" {
			return failed(errAttribute)
		}
		changed, failure := a.store.update(found, a.class, []setting{{a.at("value"), value}}, a.by)
		if failure != nil {
			return failed(failure)
		}
		return a.answer(http.StatusOK, changed)
	case http.MethodDelete:
		return a.remove([]*row{found})
	}
	return failed(errMethod)
}

func (a attributes) remove(rows []*row) *answer {
	for _, r := range rows {
		if failure := a.store.erase(r, a.by); failure != nil {
			return failed(failure)
		}
	}
	return &answer{status: http.StatusNoContent, header: http.Header{}}
}
