package servicenowtest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// scheduleWindow is how far ahead free time slots are looked for (property
// change.conflict.next_available.schedule_window), and slotCount how many are
// listed, which is not documented.
const (
	scheduleWindow = 90 * 24 * time.Hour
	slotCount      = 10
)

// schedule answers below a change's schedule.
func (a *changeAPI) schedule(rest []string) *answer {
	c := changeRecord{a.change}
	switch {
	case len(rest) == 0 && a.reads():
		start, hasStart := parseTime(c.get("start_date"), time.UTC)
		end, hasEnd := parseTime(c.get("end_date"), time.UTC)
		if !hasStart || !hasEnd || !end.After(start) {
			return badSchedule("The change request is missing the planned start and end times")
		}
		return a.startSchedule(job{Task: a.change.get(colID), CI: c.get("cmdb_ci"), Start: c.get("start_date"), Seconds: int(end.Sub(start) / time.Second)})
	case len(rest) == 1 && rest[0] == "first_available" && a.Method == http.MethodPatch:
		var body struct {
			Seconds json.RawMessage `json:"duration_in_seconds"`
			Start   string          `json:"planned_start_time"`
		}
		if err := json.Unmarshal(a.body, &body); err != nil {
			return failed(errBody)
		}
		seconds, _ := strconv.Atoi(plainNumber(body.Seconds))
		return a.startSchedule(job{Task: a.change.get(colID), CI: c.get("cmdb_ci"), Start: body.Start, Seconds: seconds, Write: true})
	case len(rest) == 0 || len(rest) == 1 && rest[0] == "first_available":
		return failed(errMethod)
	}
	return failed(errNoPath)
}

func plainNumber(raw json.RawMessage) string {
	if len(raw) > 1 && raw[0] == '"' {
		return string(raw[1 : len(raw)-1])
	}
	return string(raw)
}

// ciSchedule answers /change/ci/{id}/schedule.
func (a *changeAPI) ciSchedule(rest []string) *answer {
	if len(rest) != 2 || rest[1] != "schedule" {
		return failed(errNoPath)
	}
	if !a.reads() {
		return failed(errMethod)
	}
	a.s.store.mu.RLock()
	found := a.s.store.find(a.s.store.classes["cmdb_ci"], rest[0])
	a.s.store.mu.RUnlock()
	if found == nil {
		return badSchedule("Can't find the cmdb_ci with the provided sys_id")
	}
	seconds, _ := strconv.Atoi(a.params.get("duration_in_seconds"))
	return a.startSchedule(job{CI: rest[0], Start: a.params.get("planned_start_time"), Seconds: seconds})
}

func badSchedule(message string) *answer {
	return failed(&apiError{http.StatusBadRequest, message, ""})
}

func (a *changeAPI) startSchedule(j job) *answer {
	if j.CI == "" {
		return badSchedule("The change request does not have an associated configuration item")
	}
	if j.Seconds <= 0 {
		return badSchedule("Invalid duration_in_seconds value provided")
	}
	if _, ok := parseTime(j.Start, time.UTC); j.Start != "" && !ok {
		return badSchedule("Invalid planned_start_time value provided")
	}
	j.Zone = a.caller.zone.String()
	return a.start(http.StatusAccepted, "schedule", j)
}

// slots looks for free time slots of a configuration item, writes the first
// into the change when that is asked for, and returns them as the worker's
// payload.
func (s *Server) slots(j job, m *said, by actor) string {
	from := by.now
	if start, ok := parseTime(j.Start, time.UTC); ok && start.After(from) {
		from = start
	}
	if from = from.UTC().Truncate(time.Second); !from.Truncate(time.Hour).Equal(from) {
		from = from.Truncate(time.Hour).Add(time.Hour)
	}
	length := time.Duration(j.Seconds) * time.Second
	taken := s.taken(j.CI, j.Task)
	var free []map[string]string
	for at := from; len(free) < slotCount && at.Add(length).Before(from.Add(scheduleWindow)); {
		i := slices.IndexFunc(taken, func(t span) bool { return at.Before(t.end) && t.start.Before(at.Add(length)) })
		if i >= 0 {
			at = taken[i].end
			continue
		}
		free = append(free, map[string]string{"start": wireTime(at), "end": wireTime(at.Add(length))})
		at = at.Add(max(length, 24*time.Hour))
	}
	if free == nil {
		m.Infos = append(m.Infos, "No available time slot was found within the schedule window")
		return ""
	}
	if change := s.store.find(s.store.classes["change_request"], j.Task); j.Write && change != nil {
		s.set(change, by, Row{"start_date": free[0]["start"], "end_date": free[0]["end"]})
	}
	text, err := json.Marshal(free)
	if err != nil { // cannot be: strings only
		return ""
	}
	return string(text)
}

// taken are the planned windows of the open changes of a configuration item,
// but for one.
func (s *Server) taken(ci, except string) []span {
	changes := s.planned(ci, except)
	spans := make([]span, 0, len(changes))
	for _, r := range changes {
		c := changeRecord{r}
		start, _ := parseTime(c.get("start_date"), time.UTC)
		end, _ := parseTime(c.get("end_date"), time.UTC)
		spans = append(spans, span{start, end})
	}
	return spans
}

