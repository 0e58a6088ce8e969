package codefresh

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// Cursor is a place in a list, for a query's After; "" is the beginning and,
// in a page, the end.
type Cursor string

// Page is one page of a list.
type Page[T any] struct {
	Items []T
	Total int    // records that the service counts; -1 where it does not
	Next  Cursor // "" after the last page
}

// BuildQuery selects builds, newest first; the zero value selects all.
type BuildQuery struct {
	Status    []Status
	Pipeline  string // name or id
	Trigger   string // how the build was started
	TriggerID string // of the pipeline's trigger
	Branch    string
	Revision  string
	// From and To bound the day on which the build was created; times of day are
	// cut off.
	From, To time.Time
	// PageSize is how many builds a request asks for; 0 means 100, the most.
	PageSize int
	// After resumes at a Page's Next.
	After Cursor
	// Prefetch reads the next page while the caller works on this one.
	Prefetch bool
}

// The service keeps a cursor in its database for each list that is being read.
// A request can only ask for the next page, the one before, or the first; lists
// that share a cursor disturb one another, unless they name themselves by a
// header (documentation, "Paging issues for builds and images"). So every list
// read here names itself.
const sessionHeader = "X-Pagination-Session-Id"

const maxPage = 100

// List reads one page. The service forgets places in lists after a while, which
// it does not document: use a page's Next soon. All reads past that by itself.
func (s *BuildService) List(ctx context.Context, q BuildQuery, opts ...CallOption) (Page[Build], error) {
	const op = "Builds.List"
	values, err := q.values(op)
	if err != nil {
		return Page[Build]{}, err
	}
	at, err := parsePlace(op, q.After)
	if err != nil {
		return Page[Build]{}, err
	}
	items, more, err := s.page(ctx, op, values, at, opts)
	page := Page[Build]{Items: items, Total: -1}
	if more {
		page.Next = at.next().cursor()
	}
	return page, err
}

// All reads all pages, one at a time. A page that may have been taken from the
// list and lost on its way is not asked for again, since the list would go on
// behind it: the list is read anew from its beginning, and builds that were
// delivered already are passed over. No build is delivered twice.
func (s *BuildService) All(ctx context.Context, q BuildQuery, opts ...CallOption) iter.Seq2[Build, error] {
	const op = "Builds.All"
	values, err := q.values(op)
	if err != nil {
		return failedSeq[Build](err)
	}
	first, err := parsePlace(op, q.After)
	if err != nil {
		return failedSeq[Build](err)
	}
	return func(yield func(Build, error) bool) {
		w := &walk{s: s, op: op, values: values, opts: opts, seen: map[string]struct{}{}}
		rest.All(ctx, q.Prefetch, string(first.cursor()), w.page)(yield)
	}
}

// walk is one reading of a list.
type walk struct {
	s        *BuildService
	op       string
	values   url.Values
	opts     []CallOption
	seen     map[string]struct{} // ids delivered
	restarts int
}

// maxRestarts is how often one reading begins anew.
const maxRestarts = 4

func (w *walk) page(ctx context.Context, cursor string) ([]Build, string, error) {
	at, err := parsePlace(w.op, Cursor(cursor))
	if err != nil {
		return nil, "", err
	}
	builds, more, err := w.s.page(ctx, w.op, w.values, at, w.opts)
	var failed *Error
	if err != nil && at.page > 1 && w.restarts < maxRestarts && errors.As(err, &failed) && failed.Retryable() {
		w.restarts++
		return nil, string(newPlace().cursor()), nil
	}
	fresh := builds[:0]
	for _, b := range builds {
		if _, again := w.seen[b.ID]; !again {
			w.seen[b.ID] = struct{}{}
			fresh = append(fresh, b)
		}
	}
	next := ""
	if more {
		next = string(at.next().cursor())
	}
	return fresh, next, err
}

// page reads one page and tells whether there are more.
func (s *BuildService) page(ctx context.Context, op string, values url.Values, at place, opts []CallOption) ([]Build, bool, error) {
	query := url.Values{"page": {strconv.Itoa(at.page)}, "paginationReset": {strconv.FormatBool(at.page == 1)}}
	maps.Copy(query, values)
	var answer struct {
		Workflows struct {
			Docs []Build `json:"docs"`
		} `json:"workflows"`
		Pagination *struct {
			Next *bool `json:"nextPage"`
		} `json:"pagination"`
	}
	path, err := rest.Path("api", "workflow")
	if err != nil {
		return nil, false, err
	}
	call := &rest.Call{Op: op, Path: path, Query: query, Decode: decodeInto(&answer)}
	if at.page > 1 {
		// The cursor may have moved although the answer was lost.
		call.Kind = rest.Append
	}
	rest.Apply(call, Header(sessionHeader, at.session))
	if err := s.c.do(ctx, call, opts); err != nil {
		return nil, false, err
	}
	builds := answer.Workflows.Docs
	size, _ := strconv.Atoi(query.Get("limit"))
	more := len(builds) >= size
	if p := answer.Pagination; p != nil && p.Next != nil {
		more = *p.Next && len(builds) > 0
	}
	return builds, more, nil
}

// values is the query without the place.
func (q BuildQuery) values(op string) (url.Values, error) {
	v := url.Values{}
	if q.PageSize == 0 {
		q.PageSize = maxPage
	}
	if q.PageSize < 0 || q.PageSize > maxPage {
		return nil, fmt.Errorf("codefresh: %s: BuildQuery.PageSize is %d; use 1 to %d, or 0 for %d", op, q.PageSize, maxPage, maxPage)
	}
	v.Set("limit", strconv.Itoa(q.PageSize))
	for _, status := range q.Status {
		if status == "" || strings.ContainsAny(string(status), ", ") {
			return nil, fmt.Errorf("codefresh: %s: BuildQuery.Status holds %q; name one state an element", op, string(status))
		}
		v.Add("status", string(status))
	}
	for name, value := range map[string]string{
		"pipeline": q.Pipeline, "trigger": q.Trigger, "pipelineTriggerId": q.TriggerID,
		"branchName": q.Branch, "revision": q.Revision,
	} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if !q.From.IsZero() && !q.To.IsZero() && q.To.Before(q.From) {
		return nil, fmt.Errorf("codefresh: %s: BuildQuery.To is before From", op)
	}
	for name, t := range map[string]time.Time{"startDate": q.From, "endDate": q.To} {
		if !t.IsZero() {
			v.Set(name, t.UTC().Format(time.DateOnly))
		}
	}
	return v, nil
}

// place is a page in the list that a session reads.
type place struct {
	session string
	page    int
}

func newPlace() place { return place{session: newID(), page: 1} }

func (p place) next() place    { return place{p.session, p.page + 1} }
func (p place) cursor() Cursor { return Cursor(strconv.Itoa(p.page) + ":" + p.session) }

func parsePlace(op string, c Cursor) (place, error) {
	if c == "" {
		return newPlace(), nil
	}
	number, session, ok := strings.Cut(string(c), ":")
	page, err := strconv.Atoi(number)
	if !ok || err != nil || page < 1 || session == "" || strings.ContainsFunc(session, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return place{}, fmt.Errorf("codefresh: %s: After: %q is no cursor of this list", op, string(c))
	}
	return place{session, page}, nil
}

// failedSeq yields an error.
func failedSeq[T any](err error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		yield(zero, err)
	}
}
