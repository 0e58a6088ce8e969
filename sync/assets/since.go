package assets

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// RunSince plans and applies what has changed in the NetBox since a checkpoint, and
// returns the next one: the form for runs on a schedule. It reads the change log, the
// objects that it names, all that these need, and what depends on them where that is
// concerned; and their records. The zero Checkpoint is a full pass, as Run does it.
//
// The checkpoint moves on only when all that was planned has been tried: after an error
// the returned one is the one that was given, and the next run does again what is left.
// What was blocked or could not be written is noted in it and looked at again each time.
//
// An error that is ErrFullPass says that a full pass is due: the log does not reach back
// to the checkpoint any more (NetBox keeps it for 90 days by default), the settings of the
// import have changed, or something has that NetBox logs for none of the objects that it
// concerns: one of Import.Tags was renamed or deleted, the custom field of the class made
// or removed, a region or a group of tenants deleted.
//
// Run a full pass now and then all the same, say once a day: what somebody changes in the
// CMDB, and a serial number that two devices share of which only one has changed, is seen
// by that alone. The guard measures removals against the records that the run looks at,
// so that more than ten deletions at a time need a full pass, or an Import.Guard that
// allows them. The token needs to read the change log.
func (i Import) RunSince(ctx context.Context, from Checkpoint) (reconcile.Summary, Checkpoint, error) {
	p, next, err := i.PlanSince(ctx, from)
	if err != nil {
		return reconcile.Summary{}, from, err
	}
	s, err := i.Apply(ctx, p)
	if err != nil || s.Total().NotTried > 0 {
		return s, from, err
	}
	for _, problem := range s.Problems {
		next.leave(problem.Operation)
	}
	next.tidy()
	return s, next, nil
}

// PlanSince is Plan for what has changed since a checkpoint, see RunSince. The checkpoint
// that it returns holds once the plan was applied, without an error and with a summary
// that is Clean: keep the one before until then, and otherwise.
func (i Import) PlanSince(ctx context.Context, from Checkpoint) (*reconcile.Plan, Checkpoint, error) {
	full, err := i.complete()
	if err != nil {
		return nil, from, err
	}
	p, next, err := newRun(full).planSince(ctx, from)
	if err != nil {
		return nil, from, fmt.Errorf("assets: import: %w", err)
	}
	return p, next, nil
}

func (r *run) planSince(ctx context.Context, from Checkpoint) (p *reconcile.Plan, next Checkpoint, err error) {
	next = r.checkpoint()
	if from.start() {
		// The mark comes first: what changes while the rest is read comes again.
		if next.Mark, err = r.newestChange(ctx); err == nil {
			err = r.plan(ctx)
		}
	} else if err = from.follows(next); err == nil {
		next.Mark, err = r.planChanged(ctx, from)
	}
	if err != nil {
		return nil, next, err
	}
	if p, err = r.builder.Build(); err != nil {
		return nil, next, err
	}
	for _, op := range p.Operations {
		if op.Kind == reconcile.Blocked {
			next.leave(op)
		}
	}
	next.tidy()
	return p, next, nil
}

// planChanged plans what the change log names since a checkpoint.
func (r *run) planChanged(ctx context.Context, from Checkpoint) (netbox.Watermark, error) {
	r.narrow = newNarrow()
	c, err := r.changedSince(ctx, from)
	if err != nil {
		return c.mark, err
	}
	if !r.BesideApp {
		if err := r.cmdb.refuseBesideApp(ctx); err != nil {
			return c.mark, err
		}
	}
	if err := r.spread(ctx, c); err != nil {
		return c.mark, err
	}
	if err := r.readNeeds(ctx, c); err != nil {
		return c.mark, err
	}
	r.registerTagged()
	if err := r.planNarrow(ctx); err != nil {
		return c.mark, err
	}
	if err := r.planAbsent(ctx, c); err != nil {
		return c.mark, err
	}
	if r.ciWrites && r.Through == ThroughIdentification {
		return c.mark, r.checkIdentification(ctx)
	}
	return c.mark, nil
}

