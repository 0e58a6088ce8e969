package netbox

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// Users is the users part of the API.
type Users struct {
	Users  *Resource[User]
	Tokens *Resource[APIToken]
}

func newUsers(c *Client) Users {
	return Users{Users: newResource[User](c, userSpec), Tokens: newResource[APIToken](c, apiTokenSpec)}
}

// User is somebody who may sign in to NetBox.
type User struct {
	ID         int64      `json:"id"`
	URL        string     `json:"url"`
	DisplayURL string     `json:"display_url"` // since 4.1
	Display    string     `json:"display"`
	Username   string     `json:"username"`
	FirstName  string     `json:"first_name"`
	LastName   string     `json:"last_name"`
	Email      string     `json:"email"`
	IsStaff    bool       `json:"is_staff"` // up to 4.4
	IsActive   bool       `json:"is_active"`
	DateJoined time.Time  `json:"date_joined"`
	LastLogin  *time.Time `json:"last_login"`
	Groups     []Nested   `json:"groups"`
}

// UserWrite is what Create, Update and Replace take for a user; a field that is
// not set is not sent. Username and Password are required on Create.
type UserWrite struct {
	Username  Opt[string]  `json:"username,omitzero"`
	Password  Opt[string]  `json:"password,omitzero"` // NetBox never shows it again
	FirstName Opt[string]  `json:"first_name,omitzero"`
	LastName  Opt[string]  `json:"last_name,omitzero"`
	Email     Opt[string]  `json:"email,omitzero"`
	IsActive  Opt[bool]    `json:"is_active,omitzero"`
	Groups    Opt[[]int64] `json:"groups,omitzero"` // ids
}

// UserFilter selects users: every set field must match, several values of one
// field mean any of them.
type UserFilter struct {
	ID       IDs    `url:"id,omitempty"`
	Username Texts  `url:"username,omitempty"`
	Email    Texts  `url:"email,omitempty"`
	IsActive *bool  `url:"is_active,omitempty"`
	GroupID  IDs    `url:"group_id,omitempty"`
	Search   string `url:"q,omitempty"`
}

func (f UserFilter) encode(dst url.Values) error { return encodeStruct(f, dst) }

var userSpec = spec{
	name: "Users.Users", path: "users/users", filter: UserFilter{},
	more:    "first_name last_name group:relation",
	without: changeLogFilters + " description",
}

// CurrentUser checks the client's credentials and returns whose they are. NetBox
// has had an endpoint for that since 4.5; on older releases the call is refused
// before it is sent, and any read tells whether the token is good. A bad token
// is [ErrUnauthorized].
func (c *Client) CurrentUser(ctx context.Context, opts ...CallOption) (User, error) {
	var user User
	known, err := c.APIVersion(ctx)
	if err != nil {
		return user, err
	}
	if !known.AtLeast(4, 5) {
		return user, fmt.Errorf("netbox: CurrentUser: NetBox tells it since 4.5, and the server is %s; read any list instead to check the token", known)
	}
	err = c.do(ctx, &rest.Call{Op: "CurrentUser", Method: http.MethodGet, Path: "/api/authentication-check/", Decode: decodeInto(&user)}, opts)
	return user, err
}
