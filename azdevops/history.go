package azdevops

import (
	"context"
	"encoding/json"
	"iter"
	"net/url"
	"strconv"
	"time"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// Delta is what has become of one field: its values as JSON, nil for none.
type Delta struct {
	Old json.RawMessage `json:"oldValue"`
	New json.RawMessage `json:"newValue"`
}

// WorkItemUpdate is one change of a work item.
type WorkItemUpdate struct {
	ID        int // of the update, from 1
	WorkItem  int
	Rev       int // the revision that it made
	By        Identity
	Date      time.Time        // when it was made; zero when it does not say
	Fields    map[string]Delta // by reference name, changed ones only
	Relations RelationDelta
}

// RelationDelta is what has become of the relations of a work item.
type RelationDelta struct {
	Added   []Relation `json:"added"`
	Removed []Relation `json:"removed"`
	Updated []Relation `json:"updated"`
}

// UnmarshalJSON reads an update as the API and service hooks give it.
func (u *WorkItemUpdate) UnmarshalJSON(data []byte) error {
	var w struct {
		ID        int              `json:"id"`
		WorkItem  int              `json:"workItemId"`
		Rev       int              `json:"rev"`
		By        Identity         `json:"revisedBy"`
		Fields    map[string]Delta `json:"fields"`
		Relations RelationDelta    `json:"relations"`
	}
	if err := json.Unmarshal(data, &w); err != nil {
		return err
	}
	*u = WorkItemUpdate{ID: w.ID, WorkItem: w.WorkItem, Rev: w.Rev, By: w.By, Fields: w.Fields, Relations: w.Relations}
	// revisedDate is when the next update was made, and 9999 for the last one:
	// what tells the time of this one is the change of the date.
	var changed stamp
	if err := changed.UnmarshalJSON(w.Fields[FieldChangedDate].New); err != nil {
		return err
	}
	u.Date = time.Time(changed)
	return nil
}

// Updates yields the changes of a work item, the oldest first.
func (s *WorkItemService) Updates(ctx context.Context, id int, opts ...CallOption) iter.Seq2[WorkItemUpdate, error] {
	const op = "WorkItems.Updates"
	return history[WorkItemUpdate](ctx, s.c, op, id, "updates", opts)
}

// Revisions yields a work item as it was at each of its revisions, the oldest
// first, with all fields.
func (s *WorkItemService) Revisions(ctx context.Context, id int, opts ...CallOption) iter.Seq2[WorkItem, error] {
	const op = "WorkItems.Revisions"
	return history[WorkItem](ctx, s.c, op, id, "revisions", opts)
}

const historyPage = 200

// history pages by the number of rows, which is safe here: nothing is ever
// inserted before the end.
func history[T any](ctx context.Context, c *Client, op string, id int, what string, opts []CallOption) iter.Seq2[T, error] {
	if err := checkID(op, "id", id); err != nil {
		return failedSeq[T](err)
	}
	return func(yield func(T, error) bool) {
		rest.All(ctx, false, "0", func(ctx context.Context, cursor string) ([]T, string, error) {
			skip, err := strconv.Atoi(cursor)
			if err != nil {
				return nil, "", err
			}
			var answer struct {
				Value []T `json:"value"`
			}
			err = c.do(ctx, request{
				op: op, within: true, path: []string{"_apis", "wit", "workItems", strconv.Itoa(id), what},
				query: url.Values{"$top": {strconv.Itoa(historyPage)}, "$skip": {cursor}}, result: &answer,
			}, opts)
			next := ""
			if len(answer.Value) == historyPage {
				next = strconv.Itoa(skip + historyPage)
			}
			return answer.Value, next, err
		})(yield)
	}
}
