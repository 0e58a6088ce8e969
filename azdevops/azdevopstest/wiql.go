package azdevopstest

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

func wiqlRoutes() []route {
	return []route{{"POST", "wit wiql", false, false, (*Server).runQuery}}
}

// maxQuery is how many characters a query may have.
const maxQuery = 32_000

func refuseQuery(message string) answer {
	return refuse(http.StatusBadRequest, "WorkItemTrackingQueryException", message)
}

// runQuery answers which work items a query finds: their ids only, whatever it
// selects. The project of the address is what @Project stands for and limits
// nothing.
func (s *Server) runQuery(q *request) answer {
	var body struct {
		Query string `json:"query"`
	}
	if json.Unmarshal(q.body, &body) != nil || body.Query == "" {
		return misfit("The query is missing from the body.")
	}
	if len([]rune(body.Query)) > maxQuery {
		return refuseQuery("VS402338: The query has more than " + strconv.Itoa(maxQuery) + " characters.")
	}
	scope := wiqlScope{s: s, user: q.user, project: q.project, now: s.Now(), precise: strings.EqualFold(q.query.Get("timePrecision"), "true")}
	query, err := parseWIQL(body.Query, scope)
	if err != nil {
		return refuse(http.StatusBadRequest, "SyntaxException", err.Error())
	}
	top, err := strconv.Atoi(q.query.Get("$top"))
	if err != nil || top <= 0 {
		top = 0
	}
	if query.asOf.IsZero() {
		query.asOf = s.Now()
	}
	if query.links {
		return s.answerLinks(q, query, top)
	}
	return s.answerItems(q, query, top)
}

// reference is a work item as queries answer it.
type reference struct {
	ID  int    `json:"id"`
	URL string `json:"url"`
}

func (s *Server) answerItems(q *request, query *wiql, top int) answer {
	if slices.ContainsFunc(sidesOf(query.where), func(at side) bool { return at != ofItem }) {
		return refuse(http.StatusBadRequest, "SyntaxException", "TF51006: Source and Target are about links.")
	}
	var found []row
	for r := range s.rowsAt(query.asOf) {
		if allOf(query.where).holds(r) {
			found = append(found, r)
		}
	}
	sortRows(found, query.order)
	if top > 0 && len(found) > top {
		found = found[:top]
	}
	if len(found) > s.options.QueryLimit {
		return s.tooMany()
	}
	items := make([]reference, len(found))
	for i, r := range found {
		items[i] = reference{r.item.id, itemURL(q.base, r.item.id)}
	}
	out := query.head(q.base, "flat", "workItem")
	out["workItems"] = items
	return ok(out)
}

func (s *Server) tooMany() answer {
	return refuseQuery("VS402337: The number of work items returned exceeds the size limit of " + strconv.Itoa(s.options.QueryLimit) + ". Change the query to return fewer items.")
}

// rowsAt yields the work items that are there, as they were at a time, by id.
func (s *Server) rowsAt(at time.Time) func(yield func(row) bool) {
	return func(yield func(row) bool) {
		for id := 1; id <= s.work.lastID; id++ {
			w := s.work.items[id]
			if w == nil || w.deleted {
				continue
			}
			rev := w.rev()
			for rev > 0 && w.revisions[rev-1].at.After(at) {
				rev--
			}
			if rev > 0 && !yield(row{item: w, rev: rev}) {
				return
			}
		}
	}
}

// head is what every answer begins with.
func (q *wiql) head(base, queryType, resultType string) map[string]any {
	columns := make([]any, len(q.columns))
	for i, f := range q.columns {
		columns[i] = f.column(base)
	}
	keys := make([]any, len(q.order))
	for i, key := range q.order {
		keys[i] = map[string]any{"field": key.field.column(base), "descending": key.descending}
	}
	return map[string]any{
		"queryType": queryType, "queryResultType": resultType, "asOf": renderValue(q.asOf), "columns": columns, "sortColumns": keys,
	}
}

func (f field) column(base string) map[string]any {
	return map[string]any{"referenceName": f.ref, "name": f.name, "url": base + "/_apis/wit/fields/" + f.ref}
}

