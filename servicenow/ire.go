package servicenow

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// IREService is the Identification and Reconciliation API: the way to write CIs
// under the instance's own rules. The engine finds the CI that each item means
// by the source's key or by identification rules, and writes what its
// reconciliation rules let this source write. It needs the role itil or asset.
//
// All four calls take a payload of any size and send it in requests of at most
// [IREOptions].ChunkSize items, one after the other, in the order of the items;
// what became of each item is in the result, index by index. Errors about items
// come inside an answer with status 200: they are in the results, not in the
// error of the call. The error of the call tells that a request failed, the
// first if several; the results of the others are kept, and after a second
// failure in a row, or one that the next request would meet as well, nothing
// more is sent.
//
// A request whose answer was lost is sent again: every item is identified
// before it is written, so that the repeat finds what the first one wrote. A
// mistake in the payload is an error before anything is sent, without result.
type IREService struct{ client *Client }

// Reconcile writes the payload (POST /now/identifyreconcile). When an item of a
// request fails, nothing of that request is written; see Enhanced.
func (s *IREService) Reconcile(ctx context.Context, p *IREPayload, o IREOptions, opts ...CallOption) (*IREResult, error) {
	return s.run(ctx, "IRE.Reconcile", "", p, o, opts)
}

// Query tells what Reconcile would do, and writes nothing.
func (s *IREService) Query(ctx context.Context, p *IREPayload, o IREOptions, opts ...CallOption) (*IREResult, error) {
	return s.run(ctx, "IRE.Query", "query", p, o, opts)
}

// Enhanced writes every item that can be written, keeps those that lack
// something to be completed by later payloads, and merges items that are the
// same (POST /now/identifyreconcile/enhanced). The options switch that off.
func (s *IREService) Enhanced(ctx context.Context, p *IREPayload, o IREOptions, opts ...CallOption) (*IREResult, error) {
	return s.run(ctx, "IRE.Enhanced", "enhanced", p, o, opts)
}

// QueryEnhanced tells what Enhanced would do, and writes nothing.
func (s *IREService) QueryEnhanced(ctx context.Context, p *IREPayload, o IREOptions, opts ...CallOption) (*IREResult, error) {
	return s.run(ctx, "IRE.QueryEnhanced", "queryEnhanced", p, o, opts)
}

// values are the query parameters of a call.
func (o IREOptions) values(enhanced bool) (url.Values, error) {
	if !enhanced && (o.NoPartialPayloads || o.NoPartialCommits || o.NoDeduplication || o.Summary) {
		return nil, errors.New("NoPartialPayloads, NoPartialCommits, NoDeduplication and Summary of IREOptions are for Enhanced and QueryEnhanced")
	}
	if !o.NoPartialPayloads && (o.NoPartialCommits || o.NoDeduplication) {
		return nil, errors.New("NoPartialCommits and NoDeduplication of IREOptions need NoPartialPayloads: partial payloads switch both on")
	}
	if o.ChunkSize < 0 {
		return nil, fmt.Errorf("field ChunkSize of IREOptions is %d: use 0 for %d", o.ChunkSize, ireChunk)
	}
	values := url.Values{"sysparm_data_source": {o.DataSource}}
	var pairs []string
	for _, pair := range []struct {
		set  bool
		text string
	}{
		{o.NoPartialPayloads, "partial_payloads:false"}, {o.NoPartialCommits, "partial_commits:false"},
		{o.NoDeduplication, "deduplicate_payloads:false"}, {o.Summary, "generate_summary:true"},
	} {
		if pair.set {
			pairs = append(pairs, pair.text)
		}
	}
	if len(pairs) > 0 {
		values.Set("options", strings.Join(pairs, ","))
	}
	return values, nil
}

