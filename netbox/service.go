package netbox

import (
	"encoding/json"
	"net/url"
	"strconv"
	"time"
)

// Service is a port that a device or a virtual machine listens on. Parent,
// Protocol and Ports are read in the shapes of all releases.
type Service struct {
	ID               int64        `json:"id"`
	URL              string       `json:"url"`
	DisplayURL       string       `json:"display_url"` // since 4.1
	Display          string       `json:"display"`
	ParentObjectType string       `json:"parent_object_type"` // "dcim.device", "virtualization.virtualmachine" or, since 4.3, "ipam.fhrpgroup"
	ParentObjectID   int64        `json:"parent_object_id"`
	Parent           *Nested      `json:"parent"`
	Name             string       `json:"name"`
	PortMappings     []string     `json:"port_mappings"` // since 4.7, "tcp/443"
	Protocol         Choice       `json:"protocol"`
	Ports            []int64      `json:"ports"`
	IPAddresses      []NestedIP   `json:"ipaddresses"`
	Description      string       `json:"description"`
	Owner            *Nested      `json:"owner"` // since 4.5
	Comments         string       `json:"comments"`
	Tags             Tags         `json:"tags"`
	CustomFields     CustomFields `json:"custom_fields"`
	Created          time.Time    `json:"created"`
	LastUpdated      time.Time    `json:"last_updated"`
}

// UnmarshalJSON reads a service of any release: up to 4.2 it had a device or a
// virtual machine, up to 4.6 no port mappings.
func (s *Service) UnmarshalJSON(data []byte) error {
	type plain Service
	old := struct {
		*plain
		Device         *Nested `json:"device"`
		VirtualMachine *Nested `json:"virtual_machine"`
	}{plain: (*plain)(s)}
	if err := json.Unmarshal(data, &old); err != nil {
		return err
	}
	switch {
	case s.Parent != nil:
	case old.Device != nil:
		s.ParentObjectType, s.ParentObjectID, s.Parent = "dcim.device", old.Device.ID, old.Device
	case old.VirtualMachine != nil:
		s.ParentObjectType, s.ParentObjectID, s.Parent = "virtualization.virtualmachine", old.VirtualMachine.ID, old.VirtualMachine
	}
	if s.PortMappings == nil && s.Protocol.Value != "" {
		for _, port := range s.Ports {
			s.PortMappings = append(s.PortMappings, s.Protocol.Value+"/"+strconv.FormatInt(port, 10))
		}
	}
	return nil
}

// ServiceWrite is what Create, Update and Replace take for a service; a field
// that is not set is not sent. The parent, Name, and what it listens on are
// required on Create: PortMappings from 4.7 on, Protocol and Ports everywhere.
type ServiceWrite struct {
	ParentObjectType Opt[string]    `json:"parent_object_type,omitzero"` // up to 4.2 sent as device or virtual_machine
	ParentObjectID   Opt[int64]     `json:"parent_object_id,omitzero"`
	Name             Opt[string]    `json:"name,omitzero"`
	PortMappings     Opt[[]string]  `json:"port_mappings,omitzero"`
	Protocol         Opt[string]    `json:"protocol,omitzero"`
	Ports            Opt[[]int64]   `json:"ports,omitzero"`
	IPAddresses      Opt[[]int64]   `json:"ipaddresses,omitzero"` // ids
	Description      Opt[string]    `json:"description,omitzero"`
	Owner            Opt[int64]     `json:"owner,omitzero"`
	Comments         Opt[string]    `json:"comments,omitzero"`
	Tags             Opt[[]TagRef]  `json:"tags,omitzero"`
	AddTags          []TagRef       `json:"add_tags,omitempty"`    // since 4.6, not together with Tags
	RemoveTags       []TagRef       `json:"remove_tags,omitempty"` // since 4.6, not on Create
	CustomFields     map[string]any `json:"custom_fields,omitempty"`
	ChangelogMessage string         `json:"changelog_message,omitempty"` // since 4.4
}

// ServiceFilter selects services: every set field must match, several values of
// one field mean any of them, all of the tags.
type ServiceFilter struct {
	ID               IDs     `url:"id,omitempty"`
	Name             Texts   `url:"name,omitempty"`
	DeviceID         IDs     `url:"device_id,omitempty" lookup:"none"`
	Device           Texts   `url:"device,omitempty" lookup:"none"` // names
	VirtualMachineID IDs     `url:"virtual_machine_id,omitempty" lookup:"none"`
	VirtualMachine   Texts   `url:"virtual_machine,omitempty" lookup:"none"` // names
	IPAddressID      IDs     `url:"ip_address_id,omitempty" since:"4.0"`
	Protocol         Texts   `url:"protocol,omitempty" lookup:"relation"`
	Port             Numbers `url:"port,omitempty" lookup:"none"`
	ParentObjectType Texts   `url:"parent_object_type,omitempty" lookup:"relation" since:"4.3"`
	ParentObjectID   IDs     `url:"parent_object_id,omitempty" lookup:"ordered" since:"4.3"`
	Tag              Texts   `url:"tag,omitempty" lookup:"relation"` // slugs; all of them
	Search           string  `url:"q,omitempty"`
}

func (f ServiceFilter) encode(dst url.Values) error { return encodeStruct(f, dst) }

var serviceSpec = spec{
	name: "IPAM.Services", path: "ipam/services", filter: ServiceFilter{}, reshaped: []reshaping{serviceParent, servicePorts},
	more: "fhrpgroup:none:4.3 fhrpgroup_id:none:4.3 ip_address:relation:4.0 port_mappings:relation:4.7",
}
