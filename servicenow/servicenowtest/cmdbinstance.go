package servicenowtest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// Texts of errors of the CMDB APIs. The documentation gives the statuses and
// the last text; the others are not verified on a real instance.
var (
	errNoSource = &apiError{http.StatusBadRequest, "Invalid request", "source is mandatory and must be a choice of cmdb_ci.discovery_source"}
	errNoClass  = &apiError{http.StatusNotFound, "Invalid class name", "No such CMDB class"}
	errNoTarget = &apiError{http.StatusBadRequest, "Invalid request", "inbound_relations and outbound_relations must be lists of type and target"}
	errNoHost   = &apiError{http.StatusInternalServerError, "Exception while executing request: null", "Exception while executing request: null Check logs for error trace or enable glide.rest.debug property to verify REST request processing"}
)

// cmdbRoute answers the CMDB Instance and Meta APIs.
func (s *Server) cmdbRoute(r *request, parts []string) *answer {
	if len(parts) < 3 {
		return failed(errNoPath)
	}
	c := s.store.classes[parts[2]]
	if c == nil || !c.is(s.store.classes["cmdb_ci"]) {
		return failed(errNoClass)
	}
	g, open := s.guardOf(c, r.caller)
	if !open {
		return failed(errDenied)
	}
	what := parts[1] + strings.Repeat("/", len(parts)-3)
	switch {
	case what == "meta" && r.Method == http.MethodGet:
		return s.meta(c)
	case what == "instance" && r.Method == http.MethodGet:
		return s.instances(r, c, g)
	case what == "instance" && r.Method == http.MethodPost:
		return s.writeInstance(r, c, g, "")
	case what == "instance/" && r.Method == http.MethodGet:
		return s.instance(r, c, g, parts[3])
	case what == "instance/" && (r.Method == http.MethodPut || r.Method == http.MethodPatch):
		return s.writeInstance(r, c, g, parts[3])
	case what == "instance//" && parts[4] == "relation" && r.Method == http.MethodPost:
		return s.addInstanceRelations(r, c, g, parts[3])
	case what == "instance///" && parts[4] == "relation" && r.Method == http.MethodDelete:
		return s.deleteInstanceRelation(r, c, g, parts[3], parts[5])
	case what == "meta", what == "instance", what == "instance/", what == "instance//" && parts[4] == "relation", what == "instance///" && parts[4] == "relation":
		return failed(errMethod)
	}
	return failed(errNoPath)
}

// instances lists sys_ids and names, which is all that the API tells.
func (s *Server) instances(r *request, c *class, g guard) *answer {
	q, failure := s.query(r, c)
	if failure != nil {
		return failed(failure)
	}
	s.prepare(c, q)
	s.store.mu.RLock()
	defer s.store.mu.RUnlock()
	rows, _ := s.store.search(c, q, window{offset: r.params.number("sysparm_offset", 0), limit: r.params.number("sysparm_limit", defaultLimit)})
	how := &rendering{caller: r.caller, guard: g, fields: s.fields(c, "sys_id,name")}
	a := &answer{status: http.StatusOK, header: http.Header{}}
	a.body, a.rows = s.appendPage(nil, rows, g, how)
	return a
}

func (s *Server) instance(r *request, c *class, g guard, id string) *answer {
	s.indexRelations()
	s.store.mu.RLock()
	defer s.store.mu.RUnlock()
	return s.renderInstance(r, c, g, id)
}

// indexRelations makes sure that the relations of a CI are found quickly.
func (s *Server) indexRelations() {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	c := s.store.classes["cmdb_rel_ci"]
	s.store.makeIndex(c, c.column("parent").at)
	s.store.makeIndex(c, c.column("child").at)
}

