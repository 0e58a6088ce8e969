package servicenow

import (
	"context"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// read sends a call that changes nothing.
func (c *Client) read(ctx context.Context, call *rest.Call) (*rest.Answer, error) {
	return c.rest.Do(ctx, call)
}
