package azdevops

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// BatchItem is one write of a batch; make it by [BatchCreate] or [BatchUpdate].
type BatchItem struct {
	kind  string // work item type of a create
	id    int    // of an update
	patch Patch
	temp  int // a create's temporary id, below 0; 0 for none
}

// BatchCreate makes a work item of a type. temporary, when below 0, is an id
// under which relations of later items in the same batch may point to it, by
// [TemporaryURL].
func BatchCreate(kind string, p Patch, temporary int) BatchItem {
	return BatchItem{kind: kind, patch: p, temp: temporary}
}

// BatchUpdate changes a work item under the condition that it still has the
// revision of p.Base, which has to be given, and to tell all that the patch is
// about: a batch reads nothing.
func BatchUpdate(id int, p Patch) BatchItem { return BatchItem{id: id, patch: p} }

// TemporaryURL is the address for a relation to an item that is made earlier in
// the same batch, and within one request of it: 200 writes. The client puts its
// own address before it.
func TemporaryURL(temporary int) string {
	return "/_apis/wit/workitems/" + strconv.Itoa(temporary)
}

// BatchResult is what came of one item of a batch.
type BatchResult struct {
	Item WorkItem
	// Changed is false for an update that had nothing to change; it was not sent.
	Changed bool
	// Err is an *Error of this item alone, or of the request that it was in.
	Err error
}

// maxBatch is how many writes one request takes. The service documents no
// number; this is the one of its batch reads.
const maxBatch = 200

// Batch writes work items in as few requests as it takes and returns a result
// for each item, in order: items fail one by one. Creates go to the client's
// project. The error is about the items' input, before anything is sent.
//
// A request whose answer is lost is not repeated: its items have errors that are
// ErrAmbiguous. Those of other requests keep their results. Temporary ids hold
// within one request, so items that belong together have to stand within 200.
func (s *WorkItemService) Batch(ctx context.Context, items []BatchItem, opts ...CallOption) ([]BatchResult, error) {
	const op = "WorkItems.Batch"
	if s == nil || s.c == nil || s.c.core == nil {
		return nil, errNotMade
	}
	for i, item := range items {
		if err := s.checkBatch(op, item); err != nil {
			return nil, fmt.Errorf("azdevops: %s: item %d: %w", op, i, err)
		}
	}
	results := make([]BatchResult, len(items))
	var places []int
	var entries []batchEntry
	for i, item := range items {
		entry, needed := s.entry(item)
		if !needed {
			results[i].Item = *item.patch.Base
			continue
		}
		places, entries = append(places, i), append(entries, entry)
	}
	if err := checkTemporary(op, places, entries); err != nil {
		return nil, err
	}
	for start := 0; start < len(entries); start += maxBatch {
		end := min(start+maxBatch, len(entries))
		answers, err := s.sendBatch(ctx, op, entries[start:end], opts)
		for i, place := range places[start:end] {
			if err != nil {
				results[place].Err = err
				continue
			}
			results[place].Item, results[place].Err = answers[i].read(op, items[place].id)
			results[place].Changed = results[place].Err == nil
		}
	}
	return results, nil
}

// checkTemporary refuses relations to items that are not made before in the same
// request, where the service would not know them.
func checkTemporary(op string, places []int, entries []batchEntry) error {
	made := map[int]bool{}
	for i, entry := range entries {
		if i%maxBatch == 0 {
			clear(made)
		}
		for _, o := range entry.Body {
			if r, ok := o.Value.(Relation); ok && r.WorkItem() < 0 && !made[r.WorkItem()] {
				return fmt.Errorf("azdevops: %s: item %d has a relation to the temporary id %d, which is not made before it within %d writes", op, places[i], r.WorkItem(), maxBatch)
			}
		}
		if temp, ok := entry.Body[0].Value.(int); ok && entry.Body[0].Path == "/id" {
			if made[temp] {
				return fmt.Errorf("azdevops: %s: item %d has the temporary id %d of an item before it", op, places[i], temp)
			}
			made[temp] = true
		}
	}
	return nil
}

