package netbox

import (
	"encoding/json"
	"net/url"
	"time"
)

// CustomField is the definition of a custom field.
type CustomField struct {
	ID                  int64           `json:"id"`
	URL                 string          `json:"url"`
	DisplayURL          string          `json:"display_url"` // since 4.1
	Display             string          `json:"display"`
	ObjectTypes         []string        `json:"object_types"` // "dcim.device"; named content_types in 3.7
	Type                Choice          `json:"type"`         // text, integer, select, ...
	RelatedObjectType   string          `json:"related_object_type"`
	DataType            string          `json:"data_type"`
	Name                string          `json:"name"`
	Label               string          `json:"label"`
	GroupName           string          `json:"group_name"`
	Description         string          `json:"description"`
	Required            bool            `json:"required"`
	Unique              bool            `json:"unique"` // since 4.1
	SearchWeight        int64           `json:"search_weight"`
	FilterLogic         Choice          `json:"filter_logic"` // disabled, loose, exact
	UIVisible           Choice          `json:"ui_visible"`
	UIEditable          Choice          `json:"ui_editable"`
	IsCloneable         bool            `json:"is_cloneable"`
	NullsFirst          bool            `json:"nulls_first"`           // since 4.7
	Default             json.RawMessage `json:"default"`               // as sent, null without one
	RelatedObjectFilter json.RawMessage `json:"related_object_filter"` // as sent, null without one
	Weight              int64           `json:"weight"`
	ValidationMinimum   *float64        `json:"validation_minimum"`
	ValidationMaximum   *float64        `json:"validation_maximum"`
	ValidationRegex     string          `json:"validation_regex"`
	ValidationSchema    json.RawMessage `json:"validation_schema"` // since 4.7
	ChoiceSet           *Nested         `json:"choice_set"`
	Status              Choice          `json:"status"` // since 4.7: active, provisioning, deleting
	Comments            string          `json:"comments"`
	Owner               *Nested         `json:"owner"` // since 4.5
	Created             time.Time       `json:"created"`
	LastUpdated         time.Time       `json:"last_updated"`
}

// UnmarshalJSON reads a custom field of any release: 3.7 names the object
// types content_types and the related type object_type.
func (f *CustomField) UnmarshalJSON(data []byte) error {
	type plain CustomField
	old := struct {
		*plain
		ContentTypes []string `json:"content_types"`
		ObjectType   string   `json:"object_type"`
	}{plain: (*plain)(f)}
	if err := json.Unmarshal(data, &old); err != nil {
		return err
	}
	if f.ObjectTypes == nil {
		f.ObjectTypes = old.ContentTypes
	}
	if f.RelatedObjectType == "" {
		f.RelatedObjectType = old.ObjectType
	}
	return nil
}

// CustomFieldWrite is what Create, Update and Replace take for a custom field;
// a field that is not set is not sent. Name, Type and ObjectTypes are required
// on Create; the type cannot be changed later, and taking an object type away
// erases the values stored on its objects.
type CustomFieldWrite struct {
	ObjectTypes       Opt[[]string] `json:"object_types,omitzero"` // sent as content_types to 3.7
	Type              Opt[string]   `json:"type,omitzero"`
	RelatedObjectType Opt[string]   `json:"related_object_type,omitzero"` // sent as object_type to 3.7
	Name              Opt[string]   `json:"name,omitzero"`
	Label             Opt[string]   `json:"label,omitzero"`
	GroupName         Opt[string]   `json:"group_name,omitzero"`
	Description       Opt[string]   `json:"description,omitzero"`
	Required          Opt[bool]     `json:"required,omitzero"`
	Unique            Opt[bool]     `json:"unique,omitzero"`
	SearchWeight      Opt[int64]    `json:"search_weight,omitzero"`
	FilterLogic       Opt[string]   `json:"filter_logic,omitzero"`
	UIVisible         Opt[string]   `json:"ui_visible,omitzero"`
	UIEditable        Opt[string]   `json:"ui_editable,omitzero"`
	IsCloneable       Opt[bool]     `json:"is_cloneable,omitzero"`
	Default           Opt[any]      `json:"default,omitzero"`
	Weight            Opt[int64]    `json:"weight,omitzero"`
	ValidationMinimum Opt[float64]  `json:"validation_minimum,omitzero"`
	ValidationMaximum Opt[float64]  `json:"validation_maximum,omitzero"`
	ValidationRegex   Opt[string]   `json:"validation_regex,omitzero"`
	ChoiceSet         Opt[int64]    `json:"choice_set,omitzero"`
	Comments          Opt[string]   `json:"comments,omitzero"`
	Owner             Opt[int64]    `json:"owner,omitzero"`
	ChangelogMessage  string        `json:"changelog_message,omitempty"` // since 4.4
}

// CustomFieldFilter selects custom fields: every set field must match, several
// values of one field mean any of them.
type CustomFieldFilter struct {
	ID          IDs    `url:"id,omitempty"`
	Name        Texts  `url:"name,omitempty"`
	Type        Texts  `url:"type,omitempty" lookup:"choice"`
	ObjectType  Texts  `url:"object_type,omitempty" lookup:"relation" was:"content_types"` // "dcim.device"; sent as content_types to 3.7
	ChoiceSetID IDs    `url:"choice_set_id,omitempty"`
	Search      string `url:"q,omitempty"`
}

func (f CustomFieldFilter) encode(dst url.Values) error { return encodeStruct(f, dst) }

var customFieldSpec = spec{name: "Extras.CustomFields", path: "extras/custom-fields", filter: CustomFieldFilter{}, more: "required:none filter_logic:choice", without: changeLogFilters, renamed: []renaming{{now: "object_types", was: "content_types", since: Version{4, 0}}, {now: "related_object_type", was: "object_type", since: Version{4, 0}}}}
