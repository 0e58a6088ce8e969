package netbox

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// DataSource is where NetBox fetches files from: a directory, a git repository
// or a bucket.
type DataSource struct {
	ID           int64           `json:"id"`
	URL          string          `json:"url"`
	DisplayURL   string          `json:"display_url"` // since 4.1
	Display      string          `json:"display"`
	Name         string          `json:"name"`
	Type         Choice          `json:"type"` // "local", "git", "amazon-s3"
	SourceURL    string          `json:"source_url"`
	Enabled      bool            `json:"enabled"`
	Status       Choice          `json:"status"` // read-only: "new", "queued", "syncing", "completed", "failed"
	Description  string          `json:"description"`
	SyncInterval Choice          `json:"sync_interval"` // minutes; since 4.3
	Parameters   json.RawMessage `json:"parameters"`    // may hold credentials: do not log it
	IgnoreRules  string          `json:"ignore_rules"`
	Owner        *Nested         `json:"owner"` // since 4.5
	Comments     string          `json:"comments"`
	Tags         Tags            `json:"tags"` // since 4.7
	CustomFields CustomFields    `json:"custom_fields"`
	Created      time.Time       `json:"created"`
	LastUpdated  time.Time       `json:"last_updated"`
	LastSynced   *time.Time      `json:"last_synced"` // since 4.3
	FileCount    int64           `json:"file_count"`
}

// DataSourceWrite is what Create, Update and Replace take for a data source; a
// field that is not set is not sent. Name, Type and SourceURL are required on
// Create.
type DataSourceWrite struct {
	Name             Opt[string]    `json:"name,omitzero"`
	Type             Opt[string]    `json:"type,omitzero"`
	SourceURL        Opt[string]    `json:"source_url,omitzero"`
	Enabled          Opt[bool]      `json:"enabled,omitzero"`
	Description      Opt[string]    `json:"description,omitzero"`
	SyncInterval     Opt[int64]     `json:"sync_interval,omitzero"`
	Parameters       Opt[any]       `json:"parameters,omitzero"`
	IgnoreRules      Opt[string]    `json:"ignore_rules,omitzero"`
	Owner            Opt[int64]     `json:"owner,omitzero"`
	Comments         Opt[string]    `json:"comments,omitzero"`
	Tags             Opt[[]TagRef]  `json:"tags,omitzero"`         // since 4.7
	AddTags          []TagRef       `json:"add_tags,omitempty"`    // since 4.7, not together with Tags
	RemoveTags       []TagRef       `json:"remove_tags,omitempty"` // since 4.7, not on Create
	CustomFields     map[string]any `json:"custom_fields,omitempty"`
	ChangelogMessage string         `json:"changelog_message,omitempty"` // since 4.4
}

// DataSourceFilter selects data sources: every set field must match, several
// values of one field mean any of them.
type DataSourceFilter struct {
	ID      IDs    `url:"id,omitempty"`
	Name    Texts  `url:"name,omitempty"`
	Type    Texts  `url:"type,omitempty" lookup:"choice"`
	Status  Texts  `url:"status,omitempty" lookup:"choice"`
	Enabled *bool  `url:"enabled,omitempty"`
	Search  string `url:"q,omitempty"`
}

func (f DataSourceFilter) encode(dst url.Values) error { return encodeStruct(f, dst) }

var dataSourceSpec = spec{
	name: "Core.DataSources", path: "core/data-sources", filter: DataSourceFilter{},
}

// SyncDataSource asks NetBox to fetch the files of a data source and returns
// the source, "queued" by then. The work is a background job, which can be
// found among [Core].Jobs by its ObjectType "core.datasource" and ObjectID.
func (c *Client) SyncDataSource(ctx context.Context, id int64, opts ...CallOption) (DataSource, error) {
	var source DataSource
	if c == nil || c.rest == nil {
		return source, errNoClient
	}
	path, err := c.Core.DataSources.s.object(id)
	if err != nil {
		return source, fmt.Errorf("netbox: SyncDataSource: id %d is not an id; ids are positive", id)
	}
	err = c.do(ctx, &rest.Call{Op: "SyncDataSource", Method: http.MethodPost, Path: path + "sync/", Kind: rest.Append, Decode: decodeInto(&source)}, opts)
	return source, err
}
