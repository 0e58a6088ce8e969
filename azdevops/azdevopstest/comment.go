package azdevopstest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

func commentRoutes() []route {
	return []route{
		{"GET", "wit workitems * comments", true, false, (*Server).listComments},
		{"POST", "wit workitems * comments", true, true, (*Server).addComment},
		{"GET", "wit workitems * comments *", true, false, (*Server).getComment},
		{"PATCH", "wit workitems * comments *", true, true, (*Server).editComment},
		{"DELETE", "wit workitems * comments *", true, true, (*Server).deleteComment},
	}
}

// comment is a comment in the discussion of a work item.
type comment struct {
	id, version int
	text        string
	format      string // "html" or "markdown"
	by          *User
	at, edited  time.Time
	deleted     bool
}

func (c *comment) render(base string, w *workItem) map[string]any {
	out := map[string]any{
		"id": c.id, "workItemId": w.id, "version": c.version, "text": c.text, "format": c.format,
		"createdBy": c.by.identity(), "createdDate": renderValue(c.at), "modifiedBy": c.by.identity(), "modifiedDate": renderValue(c.edited),
		"url": base + "/" + w.project.id + "/_apis/wit/workItems/" + strconv.Itoa(w.id) + "/comments/" + strconv.Itoa(c.id),
	}
	if c.deleted {
		out["isDeleted"], out["text"] = true, ""
	}
	return out
}

// listComments answers a page, the newest first unless asked otherwise. Some
// clients send the order as a number, 1 for the oldest first.
func (s *Server) listComments(q *request) answer {
	w := s.itemOf(q, q.args[0])
	if w == nil {
		return noItem(q.args[0])
	}
	var all []*comment
	for _, c := range w.comments {
		if !c.deleted || strings.EqualFold(q.query.Get("includeDeleted"), "true") {
			all = append(all, c)
		}
	}
	if order := strings.ToLower(q.query.Get("order")); order != "asc" && order != "1" {
		slices.Reverse(all)
	}
	total := len(all)
	if last, err := strconv.Atoi(q.query.Get("continuationToken")); err == nil {
		i := slices.IndexFunc(all, func(c *comment) bool { return c.id == last })
		all = all[i+1:]
	}
	top, err := strconv.Atoi(q.query.Get("$top"))
	if err != nil || top <= 0 || top > 200 {
		top = 200
	}
	out := map[string]any{"totalCount": total}
	if len(all) > top {
		all = all[:top]
		token := strconv.Itoa(all[top-1].id)
		out["continuationToken"] = token
		out["nextPage"] = itemURL(q.base, w.id) + "/comments?continuationToken=" + token + "&$top=" + strconv.Itoa(top)
	}
	values := make([]map[string]any, len(all))
	for i, c := range all {
		values[i] = c.render(q.base, w)
	}
	out["count"], out["comments"] = len(values), values
	return ok(out)
}

func (s *Server) commentOf(q *request) (*workItem, *comment) {
	w := s.itemOf(q, q.args[0])
	if w == nil {
		return nil, nil
	}
	for _, c := range w.comments {
		if strconv.Itoa(c.id) == q.args[1] && !c.deleted {
			return w, c
		}
	}
	return w, nil
}

func noComment(q *request) answer {
	return refuse(http.StatusNotFound, "WorkItemCommentNotFoundException", "VS403651: Comment "+q.args[1]+" of work item "+q.args[0]+" does not exist.")
}

func commentText(q *request) (string, bool) {
	var body struct {
		Text string `json:"text"`
	}
	return body.Text, json.Unmarshal(q.body, &body) == nil && strings.TrimSpace(body.Text) != ""
}

// addComment makes a revision of the work item, as a comment in a patch does.
func (s *Server) addComment(q *request) answer {
	w := s.itemOf(q, q.args[0])
	if w == nil {
		return noItem(q.args[0])
	}
	text, good := commentText(q)
	if !good {
		return refuse(http.StatusBadRequest, "VssPropertyValidationException", "VS403350: The text of the comment is empty.")
	}
	if a, refused := s.patchItem(w, []operation{{Op: "add", Path: "/fields/System.History", Value: text}}, q.user, writingOf(q)); refused {
		return a
	}
	made := w.comments[len(w.comments)-1]
	if format := strings.ToLower(q.query.Get("format")); format == "markdown" || format == "0" {
		made.format = "markdown"
	}
	return ok(made.render(q.base, w))
}

func (s *Server) getComment(q *request) answer {
	w, c := s.commentOf(q)
	if c == nil {
		return noComment(q)
	}
	return ok(c.render(q.base, w))
}

func (s *Server) editComment(q *request) answer {
	w, c := s.commentOf(q)
	if c == nil {
		return noComment(q)
	}
	text, good := commentText(q)
	if !good {
		return refuse(http.StatusBadRequest, "VssPropertyValidationException", "VS403350: The text of the comment is empty.")
	}
	c.text, c.edited = text, s.Now().UTC()
	c.version++
	return ok(c.render(q.base, w))
}

func (s *Server) deleteComment(q *request) answer {
	w, c := s.commentOf(q)
	if c == nil {
		return noComment(q)
	}
	c.deleted = true
	w.now().fields["System.CommentCount"] = w.countComments()
	return answer{status: http.StatusNoContent}
}
