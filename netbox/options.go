package netbox

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// Idempotent promises that a call may be sent twice without harm, so that a
// create, too, is repeated after a fault that leaves its outcome open.
func Idempotent() CallOption { return rest.AsIdempotent() }

// Meta fills r with what is known about the call's answer: status, request id,
// ETag, attempts; for lists also the objects delivered and counted. r must not
// be read before the call, or the loop over All, has ended.
func Meta(r *Response) CallOption { return rest.Meta(r) }

// Timeout bounds each attempt of one call, body included; negative means none.
func Timeout(d time.Duration) CallOption { return rest.Timeout(d) }

// Header sends one more header. Accept-Language is left out: NetBox would
// translate its error texts, which this client reads.
func Header(key, value string) CallOption {
	if strings.EqualFold(key, "Accept-Language") {
		return rest.Option(func(*rest.Call) {})
	}
	return rest.Header(key, value)
}

// IfMatch makes a write conditional: it is refused with [ErrPrecondition] when
// the object's ETag is another one meanwhile. The tag is that of an earlier
// answer (Response.ETag). NetBox heeds it since 4.6; on older releases, which
// would ignore it, the object is read and compared right before the write,
// which leaves a short gap.
func IfMatch(etag string) CallOption { return rest.Header("If-Match", etag) }

// IfUnchangedSince makes a write conditional like [IfMatch], from the
// LastUpdated of an object as read, also in a list.
func IfUnchangedSince(lastUpdated time.Time) CallOption { return IfMatch(etagOf(lastUpdated)) }

// etagOf builds the tag that NetBox gives an object: its last_updated in
// Python's isoformat, in UTC, compared as text.
func etagOf(t time.Time) string {
	t = t.UTC()
	layout := "2006-01-02T15:04:05.000000"
	if t.Nanosecond()/1000 == 0 {
		layout = "2006-01-02T15:04:05"
	}
	return `W/"` + t.Format(layout) + `+00:00"`
}

// Only asks Get for the named fields only (id always comes along). Releases
// before 4.0 send all of them.
func Only(fields ...string) CallOption {
	return rest.Option(func(c *rest.Call) {
		q := maps.Clone(c.Query)
		if q == nil {
			q = url.Values{}
		}
		q.Set("fields", strings.Join(withID(fields), ","))
		c.Query = q
	})
}

func isWrite(method string) bool {
	switch method {
	case "", http.MethodGet, http.MethodHead, http.MethodOptions:
		return false
	}
	return true
}
