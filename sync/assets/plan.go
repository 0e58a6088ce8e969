package assets

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

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
	r := &run{
		Import:   full,
		book:     newBook(),
		registry: map[cmdb.Object]*object{},
		names:    map[cmdb.Object]string{},
		fates:    map[cmdb.Object]fate{},
		shared:   tally{},
		below:    map[[2]string]bool{},
		builder:  reconcile.NewBuilder(full.Source, full.Target),
	}
	r.tags = cmdb.NewTagCheck(r.facts)
	if err := r.plan(ctx); err != nil {
		return nil, fmt.Errorf("assets: import: %w", err)
	}
	return r.builder.Build()
}

// A run is one pass of planning.
type run struct {
	Import
	book     *book
	registry map[cmdb.Object]*object // the selected objects but for devices
	names    map[cmdb.Object]string  // of objects that others refer to
	fates    map[cmdb.Object]fate    // what became of them
	tags     *cmdb.TagCheck
	current  *object // the device that is being checked
	shared   tally
	below    map[[2]string]bool // whether one class is below another
	builder  *reconcile.Builder
}

// A fate is what became of an object that others refer to.
type fate struct {
	id      sysID // its record; none when that is not known
	level   int   // how many locations are above it
	created bool  // the plan creates the record
	blocked bool  // the plan does not get to it
}

