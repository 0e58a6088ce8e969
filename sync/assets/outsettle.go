package assets

import (
	"strconv"

	"github.com/itsmkit/itsmkit/mapping"
	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// linkType is the type of operations that write link rows by themselves.
const linkType = "link"

// settle makes the operation of a verdict, and says where the object will be. It
// reports whether NetBox is written to.
func (x *exporting) settle(o *outgoing, s *shape, v verdictOut) bool {
	op := x.operation(o, s, v.kind)
	op.Reason = v.words
	switch v.kind {
	case reconcile.Skip, reconcile.Blocked:
		op.Code = v.code
		x.note(o, v)
		if !o.isLinked() || x.lost[o.id] || v.kind == reconcile.Blocked {
			x.places[o.id] = place{op: op.ID} // whatever needs it is blocked with it
		}
	case reconcile.Create:
		op.Reason = o.how
		op.Changes = append(x.fresh(o, s, v.wish), x.levelOf(o)...)
		if o.isLinked() { // the link that is to be replaced
			op.Changes = append(op.Changes, reconcile.Change{
				Field: linkID, From: idText(o.linked.ID), To: reconcile.Text(""), Reason: "the object is gone: the new one takes its place",
			})
		}
		x.places[o.id] = place{op: op.ID}
	case reconcile.Update:
		op.Target = strconv.FormatInt(v.have.id, 10)
		op.Changes = x.differences(o, s, v)
		if v.adopts {
			op.Changes = append(op.Changes, x.linkTo(o, s, v.have.id)...)
			op.Changes = append(op.Changes, x.levelOf(o)...)
		}
		x.places[o.id] = place{id: v.have.id}
		if x.lost[o.id] || v.adopts {
			x.places[o.id] = place{id: v.have.id, op: op.ID}
		}
	}
	if o.forced {
		op.Needs = append(op.Needs, linkType+":"+o.id.String())
	}
	if v.wish.refs != nil {
		for i, need := range v.wish.refs {
			if need != "" && v.wish.values[i].IsText() {
				op.Needs = append(op.Needs, need)
			}
		}
	}
	if v.kind == reconcile.Update && len(op.Changes) == 0 {
		x.builder.Unchanged(op.Type, op.Class, 1)
		return false
	}
	x.builder.Add(op)
	return v.kind.Writes()
}

func (x *exporting) operation(o *outgoing, s *shape, kind reconcile.Kind) reconcile.Operation {
	return reconcile.Operation{
		ID: o.opID(), Kind: kind, Type: string(o.typ), Class: s.endpoint,
		Key: o.id.String(), Name: o.text("name"),
	}
}

func (x *exporting) note(o *outgoing, v verdictOut) {
	log := x.Logger.With("component", markerValidation(o.typ))
	if v.kind == reconcile.Blocked {
		log.Warn("blocked", "record", o.opID(), "name", o.text("name"), "code", v.code, "reason", v.words)
		return
	}
	log.Debug("evaluated as not valid and cannot be exported", "record", o.opID(), "name", o.text("name"), "code", v.code, "reason", v.words)
}

// skip reports a record of which it is not known what it is in NetBox.
func (x *exporting) skip(o *outgoing, code, reason string) {
	x.note(o, refused(reconcile.Skip, code, "%s", reason))
	x.builder.Add(reconcile.Operation{
		ID: "record:" + o.id.String(), Kind: reconcile.Skip, Type: o.target.table, Class: o.class,
		Key: o.id.String(), Name: o.text("name"), Code: code, Reason: reason,
	})
}

// fresh are the fields of a new object.
func (x *exporting) fresh(o *outgoing, s *shape, w wish) (changes []reconcile.Change) {
	for i := range s.fields {
		f := &s.fields[i]
		value := w.values[i]
		if f.name == fieldSlug {
			value = reconcile.Text(x.slug(o, s, w))
		}
		if w.refs[i] == "" && value.Text() == "" {
			continue
		}
		changes = append(changes, reconcile.Change{Field: f.name, To: value, Ref: w.refs[i]})
	}
	return changes
}

// slug chooses a slug that no other object has.
func (x *exporting) slug(o *outgoing, s *shape, w wish) string {
	taken := x.found[s.endpoint].slugs
	say := w.text(s)
	slug := netbox.Slug(o.text("name"))
	key := func() string {
		return s.slugKey(func(field string) string {
			if field == fieldSlug {
				return slug
			}
			return say(field)
		})
	}
	if taken[key()] {
		slug = netbox.SlugWithSuffix(o.text("name"))
	}
	taken[key()] = true
	return slug
}

// differences are the fields in which an object differs from the record and may be
// changed.
func (x *exporting) differences(o *outgoing, s *shape, v verdictOut) (changes []reconcile.Change) {
	for i := range s.fields {
		f := &s.fields[i]
		have, want := reconcile.Text(v.have.values[i]), v.wish.values[i]
		ref := v.wish.refs[i]
		if want.IsAbsent() && ref == "" || f.form(have) == f.form(want) && !want.IsAbsent() {
			continue
		}
		change := reconcile.Change{Field: f.name, From: have, To: want, Ref: ref}
		if f.column != "" && !v.adopts {
			value := want
			if want.IsAbsent() {
				value = reconcile.Text(ref)
			}
			flows, why := x.Owners.writes(mapping.Platform, o.typ, f.column, value, have)
			if !flows {
				continue
			}
			change.Reason = why
		}
		changes = append(changes, change)
	}
	return changes
}

// linkTo is what the link row gets when an object is adopted.
func (x *exporting) linkTo(o *outgoing, s *shape, id int64) []reconcile.Change {
	was := ""
	if o.isLinked() {
		was = strconv.FormatInt(o.linked.ID, 10)
	}
	changes := []reconcile.Change{{Field: linkID, From: reconcile.Text(was), To: reconcile.Text(strconv.FormatInt(id, 10))}}
	if o.row.class != string(s.typ) {
		changes = append(changes, reconcile.Change{Field: linkClass, From: reconcile.Text(o.row.class), To: reconcile.Text(string(s.typ))})
	}
	return changes
}

// levelOf is the depth that the link row of a location gets with the link. A location
// that is linked already keeps what it says.
func (x *exporting) levelOf(o *outgoing) []reconcile.Change {
	level := strconv.Itoa(o.level)
	if o.target != &locations || x.Link.Columns.Level == "" || o.row.level == level {
		return nil
	}
	change := reconcile.Change{Field: linkLevel, To: reconcile.Text(level)}
	if o.row.row != (sysID{}) {
		change.From = reconcile.Text(o.row.level)
	}
	return []reconcile.Change{change}
}

// force flags what flagged records need, where Force says so.
func (x *exporting) force() {
	if !x.Force {
		return
	}
	var flag func(o *outgoing)
	flag = func(o *outgoing) {
		for _, field := range shapeOf(o.typ).order() {
			to := o.ref(field)
			if to == nil || to.asked || to.isLinked() || !x.exports(to.typ) || to.code != "" {
				continue
			}
			to.asked, to.forced = true, true
			x.builder.Add(x.flagOperation(to))
			flag(to)
		}
	}
	for _, o := range x.records {
		if o.carried && o.asked && o.code == "" {
			if code, _ := x.unready(o); code == "" {
				flag(o)
			}
		}
	}
}

// flagOperation sets the flag of a record, in its link row or in a new one.
func (x *exporting) flagOperation(o *outgoing) reconcile.Operation {
	op := reconcile.Operation{
		ID: linkType + ":" + o.id.String(), Kind: reconcile.Update, Type: linkType, Class: x.Link.Table,
		Key: o.id.String(), Target: o.row.row.String(), Name: o.text("name"), Reason: "a flagged record needs it",
		Changes: []reconcile.Change{{Field: linkSync, From: reconcile.Text("false"), To: reconcile.Text("true")}},
	}
	if o.row.row == (sysID{}) {
		op.Kind, op.Target = reconcile.Create, hashID(x.Source, o.id.String(), forLink).String()
		op.Changes = []reconcile.Change{{Field: linkTable, To: reconcile.Text(o.class)}, {Field: linkSync, To: reconcile.Text("true")}}
	}
	return op
}

// noteReady writes to the link row whether a flagged record is ready, where there are
// columns for it.
func (x *exporting) noteReady(o *outgoing) {
	c := x.Link.Columns
	if c.Ready == "" && c.Message == "" || !o.carried || !o.asked || o.row.row == (sysID{}) {
		return
	}
	_, reason := x.unready(o)
	row := x.told[o.id]
	var changes []reconcile.Change
	for _, want := range []struct{ field, column, have, want string }{
		{linkReady, c.Ready, row.ready, strconv.FormatBool(reason == "")},
		{linkMessage, c.Message, row.message, reason},
	} {
		same := text(reconcile.Text(want.have)) == text(reconcile.Text(want.want))
		if want.field == linkReady {
			same = truth(reconcile.Text(want.have)) == truth(reconcile.Text(want.want)) || want.have == "" && want.want == "false"
		}
		if want.column != "" && !same {
			changes = append(changes, reconcile.Change{Field: want.field, From: reconcile.Text(want.have), To: reconcile.Text(want.want)})
		}
	}
	if len(changes) > 0 {
		x.builder.Add(reconcile.Operation{
			ID: "ready:" + o.id.String(), Kind: reconcile.Update, Type: linkType, Class: x.Link.Table,
			Key: o.id.String(), Target: o.row.row.String(), Name: o.text("name"), Changes: changes,
		})
	}
}
