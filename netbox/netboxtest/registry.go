package netboxtest

// describe returns the resources of a version in the order in which a page of
// dependents lists them. A new type is one more line here and one function.
func describe(v version) []*resource {
	return []*resource{
		tagResource(), choiceSetResource(), customFieldResource(), webhookResource(), eventRuleResource(),
		journalEntryResource(), configContextResource(), objectTypeResource(v), jobResource(), dataSourceResource(), userResource(), tokenResource(v), permissionResource(),
		tenantGroupResource(v), tenantResource(v), contactGroupResource(v), contactRoleResource(), contactResource(), contactAssignmentResource(v),
		regionResource(v), siteGroupResource(v), siteResource(), locationResource(v), rackRoleResource(), rackResource(),
		manufacturerResource(v), platformResource(v), deviceTypeResource(v), deviceRoleResource(v),
		virtualChassisResource(), deviceResource(v), moduleTypeResource(), inventoryItemResource(), macResource(), interfaceResource(v),
		powerPanelResource(), powerFeedResource(), cableResource(),
		clusterTypeResource(), clusterGroupResource(), clusterResource(), machineResource(v), machineInterfaceResource(v), virtualDiskResource(),
		vrfResource(), vlanGroupResource(), vlanResource(), prefixResource(), rangeResource(), addressResource(), serviceResource(v),
	}
}
