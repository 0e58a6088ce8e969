package codefreshtest

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// request is one request on its way to an answer.
type request struct {
	*http.Request
	key   Key
	parts []string // of the path below /api, unescaped one by one
	query url.Values
	body  []byte
}

// answer is what a request is answered with: a status and a value that is
// written as JSON; raw bytes as they are.
type answer struct {
	status int
	value  any
	raw    []byte
	header http.Header
}

func ok(value any) answer { return answer{status: http.StatusOK, value: value} }

// refuse is an error as the service writes it. Codes and names beyond the shape
// are not documented.
func refuse(status int, code, name, message string) answer {
	return answer{status: status, value: map[string]any{"status": status, "code": code, "name": name, "message": message}}
}

func notFound(what string) answer {
	return refuse(http.StatusNotFound, "1004", "NOT_FOUND_ERROR", what+" was not found")
}

func invalid(message string) answer {
	return refuse(http.StatusBadRequest, "1007", "VALIDATION_ERROR", message)
}

// serve answers a request that the script let through.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Date", s.Now().UTC().Format(http.TimeFormat))
	w.Header().Set("X-Request-Id", "req-"+strconv.Itoa(s.harness.Requests()))
	parts := strings.Split(strings.Trim(r.URL.EscapedPath(), "/"), "/")
	for i := range parts {
		if text, err := url.PathUnescape(parts[i]); err == nil {
			parts[i] = text
		}
	}
	body, _ := io.ReadAll(r.Body) // complete in memory already
	q := &request{Request: r, parts: parts, query: r.URL.Query(), body: body}
	write(w, s.answer(q))
}

func write(w http.ResponseWriter, a answer) {
	maps.Copy(w.Header(), a.header)
	data := a.raw
	if a.value != nil {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		var err error
		if data, err = json.Marshal(a.value); err != nil { // cannot be: values of this package can be marshalled
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(data) // a client that went away is its own affair
}

func (s *Server) answer(q *request) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	if q.parts[0] == "logs" && len(q.parts) == 2 {
		return s.log(q) // the store of logs knows no keys, only its own signature
	}
	if q.parts[0] != "api" {
		return answer{status: http.StatusNotFound, raw: []byte("<!DOCTYPE html><html><head><title>Not found</title></head></html>"), header: http.Header{"Content-Type": {"text/html"}}}
	}
	if a, refused := s.admit(q); refused {
		return a
	}
	q.parts = q.parts[1:]
	for _, route := range routes() {
		if route.matches(q) {
			if route.writes && q.key.ReadOnly {
				return refuse(http.StatusForbidden, "1005", "FORBIDDEN", "The API key has no scope for this action")
			}
			return route.serve(s, q)
		}
	}
	return notFound("The resource")
}

// admit checks the key.
func (s *Server) admit(q *request) (answer, bool) {
	key, known := s.keys[q.Header.Get("Authorization")]
	switch {
	case !known:
		return refuse(http.StatusUnauthorized, "1001", "UNAUTHORIZED_ERROR", "Unauthorized"), true
	case key.Restricted:
		return refuse(http.StatusForbidden, "1005", "FORBIDDEN", "Access has been restricted for this API key due to unusual activity"), true
	}
	q.key = key
	return answer{}, false
}

// route is one endpoint. In the pattern "*" stands for any one element.
type route struct {
	method  string
	pattern string
	writes  bool
	serve   func(*Server, *request) answer
}

func (r route) matches(q *request) bool {
	want := strings.Split(r.pattern, " ")
	if q.Method != r.method || len(want) != len(q.parts) {
		return false
	}
	for i, element := range want {
		if element != "*" && element != q.parts[i] {
			return false
		}
	}
	return true
}

// routes are the endpoints; the first that matches serves.
func routes() []route {
	return []route{
		{"GET", "user", false, (*Server).user},
		{"GET", "execution-contexts current", false, (*Server).user},
		{"GET", "openapi.json", false, (*Server).openAPI},
		{"GET", "builds rebuild *", true, (*Server).rebuild},
		{"GET", "builds *", false, (*Server).getBuild},
		{"POST", "builds *", true, (*Server).runByID},
		{"GET", "workflow", false, (*Server).listBuilds},
		{"GET", "workflow * pending-approval approve", true, (*Server).approve},
		{"GET", "workflow * pending-approval deny", true, (*Server).deny},
		{"GET", "workflow * data", false, (*Server).getData},
		{"GET", "workflow * data *", false, (*Server).getDatum},
		{"POST", "workflow * data", true, (*Server).setData},
		{"GET", "progress *", false, (*Server).getProgress},
		{"DELETE", "progress *", true, (*Server).terminate},
		{"GET", "annotations", false, (*Server).listAnnotations},
		{"POST", "annotations", true, (*Server).addAnnotation},
		{"DELETE", "annotations", true, (*Server).deleteAnnotations},
		{"POST", "pipelines run", true, (*Server).runYAML},
		{"POST", "pipelines run *", true, (*Server).runPipeline},
		{"GET", "pipelines names", false, (*Server).pipelineNames},
		{"GET", "pipelines", false, (*Server).listPipelines},
		{"POST", "pipelines", true, (*Server).createPipeline},
		{"GET", "pipelines *", false, (*Server).getPipeline},
		{"PUT", "pipelines *", true, (*Server).replacePipeline},
		{"DELETE", "pipelines *", true, (*Server).deletePipeline},
		{"GET", "projects", false, (*Server).listProjects},
		{"GET", "projects name *", false, (*Server).projectByName},
		{"GET", "projects *", false, (*Server).getProject},
		{"GET", "contexts", false, (*Server).listContexts},
		{"GET", "contexts *", false, (*Server).getContext},
		{"GET", "audit download", false, (*Server).audit},
	}
}
