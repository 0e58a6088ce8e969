package netboxtest

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

func jobResource() *resource {
	at := func(name string) *field { return text(name, 0).nullable() }
	return &resource{
		path: "core/jobs", model: "core.job", class: "Job", verbose: "job", readOnly: true, unlogged: true,
		fields: spread(
			at("object_type"), integer("object_id", 0, 0),
			computed("object", func(e *encoder, r *row) {
				id, _ := r.get("object_id").(int64)
				e.nested(e.s.rowAt(point{r.str("object_type"), id}), "")
			}).from(402),
			text("name", 200), choiceField("status", "pending", statuses("pending scheduled running completed errored failed")),
			&field{name: "created", kind: kindStamp, readOnly: true}, constants("null", "scheduled", "interval"), at("started"), at("completed"),
			computed("execution_time", executionTime).from(v47), ref("user", "users.user", setNull), jsonField("data"), text("error", 0),
			text("job_id", 0), constant("queue_name", `"default"`).from(v45), constant("notifications", `{"value":"always","label":"Always"}`).from(v47),
			constant("log_entries", "[]").from(v44)),
		brief:   []string{"created", "completed", "user", "status"},
		old:     []string{"created", "completed", "user", "status"},
		order:   []string{"-created"},
		search:  []string{"name"},
		filters: []filter{{name: "user", path: []string{"user"}, by: "id"}},
	}
}

// executionTime writes how long a job ran, as Python writes a duration.
func executionTime(e *encoder, r *row) {
	from, began := readStamp(r.str("started"))
	to, ended := readStamp(r.str("completed"))
	if !began || !ended {
		e.raw("null")
		return
	}
	e.str(time.UnixMicro(to - from).UTC().Format("15:04:05.000000"))
}

// task is a job that waits for its turn, and what it does.
type task struct {
	id    int64
	begun bool
	run   func() (data object, failure string)
}

// work does what the worker does meanwhile: a queued job runs from the next
// request on and is done with the one after, so that who waits sees every
// state and nobody waits for a clock.
func (s *Server) work() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queue = slices.DeleteFunc(s.queue, func(t *task) bool {
		job := s.tableOf("core.job").rows[t.id]
		switch {
		case job == nil:
			return true
		case !t.begun:
			t.begun = true
			s.mark(job, "running", "started")
			return false
		}
		data, failure := t.run()
		job = s.tableOf("core.job").rows[t.id].clone()
		status := "completed"
		if failure != "" {
			status = "failed"
			job.set("error", failure)
		}
		if data != nil {
			job.set("data", data)
		}
		s.mark(job, status, "completed")
		return true
	})
	s.waiting.Store(int64(len(s.queue)))
}

func (s *Server) mark(job *row, status, when string) {
	job = job.clone()
	job.set("status", status)
	job.set(when, string(appendStamp(nil, s.stamp(), 'Z')))
	s.put(s.table(job.res), job.id, job)
}

// enqueue makes a job.
func (s *Server) enqueue(name string, about point, by actor, run func() (object, string)) *row {
	t := s.tableOf("core.job")
	r := s.blank(t.res, nil)
	r.id = t.last + 1
	r.set("name", name)
	r.set("job_id", uuid(uint64(1<<41+r.id)))
	if id := s.userID(by.user); id != 0 {
		r.set("user", id)
	}
	if about.id != 0 {
		r.set("object_type", about.model)
		r.set("object_id", about.id)
	}
	r.created = s.stamp()
	s.put(t, r.id, r)
	s.queue = append(s.queue, &task{id: r.id, run: run})
	s.waiting.Store(int64(len(s.queue)))
	return r
}

// background takes a list to be written by a job (since 4.7). It looks at
// nothing in the list.
func (x *exchange) background(at place) (*answer, *apiError) {
	if x.r.Header.Get("If-Match") != "" {
		return nil, &apiError{status: http.StatusBadRequest, body: []any{"The If-Match header is not supported with background processing."}}
	}
	if x.s.opts.NoWorker {
		return nil, detail(http.StatusServiceUnavailable, "Unable to process request: RQ worker process not running.")
	}
	verb := map[string]string{http.MethodPost: "create", http.MethodDelete: "delete"}[x.r.Method]
	if verb == "" {
		verb = "update"
	}
	later := *x
	job := x.s.enqueue("Bulk "+verb+" "+plural(at.res.verbose), point{}, x.by(), func() (object, string) { return later.inBackground(at) })
	e := encoder{}
	url := x.base + "/api/core/jobs/" + itoa(job.id) + "/"
	e.value(object{{"job", object{{"id", job.id}, {"url", url}, {"status", "pending"}}}})
	return &answer{status: http.StatusAccepted, body: e.buf, where: url}, nil
}

// inBackground writes the list and keeps the answer that it would have had.
func (x *exchange) inBackground(at place) (object, string) {
	x.s.writer = x.token
	defer func() { x.s.writer = nil }()
	list, _ := x.body.([]any) // it was found to be one before
	a, err := x.writeList(at, list)
	if err != nil {
		failure := http.StatusText(err.status)
		if o, ok := err.body.(object); ok {
			if d, ok := o.get("detail"); ok {
				failure = plain(d)
			}
		}
		return object{{"data", err.body}, {"status_code", int64(err.status)}}, failure
	}
	var data any
	if a.body != nil {
		data, _ = parseJSON(a.body)
	}
	return object{{"data", data}, {"status_code", int64(a.status)}}, ""
}

// plural is a verbose name in the plural.
func plural(name string) string {
	switch {
	case strings.HasSuffix(name, "chassis"):
		return name
	case strings.HasSuffix(name, "s"), strings.HasSuffix(name, "x"):
		return name + "es"
	case strings.HasSuffix(name, "y"):
		return name[:len(name)-1] + "ies"
	}
	return name + "s"
}
