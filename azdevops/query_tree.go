package azdevops

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// TreeQuery selects work items with all that is below them, by the links
// RelationChild.
type TreeQuery struct {
	// Source is the condition of the items on top; none selects all of the project
	// or organization. What stands below another selected item is not on top.
	Source Where
	// Target is the condition of the items below; none means any item. One that
	// does not fit ends its branch.
	Target Where
	// FromBelow selects the items that fit Target, wherever they are, with those
	// above them that fit Source.
	FromBelow bool
	// Precise compares times by the second and not by the day in UTC.
	Precise bool
}

// TreeItem is a work item that a TreeQuery has selected, with those below it.
type TreeItem struct {
	ID       int
	Children []TreeItem
}

// Tree reads trees of work items. Siblings are in the order of their ids. In a
// client with a project the items on top are of that project only; those below
// may be elsewhere. The service gives no more than 20,000 items, beyond which it
// is ErrTooMany.
func (s *WorkItemService) Tree(ctx context.Context, q TreeQuery, opts ...CallOption) ([]TreeItem, error) {
	const op = "WorkItems.Tree"
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
	children := map[int][]int{} // of 0: the items on top
	for _, row := range rows {
		children[row.from()] = append(children[row.from()], row.Target.ID)
	}
	placed := 0
	items := treeBelow(children, 0, &placed)
	if placed != len(rows) {
		return nil, fmt.Errorf("azdevops: %s: the service gave %d items of which only %d hang together", op, len(rows), placed)
	}
	return items, nil
}

// treeBelow makes the trees below an item, and takes them out of the map: so
// links in a circle end.
func treeBelow(children map[int][]int, id int, placed *int) []TreeItem {
	ids := children[id]
	delete(children, id)
	slices.Sort(ids)
	if len(ids) == 0 {
		return nil
	}
	items := make([]TreeItem, len(ids))
	*placed += len(ids)
	for i, id := range ids {
		items[i] = TreeItem{ID: id, Children: treeBelow(children, id, placed)}
	}
	return items
}

func (q TreeQuery) wiql(op string, scoped bool) (string, error) {
	switch {
	case q.Source.err != nil:
		return "", fmt.Errorf("azdevops: %s: TreeQuery.Source: %w", op, q.Source.err)
	case q.Target.err != nil:
		return "", fmt.Errorf("azdevops: %s: TreeQuery.Target: %w", op, q.Target.err)
	}
	terms := []string{linkSource(q.Source, scoped).textOf("[Source].", q.Precise), Is(linkTypeField, RelationChild).String()}
	if target := q.Target.textOf("[Target].", q.Precise); target != "" {
		terms = append(terms, target)
	}
	mode := "Recursive"
	if q.FromBelow {
		mode += ", ReturnMatchingChildren"
	}
	// ORDER BY is left out: the documentation both forbids and shows it.
	return linkText(op, terms, "", mode)
}

// linkRow is a row of the answer to a query of links.
type linkRow struct {
	Kind   string `json:"rel"`
	Source *struct {
		ID int `json:"id"`
	} `json:"source"`
	Target struct {
		ID int `json:"id"`
	} `json:"target"`
}

// from is where a link begins, 0 for an item that stands without one.
func (r linkRow) from() int {
	if r.Source == nil {
		return 0
	}
	return r.Source.ID
}

// linkRows runs a query of links.
func (s *WorkItemService) linkRows(ctx context.Context, op, text string, precise bool, opts []CallOption) ([]linkRow, error) {
	query := url.Values{}
	if precise {
		query.Set("timePrecision", "true")
	}
	var answer struct {
		Rows []linkRow `json:"workItemRelations"`
	}
	err := s.c.do(ctx, request{
		op: op, method: http.MethodPost, kind: rest.Read, within: true, path: []string{"_apis", "wit", "wiql"},
		query: query, body: map[string]string{"query": text}, result: &answer,
	}, opts)
	return answer.Rows, err
}
