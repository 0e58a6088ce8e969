package assets

import (
	"context"
	"fmt"
	"net/url"
	"slices"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// Plan reads the NetBox and the CMDB and says what has to be written. It writes
// nothing. Planning the same estate twice gives the same plan.
//
// Memory grows with the number of records (about 600 bytes for each) and with
// what has to be written, not with what the records hold.
func (i Import) Plan(ctx context.Context) (*reconcile.Plan, error) {
	full, err := i.complete()
	if err != nil {
		return nil, err
	}
	r := newRun(full)
	if err := r.plan(ctx); err != nil {
		return nil, fmt.Errorf("assets: import: %w", err)
	}
	return r.builder.Build()
}

func newRun(full Import) *run {
	r := &run{
		Import:   full,
		cmdb:     &reader{client: full.CMDB, link: full.Link, pages: full.PageSize, progress: full.Progress, log: full.Logger},
		book:     newBook(),
		registry: map[cmdb.Object]*object{},
		names:    map[cmdb.Object]string{},
		fates:    map[cmdb.Object]fate{},
		present:  map[cmdb.Object]bool{},
		read:     map[cmdb.ObjectType]int{},
		shared:   tally{},
		below:    map[[2]string]bool{},
		builder:  reconcile.NewBuilder(full.Source, full.Target),
	}
	r.tags = cmdb.NewTagCheck(r.facts)
	return r
}

// A run is one pass of planning.
type run struct {
	Import
	cmdb     *reader
	book     *book
	registry map[cmdb.Object]*object // the selected objects but for devices
	again    []func() *object        // the same anew, where untagged objects come along
	names    map[cmdb.Object]string  // of objects that others refer to
	fates    map[cmdb.Object]fate    // what became of them
	present  map[cmdb.Object]bool    // objects that are not read, because the CMDB has them
	narrow   *narrow                 // what is looked at; nil for everything
	read     map[cmdb.ObjectType]int // how many objects NetBox showed
	tags     *cmdb.TagCheck
	current  *object // the device that is being checked
	shared   tally
	below    map[[2]string]bool // whether one class is below another
	ciWrites bool               // the plan writes CIs
	builder  *reconcile.Builder
}

// A fate is what became of an object that others refer to.
type fate struct {
	id      sysID // its record; none when that is not known
	level   int   // how many locations are above it, or unknownLevel
	created bool  // the plan creates the record
	blocked bool  // the plan does not get to it
}

func (r *run) plan(ctx context.Context) error {
	types := make([]string, len(r.Types))
	for i, t := range r.Types {
		types[i] = string(t)
	}
	r.builder.Types(types...)
	if !r.BesideApp {
		if err := r.cmdb.refuseBesideApp(ctx); err != nil {
			return err
		}
	}
	if err := r.readLinks(ctx); err != nil {
		return err
	}
	if err := r.readFoundations(ctx); err != nil {
		return err
	}
	if err := r.readUntagged(ctx); err != nil {
		return err
	}
	for _, t := range targets {
		if !slices.ContainsFunc(t.types, r.imports) {
			continue
		}
		if err := r.table(ctx, t); err != nil {
			return err
		}
	}
	if r.ciWrites && r.Through == ThroughIdentification {
		return r.checkIdentification(ctx)
	}
	return nil
}

// An item is an object whose record has been decided.
type item struct {
	*object
	verdict
	link  []reconcile.Change // what is to be written of its link
	class string             // the class of the record, or of the one to be made
	note  string             // what is to be said although it stops nothing
}

// table plans one table: it reads the table, finds the record of each object,
// and compares what differs.
func (r *run) table(ctx context.Context, t *target) error {
	s := newShelf(t)
	kept := map[[2]string]int{} // by type and class
	join := reconcile.Join[item, record]{
		Target: r.records(ctx, s),
		TargetKey: func(rec record) string {
			s.add(rec)
			return rec.id.String()
		},
		TargetDigest: func(rec record) uint64 { return s.digest(rec.values) },
		Source: func(yield func(item, error) bool) {
			for it, err := range r.items(ctx, s) {
				if err == nil {
					kept[[2]string{string(it.Type), it.class}]++
				}
				if !yield(it, err) {
					return
				}
			}
		},
		SourceKey: func(it item) string { return it.id.String() },
		SourceDigest: func(it item) uint64 {
			sum := s.wanted(it.at, it.values)
			if len(it.link) > 0 || it.note != "" {
				sum++ // it differs, whatever the columns say
			}
			return sum
		},
		Fetch: func(ctx context.Context, keys []string) (map[string]record, error) { return r.fetch(ctx, s, keys) },
	}
	_, err := reconcile.Diff(ctx, join, func(p reconcile.Pair[item, record]) error {
		if p.Kind == reconcile.OnlyTarget || p.Kind == reconcile.DuplicateTarget {
			return nil // nobody's record: not ours to judge
		}
		kept[[2]string{string(p.Source.Type), p.Source.class}]--
		return r.visit(s, p)
	})
	if err != nil {
		return fmt.Errorf("%s: %w", t.table, err)
	}
	for place, n := range kept {
		r.builder.Unchanged(place[0], place[1], n)
	}
	r.builder.Records(t.table, "", len(s.rows))
	if r.narrow != nil {
		return nil // what was not asked for is not left over
	}
	return r.leftovers(ctx, s)
}

func hostOf(base string) string {
	u, err := url.Parse(base)
	if err != nil || u.Host == "" {
		return base
	}
	return u.Host
}
