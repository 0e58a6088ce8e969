package netbox

// Virtualization is the virtualization part of the API.
type Virtualization struct {
	ClusterTypes    *Resource[ClusterType]
	ClusterGroups   *Resource[ClusterGroup]
	Clusters        *Resource[Cluster]
	VirtualMachines *Resource[VirtualMachine]
	Interfaces      *Resource[VMInterface]
	Disks           *Resource[VirtualDisk]
}

func newVirtualization(c *Client) Virtualization {
	return Virtualization{
		ClusterTypes:    newResource[ClusterType](c, clusterTypeSpec),
		ClusterGroups:   newResource[ClusterGroup](c, clusterGroupSpec),
		Clusters:        newResource[Cluster](c, clusterSpec),
		VirtualMachines: newResource[VirtualMachine](c, virtualMachineSpec),
		Interfaces:      newResource[VMInterface](c, vmInterfaceSpec),
		Disks:           newResource[VirtualDisk](c, virtualDiskSpec),
	}
}
