package assets

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// What stands between us and NetBox may shorten an answer or give another one's, and
// releases up to 4.6 leave out what they do not know. So every object of an answer is
// compared with what was sent, and only what is shown to be written counts as written.

// whole makes answers of as many outcomes as objects were sent: those that are lacking
// are unknown.
func whole(found []outcome, sent int, err error) []outcome {
	if found == nil {
		return nil // nothing was sent
	}
	for len(found) < sent {
		found = append(found, outcome{state: netbox.ItemUnknown, err: unlike("it tells of %d of %d objects: %w", len(found), sent, orShort(err))})
	}
	return found[:sent]
}

func orShort(err error) error {
	if err == nil {
		return netbox.ErrTruncated
	}
	return err
}

func unlike(format string, args ...any) error {
	return fmt.Errorf("the answer of NetBox does not fit what was sent: "+format, args...)
}

// checkMade compares new objects with what was sent, by their ids and names: an object
// that is another one, or one that an object before it was already, is unknown.
func checkMade(s *shape, bodies []any, made []outcome) {
	seen := map[int64]bool{}
	for i := range made {
		o := &made[i]
		if o.state != netbox.ItemDone {
			continue
		}
		want := nameIn(s, bodies[i])
		switch got := o.object; {
		case o.id < 1:
			*o = outcome{state: netbox.ItemUnknown, err: unlike("it gives no id for %q: %w", want, netbox.ErrTruncated)}
		case seen[o.id]:
			*o = outcome{state: netbox.ItemUnknown, err: unlike("it gives id %d twice: %w", o.id, netbox.ErrTruncated)}
		case !strings.EqualFold(got.value(s, s.name), want):
			*o = outcome{state: netbox.ItemUnknown, err: unlike("object %d is %q and not %q: %w", o.id, got.value(s, s.name), want, netbox.ErrTruncated)}
		}
		seen[o.id] = true
	}
}

// nameIn is what a body calls its object.
func nameIn(s *shape, body any) string {
	fields, _ := body.(map[string]any)
	name, _ := fields[s.name].(string)
	return name
}

// lookAgain settles updates of which an answer did not tell: releases up to 4.6 leave
// out objects that are not there, and a shortened answer those that are. It returns
// which of them are as the operation wants them.
func (p *sending) lookAgain(ctx context.Context, at []int) (written []int) {
	if len(at) == 0 {
		return nil
	}
	ids := make([]int64, len(at))
	for i, n := range at {
		ids[i], _ = strconv.ParseInt(p.ops[n].Target, 10, 64) // it was sent
	}
	slices.Sort(ids)
	present := map[int64]netObject{}
	if err := p.outlet.read(ctx, byIDs(slices.Compact(ids)...), func(o netObject) { present[o.id] = o }); err != nil {
		for _, n := range at {
			p.results[n] = reconcile.Result{Outcome: reconcile.Unsure, Err: fmt.Errorf("%w; it could not be read: %w", p.results[n].Err, err)}
		}
		return nil
	}
	for _, n := range at {
		id, _ := strconv.ParseInt(p.ops[n].Target, 10, 64)
		switch o, there := present[id]; {
		case !there: // as the outcome says
		case p.says(n, o):
			p.results[n] = reconcile.Result{Outcome: reconcile.Applied}
			written = append(written, n)
		default:
			p.results[n] = reconcile.Result{Outcome: reconcile.Failed, Err: unlike("object %d is there, was not named, and does not say what was sent: %w", id, netbox.ErrTruncated)}
		}
	}
	return written
}

// says reports whether an object says what an operation wants.
func (p *sending) says(n int, o netObject) bool {
	for _, c := range p.ops[n].Changes {
		if at := p.shape.index(c.Field); at >= 0 {
			if f := &p.shape.fields[at]; f.form(reconcile.Text(o.values[at])) != f.form(c.To) {
				return false
			}
		}
	}
	return true
}