func (s *WorkItemService) checkBatch(op string, item BatchItem) error {
	if item.id == 0 {
		if s.c.project == "" {
			return errors.New("a create needs a project; set Config.Project or use Client.InProject")
		}
		if item.temp > 0 {
			return errors.New("a temporary id is below 0, or 0 for none")
		}
		return checkCreate(op, item.kind, item.patch)
	}
	if err := errors.Join(checkID(op, "id", item.id), item.patch.check(op)); err != nil {
		return err
	}
	if item.patch.Base == nil || item.patch.Base.ID != item.id {
		return errors.New("an update needs Patch.Base, the item as it was read")
	}
	if !item.patch.Base.covers(item.patch) {
		return errors.New("Patch.Base was read in part, and does not tell all that the patch changes; read it by Get, or by GetMany without fields")
	}
	return nil
}

// batchEntry is one write on the wire.
type batchEntry struct {
	Method string            `json:"method"`
	URI    string            `json:"uri"`
	Header map[string]string `json:"headers"`
	Body   []operation       `json:"body"`
}

// entry makes a write, or reports that nothing is to be written.
func (s *WorkItemService) entry(item BatchItem) (batchEntry, bool) {
	version := "?api-version=" + url.QueryEscape(s.c.versionOf(""))
	entry := batchEntry{Method: http.MethodPatch, Header: map[string]string{"Content-Type": patchMedia}}
	// Relations to items of the batch name the server as all others do.
	item.patch.AddRelations = slices.Clone(item.patch.AddRelations)
	for i, r := range item.patch.AddRelations {
		if r.WorkItem() < 0 && strings.HasPrefix(r.URL, "/") {
			item.patch.AddRelations[i].URL = s.c.core.BaseURL() + r.URL
		}
	}
	if item.id == 0 {
		entry.URI = "/" + url.PathEscape(s.c.project) + "/_apis/wit/workitems/$" + url.PathEscape(item.kind) + version
		if item.temp < 0 {
			entry.Body = append(entry.Body, operation{Op: "add", Path: "/id", Value: item.temp})
		}
		entry.Body = append(entry.Body, item.patch.operations(nil)...)
		return entry, true
	}
	ops := item.patch.operations(item.patch.Base)
	entry.URI = "/_apis/wit/workitems/" + strconv.Itoa(item.id) + version
	entry.Body = append([]operation{{Op: "test", Path: "/rev", Value: item.patch.Base.Rev}}, ops...)
	return entry, len(ops) > 0
}

// batchAnswer is what one write was answered with: its body is a JSON document
// inside a string.
type batchAnswer struct {
	Code   int               `json:"code"`
	Header map[string]string `json:"headers"`
	Body   json.RawMessage   `json:"body"`
}

func (s *WorkItemService) sendBatch(ctx context.Context, op string, entries []batchEntry, opts []CallOption) ([]batchAnswer, error) {
	var answer struct {
		Value []batchAnswer `json:"value"`
	}
	err := s.c.do(ctx, request{
		op: op, method: http.MethodPatch, kind: rest.Append, path: []string{"_apis", "wit", "$batch"}, body: entries, result: &answer,
		check: func() error {
			if len(answer.Value) != len(entries) {
				return fmt.Errorf("%d writes were sent and %d are answered", len(entries), len(answer.Value))
			}
			return nil
		},
	}, opts)
	return answer.Value, err
}

// read makes the item of an id, 0 for a new one, or the error that a single call would have given.
func (a batchAnswer) read(op string, id int) (WorkItem, error) {
	body := []byte(a.Body)
	var text string
	if json.Unmarshal(a.Body, &text) == nil {
		body = []byte(text)
	}
	answer := &rest.Answer{Status: a.Code, Body: body, Header: http.Header{}}
	for name, value := range a.Header {
		answer.Header.Set(name, value)
	}
	call := &rest.Call{Op: op, Method: http.MethodPatch}
	if f := judge(call, answer); f != nil {
		f.Op, f.Method, f.Path, f.Status = op, http.MethodPatch, "/_apis/wit/$batch", a.Code
		f.Body = []byte(strings.ToValidUTF8(string(body[:min(len(body), rest.MaxErrorBody)]), "?"))
		return WorkItem{}, wrap(f)
	}
	var item WorkItem
	err := json.Unmarshal(withoutBOM(body), &item)
	if err == nil {
		err = item.checkID(id)()
	}
	if err != nil {
		return WorkItem{}, fmt.Errorf("azdevops: %s: the answer to one item: %w", op, errors.Join(ErrTruncated, err))
	}
	return item, nil
}
