package azdevopstest

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// operation is one operation of a JSON patch.
type operation struct {
	Op    string `json:"op"`
	Path  string `json:"path"`
	From  string `json:"from"`
	Value any    `json:"value"`
}

// writing is how a write is to be done.
type writing struct {
	bypass   bool        // rules do not apply
	silent   bool        // no service hooks
	validate bool        // nothing is kept
	temps    map[int]int // ids of a batch's new work items, by temporary id
}

func writingOf(q *request) writing {
	is := func(name string) bool { return strings.EqualFold(q.query.Get(name), "true") }
	return writing{bypass: is("bypassRules"), silent: is("suppressNotifications"), validate: is("validateOnly"), temps: q.temps}
}

// rule is a field that a rule refuses.
type rule struct {
	ref, message, status string
	code                 int
}

func refuseRules(rules []rule) answer {
	a := refuse(http.StatusBadRequest, "RuleValidationException", rules[0].message)
	body, _ := a.value.(map[string]any)
	errors := make([]any, len(rules))
	for i, r := range rules {
		errors[i] = map[string]any{"fieldReferenceName": r.ref, "fieldStatusFlags": r.status, "errorMessage": r.message, "fieldStatusCode": r.code}
	}
	body["errorCode"] = 600171
	body["customProperties"] = map[string]any{"ErrorMessage": rules[0].message, "FieldReferenceName": rules[0].ref, "RuleValidationErrors": errors}
	return a
}

func refusePatch(message string) answer {
	return refuse(http.StatusBadRequest, "VssPropertyValidationException", message)
}

// createItem makes a work item.
func (s *Server) createItem(p *project, name string, ops []operation, by *User, how writing) (*workItem, answer) {
	k, known := p.kindOf(name)
	if !known {
		return nil, refuse(http.StatusNotFound, "WorkItemTypeNotFoundException", "VS402323: Work item type "+name+" does not exist in project "+p.Name+" or you do not have permission to access it.")
	}
	w := &workItem{id: s.work.lastID + 1, project: p}
	next := revision{fields: map[string]any{
		"System.TeamProject": p.Name, "System.AreaPath": p.Name, "System.IterationPath": p.Name,
		"System.WorkItemType": k.name, "System.State": k.states[0].name, "System.Reason": "New",
		"System.CommentCount": 0, "Microsoft.VSTS.Common.Priority": 2,
	}}
	if k.name == "Bug" {
		next.fields["Microsoft.VSTS.Common.Severity"] = "3 - Medium"
	}
	if a, refused := s.apply(w, &next, ops, how); refused {
		return nil, a
	}
	if !how.validate {
		s.work.lastID++
		s.work.items[w.id] = w
	}
	s.commit(w, next, by, how)
	return w, answer{}
}

// patchItem changes a work item. A patch without effect makes no revision.
func (s *Server) patchItem(w *workItem, ops []operation, by *User, how writing) (answer, bool) {
	next := w.now().clone()
	if a, refused := s.apply(w, &next, ops, how); refused {
		return a, true
	}
	if !how.validate && w.differs(next) {
		s.commit(w, next, by, how)
	}
	return answer{}, false
}

// differs reports whether a revision is another one than the present.
func (w *workItem) differs(next revision) bool {
	now := w.now()
	if next.comment != "" || len(next.fields) != len(now.fields) || len(next.relations) != len(now.relations) {
		return true
	}
	for ref, value := range next.fields {
		if fmt.Sprint(renderValue(value)) != fmt.Sprint(renderValue(now.fields[ref])) {
			return true
		}
	}
	for i, r := range next.relations {
		if r.kind != now.relations[i].kind || r.url != now.relations[i].url || fmt.Sprint(r.attributes) != fmt.Sprint(now.relations[i].attributes) {
			return true
		}
	}
	return false
}

// commit makes the next revision of a work item the present one.
func (s *Server) commit(w *workItem, next revision, by *User, how writing) {
	now := s.Now().UTC().Truncate(10 * time.Millisecond)
	rev := w.rev() + 1
	next.by, next.at = by, now
	if rev == 1 {
		next.fields["System.CreatedBy"], next.fields["System.CreatedDate"] = by.identity(), now
	}
	next.fields["System.Id"], next.fields["System.Rev"] = w.id, rev
	next.fields["System.ChangedBy"], next.fields["System.ChangedDate"] = by.identity(), now
	if rev == 1 || w.now().text("System.State") != next.text("System.State") {
		next.fields["Microsoft.VSTS.Common.StateChangeDate"] = now
	}
	if next.comment != "" {
		s.work.comments++
		w.comments = append(w.comments, &comment{id: 500 + s.work.comments, version: 1, text: next.comment, format: "html", by: by, at: now, edited: now})
		next.fields["System.CommentCount"] = w.countComments()
	}
	w.revisions = append(w.revisions, next)
	if !how.validate {
		s.work.changes = append(s.work.changes, change{w.id, rev, false, now})
		s.mirror(w)
		if !how.silent {
			s.raiseItem(w, rev)
		}
	}
}

