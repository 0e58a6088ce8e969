package servicenowtest

// relationTypes are the names of the relations that the product ships, as far
// as its documentation uses them. Their sys_ids are made up, except for the two
// that a documented sample shows.
var relationTypes = []struct{ id, name string }{
	{"60bc4e22c0a8010e01f074cbe6bd73c3", "Runs on::Runs"},
	{"55c95bf6c0a8010e0118ec7056ebc54d", "Contains::Contained by"},
	{"cb5592603751200032ff8c00dfbe5d17", "Hosted on::Hosts"},
	{"1a9cb166f1571100a92eb60da2bce5c5", "Depends on::Used by"},
	{"5f985e0ec0a8010e00a9714f2a172815", "Connects to::Connected by"},
	{"55c913d3c0a8010e012d1563182d6050", "Owns::Owned by"},
	{"cb5592603751200032ff8c00dfbe5d18", "Uses::Used by"},
	{"607e7fcbc0a8010e01941d56cf6dbe26", "IP Connection::IP Connection"},
	{"d93304fb0a0a0b78006081a72ef08444", "Virtualized by::Virtualizes"},
	{"607bc7a3c0a8010e01941d56cf6dbe27", "Managed by::Manages"},
	{"607bc7a3c0a8010e01941d56cf6dbe28", "Manages::Managed by"},
	{"55c9f5d2c0a8010e01c7f3c2a1b3d4e5", "Cluster of::Cluster"},
	{"b9a04da03751200032ff8c00dfbe5d81", "Members::Member of"},
	{"90f92c00c0a8010e0071c14e0a8d2bb1", "Provides::Provided by"},
	{"5599a965c0a8010e00da3b58b113d70e", "Exchanges data with::Exchanges data with"},
	{"d64867203751200032ff8c00dfbe5de5", "Allocated to::Allocated from"},
	{"c5a1b2c3d4e5f60718293a4b5c6d7e8f", "Replicates to::Replicated by"},
	{"29f1b2c3d4e5f60718293a4b5c6d7e8f", "Defines resources for::Gets resources from"},
}

// ireTables are the tables of relations and those that the Identification and
// Reconciliation Engine keeps its books in. Names of tables are documented,
// those of many columns are not.
func ireTables() []Table {
	payload := []Column{
		{Name: "payload", Label: "Payload", MaxLength: 1000000},
		{Name: "source_name", MaxLength: 100},
		{Name: "errors", MaxLength: 65000},
	}
	return []Table{
		{Name: "cmdb_rel_type", Label: "CI Relation Type", Display: "name", Columns: []Column{
			{Name: "name", MaxLength: 100, Mandatory: true},
			{Name: "sys_name", Label: "Display name", MaxLength: 100},
			{Name: "parent_descriptor", MaxLength: 40},
			{Name: "child_descriptor", MaxLength: 40},
		}},
		{Name: "cmdb_rel_ci", Label: "CI Relationship", Columns: []Column{
			{Name: "parent", Type: Reference, Reference: "cmdb_ci"},
			{Name: "child", Type: Reference, Reference: "cmdb_ci"},
			{Name: "type", Type: Reference, Reference: "cmdb_rel_type"},
			{Name: "port", MaxLength: 40},
			{Name: "connection_strength", Choices: []Choice{{"always", "Always"}, {"cluster", "Cluster"}, {"sometimes", "Sometimes"}}},
			{Name: "percent_outage", Type: Integer},
		}},
		{Name: "cmdb_ci_network_adapter", Label: "Network Adapter", Extends: "cmdb_ci", Columns: []Column{
			{Name: "cmdb_ci", Label: "Configuration Item", Type: Reference, Reference: "cmdb_ci"},
			{Name: "netmask", MaxLength: 255},
			{Name: "virtual", Type: Boolean, Default: "false"},
		}},
		{Name: "sys_object_source", Label: "Source", Display: "name", Columns: []Column{
			{Name: "name", Label: "Name", MaxLength: 100},
			{Name: "id", Label: "ID", MaxLength: 512},
			{Name: "source_feed", MaxLength: 100},
			{Name: "target_table", MaxLength: 80},
			{Name: "target_sys_id", MaxLength: 32},
			{Name: "last_scan", Type: DateTime},
		}},
		{Name: "sys_rel_source", Label: "Relationship Source", Display: "name", Columns: []Column{
			{Name: "name", MaxLength: 100},
			{Name: "source_feed", MaxLength: 100},
			{Name: "target_sys_id", MaxLength: 32},
			{Name: "last_scan", Type: DateTime},
		}},
		{Name: "cmdb_datasource_last_update", Label: "Data Source Last Update", Columns: []Column{
			{Name: "cmdb_ci", Type: Reference, Reference: "cmdb_ci"},
			{Name: "data_source", MaxLength: 100},
			{Name: "last_updated", Type: DateTime},
		}},
		{Name: "cmdb_ire_partial_payloads", Label: "CMDB IRE Partial Payload", Columns: payload},
		{Name: "cmdb_ire_partial_payloads_index", Label: "CMDB IRE Partial Payload Index", Columns: []Column{
			{Name: "identifier_key", MaxLength: 4000},
			{Name: "partial_payload", Type: Reference, Reference: "cmdb_ire_partial_payloads"},
		}},
		{Name: "cmdb_ire_incomplete_payloads", Label: "CMDB IRE Incomplete Payload", Columns: payload},
	}
}

// addRelationTypes fills cmdb_rel_type.
func (s *Server) addRelationTypes() error {
	for _, t := range relationTypes {
		if _, err := s.Insert("cmdb_rel_type", relationType(t.id, t.name)); err != nil {
			return err
		}
	}
	return nil
}
