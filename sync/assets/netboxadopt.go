package assets

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// adopt settles a create that NetBox refused because something is there already, or
// whose end is unknown: it takes over the object that is provably the same, or takes
// another slug where only that was in the way.
func (p *sending) adopt(ctx context.Context, n int) {
	op := p.ops[n]
	refused := p.results[n].Err
	fail := func(err error) {
		p.results[n] = reconcile.Result{Outcome: reconcile.Failed, Err: errors.Join(err, refused)}
	}
	value := valueOf(op.Changes)
	found, err := find(ctx, p.outlet, p.shape, value)
	switch {
	case err != nil:
		fail(fmt.Errorf("look for the object that is in the way: %w", err))
	case len(found) > 1:
		fail(fmt.Errorf("objects %d and %d of NetBox may be meant: link the right one", found[0].id, found[1].id))
	case len(found) == 0:
		p.otherSlug(ctx, n, fail)
	default:
		err := p.takeOver(ctx, n, found[0], value)
		if err != nil {
			fail(err)
			return
		}
		if p.sink.Adopted != nil {
			p.sink.mu.Lock()
			defer p.sink.mu.Unlock()
			p.sink.Adopted(op, found[0].id)
		}
	}
}

// valueOf returns the new value of a field by its name.
func valueOf(changes []reconcile.Change) func(field string) string {
	return func(field string) string {
		for _, c := range changes {
			if c.Field == field {
				return strings.TrimSpace(c.To.Text())
			}
		}
		return ""
	}
}

// find looks NetBox up for the objects that it would not have a second time.
func find(ctx context.Context, from outlet, s *shape, value func(string) string) (found []netObject, err error) {
	at := newIndex()
	for _, by := range []string{s.name, "asset_tag"} {
		if (by != s.name && s.typ != cmdb.TypeDevice) || value(by) == "" {
			continue
		}
		if err := from.read(ctx, netbox.Raw(by+"__ie", value(by)), func(o netObject) { at.add(s, o, glossary{}) }); err != nil {
			return nil, err
		}
	}
	same := slices.Clone(at.byKey[s.key(value)])
	if s.typ == cmdb.TypeDevice {
		for _, o := range at.byTag[value("asset_tag")] {
			if !slices.Contains(same, o) {
				same = append(same, o)
			}
		}
	}
	for _, o := range same {
		found = append(found, *o)
	}
	return found, nil
}

// takeOver links a record to an object that was there, and makes it say what the
// operation wants.
func (p *sending) takeOver(ctx context.Context, n int, o netObject, value func(string) string) error {
	if p.shape.typ == cmdb.TypeDevice {
		for _, field := range []string{"serial", "asset_tag"} {
			if have, want := o.value(p.shape, field), value(field); have != "" && want != "" && !strings.EqualFold(have, want) {
				return fmt.Errorf("device %d %q is there already and has another %s: it is another device, or one of them is wrong", o.id, o.name, strings.ReplaceAll(field, "_", " "))
			}
		}
	}
	if err := p.linkedElsewhere(ctx, n, o); err != nil {
		return err
	}
	var changes []reconcile.Change
	for _, c := range p.ops[n].Changes {
		if isLink(c) {
			continue
		}
		f := &p.shape.fields[p.shape.index(c.Field)]
		have := reconcile.Text(o.values[p.shape.index(c.Field)])
		switch {
		case f.name == fieldTags:
			c.To = reconcile.Text(joinTags(have.Text(), c.To.Text()))
		case f.once:
			continue
		}
		if f.form(have) != f.form(c.To) {
			changes = append(changes, c)
		}
	}
	if len(changes) > 0 {
		done, err := p.change(ctx, []netbox.Patch{{ID: o.id, Body: p.shape.body(changes)}})
		if err != nil {
			return err
		}
		if done[0].err != nil {
			return done[0].err
		}
	}
	_ = p.store(ctx, map[int]int64{n: o.id}) // the result says it
	return nil
}

func joinTags(a, b string) string {
	for slug := range strings.SplitSeq(b, ",") {
		a = withTag(a, slug)
	}
	return a
}

// linkedElsewhere returns an error when another record is linked to an object.
func (p *sending) linkedElsewhere(ctx context.Context, n int, o netObject) error {
	c := p.link.Columns
	var other string
	err := rowsWith(ctx, p.sink.CMDB, p.link.Table, c.ID, []string{"sys_id", c.Record, c.ID, c.Class}, []string{strconv.FormatInt(o.id, 10)}, func(row servicenow.Record) {
		for _, t := range sharing(p.shape) {
			if row.Get(c.Class) == string(t) && row.Get(c.Record) != p.ops[n].Key {
				other = row.Get(c.Record)
			}
		}
	})
	if err == nil && other != "" {
		err = fmt.Errorf("%s %d %q is there already and belongs to record %s: rename one of them", p.shape.typ, o.id, o.name, other)
	}
	return err
}

// otherSlug makes an object once more, under a slug that only it has.
func (p *sending) otherSlug(ctx context.Context, n int, fail func(error)) {
	op := p.ops[n]
	at := slices.IndexFunc(op.Changes, func(c reconcile.Change) bool { return c.Field == fieldSlug })
	value := valueOf(op.Changes)
	other := netbox.SlugWithSuffix(value(p.shape.name))
	if at < 0 || value(fieldSlug) == other || !errors.Is(p.results[n].Err, netbox.ErrDuplicate) && !errors.Is(p.results[n].Err, netbox.ErrConflict) {
		fail(nil)
		return
	}
	changes := slices.Clone(op.Changes)
	changes[at].To = reconcile.Text(other)
	made, err := p.make(ctx, []any{p.shape.body(changes)})
	switch {
	case err != nil:
		fail(err)
	case made[0].state != netbox.ItemDone:
		fail(made[0].err)
	default:
		_ = p.store(ctx, map[int]int64{n: made[0].id}) // the result says it
	}
}
