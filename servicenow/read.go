package servicenow

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// longestURL is how long a URL may become before a read takes the way through
// the Batch API. The platform takes 8,192 bytes (measured on a public developer
// instance: 8,182 pass, 8,347 are a 414); the query of a batch item is not
// bound by that.
const longestURL = 8000

// read sends a call that changes nothing.
func (c *Client) read(ctx context.Context, call *rest.Call) (*rest.Answer, error) {
	if len(c.config.BaseURL)+len(call.Path)+1+len(call.Query.Encode()) <= longestURL {
		return c.rest.Do(ctx, call)
	}
	return c.detour(ctx, call)
}

// detour sends a read as the only item of a batch and answers with what the item
// answered.
func (c *Client) detour(ctx context.Context, call *rest.Call) (*rest.Answer, error) {
	data, err := json.Marshal(wireBatch{
		ID:       strconv.FormatInt(c.batches.Add(1), 10),
		Requests: []wireRequest{itemOf(call, nil).wire(itemID(0))},
	})
	if err != nil {
		return nil, err
	}
	outer := *call
	outer.Method, outer.Path, outer.Query, outer.Header, outer.Body = http.MethodPost, batchPath, nil, nil, data
	var answer *rest.Answer
	outer.Decode = func(a *rest.Answer) error {
		batch, err := decodeBatch(a.Body)
		if err != nil {
			return err
		}
		s, ok := batch.serviced[itemID(0)]
		switch {
		case !ok:
			return &rest.Failure{Kind: ErrUnserviced, Transient: true, Message: "the page did not fit into a batch: ask for fewer rows or columns"}
		case s.err != nil:
			return &rest.Failure{Kind: ErrTruncated, Transient: true, Err: s.err}
		}
		answer = &rest.Answer{Status: s.status, Header: s.header, Body: s.body, RequestID: a.RequestID, Attempts: a.Attempts}
		if f := judge(call, answer); f != nil {
			return inner(f, s)
		}
		return call.Decode(answer)
	}
	if call.Decode == nil {
		call.Decode = func(*rest.Answer) error { return nil }
	}
	if _, err := c.rest.Do(ctx, &outer); err != nil {
		return nil, err
	}
	return answer, nil
}

// inner marks a failure as that of a batch item, so that it keeps its own
// status and body.
func inner(f *rest.Failure, s serviced) *rest.Failure {
	said, _ := f.Detail.(said)
	said.status = s.status
	f.Detail = said
	f.Body = s.body[:min(len(s.body), rest.MaxErrorBody)]
	f.Final = !f.Transient
	return f
}
