package netbox

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// Version is a NetBox API version as the API-Version header tells it: major and
// minor. The zero Version is unknown.
type Version struct{ Major, Minor int }

// ParseVersion reads "4.6", "4.6.8" or "4.0.11-Docker-3.0.2".
func ParseVersion(s string) (Version, error) {
	major, rest, ok := strings.Cut(s, ".")
	minor := rest
	if i := strings.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' }); i >= 0 {
		minor = rest[:i]
	}
	var v Version
	var err1, err2 error
	v.Major, err1 = strconv.Atoi(strings.TrimPrefix(major, "v"))
	v.Minor, err2 = strconv.Atoi(minor)
	if !ok || err1 != nil || err2 != nil || v.Major < 0 || v.Minor < 0 {
		return Version{}, fmt.Errorf("netbox: %q is not a version such as 4.6", s)
	}
	return v, nil
}

// AtLeast reports whether v is the given version or a later one; an unknown
// version is not.
func (v Version) AtLeast(major, minor int) bool {
	return v.Major > major || v.Major == major && v.Minor >= minor && v != Version{}
}

// IsZero reports whether the version is unknown.
func (v Version) IsZero() bool { return v == Version{} }

// String returns "4.6", or "unknown".
func (v Version) String() string {
	if v.IsZero() {
		return "unknown"
	}
	return strconv.Itoa(v.Major) + "." + strconv.Itoa(v.Minor)
}

func later(a, b Version) Version {
	if a.AtLeast(b.Major, b.Minor) {
		return a
	}
	return b
}

func (v Version) pack() uint64 { return uint64(v.Major)<<32 | uint64(v.Minor) }

func unpack(p uint64) Version { return Version{int(p >> 32), int(p & (1<<32 - 1))} }

// known returns the version learnt so far; it is zero before the first answer.
func (c *Client) known() Version { return unpack(c.version.Load()) }

// learn takes the version from an answer's API-Version header.
func (c *Client) learn(header http.Header) {
	if v, err := ParseVersion(header.Get("API-Version")); err == nil {
		c.version.Store(v.pack())
	}
}

// APIVersion returns the server's API version. It is learnt from any answer;
// before the first one, /api/status/ is asked once.
func (c *Client) APIVersion(ctx context.Context) (Version, error) {
	if v := c.known(); !v.IsZero() {
		return v, nil
	}
	status, err := c.Status(ctx)
	if v := c.known(); !v.IsZero() {
		return v, nil // a refusal tells the version, too
	}
	if err != nil {
		return Version{}, err
	}
	v, err := ParseVersion(status.NetBoxVersion)
	if err != nil {
		return Version{}, fmt.Errorf("netbox: the server tells no version: no API-Version header, and in /api/status/ %q; is BaseURL a NetBox?", status.NetBoxVersion)
	}
	c.version.Store(v.pack())
	return v, nil
}

// Status is what /api/status/ tells about a server.
type Status struct {
	NetBoxVersion     string            `json:"netbox-version"`
	NetBoxFullVersion string            `json:"netbox-full-version"` // newer releases only
	DjangoVersion     string            `json:"django-version"`
	PythonVersion     string            `json:"python-version"`
	Hostname          string            `json:"hostname"` // since 4.4
	InstalledApps     map[string]string `json:"installed_apps"`
	Plugins           map[string]string `json:"plugins"`
	WorkersRunning    int               `json:"rq-workers-running"`
}

// Status asks the server about itself. It needs credentials wherever login is
// required, which is the default since 4.0.
func (c *Client) Status(ctx context.Context, opts ...CallOption) (Status, error) {
	var s Status
	err := c.do(ctx, &rest.Call{Op: "Status", Method: http.MethodGet, Path: "/api/status/", Decode: decodeInto(&s)}, opts)
	return s, err
}
