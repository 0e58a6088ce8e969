package assets

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// sending is one kind of write to the objects of one shape.
type sending struct {
	sink    *NetBoxSink
	link    Link
	shape   *shape
	outlet  outlet
	ops     []reconcile.Operation
	results []reconcile.Result
	rows    map[string]heldLink
}

func (p *sending) run(ctx context.Context, kind reconcile.Kind, at []int) error {
	lanes, items := p.sink.Lanes, p.sink.ItemsPerRequest
	if lanes <= 0 {
		lanes = defaultLanes
	}
	if len(p.shape.scope) > 0 && slices.Contains(p.shape.scope, "parent") {
		lanes = 1 // NetBox locks the whole tree
	}
	if items <= 0 {
		items = mostItems
	}
	lot := lot{left: at}
	errs := make([]error, lanes)
	var group sync.WaitGroup
	for lane := range lanes {
		group.Go(func() {
			for {
				part := lot.next(p.sink.pace.items(p.shape.typ, items), lanes)
				if len(part) == 0 {
					return
				}
				if err := p.chunk(ctx, kind, part); err != nil {
					errs[lane] = errors.Join(errs[lane], err)
					lot.stop(err)
				}
			}
		})
	}
	group.Wait()
	if lot.cause != nil {
		p.fail(lot.left, fmt.Errorf("not sent: %w", lot.cause))
	}
	return errors.Join(errs...)
}

// linksOnly tells updates that write a link row and no object from the others: NetBox
// is not asked, so its pace does not matter.
func (p *sending) linksOnly(kind reconcile.Kind, at []int) (only, rest []int) {
	for _, n := range at {
		if kind == reconcile.Update && !slices.ContainsFunc(p.ops[n].Changes, func(c reconcile.Change) bool { return !isLink(c) }) {
			only = append(only, n)
		} else {
			rest = append(rest, n)
		}
	}
	return only, rest
}

func (p *sending) chunk(ctx context.Context, kind reconcile.Kind, at []int) error {
	if err := ctx.Err(); err != nil {
		p.fail(at, err)
		return err
	}
	switch kind {
	case reconcile.Create:
		return p.create(ctx, at)
	case reconcile.Delete:
		return p.remove(ctx, at)
	default:
		return p.update(ctx, at)
	}
}

func (p *sending) fail(at []int, err error) {
	for _, n := range at {
		p.results[n] = reconcile.Result{Outcome: reconcile.Failed, Err: err}
	}
}

func (p *sending) bulk(n int) netbox.BulkOptions {
	return netbox.BulkOptions{ItemsPerRequest: max(n, 1), Parallel: 1}
}

// make creates objects, and notes them.
func (p *sending) make(ctx context.Context, bodies []any) ([]outcome, error) {
	begun := time.Now()
	made, err := p.outlet.create(ctx, bodies, p.bulk(len(bodies)))
	p.sink.pace.took(p.shape.typ, len(bodies), time.Since(begun))
	checkMade(p.shape, bodies, made)
	p.noteEchoes(made)
	return made, err
}

// change updates objects, and notes them.
func (p *sending) change(ctx context.Context, patches []netbox.Patch) ([]outcome, error) {
	begun := time.Now()
	done, err := p.outlet.update(ctx, patches, p.bulk(len(patches)))
	p.sink.pace.took(p.shape.typ, len(patches), time.Since(begun))
	p.noteEchoes(done)
	return done, err
}

func (p *sending) noteEchoes(done []outcome) {
	if p.sink.Echoes == nil {
		return
	}
	for _, o := range done {
		if o.state == netbox.ItemDone {
			_ = p.sink.Echoes.Wrote(o.row) // every type here is one that travels
		}
	}
}

// create makes objects and links them.
func (p *sending) create(ctx context.Context, at []int) error {
	var bodies []any
	var sent []int
	for _, n := range at {
		switch held, ok := p.rows[p.ops[n].Key]; {
		case !ok:
			p.results[n] = reconcile.Result{Outcome: reconcile.Stale, Err: errors.New("the record has no link row any more: flag it again, or take it out of the plan")}
		case held.id != "" && held.id != "0" && held.id != replaced(p.ops[n]):
			// Somebody has linked the record since the plan was made.
			p.results[n] = reconcile.Result{Outcome: reconcile.AlreadyThere, Target: held.id, Err: fmt.Errorf("the record is linked to %s %s already", held.class, held.id)}
		default:
			bodies, sent = append(bodies, p.shape.body(p.ops[n].Changes)), append(sent, n)
		}
	}
	if len(sent) == 0 {
		return nil
	}
	made, err := p.make(ctx, bodies)
	if made == nil {
		p.fail(sent, err)
		return err
	}
	ids := map[int]int64{}
	var again []int
	for i, n := range sent {
		switch o := made[i]; o.state {
		case netbox.ItemDone:
			ids[n] = o.id
		case netbox.ItemNotSent:
			p.results[n] = reconcile.Result{Outcome: reconcile.Failed, Err: o.err}
		default:
			p.results[n] = reconcile.Result{Outcome: reconcile.Failed, Err: o.err}
			if o.state == netbox.ItemUnknown || errors.Is(o.err, netbox.ErrDuplicate) || errors.Is(o.err, netbox.ErrConflict) {
				again = append(again, n)
			}
		}
	}
	linked := p.store(ctx, ids)
	for _, n := range again {
		if ctx.Err() != nil || isDown(err) && errors.Is(p.results[n].Err, err) {
			break
		}
		p.adopt(ctx, n)
	}
	if err != nil && !isDown(err) {
		err = nil // it is told of each object
	}
	return errors.Join(err, linked)
}

