package azdevops

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// Feed says what WorkItemService.Changes reads.
type Feed struct {
	// After is the watermark to read on from: that of the last Change that was
	// dealt with. Empty begins at Since, or at the beginning.
	After string
	// Since is the time to begin at, when After is empty.
	Since time.Time
	// Fields are the reference names of what to read; empty means all but the
	// long texts.
	Fields []string
	// Types are the work item types to read; empty means all.
	Types []string
	// LatestOnly gives the last revision of each item only, and not those between.
	LatestOnly bool
	// Deleted gives deleted items as well.
	Deleted bool
	// PageSize is how many revisions a request asks for; 0 means 1,000.
	PageSize int
}

// fieldDeleted tells in the feed that an item is in the recycle bin.
const fieldDeleted = "System.IsDeleted"

// Change is a revision of a work item in the feed of changes.
type Change struct {
	WorkItem
	// Deleted says that the item is in the recycle bin.
	Deleted bool
	// Watermark goes into Feed.After, here or in another process, to go on behind
	// this revision's batch. It is set on the last revision of each batch and
	// empty on the others: a program that stops in the middle of a batch reads
	// all of it again.
	Watermark string
}

// Changes yields revisions of work items in the order in which they were made,
// up to now, from all projects or from the client's. It is cheaper for the
// service than queries, and misses nothing between two readings: keep the last
// Watermark and read on from there.
func (s *WorkItemService) Changes(ctx context.Context, f Feed, opts ...CallOption) iter.Seq2[Change, error] {
	const op = "WorkItems.Changes"
	body, err := f.body(op)
	if err != nil {
		return failedSeq[Change](err)
	}
	return func(yield func(Change, error) bool) {
		rest.All(ctx, false, f.After, func(ctx context.Context, cursor string) ([]Change, string, error) {
			query := f.query()
			if cursor != "" {
				query.Set("continuationToken", cursor)
				query.Del("startDateTime")
			}
			var answer struct {
				Values []WorkItem `json:"values"`
				Token  string     `json:"continuationToken"`
				Last   bool       `json:"isLastBatch"`
			}
			err := s.c.do(ctx, request{
				op: op, method: http.MethodPost, kind: rest.Read, within: true,
				path: []string{"_apis", "wit", "reporting", "workitemrevisions"}, query: query, body: body, result: &answer,
			}, opts)
			if err != nil {
				return nil, "", err
			}
			changes := make([]Change, len(answer.Values))
			for i, v := range answer.Values {
				changes[i] = Change{WorkItem: v, Deleted: v.Fields.Text(fieldDeleted) == "true"}
			}
			if n := len(changes); n > 0 {
				changes[n-1].Watermark = answer.Token
			}
			if answer.Last || answer.Token == "" || answer.Token == cursor {
				return changes, "", nil
			}
			return changes, answer.Token, nil
		})(yield)
	}
}

func (f Feed) body(op string) (map[string]any, error) {
	body := map[string]any{}
	if len(f.Fields) > 0 {
		if err := checkFields(op, f.Fields); err != nil {
			return nil, err
		}
		fields := f.Fields
		if f.Deleted && !slices.ContainsFunc(fields, func(name string) bool { return strings.EqualFold(name, fieldDeleted) }) {
			fields = append(slices.Clip(fields), fieldDeleted)
		}
		body["fields"] = fields
	}
	for _, name := range f.Types {
		if err := checkName(op, "work item type", name); err != nil {
			return nil, err
		}
	}
	if len(f.Types) > 0 {
		body["types"] = f.Types
	}
	if f.PageSize < 0 {
		return nil, fmt.Errorf("azdevops: %s: Feed.PageSize is negative; use 0 for 1,000", op)
	}
	if strings.ContainsFunc(f.After, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return nil, fmt.Errorf("azdevops: %s: Feed.After is no watermark of this feed", op)
	}
	body["includeIdentityRef"] = true
	body["includeDeleted"] = f.Deleted
	body["includeLatestOnly"] = f.LatestOnly
	return body, nil
}

func (f Feed) query() url.Values {
	size := f.PageSize
	if size == 0 {
		size = 1000
	}
	query := url.Values{"$maxPageSize": {strconv.Itoa(size)}}
	if !f.Since.IsZero() {
		query.Set("startDateTime", f.Since.UTC().Format(time.RFC3339))
	}
	return query
}
