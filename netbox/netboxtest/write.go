package netboxtest

// actor is who makes a change and under which request.
type actor struct {
	user    string
	request string
	token   *Token // nil: everything is permitted
	target  *row   // what the request changes or deletes, as it was

	method, path, query string // of the request
}

// create makes one object. It runs inside a transaction.
func (s *Server) create(res *resource, in *input, by actor) (*row, *apiError) {
	bad := &problems{}
	r, err := s.assemble(res, nil, in, bad)
	if err != nil {
		return nil, err
	}
	t := s.table(res)
	r.id = t.last + 1
	s.save(r, nil, in, by)
	r = s.table(res).rows[r.id]
	if !s.may(by.token, "add", r) {
		return nil, detail(403, textForbidden)
	}
	return r, nil
}

// update changes one object. It runs inside a transaction.
func (s *Server) update(old *row, in *input, by actor) (*row, *apiError) {
	bad := &problems{}
	r, err := s.assemble(old.res, old, in, bad)
	if err != nil {
		return nil, err
	}
	by.target = old
	s.save(r, old, in, by)
	r = s.table(old.res).rows[r.id]
	if !s.may(by.token, "change", r) {
		return nil, detail(403, textForbidden)
	}
	return r, nil
}

// save stamps and stores a row and writes the change log.
func (s *Server) save(r, old *row, in *input, by actor) {
	r.updated = s.stamp()
	r.touched = by.request
	if old == nil {
		r.created, r.made = r.updated, by.request
		r.updated = s.stamp()
	}
	s.put(s.table(r.res), r.id, r)
	s.log(old, r, in.message, by)
	s.saved(old, r)
	s.takeMAC(r, by)
}

// saved does what NetBox does in signals after a save.
func (s *Server) saved(old, r *row) {
	switch r.res.model {
	case "extras.customfield":
		s.customFieldSaved(old, r)
	case "dcim.virtualchassis":
		s.chassisSaved(old, r)
	case "virtualization.cluster":
		s.clusterSaved(r)
	case "virtualization.virtualdisk":
		s.diskChanged(r)
	case "dcim.location":
		if old != nil && old.to("site") != r.to("site") {
			s.locationMoved(r)
		}
	case "dcim.rack":
		if old != nil && (old.to("site") != r.to("site") || old.to("location") != r.to("location")) {
			s.moveAll("dcim.device", "rack", r.id, r.to("site"), r.to("location"), true)
		}
	}
}

// locationMoved takes along what stands in a location that goes to another
// site: no stamp, no record (4.7.3).
func (s *Server) locationMoved(r *row) {
	ids := s.below(r.res, map[int64]bool{r.id: true})
	for id := range ids {
		if id != r.id {
			child := s.table(r.res).rows[id].clone()
			child.set("site", r.to("site"))
			s.put(s.table(r.res), id, child)
		}
		s.moveAll("dcim.rack", "location", id, r.to("site"), 0, false)
		s.moveAll("dcim.device", "location", id, r.to("site"), 0, false)
	}
}

func (s *Server) moveAll(model, by string, id, site, location int64, both bool) {
	t := s.tableOf(model)
	f := t.res.byName[by]
	if t.refs[f][id] == 0 {
		return
	}
	for _, at := range append([]int64(nil), t.ids...) {
		r := t.rows[at]
		if r.ref(f) != id {
			continue
		}
		r = r.clone()
		r.set("site", site)
		if both {
			r.set("location", nil)
			if location != 0 {
				r.set("location", location)
			}
		}
		s.put(t, at, r)
	}
}

// customFieldSaved gives objects the default of a new field and takes the
// values of types that a field is no longer for.
func (s *Server) customFieldSaved(old, cf *row) {
	name := cf.str("name")
	now := map[any]bool{}
	for _, m := range customTypes(cf) {
		now[m] = true
	}
	before := map[any]bool{}
	if old != nil {
		for _, m := range customTypes(old) {
			before[m] = true
		}
	}
	for _, t := range s.tables {
		switch had, has := before[t.res.model], now[t.res.model]; {
		case had && !has:
			s.eachRow(t, func(r *row) bool { return r.dropCustom(name) })
		case has && !had && cf.get("default") != nil:
			s.eachRow(t, func(r *row) bool { r.setCustom(name, cf.get("default")); return true })
		}
	}
}

// eachRow changes rows without a trace, as NetBox's bulk statements do.
func (s *Server) eachRow(t *table, change func(*row) bool) {
	for _, id := range append([]int64(nil), t.ids...) {
		if r := t.rows[id].clone(); change(r) {
			s.put(t, id, r)
		}
	}
}
