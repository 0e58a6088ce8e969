package servicenowtest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"
)

// job is the request of a worker.
type job struct {
	Task        string   `json:"task,omitempty"`
	CIs         []string `json:"cmdb_ci_sys_ids,omitempty"`
	Association string   `json:"association_type,omitempty"`
	Refresh     bool     `json:"refresh_impacted_services,omitempty"`
	CI          string   `json:"cmdb_ci_sys_id,omitempty"`
	Start       string   `json:"planned_start_time"`
	Seconds     int      `json:"duration_in_seconds,omitempty"`
	Write       bool     `json:"first_available,omitempty"`
	Zone        string   `json:"timezone,omitempty"`
}

// said is what a worker has to say.
type said struct {
	Errors   []string `json:"errorMessages"`
	Warnings []string `json:"warningMessages"`
	Infos    []string `json:"infoMessages"`
}

// span is a time slot.
type span struct{ start, end time.Time }

// start makes a worker and answers with it.
func (a *changeAPI) start(status int, kind string, request any) *answer {
	text, err := json.Marshal(request)
	if err != nil {
		return failed(errBody)
	}
	a.s.store.mu.Lock()
	defer a.s.store.mu.Unlock()
	record := ""
	if a.change != nil {
		record = a.change.get(colID)
	}
	made := a.s.newWorker(kind, record, string(text), a.actor())
	return a.workerAnswer(status, made)
}

// newWorker inserts a worker. The caller holds the lock.
func (s *Server) newWorker(kind, record, request string, by actor) *row {
	table := s.store.classes["chg_mgt_worker"]
	settings := make([]setting, 0, 3)
	for name, value := range map[string]string{"type": kind, "request": request, "record": record} {
		settings = append(settings, setting{table.column(name).at, value})
	}
	made, _ := s.store.insert(table, settings, by) // has a new sys_id and nothing unique
	return made
}

// workerAnswer renders a worker. The caller holds the lock.
func (a *changeAPI) workerAnswer(status int, r *row) *answer {
	c := changeRecord{r}
	id := r.get(colID)
	messages := said{[]string{}, []string{}, []string{}}
	if text := c.get("messages"); text != "" {
		_ = json.Unmarshal([]byte(text), &messages) // written by this server
	}
	state := json.RawMessage(c.get("state"))
	result := map[string]any{
		"worker":  map[string]string{"sysId": id, "link": a.origin + "/api/sn_chg_rest" + a.version + "/change/worker/" + id},
		"request": c.get("request"), "type": c.get("type"), "messages": messages,
		"state": map[string]any{"value": state, "display_value": stateName(r, c.get("state"))},
	}
	if text := c.get("payload"); text != "" {
		var spans []map[string]string
		_ = json.Unmarshal([]byte(text), &spans) // written by this server
		list := make([]map[string]any, len(spans))
		for i, one := range spans {
			list[i] = map[string]any{"start": a.moment(one["start"]), "end": a.moment(one["end"])}
		}
		result["payload"] = map[string]any{"spans": list}
	}
	return jsonResult(status, result)
}

// moment shows a time in UTC and in the caller's zone.
func (a *changeAPI) moment(wire string) map[string]string {
	shown := wire
	if t, ok := parseTime(wire, time.UTC); ok {
		shown = t.In(a.caller.zone).Format(timeLayout)
	}
	return map[string]string{"value": wire, "display_value": shown}
}

// worker answers how far a worker is.
func (a *changeAPI) worker(rest []string) *answer {
	if len(rest) != 1 {
		return failed(errNoPath)
	}
	if !a.reads() {
		return failed(errMethod)
	}
	a.s.store.mu.RLock()
	defer a.s.store.mu.RUnlock()
	found := a.s.store.find(a.s.store.classes["chg_mgt_worker"], rest[0])
	if found == nil || (changeRecord{found}).get("type") == "conflict" {
		return failed(errNoRecord)
	}
	return a.workerAnswer(http.StatusOK, found)
}

// work does what the workers are to have done by now: each takes
// ChangeOptions.WorkerTime on the server's clock, and is in progress from half
// of it on.
func (s *Server) work(by actor) {
	table := s.store.classes["chg_mgt_worker"]
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	for _, r := range s.store.export(table) {
		state := changeRecord{r}.get("state")
		if state != "1" && state != "2" {
			continue
		}
		began, _ := parseTime(r.get(colCreatedOn), time.UTC)
		switch past := by.now.Sub(began); {
		case past >= s.options.Changes.WorkerTime:
			s.finish(r, by)
		case past >= s.options.Changes.WorkerTime/2 && state == "1":
			s.set(r, by, Row{"state": "2"})
		}
	}
}

