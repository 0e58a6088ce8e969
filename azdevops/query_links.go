package azdevops

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// LinkQuery selects work items by their links to other work items, of one level;
// TreeQuery those of all levels.
type LinkQuery struct {
	// Source is the condition of the items; none selects all of the project or
	// organization.
	Source Where
	// Kinds are the kinds of links that count, RelationChild and its like; empty
	// means all.
	Kinds []string
	// Target is the condition of what the links lead to; none means any item.
	Target Where
	// Mode says what of the links is wanted; empty means MustHave.
	Mode LinkMode
	// Precise compares times by the second and not by the day in UTC.
	Precise bool
}

// LinkMode says which items a LinkQuery selects.
type LinkMode string

// The modes, in the words of WIQL.
const (
	MustHave LinkMode = "MustContain"    // items that have such a link, with the links
	MayHave  LinkMode = "MayContain"     // all items, with such links as they have
	HasNone  LinkMode = "DoesNotContain" // items without such a link
)

// LinkedItem is a work item that a LinkQuery has selected.
type LinkedItem struct {
	ID    int
	Links []ItemLink
}

// ItemLink is a link to another work item.
type ItemLink struct {
	Kind string // reference name, RelationChild and its like
	ID   int
}

// Linked reads which work items have links to which others. In a client with a
// project only that project's items are selected; links may lead elsewhere. The
// service gives no more than 20,000 items and links, beyond which it is
// ErrTooMany.
func (s *WorkItemService) Linked(ctx context.Context, q LinkQuery, opts ...CallOption) ([]LinkedItem, error) {
	const op = "WorkItems.Linked"
	if s == nil || s.c == nil {
		return nil, errNotMade
	}
	text, err := q.wiql(op, s.c.project != "")
	if err != nil {
		return nil, err
	}
	rows, err := s.linkRows(ctx, op, text, q.Precise, opts)
	if err != nil {
		return nil, err
	}
	var items []LinkedItem
	place := map[int]int{}
	for _, row := range rows {
		if row.from() == 0 {
			place[row.Target.ID] = len(items)
			items = append(items, LinkedItem{ID: row.Target.ID})
			continue
		}
		i, known := place[row.from()]
		if !known {
			return nil, fmt.Errorf("azdevops: %s: the service gave a link of work item %d, which it has not selected", op, row.from())
		}
		items[i].Links = append(items[i].Links, ItemLink{Kind: row.Kind, ID: row.Target.ID})
	}
	return items, nil
}

// wiql is the query; scoped limits the items to the project of the address.
func (q LinkQuery) wiql(op string, scoped bool) (string, error) {
	switch {
	case q.Source.err != nil:
		return "", fmt.Errorf("azdevops: %s: LinkQuery.Source: %w", op, q.Source.err)
	case q.Target.err != nil:
		return "", fmt.Errorf("azdevops: %s: LinkQuery.Target: %w", op, q.Target.err)
	case !slices.Contains([]LinkMode{"", MustHave, MayHave, HasNone}, q.Mode):
		return "", fmt.Errorf("azdevops: %s: LinkQuery.Mode is %q; use MustHave, MayHave or HasNone", op, string(q.Mode))
	}
	terms := []string{linkSource(q.Source, scoped).textOf("[Source].", q.Precise)}
	if len(q.Kinds) > 0 {
		kinds := make([]any, len(q.Kinds))
		for i, kind := range q.Kinds {
			if !strings.HasPrefix(kind, "System.LinkTypes.") {
				return "", fmt.Errorf("azdevops: %s: LinkQuery.Kinds[%d] is %q; links of work items are RelationChild, RelationParent, RelationRelated and their like", op, i, kind)
			}
			kinds[i] = kind
		}
		in := In(linkTypeField, kinds...)
		if in.err != nil {
			return "", fmt.Errorf("azdevops: %s: LinkQuery.Kinds: %w", op, in.err)
		}
		terms = append(terms, in.String())
	}
	if target := q.Target.textOf("[Target].", q.Precise); target != "" {
		terms = append(terms, target)
	}
	mode := q.Mode
	if mode == "" {
		mode = MustHave
	}
	return linkText(op, terms, " ORDER BY [System.Id] ASC", string(mode))
}

// linkTypeField is the field of a link that says of which kind it is.
const linkTypeField = "System.Links.LinkType"

// linkSource is the condition of where links begin.
func linkSource(source Where, scoped bool) Where {
	source = And(More(FieldID, 0), source)
	if scoped {
		source = And(Is(FieldProject, ThisProject), source)
	}
	return source
}

// linkText is a query of links.
func linkText(op string, terms []string, order, mode string) (string, error) {
	text := "SELECT [System.Id] FROM WorkItemLinks WHERE " + strings.Join(terms, " AND ") + order + " MODE (" + mode + ")"
	if len(text) > maxWIQL {
		return "", fmt.Errorf("azdevops: %s: the query has more than %d characters; ask for fewer values at once", op, maxWIQL)
	}
	return text, nil
}
