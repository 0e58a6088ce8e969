package assets

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/mapping"
	"github.com/itsmkit/itsmkit/sync/reconcile"
)

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
			r.read[o.Type]++
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
	if above := r.fates[o.parent].level; o.parent.ID > 0 && above == unknownLevel {
		f.level = unknownLevel
	} else if o.parent.ID > 0 {
		f.level = above + 1
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
	if at, level := s.target.index(linkLevel), r.fates[o.Object].level; at >= 0 && r.Link.Columns.Level != "" && level != unknownLevel {
		o.values[at] = reconcile.Text(fmt.Sprint(level))
	}
	r.reportTwins(s, o, v)
	it.link = r.linkChanges(s, it)
	if v.at >= 0 {
		r.leaveToOwner(s, o, v.at)
		if err := r.compareClass(ctx, s, &it); err != nil {
			yield(item{}, err)
			return false
		}
	}
	return yield(it, nil)
}

// leaveToOwner takes back what an object says of columns that are the CMDB's, where
// an export runs too.
func (r *run) leaveToOwner(s *shelf, o *object, at int32) {
	if r.Owners == nil {
		return
	}
	own := s.shares[int(at)*len(s.target.columns):]
	for i, c := range s.target.columns {
		present := reconcile.Text("") // the shelf has forgotten which value it is
		if own[i] != s.share(i, present) {
			present = reconcile.Text("something")
		}
		if flows, _ := r.Owners.writes(mapping.External, o.Type, c.name, o.values[i], present); !flows && o.values[i] != present {
			o.values[i] = reconcile.Absent()
		}
	}
}

// reportTwins says which other records look like an object although its own record
// stands, such as a second CI with its serial number.
func (r *run) reportTwins(s *shelf, o *object, v verdict) {
	for _, twin := range v.twins {
		id, _ := parseSysID(twin)
		class := s.target.table
		if at, here := s.byID[id]; here {
			class = s.classOf(at)
		}
		op := r.operation(o, reconcile.Skip, class, id)
		op.ID += "/twin/" + twin
		op.Code, op.Reason = CodeTwin, v.words+": see which of the records it is, and correct or retire the others"
		r.builder.Add(op)
		r.Logger.Warn("another record looks like it", "object", o.String(), "name", o.name, "record", twin, "why", v.words)
	}
}
