package netbox_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/netbox/netboxtest"
)

// stage holds what the rounds have made, to be deleted in reverse.
type stage struct {
	t    *testing.T
	srv  *netboxtest.Server
	c    *netbox.Client
	undo []func()
}

// play takes an object through every verb and leaves its deletion for the end.
// change is what Update writes; a description when it is nil.
func play[T any](s *stage, r *netbox.Resource[T], body any, change map[string]any) T {
	s.t.Helper()
	if change == nil {
		change = map[string]any{"description": "changed"}
	}
	made := verbs(s.t, r, body, change)
	s.undo = append(s.undo, func() { gone(s.t, r, idOf(made)) })
	return made
}

// Every kind of object that has not had its round with the devices has it here,
// and none is forgotten.
func TestEveryOtherResourceThroughEveryVerb(t *testing.T) {
	onEach(t, func(t *testing.T, version string, srv *netboxtest.Server, c *netbox.Client) {
		s := &stage{t: t, srv: srv, c: c}
		site, role, kind := ground(t, srv)
		device := create(t, srv, "dcim/devices", map[string]any{"name": "a", "site": site, "role": role, "device_type": kind})
		playHardware(s, version, site, device, kind)
		playAddresses(s, site, device)
		playMachines(s, site)
		playPeople(s, site)
		playRules(s)
		for _, undo := range slices.Backward(s.undo) {
			undo()
		}

		verbsOf := map[string]string{} // by path
		for _, call := range srv.Journal() {
			parts := strings.Split(strings.Trim(call.Path, "/"), "/")
			if len(parts) >= 3 {
				verbsOf[parts[1]+"/"+parts[2]] += fmt.Sprintf("%s%d ", call.Method, len(parts))
			}
		}
		elsewhere := strings.Fields("dcim/regions dcim/site-groups dcim/sites dcim/locations dcim/racks dcim/manufacturers dcim/device-types " +
			"dcim/device-roles dcim/platforms dcim/devices tenancy/tenant-groups tenancy/tenants extras/tags extras/custom-fields extras/custom-field-choice-sets")
		for _, e := range netbox.Endpoints(c) {
			if e.ReadOnly || slices.Contains(elsewhere, e.Path) || e.Path == "dcim/mac-addresses" && version < "4.2" {
				continue
			}
			for _, verb := range []string{"POST3", "GET3", "GET4", "PATCH4", "PUT4", "DELETE4"} {
				if !strings.Contains(verbsOf[e.Path], verb+" ") {
					t.Errorf("%s had no %s", e.Path, verb)
				}
			}
		}
	})
}

func playHardware(s *stage, version string, site, device, kind int64) {
	set, id := netbox.Set[string], netbox.Set[int64]
	maker := create(s.t, s.srv, "dcim/manufacturers", map[string]any{"name": "APC", "slug": "apc"})
	play(s, s.c.DCIM.RackRoles, netbox.RackRoleWrite{Name: set("Core"), Slug: set("core"), Color: set("ff0000")}, nil)
	play(s, s.c.DCIM.ModuleTypes, netbox.ModuleTypeWrite{Manufacturer: id(maker), Model: set("SFP-10G")}, nil)
	item := play(s, s.c.DCIM.InventoryItems, netbox.InventoryItemWrite{Device: id(device), Name: set("Fan"), Serial: set("F1"), Manufacturer: id(maker)}, nil)
	if item.Device.ID != device || item.Manufacturer.Slug != "apc" {
		s.t.Errorf("inventory item %+v", item)
	}
	play(s, s.c.DCIM.VirtualChassis, netbox.VirtualChassisWrite{Name: set("stack"), Domain: set("d1")}, nil)
	panel := play(s, s.c.DCIM.PowerPanels, netbox.PowerPanelWrite{Site: id(site), Name: set("P1")}, nil)
	feed := play(s, s.c.DCIM.PowerFeeds, netbox.PowerFeedWrite{PowerPanel: id(panel.ID), Name: set("F1"), Voltage: id(230), Amperage: id(16)}, nil)
	if feed.PowerPanel.ID != panel.ID || feed.Voltage != 230 || feed.Status.Value != "active" {
		s.t.Errorf("power feed %+v", feed)
	}
	ports := make([]netbox.Interface, 2)
	for i := range ports {
		ports[i] = play(s, s.c.DCIM.Interfaces, netbox.InterfaceWrite{Device: id(device), Name: set(fmt.Sprint("eth", i)), Type: set("1000base-t"), MTU: id(9000)}, nil)
	}
	if ports[0].Device.ID != device || ports[0].Type.Value != "1000base-t" || ports[0].MTU == nil || *ports[0].MTU != 9000 {
		s.t.Errorf("interface %+v", ports[0])
	}
	end := func(i int) netbox.Opt[[]netbox.Termination] {
		return netbox.Set([]netbox.Termination{{ObjectType: "dcim.interface", ObjectID: ports[i].ID}})
	}
	cable := play(s, s.c.DCIM.Cables, netbox.CableWrite{ATerminations: end(0), BTerminations: end(1), Label: set("c1"), Length: netbox.Set(1.5), LengthUnit: set("m")}, nil)
	if len(cable.ATerminations) != 1 || cable.BTerminations[0].ObjectID != ports[1].ID || cable.BTerminations[0].Object.Device.ID != device || *cable.Length != 1.5 {
		s.t.Errorf("cable %+v", cable)
	}
	if version >= "4.2" {
		mac := play(s, s.c.DCIM.MACAddresses, netbox.MACAddressWrite{Address: set("00:00:5e:00:53:01"), AssignedObjectType: set("dcim.interface"), AssignedObjectID: id(ports[0].ID)}, nil)
		if !strings.EqualFold(mac.Address, "00:00:5e:00:53:01") || mac.AssignedObjectID == nil || *mac.AssignedObjectID != ports[0].ID {
			s.t.Errorf("MAC address %+v", mac)
		}
	}
}

