package servicenowtest

import (
	"cmp"
	"compress/gzip"
	"errors"
	"io"
	"maps"
	"net/http"
	"strconv"
	"strings"
)

// maxURL is the longest request URI that an instance takes; longer ones answer
// 414 with an HTML page. Measured: 8182 bytes pass, 8347 do not.
const maxURL = 8192

// maxBody is the hard limit of a request's body, before and after inflating.
const maxBody = 25 << 20

// request is one API request on its way to an answer.
type request struct {
	*http.Request
	server  *Server
	caller  *account
	origin  string // scheme and host of the links
	version string // "", "/v1" or "/v2", as in the path
	params  params
	sent    params // the parameters as links repeat them, where they differ
	body    []byte
	batched bool
}

// answer is what the APIs answer with.
type answer struct {
	status int
	header http.Header
	body   []byte
	rows   int
	raw    bool   // the body is a file, whose type the header tells
	kind   string // the body's type; empty means JSON
}

func failed(err *apiError) *answer {
	a := &answer{status: err.status, header: http.Header{}, body: err.body()}
	if err.status == http.StatusUnauthorized {
		a.header.Set("WWW-Authenticate", `BASIC realm="Service-now"`)
	}
	return a
}

// serve answers a request that the script let through.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	if len(r.RequestURI) > maxURL {
		page(w, http.StatusRequestURITooLong, "414 Request-URI Too Large")
		return
	}
	header := w.Header()
	header.Set("X-Transaction-ID", s.transaction())
	header.Set("Date", s.Now().UTC().Format(http.TimeFormat))
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Pragma", "no-store,no-cache")
	header.Set("Cache-Control", "no-cache,no-store,must-revalidate,max-age=-1")
	header.Set("Expires", "0")
	header.Set("Server", "ServiceNow")
	if r.URL.Path == "/oauth_token.do" {
		s.oauthToken(w, r)
		return
	}
	caller, session := s.signIn(r, header)
	var a *answer
	if caller == nil {
		a = inForm(r, failed(errNoAuth))
	} else {
		if a = s.limited(r, caller, header); a == nil {
			a = s.inTurn(r, session, func() *answer { return s.answer(r, caller) })
		}
	}
	maps.Copy(header, a.header)
	s.write(w, r, a)
}

// write sends an answer, compressed when the client takes that and it is worth
// it.
func (s *Server) write(w http.ResponseWriter, r *http.Request, a *answer) {
	if len(a.body) == 0 {
		w.WriteHeader(a.status)
		return
	}
	if !a.raw {
		w.Header().Set("Content-Type", cmp.Or(a.kind, jsonType))
	}
	if a.raw || len(a.body) < 1024 || r.Method == http.MethodHead || !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
		w.WriteHeader(a.status)
		_, _ = w.Write(a.body) // a client that went away is no matter
		return
	}
	w.Header().Set("Content-Encoding", "gzip")
	w.Header().Set("Vary", "Accept-Encoding")
	w.WriteHeader(a.status)
	z, ok := s.deflaters.Get().(*gzip.Writer)
	if !ok { // the pool is empty
		z, _ = gzip.NewWriterLevel(nil, gzip.BestSpeed) // the level is valid
	}
	defer s.deflaters.Put(z)
	z.Reset(w)
	_, _ = z.Write(a.body)
	_ = z.Close()
}

// answer handles an authenticated request: from HTTP, or from a batch.
func (s *Server) answer(r *http.Request, caller *account) *answer {
	req, err := s.admit(r, caller)
	if err != nil {
		return inForm(r, failed(err))
	}
	return inForm(r, s.route(req))
}

// admit checks what every API checks, and reads the body.
func (s *Server) admit(r *http.Request, caller *account) (*request, *apiError) {
	if method := r.Header.Get("X-HTTP-Method-Override"); method != "" {
		r.Method = strings.ToUpper(method)
	}
	if formOf(r) == noForm && !downloading(r) {
		return nil, errAccept
	}
	req := &request{Request: r, server: s, caller: caller, origin: originOf(r)}
	if r.URL.RawQuery != "" {
		query, err := parseParams(r.URL.RawQuery)
		if err != nil {
			return nil, errNoPath
		}
		req.params = s.untiny(query)
		req.sent = query
	}
	switch r.Method {
	case http.MethodPost, http.MethodPut, http.MethodPatch:
		if err := req.readBody(); err != nil {
			return nil, err
		}
	}
	return req, nil
}

