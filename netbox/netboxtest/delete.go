package netboxtest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// doomed is what a delete takes with it.
type doomed struct {
	gone      []*row // children before parents
	seen      map[*row]bool
	protected []*row
	nulls     []nulled
}

type nulled struct {
	row *row
	f   *field
	by  *row // the one that goes
}

// collect finds everything that a delete of r means.
func (s *Server) collect(r *row, d *doomed) {
	if d.seen[r] {
		return
	}
	d.seen[r] = true
	for _, b := range r.res.backs {
		t := s.table(b.from)
		if t.refs[b.by][r.id] == 0 {
			continue
		}
		for _, id := range t.ids {
			o := t.rows[id]
			if o.ref(b.by) != r.id {
				continue
			}
			switch b.by.onDelete {
			case protect:
				d.protected = append(d.protected, o)
			case cascade:
				s.collect(o, d)
			case setNull:
				d.nulls = append(d.nulls, nulled{o, b.by, r})
			}
		}
	}
	for _, o := range s.attached(r) {
		if o.res.points.protects {
			d.protected = append(d.protected, o)
			continue
		}
		s.collect(o, d)
	}
	for _, rule := range s.rulesOf(r) {
		s.collect(rule, d)
	}
	d.gone = append(d.gone, r)
}

// blockers are the rows that keep a row from being deleted.
func (s *Server) blockers(r *row) (*doomed, []*row) {
	d := &doomed{seen: map[*row]bool{}}
	s.collect(r, d)
	var out []*row
	told := map[*row]bool{}
	for _, p := range d.protected {
		if !d.seen[p] && !told[p] {
			told[p] = true
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b *row) int {
		return cmp.Or(cmp.Compare(a.res.at, b.res.at), cmp.Compare(a.id, b.id))
	})
	return d, out
}

// delete removes one object and what hangs on it. It runs inside a transaction.
func (s *Server) delete(r *row, message string, by actor) *apiError {
	d, block := s.blockers(r)
	if len(block) > 0 {
		names := make([]string, len(block))
		for i, p := range block {
			names[i] = fmt.Sprintf("%s (%d)", s.display(p), p.id)
		}
		return detail(409, fmt.Sprintf("Unable to delete object. %d dependent objects were found: %s", len(block), strings.Join(names, ", ")))
	}
	by.target = r
	for _, gone := range d.gone {
		if gone.res.model == "dcim.virtualchassis" {
			s.chassisGone(gone, by)
		}
	}
	s.destroy(d, message, by)
	return nil
}

// destroy removes rows. The trace of all comes before the first is gone, so
// that each is shown whole. What pointed to a row is changed after the change log
// has the row's end, and before event rules hear of it (seen on 4.7.3).
func (s *Server) destroy(d *doomed, message string, by actor) {
	for _, r := range d.inTurn() {
		said := ""
		if r == d.gone[len(d.gone)-1] {
			said = message
		}
		if !r.res.unlogged {
			s.record(r, nil, said, by)
		}
		for _, n := range d.nulls {
			if n.by == r {
				s.unpoint(n, d, by)
			}
		}
		if !r.res.unlogged {
			s.notice(r, nil, by)
		}
	}
	for _, r := range d.gone {
		s.put(s.table(r.res), r.id, nil)
		s.unlist(r)
		s.unwire(r)
		switch r.res.model {
		case "virtualization.virtualdisk":
			s.diskChanged(r)
		case "extras.tag":
			s.untag(r.id)
		case "extras.customfield":
			for _, t := range s.tables {
				s.eachRow(t, func(o *row) bool { return o.dropCustom(r.str("name")) })
			}
		}
	}
}

// inTurn is the order in which NetBox tells of what goes: type by type, those
// that depend on others first, and within a type by id (seen on 4.7.3).
func (d *doomed) inTurn() []*row {
	place := map[*resource]int{}
	for i, r := range d.gone {
		if _, ok := place[r.res]; !ok {
			place[r.res] = i
		}
	}
	return slices.SortedFunc(slices.Values(d.gone), func(a, b *row) int {
		return cmp.Or(cmp.Compare(place[a.res], place[b.res]), cmp.Compare(a.id, b.id))
	})
}

// unpoint takes the reference to a row that goes from one that stays.
func (s *Server) unpoint(n nulled, d *doomed, by actor) {
	t := s.table(n.row.res)
	old := t.rows[n.row.id]
	if old == nil || d.seen[old] {
		return
	}
	r := old.clone()
	r.vals[n.f.slot] = nil
	r.updated, r.touched = s.stamp(), by.request
	s.put(t, r.id, r)
	s.log(old, r, "", by)
}

// untag takes a deleted tag from every object.
func (s *Server) untag(tag int64) {
	if s.tagged[tag] == 0 {
		return
	}
	for _, t := range s.tables {
		s.eachRow(t, func(r *row) bool {
			n := len(r.tags)
			kept := r.tags[:0]
			for _, id := range r.tags {
				if id != tag {
					kept = append(kept, id)
				}
			}
			r.tags = kept
			return len(kept) < n
		})
	}
}
