package azdevopstest

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
)

// category is a group of work item types that mean the same in every process.
type category struct{ ref, name string }

// categories are those of the stock processes that have types here. Which type
// is in which is from the documentation of the processes and not verified on a
// real organization; the first type is the default one.
var categories = []category{
	{"Microsoft.EpicCategory", "Epic Category"},
	{"Microsoft.FeatureCategory", "Feature Category"},
	{"Microsoft.RequirementCategory", "Requirement Category"},
	{"Microsoft.BugCategory", "Bug Category"},
	{"Microsoft.TaskCategory", "Task Category"},
}

// kindsOf are the work item types of a category in a project.
func (p *project) kindsOf(c category) []kind {
	name := strings.TrimSuffix(strings.TrimPrefix(c.ref, "Microsoft."), "Category")
	if name == "Requirement" {
		name = cmp.Or(map[string]string{"Basic": "Issue", "Agile": "User Story", "Scrum": "Product Backlog Item"}[p.Process], name)
	}
	k, known := p.kindOf(name)
	if !known {
		return nil
	}
	return []kind{k}
}

func categoryOf(ref string) (category, bool) {
	i := slices.IndexFunc(categories, func(c category) bool { return strings.EqualFold(c.ref, ref) })
	if i < 0 {
		return category{}, false
	}
	return categories[i], true
}

func (c category) render(q *request, p *project) map[string]any {
	url := q.base + "/" + p.id + "/_apis/wit/"
	kinds := p.kindsOf(c)
	types := make([]map[string]any, 0, len(kinds))
	for _, k := range kinds {
		types = append(types, map[string]any{"name": k.name, "url": url + "workItemTypes/" + k.name})
	}
	return map[string]any{
		"name": c.name, "referenceName": c.ref, "defaultWorkItemType": types[0], "workItemTypes": types, "url": url + "workItemTypeCategories/" + c.ref,
	}
}

func categoryRoutes() []route {
	return []route{
		{"GET", "wit workitemtypecategories", true, false, (*Server).listCategories},
		{"GET", "wit workitemtypecategories *", true, false, (*Server).getCategory},
	}
}

func (s *Server) listCategories(q *request) answer {
	var values []map[string]any
	for _, c := range categories {
		if len(q.project.kindsOf(c)) > 0 {
			values = append(values, c.render(q, q.project))
		}
	}
	return list(values)
}

func (s *Server) getCategory(q *request) answer {
	c, known := categoryOf(q.args[0])
	if !known || len(q.project.kindsOf(c)) == 0 {
		return refuse(http.StatusNotFound, "WorkItemTypeCategoryNotFoundException", "VS402819: Work item type category "+q.args[0]+" does not exist in project "+q.project.Name+".")
	}
	return ok(c.render(q, q.project))
}

// groupTerm is a comparison with a group: of work item types, which is a
// category, or of people.
type groupTerm struct {
	at       side
	field    field
	category category // of types
	not      bool
}

// group reads the operand of IN GROUP. All users are Contributors of every
// project, and there are no other groups of people.
func (p *wiqlParser) group(t *term) (condition, error) {
	l := p.next()
	if l.kind != quoted {
		return nil, p.wrong("Expecting the name of a group.")
	}
	g := &groupTerm{at: t.at, field: t.field, not: t.not}
	switch {
	case t.field.ref == "System.WorkItemType":
		var known bool
		if g.category, known = categoryOf(l.text); !known {
			return nil, refusal("TF51010: The work item type category does not exist. The error is caused by «'%s'».", l.text)
		}
	case t.field.kind != "identity":
		return nil, refusal("TF51011: The specified operator cannot be used with the field. The error is caused by «[%s] %s».", t.field.ref, t.operator)
	case !slices.ContainsFunc(p.scope.s.projects, func(in *project) bool { return strings.EqualFold(l.text, "["+in.Name+`]\Contributors`) }):
		return nil, refusal("TF50309: The group does not exist. The error is caused by «'%s'».", l.text)
	}
	return g, nil
}

func (g *groupTerm) sides() []side { return []side{g.at} }

func (g *groupTerm) holds(r row) bool {
	w, rev := r.item, r.rev
	if g.at == ofTarget {
		w, rev = r.target, r.other
	}
	if w == nil {
		return false
	}
	value := w.valueAt(rev, g.field.ref)
	if g.field.kind == "identity" {
		return (value != nil) != g.not
	}
	in := slices.ContainsFunc(w.project.kindsOf(g.category), func(k kind) bool { return k.name == value })
	return in != g.not
}
