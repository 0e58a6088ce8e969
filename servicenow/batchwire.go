package servicenow

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"sort"
	"strconv"
	"time"
)

const batchPath = "/api/now/v1/batch"

// The wire form of a batch (Batch API documentation).
type (
	wireHeader struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	wireRequest struct {
		ID             string       `json:"id"`
		Method         string       `json:"method"`
		URL            string       `json:"url"`
		Headers        []wireHeader `json:"headers"`
		Body           []byte       `json:"body,omitempty"` // base64
		ExcludeHeaders bool         `json:"exclude_response_headers,omitempty"`
	}
	wireBatch struct {
		ID       string        `json:"batch_request_id"`
		Requests []wireRequest `json:"rest_requests"`
	}
	wireServiced struct {
		ID        scalar       `json:"id"`
		Status    Int          `json:"status_code"`
		Headers   []wireHeader `json:"headers"`
		Body      string       `json:"body"` // base64
		Execution Int          `json:"execution_time"`
		Message   scalar       `json:"error_message"`
	}
)

// wire encodes an item. Reads keep their response headers, which tell totals;
// those of writes are only so much output.
func (i BatchItem) wire(id string) wireRequest {
	url := i.path
	if i.query != "" {
		url += "?" + i.query
	}
	headers := []wireHeader{{"Accept", "application/json"}}
	if i.body != nil {
		headers = append(headers, wireHeader{"Content-Type", "application/json"})
	}
	for _, name := range sortedNames(i.header) {
		for _, value := range i.header[name] {
			headers = append(headers, wireHeader{name, value})
		}
	}
	return wireRequest{ID: id, Method: i.method, URL: url, Headers: headers, Body: i.body,
		ExcludeHeaders: i.method != http.MethodGet && i.method != http.MethodHead}
}

func sortedNames(h http.Header) []string {
	names := make([]string, 0, len(h))
	for name := range h {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// size estimates the bytes that the item adds to a batch.
func (i BatchItem) size() int {
	return base64.StdEncoding.EncodedLen(len(i.body)) + len(i.path) + len(i.query) + 160
}

// serviced is one item's answer, decoded.
type serviced struct {
	status    int
	header    http.Header
	body      []byte
	execution time.Duration
	message   string
	err       error // the item's body cannot be read
}

// batchAnswer is a decoded batch: answers by id, and the ids that were not run.
type batchAnswer struct {
	serviced   map[string]serviced
	unserviced map[string]bool
	cut        bool // the answer ended early; items that it does not name are in doubt
}

// decodeBatch reads a batch's answer. One that was cut gives the items that are
// whole.
func decodeBatch(data []byte) (batchAnswer, error) {
	out := batchAnswer{serviced: map[string]serviced{}, unserviced: map[string]bool{}}
	var doc struct {
		Serviced   []json.RawMessage `json:"serviced_requests"`
		Unserviced []scalar          `json:"unserviced_requests"`
		Error      *wireError        `json:"error"`
	}
	if err := json.Unmarshal(data, &doc); err != nil {
		doc.Serviced, doc.Unserviced = salvageBatch(data), nil
		if len(doc.Serviced) == 0 {
			return out, errors.New("the batch's answer is not the JSON that is documented")
		}
		out.cut = true
	}
	if doc.Error != nil {
		out.cut = true
	}
	if doc.Serviced == nil && doc.Unserviced == nil && !out.cut {
		return out, errors.New("the batch's answer names no requests")
	}
	for _, raw := range doc.Serviced {
		out.add(raw)
	}
	for _, id := range doc.Unserviced {
		if _, done := out.serviced[string(id)]; !done {
			out.unserviced[string(id)] = true
		}
	}
	return out, nil
}

func (b *batchAnswer) add(raw json.RawMessage) {
	var w wireServiced
	err := json.Unmarshal(raw, &w)
	if w.ID == "" {
		return
	}
	id := string(w.ID)
	if _, twice := b.serviced[id]; twice {
		return
	}
	s := serviced{status: int(w.Status), execution: time.Duration(min(max(w.Execution, 0), 1<<32)) * time.Millisecond, message: string(w.Message), err: err}
	if s.body, err = base64.StdEncoding.DecodeString(w.Body); err != nil && s.err == nil {
		s.err = errors.New("the item's body is not base64")
	}
	s.header = make(http.Header, len(w.Headers))
	for _, h := range w.Headers {
		s.header.Add(h.Name, h.Value)
	}
	b.serviced[id] = s
}

// salvageBatch finds the whole items of an answer that is no valid JSON.
func salvageBatch(data []byte) []json.RawMessage {
	var items []json.RawMessage
	scanArray(data, `"serviced_requests"`, func(item []byte) {
		if json.Valid(item) {
			items = append(items, item)
		}
	})
	return items
}

func itemID(index int) string { return strconv.Itoa(index) }
