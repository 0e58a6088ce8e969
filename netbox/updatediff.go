package netbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// maxRounds is how often a write is tried that others keep overtaking.
const maxRounds = 4

// UpdateDiff makes an object have the fields of want, given as for Update, and
// sends only those that differ from have (see [Diff]), or nothing at all when
// none does: NetBox takes an unchanged object as a change, stamps it anew and
// fires its webhooks. It returns the object as stored and what was changed.
//
// have is the object as read, also from a list, with the fields that want
// names and last_updated; without last_updated it is read first. The write is
// refused when someone else has changed the object since ([IfUnchangedSince]);
// it is then read and compared again, up to four times. An IfMatch among opts
// takes the place of that: its refusal is returned at once. AddTags and
// RemoveTags work on every release; before 4.6 all tags are written.
func (r *Resource[T]) UpdateDiff(ctx context.Context, have T, want any, opts ...CallOption) (T, Changes, error) {
	if err := r.ready(); err != nil {
		return have, nil, err
	}
	return r.converge(ctx, r.idOf(&have), &have, func(T) (any, error) { return want, nil }, opts)
}

// UpdateFunc reads an object, asks change for the fields that it should have,
// and writes those that differ, as UpdateDiff does. When someone else changes
// the object in between, it is read and change is asked again, up to four
// times. A nil want leaves the object alone; an error of change is returned.
func (r *Resource[T]) UpdateFunc(ctx context.Context, id int64, change func(have T) (want any, err error), opts ...CallOption) (T, Changes, error) {
	var zero T
	if err := r.ready(); err != nil {
		return zero, nil, err
	}
	if change == nil {
		return zero, nil, fmt.Errorf("netbox: %s: change is nil", r.op("UpdateFunc"))
	}
	return r.converge(ctx, id, nil, change, opts)
}

func (r *Resource[T]) converge(ctx context.Context, id int64, have *T, change func(T) (any, error), opts []CallOption) (T, Changes, error) {
	var zero T
	if _, err := r.s.object(id); err != nil {
		return zero, nil, err
	}
	probe := &rest.Call{}
	rest.Apply(probe, opts...)
	conditional := probe.Header.Get("If-Match") != ""
	for round := 1; ; round++ {
		if have == nil || stamp(*have).IsZero() {
			now, err := r.Get(ctx, id)
			if err != nil {
				return zero, nil, err
			}
			have = &now
		}
		changes, patch, err := r.patchFor(ctx, *have, change)
		if err != nil || len(changes) == 0 {
			return *have, nil, err
		}
		write := opts
		if at := stamp(*have); !conditional && !at.IsZero() {
			write = append(slices.Clone(opts), IfUnchangedSince(at))
		}
		stored, err := r.Update(ctx, id, patch, write...)
		if conditional || round == maxRounds || !errors.Is(err, ErrPrecondition) {
			return stored, changes, err
		}
		have = nil
	}
}

// patchFor compares an object with what change wants of it.
func (r *Resource[T]) patchFor(ctx context.Context, have T, change func(T) (any, error)) (Changes, map[string]any, error) {
	want, err := change(have)
	if err != nil || want == nil {
		return nil, nil, err
	}
	fail := func(err error) (Changes, map[string]any, error) {
		return nil, nil, fmt.Errorf("netbox: %s: body: %w", r.op("Update"), err)
	}
	wanted, raw, err := decodeBody(want)
	if err != nil {
		return fail(err)
	}
	stored, err := decodeObject(have)
	if err != nil {
		return fail(err)
	}
	if err := r.foldTags(ctx, stored, wanted, raw); err != nil {
		return fail(err)
	}
	if err := r.checkBody(ctx, raw); err != nil {
		return fail(err)
	}
	changes := diff(stored, wanted, raw)
	patch := changes.Patch()
	if message, ok := raw["changelog_message"]; ok {
		patch["changelog_message"] = message
	}
	return changes, patch, nil
}

// foldTags turns tags to add and remove into the whole list, on releases that
// would ignore them.
func (r *Resource[T]) foldTags(ctx context.Context, stored, wanted map[string]any, raw map[string]json.RawMessage) error {
	add, adds := wanted["add_tags"].([]any)
	remove, removes := wanted["remove_tags"].([]any)
	if _, whole := wanted["tags"]; whole || !adds && !removes {
		return nil // both together are refused as a body
	}
	known, err := r.c.APIVersion(ctx)
	if err != nil || known.AtLeast(4, 6) {
		return err
	}
	have, _ := stored["tags"].([]any)
	var refs []any
	for _, tag := range have {
		if !slices.ContainsFunc(remove, func(ref any) bool { return refersTo(tag, ref) }) {
			refs = append(refs, plainValue("", tag))
		}
	}
	refs = append(refs, tagsToMove(have, add, true)...)
	if refs == nil {
		refs = []any{}
	}
	wanted["tags"], raw["tags"] = refs, mustJSON(refs)
	maps.DeleteFunc(wanted, func(name string, _ any) bool { return name == "add_tags" || name == "remove_tags" })
	delete(raw, "add_tags")
	delete(raw, "remove_tags")
	return nil
}

// stamp returns an object's last_updated; zero where it was not read.
func stamp(row any) time.Time {
	data, err := json.Marshal(row)
	if err != nil {
		return time.Time{}
	}
	raw, _ := memberOf(data, "last_updated")
	at, err := time.Parse(time.RFC3339, text(raw))
	if err != nil {
		return time.Time{}
	}
	return at
}
