package netboxtest

import (
	"bytes"
	"errors"
	"fmt"
	"html"
	"io"
	"maps"
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// exchange is one request on its way to an answer.
type exchange struct {
	s       *Server
	r       *http.Request
	token   *Token
	request string // X-Request-ID
	base    string // "http://host"
	body    any
	broken  *apiError // what is wrong with the body; told when it is needed
}

// answer is what a handler gives back.
type answer struct {
	status int
	body   []byte
	etag   string
	where  string // Location
}

// serve answers one request as NetBox and the servers in front of it do.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	line := len(r.Method) + len(r.URL.RequestURI()) + len("  HTTP/1.1")
	if top := s.opts.MaxRequestLine; top > 0 && line > top {
		writeHTML(w, r, http.StatusBadRequest, "<html>\n  <head>\n    <title>Bad Request</title>\n  </head>\n  <body>\n    <h1><p>Bad Request</p></h1>\n    "+
			fmt.Sprintf("Request Line is too large (%d &gt; %d)\n  </body>\n</html>\n", line, top))
		return
	}
	raw, tooLarge := readBody(r, s.opts.MaxBody)
	if tooLarge {
		writeHTML(w, r, http.StatusRequestEntityTooLarge, page413)
		return
	}
	if s.waiting.Load() > 0 {
		s.work()
	}
	x := &exchange{s: s, r: r, base: baseURL(r)}
	x.request = s.requestID()
	h := w.Header()
	h.Set("X-Request-ID", x.request)
	h.Set("API-Version", releases[s.schema.v].name)
	h.Set("Vary", "HX-Request, Accept-Language, Cookie, origin")
	path := r.URL.Path
	if !strings.HasSuffix(path, "/") {
		if r.Method == http.MethodGet || r.Method == http.MethodHead || s.schema.v < v45 && s.route(path+"/").known() {
			if s.route(path + "/").known() {
				target := *r.URL
				target.Scheme, target.Host, target.User = "", "", nil
				target.Path, target.RawPath = path+"/", ""
				h.Set("Location", target.String())
				h.Set("Content-Type", "text/html; charset=utf-8")
				w.WriteHeader(http.StatusMovedPermanently)
				return
			}
		}
		s.page404(w, r)
		return
	}
	at := s.route(path)
	if !at.known() {
		s.page404(w, r)
		return
	}
	h.Set("Allow", strings.Join(at.methods(), ", "))
	x.parse(raw)
	a, err := x.answer(at)
	if err != nil {
		a = x.refuse(w, err)
	}
	if a.etag != "" && s.schema.v >= v46 {
		h.Set("ETag", a.etag)
	}
	if a.where != "" {
		h.Set("Location", a.where)
	}
	if a.body != nil {
		h.Set("Content-Type", "application/json")
		h.Set("Content-Length", strconv.Itoa(len(a.body)))
	}
	w.WriteHeader(a.status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(a.body) // a client that went away is no matter
	}
}

// refuse turns an error into an answer.
func (x *exchange) refuse(w http.ResponseWriter, err *apiError) *answer {
	maps.Copy(w.Header(), err.header)
	enc := encoder{}
	enc.value(err.body)
	return &answer{status: err.status, body: enc.buf, etag: err.etag}
}

func readBody(r *http.Request, top int64) (raw []byte, tooLarge bool) {
	if r.Body == nil {
		return nil, false
	}
	reader := io.Reader(r.Body)
	if top > 0 {
		reader = io.LimitReader(r.Body, top+1)
	}
	raw, err := io.ReadAll(reader)
	if err != nil {
		return nil, false
	}
	return raw, top > 0 && int64(len(raw)) > top
}

func baseURL(r *http.Request) string {
	scheme := "http"
	if r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https" || r.URL.Scheme == "https" {
		scheme = "https"
	}
	host := r.Host
	if host == "" {
		host = r.URL.Host
	}
	if host == "" {
		host = "localhost"
	}
	return scheme + "://" + host
}

// parse reads the body; what is wrong with it is told only when it is needed.
func (x *exchange) parse(raw []byte) {
	x.body = object{}
	switch x.r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return
	}
	if len(raw) == 0 {
		if x.r.Method == http.MethodDelete {
			x.body = nil
		}
		return
	}
	given := x.r.Header.Get("Content-Type")
	if media, _, _ := mime.ParseMediaType(given); media != "application/json" {
		x.broken = detail(http.StatusUnsupportedMediaType, fmt.Sprintf("Unsupported media type %q in request.", given))
		return
	}
	v, err := parseJSON(bytes.TrimPrefix(raw, []byte("\ufeff")))
	if err != nil {
		if p, ok := errors.AsType[*parseError](err); ok {
			x.broken = detail(http.StatusBadRequest, "JSON parse error - "+p.Error())
		}
		return
	}
	x.body = v
}

func writeHTML(w http.ResponseWriter, r *http.Request, status int, page string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = io.WriteString(w, page)
	}
}

const page413 = "<html>\r\n<head><title>413 Request Entity Too Large</title></head>\r\n<body>\r\n<center><h1>413 Request Entity Too Large</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"

// page404 is the page that NetBox shows for every unknown path, whatever Accept says.
func (s *Server) page404(w http.ResponseWriter, r *http.Request) {
	writeHTML(w, r, http.StatusNotFound, "<!DOCTYPE html>\n<html\n  lang=\"en\"\n  data-netbox-url-name=\"\"\n  data-netbox-version=\""+
		html.EscapeString(releases[s.schema.v].full)+"\"\n  \n  >\n  <head>\n    <meta charset=\"UTF-8\" />\n    <title>Page Not Found | NetBox</title>\n"+
		"  </head>\n  <body>\n    <h1>Page Not Found</h1>\n    <p>The requested page does not exist.</p>\n  </body>\n</html>\n")
}
