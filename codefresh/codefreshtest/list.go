package codefreshtest

import (
	"slices"
	"strconv"
	"time"
)

// list is a list of builds that is being read. The service keeps a cursor in
// its database for each session, which moves by one page forwards or backwards;
// what other requests give is "undefined" (documentation, "Paging issues for
// builds and images"). Here every request for a page that is not before the
// cursor moves it on: one that is repeated loses a page, which is the worst that
// a program must be ready for.
type list struct {
	ids  []string // newest first, as of the first page
	next int      // the row after the page served last
	page int
	size int
}

const maxPage = 100

// listBuilds answers a page of builds.
func (s *Server) listBuilds(q *request) answer {
	session := q.Header.Get("X-Pagination-Session-Id")
	named := session != ""
	if !named {
		session = "key:" + q.key.Value // all requests of a key share one then
	}
	limit, err := number(q.query.Get("limit"), 25)
	if err != nil || limit < 1 {
		return invalid("limit must be a positive number")
	}
	limit = min(limit, maxPage)
	page, err := number(q.query.Get("page"), 1)
	if err != nil {
		return invalid("page must be a number")
	}
	l := s.lists[session]
	if l == nil || page == 1 || q.query.Get("paginationReset") == "true" {
		l = &list{ids: s.selected(q)}
		s.lists[session] = l
	}
	if page < l.page {
		l.next = max(0, l.next-2*l.size)
	}
	end := min(l.next+limit, len(l.ids))
	docs := []any{}
	for _, id := range l.ids[min(l.next, end):end] {
		docs = append(docs, s.render(s.present(id)))
	}
	l.next, l.page, l.size = end, page, limit
	pagination := map[string]any{"page": page, "limit": limit, "nextPage": end < len(l.ids), "prevPage": page > 1}
	if named {
		pagination["sessionId"] = session
	}
	return ok(map[string]any{"workflows": map[string]any{"docs": docs, "pagination": pagination}, "pagination": pagination})
}

func number(text string, otherwise int) (int, error) {
	if text == "" {
		return otherwise, nil
	}
	return strconv.Atoi(text)
}

// selected are the ids of the builds that a query asks for, newest first.
func (s *Server) selected(q *request) []string {
	var ids []string
	for _, b := range slices.Backward(s.builds) {
		b.move(s.Now())
		if b.selected(q) {
			ids = append(ids, b.ID)
		}
	}
	return ids
}

func (b *build) selected(q *request) bool {
	if words := q.query["status"]; len(words) > 0 && !slices.Contains(words, b.Status) {
		return false
	}
	if want := q.query.Get("pipeline"); want != "" && want != b.Pipeline && want != b.pipelineID {
		return false
	}
	for name, have := range map[string]string{"branchName": b.Branch, "revision": b.SHA, "trigger": b.Trigger, "pipelineTriggerId": b.Trigger} {
		if want := q.query.Get(name); want != "" && want != have {
			return false
		}
	}
	day := b.Created.UTC().Format(time.DateOnly)
	if from := q.query.Get("startDate"); from != "" && day < from {
		return false
	}
	to := q.query.Get("endDate")
	return to == "" || day <= to
}

// render writes a build as the service does.
func (s *Server) render(b *build) map[string]any {
	out := map[string]any{
		"id": b.ID, "status": b.Status, "created": stamp(b.Created), "updated": stamp(b.updated),
		"progress": b.progress, "serviceId": b.pipelineID, "pipelineName": b.Pipeline,
		"repoOwner": s.account, "repoName": "app", "branchName": b.Branch, "revision": b.SHA,
		"webhookTriggered": false, "userYamlDescriptor": b.yaml, "accountId": s.account,
	}
	if !b.Started.IsZero() {
		out["started"] = stamp(b.Started)
	}
	if !b.Finished.IsZero() {
		out["finished"] = stamp(b.Finished)
	}
	if b.Trigger != "" {
		out["pipelineTriggerId"] = b.Trigger
	}
	return out
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
