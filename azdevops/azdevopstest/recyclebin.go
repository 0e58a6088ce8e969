package azdevopstest

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

func recycleRoutes() []route {
	return []route{
		{"DELETE", "wit workitems *", false, true, (*Server).deleteItem},
		{"GET", "wit recyclebin", false, false, (*Server).listBin},
		{"GET", "wit recyclebin *", false, false, (*Server).getFromBin},
		{"PATCH", "wit recyclebin *", false, true, (*Server).restoreItem},
		{"DELETE", "wit recyclebin *", false, true, (*Server).destroyItem},
	}
}

// deleteItem puts a work item into the recycle bin, or deletes it for good with
// destroy.
func (s *Server) deleteItem(q *request) answer {
	w := s.itemOf(q, q.args[0])
	if w == nil {
		return noItem(q.args[0])
	}
	if strings.EqualFold(q.query.Get("destroy"), "true") {
		delete(s.work.items, w.id)
		return ok(w.renderDeleted(q))
	}
	w.deleted, w.deletedBy, w.deletedAt = true, q.user, s.Now().UTC()
	s.work.changes = append(s.work.changes, change{w.id, w.rev(), true, w.deletedAt})
	s.raiseItemAs("workitem.deleted", w)
	return ok(w.renderDeleted(q))
}

// binned finds a work item in the recycle bin.
func (s *Server) binned(q *request) *workItem {
	id, err := strconv.Atoi(q.args[0])
	w := s.work.items[id]
	if err != nil || w == nil || !w.deleted || q.project != nil && w.project != q.project {
		return nil
	}
	return w
}

func (w *workItem) renderDeleted(q *request) map[string]any {
	out := map[string]any{
		"id": w.id, "code": http.StatusOK, "type": w.now().text("System.WorkItemType"), "name": w.now().text("System.Title"),
		"project": w.project.Name, "url": q.base + "/_apis/wit/recyclebin/" + strconv.Itoa(w.id),
	}
	if w.deletedBy != nil {
		out["deletedDate"], out["deletedBy"] = renderValue(w.deletedAt), w.deletedBy.Name
	}
	return out
}

func (s *Server) listBin(q *request) answer {
	var values []map[string]any
	for _, id := range slices.Sorted(maps.Keys(s.work.items)) {
		if w := s.work.items[id]; w.deleted && (q.project == nil || q.project == w.project) {
			values = append(values, map[string]any{"id": id, "url": q.base + "/_apis/wit/recyclebin/" + strconv.Itoa(id)})
		}
	}
	return list(values)
}

func (s *Server) getFromBin(q *request) answer {
	w := s.binned(q)
	if w == nil {
		return noItem(q.args[0])
	}
	return ok(w.renderDeleted(q))
}

func (s *Server) restoreItem(q *request) answer {
	w := s.binned(q)
	if w == nil {
		return noItem(q.args[0])
	}
	var body struct {
		Deleted *bool `json:"isDeleted"`
	}
	if json.Unmarshal(q.body, &body) != nil || body.Deleted == nil || *body.Deleted {
		return misfit("The body has to say isDeleted: false.")
	}
	out := w.renderDeleted(q)
	w.deleted = false
	s.work.changes = append(s.work.changes, change{w.id, w.rev(), false, s.Now().UTC()})
	s.raiseItemAs("workitem.restored", w)
	return ok(out)
}

func (s *Server) destroyItem(q *request) answer {
	w := s.binned(q)
	if w == nil {
		return noItem(q.args[0])
	}
	delete(s.work.items, w.id)
	return answer{status: http.StatusNoContent}
}