// planned are the open changes of a configuration item that have a window, but
// for one.
func (s *Server) planned(ci, except string) []*row {
	requests := s.store.classes["change_request"]
	var found []*row
	for r := range s.store.equal(requests, requests.column("cmdb_ci").at, ci) {
		c := changeRecord{r}
		if r.key == fold(except) || ci == "" || c.get("state") == stateClosed || c.get("state") == stateCanceled || c.get("start_date") == "" || c.get("end_date") == "" {
			continue
		}
		found = append(found, r)
	}
	slices.SortFunc(found, compareRows)
	return found
}

// conflict answers below a change's conflict check. The values of job_status
// are not documented beyond a 2 in the samples of finished jobs.
func (a *changeAPI) conflict(rest []string) *answer {
	if len(rest) > 0 {
		return failed(errNoPath)
	}
	switch a.Method {
	case http.MethodGet, http.MethodHead:
		return a.conflictState()
	case http.MethodPost:
		a.s.store.mu.Lock()
		defer a.s.store.mu.Unlock()
		if running := a.conflictJob(); running != nil && running.open() {
			return failed(&apiError{http.StatusBadRequest, "A conflict check is already running", ""})
		}
		made := a.s.newWorker("conflict", a.change.get(colID), "{}", a.actor())
		a.s.set(a.change, a.actor(), Row{"conflict_last_run": wireTime(a.s.Now())})
		return jsonResult(http.StatusOK, made.get(colID))
	case http.MethodDelete:
		a.s.store.mu.Lock()
		defer a.s.store.mu.Unlock()
		running := a.conflictJob()
		if running == nil || !running.open() {
			return failed(&apiError{http.StatusBadRequest, "Cancel request failed", "No conflict check is running"})
		}
		a.s.store.displace(running.row)
		return &answer{status: http.StatusOK, header: http.Header{}}
	}
	return failed(errMethod)
}

func (c *changeRecord) open() bool { return c.get("state") == "1" || c.get("state") == "2" }

// conflictJob is the latest conflict check of the change, or nil. The caller
// holds the lock.
func (a *changeAPI) conflictJob() *changeRecord {
	table := a.s.store.classes["chg_mgt_worker"]
	var last *changeRecord
	for _, r := range a.s.store.export(table) {
		c := changeRecord{r}
		if c.get("type") != "conflict" || c.get("record") != a.change.get(colID) {
			continue
		}
		if last == nil || c.open() || !last.open() && last.row.get(colCreatedOn) < r.get(colCreatedOn) {
			last = &c
		}
	}
	return last
}

func (a *changeAPI) conflictState() *answer {
	a.s.store.mu.RLock()
	defer a.s.store.mu.RUnlock()
	current := changeRecord{a.s.store.find(a.class, a.change.key)}
	if current.row == nil {
		return failed(errNoRecord)
	}
	running := a.conflictJob()
	status, checked := "", "0"
	if running != nil {
		if status = "2"; running.open() {
			status = "1"
		} else {
			checked = "1"
		}
	}
	table := a.s.store.classes["conflict"]
	b := []byte(`{"result":{"status":`)
	b = appendString(b, current.get("conflict_status"))
	b = appendString(append(b, `,"last_run":`...), current.get("conflict_last_run"))
	b = appendString(append(b, `,"record_count":`...), checked)
	b = appendString(append(b, `,"job_status":`...), status)
	b = append(b, `,"conflicts":[`...)
	first := true
	for _, r := range a.s.store.export(table) {
		if (changeRecord{r}).get("change") != a.change.get(colID) {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = a.appendChange(b, r, nil, false, false)
	}
	return &answer{status: http.StatusOK, header: http.Header{}, body: append(b, "]}}"...)}
}

// findConflicts writes the conflicts of a change: other changes of the same
// configuration item with an overlapping window. The change reads "Conflict"
// afterwards even when there are none, as the documentation says.
func (s *Server) findConflicts(id string, by actor) {
	requests, table := s.store.classes["change_request"], s.store.classes["conflict"]
	found := s.store.find(requests, id)
	if found == nil {
		return
	}
	for _, r := range s.store.export(table) {
		if (changeRecord{r}).get("change") == id {
			s.store.displace(r)
		}
	}
	c := changeRecord{found}
	start, hasStart := parseTime(c.get("start_date"), time.UTC)
	end, hasEnd := parseTime(c.get("end_date"), time.UTC)
	for _, other := range s.planned(c.get("cmdb_ci"), id) {
		o := changeRecord{other}
		from, _ := parseTime(o.get("start_date"), time.UTC)
		to, _ := parseTime(o.get("end_date"), time.UTC)
		if !hasStart || !hasEnd || !start.Before(to) || !from.Before(end) {
			continue
		}
		var settings []setting
		for name, value := range map[string]string{
			"change": id, "conflicting_change": other.get(colID), "configuration_item": c.get("cmdb_ci"),
			"type": "ci_already_scheduled", "last_checked": wireTime(by.now),
		} {
			settings = append(settings, setting{table.column(name).at, value})
		}
		_, _ = s.store.insert(table, settings, by) // has a new sys_id and nothing unique
	}
	s.set(found, by, Row{"conflict_status": "Conflict"})
}
