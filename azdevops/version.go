package azdevops

import (
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"strings"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// Area names a part of the API that has a version of its own.
type Area string

// The areas that exist as previews only, for Config.APIVersions.
const (
	AreaComments Area = "comments" // of work items
	AreaChecks   Area = "checks"   // configurations and runs
)

// preview is the version of an area that exists as a preview only, by the
// version that it belongs to (Azure DevOps REST API specification, 7.0 and 7.1).
// A version that is a preview already stays as it is.
func preview(area Area, version string) string {
	switch {
	case strings.Contains(version, "-preview"):
	case area == AreaComments && version < "7.1":
		return version + "-preview.3"
	case area == AreaComments:
		return version + "-preview.4"
	case area == AreaChecks:
		return version + "-preview.1"
	}
	return version
}

var versionFormat = regexp.MustCompile(`^\d+\.\d+(-preview(\.\d+)?)?$`)

func checkVersion(what, version string) error {
	if !versionFormat.MatchString(version) {
		return fmt.Errorf(`azdevops: %s: %q is no version; it looks like "7.1" or "7.1-preview.4"`, what, version)
	}
	return nil
}

// versionOf is the version that calls of an area are sent with.
func (c *Client) versionOf(area Area) string {
	if version, ok := c.versions[area]; ok {
		return version
	}
	return preview(area, c.version)
}

// APIVersion sends one call with another api-version, "7.2-preview.3".
func APIVersion(version string) CallOption {
	return rest.Option(func(c *rest.Call) {
		c.Query = maps.Clone(c.Query)
		if c.Query == nil {
			c.Query = url.Values{}
		}
		c.Query.Set("api-version", version)
	})
}