// readBody reads the body of a write, inflated.
func (r *request) readBody() *apiError {
	kind := r.Header.Get("Content-Type")
	if kind == "" {
		if r.ContentLength == 0 && strings.HasPrefix(r.URL.Path, "/api/sn_chg_rest/") {
			return nil // fields may be in the query alone
		}
		return errNoType
	}
	media := mediaOf(r.Request)
	inXML := isXML(r.Request, media)
	limit := int64(maxBody)
	tooLarge := errTooLarge
	if uploading(r.Request) {
		limit, tooLarge = r.server.options.AttachmentLimit, errFileTooLarge
	} else if media != "application/json" && media != "text/json" && !inXML {
		return errType
	}
	source := io.Reader(r.Body)
	if strings.EqualFold(r.Header.Get("Content-Encoding"), "gzip") {
		z, err := gzip.NewReader(source)
		if err != nil {
			return errBody
		}
		source = z
	}
	body, err := io.ReadAll(io.LimitReader(source, limit+1))
	if errors.Is(err, http.ErrAbortHandler) || err != nil {
		return errBody
	}
	if int64(len(body)) > limit {
		return tooLarge
	}
	if inXML && !uploading(r.Request) {
		if body, err = jsonBody(body); err != nil {
			return errXML
		}
	}
	r.body = body
	return nil
}

// route finds the API of a path.
func (s *Server) route(r *request) *answer {
	if path, ok := strings.CutPrefix(r.URL.Path, "/api/sn_chg_rest/"); ok {
		return s.changeRoute(r, path)
	}
	path, ok := strings.CutPrefix(r.URL.Path, "/api/now")
	if !ok {
		return failed(errNoPath)
	}
	for _, version := range []string{"/v1", "/v2"} {
		if rest, ok := strings.CutPrefix(path, version+"/"); ok {
			r.version, path = version, "/"+rest
			break
		}
	}
	parts := strings.Split(strings.Trim(path, "/"), "/")
	s.runDueImports(r.origin)
	switch {
	case parts[0] == "table" && len(parts) == 2:
		return s.tableRoute(r, parts[1])
	case parts[0] == "table" && len(parts) == 3:
		return s.recordRoute(r, parts[1], parts[2])
	case parts[0] == "stats" && len(parts) == 2:
		return s.statsRoute(r, parts[1])
	case parts[0] == "import" && (len(parts) == 2 || len(parts) == 3):
		return s.importRoute(r, parts)
	case parts[0] == "cmdb":
		return s.cmdbRoute(r, parts)
	case parts[0] == "identifyreconcile" && len(parts) <= 2:
		return s.ireRoute(r, parts)
	case parts[0] == "attachment" && len(parts) <= 4:
		return s.attachmentRoute(r, parts)
	case parts[0] == "tinyurl" && len(parts) == 1:
		return s.tinyRoute(r)
	case parts[0] == "batch" && len(parts) == 1 && !r.batched:
		return s.batchRoute(r)
	}
	return failed(errNoPath)
}

// transaction returns the next transaction id: 12 hex digits.
func (s *Server) transaction() string {
	s.mu.Lock()
	s.transactions++
	n := mix(s.options.Seed + s.transactions)
	s.mu.Unlock()
	var id [12]byte
	for i := range id {
		id[i] = hexDigits[n>>(4*i)&15]
	}
	return string(id[:])
}

// originOf is the scheme and host that links start with.
func originOf(r *http.Request) string {
	scheme := "http"
	if r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https" {
		scheme = "https"
	}
	return scheme + "://" + r.Host
}

// page writes an HTML page, as front ends do.
func page(w http.ResponseWriter, status int, title string) {
	w.Header().Set("Content-Type", "text/html")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, htmlPage(title, "<hr><center>snow_adc</center>"))
}

func htmlPage(title, body string) string {
	return "<html>\n<head><title>" + title + "</title></head>\n<body>\n<center><h1>" + title + "</h1></center>\n" + body + "\n</body>\n</html>\n"
}