func (w *workItem) countComments() int {
	n := 0
	for _, c := range w.comments {
		if !c.deleted {
			n++
		}
	}
	return n
}

// apply carries out a patch on a revision.
func (s *Server) apply(w *workItem, next *revision, ops []operation, how writing) (answer, bool) {
	if len(ops) == 0 {
		return refusePatch("You must pass a valid patch document in the body of the request."), true
	}
	for _, op := range ops {
		if a, refused := s.applyOne(w, next, op, how); refused {
			return a, true
		}
	}
	if how.bypass {
		return answer{}, false
	}
	rules := s.broken(w, next)
	if len(rules) == 0 {
		return answer{}, false
	}
	return refuseRules(rules), true
}

func (s *Server) applyOne(w *workItem, next *revision, op operation, how writing) (answer, bool) {
	section, name, _ := strings.Cut(strings.TrimPrefix(op.Path, "/"), "/")
	switch strings.ToLower(section) {
	case "rev":
		if want, ok := op.Value.(float64); strings.EqualFold(op.Op, "test") && (!ok || int(want) != w.rev()) {
			return refuse(http.StatusPreconditionFailed, "TestPatchOperationFailedException", "VS403351: Test Operation for path /rev failed. The value at that location does not match the expected value."), true
		}
		return answer{}, false
	case "id": // inside a batch: a temporary id
		return answer{}, false
	case "fields":
		return s.applyField(next, op, name, how)
	case "relations":
		return s.applyRelation(w, next, op, name, how)
	}
	return refusePatch("The path " + op.Path + " is not a valid patch path."), true
}

func (s *Server) applyField(next *revision, op operation, ref string, how writing) (answer, bool) {
	f, known := s.fieldOf(ref)
	if !known {
		return refuse(http.StatusBadRequest, "WorkItemFieldInvalidException", "TF51535: Cannot find field "+ref+"."), true
	}
	if f.readOnly && !how.bypass {
		return refuseRules([]rule{{f.ref, "TF401326: Invalid field status 'ReadOnly' for field '" + f.ref + "'.", "readOnly", 524289}}), true
	}
	switch strings.ToLower(op.Op) {
	case "test":
		if fmt.Sprint(renderValue(next.fields[f.ref])) != fmt.Sprint(op.Value) {
			return refuse(http.StatusPreconditionFailed, "TestPatchOperationFailedException", "VS403351: Test Operation for path "+op.Path+" failed."), true
		}
	case "remove":
		delete(next.fields, f.ref)
	case "add", "replace":
		value, good := s.convert(f, op.Value)
		switch {
		case !good:
			return refuseRules([]rule{{f.ref, "TF401320: Rule Error for field " + f.name + ". Error code: InvalidType.", "invalidType", 524288}}), true
		case f.ref == "System.History":
			next.comment, _ = value.(string)
		case value == nil || value == "":
			delete(next.fields, f.ref)
		default:
			next.fields[f.ref] = value
		}
	default:
		return refusePatch("The operation " + op.Op + " is not supported here."), true
	}
	return answer{}, false
}

// convert makes a field's value of what was sent.
func (s *Server) convert(f field, value any) (any, bool) {
	text, isText := value.(string)
	number, isNumber := value.(float64)
	if n, ok := value.(int); ok {
		number, isNumber = float64(n), true
	}
	if value == nil {
		return nil, true
	}
	switch f.kind {
	case "identity":
		return s.identityOf(value)
	case "integer", "double":
		if isText {
			n, err := strconv.ParseFloat(text, 64)
			number, isNumber = n, err == nil
		}
		if !isNumber || f.kind == "integer" && number != math.Trunc(number) {
			return nil, false
		}
		if f.kind == "integer" {
			return int(number), true
		}
		return number, true
	case "dateTime":
		if t, ok := value.(time.Time); ok {
			return t.UTC(), true
		}
		t, err := time.Parse(time.RFC3339, text)
		return t.UTC(), err == nil
	case "boolean":
		_, ok := value.(bool)
		return value, ok
	}
	if f.ref == "System.Tags" {
		return joinTags(text), isText
	}
	if isNumber {
		return strconv.FormatFloat(number, 'f', -1, 64), true
	}
	return text, isText
}

