package netbox

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
)

// PrimaryIP says what [Client.SetPrimaryIP] is to bring about.
type PrimaryIP struct {
	// DeviceID or VirtualMachineID says whose address it is; give one of them.
	DeviceID, VirtualMachineID int64
	// Interface is the name of the interface that has the address.
	Interface string
	// InterfaceType is the type of an interface that has to be created on a
	// device; "" is [InterfaceOther].
	InterfaceType string
	// Address is the address with its prefix length, "192.0.2.10/24".
	Address string
	// VRFID is the VRF of the address; 0 is the global table.
	VRFID int64
}

// PrimaryIPResult is what [Client.SetPrimaryIP] found or made.
type PrimaryIPResult struct {
	InterfaceID, AddressID int64
	// MadeInterface, MadeAddress, Assigned and Changed say what the call did:
	// created the interface or the address, put an address that was free on the
	// interface, changed the device or virtual machine. All false: it was so
	// already, and nothing was written.
	MadeInterface, MadeAddress, Assigned, Changed bool
}

// SetPrimaryIP gives a device or a virtual machine its primary address in the
// three steps that NetBox demands: an interface, the address on it, and the
// primary address of its family. Each step looks first and writes only what is
// missing, so the call can be repeated after a failure in any of them, and when
// another program did a part of it meanwhile. An address that is on another
// interface is left there: the error matches [ErrConflict] and names it.
func (c *Client) SetPrimaryIP(ctx context.Context, want PrimaryIP, opts ...CallOption) (PrimaryIPResult, error) {
	var done PrimaryIPResult
	address, err := want.check()
	if err != nil {
		return done, fmt.Errorf("netbox: SetPrimaryIP: %w", err)
	}
	if done.InterfaceID, done.MadeInterface, err = c.ensureInterface(ctx, want, opts); err != nil {
		return done, err
	}
	if err := c.ensureAddress(ctx, want, address, &done, opts); err != nil {
		return done, err
	}
	done.Changed, err = c.ensurePrimary(ctx, want, address, done.AddressID, opts)
	return done, err
}

func (p *PrimaryIP) check() (netip.Prefix, error) {
	var none netip.Prefix
	switch {
	case p.DeviceID < 0 || p.VirtualMachineID < 0 || (p.DeviceID == 0) == (p.VirtualMachineID == 0):
		return none, errors.New("give DeviceID or VirtualMachineID, one of them")
	case p.Interface == "":
		return none, errors.New("the Interface is empty; name the interface that has the address")
	case p.VRFID < 0:
		return none, fmt.Errorf("the VRFID %d is not an id", p.VRFID)
	}
	address, err := netip.ParsePrefix(p.Address)
	if err != nil {
		return none, fmt.Errorf(`the Address %q is not an address with its prefix length, such as "192.0.2.10/24"`, p.Address)
	}
	return address, nil
}

func (p *PrimaryIP) objectType() string {
	if p.DeviceID != 0 {
		return "dcim.interface"
	}
	return "virtualization.vminterface"
}

// ensureInterface finds or makes the interface.
func (c *Client) ensureInterface(ctx context.Context, p PrimaryIP, opts []CallOption) (id int64, made bool, err error) {
	if id, err = c.findInterface(ctx, p, opts); err != nil || id != 0 {
		return id, false, err
	}
	if p.DeviceID != 0 {
		kind := p.InterfaceType
		if kind == "" {
			kind = InterfaceOther
		}
		port, cerr := c.DCIM.Interfaces.Create(ctx, InterfaceWrite{Device: Set(p.DeviceID), Name: Set(p.Interface), Type: Set(kind)}, opts...)
		id, err = port.ID, cerr
	} else {
		port, cerr := c.Virtualization.Interfaces.Create(ctx, VMInterfaceWrite{VirtualMachine: Set(p.VirtualMachineID), Name: Set(p.Interface)}, opts...)
		id, err = port.ID, cerr
	}
	if errors.Is(err, ErrDuplicate) { // another one was faster
		found, ferr := c.findInterface(ctx, p, opts)
		if ferr == nil && found != 0 {
			return found, false, nil
		}
	}
	return id, err == nil, err
}

func (c *Client) findInterface(ctx context.Context, p PrimaryIP, opts []CallOption) (int64, error) {
	if p.DeviceID == 0 {
		q := Query{Where: VMInterfaceFilter{VirtualMachineID: IDs{p.VirtualMachineID}, Name: Texts{p.Interface}}, Fields: []string{"id"}}
		for port, err := range c.Virtualization.Interfaces.All(ctx, q, opts...) {
			return port.ID, err
		}
		return 0, nil
	}
	// device_id of the master of a virtual chassis gives those of the members, too.
	q := Query{Where: InterfaceFilter{DeviceID: IDs{p.DeviceID}, Name: Texts{p.Interface}}, Fields: []string{"id", "device"}}
	for port, err := range c.DCIM.Interfaces.All(ctx, q, opts...) {
		if err != nil {
			return 0, err
		}
		if port.Device != nil && port.Device.ID == p.DeviceID {
			return port.ID, nil
		}
	}
	return 0, nil
}