// finish does a worker's work.
func (s *Server) finish(r *row, by actor) {
	var j job
	_ = json.Unmarshal([]byte(changeRecord{r}.get("request")), &j) // written by this server
	m := said{[]string{}, []string{}, []string{}}
	values := Row{"state": "3"}
	switch kind := (changeRecord{r}).get("type"); kind {
	case "affected", "offering":
		s.associate(j, kind, &m, by)
		if j.Refresh {
			s.refresh(j.Task, j.CIs, by)
		}
	case "impacted":
		if len(j.CIs) > 0 {
			s.associate(j, kind, &m, by)
			break
		}
		if change := s.store.find(s.store.classes["change_request"], j.Task); change != nil {
			s.refresh(j.Task, []string{changeRecord{change}.get("cmdb_ci")}, by)
		}
	case "schedule":
		values["payload"] = s.slots(j, &m, by)
	case "conflict":
		s.findConflicts(changeRecord{r}.get("record"), by)
	}
	if len(m.Errors) > 0 {
		values["state"] = "4"
	}
	if text, err := json.Marshal(m); err == nil {
		values["messages"] = string(text)
	}
	s.set(r, by, values)
}

// tie is a table that associates configuration items with tasks.
type tie struct{ table, column string }

var ties = map[string]tie{
	"affected": {"task_ci", "ci_item"}, "impacted": {"task_cmdb_ci_service", "cmdb_ci_service"}, "offering": {"task_service_offering", "service_offering"},
}

// associate adds configuration items to a change, with the documentation's
// messages. When every item is unknown, the worker ends in an error.
func (s *Server) associate(j job, kind string, m *said, by actor) {
	wrong := 0
	for _, id := range j.CIs {
		switch {
		case s.store.find(s.store.classes["cmdb_ci"], id) == nil:
			wrong++
			m.Warnings = append(m.Warnings, "Invalid CMDB_CI sys_id provided. "+id)
		case !s.tie(ties[kind], j.Task, id, by):
			m.Infos = append(m.Infos, "CMDB_CI sys_id already associated to provided. "+id)
		}
	}
	if wrong == len(j.CIs) {
		m.Errors, m.Warnings = append(m.Errors, "Invalid CMDB_CI sys_id provided"), []string{}
	}
}

// tie associates one item, unless it is already.
func (s *Server) tie(t tie, task, ci string, by actor) bool {
	table := s.store.classes[t.table]
	at, of := table.column(t.column).at, table.column("task").at
	for r := range s.store.equal(table, of, task) {
		if fold(r.get(at)) == fold(ci) {
			return false
		}
	}
	_, failure := s.store.insert(table, []setting{{of, task}, {at, ci}}, by)
	return failure == nil
}

// refresh associates the services that depend on configuration items: the
// parents, of a class of services, of their relationships.
func (s *Server) refresh(task string, cis []string, by actor) {
	relations := s.store.classes["cmdb_rel_ci"]
	if relations == nil || relations.column("parent") == nil || relations.column("child") == nil {
		return
	}
	for _, ci := range cis {
		for r := range s.store.equal(relations, relations.column("child").at, ci) {
			parent := s.store.find(s.store.classes["cmdb_ci"], r.get(relations.column("parent").at))
			if parent != nil && strings.HasPrefix(parent.class.name, "cmdb_ci_service") {
				s.tie(ties["impacted"], task, parent.get(colID), by)
			}
		}
	}
}

// associations answers below a change's configuration items.
func (a *changeAPI) associations(rest []string) *answer {
	if len(rest) > 0 {
		return failed(errNoPath)
	}
	switch a.Method {
	case http.MethodGet, http.MethodHead:
		kind := a.params.get("association_type")
		if ties[kind] == (tie{}) {
			return failed(&apiError{http.StatusBadRequest, "Invalid association_type", "association_type must be affected, impacted or offering"})
		}
		c, g, failure := a.s.open(a.request, ties[kind].table)
		if failure != nil {
			return failed(failure)
		}
		of := c.column("task").at
		return a.list(c, g, func(r *row) bool { return r.get(of) == a.change.get(colID) })
	case http.MethodPost:
		return a.addCIs()
	}
	return failed(errMethod)
}

// addCIs starts a worker. The list is an array, or one text with commas.
func (a *changeAPI) addCIs() *answer {
	var body struct {
		Kind    string          `json:"association_type"`
		IDs     json.RawMessage `json:"cmdb_ci_sys_ids"`
		Refresh json.RawMessage `json:"refresh_impacted_services"`
	}
	if err := json.Unmarshal(a.body, &body); err != nil {
		return failed(errBody)
	}
	var ids []string
	var text string
	if json.Unmarshal(body.IDs, &ids) != nil && json.Unmarshal(body.IDs, &text) == nil {
		for id := range strings.SplitSeq(text, ",") {
			ids = append(ids, strings.TrimSpace(id))
		}
	}
	ids = slices.DeleteFunc(ids, func(id string) bool { return id == "" })
	if ties[body.Kind] == (tie{}) || len(ids) == 0 {
		return failed(&apiError{http.StatusBadRequest, "Missing or invalid parameters", "association_type and cmdb_ci_sys_ids are required"})
	}
	refresh := truth(strings.Trim(string(body.Refresh), `"`))
	return a.start(http.StatusAccepted, body.Kind, job{CIs: ids, Association: body.Kind, Task: a.change.get(colID), Refresh: refresh})
}
