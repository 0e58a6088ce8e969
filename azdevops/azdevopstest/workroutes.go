package azdevopstest

import (
	"encoding/json"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

func workRoutes() []route {
	return []route{
		{"GET", "wit workitems", false, false, (*Server).getItems},
		{"GET", "wit workitems *", false, false, (*Server).getItem},
		{"PATCH", "wit workitems $*", true, true, (*Server).createItemRequest},
		{"PATCH", "wit workitems *", false, true, (*Server).updateItem},
		{"POST", "wit workitems $*", true, true, (*Server).createItemRequest},
		{"POST", "wit workitemsbatch", false, false, (*Server).getBatch},
		{"GET", "wit workitems * updates", false, false, (*Server).listUpdates},
		{"GET", "wit workitems * revisions", false, false, (*Server).listRevisions},
		{"GET", "wit workitems * revisions *", false, false, (*Server).getRevision},
		{"GET", "wit workitemtypes", true, false, (*Server).listTypes},
		{"GET", "wit workitemtypes *", true, false, (*Server).getType},
		{"GET", "wit workitemtypes * states", true, false, (*Server).listStates},
		{"GET", "wit workitemtypes * fields", true, false, (*Server).listTypeFields},
		{"GET", "wit fields", false, false, (*Server).listFields},
		{"GET", "wit fields *", false, false, (*Server).getField},
	}
}

// expandOf reads $expand, which some clients send as a number.
func expandOf(value any) string {
	switch v := value.(type) {
	case string:
		if n, err := strconv.Atoi(v); err == nil {
			return expandOf(float64(n))
		}
		return strings.ToLower(v)
	case float64:
		if n := int(v); n >= 0 && n < 5 {
			return [...]string{"none", "relations", "fields", "links", "all"}[n]
		}
	}
	return ""
}

func splitList(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' })
}

func (s *Server) getItem(q *request) answer {
	w := s.itemOf(q, q.args[0])
	if w == nil {
		return noItem(q.args[0])
	}
	fields, expand := splitList(q.query.Get("fields")), expandOf(q.query.Get("$expand"))
	rev, a := s.revisionFor(w, q.query.Get("asOf"), fields, expand)
	if rev == 0 {
		return a
	}
	return ok(w.render(q.base, rev, fields, expand))
}

// revisionFor is the revision that a request is about; 0 with a refusal.
func (s *Server) revisionFor(w *workItem, asOf string, fields []string, expand string) (int, answer) {
	if len(fields) > 0 && expand != "" && expand != "none" {
		return 0, refuse(http.StatusBadRequest, "ConflictingParametersException", "The expand parameter can not be used with the fields parameter.")
	}
	for _, ref := range fields {
		if _, known := s.fieldOf(ref); !known {
			return 0, refuse(http.StatusBadRequest, "WorkItemTrackingQueryException", "TF51535: Cannot find field "+ref+".")
		}
	}
	if asOf == "" {
		return w.rev(), answer{}
	}
	at, err := time.Parse(time.RFC3339, asOf)
	if err != nil {
		if at, err = time.Parse(time.RFC1123, asOf); err != nil {
			return 0, misfit("The value '" + asOf + "' is not valid for asOf.")
		}
	}
	for rev := w.rev(); rev > 0; rev-- {
		if !w.revisions[rev-1].at.After(at) {
			return rev, answer{}
		}
	}
	return 0, noItem(strconv.Itoa(w.id))
}

const maxIDs = 200

func (s *Server) getItems(q *request) answer {
	return s.items(q, splitList(q.query.Get("ids")), splitList(q.query.Get("fields")), expandOf(q.query.Get("$expand")), q.query.Get("asOf"), policyOf(q.query.Get("errorPolicy")))
}

func (s *Server) getBatch(q *request) answer {
	var body struct {
		IDs    []int    `json:"ids"`
		Fields []string `json:"fields"`
		Expand any      `json:"$expand"`
		AsOf   string   `json:"asOf"`
		Policy any      `json:"errorPolicy"`
	}
	if json.Unmarshal(q.body, &body) != nil {
		return misfit("The body cannot be read.")
	}
	ids := make([]string, len(body.IDs))
	for i, id := range body.IDs {
		ids[i] = strconv.Itoa(id)
	}
	return s.items(q, ids, body.Fields, expandOf(body.Expand), body.AsOf, policyOf(body.Policy))
}

// policyOf reads an errorPolicy, which some clients send as a number.
func policyOf(value any) string {
	if value == "2" || value == 2.0 {
		return "omit"
	}
	policy, _ := value.(string)
	return strings.ToLower(policy)
}

// items answers several work items. What is missing fails the request, or is a
// null in its place with the policy omit.
func (s *Server) items(q *request, ids, fields []string, expand, asOf, policy string) answer {
	if len(ids) > maxIDs {
		return refuse(http.StatusBadRequest, "VssPropertyValidationException", "VS403474: You requested "+strconv.Itoa(len(ids))+" work items which exceeds the limit of 200.")
	}
	if len(ids) == 0 {
		return refuse(http.StatusBadRequest, "VssPropertyValidationException", "VS403365: The ids parameter is required.")
	}
	values := make([]any, 0, len(ids))
	for _, id := range ids {
		w := s.itemOf(q, id)
		if w == nil {
			if policy == "omit" {
				values = append(values, nil)
				continue
			}
			return noItem(id)
		}
		rev, a := s.revisionFor(w, asOf, fields, expand)
		if rev == 0 {
			return a
		}
		values = append(values, w.render(q.base, rev, fields, expand))
	}
	return list(values)
}

// patchOf reads a patch; parameters on the media type are taken.
func patchOf(q *request) ([]operation, answer, bool) {
	media, _, err := mime.ParseMediaType(q.Header.Get("Content-Type"))
	if err != nil || media != "application/json-patch+json" {
		return nil, refuse(http.StatusUnsupportedMediaType, "VssRequestContentTypeNotSupportedException", "The request indicated a Content-Type of \""+q.Header.Get("Content-Type")+"\" for method type \"PATCH\" which is not supported. Valid content types for this method are: application/json-patch+json."), false
	}
	var ops []operation
	if json.Unmarshal(q.body, &ops) != nil {
		return nil, misfit("You must pass a valid patch document in the body of the request."), false
	}
	return ops, answer{}, true
}

func (s *Server) createItemRequest(q *request) answer {
	ops, a, good := patchOf(q)
	if !good {
		return a
	}
	w, a := s.createItem(q.project, q.args[0], ops, q.user, writingOf(q))
	if w == nil {
		return a
	}
	q.remember(ops, w.id)
	return ok(w.render(q.base, w.rev(), nil, expandOf(q.query.Get("$expand"))))
}

func (s *Server) updateItem(q *request) answer {
	w := s.itemOf(q, q.args[0])
	if w == nil {
		return noItem(q.args[0])
	}
	ops, a, good := patchOf(q)
	if !good {
		return a
	}
	if a, refused := s.patchItem(w, ops, q.user, writingOf(q)); refused {
		return a
	}
	return ok(w.render(q.base, w.rev(), nil, expandOf(q.query.Get("$expand"))))
}

// window is the part of a list that $top and $skip name.
func window[T any](q *request, all []T) []T {
	skip, err := strconv.Atoi(q.query.Get("$skip"))
	if err != nil || skip < 0 {
		skip = 0
	}
	top, err := strconv.Atoi(q.query.Get("$top"))
	if err != nil || top <= 0 {
		top = 200
	}
	from := min(skip, len(all))
	return all[from:min(from+top, len(all))]
}

func (s *Server) listRevisions(q *request) answer {
	w := s.itemOf(q, q.args[0])
	if w == nil {
		return noItem(q.args[0])
	}
	values := make([]any, w.rev())
	for i := range values {
		values[i] = w.render(q.base, i+1, nil, expandOf(q.query.Get("$expand")))
	}
	return list(window(q, values))
}

func (s *Server) getRevision(q *request) answer {
	w := s.itemOf(q, q.args[0])
	rev, err := strconv.Atoi(q.args[1])
	if w == nil || err != nil || rev < 1 || rev > w.rev() {
		return noItem(q.args[0])
	}
	return ok(w.render(q.base, rev, nil, expandOf(q.query.Get("$expand"))))
}

func (s *Server) listUpdates(q *request) answer {
	w := s.itemOf(q, q.args[0])
	if w == nil {
		return noItem(q.args[0])
	}
	values := make([]any, w.rev())
	for i := range values {
		values[i] = w.delta(q.base, i+1)
	}
	return list(window(q, values))
}

// delta is what a revision has changed. The last one is revised in the year
// 9999.
func (w *workItem) delta(base string, rev int) map[string]any {
	now, before := &w.revisions[rev-1], &revision{}
	if rev > 1 {
		before = &w.revisions[rev-2]
	}
	revised := "9999-01-01T00:00:00Z"
	if rev < w.rev() {
		revised, _ = renderValue(w.revisions[rev].at).(string)
	}
	out := map[string]any{
		"id": rev, "workItemId": w.id, "rev": rev, "revisedBy": now.by.identity(), "revisedDate": revised,
		"url": itemURL(base, w.id) + "/updates/" + strconv.Itoa(rev),
	}
	if fields := deltaFields(before, now); len(fields) > 0 {
		out["fields"] = fields
	}
	if relations := deltaRelations(before, now); len(relations) > 0 {
		out["relations"] = relations
	}
	return out
}

func deltaFields(before, now *revision) map[string]any {
	fields := map[string]any{}
	old, current := before.render(nil), now.render(nil)
	delete(old, "System.History")
	for ref, value := range current {
		was, there := old[ref]
		switch {
		case !there:
			fields[ref] = map[string]any{"newValue": value}
		case jsonText(was) != jsonText(value):
			fields[ref] = map[string]any{"oldValue": was, "newValue": value}
		}
	}
	for ref, value := range old {
		if _, there := current[ref]; !there {
			fields[ref] = map[string]any{"oldValue": value}
		}
	}
	return fields
}

func jsonText(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(data)
}

func deltaRelations(before, now *revision) map[string]any {
	in := func(list []relation, r relation) bool {
		return slices.ContainsFunc(list, func(o relation) bool { return o.kind == r.kind && o.url == r.url })
	}
	out := map[string]any{}
	for name, pair := range map[string][2][]relation{"added": {now.relations, before.relations}, "removed": {before.relations, now.relations}} {
		var found []relation
		for _, r := range pair[0] {
			if !in(pair[1], r) {
				found = append(found, r)
			}
		}
		if len(found) > 0 {
			out[name] = renderRelations(found)
		}
	}
	return out
}

func (s *Server) listTypes(q *request) answer {
	kinds := processes()[q.project.Process]
	values := make([]any, len(kinds))
	for i, k := range kinds {
		values[i] = k.render(q)
	}
	return list(values)
}

func (k kind) render(q *request) map[string]any {
	return map[string]any{
		"name": k.name, "referenceName": "Microsoft.VSTS.WorkItemTypes." + strings.ReplaceAll(k.name, " ", ""), "description": "",
		"isDisabled": false, "states": k.renderStates(), "url": q.base + "/" + q.project.id + "/_apis/wit/workItemTypes/" + k.name,
	}
}

func (k kind) renderStates() []any {
	values := make([]any, len(k.states))
	for i, st := range k.states {
		values[i] = map[string]any{"name": st.name, "color": st.color, "category": st.category}
	}
	return values
}

func (s *Server) getType(q *request) answer {
	k, known := q.project.kindOf(q.args[0])
	if !known {
		return noType(q)
	}
	return ok(k.render(q))
}

func noType(q *request) answer {
	return refuse(http.StatusNotFound, "WorkItemTypeNotFoundException", "VS402323: Work item type "+q.args[0]+" does not exist in project "+q.project.Name+" or you do not have permission to access it.")
}

func (s *Server) listStates(q *request) answer {
	k, known := q.project.kindOf(q.args[0])
	if !known {
		return noType(q)
	}
	return list(k.renderStates())
}

func (s *Server) listTypeFields(q *request) answer {
	if _, known := q.project.kindOf(q.args[0]); !known {
		return noType(q)
	}
	var values []any
	for _, f := range append(stockFields(), customFields(q.project)...) {
		value := f.render(q.base)
		value["alwaysRequired"] = f.ref == "System.Title" || f.ref == "System.State"
		values = append(values, value)
	}
	return list(values)
}

func customFields(p *project) []field {
	fields := make([]field, len(p.Fields))
	for i, ref := range p.Fields {
		fields[i] = customField(ref)
	}
	return fields
}

func (s *Server) listFields(q *request) answer {
	all := s.allFields()
	values := make([]any, len(all))
	for i, f := range all {
		values[i] = f.render(q.base)
	}
	return list(values)
}

func (s *Server) getField(q *request) answer {
	f, known := s.fieldOf(q.args[0])
	if !known {
		return refuse(http.StatusNotFound, "WorkItemTrackingFieldDefinitionNotFoundException", "TF51535: Cannot find field "+q.args[0]+".")
	}
	return ok(f.render(q.base))
}
