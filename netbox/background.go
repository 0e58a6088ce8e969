package netbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// errNoClient is what calls of a Client made without New end with.
var errNoClient = errors.New("netbox: the client was not made by New")

// InBackground makes BulkCreate, BulkUpdate and BulkDelete of a resource jobs
// of NetBox (since 4.7): the calls return at once, whatever the size of the
// list, and [Client.WaitJob] tells the end. All or nothing is written, as
// without it. NetBox looks at nothing in the list before the job runs.
func (r *Resource[T]) InBackground() *Background[T] { return &Background[T]{r} }

// Background starts bulk writes as jobs; see [Resource.InBackground].
type Background[T any] struct{ r *Resource[T] }

// BulkCreate starts the creation of several objects.
func (b *Background[T]) BulkCreate(ctx context.Context, bodies []any, opts ...CallOption) (Job, error) {
	op := b.r.op("InBackground.BulkCreate")
	items, err := b.r.createItems(ctx, op, bodies)
	if err != nil {
		return Job{}, err
	}
	return b.start(ctx, op, http.MethodPost, items, opts)
}

// BulkUpdate starts the change of several objects.
func (b *Background[T]) BulkUpdate(ctx context.Context, patches []Patch, opts ...CallOption) (Job, error) {
	op := b.r.op("InBackground.BulkUpdate")
	items, _, err := b.r.patchItems(ctx, op, patches)
	if err != nil {
		return Job{}, err
	}
	return b.start(ctx, op, http.MethodPatch, items, opts)
}

// BulkDelete starts the removal of several objects.
func (b *Background[T]) BulkDelete(ctx context.Context, ids []int64, opts ...CallOption) (Job, error) {
	op := b.r.op("InBackground.BulkDelete")
	if err := b.r.ready(); err != nil {
		return Job{}, err
	}
	if err := checkIDs(op, ids); err != nil {
		return Job{}, err
	}
	return b.start(ctx, op, http.MethodDelete, idItems(ids), opts)
}

// Rows are the objects that a completed job has created or changed, in the
// order of NetBox's answer: that of the list for creations, the type's own for
// changes. A job of a deletion has none.
func (b *Background[T]) Rows(job Job) ([]T, error) {
	if err := b.r.ready(); err != nil {
		return nil, err
	}
	data, err := b.r.c.outcome(job)
	if err != nil {
		return nil, &JobError{Op: b.r.op("InBackground.Rows"), Job: job, Err: err}
	}
	if !job.Done() {
		return nil, fmt.Errorf("netbox: %s: job %d is %s; wait for it with WaitJob", b.r.op("InBackground.Rows"), job.ID, job.Status.Value)
	}
	var rows []T
	if len(data) == 0 || isNull(data) {
		return nil, nil
	}
	if err := json.Unmarshal(data, &rows); err != nil {
		return nil, fmt.Errorf("netbox: %s: job %d: %w", b.r.op("InBackground.Rows"), job.ID, err)
	}
	return rows, nil
}

// start sends a list and returns the job that was made of it.
func (b *Background[T]) start(ctx context.Context, op, method string, items []json.RawMessage, opts []CallOption) (Job, error) {
	r := b.r
	known, err := r.c.APIVersion(ctx)
	if err != nil {
		return Job{}, err
	}
	if !known.AtLeast(4, 7) {
		return Job{}, fmt.Errorf("netbox: %s: background writes exist since NetBox 4.7, and the server is %s; use the call without InBackground", op, known)
	}
	probe := &rest.Call{}
	rest.Apply(probe, opts...)
	if probe.Header.Get("If-Match") != "" {
		return Job{}, fmt.Errorf("netbox: %s: NetBox takes no IfMatch with a background write; leave it out", op)
	}
	path, err := r.s.collection()
	if err != nil {
		return Job{}, err
	}
	if len(items) == 0 {
		return Job{}, fmt.Errorf("netbox: %s: the list is empty", op)
	}
	data, err := json.Marshal(items)
	if err != nil {
		return Job{}, fmt.Errorf("netbox: %s: %w", op, err)
	}
	var answer struct {
		Job struct {
			ID     int64  `json:"id"`
			URL    string `json:"url"`
			Status string `json:"status"`
		} `json:"job"`
	}
	call := &rest.Call{Op: op, Method: method, Path: path, Query: url.Values{"background": {"true"}}, Body: data, Kind: rest.Append, Decode: decodeInto(&answer)}
	if err := r.c.do(ctx, call, opts); err != nil {
		return Job{}, err
	}
	if answer.Job.ID == 0 {
		return Job{}, fmt.Errorf("netbox: %s: the answer names no job", op)
	}
	return Job{ID: answer.Job.ID, URL: answer.Job.URL, Status: Choice{Value: answer.Job.Status}}, nil
}

// outcome reads what a job of a write came to: the body of the answer that the
// write would have had, or its refusal.
func (c *Client) outcome(job Job) (json.RawMessage, error) {
	var kept struct {
		Status int             `json:"status_code"`
		Data   json.RawMessage `json:"data"`
	}
	if len(job.Data) > 0 {
		if err := json.Unmarshal(job.Data, &kept); err != nil {
			kept.Data = nil // data of another kind of job
		}
	}
	if kept.Status < 400 {
		return kept.Data, nil
	}
	call := &rest.Call{Op: strings.ToLower(job.Name), Path: "/api/core/jobs/"}
	answer := &rest.Answer{Status: kept.Status, Header: http.Header{"Content-Type": {"application/json"}}, Body: kept.Data}
	failure := c.judge(call, answer)
	if failure == nil {
		return kept.Data, nil
	}
	failure.Op, failure.Status = call.Op, kept.Status
	return nil, wrap(failure)
}
