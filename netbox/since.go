package netbox

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
)

// newFields are the fields of a type that came after 3.7, each with its release,
// from the serializers of 3.7.8, 4.0.11, 4.1.11, 4.2.9, 4.3.7, 4.4.10, 4.5.10,
// 4.6.8 and 4.7. Those that go under an older name or in another form on
// earlier releases are renamed or reshaped instead.
func newFields(path string) string {
	switch path {
	case "core/data-sources":
		return "sync_interval:4.3 tags:4.7"
	case "dcim/cables":
		return "profile:4.5 bundle:4.6"
	case "dcim/device-roles":
		return "parent:4.3 comments:4.3"
	case "dcim/device-types":
		return "cooling_method:4.7 end_of_life:4.7"
	case "dcim/devices":
		return "cooling_method:4.7"
	case "dcim/interfaces":
		return "primary_mac_address:4.2 qinq_svlan:4.2 vlan_translation_policy:4.2 channels:4.7 channel_id:4.7"
	case "dcim/inventory-items":
		return "status:4.2"
	case "dcim/locations":
		return "facility:4.0 comments:4.3"
	case "dcim/module-types":
		return "airflow:4.1 profile:4.3 attributes:4.3 cooling_method:4.7 end_of_life:4.7 module_bay_types:4.7"
	case "dcim/platforms":
		return "parent:4.4 comments:4.4"
	case "dcim/racks":
		return "rack_type:4.1 airflow:4.1 outer_height:4.3 group:4.6 cooling_capability:4.7 cooling_capacity:4.7"
	case "dcim/regions", "dcim/site-groups", "tenancy/tenant-groups", "tenancy/contact-groups":
		return "comments:4.3"
	case "dcim/manufacturers", "dcim/rack-roles", "tenancy/contact-roles", "virtualization/cluster-types", "virtualization/cluster-groups":
		return "comments:4.5"
	case "extras/config-contexts":
		return "profile:4.4"
	case "extras/custom-field-choice-sets":
		return "choice_colors:4.6"
	case "extras/custom-fields":
		return "comments:4.0 unique:4.1 related_object_filter:4.1 validation_schema:4.6 nulls_first:4.7"
	case "extras/tags":
		return "weight:4.3"
	case "extras/webhooks":
		return "timeout:4.7"
	case "ipam/ip-ranges":
		return "mark_populated:4.3"
	case "ipam/vlan-groups":
		return "tenant:4.3 comments:4.5"
	case "ipam/vlans":
		return "qinq_role:4.2 qinq_svlan:4.2"
	case "users/tokens":
		return "version:4.5 enabled:4.5"
	case "virtualization/interfaces":
		return "primary_mac_address:4.2 qinq_svlan:4.2 vlan_translation_policy:4.2"
	case "virtualization/virtual-machines":
		return "serial:4.1 start_on_boot:4.5 virtual_machine_type:4.6"
	}
	return ""
}

// onMostTypes are new fields of nearly every type; rows of the others have none
// of the name, which is refused before.
const onMostTypes = " owner:4.5"

// checkSince refuses values for fields that the server's release does not have:
// it would ignore them and answer as if all were stored. Left alone are values
// that say that there is nothing, since nothing is lost with them, and
// changelog_message, which is no value of the object.
func (r *Resource[T]) checkSince(ctx context.Context, fields map[string]json.RawMessage) error {
	for entry := range strings.FieldsSeq(newFields(r.s.path) + onMostTypes) {
		name, release, _ := strings.Cut(entry, ":")
		if value, ok := fields[name]; !ok || saysNothing(value) {
			continue
		}
		since, err := ParseVersion(release)
		if err != nil {
			return err
		}
		known, err := r.c.APIVersion(ctx)
		if err != nil {
			return err
		}
		if !known.AtLeast(since.Major, since.Minor) {
			return fmt.Errorf("%s exists since NetBox %s, and the server is %s, which would ignore it; leave it out", name, since, known)
		}
	}
	return nil
}

// saysNothing reports whether a value is null, the empty text or the empty list.
func saysNothing(value json.RawMessage) bool {
	switch string(value) {
	case "null", `""`, "[]":
		return true
	}
	return false
}
