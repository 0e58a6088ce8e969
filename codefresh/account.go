package codefresh

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"time"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// User is whom a key belongs to.
type User struct {
	Name     string        `json:"userName"`
	Account  string        `json:"activeAccountName"` // the one that the key acts in
	Accounts []UserAccount `json:"account"`
}

// UserAccount is an account that a user has.
type UserAccount struct {
	ID   string `json:"_id"`
	Name string `json:"name"`
}

// CurrentUser reads whom the key belongs to, which shows that the key is good.
func (c *Client) CurrentUser(ctx context.Context, opts ...CallOption) (User, error) {
	var u User
	err := c.get(ctx, "CurrentUser", nil, &u, opts, "user")
	return u, err
}

// Audit streams the account's audit log of the days from and to, both included,
// as the service writes it (CSV). Zero times leave a side open. The caller
// closes it; a log that was cut ends in ErrTruncated, not in io.EOF.
func (c *Client) Audit(ctx context.Context, from, to time.Time, opts ...CallOption) (io.ReadCloser, error) {
	const op = "Audit"
	if !from.IsZero() && !to.IsZero() && to.Before(from) {
		return nil, fmt.Errorf("codefresh: %s: to is before from", op)
	}
	query := url.Values{}
	for name, t := range map[string]time.Time{"from": from, "to": to} {
		if !t.IsZero() {
			query.Set(name, t.UTC().Format(time.DateOnly))
		}
	}
	call := &rest.Call{Op: op, Path: "/api/audit/download", Query: query}
	rest.Apply(call, opts...)
	stream, err := c.rest.Stream(ctx, call, nil)
	if err != nil {
		return nil, err
	}
	return stream.Body, nil
}