func playAddresses(s *stage, site, device int64) {
	set, id := netbox.Set[string], netbox.Set[int64]
	vrf := play(s, s.c.IPAM.VRFs, netbox.VRFWrite{Name: set("blue"), RD: set("65000:1"), EnforceUnique: netbox.Set(true)}, nil)
	group := play(s, s.c.IPAM.VLANGroups, netbox.VLANGroupWrite{Name: set("campus"), Slug: set("campus"), ScopeType: set("dcim.site"), ScopeID: id(site),
		VIDRanges: netbox.Set([]netbox.VIDRange{{From: 10, To: 99}})}, nil)
	if len(group.VIDRanges) != 1 || group.VIDRanges[0] != (netbox.VIDRange{From: 10, To: 99}) || group.ScopeID == nil || *group.ScopeID != site {
		s.t.Errorf("VLAN group %+v", group)
	}
	vlan := play(s, s.c.IPAM.VLANs, netbox.VLANWrite{VID: id(10), Name: set("voice"), Group: id(group.ID)}, nil)
	prefix := play(s, s.c.IPAM.Prefixes, netbox.PrefixWrite{CIDR: set("10.1.0.0/24"), VRF: id(vrf.ID), VLAN: id(vlan.ID), ScopeType: set("dcim.site"), ScopeID: id(site)}, nil)
	if prefix.VLAN.ID != vlan.ID || prefix.ScopeID == nil || *prefix.ScopeID != site || prefix.ScopeType != "dcim.site" || prefix.Family != 4 {
		s.t.Errorf("prefix %+v", prefix)
	}
	play(s, s.c.IPAM.IPRanges, netbox.IPRangeWrite{StartAddress: set("10.1.0.100/24"), EndAddress: set("10.1.0.120/24"), VRF: id(vrf.ID)}, nil)
	address := play(s, s.c.IPAM.IPAddresses, netbox.IPAddressWrite{Address: set("10.1.0.5/24"), VRF: id(vrf.ID), DNSName: set("a.example.com")}, nil)
	if address.VRF.ID != vrf.ID || address.Family != 4 || address.DNSName != "a.example.com" {
		s.t.Errorf("address %+v", address)
	}
	service := play(s, s.c.IPAM.Services, netbox.ServiceWrite{ParentObjectType: set("dcim.device"), ParentObjectID: id(device), Name: set("https"),
		PortMappings: netbox.Set([]string{"tcp/443", "tcp/8443"})}, nil)
	if service.ParentObjectID != device || !slices.Equal(service.PortMappings, []string{"tcp/443", "tcp/8443"}) {
		s.t.Errorf("service %+v", service)
	}
}

