package azdevops

import (
	"context"
	"fmt"
	"iter"
	"net/http"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// maxIDs is how many work items one request may ask for (VS403474).
const maxIDs = 200

// GetMany reads work items by their ids, in as few requests as it takes, and
// yields them in the order of ids. An id that does not exist, or that this
// identity may not see, is passed over; one that is named twice is yielded
// twice. fields are reference names; without any, all fields and the relations
// are read. Nothing is sent before the first step, and break sends nothing more.
func (s *WorkItemService) GetMany(ctx context.Context, ids []int, fields []string, opts ...CallOption) iter.Seq2[WorkItem, error] {
	const op = "WorkItems.GetMany"
	return func(yield func(WorkItem, error) bool) {
		if err := checkMany(op, ids, fields); err != nil {
			yield(WorkItem{}, err)
			return
		}
		for start := 0; start < len(ids); start += maxIDs {
			chunk := ids[start:min(start+maxIDs, len(ids))]
			items, err := s.batchGet(ctx, op, chunk, fields, opts)
			if err != nil {
				yield(WorkItem{}, err)
				return
			}
			for _, id := range chunk {
				if item, found := items[id]; found && !yield(item, nil) {
					return
				}
			}
		}
	}
}

func checkMany(op string, ids []int, fields []string) error {
	for i, id := range ids {
		if id <= 0 {
			return fmt.Errorf("azdevops: %s: ids[%d] is %d; ids are above 0", op, i, id)
		}
	}
	if len(fields) == 0 {
		return nil
	}
	return checkFields(op, fields)
}

// batchGet reads one chunk. What is missing comes back as null, or not at all:
// items are told by their ids and never by their place.
func (s *WorkItemService) batchGet(ctx context.Context, op string, ids []int, fields []string, opts []CallOption) (map[int]WorkItem, error) {
	body := map[string]any{"ids": unique(ids), "errorPolicy": "omit"}
	if len(fields) > 0 {
		body["fields"] = fields
	} else {
		body["$expand"] = "relations"
	}
	var answer struct {
		Value []*WorkItem `json:"value"`
	}
	err := s.c.do(ctx, request{
		op: op, method: http.MethodPost, kind: rest.Read, within: true,
		path: []string{"_apis", "wit", "workitemsbatch"}, body: body, result: &answer,
	}, opts)
	items := make(map[int]WorkItem, len(answer.Value))
	for _, item := range answer.Value {
		if item != nil && item.ID > 0 {
			item.whole = len(fields) == 0
			items[item.ID] = *item
		}
	}
	return items, err
}

func unique(ids []int) []int {
	seen := make(map[int]struct{}, len(ids))
	list := make([]int, 0, len(ids))
	for _, id := range ids {
		if _, again := seen[id]; !again {
			seen[id] = struct{}{}
			list = append(list, id)
		}
	}
	return list
}
