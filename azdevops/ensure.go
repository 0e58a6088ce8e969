package azdevops

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Link is how a work item is known to belong to a record elsewhere: a field that
// holds the record's key. The field has to be in the process of the project.
// Queries compare keys ignoring case.
type Link struct {
	Field string // reference name, "Custom.ServiceNowId"
	Key   string // of the record, such as its sys_id
}

// Ensured is what came of WorkItemService.Ensure.
type Ensured struct {
	Item    WorkItem
	Created bool
	// Twins are ids of further work items with the same key: somebody made them
	// without Ensure, or two programs did at the same moment. The item is the one
	// with the lowest id, whoever asks, and nothing is done about the others.
	Twins []int
}

// Ensure returns the work item that is linked to a record, and makes it when
// there is none. It is looked for by the link's field before, and again after it
// was made, since the service has neither a unique field nor a key that tells a
// request that is repeated. A create whose answer is lost is looked for as well
// before it is sent again, so that a record has one work item through faults.
//
// Within a Client, calls about one key take turns, so one item is made however
// many ask. Of two programs that make one at the same moment, both return the
// item with the lowest id, and Twins names the other.
//
// The patch is used for a new item only; its Set gets the link's field.
func (s *WorkItemService) Ensure(ctx context.Context, kind string, link Link, p Patch, opts ...CallOption) (Ensured, error) {
	const op = "WorkItems.Ensure"
	if !fieldName(link.Field) {
		return Ensured{}, fmt.Errorf("azdevops: %s: Link.Field %q is no reference name of a field, such as Custom.ServiceNowId", op, link.Field)
	}
	switch {
	case strings.TrimSpace(link.Key) != link.Key || link.Key == "":
		return Ensured{}, fmt.Errorf("azdevops: %s: Link.Key %q is empty or has blanks around it; it has to name one record", op, link.Key)
	case len(link.Key) > 255:
		return Ensured{}, fmt.Errorf("azdevops: %s: Link.Key has more than 255 bytes, which a text field does not take", op)
	}
	set := map[string]any{link.Field: link.Key}
	for name, value := range p.Set {
		if strings.EqualFold(name, link.Field) {
			return Ensured{}, fmt.Errorf("azdevops: %s: Patch.Set has the link's field %s; leave it out", op, name)
		}
		set[name] = value
	}
	p.Set = set
	if err := checkCreate(op, kind, p); err != nil {
		return Ensured{}, err
	}
	if s.c.project == "" {
		return Ensured{}, fmt.Errorf("azdevops: %s: this call needs a project; set Config.Project or use Client.InProject", op)
	}
	release, err := s.turns.Take(ctx, strings.ToLower(s.c.project+"\x00"+link.Field+"\x00"+link.Key))
	if err != nil {
		return Ensured{}, err
	}
	defer release()
	return s.ensure(ctx, kind, link, p, opts)
}

// maxCreates is how often a create is sent whose answer is lost.
const maxCreates = 3

func (s *WorkItemService) ensure(ctx context.Context, kind string, link Link, p Patch, opts []CallOption) (Ensured, error) {
	for n := 1; ; n++ {
		found, err := s.linked(ctx, link, opts)
		if err != nil {
			return Ensured{}, err
		}
		if len(found) > 0 {
			return s.adopt(ctx, found, n > 1, opts)
		}
		item, err := s.Create(ctx, kind, p, opts...)
		if err == nil {
			return s.settle(ctx, link, item, opts)
		}
		if !errors.Is(err, ErrAmbiguous) || n == maxCreates {
			return Ensured{}, err
		}
	}
}

// linked are the ids of the work items with the key, the lowest first.
func (s *WorkItemService) linked(ctx context.Context, link Link, opts []CallOption) ([]int, error) {
	var found []int
	for id, err := range s.IDs(ctx, Query{Where: Is(link.Field, link.Key)}, opts...) {
		if err != nil {
			return nil, err
		}
		found = append(found, id)
	}
	return found, nil
}

// adopt reads the item that stands for the key. ours tells that an answer was
// lost before, so that this item is most likely ours.
func (s *WorkItemService) adopt(ctx context.Context, found []int, ours bool, opts []CallOption) (Ensured, error) {
	item, err := s.Get(ctx, found[0], opts...)
	return Ensured{Item: item, Created: ours, Twins: found[1:]}, err
}

// settle looks whether someone else has made an item at the same moment.
func (s *WorkItemService) settle(ctx context.Context, link Link, made WorkItem, opts []CallOption) (Ensured, error) {
	found, err := s.linked(ctx, link, opts)
	if err != nil {
		// The item is there; only the second look failed.
		return Ensured{Item: made, Created: true}, err
	}
	if !slices.Contains(found, made.ID) {
		// Queries may lag behind: then the item that we know counts with them.
		found = append(found, made.ID)
		slices.Sort(found)
	}
	if found[0] == made.ID {
		return Ensured{Item: made, Created: true, Twins: found[1:]}, nil
	}
	first, err := s.adopt(ctx, found, false, opts)
	first.Created = true // an item was made, and is among the twins
	return first, err
}
