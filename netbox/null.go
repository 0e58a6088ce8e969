package netbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// neverNull are fields that NetBox refuses null for on whatever type has them:
// texts, switches, lists, and the relations and numbers that a type requires
// (OpenAPI schema of 4.7.3, and tried on it).
var neverNull = strings.Fields(`a_terminations action_type additional_headers address amperage asns b_terminations
	body_template cluster_groups cluster_types clusters color comments contact data desc_units description device_type
	device_types discovered dns_name domain email enabled end_address enforce_unique event_types exclude_from_utilization
	export_targets extra_choices facility filter_logic first_name group_name groups http_content_type http_method
	ignore_rules import_targets ipaddresses is_active is_cloneable is_full_depth is_pool kind label last_name link
	locations mark_connected mark_populated mark_utilized max_utilization mgmt_only model module_bay_types object_id
	object_type object_types order_alphabetically parent_object_id parent_object_type part_id part_number password
	payload_url phase phone physical_address platforms port_mappings power_panel prefix regions required roles
	search_weight secret serial shipping_address site_groups sites size slug source_url ssl_verification start_address
	start_on_boot starting_unit status supply tagged_vlans tags tenant_groups tenants title u_height ui_editable
	ui_visible unique user username validation_regex vdcs vid vid_ranges virtual_machine vm_role voltage width
	wireless_lans write_enabled`)

// refusedBy are fields that only some types refuse null for; the others take it
// as "none".
var refusedBy = map[string][]string{
	"assigned_object_id":   {"extras/journal-entries"},
	"assigned_object_type": {"extras/journal-entries"},
	"device":               {"dcim/interfaces", "dcim/inventory-items"},
	"mac_address":          {"dcim/mac-addresses"},
	"manufacturer":         {"dcim/device-types", "dcim/module-types"},
	"profile":              {"dcim/cables"},
	"role":                 {"dcim/devices"},
	"site":                 {"dcim/devices", "dcim/locations", "dcim/power-panels", "dcim/racks"},
	"type":                 {"core/data-sources", "dcim/interfaces", "dcim/power-feeds", "extras/custom-fields", "virtualization/clusters"},
	"weight":               {"extras/config-contexts", "extras/custom-fields", "extras/tags"},
}

// refusesNull reports whether NetBox refuses null for a field. Nothing is known
// about the endpoints of ResourceOf, which have no filter struct.
func (s *spec) refusesNull(field string) bool {
	switch {
	case s.filter == nil:
		return false
	case field == "name":
		return s.path != "dcim/devices"
	}
	return slices.Contains(neverNull, field) || slices.Contains(refusedBy[field], s.path)
}

// checkValue refuses values that NetBox refuses on every release.
func (s *spec) checkValue(field string, value json.RawMessage) error {
	if field == "slug" && strings.TrimSpace(text(value)) == "" {
		return errors.New("slug is empty, and NetBox makes none itself; use Slug(name)")
	}
	if isNull(value) && s.refusesNull(field) {
		return fmt.Errorf("%s cannot be null in NetBox; leave it out, or give the empty text or list if that is meant", field)
	}
	return nil
}
