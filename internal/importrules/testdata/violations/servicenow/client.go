package servicenow

import (
	hidden "example.com/driver"
)

// Client shows a type of another module, but only where callers see it.
type Client struct {
	Connection *hidden.Conn
	private    *hidden.Conn
	Hook       func(conn *hidden.Conn)
}

// Dial is seen in its signature, its body is not.
func (c *Client) Dial() hidden.Conn {
	var conn hidden.Conn
	return conn
}

// Default is seen by its declared type.
var Default hidden.Conn

func dial() hidden.Conn { return hidden.Conn{} }
