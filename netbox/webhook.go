package netbox

import (
	"net/url"
	"time"
)

// Webhook is an address that NetBox calls. What it calls it for stands in event
// rules. NetBox shows the secret in clear to all who may see webhooks.
type Webhook struct {
	ID                int64        `json:"id"`
	URL               string       `json:"url"`
	DisplayURL        string       `json:"display_url"` // since 4.1
	Display           string       `json:"display"`
	Name              string       `json:"name"`
	Description       string       `json:"description"`
	PayloadURL        string       `json:"payload_url"` // a Jinja2 template
	HTTPMethod        Choice       `json:"http_method"` // "POST", a bare text on the wire
	HTTPContentType   string       `json:"http_content_type"`
	AdditionalHeaders string       `json:"additional_headers"` // lines "Name: value", a Jinja2 template
	BodyTemplate      string       `json:"body_template"`      // "" sends what ParseEvent reads
	Secret            string       `json:"secret"`             // key of the signature; "" signs nothing
	SSLVerification   bool         `json:"ssl_verification"`
	CAFilePath        string       `json:"ca_file_path"` // on the NetBox host
	Timeout           *int64       `json:"timeout"`      // seconds, nil for 60; since 4.7
	Owner             *Nested      `json:"owner"`        // since 4.5
	Tags              Tags         `json:"tags"`
	CustomFields      CustomFields `json:"custom_fields"`
	Created           time.Time    `json:"created"`
	LastUpdated       time.Time    `json:"last_updated"`
}

// WebhookWrite is what Create, Update and Replace take for a webhook; a field
// that is not set is not sent. Name and PayloadURL are required on Create.
type WebhookWrite struct {
	Name              Opt[string]    `json:"name,omitzero"`
	Description       Opt[string]    `json:"description,omitzero"`
	PayloadURL        Opt[string]    `json:"payload_url,omitzero"`
	HTTPMethod        Opt[string]    `json:"http_method,omitzero"`
	HTTPContentType   Opt[string]    `json:"http_content_type,omitzero"`
	AdditionalHeaders Opt[string]    `json:"additional_headers,omitzero"`
	BodyTemplate      Opt[string]    `json:"body_template,omitzero"`
	Secret            Opt[string]    `json:"secret,omitzero"`
	SSLVerification   Opt[bool]      `json:"ssl_verification,omitzero"`
	CAFilePath        Opt[string]    `json:"ca_file_path,omitzero"`
	Timeout           Opt[int64]     `json:"timeout,omitzero"` // 1 to 3600 seconds; since 4.7
	Owner             Opt[int64]     `json:"owner,omitzero"`
	Tags              Opt[[]TagRef]  `json:"tags,omitzero"`
	CustomFields      map[string]any `json:"custom_fields,omitempty"`
	ChangelogMessage  string         `json:"changelog_message,omitempty"` // since 4.4
}

// WebhookFilter selects webhooks: every set field must match, several values of
// one field mean any of them, all of the tags.
type WebhookFilter struct {
	ID     IDs    `url:"id,omitempty"`
	Name   Texts  `url:"name,omitempty"`
	Tag    Texts  `url:"tag,omitempty" lookup:"relation"` // slugs; all of them
	Search string `url:"q,omitempty"`
}

func (f WebhookFilter) encode(dst url.Values) error { return encodeStruct(f, dst) }

var webhookSpec = spec{name: "Extras.Webhooks", path: "extras/webhooks", filter: WebhookFilter{}}
