package assets

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// A verdictOut is what an export does with a record.
type verdictOut struct {
	kind   reconcile.Kind // create, update, skip or blocked
	have   *netObject     // the object, where there is one
	adopts bool           // the object is not linked to the record yet
	code   string
	words  string
	wish   wish
	key    string // what the object will be known by
}

func refused(kind reconcile.Kind, code, format string, args ...any) verdictOut {
	return verdictOut{kind: kind, code: code, words: fmt.Sprintf(format, args...)}
}

// match finds the object of a record, or decides that there is none.
func (x *exporting) match(o *outgoing, s *shape) verdictOut {
	if code, reason := x.unready(o); code == CodeAmbiguous {
		return refused(reconcile.Blocked, code, "%s", reason)
	} else if code != "" {
		return refused(reconcile.Skip, code, "%s", reason)
	}
	at := x.found[s.endpoint]
	if o.isLinked() && !x.lost[o.id] {
		have := at.byID[o.linked.ID]
		if have == nil {
			return refused(reconcile.Skip, CodeGone, "%s is not in NetBox any more: unlink the record, or choose another Export.Missing", o.linked)
		}
		if other := x.owner(o.linked, o.id); other != (sysID{}) {
			return refused(reconcile.Blocked, CodeAmbiguous, "%s is linked to record %s as well: leave it one link", o.linked, other)
		}
		return verdictOut{kind: reconcile.Update, have: have, wish: x.wish(o, s, have)}
	}
	if x.book.hidden > 0 && !x.AllowHidden {
		return refused(reconcile.Blocked, CodeHidden, "%d rows of the link table are hidden from the user, and one of them may be this record's or object's: grant read access, or allow it", x.book.hidden)
	}
	v := verdictOut{kind: reconcile.Create, wish: x.wish(o, s, nil)}
	v.key = s.key(v.wish.text(s))
	found := x.candidates(at, s, o, v)
	switch {
	case len(found) > 1:
		ids := make([]string, len(found))
		for i, c := range found {
			ids[i] = strconv.FormatInt(c.id, 10)
		}
		return refused(reconcile.Blocked, CodeAmbiguous, "objects %s of NetBox may be meant: link the right one", strings.Join(ids, " and "))
	case len(found) == 1:
		return x.adopt(o, s, found[0])
	case x.lost[o.id] && x.Missing == RelinkMissing:
		return refused(reconcile.Skip, CodeGone, "%s is not in NetBox any more, nor another object that is the same", o.linked)
	}
	if s.typ == cmdb.TypeDevice {
		if twins := at.bySerial[strings.ToLower(v.wish.text(s)("serial"))]; len(twins) > 0 {
			return refused(reconcile.Blocked, CodeAmbiguous, "device %d %q has the serial number already: link the two, or mend one of the serial numbers", twins[0].id, twins[0].name)
		}
	}
	return v
}

// candidates returns the objects that NetBox would not have a second time: by name,
// and devices by asset tag. An object of the same spelling goes before others.
func (x *exporting) candidates(at *index, s *shape, o *outgoing, v verdictOut) (found []*netObject) {
	found = slices.Clone(at.byKey[v.key])
	exact := func(c *netObject) bool { return c.value(s, s.name) == o.text(s.fields[s.index(s.name)].column) }
	if s.typ != cmdb.TypeDevice && slices.ContainsFunc(found, exact) {
		found = slices.DeleteFunc(found, func(c *netObject) bool { return !exact(c) })
	}
	if s.typ != cmdb.TypeDevice {
		return found
	}
	for _, c := range at.byTag[o.text("asset_tag")] {
		if !slices.Contains(found, c) {
			found = append(found, c)
		}
	}
	return found
}

// adopt takes an object over, unless something speaks against its being the same.
func (x *exporting) adopt(o *outgoing, s *shape, c *netObject) verdictOut {
	for _, t := range sharing(s) {
		if other := x.owner(cmdb.Object{Type: t, ID: c.id}, o.id); other != (sysID{}) {
			return refused(reconcile.Blocked, CodeLinkedElsewhere, "%s %d %q in NetBox is the same by name or asset tag, and belongs to record %s: rename one of them", t, c.id, c.name, other)
		}
	}
	w := x.wish(o, s, c)
	if s.typ == cmdb.TypeDevice {
		for _, field := range []string{"serial", "asset_tag"} {
			have, want := c.value(s, field), w.values[s.index(field)].Text()
			if have != "" && want != "" && !strings.EqualFold(have, want) {
				return refused(reconcile.Blocked, CodeMismatch, "device %d %q in NetBox is there already and has another %s (%s, not %s): it is another device, or one of them is wrong", c.id, c.name, strings.ReplaceAll(field, "_", " "), have, want)
			}
		}
	}
	return verdictOut{kind: reconcile.Update, have: c, adopts: true, wish: w,
		words: fmt.Sprintf("NetBox has it already as %d %q, and would not take it twice", c.id, c.name)}
}

// sharing returns the types whose objects are of one NetBox type.
func sharing(s *shape) (types []cmdb.ObjectType) {
	for _, other := range shapes {
		if other.endpoint == s.endpoint {
			types = append(types, other.typ)
		}
	}
	return types
}

// shares reports whether objects of a type are of the NetBox type of a shape.
func shares(s *shape, t cmdb.ObjectType) bool { return slices.Contains(sharing(s), t) }

// owner returns a record other than the given one that is linked to an object.
func (x *exporting) owner(object cmdb.Object, self sysID) sysID {
	for _, id := range x.book.records(object) {
		if id != self && !x.dead[id] {
			return id
		}
	}
	return sysID{}
}

// judgeClaims blocks records that mean one object, or would become two of which
// NetBox takes only one: the first to come is as wrong as the second.
func judgeClaims(list []*outgoing, decided []verdictOut) {
	var claims cmdb.Claims
	wants := func(v *verdictOut) string {
		switch {
		case v.kind == reconcile.Create:
			return "name " + v.key
		case v.have != nil:
			return "object " + strconv.FormatInt(v.have.id, 10)
		}
		return ""
	}
	for i, o := range list {
		if w := wants(&decided[i]); w != "" {
			claims.Add(o.id.String(), w)
		}
	}
	shared := claims.Shared()
	for i := range list {
		if sources := shared[wants(&decided[i])]; len(sources) > 0 {
			decided[i] = refused(reconcile.Blocked, CodeAmbiguous, "records %s would be one object in NetBox: rename one of them, or take its flag away", strings.Join(sources, " and "))
		}
	}
}
