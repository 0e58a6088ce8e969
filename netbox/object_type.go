package netbox

import "net/url"

// ObjectType is a type of NetBox's objects, as "dcim.device" names it.
type ObjectType struct {
	ID              int64    `json:"id"`
	URL             string   `json:"url"`
	Display         string   `json:"display"`
	AppLabel        string   `json:"app_label"`         // "dcim"
	AppName         string   `json:"app_name"`          // "DCIM"; this and the following since 4.4
	Model           string   `json:"model"`             // "device"
	ModelName       string   `json:"model_name"`        // "device", in words
	ModelNamePlural string   `json:"model_name_plural"` // "devices"
	Public          bool     `json:"public"`
	Features        []string `json:"features"` // "custom_fields", "tags", "journaling", ...
	IsPluginModel   bool     `json:"is_plugin_model"`
	Endpoint        string   `json:"rest_api_endpoint"` // "/api/dcim/devices/"; "" where there is none
	Description     string   `json:"description"`
}

// Name is the type as other objects refer to it, "dcim.device".
func (t ObjectType) Name() string { return t.AppLabel + "." + t.Model }

// ObjectTypeFilter selects object types: every set field must match, several
// values of one field mean any of them.
type ObjectTypeFilter struct {
	ID       IDs    `url:"id,omitempty"`
	AppLabel Texts  `url:"app_label,omitempty" lookup:"none"` // "dcim"
	Model    Texts  `url:"model,omitempty" lookup:"none"`     // "device"
	Search   string `url:"q,omitempty"`
}

func (f ObjectTypeFilter) encode(dst url.Values) error { return encodeStruct(f, dst) }

var objectTypeSpec = spec{
	name: "Core.ObjectTypes", path: "core/object-types", filter: ObjectTypeFilter{},
	more:    "public:none:4.4 features:none:4.4",
	without: changeLogFilters + " description",
}
