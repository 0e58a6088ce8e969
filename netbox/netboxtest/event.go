package netboxtest

import (
	"slices"
	"strings"
)

// event is one change of one object as event rules see it. Several changes of
// an object within one request are one event.
type event struct {
	res       *resource
	id        int64
	kind      string // "created", "updated" or "deleted"
	pre, post *row   // the snapshots; nil where there is none
	counted   bool   // the request named the object: its row comes with counts
	data      []byte // the object before its deletion
	before    any    // the snapshot before it
	by        actor
}

// notice queues the event of a change; an update that changed nothing is one,
// too (seen on 4.7.3). Nothing is kept that no rule waits for.
func (s *Server) notice(old, r *row, by actor) {
	if s.quiet || !s.watched(old, r) {
		return
	}
	subject, kind := r, "updated"
	switch {
	case old == nil:
		kind = "created"
	case r == nil:
		subject, kind = old, "deleted"
	}
	i := slices.IndexFunc(s.events, func(e *event) bool { return e.res == subject.res && e.id == subject.id })
	if i < 0 {
		i = len(s.events)
		s.events = append(s.events, &event{res: subject.res, id: subject.id, kind: kind, pre: old,
			counted: old != nil && old == by.target, by: by})
	}
	e := s.events[i]
	e.post = r
	if r == nil {
		e.kind, e.data, e.before = kind, s.eventData(old, e.counted), s.stored(e.pre)
	}
}

// watched tells whether a rule may want to know of a change.
func (s *Server) watched(old, r *row) bool {
	if r == nil {
		r = old
	}
	for _, rule := range s.tableOf("extras.eventrule").rows {
		if rule.get("enabled") == true && slices.Contains(watchedTypes(rule), any(r.res.model)) {
			return true
		}
	}
	return false
}

func watchedTypes(rule *row) []any {
	name := "object_types"
	if rule.res.byName[name] == nil {
		name = "content_types"
	}
	types, _ := rule.get(name).([]any)
	return types
}

// flush hands the events of a request that succeeded to the rules. Those of
// one that was rolled back are dropped (as 4.7 does; before, some leaked).
func (s *Server) flush() {
	if len(s.events) == 0 {
		return
	}
	t := s.tableOf("extras.eventrule")
	rules := make([]*row, 0, len(t.ids))
	for _, id := range t.ids {
		rules = append(rules, t.rows[id])
	}
	slices.SortStableFunc(rules, func(a, b *row) int { return strings.Compare(a.str("name"), b.str("name")) })
	for _, e := range s.events {
		for _, rule := range rules {
			if hook := s.hookOf(rule, e); hook != nil {
				s.hooks.add(s.mail(e, rule, hook))
			}
		}
	}
	s.events = nil
}

// hookOf is the webhook that a rule calls for an event, nil for none.
func (s *Server) hookOf(rule *row, e *event) *row {
	if rule.get("enabled") != true || rule.str("action_type") != "webhook" || !slices.Contains(watchedTypes(rule), any(e.res.model)) || !waitsFor(rule, e.kind) {
		return nil
	}
	id, _ := rule.get("action_object_id").(int64)
	hook := s.tableOf("extras.webhook").rows[id]
	if rule.str("action_object_type") != "extras.webhook" || hook == nil {
		return nil
	}
	conditions := rule.get("conditions")
	if !truth(conditions) {
		return hook
	}
	data, err := parseJSON(s.dataOf(e))
	object, ok := data.(object)
	if err != nil || !ok {
		return nil
	}
	if s.schema.v >= v47 {
		object = object.put("snapshots", s.snapshots(e))
	}
	met, err := s.meets(conditions, object)
	if err != nil || !met { // NetBox logs the error and takes it for no
		return nil
	}
	return hook
}

// rulesOf are the rules that call a webhook, which go with it (seen on 4.7.3).
func (s *Server) rulesOf(hook *row) []*row {
	if hook.res.model != "extras.webhook" {
		return nil
	}
	var out []*row
	t := s.tableOf("extras.eventrule")
	for _, id := range t.ids {
		if rule := t.rows[id]; rule.str("action_object_type") == hook.res.model && rule.get("action_object_id") == hook.id {
			out = append(out, rule)
		}
	}
	return out
}

// waitsFor reads the event types of a rule, which are booleans up to 4.0.
func waitsFor(rule *row, kind string) bool {
	if f := rule.res.byName["event_types"]; f != nil {
		types, _ := rule.vals[f.slot].([]any)
		return slices.Contains(types, any("object_"+kind))
	}
	return rule.get("type_"+strings.TrimSuffix(kind, "d")) == true
}
