package netbox

import (
	"net/url"
	"time"
)

// VirtualDisk is a disk of a virtual machine. Where there are some, the disk of
// the machine is their sum, which NetBox keeps itself.
type VirtualDisk struct {
	ID             int64        `json:"id"`
	URL            string       `json:"url"`
	DisplayURL     string       `json:"display_url"` // since 4.1
	Display        string       `json:"display"`
	VirtualMachine *Nested      `json:"virtual_machine"`
	Name           string       `json:"name"`
	Description    string       `json:"description"`
	Size           int64        `json:"size"`  // MB since 4.1, GB before
	Owner          *Nested      `json:"owner"` // since 4.5
	Tags           Tags         `json:"tags"`
	CustomFields   CustomFields `json:"custom_fields"`
	Created        time.Time    `json:"created"`
	LastUpdated    time.Time    `json:"last_updated"`
}

// VirtualDiskWrite is what Create, Update and Replace take for a virtual disk; a
// field that is not set is not sent. VirtualMachine, Name and Size are required
// on Create.
type VirtualDiskWrite struct {
	VirtualMachine   Opt[int64]     `json:"virtual_machine,omitzero"`
	Name             Opt[string]    `json:"name,omitzero"`
	Description      Opt[string]    `json:"description,omitzero"`
	Size             Opt[int64]     `json:"size,omitzero"`
	Owner            Opt[int64]     `json:"owner,omitzero"`
	Tags             Opt[[]TagRef]  `json:"tags,omitzero"`
	AddTags          []TagRef       `json:"add_tags,omitempty"`    // since 4.6, not together with Tags
	RemoveTags       []TagRef       `json:"remove_tags,omitempty"` // since 4.6, not on Create
	CustomFields     map[string]any `json:"custom_fields,omitempty"`
	ChangelogMessage string         `json:"changelog_message,omitempty"` // since 4.4
}

// VirtualDiskFilter selects virtual disks: every set field must match, several
// values of one field mean any of them, all of the tags.
type VirtualDiskFilter struct {
	ID               IDs     `url:"id,omitempty"`
	VirtualMachineID IDs     `url:"virtual_machine_id,omitempty"`
	VirtualMachine   Texts   `url:"virtual_machine,omitempty" lookup:"relation"` // names
	Name             Texts   `url:"name,omitempty"`
	Size             Numbers `url:"size,omitempty" lookup:"ordered"`
	Tag              Texts   `url:"tag,omitempty" lookup:"relation"` // slugs; all of them
	Search           string  `url:"q,omitempty"`
}

func (f VirtualDiskFilter) encode(dst url.Values) error { return encodeStruct(f, dst) }

var virtualDiskSpec = spec{
	name: "Virtualization.Disks", path: "virtualization/virtual-disks", filter: VirtualDiskFilter{},
}