func playMachines(s *stage, site int64) {
	set, id := netbox.Set[string], netbox.Set[int64]
	kind := play(s, s.c.Virtualization.ClusterTypes, netbox.ClusterTypeWrite{Name: set("KVM"), Slug: set("kvm")}, nil)
	group := play(s, s.c.Virtualization.ClusterGroups, netbox.ClusterGroupWrite{Name: set("East"), Slug: set("east")}, nil)
	cluster := play(s, s.c.Virtualization.Clusters, netbox.ClusterWrite{Name: set("c1"), Type: id(kind.ID), Group: id(group.ID), ScopeType: set("dcim.site"), ScopeID: id(site)}, nil)
	if cluster.Type.Slug != "kvm" || cluster.ScopeID == nil || *cluster.ScopeID != site || cluster.ScopeType != "dcim.site" {
		s.t.Errorf("cluster %+v", cluster)
	}
	machine := play(s, s.c.Virtualization.VirtualMachines, netbox.VirtualMachineWrite{Name: set("vm-1"), Cluster: id(cluster.ID), VCPUs: netbox.Set(2.5), Memory: id(4096), Status: set("staged")}, nil)
	if machine.Cluster.ID != cluster.ID || *machine.VCPUs != 2.5 || machine.Status.Value != "staged" {
		s.t.Errorf("machine %+v", machine)
	}
	play(s, s.c.Virtualization.Interfaces, netbox.VMInterfaceWrite{VirtualMachine: id(machine.ID), Name: set("ens3")}, nil)
	disk := play(s, s.c.Virtualization.Disks, netbox.VirtualDiskWrite{VirtualMachine: id(machine.ID), Name: set("sda"), Size: id(20)}, nil)
	if disk.Size != 20 || disk.VirtualMachine.ID != machine.ID {
		s.t.Errorf("disk %+v", disk)
	}
}

func playPeople(s *stage, site int64) {
	set, id := netbox.Set[string], netbox.Set[int64]
	group := play(s, s.c.Tenancy.ContactGroups, netbox.ContactGroupWrite{Name: set("Guards"), Slug: set("guards")}, nil)
	role := play(s, s.c.Tenancy.ContactRoles, netbox.ContactRoleWrite{Name: set("Owner"), Slug: set("owner")}, nil)
	contact := play(s, s.c.Tenancy.Contacts, netbox.ContactWrite{Name: set("Ada"), Email: set("ada@example.com"), Groups: netbox.Set([]int64{group.ID})}, nil)
	if len(contact.Groups) != 1 || contact.Groups[0].ID != group.ID {
		s.t.Errorf("contact %+v", contact)
	}
	assignment := play(s, s.c.Tenancy.ContactAssignments, netbox.ContactAssignmentWrite{ObjectType: set("dcim.site"), ObjectID: id(site), Contact: id(contact.ID),
		Role: id(role.ID), Priority: set("primary")}, map[string]any{"priority": "secondary"})
	if assignment.ObjectType != "dcim.site" || assignment.ObjectID != site || assignment.Priority.Value != "primary" {
		s.t.Errorf("assignment %+v", assignment)
	}
	user := play(s, s.c.Users.Users, netbox.UserWrite{Username: set("ada"), Password: set("A-long-pass-1")}, map[string]any{"first_name": "Ada"})
	play(s, s.c.Users.Tokens, netbox.APITokenWrite{User: id(user.ID), Description: set("sync")}, nil)
}

func playRules(s *stage) {
	set, id := netbox.Set[string], netbox.Set[int64]
	site := create(s.t, s.srv, "dcim/sites", map[string]any{"name": "Chur", "slug": "chur"})
	entry := play(s, s.c.Extras.JournalEntries, netbox.JournalEntryWrite{AssignedObjectType: set("dcim.site"), AssignedObjectID: id(site), Kind: set("warning"), Comments: set("leak")},
		map[string]any{"comments": "mended"})
	if entry.AssignedObjectID != site || entry.Kind.Value != "warning" {
		s.t.Errorf("journal entry %+v", entry)
	}
	context := play(s, s.c.Extras.ConfigContexts, netbox.ConfigContextWrite{Name: set("ntp"), Weight: id(2000), Sites: netbox.Set([]int64{site}), Data: netbox.Set[any](map[string]any{"ntp": []string{"10.0.0.1"}})}, nil)
	if len(context.Sites) != 1 || context.Sites[0].ID != site || string(context.Data) != `{"ntp":["10.0.0.1"]}` {
		s.t.Errorf("config context %+v", context)
	}
	hook := play(s, s.c.Extras.Webhooks, netbox.WebhookWrite{Name: set("cmdb"), PayloadURL: set("http://127.0.0.1:9/hook"), Secret: set("s")}, nil)
	rule := play(s, s.c.Extras.EventRules, netbox.EventRuleWrite{Name: set("sites"), ObjectTypes: netbox.Set([]string{"dcim.site"}), Enabled: netbox.Set(false),
		EventTypes: netbox.Set([]string{netbox.RuleObjectCreated, netbox.RuleObjectDeleted}), ActionType: set("webhook"), ActionObjectType: set("extras.webhook"), ActionObjectID: id(hook.ID)}, nil)
	if rule.ActionObjectID != hook.ID || !slices.Equal(rule.EventTypes, []string{netbox.RuleObjectCreated, netbox.RuleObjectDeleted}) {
		s.t.Errorf("event rule %+v", rule)
	}
	play(s, s.c.Core.DataSources, netbox.DataSourceWrite{Name: set("files"), Type: set("local"), SourceURL: set("/srv/files")}, nil)
}
