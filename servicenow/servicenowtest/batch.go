package servicenowtest

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// batchQuota is the time after which the rest of a batch is left unserviced.
const batchQuota = 30 * time.Second

type batchRequest struct {
	ID       json.RawMessage `json:"batch_request_id"`
	Requests []batchItem     `json:"rest_requests"`
}

type batchItem struct {
	ID             json.RawMessage `json:"id"`
	Method         string          `json:"method"`
	URL            string          `json:"url"`
	Headers        []batchHeader   `json:"headers"`
	Body           string          `json:"body"`
	ExcludeHeaders bool            `json:"exclude_response_headers"`
}

type batchHeader struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type batchAnswer struct {
	ID         string        `json:"id"`
	Body       string        `json:"body"`
	Status     int           `json:"status_code"`
	StatusText string        `json:"status_text"`
	Headers    []batchHeader `json:"headers"`
	Time       int64         `json:"execution_time"` // milliseconds
	Error      string        `json:"error_message,omitempty"`
}

type batchResult struct {
	ID         string        `json:"batch_request_id"`
	Serviced   []batchAnswer `json:"serviced_requests"`
	Unserviced []string      `json:"unserviced_requests"`
}

// batchRoute runs the requests of a batch in order, as the caller, until the
// virtual time or the size of the output is used up; the rest is listed as
// unserviced. A read whose answer does not fit is among the rest; a write
// whose answer does not fit is answered all the same.
func (s *Server) batchRoute(r *request) *answer {
	if r.Method != http.MethodPost {
		return failed(errMethod)
	}
	var batch batchRequest
	if json.Unmarshal(r.body, &batch) != nil {
		return failed(errBody)
	}
	limit := s.options.BatchOutput
	if lower, err := strconv.Atoi(r.Header.Get("X-BATCHREQUEST-MAX-OUTPUT-SIZE")); err == nil && lower >= 0 {
		limit = min(limit, lower)
	}
	result := batchResult{ID: plain(batch.ID), Serviced: []batchAnswer{}, Unserviced: []string{}}
	var elapsed time.Duration
	output := 0
	for i := range batch.Requests {
		item := &batch.Requests[i]
		full := elapsed >= batchQuota || output >= limit || len(result.Unserviced) > 0
		if !full {
			a, took := s.batchItem(r, item)
			writes := item.Method != http.MethodGet && item.Method != http.MethodHead
			if writes || output+len(a.body) <= limit {
				elapsed += took
				output += len(a.body)
				result.Serviced = append(result.Serviced, item.answered(a, took))
				continue
			}
		}
		result.Unserviced = append(result.Unserviced, plain(item.ID))
	}
	body, err := json.Marshal(result)
	if err != nil {
		return failed(errBody)
	}
	return &answer{status: http.StatusOK, header: http.Header{}, body: body}
}

// batchItem runs one request of a batch and tells its virtual time.
func (s *Server) batchItem(r *request, item *batchItem) (*answer, time.Duration) {
	cost := s.options.BatchItemTime
	body, err := base64.StdEncoding.DecodeString(item.Body)
	if err != nil {
		return failed(errBody), cost
	}
	if len(body) > s.options.BatchItemInput {
		return failed(errTooLarge), cost
	}
	target, err := url.Parse(item.URL)
	if err != nil || item.Method == "" || target.Host != "" || !strings.HasPrefix(target.Path, "/") {
		return failed(errNoPath), cost
	}
	header := http.Header{}
	for _, h := range item.Headers {
		header.Add(h.Name, h.Value)
	}
	inner := &http.Request{
		Method: strings.ToUpper(item.Method), URL: target, Host: r.Host, TLS: r.TLS, Header: header,
		Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
	}
	inner.RequestURI = item.URL
	chosen := s.items.Next(inner, body)
	if chosen != nil {
		if status, header, text := chosen.Status, chosen.Header, chosen.Body; chosen.Respond != nil || status != 0 {
			if chosen.Respond != nil {
				status, header, text = chosen.Respond(s.Now())
			}
			return &answer{status: status, header: header, body: []byte(text)}, cost
		}
	}
	req, failure := s.admit(inner.WithContext(r.Context()), r.caller)
	if failure != nil {
		return inForm(inner, failed(failure)), cost
	}
	req.origin, req.batched = r.origin, true
	a := inForm(inner, s.route(req))
	if chosen != nil && chosen.Rewrite != nil && a.status/100 == 2 {
		a.body = chosen.Rewrite(a.body)
	}
	return a, cost + time.Duration(a.rows)*s.options.RowTime
}

func (b *batchItem) answered(a *answer, took time.Duration) batchAnswer {
	result := batchAnswer{
		ID: plain(b.ID), Body: base64.StdEncoding.EncodeToString(a.body), Status: a.status,
		StatusText: http.StatusText(a.status), Headers: []batchHeader{}, Time: took.Milliseconds(),
	}
	if b.ExcludeHeaders {
		return result
	}
	if len(a.body) > 0 {
		result.Headers = append(result.Headers, batchHeader{"Content-Type", cmp.Or(a.kind, jsonType)})
	}
	for _, name := range []string{"Location", "X-Total-Count", "Link", "WWW-Authenticate", "Retry-After", "X-RateLimit-Limit", "X-RateLimit-Reset", "X-RateLimit-Rule"} {
		if value := a.header.Get(name); value != "" { // also of a nil header
			result.Headers = append(result.Headers, batchHeader{name, value})
		}
	}
	return result
}

// plain is an id as a string: clients send numbers too.
func plain(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	return string(raw)
}
