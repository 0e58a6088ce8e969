package azdevopstest

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// workStore holds the work items of all projects.
type workStore struct {
	items  map[int]*workItem
	lastID int
	// changes are all revisions in the order in which they were made, for the
	// feed of changes.
	changes []change
	// comments counts the comments of all work items, for their ids.
	comments int
	files    map[string]*attachment
}

func newWorkStore() workStore {
	return workStore{items: map[int]*workItem{}, files: map[string]*attachment{}}
}

// workItem is a work item with its revisions.
type workItem struct {
	id        int
	project   *project
	revisions []revision
	comments  []*comment
	deleted   bool
	deletedBy *User
	deletedAt time.Time
}

// revision is a work item as it was.
type revision struct {
	fields    map[string]any // by reference name; identities as objects, times as time.Time
	relations []relation
	comment   string // what was said with this revision
	by        *User
	at        time.Time
}

type relation struct {
	kind, url  string
	attributes map[string]any
}

func (w *workItem) rev() int       { return len(w.revisions) }
func (w *workItem) now() *revision { return &w.revisions[len(w.revisions)-1] }

// text is a field as a string.
func (r *revision) text(ref string) string {
	text, _ := r.fields[ref].(string)
	return text
}

// clone copies a revision for the next one.
func (r *revision) clone() revision {
	return revision{fields: maps.Clone(r.fields), relations: slices.Clone(r.relations)}
}

// Item is a work item as the server keeps it, for tests that look at what is
// there.
type Item struct {
	ID, Rev   int
	Project   string
	Fields    map[string]any // by reference name; persons by their unique names, times as time.Time
	Relations []string       // "kind address"
	Comments  []string       // oldest first, deleted ones left out
	Deleted   bool
}

// WorkItem returns a work item as it is now.
func (s *Server) WorkItem(id int) (Item, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.work.items[id]
	if w == nil {
		return Item{}, false
	}
	item := Item{ID: id, Rev: w.rev(), Project: w.project.Name, Fields: map[string]any{}, Deleted: w.deleted}
	for ref, value := range w.now().fields {
		if who, ok := value.(map[string]any); ok {
			value = who["uniqueName"]
		}
		item.Fields[ref] = value
	}
	for _, r := range w.now().relations {
		item.Relations = append(item.Relations, r.kind+" "+r.url)
	}
	for _, c := range w.comments {
		if !c.deleted {
			item.Comments = append(item.Comments, c.text)
		}
	}
	return item, true
}

// WorkItems returns the ids of all work items that are not deleted, in order.
func (s *Server) WorkItems() []int {
	s.mu.Lock()
	defer s.mu.Unlock()
	var ids []int
	for _, id := range slices.Sorted(maps.Keys(s.work.items)) {
		if !s.work.items[id].deleted {
			ids = append(ids, id)
		}
	}
	return ids
}

// system is who writes through the Go methods.
func system() *User {
	return &User{Name: "Project Collection Build Service", Mail: "build@example.com"}
}

// AddWorkItem makes a work item as a request would, with fields by reference
// name, and returns its id.
func (s *Server) AddWorkItem(project, kind string, fields map[string]any) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.projectOf(project)
	if p == nil {
		return 0, fmt.Errorf("azdevopstest: there is no project %q", project)
	}
	w, a := s.createItem(p, kind, operationsOf(fields), system(), writing{})
	if w == nil {
		return 0, fmt.Errorf("azdevopstest: %v", a.value)
	}
	return w.id, nil
}

// UpdateWorkItem changes fields of a work item as somebody else would; nil
// clears a field.
func (s *Server) UpdateWorkItem(id int, fields map[string]any) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.work.items[id]
	if w == nil || w.deleted {
		return fmt.Errorf("azdevopstest: there is no work item %d", id)
	}
	if a, refused := s.patchItem(w, operationsOf(fields), system(), writing{}); refused {
		return fmt.Errorf("azdevopstest: %v", a.value)
	}
	return nil
}

func operationsOf(fields map[string]any) []operation {
	ops := make([]operation, 0, len(fields))
	for _, ref := range slices.Sorted(maps.Keys(fields)) {
		op := operation{Op: "add", Path: "/fields/" + ref, Value: fields[ref]}
		if fields[ref] == nil {
			op.Op = "remove"
		}
		ops = append(ops, op)
	}
	return ops
}

// itemOf finds the work item of a request, in its project or anywhere.
func (s *Server) itemOf(q *request, text string) *workItem {
	id, err := strconv.Atoi(text)
	if err != nil {
		return nil
	}
	w := s.work.items[id]
	if w == nil || w.deleted || q.project != nil && w.project != q.project {
		return nil
	}
	return w
}

func noItem(text string) answer {
	return refuse(http.StatusNotFound, "WorkItemUnauthorizedAccessException",
		"TF401232: Work item "+text+" does not exist, or you do not have permissions to read it.")
}

// render writes a work item at a revision.
func (w *workItem) render(base string, rev int, fields []string, expand string) map[string]any {
	r := &w.revisions[rev-1]
	out := map[string]any{"id": w.id, "rev": rev, "fields": r.render(fields), "url": itemURL(base, w.id)}
	if rev < w.rev() {
		out["url"] = itemURL(base, w.id) + "/revisions/" + strconv.Itoa(rev)
	}
	if (expand == "relations" || expand == "all") && len(r.relations) > 0 {
		out["relations"] = renderRelations(r.relations)
	}
	if expand == "links" || expand == "all" {
		out["_links"] = map[string]any{"self": map[string]any{"href": out["url"]}}
	}
	return out
}

func renderRelations(relations []relation) []any {
	list := make([]any, len(relations))
	for i, rel := range relations {
		attributes := rel.attributes
		if attributes == nil {
			attributes = map[string]any{}
		}
		list[i] = map[string]any{"rel": rel.kind, "url": rel.url, "attributes": attributes}
	}
	return list
}

func itemURL(base string, id int) string { return base + "/_apis/wit/workItems/" + strconv.Itoa(id) }

// render writes the fields, all or some.
func (r *revision) render(refs []string) map[string]any {
	out := map[string]any{}
	for ref, value := range r.fields {
		if len(refs) > 0 && !slices.ContainsFunc(refs, func(want string) bool { return strings.EqualFold(want, ref) }) {
			continue
		}
		out[ref] = renderValue(value)
	}
	if r.comment != "" && len(refs) == 0 {
		out["System.History"] = r.comment
	}
	return out
}

// renderValue writes times as the service does.
func renderValue(value any) any {
	if t, ok := value.(time.Time); ok {
		return t.UTC().Format("2006-01-02T15:04:05.999Z")
	}
	return value
}
