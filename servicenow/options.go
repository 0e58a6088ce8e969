package servicenow

import (
	"maps"
	"net/url"
	"strings"
	"time"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// CallOption changes one call. The interface is closed: options come from the
// functions of this package that return one. Options apply in their order; one
// that has no meaning for a call is ignored by the server.
type CallOption = rest.CallOption

// Response is what [Meta] reports about a call: Status, RequestID (the
// platform's transaction id), ETag, Header, Attempts, Rate (Limit, Remaining and
// Reset of the rate rule that matched, -1 and zero when unknown), and for lists
// Visible, the rows delivered, and Total, the rows that the server counted when
// the reading began, -1 when it told none. The server counts before it applies
// its access rules, so Total-Visible rows are hidden from the user.
type Response = rest.Response

// Idempotent promises that the call may be sent twice without harm, so that it
// is repeated after faults that leave its outcome open as well.
func Idempotent() CallOption { return rest.AsIdempotent() }

// Meta fills r with what is known about the call's last answer, when it fails
// too. r must not be read before the call, or the range over All, has ended.
func Meta(r *Response) CallOption { return rest.Meta(r) }

// Timeout bounds each attempt of the call, body included. Negative means none.
func Timeout(d time.Duration) CallOption { return rest.Timeout(d) }

// Header sends one more header with the call.
func Header(key, value string) CallOption { return rest.Header(key, value) }

// param sets one query parameter without touching a map that others share.
func param(key, value string) CallOption {
	return rest.Option(func(c *rest.Call) {
		c.Query = maps.Clone(c.Query)
		if c.Query == nil {
			c.Query = url.Values{}
		}
		c.Query.Set(key, value)
	})
}

// Fields chooses the columns that a Get, Create, Update or Replace answers
// with, instead of the JSON tags of T.
func Fields(names ...string) CallOption {
	return param("sysparm_fields", strings.Join(names, ","))
}

// Show selects values, display values or both for a single record; a [Query]
// has its own Display.
func Show(d Display) CallOption {
	value, err := d.param()
	switch {
	case err != nil:
		value = "unknown" // found before anything is sent, see shape.check
	case value == "":
		value = "false"
	}
	return param("sysparm_display_value", value)
}

// ReferenceLinks asks for the URL beside each reference of a single record.
func ReferenceLinks() CallOption { return param("sysparm_exclude_reference_link", "false") }

// InputDisplay has the server read the values of a Create, Update or Replace as
// display values: names are resolved to references, times are in the user's
// zone. Encrypted fields can only be written this way.
func InputDisplay() CallOption { return param("sysparm_input_display_value", "true") }

// View takes the columns of a form view; columns asked for by name win.
func View(name string) CallOption { return param("sysparm_view", name) }

// AllDomains lets a Get, Update, Replace or Delete reach across domains; it
// needs the admin or query_no_domain_table_api role.
func AllDomains() CallOption { return param("sysparm_query_no_domain", "true") }
