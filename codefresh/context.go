package codefresh

import (
	"context"
	"encoding/json"
)

// ContextService is about contexts: shared configuration, secrets and
// integrations. They are only read, and never decrypted.
type ContextService struct{ c *Client }

// SharedContext is a context without its data, which may be secret.
type SharedContext struct {
	Name string
	Type string // "config", "secret", "git.github", ...
}

// UnmarshalJSON reads name and type, and nothing else.
func (c *SharedContext) UnmarshalJSON(data []byte) error {
	var w struct {
		Metadata struct {
			Name string `json:"name"`
		} `json:"metadata"`
		Spec struct {
			Type string `json:"type"`
		} `json:"spec"`
	}
	if err := json.Unmarshal(data, &w); err != nil {
		return err
	}
	*c = SharedContext{Name: w.Metadata.Name, Type: w.Spec.Type}
	return nil
}

// List reads all contexts.
func (s *ContextService) List(ctx context.Context, opts ...CallOption) ([]SharedContext, error) {
	var list []SharedContext
	err := s.c.get(ctx, "Contexts.List", nil, &list, opts, "contexts")
	return list, err
}

// Get reads one context.
func (s *ContextService) Get(ctx context.Context, name string, opts ...CallOption) (SharedContext, error) {
	const op = "Contexts.Get"
	if err := checkName(op, "context name", name); err != nil {
		return SharedContext{}, err
	}
	var c SharedContext
	err := s.c.get(ctx, op, nil, &c, opts, "contexts", name)
	return c, err
}