// sortRows sorts by the keys; rows that are equal stay in the order of their
// ids. No value comes before any.
func sortRows(rows []row, order []sortKey) {
	slices.SortStableFunc(rows, func(a, b row) int {
		for _, key := range order {
			c := compareValues(a.item.valueAt(a.rev, key.field.ref), b.item.valueAt(b.rev, key.field.ref))
			if key.descending {
				c = -c
			}
			if c != 0 {
				return c
			}
		}
		return 0
	})
}

// compareValues orders two values of one kind; no value is the least.
func compareValues(a, b any) int {
	switch x := a.(type) {
	case nil:
		if b == nil {
			return 0
		}
		return -1
	case float64:
		if y, ok := b.(float64); ok {
			return cmp.Compare(x, y)
		}
	case time.Time:
		if y, ok := b.(time.Time); ok {
			return x.Compare(y)
		}
	case bool:
		if y, ok := b.(bool); ok && x != y {
			if y {
				return -1
			}
			return 1
		}
		return 0
	}
	if b == nil {
		return 1
	}
	return strings.Compare(strings.ToLower(textOf(a)), strings.ToLower(textOf(b)))
}

// answerLinks answers a query of links. Each source stands in front of its links,
// without a kind.
func (s *Server) answerLinks(q *request, query *wiql, top int) answer {
	var ofSources, ofLinks allOf
	for _, c := range query.where {
		sides := c.sides()
		atSource := slices.ContainsFunc(sides, func(at side) bool { return at == ofSource || at == ofItem })
		elsewhere := slices.ContainsFunc(sides, func(at side) bool { return at == ofTarget || at == ofLink })
		switch {
		case atSource && elsewhere:
			return refuse(http.StatusBadRequest, "SyntaxException", "TF51006: A condition of links is about Source, Target or the link, joined by AND.")
		case elsewhere:
			ofLinks = append(ofLinks, c)
		default:
			ofSources = append(ofSources, c)
		}
	}
	if query.recursive {
		return s.answerTree(q, query, ofSources, ofLinks, top)
	}
	var sources []row
	for r := range s.rowsAt(query.asOf) {
		if ofSources.holds(r) {
			sources = append(sources, r)
		}
	}
	sortRows(sources, query.order)
	relations := []map[string]any{}
	end := func(w *workItem) reference { return reference{w.id, itemURL(q.base, w.id)} }
	for _, source := range sources {
		links := s.linksOf(source, query.asOf, ofLinks)
		switch mode := strings.ToLower(query.mode); {
		case mode == "mustcontain" && len(links) == 0, mode == "doesnotcontain" && len(links) > 0:
			continue
		}
		relations = append(relations, map[string]any{"target": end(source.item)})
		for _, l := range links {
			relations = append(relations, map[string]any{"rel": l.link, "source": end(l.item), "target": end(l.target)})
		}
	}
	if top > 0 && len(relations) > top {
		relations = relations[:top]
	}
	return s.answerRows(q, query, "oneHop", relations)
}

func (s *Server) answerRows(q *request, query *wiql, queryType string, relations []map[string]any) answer {
	if len(relations) > s.options.QueryLimit {
		return s.tooMany()
	}
	out := query.head(q.base, queryType, "workItemLink")
	out["workItemRelations"] = relations
	return ok(out)
}

// linksOf are the links of a work item to others that fit.
func (s *Server) linksOf(source row, at time.Time, fits allOf) []row {
	var links []row
	for _, rel := range source.item.revisions[source.rev-1].relations {
		target := s.work.items[idIn(rel.url)]
		if !strings.HasPrefix(rel.kind, "System.LinkTypes.") || target == nil || target.deleted {
			continue
		}
		link := row{item: source.item, rev: source.rev, target: target, other: target.rev(), link: rel.kind}
		for link.other > 1 && target.revisions[link.other-1].at.After(at) {
			link.other--
		}
		if fits.holds(link) {
			links = append(links, link)
		}
	}
	return links
}

// idIn is the id at the end of a work item's address, 0 for none.
func idIn(url string) int {
	id, err := strconv.Atoi(url[strings.LastIndexByte(url, '/')+1:])
	if err != nil {
		return 0
	}
	return id
}
