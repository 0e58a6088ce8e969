package assets

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/itsmkit/itsmkit/sync/reconcile"
)

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
	if r.Through == ThroughIdentification && isCI(it.class) || r.Through == ThroughImportSets {
		op.Target = "" // the instance chooses
	}
	for n, c := range s.target.columns {
		if v := it.values[n]; v.IsText() && v.Text() != "" {
			change := reconcile.Change{Field: c.name, To: v}
			r.nameReference(&change, it.object, n)
			op.Changes = append(op.Changes, change)
		}
	}
	op.Changes = append(op.Changes, it.link...)
	r.stage(&op, it)
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
	r.ciWrites = r.ciWrites || op.Kind.Writes() && isCI(op.Class)
	r.builder.Add(op)
}

func (r *run) update(s *shelf, it item, have record) {
	op := r.operation(it.object, reconcile.Update, it.class, it.id)
	at := func(values []reconcile.Value) func(string) reconcile.Value {
		return func(field string) reconcile.Value { return values[s.target.index(field)] }
	}
	op.Changes = slices.DeleteFunc(reconcile.Compare(s.target.fields(), at(have.values), at(it.values)), shortened)
	for n := range op.Changes {
		r.nameReference(&op.Changes[n], it.object, s.target.index(op.Changes[n].Field))
	}
	op.Changes = append(op.Changes, it.link...)
	r.stage(&op, it)
	op.Reason = it.note
	switch {
	case len(op.Changes) == 0 && it.note != "":
		op.Kind, op.Code = reconcile.Skip, CodeClass
	case len(op.Changes) > 0 && !it.verdict.link && op.Reason == "":
		op.Reason = it.words
	}
	r.ciWrites = r.ciWrites || len(op.Changes) > 0 && isCI(op.Class)
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

// nameReference says which object a reference points to: by the operation that
// makes its record, or else in words, for a bare sys_id tells nobody anything.
func (r *run) nameReference(c *reconcile.Change, o *object, column int) {
	for _, ref := range o.refs {
		switch {
		case ref.column != column:
		case r.fates[ref.to].created:
			c.Ref = ref.to.String()
		default:
			c.Reason = r.called(ref.to)
		}
	}
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
