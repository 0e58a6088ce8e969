package azdevopstest

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
)

// request is one request on its way to an answer.
type request struct {
	*http.Request
	user    *User
	project *project // nil outside of a project
	team    string
	area    []string // of the path behind _apis, unescaped one by one
	args    []string // the elements that stood where a route has a star
	query   url.Values
	body    []byte
	base    string      // address of the organization
	temps   map[int]int // of a batch: ids of its new work items, by temporary id
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

// list is a value with its count, as all lists are written.
func list[T any](values []T) answer {
	if values == nil {
		values = []T{}
	}
	return ok(map[string]any{"count": len(values), "value": values})
}

// refuse is the service's exception.
func refuse(status int, typeKey, message string) answer {
	return answer{status: status, value: exception(typeKey, message)}
}

func exception(typeKey, message string) map[string]any {
	return map[string]any{
		"$id": "1", "innerException": nil, "message": message,
		"typeName": "Microsoft.TeamFoundation." + typeKey + ", Microsoft.TeamFoundation", "typeKey": typeKey,
		"errorCode": 0, "eventId": 3000,
	}
}

// misfit is the other shape of a refusal, of a body that cannot be bound.
func misfit(message string) answer {
	return answer{status: http.StatusBadRequest, value: map[string]any{"count": 1, "value": map[string]any{"Message": message}}}
}

func notFound(what string) answer {
	return refuse(http.StatusNotFound, "ResourceNotFoundException", what+" does not exist.")
}

// serve answers a request that the script let through.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Date", s.Now().UTC().Format(http.TimeFormat))
	s.mu.Lock()
	header.Set("ActivityId", s.newGUID())
	header.Set("X-Tfs-Processid", guidOf("process"))
	a := s.answer(r)
	s.mu.Unlock()
	maps.Copy(header, a.header)
	data := a.raw
	if a.value != nil {
		header.Set("Content-Type", "application/json; charset=utf-8; api-version=7.1")
		var err error
		if data, err = json.Marshal(a.value); err != nil { // cannot be: values of this package can be marshalled
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(data) // a client that went away is its own affair
}

// answer finds who asks for what. The lock is held.
func (s *Server) answer(r *http.Request) answer {
	q, found := s.parse(r)
	if !found {
		return answer{status: http.StatusNotFound, raw: []byte("<!DOCTYPE html><html><head><title>404 - File or directory not found.</title></head></html>"), header: http.Header{"Content-Type": {"text/html"}}}
	}
	if q.user = s.userOf(r); q.user == nil {
		return s.signIn()
	}
	if !s.releaseHost(q) {
		return notFound("The controller for path " + r.URL.Path)
	}
	s.advance()
	header, refused := s.charge(q.user)
	a := blocked()
	if !refused {
		a = s.dispatch(q)
	}
	if len(header) > 0 {
		if a.header == nil {
			a.header = http.Header{}
		}
		maps.Copy(a.header, header)
	}
	return a
}

// dispatch finds the endpoint of a request.
func (s *Server) dispatch(q *request) answer {
	for _, route := range s.table {
		args, matches := route.match(q)
		if !matches {
			continue
		}
		q.args = args
		switch {
		case route.project && q.project == nil:
			return notFound("The project")
		case route.writes && q.user.ReadOnly:
			return refuse(http.StatusForbidden, "AccessDeniedException", "TF400813: The user is not authorized to access this resource.")
		}
		if a, bad := checkVersion(q); bad {
			return a
		}
		return route.serve(s, q)
	}
	return notFound("The controller for path " + q.URL.Path)
}

// parse takes the address apart: organization, project, team, _apis, the rest.
// Case does not count in it.
func (s *Server) parse(r *http.Request) (*request, bool) {
	path := strings.Trim(r.URL.EscapedPath(), "/")
	organization := s.options.Organization
	if len(path) < len(organization) || !strings.EqualFold(path[:len(organization)], organization) {
		return nil, false
	}
	parts := strings.Split(strings.Trim(path[len(organization):], "/"), "/")
	for i := range parts {
		if text, err := url.PathUnescape(parts[i]); err == nil {
			parts[i] = text
		}
	}
	q := &request{Request: r, query: r.URL.Query(), base: base(r) + "/" + organization}
	q.body, _ = io.ReadAll(r.Body) // complete in memory already
	for i, part := range parts {
		if !strings.EqualFold(part, "_apis") {
			continue
		}
		q.area = parts[i+1:]
		if i > 0 {
			if q.project = s.projectOf(parts[0]); q.project == nil {
				return nil, false
			}
		}
		if i > 1 {
			q.team = parts[1]
		}
		return q, i <= 2
	}
	return nil, false
}

func base(r *http.Request) string {
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + r.Host
}

// checkVersion wants an api-version in the query or in the Accept header.
func checkVersion(q *request) (answer, bool) {
	version := q.query.Get("api-version")
	if version == "" {
		_, version, _ = strings.Cut(q.Header.Get("Accept"), "api-version=")
		version, _, _ = strings.Cut(version, ";")
	}
	if version == "" {
		if q.Method == http.MethodGet || q.Method == http.MethodOptions {
			return answer{}, false
		}
		return refuse(http.StatusBadRequest, "VssVersionNotSpecifiedException", fmt.Sprintf("No api-version was supplied for the %q request. The version must be supplied either as part of the Accept header (e.g. \"application/json; api-version=1.0\") or as a query parameter (e.g. \"?api-version=1.0\").", q.Method)), true
	}
	if number, _, _ := strings.Cut(version, "-"); strings.HasPrefix(number, "8.") || strings.HasPrefix(number, "9.") {
		return refuse(http.StatusBadRequest, "VssVersionOutOfRangeException", "The requested REST API version of "+version+" is out of range for this server. The latest REST API version this server supports is 7.2."), true
	}
	return answer{}, false
}

// route is one endpoint. In the pattern "*" stands for any one element; case
// does not count.
type route struct {
	method  string
	pattern string
	project bool // exists in projects only
	writes  bool
	serve   func(*Server, *request) answer
}

// endpoint is a route whose pattern is taken apart.
type endpoint struct {
	route
	elements []string
}

func (e endpoint) match(q *request) ([]string, bool) {
	if q.Method != e.method || len(e.elements) != len(q.area) {
		return nil, false
	}
	var args []string
	for i, element := range e.elements {
		switch {
		case element == "*":
			args = append(args, q.area[i])
		case strings.HasPrefix(element, "$*"):
			if !strings.HasPrefix(q.area[i], "$") {
				return nil, false
			}
			args = append(args, q.area[i][1:])
		case !strings.EqualFold(element, q.area[i]):
			return nil, false
		}
	}
	return args, true
}

// routes are the endpoints; the first that matches serves. Each part of the API
// has its own list in its own file. Checkpoints go before definitions, whose
// "pipelines *" would take their "pipelines approvals".
func routes() []endpoint {
	var all []endpoint
	for _, part := range [][]route{
		locationRoutes(), coreRoutes(), workRoutes(), wiqlRoutes(), categoryRoutes(), batchRoutes(), commentRoutes(),
		reportingRoutes(), attachmentRoutes(), recycleRoutes(), relationRoutes(),
		checkpointRoutes(), definitionRoutes(), buildRoutes(), runRoutes(), planRoutes(), releaseRoutes(), hookRoutes(),
	} {
		for _, r := range part {
			all = append(all, endpoint{r, strings.Fields(r.pattern)})
		}
	}
	return all
}
