package codefresh

import (
	"context"
	"errors"
	"net/http"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// Data reads all keys and values that a build keeps for its steps and for other
// programs.
func (s *BuildService) Data(ctx context.Context, build string, opts ...CallOption) (map[string]any, error) {
	const op = "Builds.Data"
	if err := checkID(op, "build id", build); err != nil {
		return nil, err
	}
	var data map[string]any
	err := s.c.get(ctx, op, nil, &data, opts, "workflow", build, "data")
	return data, err
}

// SetData puts values among the data of a build. Keys that are not named stay.
// The shape of the request is that of the API's description, not verified on the
// service.
func (s *BuildService) SetData(ctx context.Context, build string, data map[string]any, opts ...CallOption) error {
	const op = "Builds.SetData"
	if err := checkID(op, "build id", build); err != nil {
		return err
	}
	if len(data) == 0 {
		return errors.New("codefresh: " + op + ": there is nothing to set")
	}
	for key := range data {
		if err := checkName(op, "key", key); err != nil {
			return err
		}
	}
	return s.c.send(ctx, op, http.MethodPost, rest.Idempotent, nil, data, nil, opts, "workflow", build, "data")
}
