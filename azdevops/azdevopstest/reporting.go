package azdevopstest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

func reportingRoutes() []route {
	return []route{
		{"GET", "wit reporting workitemrevisions", false, false, (*Server).reportRevisions},
		{"POST", "wit reporting workitemrevisions", false, false, (*Server).reportRevisions},
	}
}

// change is a revision that was made, or a work item that went into the recycle
// bin with it.
type change struct {
	id, rev int
	deleted bool
	at      time.Time
}

// report is what the feed of changes is asked for.
type report struct {
	Fields     []string `json:"fields"`
	Types      []string `json:"types"`
	Identities bool     `json:"includeIdentityRef"`
	Deleted    bool     `json:"includeDeleted"`
	LatestOnly bool     `json:"includeLatestOnly"`
}

// reportRevisions answers revisions in the order in which they were made. The
// token is a watermark: it stays good after the last batch.
func (s *Server) reportRevisions(q *request) answer {
	var r report
	if q.Method == http.MethodPost {
		if len(q.body) > 0 && json.Unmarshal(q.body, &r) != nil {
			return misfit("The body cannot be read.")
		}
	} else {
		is := func(name string) bool { return strings.EqualFold(q.query.Get(name), "true") }
		r = report{splitList(q.query.Get("fields")), splitList(q.query.Get("types")), is("includeIdentityRef"), is("includeDeleted"), is("includeLatestOnly")}
	}
	size, err := strconv.Atoi(q.query.Get("$maxPageSize"))
	if err != nil || size <= 0 || size > 1000 {
		size = 1000
	}
	at, a, good := s.startOf(q)
	if !good {
		return a
	}
	values := []map[string]any{}
	for ; at < len(s.work.changes) && len(values) < size; at++ {
		c := s.work.changes[at]
		if w := s.work.items[c.id]; w != nil && r.wants(q.project, w, c) {
			values = append(values, r.render(w, c))
		}
	}
	token := strconv.Itoa(at) + "_1"
	next := q.base + "/_apis/wit/reporting/workItemRevisions?continuationToken=" + token
	return ok(map[string]any{"values": values, "nextLink": next, "continuationToken": token, "isLastBatch": at == len(s.work.changes)})
}

// startOf is where in the changes a request begins.
func (s *Server) startOf(q *request) (int, answer, bool) {
	if token := q.query.Get("continuationToken"); token != "" {
		number, _, _ := strings.Cut(token, "_")
		at, err := strconv.Atoi(number)
		if err != nil || at < 0 || at > len(s.work.changes) {
			return 0, refuse(http.StatusBadRequest, "InvalidBatchWorkItemUpdateTokenException", "VS403330: The continuation token "+token+" is not valid."), false
		}
		return at, answer{}, true
	}
	since := q.query.Get("startDateTime")
	if since == "" {
		return 0, answer{}, true
	}
	from, _, good := timeOf(since)
	if !good {
		return 0, misfit("The value '" + since + "' is not valid for startDateTime."), false
	}
	at := slices.IndexFunc(s.work.changes, func(c change) bool { return !c.at.Before(from) })
	if at < 0 {
		at = len(s.work.changes)
	}
	return at, answer{}, true
}

func (r report) wants(p *project, w *workItem, c change) bool {
	kind := w.revisions[c.rev-1].text("System.WorkItemType")
	switch {
	case p != nil && w.project != p, w.deleted && !r.Deleted, c.deleted && !w.deleted:
		return false
	case r.LatestOnly && (c.rev < w.rev() || c.deleted != w.deleted):
		return false
	case len(r.Types) > 0:
		return slices.ContainsFunc(r.Types, func(t string) bool { return strings.EqualFold(t, kind) })
	}
	return true
}

// render writes a revision: without the long texts unless they are asked for,
// and with persons as "Name <unique name>" unless objects are.
func (r report) render(w *workItem, c change) map[string]any {
	fields := w.revisions[c.rev-1].render(r.Fields)
	for ref, value := range fields {
		if f, known := stockField(ref); known && len(r.Fields) == 0 && (f.kind == "html" || f.kind == "history") {
			delete(fields, ref)
		}
		if who, ok := value.(map[string]any); ok && !r.Identities {
			fields[ref] = textOf(who) + " <" + textOf(who["uniqueName"]) + ">"
		}
	}
	asked := func(ref string) bool { return strings.EqualFold(ref, "System.IsDeleted") }
	if c.deleted && (len(r.Fields) == 0 || slices.ContainsFunc(r.Fields, asked)) {
		fields["System.IsDeleted"] = true
	}
	return map[string]any{"id": w.id, "rev": c.rev, "fields": fields}
}
