package azdevops

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// Comment is a comment in the discussion of a work item.
type Comment struct {
	ID       int
	WorkItem int
	Version  int
	Text     string
	Format   string // of the text: "html" or "markdown"; "" where the server knows HTML only
	By       Identity
	Created  time.Time
	Modified time.Time
	Deleted  bool
}

// UnmarshalJSON reads a comment; its id is called id or commentId.
func (c *Comment) UnmarshalJSON(data []byte) error {
	var w struct {
		ID       int      `json:"id"`
		OtherID  int      `json:"commentId"`
		WorkItem int      `json:"workItemId"`
		Version  int      `json:"version"`
		Text     string   `json:"text"`
		Format   string   `json:"format"`
		By       Identity `json:"createdBy"`
		Created  stamp    `json:"createdDate"`
		Modified stamp    `json:"modifiedDate"`
		Deleted  bool     `json:"isDeleted"`
	}
	if err := json.Unmarshal(data, &w); err != nil {
		return err
	}
	if w.ID == 0 {
		w.ID = w.OtherID
	}
	*c = Comment{
		ID: w.ID, WorkItem: w.WorkItem, Version: w.Version, Text: w.Text, Format: w.Format, By: w.By,
		Created: time.Time(w.Created), Modified: time.Time(w.Modified), Deleted: w.Deleted,
	}
	return nil
}

// Comments yields the comments of a work item, the newest first.
func (s *WorkItemService) Comments(ctx context.Context, id int, opts ...CallOption) iter.Seq2[Comment, error] {
	const op = "WorkItems.Comments"
	if err := checkID(op, "id", id); err != nil {
		return failedSeq[Comment](err)
	}
	return func(yield func(Comment, error) bool) {
		rest.All(ctx, false, "", func(ctx context.Context, cursor string) ([]Comment, string, error) {
			query := url.Values{"$top": {"200"}, "order": {"desc"}}
			if cursor != "" {
				query.Set("continuationToken", cursor)
			}
			var answer struct {
				Comments []Comment `json:"comments"`
				Next     string    `json:"continuationToken"`
			}
			err := s.c.do(ctx, request{op: op, project: true, area: AreaComments, path: commentsPath(id), query: query, result: &answer}, opts)
			return answer.Comments, answer.Next, err
		})(yield)
	}
}

func commentsPath(id int, more ...string) []string {
	return append([]string{"_apis", "wit", "workItems", strconv.Itoa(id), "comments"}, more...)
}

// AddComment adds a comment, as HTML. It is not repeated after a fault that
// leaves open whether it was added, which is ErrAmbiguous. Use Patch.Comment for
// one that belongs to a change.
func (s *WorkItemService) AddComment(ctx context.Context, id int, text HTML, opts ...CallOption) (Comment, error) {
	const op = "WorkItems.AddComment"
	if err := errors.Join(checkID(op, "id", id), checkComment(op, text)); err != nil {
		return Comment{}, err
	}
	var c Comment
	err := s.c.do(ctx, request{
		op: op, method: http.MethodPost, kind: rest.Append, project: true, area: AreaComments,
		path: commentsPath(id), body: map[string]string{"text": string(text)}, result: &c,
	}, opts)
	return c, err
}

// EditComment replaces the text of a comment.
func (s *WorkItemService) EditComment(ctx context.Context, id, comment int, text HTML, opts ...CallOption) (Comment, error) {
	const op = "WorkItems.EditComment"
	if err := errors.Join(checkID(op, "id", id), checkID(op, "comment id", comment), checkComment(op, text)); err != nil {
		return Comment{}, err
	}
	var c Comment
	err := s.c.do(ctx, request{
		op: op, method: http.MethodPatch, kind: rest.Idempotent, project: true, area: AreaComments,
		path: commentsPath(id, strconv.Itoa(comment)), body: map[string]string{"text": string(text)}, result: &c,
	}, opts)
	return c, err
}

// DeleteComment deletes a comment.
func (s *WorkItemService) DeleteComment(ctx context.Context, id, comment int, opts ...CallOption) error {
	const op = "WorkItems.DeleteComment"
	if err := errors.Join(checkID(op, "id", id), checkID(op, "comment id", comment)); err != nil {
		return err
	}
	return s.c.do(ctx, request{
		op: op, method: http.MethodDelete, kind: rest.Idempotent, project: true, area: AreaComments, path: commentsPath(id, strconv.Itoa(comment)),
	}, opts)
}

func checkComment(op string, text HTML) error {
	if strings.TrimSpace(string(text)) == "" {
		return fmt.Errorf("azdevops: %s: the comment is empty", op)
	}
	return nil
}

// Escape makes HTML of plain text, line breaks included.
func Escape(text string) HTML { return HTML(escape(text)) }