func (r *run) plan(ctx context.Context) error {
	types := make([]string, len(r.Types))
	for i, t := range r.Types {
		types[i] = string(t)
	}
	r.builder.Types(types...)
	if err := r.refuseBesideApp(ctx); err != nil {
		return err
	}
	if err := r.readLinks(ctx); err != nil {
		return err
	}
	if err := r.readFoundations(ctx); err != nil {
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
	return r.leftovers(ctx, s)
}

// visit makes an operation of a pair that differs.
func (r *run) visit(s *shelf, p reconcile.Pair[item, record]) error {
	it := p.Source
	switch p.Kind {
	case reconcile.OnlySource:
		r.create(s, it)
	case reconcile.Changed:
		r.update(s, it, p.Target)
	case reconcile.Vanished:
		r.block(it.object, it.class, it.id, reconcile.Update, CodeVanished, "record "+p.Key+" was deleted meanwhile: plan again")
	default:
		r.block(it.object, it.class, it.id, reconcile.Update, CodeAmbiguous, "record "+p.Key+" is meant by several objects")
	}
	return nil
}

func (r *run) create(s *shelf, it item) {
	op := r.operation(it.object, reconcile.Create, it.class, it.id)
	for n, c := range s.target.columns {
		if v := it.values[n]; v.IsText() && v.Text() != "" {
			op.Changes = append(op.Changes, reconcile.Change{Field: c.name, To: v, Ref: r.refOf(it.object, n)})
		}
	}
	op.Changes = append(op.Changes, it.link...)
	for _, ref := range it.refs {
		if f := r.fates[ref.to]; f.blocked {
			op.Needs = append(op.Needs, ref.to.String())
		}
	}
	op.Reason = it.words
	if hidden := max(s.hidden, r.book.hidden); hidden > 0 && !r.AllowHidden {
		op.Kind, op.Wanted, op.Code = reconcile.Blocked, reconcile.Create, CodeHidden
		op.Reason = fmt.Sprintf("%d rows of %s or of the link table are hidden from the user, and this may be one of them: grant read access, or allow it", hidden, s.target.table)
	}
	r.builder.Add(op)
}

func (r *run) update(s *shelf, it item, have record) {
	op := r.operation(it.object, reconcile.Update, it.class, it.id)
	at := func(values []reconcile.Value) func(string) reconcile.Value {
		return func(field string) reconcile.Value { return values[s.target.index(field)] }
	}
	op.Changes = slices.DeleteFunc(reconcile.Compare(s.target.fields(), at(have.values), at(it.values)), shortened)
	for n := range op.Changes {
		op.Changes[n].Ref = r.refOf(it.object, s.target.index(op.Changes[n].Field))
	}
	op.Changes = append(op.Changes, it.link...)
	op.Reason = it.note
	switch {
	case len(op.Changes) == 0 && it.note != "":
		op.Kind, op.Code = reconcile.Skip, CodeClass
	case len(op.Changes) > 0 && !it.verdict.link && op.Reason == "":
		op.Reason = it.words
	}
	r.builder.Add(op)
}

// usualLengths are the lengths that ServiceNow's text columns usually have.
var usualLengths = []int{40, 80, 100, 160, 255, 1000, 4000}

// shortened reports whether the instance has cut the wanted value to the length
// of its column, as it does without an error. Writing it again would not help.
func shortened(c reconcile.Change) bool {
	have, want := c.From.Text(), c.To.Text()
	return strings.HasPrefix(want, have) && slices.Contains(usualLengths, utf8.RuneCountInString(have))
}

// refOf returns the operation that creates the record which a column points to.
func (r *run) refOf(o *object, column int) string {
	for _, ref := range o.refs {
		if ref.column == column && r.fates[ref.to].created {
			return ref.to.String()
		}
	}
	return ""
}

func (r *run) operation(o *object, kind reconcile.Kind, class string, target sysID) reconcile.Operation {
	return reconcile.Operation{
		ID: o.String(), Kind: kind, Type: string(o.Type), Class: class,
		Key: fmt.Sprint(o.ID), Target: target.String(), Name: o.name,
	}
}

// skip reports an object that is not imported, by choice.
func (r *run) skip(o *object, class string, target sysID, code, reason string) {
	op := r.operation(o, reconcile.Skip, class, target)
	op.Code, op.Reason = code, reason
	r.builder.Add(op)
	r.Logger.Debug("evaluated as not valid and cannot be imported", "object", o.String(), "name", o.name, "code", code, "reason", reason)
}

// block reports an object for which something is in the way.
func (r *run) block(o *object, class string, target sysID, wanted reconcile.Kind, code, reason string) {
	op := r.operation(o, reconcile.Blocked, class, target)
	op.Wanted, op.Code, op.Reason = wanted, code, reason
	r.builder.Add(op)
	r.Logger.Warn("blocked", "object", o.String(), "name", o.name, "code", code, "reason", reason)
}

// items decides the record of every object of a table, parents before children.
// Devices that are linked are passed on at once; every other object waits until
// all have been seen, because two of them may mean one record.
func (r *run) items(ctx context.Context, s *shelf) iter.Seq2[item, error] {
	return func(yield func(item, error) bool) {
		columns := exclusive(r.identifier(s.target).Rules)
		var waiting []*object
		for o, err := range r.objects(ctx, s.target) {
			if err != nil {
				yield(item{}, err)
				return
			}
			linked := len(r.book.records(o.Object)) > 0
			if !r.eligible(o) {
				continue
			}
			r.shared.add(columns, o)
			if o.Type != cmdb.TypeDevice || !linked {
				waiting = append(waiting, o)
				continue
			}
			v := r.find(s, o, sysID{})
			if v.at < 0 {
				waiting = append(waiting, o)
			} else if !r.pass(ctx, s, o, v, yield) {
				return
			}
		}
		r.settle(ctx, s, waiting, yield)
	}
}

// settle decides the objects that had to wait.
func (r *run) settle(ctx context.Context, s *shelf, waiting []*object, yield func(item, error) bool) {
	elsewhere, err := r.elsewhere(ctx, s, waiting)
	if err != nil {
		yield(item{}, err)
		return
	}
	verdicts := make([]verdict, len(waiting))
	claims := cmdb.Claims{}
	for n, o := range waiting {
		verdicts[n] = r.find(s, o, r.scope(s, o))
		if class, ok := elsewhere[o.Object]; ok && verdicts[n].at < 0 {
			verdicts[n].code, verdicts[n].words = CodeElsewhere, "the linked record is a "+class+", which is not below "+r.tableOf(s.target)+": choose a wider Import.CITable"
		}
		if verdicts[n].at >= 0 {
			claims.Add(o.String(), verdicts[n].id.String())
		}
		r.settleFate(o, verdicts[n])
	}
	for target, sources := range claims.Shared() {
		for n, o := range waiting {
			if verdicts[n].at >= 0 && verdicts[n].id.String() == target {
				verdicts[n].code = CodeAmbiguous
				verdicts[n].words = "record " + target + " is meant by " + strings.Join(sources, " and ")
				r.settleFate(o, verdicts[n])
			}
		}
	}
	for n, o := range waiting {
		if !r.pass(ctx, s, o, verdicts[n], yield) {
			return
		}
	}
}

// settleFate sums up a verdict for those that refer to the object. Nothing refers
// to a device.
func (r *run) settleFate(o *object, v verdict) {
	if o.Type == cmdb.TypeDevice {
		return
	}
	f := fate{id: v.id, created: v.code == "" && v.at < 0, blocked: v.code != ""}
	if f.blocked {
		f.id = sysID{}
	}
	if o.parent.ID > 0 {
		f.level = r.fates[o.parent].level + 1
	}
	r.fates[o.Object] = f
}

// scope is the record within which the name of an object means something.
func (r *run) scope(s *shelf, o *object) sysID {
	for _, ref := range o.refs {
		if ref.column == s.scopeAt {
			return r.fates[ref.to].id
		}
	}
	return sysID{}
}

// pass hands on an object with its record, or reports why not.
func (r *run) pass(ctx context.Context, s *shelf, o *object, v verdict, yield func(item, error) bool) bool {
	if v.code != "" {
		r.block(o, o.class, sysID{}, "", v.code, v.words)
		return true
	}
	it := item{object: o, verdict: v, class: o.class}
	for _, ref := range o.refs {
		if f := r.fates[ref.to]; ref.column >= 0 && f.id != (sysID{}) {
			o.values[ref.column] = reconcile.Text(f.id.String())
		}
	}
	if at := s.target.index(linkLevel); at >= 0 && r.Link.Columns.Level != "" {
		o.values[at] = reconcile.Text(fmt.Sprint(r.fates[o.Object].level))
	}
	if len(v.twins) > 0 {
		r.Logger.Warn("other records look like it", "object", o.String(), "name", o.name, "records", v.twins, "why", v.words)
	}
	it.link = r.linkChanges(s, it)
	if v.at >= 0 {
		if err := r.compareClass(ctx, s, &it); err != nil {
			yield(item{}, err)
			return false
		}
	}
	return yield(it, nil)
}

// linkChanges returns what is to be written so that the record is linked to the
// object.
func (r *run) linkChanges(s *shelf, it item) []reconcile.Change {
	if r.Link.onRecord() {
		if it.at >= 0 && len(r.book.objects(it.id)) > 0 {
			return nil
		}
		return []reconcile.Change{{Field: r.Link.Field, From: r.emptyUnless(it.at < 0), To: reconcile.Text(it.String())}}
	}
	set := func(field, value string) reconcile.Change {
		return reconcile.Change{Field: field, To: reconcile.Text(value)}
	}
	entry, there := r.book.entry(it.id, it.Object)
	switch {
	case it.at >= 0 && there && entry.object == it.Object:
		return nil
	case it.at >= 0 && there: // a row that says whether to export the record, and no more
		changes := []reconcile.Change{{Field: linkID, From: reconcile.Text(""), To: reconcile.Text(fmt.Sprint(it.ID))}}
		if entry.class != string(it.Type) {
			changes = append(changes, reconcile.Change{Field: linkClass, From: reconcile.Text(entry.class), To: reconcile.Text(string(it.Type))})
		}
		return changes
	}
	class := it.class
	if it.at >= 0 {
		class = s.classOf(it.at)
	}
	changes := []reconcile.Change{
		set(linkRow, chosenID(r.Source, it.Object, forLink).String()),
		set(linkTable, class),
		set(linkID, fmt.Sprint(it.ID)),
		set(linkClass, string(it.Type)),
	}
	if r.Link.Columns.Sync != "" {
		changes = append(changes, set(linkSync, "true"))
	}
	return changes
}

// emptyUnless is what a column holds before it is first written.
func (r *run) emptyUnless(created bool) reconcile.Value {
	if created {
		return reconcile.Absent()
	}
	return reconcile.Text("")
}

// compareClass sees to it that a CI of another class than its device's is moved
// or reported.
func (r *run) compareClass(ctx context.Context, s *shelf, it *item) error {
	have, want := s.classOf(it.at), it.class
	it.class = have
	if have == want || it.Type != cmdb.TypeDevice {
		return nil
	}
	below, err := r.isBelow(ctx, s, have, want, it.id)
	if err != nil || below {
		return err
	}
	if !r.Reclassify {
		it.note = fmt.Sprintf("the CI is a %s, the device a %s: change one of them, or allow the flow to reclassify", have, want)
		return nil
	}
	it.class = want
	it.link = append(it.link, reconcile.Change{Field: "sys_class_name", From: reconcile.Text(have), To: reconcile.Text(want)})
	if !r.Link.onRecord() && !slices.ContainsFunc(it.link, func(c reconcile.Change) bool { return c.Field == linkTable }) {
		it.link = append(it.link, reconcile.Change{Field: linkTable, From: reconcile.Text(have), To: reconcile.Text(want)})
	}
	return nil
}

// eligible reports whether an object may be imported; where not, it says so in
// the plan.
func (r *run) eligible(o *object) bool {
	if o.code != "" {
		r.skip(o, o.class, sysID{}, o.code, o.reason)
		return false
	}
	r.current = o
	result := r.tags.Check(o.Object)
	if result.Valid {
		return true
	}
	path := make([]string, len(result.Path))
	for n, step := range result.Path {
		path[n] = r.called(step)
	}
	reason := strings.Join(path, " needs ") + ", which does not carry the tag"
	r.skip(o, o.class, sysID{}, string(result.Reason), reason)
	return false
}

// called names an object for people.
func (r *run) called(o cmdb.Object) string {
	name := r.names[o]
	if found := r.registry[o]; found != nil {
		name = found.name
	} else if r.current != nil && r.current.Object == o {
		name = r.current.name
	}
	return fmt.Sprintf("%s %q", o, name)
}

// facts answers the check of tagged dependencies. NetBox refers to every object
// that is asked for, so it is there; only the selected ones are tagged.
func (r *run) facts(o cmdb.Object) (cmdb.TagFacts, bool) {
	found := r.registry[o]
	if r.current != nil && r.current.Object == o {
		found = r.current
	}
	if found == nil || found.code != "" {
		return cmdb.TagFacts{}, true
	}
	return cmdb.TagFacts{Tagged: true, Needs: found.needs}, true
}

// objects returns the selected objects of a table: devices as they are read,
// others parents first.
func (r *run) objects(ctx context.Context, t *target) iter.Seq2[*object, error] {
	if t == &configurationItems {
		return r.devices(ctx)
	}
	return func(yield func(*object, error) bool) {
		for _, o := range r.parentsFirst(t) {
			if !yield(o, nil) {
				return
			}
		}
	}
}

// parentsFirst orders the objects of a table by type, and trees from the root
// down. What is above itself is marked and comes last.
func (r *run) parentsFirst(t *target) (ordered []*object) {
	for _, typ := range t.types {
		if !r.imports(typ) {
			continue
		}
		var level []*object
		children := map[cmdb.Object][]*object{}
		rest := map[cmdb.Object]*object{}
		for _, key := range slices.SortedFunc(maps.Keys(r.registry), compareObjects) {
			o := r.registry[key]
			if key.Type != typ {
				continue
			}
			rest[key] = o
			if above := r.registry[o.parent]; above != nil && o.parent.Type == typ {
				children[o.parent] = append(children[o.parent], o)
			} else {
				level = append(level, o)
			}
		}
		for len(level) > 0 {
			var next []*object
			for _, o := range level {
				delete(rest, o.Object)
				next = append(next, children[o.Object]...)
			}
			ordered = append(ordered, level...)
			level = next
		}
		for _, key := range slices.SortedFunc(maps.Keys(rest), compareObjects) {
			rest[key].skip(CodeCycle, rest[key].label()+" is above itself: give it another parent in NetBox")
			ordered = append(ordered, rest[key])
		}
	}
	return ordered
}

func compareObjects(a, b cmdb.Object) int {
	switch {
	case a.Type != b.Type:
		return strings.Compare(string(a.Type), string(b.Type))
	case a.ID < b.ID:
		return -1
	case a.ID > b.ID:
		return 1
	}
	return 0
}

func hostOf(base string) string {
	u, err := url.Parse(base)
	if err != nil || u.Host == "" {
		return base
	}
	return u.Host
}
