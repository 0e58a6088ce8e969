package azdevopstest

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
)

func batchRoutes() []route {
	return []route{
		{"PATCH", "wit $batch", false, true, (*Server).runBatch},
		{"POST", "wit $batch", false, true, (*Server).runBatch}, // as old servers have it
	}
}

// maxBatch is how many writes a batch may have. The number is not documented;
// it is that of the batch reads.
const maxBatch = 200

// runBatch does writes of work items one after the other; one that fails keeps
// none of the others. Answers are JSON documents inside strings (documentation,
// "Work item batch operations").
func (s *Server) runBatch(q *request) answer {
	var writes []struct {
		Method string            `json:"method"`
		URI    string            `json:"uri"`
		Header map[string]string `json:"headers"`
		Body   json.RawMessage   `json:"body"`
	}
	if json.Unmarshal(q.body, &writes) != nil || len(writes) == 0 {
		return misfit("The batch cannot be read.")
	}
	if len(writes) > maxBatch {
		return refuse(http.StatusBadRequest, "VssPropertyValidationException", "VS403474: The batch has more than 200 requests.")
	}
	temps := map[int]int{}
	values := make([]map[string]any, len(writes))
	for i, write := range writes {
		header := http.Header{}
		for name, value := range write.Header {
			header.Set(name, value)
		}
		a := s.runWrite(q, write.Method, write.URI, header, write.Body, temps)
		values[i] = map[string]any{
			"code": a.status, "headers": map[string]string{"Content-Type": "application/json; charset=utf-8"}, "body": jsonText(a.value),
		}
	}
	return list(values)
}

// runWrite does one write. What the query of the batch asks for holds for it.
func (s *Server) runWrite(q *request, method, uri string, header http.Header, body []byte, temps map[int]int) answer {
	address, err := url.Parse("/" + s.options.Organization + "/" + strings.TrimPrefix(uri, "/"))
	if err != nil {
		return misfit("The uri " + uri + " cannot be read.")
	}
	query := q.URL.Query()
	maps.Copy(query, address.Query())
	address.RawQuery = query.Encode()
	sub, found := s.parse(&http.Request{
		Method: method, URL: address, Host: q.Host, TLS: q.TLS, Header: header, Body: io.NopCloser(bytes.NewReader(body)),
	})
	if !found || len(sub.area) != 3 || !strings.EqualFold(sub.area[0], "wit") || !strings.EqualFold(sub.area[1], "workitems") {
		return notFound("The controller for path " + uri)
	}
	sub.user, sub.temps = q.user, temps
	for _, e := range s.table {
		if args, matches := e.match(sub); matches && e.writes && method == http.MethodPatch {
			sub.args = args
			if e.project && sub.project == nil {
				return notFound("The project")
			}
			return e.serve(s, sub)
		}
	}
	return notFound("The controller for path " + uri)
}

// remember notes the id of a new work item under the temporary one that the
// patch gave it.
func (q *request) remember(ops []operation, id int) {
	for _, op := range ops {
		if temp, ok := op.Value.(float64); ok && op.Path == "/id" && q.temps != nil {
			q.temps[int(temp)] = id
		}
	}
}