// readNeeds reads what the objects that carry the tag need, all the way, and its links
// and records.
func (r *run) readNeeds(ctx context.Context, c *changed) error {
	for asked := c.sorted(); ; {
		var wave []cmdb.Object
		for _, o := range asked {
			f, there := r.narrow.found[o]
			if !there || !f.tagged && !r.ForceDependencies {
				continue
			}
			for _, need := range f.needs {
				if !c.looked[need] {
					c.looked[need] = true
					wave = append(wave, need)
				}
			}
		}
		if len(wave) == 0 {
			return nil
		}
		slices.SortFunc(wave, compareObjects)
		if err := r.look(ctx, wave); err != nil {
			return err
		}
		asked = wave
	}
}

// look reads objects from NetBox, and their links and records.
func (r *run) look(ctx context.Context, objects []cmdb.Object) error {
	read, err := r.readObjects(ctx, objects)
	if err != nil {
		return err
	}
	for _, f := range read {
		r.narrow.found[f.key] = f
	}
	return r.lookUp(ctx, objects)
}

// registerTagged makes objects of what was read and is imported.
func (r *run) registerTagged() {
	tagged := map[cmdb.Object]bool{}
	for _, key := range slices.SortedFunc(maps.Keys(r.narrow.found), compareNeeds) {
		f := r.narrow.found[key]
		if !f.tagged && !r.ForceDependencies {
			continue
		}
		o := f.convert()
		switch {
		case o.Type != cmdb.TypeDevice:
			r.registry[o.Object] = o
		case f.tagged:
			r.narrow.devices = append(r.narrow.devices, o)
		}
		tagged[o.Object] = f.tagged
	}
	if r.ForceDependencies {
		r.dropUnneeded(tagged)
	}
}

// compareNeeds orders objects so that tenants come first, of whom others ask which kind
// they are.
func compareNeeds(a, b cmdb.Object) int {
	switch {
	case a.Type == b.Type:
		return compareObjects(a, b)
	case a.Type == typeTenant:
		return -1
	case b.Type == typeTenant:
		return 1
	}
	return compareObjects(a, b)
}

// dropUnneeded takes what carries no tag out of the registry, unless something that is
// imported needs it.
func (r *run) dropUnneeded(tagged map[cmdb.Object]bool) {
	needed := map[cmdb.Object]bool{}
	var queue []*object
	for _, o := range r.registry {
		if tagged[o.Object] {
			queue = append(queue, o)
		}
	}
	for queue = append(queue, r.narrow.devices...); len(queue) > 0; queue = queue[1:] {
		if queue[0].code != "" {
			continue
		}
		for _, need := range queue[0].needs {
			if o := r.registry[need]; o != nil && !needed[need] {
				needed[need] = true
				queue = append(queue, o)
			}
		}
	}
	maps.DeleteFunc(r.registry, func(key cmdb.Object, _ *object) bool { return !tagged[key] && !needed[key] })
}

// planAbsent plans what becomes of the records of objects that are gone, and tells of
// those that do not carry the tag any more.
func (r *run) planAbsent(ctx context.Context, c *changed) error {
	for _, o := range c.sorted() {
		f, there := r.narrow.found[o]
		switch {
		case !there && c.objects[o]:
			if _, err := r.goneAlone(ctx, o); err != nil {
				return err
			}
		case !there:
			r.Logger.Warn("NetBox does not show an object whose deletion is not in the change log: its record is left as it is", "object", o.String())
		case !f.tagged:
			r.outOfScope(f)
		}
	}
	return nil
}

// outOfScope tells of the records of an object that is not imported any more.
func (r *run) outOfScope(f found) {
	for _, kind := range kinds(f.key) {
		if r.registry[kind] != nil {
			return // it comes along with what needs it
		}
		t := targetFor(kind.Type)
		for _, id := range r.live(kind) {
			o := &object{Object: kind, name: f.name, target: t, class: r.narrow.rows[t][id].class}
			r.skip(o, o.class, id, CodeOutOfScope, o.String()+" does not carry the tag any more: it is left as it is")
		}
	}
}
