package codefresh

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// AnnotationService is about annotations: keys and values at records.
type AnnotationService struct{ c *Client }

// EntityType is the kind of record that an annotation is at.
type EntityType string

// The kinds of records that have annotations. EntityBuild is the word of the
// command line and of the ServiceNow plugin; pipeline steps say "build", which
// is not verified to mean the same.
const (
	EntityBuild    EntityType = "workflow"
	EntityPipeline EntityType = "pipeline"
	EntityProject  EntityType = "project"
	EntityImage    EntityType = "image"
)

// Annotation is a key and a value at a record.
type Annotation struct {
	ID         string
	EntityType EntityType
	EntityID   string
	Key        string
	Value      string
}

// UnmarshalJSON reads an annotation; a value that is no string is kept as JSON.
func (a *Annotation) UnmarshalJSON(data []byte) error {
	var w struct {
		ID       string          `json:"_id"`
		NewID    string          `json:"id"`
		Type     EntityType      `json:"entityType"`
		EntityID string          `json:"entityId"`
		Key      string          `json:"key"`
		Value    json.RawMessage `json:"value"`
	}
	if err := json.Unmarshal(data, &w); err != nil {
		return err
	}
	if w.ID == "" {
		w.ID = w.NewID
	}
	*a = Annotation{ID: w.ID, EntityType: w.Type, EntityID: w.EntityID, Key: w.Key}
	if json.Unmarshal(w.Value, &a.Value) != nil {
		a.Value = string(w.Value)
	}
	return nil
}

// List reads all annotations of a record.
func (s *AnnotationService) List(ctx context.Context, t EntityType, id string, opts ...CallOption) ([]Annotation, error) {
	const op = "Annotations.List"
	if err := checkEntity(op, t, id); err != nil {
		return nil, err
	}
	var list []Annotation
	err := s.c.get(ctx, op, url.Values{"entityType": {string(t)}, "entityId": {id}}, &list, opts, "annotations")
	return list, err
}

// Set gives a record's key a value and reports whether something was written:
// nothing is when it has that value already. Annotations of that key with
// another value are taken away after the new one is there, so that the key is
// never without a value and ends with one.
func (s *AnnotationService) Set(ctx context.Context, t EntityType, id, key, value string, opts ...CallOption) (bool, error) {
	const op = "Annotations.Set"
	if err := checkEntity(op, t, id); err != nil {
		return false, err
	}
	if err := checkKeyOf(op, key); err != nil {
		return false, err
	}
	before, err := s.List(ctx, t, id, opts...)
	if err != nil {
		return false, err
	}
	wrote := false
	if !holds(before, key, value) {
		body := map[string]string{"entityId": id, "entityType": string(t), "key": key, "value": value}
		// Sent twice it is still this value at this key: what is there twice is
		// taken away below.
		if err := s.c.send(ctx, op, http.MethodPost, rest.Idempotent, nil, body, nil, opts, "annotations"); err != nil {
			return false, err
		}
		wrote = true
		if !hasKey(before, key) {
			return wrote, nil
		}
		if before, err = s.List(ctx, t, id, opts...); err != nil {
			return wrote, err
		}
	}
	for _, a := range before {
		if a.Key == key && a.Value != value && a.ID != "" {
			if err := s.delete(ctx, op, url.Values{"id": {a.ID}}, opts); err != nil {
				return wrote, err
			}
			wrote = true
		}
	}
	return wrote, nil
}

// Delete takes a key away from a record. One that it does not have is no error.
func (s *AnnotationService) Delete(ctx context.Context, t EntityType, id, key string, opts ...CallOption) error {
	const op = "Annotations.Delete"
	if err := checkEntity(op, t, id); err != nil {
		return err
	}
	if err := checkKeyOf(op, key); err != nil {
		return err
	}
	return s.delete(ctx, op, url.Values{"entityId": {id}, "entityType": {string(t)}, "key": {key}}, opts)
}

func (s *AnnotationService) delete(ctx context.Context, op string, query url.Values, opts []CallOption) error {
	return s.c.send(ctx, op, http.MethodDelete, rest.Idempotent, query, nil, nil, opts, "annotations")
}

func hasKey(list []Annotation, key string) bool {
	for _, a := range list {
		if a.Key == key {
			return true
		}
	}
	return false
}

func holds(list []Annotation, key, value string) bool {
	for _, a := range list {
		if a.Key == key && a.Value == value {
			return true
		}
	}
	return false
}

func checkEntity(op string, t EntityType, id string) error {
	if t == "" {
		return fmt.Errorf("codefresh: %s: the entity type is empty; use EntityBuild or one of its like", op)
	}
	return checkName(op, "entity id", id)
}

// checkKeyOf refuses keys that the service refuses: a letter, then letters,
// digits and underscores (documentation of annotations).
func checkKeyOf(op, key string) error {
	for i, r := range key {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !letter && (i == 0 || r != '_' && (r < '0' || r > '9')) {
			key = ""
			break
		}
	}
	if key == "" {
		return fmt.Errorf("codefresh: %s: an annotation key starts with a letter and goes on with letters, digits and underscores", op)
	}
	return nil
}
