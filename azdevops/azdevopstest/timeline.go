package azdevopstest

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// record is a record of a timeline.
type record struct {
	id, parent, kind, name string
	state, result          string
	order, attempt, log    int
	started, finished      time.Time
}

func (r record) render() map[string]any {
	out := map[string]any{
		"id": r.id, "parentId": nil, "type": r.kind, "name": r.name, "state": r.state, "result": nil, "startTime": nil, "finishTime": nil,
		"order": r.order, "attempt": max(r.attempt, 1), "previousAttempts": []any{}, "log": nil, "errorCount": 0, "warningCount": 0, "changeId": 1,
	}
	if r.parent != "" {
		out["parentId"] = r.parent
	}
	if r.result != "" {
		out["result"] = r.result
	}
	if r.log > 0 {
		out["log"] = map[string]any{"id": r.log, "type": "Container"}
	}
	for name, t := range map[string]time.Time{"startTime": r.started, "finishTime": r.finished} {
		if !t.IsZero() {
			out[name] = renderValue(t)
		}
	}
	return out
}

// records are a build's stages, each with its checkpoint, job and task.
func (b *build) records() []any {
	var out []any
	for i, st := range b.stages {
		base := record{state: st.state, result: st.result, order: i + 1, attempt: st.attempt, started: st.started, finished: st.finished}
		add := func(id, parent, kind, name string) record {
			r := base
			r.id, r.parent, r.kind, r.name = id, parent, kind, name
			return r
		}
		out = append(out, add(st.id, "", "Stage", st.Name).render())
		if st.Approval != nil || len(st.Checks) > 0 {
			out = append(out, st.checkpointRecord(add(st.checkpoint, st.id, "Checkpoint", "Checkpoint")).render())
		}
		task := add(st.task, st.job, "Task", "Script")
		if !st.started.IsZero() {
			task.log = i + 1
		}
		out = append(out, add(st.job, st.id, "Job", st.Name+" job").render(), task.render())
	}
	return out
}

// checkpointRecord tells how far approvals and checks are.
func (s *stageRun) checkpointRecord(r record) record {
	switch verdict, _ := s.checkpointVerdict(); {
	case !s.open:
		// As the stage is: it waits, or was skipped.
	case verdict == "":
		r.state, r.result = "inProgress", ""
	case verdict == "approved":
		r.state, r.result = "completed", "succeeded"
	case verdict == "timedOut":
		r.state, r.result = "completed", "skipped"
	default:
		r.state, r.result = "completed", "failed"
	}
	return r
}

func (s *Server) getTimeline(q *request) answer {
	b, a := s.build(q)
	if b == nil {
		return a
	}
	if len(q.args) > 1 && !strings.EqualFold(q.args[1], b.timeline) {
		return answer{status: http.StatusNoContent}
	}
	if b.Status == "notStarted" { // there is none yet
		return answer{status: http.StatusNoContent}
	}
	return ok(map[string]any{
		"records": b.records(), "id": b.timeline, "changeId": b.changed, "lastChangedBy": guidOf("build service"), "lastChangedOn": renderValue(s.Now()),
		"url": b.url(q.base) + "/Timeline/" + b.timeline,
	})
}

func (s *Server) listLogs(q *request) answer {
	b, a := s.build(q)
	if b == nil {
		return a
	}
	var values []any
	for i, st := range b.stages {
		if !st.started.IsZero() {
			values = append(values, map[string]any{
				"id": i + 1, "type": "Container", "lineCount": len(st.Log), "createdOn": renderValue(st.started),
				"url": b.url(q.base) + "/logs/" + strconv.Itoa(i+1),
			})
		}
	}
	return list(values)
}

// getLog answers a log as text, each line with the time of its stage; or as JSON
// to those who ask for that.
func (s *Server) getLog(q *request) answer {
	b, a := s.build(q)
	if b == nil {
		return a
	}
	id, err := strconv.Atoi(q.args[1])
	if err != nil || id < 1 || id > len(b.stages) || b.stages[id-1].started.IsZero() {
		return refuse(http.StatusNotFound, "LogNotFoundException", "Log "+q.args[1]+" of build "+q.args[0]+" could not be found.")
	}
	st := b.stages[id-1]
	lines := make([]string, 0, len(st.Log)+1)
	for _, line := range st.Log {
		lines = append(lines, st.started.UTC().Format("2006-01-02T15:04:05.0000000Z")+" "+line)
	}
	if strings.Contains(q.Header.Get("Accept"), "json") {
		return list(lines)
	}
	return plain(strings.Join(append(lines, ""), "\n"))
}

func plain(text string) answer {
	return answer{status: http.StatusOK, raw: []byte(text), header: http.Header{"Content-Type": {"text/plain"}}}
}