// ensureAddress finds or makes the address on the interface.
func (c *Client) ensureAddress(ctx context.Context, p PrimaryIP, address netip.Prefix, done *PrimaryIPResult, opts []CallOption) error {
	found, err := c.findAddress(ctx, p, address, done.InterfaceID, opts)
	if err == nil && found == nil {
		body := IPAddressWrite{Address: Set(address.String()), AssignedObjectType: Set(p.objectType()), AssignedObjectID: Set(done.InterfaceID)}
		if p.VRFID != 0 {
			body.VRF = Set(p.VRFID)
		}
		ip, cerr := c.IPAM.IPAddresses.Create(ctx, body, opts...)
		if cerr == nil {
			done.AddressID, done.MadeAddress = ip.ID, true
			return nil
		}
		err = cerr
		if errors.Is(cerr, ErrDuplicate) {
			again, ferr := c.findAddress(ctx, p, address, done.InterfaceID, opts)
			if ferr != nil || again != nil {
				found, err = again, ferr
			}
		}
	}
	if err != nil {
		return err
	}
	done.AddressID = found.ID
	if found.AssignedObjectID != nil {
		return nil
	}
	patch := IPAddressWrite{AssignedObjectType: Set(p.objectType()), AssignedObjectID: Set(done.InterfaceID)}
	_, err = c.IPAM.IPAddresses.Update(ctx, found.ID, patch, opts...)
	done.Assigned = err == nil
	return err
}

// findAddress returns the address when it is on the interface, else a free one,
// nil when there is none, and an error when it is in use elsewhere.
func (c *Client) findAddress(ctx context.Context, p PrimaryIP, address netip.Prefix, port int64, opts []CallOption) (*IPAddress, error) {
	vrf := p.VRFID
	if vrf == 0 {
		vrf = None
	}
	var free, elsewhere *IPAddress
	q := Query{Where: IPAddressFilter{Address: Texts{address.Addr().String()}, VRFID: IDs{vrf}}}
	for ip, err := range c.IPAM.IPAddresses.All(ctx, q, opts...) {
		if err != nil {
			return nil, err
		}
		switch {
		case ip.AssignedObjectID != nil && *ip.AssignedObjectID == port && ip.AssignedObjectType == p.objectType():
			return &ip, nil
		case ip.AssignedObjectID == nil && free == nil:
			free = &ip
		case elsewhere == nil:
			elsewhere = &ip
		}
	}
	if free == nil && elsewhere != nil {
		where := elsewhere.AssignedObjectType
		if o := elsewhere.AssignedObject; o != nil {
			where += " " + o.Display
			if host := cmp.Or(o.Device, o.VirtualMachine); host != nil {
				where += " of " + host.Display
			}
		}
		return nil, fmt.Errorf("netbox: SetPrimaryIP: %s (id %d) is on %s already; take it away there first: %w", elsewhere.Address, elsewhere.ID, where, ErrConflict)
	}
	return free, nil
}

// ensurePrimary sets the primary address where it is another one.
func (c *Client) ensurePrimary(ctx context.Context, p PrimaryIP, address netip.Prefix, id int64, opts []CallOption) (bool, error) {
	name := "primary_ip4"
	if address.Addr().Is6() {
		name = "primary_ip6"
	}
	only := append([]CallOption{Only("id", "primary_ip4", "primary_ip6")}, opts...)
	var four, six *NestedIP
	if p.DeviceID != 0 {
		d, err := c.DCIM.Devices.Get(ctx, p.DeviceID, only...)
		if err != nil {
			return false, err
		}
		four, six = d.PrimaryIP4, d.PrimaryIP6
	} else {
		vm, err := c.Virtualization.VirtualMachines.Get(ctx, p.VirtualMachineID, only...)
		if err != nil {
			return false, err
		}
		four, six = vm.PrimaryIP4, vm.PrimaryIP6
	}
	have := four
	if address.Addr().Is6() {
		have = six
	}
	if have != nil && have.ID == id {
		return false, nil
	}
	patch := map[string]any{name: id}
	var err error
	if p.DeviceID != 0 {
		_, err = c.DCIM.Devices.Update(ctx, p.DeviceID, patch, opts...)
	} else {
		_, err = c.Virtualization.VirtualMachines.Update(ctx, p.VirtualMachineID, patch, opts...)
	}
	return err == nil, err
}