// renderInstance answers with a CI in the shape that reads and writes share.
// References are shown with display value, link and value.
func (s *Server) renderInstance(r *request, c *class, g guard, id string) *answer {
	found := s.readable(c, g, id)
	if found == nil {
		return failed(errNoRecord)
	}
	b := append([]byte(`{"result":{"outbound_relations":`), s.instanceRelations(r, found, "parent", "child")...)
	b = append(b, `,"attributes":{`...)
	how := &rendering{mode: showAll, links: true, base: r.origin + "/api/now/table/", caller: r.caller}
	first := true
	for i := range found.class.columns {
		col := &found.class.columns[i]
		if g.hides(s.store, found, []*column{col}) {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(appendString(b, col.Name), ':')
		if value := found.get(i); col.Type == Reference && value != "" {
			b = s.store.appendValue(b, found, col, value, how)
		} else {
			b = appendString(b, value)
		}
	}
	b = append(b, `},"inbound_relations":`...)
	b = append(b, s.instanceRelations(r, found, "child", "parent")...)
	return &answer{status: http.StatusOK, header: http.Header{}, body: append(b, "}}"...)}
}

// instanceRelations writes the relations in which a CI stands on the side own.
func (s *Server) instanceRelations(r *request, ci *row, own, other string) []byte {
	c := s.store.classes["cmdb_rel_ci"]
	type reference struct {
		Display string `json:"display_value"`
		Link    string `json:"link"`
		Value   string `json:"value"`
	}
	type relation struct {
		ID     string    `json:"sys_id"`
		Type   reference `json:"type"`
		Target reference `json:"target"`
	}
	list := []relation{}
	for rel := range s.store.equal(c, c.column(own).at, ci.get(colID)) {
		kind, target := rel.get(c.column("type").at), rel.get(c.column(other).at)
		list = append(list, relation{rel.get(colID),
			reference{s.store.display(s.store.classes["cmdb_rel_type"], kind), r.origin + "/api/now/table/cmdb_rel_type/" + kind, kind},
			reference{s.store.display(s.store.classes["cmdb_ci"], target), r.origin + "/api/now/cmdb/instance/cmdb_ci/" + target, target},
		})
	}
	return jsonOf(list)
}

// instanceBody is what a write sends.
type instanceBody struct {
	Attributes ireValues      `json:"attributes"`
	Source     string         `json:"source"`
	Inbound    []instanceLink `json:"inbound_relations"`
	Outbound   []instanceLink `json:"outbound_relations"`
	DependsOn  struct {
		Inbound  oneOrMore `json:"inbound_relations"`
		Outbound oneOrMore `json:"outbound_relations"`
	} `json:"depends_on"`
}

type instanceLink struct{ Type, Target string }

// oneOrMore takes the object that the documentation shows under depends_on, or
// a list.
type oneOrMore []instanceLink

// UnmarshalJSON implements json.Unmarshaler.
func (o *oneOrMore) UnmarshalJSON(data []byte) error {
	if data[0] == '[' {
		return json.Unmarshal(data, (*[]instanceLink)(o))
	}
	var one instanceLink
	err := json.Unmarshal(data, &one)
	*o = oneOrMore{one}
	return err
}

// readInstance reads the body of a write and checks its source and relations.
// Empty lists of relations are refused, as a public client reports.
func (s *Server) readInstance(r *request) (*instanceBody, *apiError) {
	var body instanceBody
	if json.Unmarshal(r.body, &body) != nil {
		return nil, errBody
	}
	sources := s.store.choicesOf(s.store.classes["cmdb_ci"].column("discovery_source"))
	if !slices.ContainsFunc(sources, func(c Choice) bool { return c.Value == body.Source }) {
		return nil, errNoSource
	}
	if body.Inbound != nil && len(body.Inbound) == 0 || body.Outbound != nil && len(body.Outbound) == 0 {
		return nil, errNoTarget
	}
	return &body, nil
}

// writeInstance creates or updates a CI through identification.
func (s *Server) writeInstance(r *request, c *class, g guard, id string) *answer {
	body, failure := s.readInstance(r)
	if failure != nil {
		return failed(failure)
	}
	item := &ireItem{ireRecord: ireRecord{Class: c.name, Values: body.Attributes}}
	if item.Values == nil {
		item.Values = ireValues{}
	}
	if named := s.store.classes[item.Values["sys_class_name"]]; named != nil && id == "" {
		item.Class = named.name
	}
	payload := &irePayload{Items: []*ireItem{item}}
	if id == "" {
		delete(item.Values, "sys_id")
		outbound := slices.Concat(body.Outbound, body.DependsOn.Outbound)
		for i, link := range slices.Concat(outbound, body.Inbound, body.DependsOn.Inbound) {
			if failure := s.link(payload, link, i < len(outbound)); failure != nil {
				return failed(failure)
			}
		}
	} else {
		s.store.mu.RLock()
		old := s.readable(c, g, id)
		s.store.mu.RUnlock()
		if old == nil {
			return failed(errNoRecord)
		}
		item.Values["sys_id"], item.Class = id, old.class.name
	}
	return s.commitInstance(r, g, payload, body.Source)
}

// link adds a CI that is known by its sys_id to a payload, and the relation of
// the first item with it.
func (s *Server) link(payload *irePayload, link instanceLink, outbound bool) *apiError {
	s.store.mu.RLock()
	defer s.store.mu.RUnlock()
	target := s.store.find(s.store.classes["cmdb_ci"], link.Target)
	kind := s.store.find(s.store.classes["cmdb_rel_type"], link.Type)
	if target == nil || kind == nil {
		return errNoHost
	}
	first, other := 0, len(payload.Items)
	payload.Items = append(payload.Items, &ireItem{ireRecord: ireRecord{Class: target.class.name, Values: ireValues{"sys_id": link.Target}}})
	relation := &ireRelation{Parent: &first, Child: &other, Type: kind.get(kind.class.column("name").at)}
	if !outbound {
		relation.Parent, relation.Child = relation.Child, relation.Parent
	}
	payload.Relations = append(payload.Relations, relation)
	return nil
}

// commitInstance writes a payload and answers with its first item.
func (s *Server) commitInstance(r *request, g guard, payload *irePayload, source string) *answer {
	result, failure := s.identify(r, payload, ireCall{source: source})
	if failure != nil {
		return failed(failure)
	}
	for _, item := range result.Items {
		for _, e := range item.Errors {
			switch e.Code {
			case "MISSING_DEPENDENCY":
				return failed(errNoHost)
			case "ABANDONED":
			default:
				return failed(&apiError{http.StatusBadRequest, e.Code, e.Message})
			}
		}
	}
	for _, relation := range result.Relations {
		for _, e := range relation.Errors {
			return failed(&apiError{http.StatusBadRequest, e.Code, e.Message})
		}
	}
	s.store.mu.RLock()
	defer s.store.mu.RUnlock()
	return s.renderInstance(r, s.store.classes["cmdb_ci"], g, result.Items[0].SysID)
}

func (s *Server) addInstanceRelations(r *request, c *class, g guard, id string) *answer {
	body, failure := s.readInstance(r)
	if failure != nil {
		return failed(failure)
	}
	s.store.mu.RLock()
	old := s.readable(c, g, id)
	s.store.mu.RUnlock()
	switch {
	case old == nil:
		return failed(errNoRecord)
	case len(body.Inbound)+len(body.Outbound) == 0:
		return failed(errNoTarget)
	}
	payload := &irePayload{Items: []*ireItem{{ireRecord: ireRecord{Class: old.class.name, Values: ireValues{"sys_id": id}}}}}
	for i, link := range slices.Concat(body.Outbound, body.Inbound) {
		if failure := s.link(payload, link, i < len(body.Outbound)); failure != nil {
			return failed(&apiError{http.StatusBadRequest, "Invalid request", fmt.Sprintf("no CI %s or no relation type %s", link.Target, link.Type)})
		}
	}
	return s.commitInstance(r, g, payload, body.Source)
}

func (s *Server) deleteInstanceRelation(r *request, c *class, g guard, id, relation string) *answer {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	rel := s.store.classes["cmdb_rel_ci"]
	found := s.store.find(rel, relation)
	if s.readable(c, g, id) == nil || found == nil ||
		fold(found.get(rel.column("parent").at)) != fold(id) && fold(found.get(rel.column("child").at)) != fold(id) {
		return failed(errNoRecord)
	}
	if rules, open := s.guardOf(rel, r.caller); !open || !s.allows(rules, OpDelete, found) {
		return failed(errACL("Delete"))
	}
	if failure := s.store.erase(found, r.actor()); failure != nil {
		return failed(failure)
	}
	return &answer{status: http.StatusOK, header: http.Header{}}
}
