package servicenow

import "time"

// IREPayload is what the Identification and Reconciliation Engine is given:
// items, and relations and references between them. Fill its slices, or build
// it by its methods; the zero value is an empty payload. It may hold any number
// of items: the calls of [IREService] split it.
type IREPayload struct {
	Items      []IREItem
	Relations  []IRERelation
	References []IREReference
}

// IREItem is one CI.
type IREItem struct {
	// Class is the table of the CI, such as "cmdb_ci_linux_server".
	Class string
	// ID names the item within the payload, for relations and references
	// (internal_id); empty for none.
	ID string
	// Values are the CI's attributes: a map with string keys, a [Record] or a
	// struct with json tags. Reference values are sys_ids. Of the sys_ columns
	// only sys_id, where it is known, makes sense.
	Values any
	// Lookups are records of other tables by which the CI is identified, such
	// as its serial numbers in cmdb_serial_number.
	Lookups []IRERecord
	// Related are records that belong to the CI and do not identify it.
	Related []IRERecord
	// Source tells the CI by the source's own key, before any rule is tried.
	Source IRESource
	// KeepClass says which changes of the class of an existing CI are left out
	// of an update; everything else is updated.
	KeepClass IREKeepClass
	// SkipReclassificationRules leaves the instance's reclassification
	// restriction rules out.
	SkipReclassificationRules bool
}

// IRERecord is a lookup or related record of an item.
type IRERecord struct {
	// Class is the record's table, such as "cmdb_serial_number".
	Class string
	// ID names the record within the payload (internal_id); empty for none.
	ID string
	// Values are the record's columns, as in [IREItem]. Its reference to the
	// CI is filled in by the engine.
	Values any
	// Source tells the record by the source's own key.
	Source IRESource
}

// IRESource is the key under which a data source knows a record
// (sys_object_source_info). The engine keeps it in table sys_object_source and
// finds the record by it from then on.
type IRESource struct {
	// Name is the data source, a choice of cmdb_ci.discovery_source; empty with
	// a Key means the DataSource of the call.
	Name string
	// Key is the source's own key (source_native_key); empty means none.
	Key string
	// Feed tells several feeds of one source apart; optional.
	Feed string
	// Seen is when the source saw the record; zero leaves that to the instance.
	// The wire has whole seconds in UTC.
	Seen time.Time
}

// IREKeepClass lists kinds of reclassification that an item does without. By
// default all happen, as far as the instance allows them.
type IREKeepClass struct {
	// Upgrade is to a class that extends the CI's class, Downgrade to one that
	// it extends, Switch to any other.
	Upgrade, Downgrade, Switch bool
}

// IRERelation is a relation between two CIs of the payload. It names them by
// their indexes in Items, or, when ParentID and ChildID are set, by the IDs of
// items, lookups or related records.
type IRERelation struct {
	Parent, Child     int
	ParentID, ChildID string
	// Type is the name in cmdb_rel_type: "Parent descriptor::Child descriptor",
	// such as "Runs on::Runs".
	Type string
	// Feed is kept with the relation's source; optional.
	Feed string
}

// IREReference puts the sys_id of one record of the payload into a reference
// column of another.
type IREReference struct {
	// By is the ID of the record that holds the reference, To that of the
	// record it points to; Field is the column.
	By, Field, To string
}

// Add appends an item and returns its index, for Relate.
func (p *IREPayload) Add(item IREItem) int {
	p.Items = append(p.Items, item)
	return len(p.Items) - 1
}

// Relate appends a relation between the items with these indexes.
func (p *IREPayload) Relate(parent int, kind string, child int) {
	p.Relations = append(p.Relations, IRERelation{Parent: parent, Child: child, Type: kind})
}

// RelateIDs appends a relation between records with these IDs.
func (p *IREPayload) RelateIDs(parent, kind, child string) {
	p.Relations = append(p.Relations, IRERelation{ParentID: parent, ChildID: child, Type: kind})
}

// Refer has the column field of the record with the ID by point to the record
// with the ID to.
func (p *IREPayload) Refer(by, field, to string) {
	p.References = append(p.References, IREReference{By: by, Field: field, To: to})
}

// IREOptions are how a payload is sent.
type IREOptions struct {
	// DataSource is who says so: a choice of cmdb_ci.discovery_source, such as
	// "ServiceNow". Required; with an unknown one every item fails.
	DataSource string
	// ChunkSize is the most items in one request; 0 means 500, the product's
	// own guideline. Items that are tied together by relations or references
	// stay in one request, and it is an error when they are more.
	ChunkSize int

	// The rest is for Enhanced and QueryEnhanced alone. NoPartialPayloads has
	// items that lack something fail instead of being kept for 90 days to be
	// completed (partial_payloads:false).
	NoPartialPayloads bool
	// NoPartialCommits writes nothing of a request in which an item fails
	// (partial_commits:false). It needs NoPartialPayloads.
	NoPartialCommits bool
	// NoDeduplication has items fail that are the same by a rule of the
	// instance, instead of merging them (deduplicate_payloads:false). It needs
	// NoPartialPayloads.
	NoDeduplication bool
	// Summary asks for the counts by class (generate_summary:true).
	Summary bool
}
