package codefreshtest

import (
	"encoding/json"
	"regexp"
	"slices"
)

// annotation is a key and a value at a record, as the service writes it.
type annotation struct {
	ID         string `json:"_id"`
	AccountID  string `json:"accountId"`
	EntityID   string `json:"entityId"`
	EntityType string `json:"entityType"`
	Key        string `json:"key"`
	Value      any    `json:"value"`
}

var annotationKey = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*$`)

func (s *Server) listAnnotations(q *request) answer {
	found := []annotation{}
	for _, a := range s.annotations {
		if a.selected(q) {
			found = append(found, a)
		}
	}
	return ok(found)
}

// selected reports whether the query names the annotation.
func (a annotation) selected(q *request) bool {
	for name, have := range map[string]string{"id": a.ID, "entityId": a.EntityID, "entityType": a.EntityType, "key": a.Key} {
		if want := q.query.Get(name); want != "" && want != have {
			return false
		}
	}
	return true
}

// addAnnotation adds a key and a value. Whether the service replaces an earlier
// value is not documented; here it stays beside the new one, so that a program
// that relies on it being replaced is found out.
func (s *Server) addAnnotation(q *request) answer {
	var a annotation
	if json.Unmarshal(q.body, &a) != nil || a.EntityID == "" || a.EntityType == "" {
		return invalid("entityId and entityType are required")
	}
	if !annotationKey.MatchString(a.Key) {
		return invalid("The key must start with a letter and hold letters, digits and underscores only")
	}
	a.ID, a.AccountID = s.newID(), s.account
	s.annotations = append(s.annotations, a)
	return ok(a)
}

func (s *Server) deleteAnnotations(q *request) answer {
	if q.query.Get("id") == "" && q.query.Get("entityId") == "" {
		return invalid("id or entityId is required")
	}
	before := len(s.annotations)
	s.annotations = slices.DeleteFunc(s.annotations, func(a annotation) bool { return a.selected(q) })
	return ok(map[string]any{"n": before - len(s.annotations), "ok": 1})
}

// Annotations returns the keys and values at a record, such as a build. Of a key
// that is there more than once the last value is given.
func (s *Server) Annotations(entityID string) map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := map[string]any{}
	for _, a := range s.annotations {
		if a.EntityID == entityID {
			found[a.Key] = a.Value
		}
	}
	return found
}
