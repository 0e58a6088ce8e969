package netboxtest

import (
	"slices"
	"strconv"
	"strings"
)

// wire is the cable at an object and which end of it.
type wire struct {
	cable int64
	end   string // "A" or "B"
}

// cabled are the types that cables end at here.
var cabled = []string{"dcim.interface", "dcim.powerfeed"}

func cableResource() *resource {
	return &resource{
		path: "dcim/cables", model: "dcim.cable", class: "Cable", verbose: "cable",
		fields: spread(
			&field{name: "type", kind: kindText, null: true, max: 50},
			&field{name: "a_terminations", kind: kindEnds, def: []any{}}, &field{name: "b_terminations", kind: kindEnds, def: []any{}},
			choiceField("status", "connected", statuses("connected planned decommissioning")),
			choiceField("profile", "", [][2]string{{"single-1c1p", "1C1P"}, {"single-1c2p", "1C2P"}, {"single-1c4p", "1C4P"}}).blank().from(405),
			ref("tenant", "tenancy.tenant", protect), constant("bundle", "null").from(406),
			text("label", 100), text("color", 6), decimal("length", 8, 2),
			choiceField("length_unit", "", [][2]string{{"km", "Kilometers"}, {"m", "Meters"}, {"cm", "Centimeters"}, {"mi", "Miles"}, {"ft", "Feet"}, {"in", "Inches"}}),
			description(), owner(), comments(0), tagsField(), customField(), stamps()),
		brief:  []string{"label", "description"},
		old:    []string{"label"},
		order:  []string{"id"},
		search: []string{"label"},
		filters: []filter{
			{name: "unterminated", yes: func(_ *Server, r *row) bool { return len(endsOf(r, "a")) == 0 || len(endsOf(r, "b")) == 0 }},
			{name: "device", anyOf: func(s *Server, r *row) []int64 { return s.devicesOf(r) }, to: "dcim.device", by: "name"},
			{name: "interface", anyOf: func(_ *Server, r *row) []int64 { return endsAt(r, "dcim.interface") }, to: "dcim.interface", by: "name"},
		},
		display: func(_ *Server, r *row) string {
			if l := r.str("label"); l != "" {
				return l
			}
			return "#" + strconv.FormatInt(r.id, 10)
		},
		settle: func(_ *Server, r, _ *row) {
			if r.get("length") == nil {
				r.set("length_unit", nil)
			}
		},
		check: checkCable,
	}
}

// endsOf are the objects at one end of a cable.
func endsOf(r *row, end string) []point {
	list, _ := r.get(end + "_terminations").([]any)
	out := make([]point, 0, len(list))
	for _, x := range list {
		o, _ := x.(object)
		kind, _ := o.get("object_type")
		id, _ := o.get("object_id")
		n, _ := id.(int64)
		out = append(out, point{plain(kind), n})
	}
	return out
}

func endsAt(r *row, model string) (ids []int64) {
	for _, p := range append(endsOf(r, "a"), endsOf(r, "b")...) {
		if p.model == model {
			ids = append(ids, p.id)
		}
	}
	return ids
}

func (s *Server) devicesOf(cable *row) (ids []int64) {
	for _, id := range endsAt(cable, "dcim.interface") {
		if port := s.rowAt(point{"dcim.interface", id}); port != nil {
			ids = append(ids, port.to("device"))
		}
	}
	return ids
}

// readEnds reads a list of {object_type, object_id}.
func (s *Server) readEnds(v any) (any, []string) {
	list, ok := v.([]any)
	if !ok {
		return nil, []string{`Expected a list of items but got type "` + pythonType(v) + `".`}
	}
	out := []any{}
	for _, x := range list {
		o, _ := x.(object)
		kind, _ := o.get("object_type")
		id, _ := o.get("object_id")
		n, err := strconv.ParseInt(plain(id), 10, 64)
		if !slices.Contains(cabled, plain(kind)) || err != nil || s.rowAt(point{plain(kind), n}) == nil {
			return nil, []string{"Related object not found using the provided attributes: " + python(x)}
		}
		out = append(out, object{{"object_type", plain(kind)}, {"object_id", n}})
	}
	return out, nil
}

// ends writes one end of a cable.
func (e *encoder) ends(r *row, f *field) {
	e.buf = append(e.buf, '[')
	for i, p := range endsOf(r, f.name[:1]) {
		if i > 0 {
			e.buf = append(e.buf, ',')
		}
		e.raw(`{"object_type":`)
		e.str(p.model)
		e.raw(`,"object_id":`)
		e.int(p.id)
		e.raw(`,"object":`)
		e.nested(e.s.rowAt(p), "")
		e.buf = append(e.buf, '}')
	}
	e.buf = append(e.buf, ']')
}

