package netbox

import (
	"net/url"
	"time"
)

// ClusterType is a technology of clusters.
type ClusterType struct {
	ID           int64        `json:"id"`
	URL          string       `json:"url"`
	DisplayURL   string       `json:"display_url"` // since 4.1
	Display      string       `json:"display"`
	Name         string       `json:"name"`
	Slug         string       `json:"slug"`
	Description  string       `json:"description"`
	Owner        *Nested      `json:"owner"`    // since 4.5
	Comments     string       `json:"comments"` // since 4.5
	Tags         Tags         `json:"tags"`
	CustomFields CustomFields `json:"custom_fields"`
	Created      time.Time    `json:"created"`
	LastUpdated  time.Time    `json:"last_updated"`
	ClusterCount int64        `json:"cluster_count"`
}

// ClusterTypeWrite is what Create, Update and Replace take for a cluster type; a
// field that is not set is not sent. Name and Slug are required on Create.
type ClusterTypeWrite struct {
	Name             Opt[string]    `json:"name,omitzero"`
	Slug             Opt[string]    `json:"slug,omitzero"`
	Description      Opt[string]    `json:"description,omitzero"`
	Owner            Opt[int64]     `json:"owner,omitzero"`
	Comments         Opt[string]    `json:"comments,omitzero"`
	Tags             Opt[[]TagRef]  `json:"tags,omitzero"`
	AddTags          []TagRef       `json:"add_tags,omitempty"`    // since 4.6, not together with Tags
	RemoveTags       []TagRef       `json:"remove_tags,omitempty"` // since 4.6, not on Create
	CustomFields     map[string]any `json:"custom_fields,omitempty"`
	ChangelogMessage string         `json:"changelog_message,omitempty"` // since 4.4
}

// ClusterTypeFilter selects cluster types: every set field must match, several
// values of one field mean any of them, all of the tags.
type ClusterTypeFilter struct {
	ID     IDs    `url:"id,omitempty"`
	Name   Texts  `url:"name,omitempty"`
	Slug   Texts  `url:"slug,omitempty"`
	Tag    Texts  `url:"tag,omitempty" lookup:"relation"` // slugs; all of them
	Search string `url:"q,omitempty"`
}

func (f ClusterTypeFilter) encode(dst url.Values) error { return encodeStruct(f, dst) }

var clusterTypeSpec = spec{
	name: "Virtualization.ClusterTypes", path: "virtualization/cluster-types", filter: ClusterTypeFilter{},
}