// replaced is the id of the lost object that a new one takes the place of, "" for
// none.
func replaced(op reconcile.Operation) string {
	for _, c := range op.Changes {
		if c.Field == linkID {
			return c.From.Text()
		}
	}
	return ""
}

// isDown reports whether an error says that NetBox as a whole cannot be worked with.
func isDown(err error) bool {
	return errors.Is(err, netbox.ErrUnavailable) || errors.Is(err, netbox.ErrUnauthorized) ||
		errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// store writes the ids of new objects into the link rows of their records.
func (p *sending) store(ctx context.Context, ids map[int]int64) error {
	if len(ids) == 0 {
		return nil
	}
	table := servicenow.TableOf[servicenow.Record](p.sink.CMDB, p.link.Table)
	var items []servicenow.BatchItem
	var at []int
	for n := range ids {
		at = append(at, n)
	}
	slices.Sort(at)
	for _, n := range at {
		held := p.rows[p.ops[n].Key]
		row := map[string]string{p.link.Columns.ID: strconv.FormatInt(ids[n], 10)}
		if held.class != string(p.shape.typ) {
			row[p.link.Columns.Class] = string(p.shape.typ)
		}
		for _, c := range p.ops[n].Changes {
			if c.Field == linkLevel {
				row[p.link.column(linkLevel)] = c.To.Text()
			}
		}
		items = append(items, table.BatchUpdate(held.row, row, servicenow.Fields("sys_id", p.link.Columns.ID)))
	}
	answers, err := p.sink.CMDB.Batch(ctx, items)
	for i, n := range at {
		id := strconv.FormatInt(ids[n], 10)
		failed := err
		if i < len(answers) {
			failed = answers[i].Err
			var row servicenow.Record
			if failed == nil {
				failed = answers[i].Decode(&row)
			}
			if failed == nil && row.Get(p.link.Columns.ID) != id {
				failed = fmt.Errorf("the instance did not keep %s in %s: the user may not write it", p.link.Columns.ID, p.link.Table)
			}
		}
		p.results[n] = reconcile.Result{Outcome: reconcile.Applied, Target: id}
		if failed != nil {
			p.results[n] = reconcile.Result{Outcome: reconcile.Failed, Target: id, Err: fmt.Errorf("the object was written as %s, its link row in %s was not; the next export links it: %w", id, p.link.Table, failed)}
		}
	}
	return err
}

// update changes objects, and links those that are adopted.
func (p *sending) update(ctx context.Context, at []int) error {
	var patches []netbox.Patch
	var sent []int
	ids := map[int]int64{}
	for _, n := range at {
		id, err := strconv.ParseInt(p.ops[n].Target, 10, 64)
		if err != nil {
			p.results[n] = reconcile.Result{Outcome: reconcile.Failed, Err: fmt.Errorf("%q is no id of NetBox", p.ops[n].Target)}
			continue
		}
		p.results[n] = reconcile.Result{Outcome: reconcile.Applied}
		if slices.ContainsFunc(p.ops[n].Changes, isLink) {
			ids[n] = id
		}
		if body := p.shape.body(p.ops[n].Changes); len(body) > 0 {
			patches, sent = append(patches, netbox.Patch{ID: id, Body: body}), append(sent, n)
		}
	}
	var failed error
	if len(patches) > 0 {
		done, err := p.change(ctx, patches)
		if done == nil {
			p.fail(sent, err)
			return err
		}
		linking := maps.Clone(ids)
		var untold []int
		for i, n := range sent {
			if done[i].state != netbox.ItemDone {
				p.results[n] = refusal(done[i])
				delete(ids, n)
			}
			if done[i].state == netbox.ItemMissing {
				untold = append(untold, n)
			}
		}
		for _, n := range p.lookAgain(ctx, untold) {
			if id, ok := linking[n]; ok {
				ids[n] = id
			}
		}
		if isDown(err) {
			failed = err
		}
	}
	return errors.Join(failed, p.store(ctx, ids))
}

// remove deletes objects. One that is gone already is as wanted.
func (p *sending) remove(ctx context.Context, at []int) error {
	ids := make([]int64, len(at))
	for i, n := range at {
		id, err := strconv.ParseInt(p.ops[n].Target, 10, 64)
		if err != nil {
			return fmt.Errorf("assets: %q is no id of NetBox", p.ops[n].Target)
		}
		ids[i] = id
	}
	begun := time.Now()
	done, err := p.outlet.remove(ctx, ids, p.bulk(len(ids)))
	p.sink.pace.took(p.shape.typ, len(ids), time.Since(begun))
	for i, n := range at {
		switch {
		case done == nil:
			p.results[n] = reconcile.Result{Outcome: reconcile.Failed, Err: err}
		case done[i].state == netbox.ItemDone:
			p.results[n] = reconcile.Result{Outcome: reconcile.Applied}
		case done[i].state == netbox.ItemMissing:
			p.results[n] = reconcile.Result{Outcome: reconcile.Unchanged}
		default:
			p.results[n] = refusal(done[i])
		}
	}
	if isDown(err) {
		return err
	}
	return nil
}

// refusal turns the outcome of an object that was not written into a result.
func refusal(o outcome) reconcile.Result {
	r := reconcile.Result{Outcome: reconcile.Failed, Err: o.err}
	switch o.state {
	case netbox.ItemMissing:
		r.Outcome = reconcile.Stale
	case netbox.ItemUnknown:
		r.Outcome = reconcile.Unsure
	}
	return r
}