// checkCable is what the model checks.
func checkCable(s *Server, r, old *row, bad *problems) {
	a, b := endsOf(r, "a"), endsOf(r, "b")
	switch {
	case r.get("length") != nil && r.str("length_unit") == "":
		bad.add("__all__", "Must specify a unit when setting a cable length")
		return
	case old == nil && (len(a) == 0 || len(b) == 0):
		bad.add("__all__", "Must define A and B terminations when creating a new cable.")
		return
	case mixed(a) || mixed(b):
		bad.add("__all__", "Cannot connect different termination types to same end of cable.")
		return
	}
	if len(a) > 0 && len(b) > 0 && (a[0].model != b[0].model || a[0].model == "dcim.powerfeed") {
		bad.add("__all__", "Incompatible termination types: "+modelName(a[0])+" and "+modelName(b[0]))
		return
	}
	for _, p := range a {
		if slices.Contains(b, p) {
			bad.add("__all__", "A and B terminations cannot connect to the same object.")
			return
		}
	}
	for _, p := range append(a, b...) {
		end := s.rowAt(p)
		switch w, taken := s.wired[p]; {
		case taken && w.cable != r.id:
			bad.add("__all__", "Duplicate termination found for "+p.model+" "+strconv.FormatInt(p.id, 10)+": cable "+strconv.FormatInt(w.cable, 10))
			return
		case virtualPort(end):
			bad.add("__all__", "Cables cannot be terminated to "+labelOf(end.res.byName["type"].choices, end.str("type"))+" interfaces")
			return
		}
	}
}

func mixed(ends []point) bool {
	return slices.ContainsFunc(ends, func(p point) bool { return p.model != ends[0].model })
}

func modelName(p point) string { _, name, _ := strings.Cut(p.model, "."); return name }

func virtualPort(r *row) bool {
	return r != nil && r.res.model == "dcim.interface" && slices.Contains([]string{"virtual", "bridge", "lag"}, r.str("type"))
}

func (s *Server) trackCable(old, r *row) {
	if old != nil {
		for _, p := range append(endsOf(old, "a"), endsOf(old, "b")...) {
			delete(s.wired, p)
		}
	}
	if r != nil {
		for _, p := range endsOf(r, "a") {
			s.wired[p] = wire{r.id, "A"}
		}
		for _, p := range endsOf(r, "b") {
			s.wired[p] = wire{r.id, "B"}
		}
	}
}

// unwire takes a deleted object from the cable at it, which stays with one end.
func (s *Server) unwire(r *row) {
	here := point{r.res.model, r.id}
	w, ok := s.wired[here]
	if !ok {
		return
	}
	t := s.tableOf("dcim.cable")
	cable := t.rows[w.cable].clone()
	for _, end := range []string{"a", "b"} {
		kept := []any{}
		for _, p := range endsOf(cable, end) {
			if p != here {
				kept = append(kept, object{{"object_type", p.model}, {"object_id", p.id}})
			}
		}
		cable.set(end+"_terminations", kept)
	}
	s.put(t, cable.id, cable)
}

// cableFields are what everything has that a cable can end at.
func cableFields() []*field {
	return []*field{
		computed("cable", func(e *encoder, r *row) { e.nested(e.s.cableAt(r), "") }),
		computed("cable_end", func(e *encoder, r *row) {
			if end := e.s.wired[point{r.res.model, r.id}].end; end != "" {
				e.str(end)
				return
			}
			e.raw("null")
		}),
	}
}

func (s *Server) cableAt(r *row) *row {
	if w, ok := s.wired[point{r.res.model, r.id}]; ok {
		return s.rowAt(point{"dcim.cable", w.cable})
	}
	return nil
}

// peers are the objects at the other end of the cable at a row.
func (s *Server) peers(r *row) []point {
	w, ok := s.wired[point{r.res.model, r.id}]
	if !ok {
		return nil
	}
	cable := s.rowAt(point{"dcim.cable", w.cable})
	if w.end == "A" {
		return endsOf(cable, "b")
	}
	return endsOf(cable, "a")
}

// peerFields tell what is at the other end: name, and name_type.
func peerFields(name, without string) []*field {
	return []*field{
		computed(name, func(e *encoder, r *row) {
			peers := e.s.peers(r)
			if len(peers) == 0 {
				e.raw(without)
				return
			}
			e.buf = append(e.buf, '[')
			for i, p := range peers {
				if i > 0 {
					e.buf = append(e.buf, ',')
				}
				e.nested(e.s.rowAt(p), "")
			}
			e.buf = append(e.buf, ']')
		}),
		computed(name+"_type", func(e *encoder, r *row) {
			peers := e.s.peers(r)
			if len(peers) == 0 {
				e.raw("null")
				return
			}
			e.str(peers[0].model)
		}),
	}
}

// loadedEnds reads one end of a cable as the API shows it.
func loadedEnds(v any) any {
	list, _ := v.([]any)
	out := []any{}
	for _, x := range list {
		o, _ := x.(object)
		kind, _ := o.get("object_type")
		given, _ := o.get("object_id")
		if id, ok := idOf(given); ok {
			out = append(out, object{{"object_type", plain(kind)}, {"object_id", id}})
		}
	}
	return out
}
