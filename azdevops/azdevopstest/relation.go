package azdevopstest

import (
	"slices"
	"strconv"
	"strings"
)

// opposites are the kinds of links between work items, each with the one that
// the other end shows (documentation, "Reference guide for link types").
var opposites = [...][2]string{
	{"System.LinkTypes.Hierarchy-Forward", "System.LinkTypes.Hierarchy-Reverse"},
	{"System.LinkTypes.Dependency-Forward", "System.LinkTypes.Dependency-Reverse"},
	{"System.LinkTypes.Duplicate-Forward", "System.LinkTypes.Duplicate-Reverse"},
	{"System.LinkTypes.Related", "System.LinkTypes.Related"},
}

// oppositeOf is the kind that the other end of a link shows, "" for what is no
// link between work items.
func oppositeOf(kind string) string {
	for _, pair := range opposites {
		switch {
		case strings.EqualFold(kind, pair[0]):
			return pair[1]
		case strings.EqualFold(kind, pair[1]):
			return pair[0]
		}
	}
	return ""
}

// mirror shows the links that the last revision of a work item added or removed
// at their other ends, which get no revision of their own for it (not verified on
// a real organization), and keeps System.Parent.
func (s *Server) mirror(w *workItem) {
	now, before := w.now(), &revision{}
	if w.rev() > 1 {
		before = &w.revisions[w.rev()-2]
	}
	delete(now.fields, "System.Parent")
	for _, r := range now.relations {
		if parent := idIn(r.url); strings.EqualFold(r.kind, "System.LinkTypes.Hierarchy-Reverse") && parent > 0 {
			now.fields["System.Parent"] = parent
		}
	}
	for _, r := range now.relations {
		if !slices.ContainsFunc(before.relations, r.leadsLike) {
			s.showAt(w, r, true)
		}
	}
	for _, r := range before.relations {
		if !slices.ContainsFunc(now.relations, r.leadsLike) {
			s.showAt(w, r, false)
		}
	}
}

// leadsLike reports whether two relations are one.
func (r relation) leadsLike(other relation) bool {
	return strings.EqualFold(r.kind, other.kind) && strings.EqualFold(r.url, other.url)
}

// showAt adds a link at its other end, or takes it away there.
func (s *Server) showAt(w *workItem, link relation, shown bool) {
	kind := oppositeOf(link.kind)
	other := s.work.items[idIn(link.url)]
	if kind == "" || other == nil || other == w {
		return
	}
	end := other.now()
	isIt := func(r relation) bool { return strings.EqualFold(r.kind, kind) && idIn(r.url) == w.id }
	end.relations = slices.DeleteFunc(slices.Clone(end.relations), isIt)
	if shown {
		end.relations = append(end.relations, relation{kind: kind, url: link.url[:strings.LastIndexByte(link.url, '/')+1] + strconv.Itoa(w.id)})
	}
	if kind == "System.LinkTypes.Hierarchy-Reverse" {
		delete(end.fields, "System.Parent")
		if shown {
			end.fields["System.Parent"] = w.id
		}
	}
}