// joinTags sorts tags and drops those that stand twice, ignoring case.
func joinTags(text string) string {
	var tags []string
	for tag := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ';' || r == ',' }) {
		tag = strings.TrimSpace(tag)
		if tag != "" && !slices.ContainsFunc(tags, func(t string) bool { return strings.EqualFold(t, tag) }) {
			tags = append(tags, tag)
		}
	}
	slices.SortFunc(tags, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) })
	return strings.Join(tags, "; ")
}

// identityOf finds whom a value names: an object, a unique name, a display name
// or "Name <unique name>".
func (s *Server) identityOf(value any) (any, bool) {
	text, isText := value.(string)
	if object, ok := value.(map[string]any); ok {
		text, isText = object["uniqueName"].(string)
		if !isText {
			text, isText = object["displayName"].(string)
		}
	}
	if !isText {
		return nil, false
	}
	if text == "" {
		return nil, true
	}
	if name, rest, ok := strings.Cut(text, " <"); ok {
		if mail := strings.TrimSuffix(rest, ">"); mail != "" {
			text = mail
		} else {
			text = name
		}
	}
	for _, u := range s.users {
		if strings.EqualFold(u.Mail, text) || u.Name == text {
			return u.identity(), true
		}
	}
	return nil, false
}

func (s *Server) applyRelation(w *workItem, next *revision, op operation, place string, how writing) (answer, bool) {
	if strings.EqualFold(op.Op, "add") && place == "-" {
		rel, good := relationOf(op.Value, how)
		if !good {
			return refusePatch("A relation needs rel and url."), true
		}
		if slices.ContainsFunc(next.relations, rel.leadsLike) {
			return refuse(http.StatusBadRequest, "WorkItemRelationAlreadyExistsException", "TF237124: Work item "+strconv.Itoa(w.id)+": the relation already exists."), true
		}
		next.relations = append(slices.Clip(next.relations), rel)
		return answer{}, false
	}
	index, rest, _ := strings.Cut(place, "/")
	i, err := strconv.Atoi(index)
	if err != nil || i < 0 || i >= len(next.relations) {
		return refusePatch("Index out of range for path " + op.Path + "."), true
	}
	switch strings.ToLower(op.Op) {
	case "remove":
		next.relations = slices.Delete(slices.Clone(next.relations), i, i+1)
		return answer{}, false
	case "replace", "add":
		if name, ok := strings.CutPrefix(rest, "attributes/"); ok {
			next.relations = slices.Clone(next.relations)
			attributes := map[string]any{name: op.Value}
			for key, value := range next.relations[i].attributes {
				if key != name {
					attributes[key] = value
				}
			}
			next.relations[i].attributes = attributes
			return answer{}, false
		}
	}
	return refusePatch("The operation " + op.Op + " is not supported at " + op.Path + "."), true
}

func relationOf(value any, how writing) (relation, bool) {
	object, ok := value.(map[string]any)
	if !ok {
		// From Go code of this package's users.
		data, err := json.Marshal(value)
		if err != nil || json.Unmarshal(data, &object) != nil {
			return relation{}, false
		}
	}
	kind, _ := object["rel"].(string)
	url, _ := object["url"].(string)
	attributes, _ := object["attributes"].(map[string]any)
	if i := strings.LastIndexByte(url, '/'); i >= 0 {
		if temp, err := strconv.Atoi(url[i+1:]); err == nil && temp < 0 {
			if how.temps[temp] == 0 {
				return relation{}, false
			}
			url = url[:i+1] + strconv.Itoa(how.temps[temp])
		}
	}
	return relation{kind, url, attributes}, kind != "" && url != ""
}

// broken are the rules of the process that a revision breaks.
func (s *Server) broken(w *workItem, next *revision) []rule {
	var rules []rule
	if next.text("System.Title") == "" {
		rules = append(rules, rule{"System.Title", "TF401320: Rule Error for field Title. Error code: Required, InvalidEmpty.", "required, invalidEmpty", 524289})
	}
	k, _ := w.project.kindOf(next.text("System.WorkItemType"))
	if have := next.text("System.State"); !slices.ContainsFunc(k.states, func(known state) bool { return strings.EqualFold(known.name, have) }) {
		rules = append(rules, rule{"System.State", "The field 'State' contains the value '" + have + "' that is not in the list of supported values", "hasValues, limitedToValues, invalidListValue", 2097155})
	}
	if n, ok := next.fields["Microsoft.VSTS.Common.Priority"].(int); ok && (n < 1 || n > 4) {
		rules = append(rules, rule{"Microsoft.VSTS.Common.Priority", "The field 'Priority' contains the value '" + strconv.Itoa(n) + "' that is not in the list of supported values", "hasValues, limitedToValues, invalidListValue", 2097155})
	}
	if len(next.text("System.Title")) > 255 {
		rules = append(rules, rule{"System.Title", "TF401324: Field Title: the value is too long.", "invalidTooLong", 4194304})
	}
	return rules
}
