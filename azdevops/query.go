package azdevops

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// Query selects work items.
type Query struct {
	// Where is the condition; none selects all of the project or organization.
	Where Where
	// AsOf asks for what was so at a time.
	AsOf time.Time
	// Precise compares times by the second and not by the day in UTC.
	Precise bool
	// After resumes behind an id: the last one that was yielded.
	After int
	// PageSize is how many ids a request asks for; 0 means 10,000. The service
	// gives at most 20,000.
	PageSize int
	// Prefetch reads the next page while the caller works on this one.
	Prefetch bool
}

const (
	defaultRows = 10_000
	maxRows     = 20_000
	maxWIQL     = 32_000 // characters
)

// IDs yields the ids of the work items that a query selects, in ascending order,
// however many they are: the service refuses to give more than 20,000 and does
// not page, so each request asks for those behind the last id. In a client with
// a project only that project's items are selected.
func (s *WorkItemService) IDs(ctx context.Context, q Query, opts ...CallOption) iter.Seq2[int, error] {
	const op = "WorkItems.IDs"
	if err := q.check(op); err != nil {
		return failedSeq[int](err)
	}
	return func(yield func(int, error) bool) {
		rest.All(ctx, q.Prefetch, strconv.Itoa(q.After), func(ctx context.Context, cursor string) ([]int, string, error) {
			after, err := strconv.Atoi(cursor)
			if err != nil {
				return nil, "", err
			}
			return s.rows(ctx, op, q, after, opts)
		})(yield)
	}
}

// Query yields the work items that a query selects, in ascending order of their
// ids, read as GetMany reads them. Items that are deleted in between are passed
// over.
func (s *WorkItemService) Query(ctx context.Context, q Query, fields []string, opts ...CallOption) iter.Seq2[WorkItem, error] {
	return func(yield func(WorkItem, error) bool) {
		chunk := make([]int, 0, maxIDs)
		flush := func() bool {
			for item, err := range s.GetMany(ctx, chunk, fields, opts...) {
				if !yield(item, err) || err != nil {
					return false
				}
			}
			chunk = chunk[:0]
			return true
		}
		for id, err := range s.IDs(ctx, q, opts...) {
			if err != nil {
				if flush() {
					yield(WorkItem{}, err)
				}
				return
			}
			if chunk = append(chunk, id); len(chunk) == maxIDs && !flush() {
				return
			}
		}
		if len(chunk) > 0 {
			flush()
		}
	}
}

func (q Query) check(op string) error {
	switch {
	case q.Where.err != nil:
		return fmt.Errorf("azdevops: %s: Query.Where: %w", op, q.Where.err)
	case q.PageSize < 0 || q.PageSize >= maxRows:
		return fmt.Errorf("azdevops: %s: Query.PageSize is %d; use 1 to %d, or 0 for %d", op, q.PageSize, maxRows-1, defaultRows)
	case q.After < 0:
		return fmt.Errorf("azdevops: %s: Query.After is %d; it is an id, or 0", op, q.After)
	case len(q.wiql(1<<31, "")) > maxWIQL:
		return fmt.Errorf("azdevops: %s: the query has more than %d characters; ask for fewer values at once", op, maxWIQL)
	}
	return nil
}

// wiql is the query for the rows behind an id.
func (q Query) wiql(after int, project string) string {
	scope := Where{}
	if project != "" {
		scope = Is(FieldProject, ThisProject)
	}
	where := And(More(FieldID, after), scope, q.Where)
	text := "SELECT [System.Id] FROM WorkItems WHERE " + where.textOf("", q.Precise) + " ORDER BY [System.Id] ASC"
	if !q.AsOf.IsZero() {
		text += " ASOF '" + q.AsOf.UTC().Format("2006-01-02T15:04:05.000Z") + "'"
	}
	return text
}

var errOrder = errors.New("the service did not sort the ids")

// rows reads the ids behind one, and returns where the next ones begin.
func (s *WorkItemService) rows(ctx context.Context, op string, q Query, after int, opts []CallOption) ([]int, string, error) {
	size := q.PageSize
	if size == 0 {
		size = defaultRows
	}
	query := url.Values{"$top": {strconv.Itoa(size)}}
	if q.Precise {
		query.Set("timePrecision", "true")
	}
	var answer struct {
		Items []struct {
			ID int `json:"id"`
		} `json:"workItems"`
	}
	err := s.c.do(ctx, request{
		op: op, method: http.MethodPost, kind: rest.Read, within: true, path: []string{"_apis", "wit", "wiql"},
		query: query, body: map[string]string{"query": q.wiql(after, s.c.project)}, result: &answer,
	}, opts)
	if err != nil {
		return nil, "", err
	}
	ids := make([]int, len(answer.Items))
	last := after
	for i, item := range answer.Items {
		if item.ID <= last {
			return nil, "", fmt.Errorf("azdevops: %s: id %d after id %d: %w", op, item.ID, last, errOrder)
		}
		ids[i], last = item.ID, item.ID
	}
	if len(ids) < size {
		return ids, "", nil
	}
	return ids, strconv.Itoa(last), nil
}

// failedSeq yields an error.
func failedSeq[T any](err error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		yield(zero, err)
	}
}
