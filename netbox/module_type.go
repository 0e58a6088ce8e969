package netbox

import (
	"encoding/json"
	"net/url"
	"time"
)

// ModuleType is a model of a module that goes into a module bay.
type ModuleType struct {
	ID                             int64           `json:"id"`
	URL                            string          `json:"url"`
	DisplayURL                     string          `json:"display_url"` // since 4.1
	Display                        string          `json:"display"`
	Profile                        *Nested         `json:"profile"` // since 4.3
	Manufacturer                   *Nested         `json:"manufacturer"`
	Model                          string          `json:"model"`
	PartNumber                     string          `json:"part_number"`
	Airflow                        Choice          `json:"airflow"`        // since 4.1
	CoolingMethod                  Choice          `json:"cooling_method"` // since 4.7
	Weight                         *float64        `json:"weight"`
	WeightUnit                     Choice          `json:"weight_unit"` // "kg", "g", "lb", "oz"
	EndOfLife                      string          `json:"end_of_life"` // since 4.7, a date, "2030-12-31"
	Description                    string          `json:"description"`
	Attributes                     json.RawMessage `json:"attributes"`       // since 4.3, as its profile defines them
	ModuleBayTypes                 []Nested        `json:"module_bay_types"` // since 4.7
	Owner                          *Nested         `json:"owner"`            // since 4.5
	Comments                       string          `json:"comments"`
	Tags                           Tags            `json:"tags"`
	CustomFields                   CustomFields    `json:"custom_fields"`
	Created                        time.Time       `json:"created"`
	LastUpdated                    time.Time       `json:"last_updated"`
	ModuleCount                    int64           `json:"module_count"`                       // since 4.5
	ConsolePortTemplateCount       int64           `json:"console_port_template_count"`        // since 4.6
	ConsoleServerPortTemplateCount int64           `json:"console_server_port_template_count"` // since 4.6
	PowerPortTemplateCount         int64           `json:"power_port_template_count"`          // since 4.6
	PowerOutletTemplateCount       int64           `json:"power_outlet_template_count"`        // since 4.6
	CoolingIntakeTemplateCount     int64           `json:"cooling_intake_template_count"`      // since 4.7
	CoolingOutflowTemplateCount    int64           `json:"cooling_outflow_template_count"`     // since 4.7
	InterfaceTemplateCount         int64           `json:"interface_template_count"`           // since 4.6
	FrontPortTemplateCount         int64           `json:"front_port_template_count"`          // since 4.6
	RearPortTemplateCount          int64           `json:"rear_port_template_count"`           // since 4.6
	ModuleBayTemplateCount         int64           `json:"module_bay_template_count"`          // since 4.6
}

// ModuleTypeWrite is what Create, Update and Replace take for a module type; a
// field that is not set is not sent. Manufacturer and Model are required on
// Create.
type ModuleTypeWrite struct {
	Profile          Opt[int64]     `json:"profile,omitzero"`
	Manufacturer     Opt[int64]     `json:"manufacturer,omitzero"`
	Model            Opt[string]    `json:"model,omitzero"`
	PartNumber       Opt[string]    `json:"part_number,omitzero"`
	Airflow          Opt[string]    `json:"airflow,omitzero"`
	CoolingMethod    Opt[string]    `json:"cooling_method,omitzero"`
	Weight           Opt[float64]   `json:"weight,omitzero"`
	WeightUnit       Opt[string]    `json:"weight_unit,omitzero"`
	EndOfLife        Opt[string]    `json:"end_of_life,omitzero"`
	Description      Opt[string]    `json:"description,omitzero"`
	Attributes       Opt[any]       `json:"attributes,omitzero"`
	ModuleBayTypes   Opt[[]int64]   `json:"module_bay_types,omitzero"`
	Owner            Opt[int64]     `json:"owner,omitzero"`
	Comments         Opt[string]    `json:"comments,omitzero"`
	Tags             Opt[[]TagRef]  `json:"tags,omitzero"`
	AddTags          []TagRef       `json:"add_tags,omitempty"`    // since 4.6, not together with Tags
	RemoveTags       []TagRef       `json:"remove_tags,omitempty"` // since 4.6, not on Create
	CustomFields     map[string]any `json:"custom_fields,omitempty"`
	ChangelogMessage string         `json:"changelog_message,omitempty"` // since 4.4
}

// ModuleTypeFilter selects module types: every set field must match, several
// values of one field mean any of them, all of the tags.
type ModuleTypeFilter struct {
	ID             IDs    `url:"id,omitempty"`
	ManufacturerID IDs    `url:"manufacturer_id,omitempty"`
	Manufacturer   Texts  `url:"manufacturer,omitempty" lookup:"relation"` // slugs
	Model          Texts  `url:"model,omitempty"`
	PartNumber     Texts  `url:"part_number,omitempty"`
	ProfileID      IDs    `url:"profile_id,omitempty" since:"4.3"`
	Weight         Texts  `url:"weight,omitempty" lookup:"ordered"`
	WeightUnit     Texts  `url:"weight_unit,omitempty" lookup:"choice"`
	Airflow        Texts  `url:"airflow,omitempty" lookup:"choice" since:"4.1"`
	Tag            Texts  `url:"tag,omitempty" lookup:"relation"` // slugs; all of them
	Search         string `url:"q,omitempty"`
}

func (f ModuleTypeFilter) encode(dst url.Values) error { return encodeStruct(f, dst) }

var moduleTypeSpec = spec{
	name: "DCIM.ModuleTypes", path: "dcim/module-types", filter: ModuleTypeFilter{},
	more: "console_port_template_count:ordered:4.6 console_ports:none console_server_port_template_count:ordered:4.6 " +
		"console_server_ports:none cooling_intake_template_count:ordered:4.7 cooling_method:choice:4.7 " +
		"cooling_outflow_template_count:ordered:4.7 end_of_life:ordered:4.7 front_port_template_count:ordered:4.6 " +
		"interface_template_count:ordered:4.6 interfaces:none module_bay_template_count:ordered:4.6 " +
		"module_bay_type:relation:4.7 module_bay_type_id:relation:4.7 module_bays:none:4.6 module_count:ordered:4.5 " +
		"pass_through_ports:none power_outlet_template_count:ordered:4.6 power_outlets:none " +
		"power_port_template_count:ordered:4.6 power_ports:none profile:relation:4.3 " +
		"rear_port_template_count:ordered:4.6",
}