func (s *IREService) run(ctx context.Context, op, name string, p *IREPayload, o IREOptions, opts []CallOption) (*IREResult, error) {
	values, err := o.values(strings.HasSuffix(strings.ToLower(name), "enhanced"))
	var draft *ireDraft
	if err == nil {
		draft, err = p.draft(o.DataSource)
	}
	size := o.ChunkSize
	if size == 0 {
		size = ireChunk
	}
	var parts []irePart
	if err == nil {
		parts, err = draft.split(size)
	}
	if err != nil {
		return nil, fmt.Errorf("servicenow: %s: %w", op, err)
	}
	call := rest.Call{Op: op, Method: http.MethodPost, Path: "/api/now/identifyreconcile", Query: values, Kind: rest.Idempotent}
	if name != "" {
		call.Path += "/" + name
	}
	if strings.HasPrefix(name, "query") {
		call.Kind = rest.Read
	}
	r := &IREResult{Items: make([]IREItemResult, len(p.Items)), Relations: make([]IRERelationResult, len(p.Relations))}
	for i := range r.Items {
		r.Items[i] = IREItemResult{Outcome: IREUnknown, Err: errUnnamed}
	}
	for i := range r.Relations {
		r.Relations[i] = IRERelationResult{Outcome: IREUnknown, Err: errUnnamed}
	}
	return r, s.send(ctx, call, draft, parts, r, opts)
}

// send sends the parts and joins their answers.
func (s *IREService) send(ctx context.Context, call rest.Call, d *ireDraft, parts []irePart, r *IREResult, opts []CallOption) error {
	var first, stop error
	failed := 0
	for _, part := range parts {
		if stop == nil && ctx.Err() != nil {
			stop = fmt.Errorf("servicenow: %s: %w", call.Op, ctx.Err())
		}
		if stop != nil {
			r.lose(part, stop)
			if first == nil {
				first = stop
			}
			continue
		}
		err := s.part(ctx, call, d, part, r, opts)
		if err == nil {
			failed = 0
			continue
		}
		r.lose(part, err)
		if first == nil {
			first = err
		}
		if failed++; failed > 1 || hopeless(err) || ctx.Err() != nil {
			stop = fmt.Errorf("servicenow: %s: not sent after an earlier request failed: %w", call.Op, unsentCause(err))
		}
	}
	return first
}

// unsentCause is why nothing more is sent, without the facts of the request
// that failed: what was not sent cannot have been applied.
func unsentCause(err error) error {
	for _, kind := range hopelessKinds {
		if errors.Is(err, kind) {
			return kind
		}
	}
	return ErrUnavailable
}

var hopelessKinds = []error{ErrUnauthorized, ErrForbidden, ErrRateLimited, ErrSignIn, ErrAsleep, ErrNotFound, ErrInvalid}

// hopeless reports whether the next request of the same kind would fail too.
func hopeless(err error) bool {
	for _, kind := range hopelessKinds {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}

func (s *IREService) part(ctx context.Context, call rest.Call, d *ireDraft, part irePart, r *IREResult, opts []CallOption) error {
	data, err := d.encode(part)
	if err != nil {
		return fmt.Errorf("servicenow: %s: %w", call.Op, err)
	}
	call.Body = data
	rest.Apply(&call, opts...)
	var wire wireIREResult
	call.Decode = func(a *rest.Answer) error {
		wire = wireIREResult{}
		return decodeResult(a.Body, &wire)
	}
	r.Requests++
	answer, err := s.client.rest.Do(ctx, &call)
	if err != nil {
		return err
	}
	r.Repeated = r.Repeated || call.Kind != rest.Read && answer.Attempts > 1
	r.join(part, &wire)
	return nil
}

// lose marks what a request carried that failed.
func (r *IREResult) lose(p irePart, err error) {
	for _, i := range p.items {
		r.Items[i] = IREItemResult{Outcome: IREUnknown, Err: err}
	}
	for _, i := range p.relations {
		r.Relations[i] = IRERelationResult{Outcome: IREUnknown, Err: err}
	}
}
