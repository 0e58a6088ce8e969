package netbox

// Core is the core part of the API. What NetBox alone writes has no verbs for
// writing.
type Core struct {
	// ObjectTypes are the types of NetBox's objects. Up to 4.3 they are at
	// extras/object-types, up to 3.7 at extras/content-types.
	ObjectTypes *Reader[ObjectType]
	// ObjectChanges is the change log, at extras/object-changes up to 4.0. To
	// follow it use [Client.Changes].
	ObjectChanges *Reader[ObjectChange]
	// Jobs are NetBox's background jobs; see [Client.WaitJob].
	Jobs *Reader[Job]
	// DataSources are where NetBox fetches files from; see [Client.SyncDataSource].
	DataSources *Resource[DataSource]
}

func newCore(c *Client) Core {
	return Core{
		ObjectTypes: newReader(c, objectTypeSpec,
			movedFrom[ObjectType](c, objectTypeSpec, "extras/content-types", Version{4, 0}),
			movedFrom[ObjectType](c, objectTypeSpec, "extras/object-types", Version{4, 4})),
		ObjectChanges: newReader(c, objectChangeSpec,
			movedFrom[ObjectChange](c, objectChangeSpec, "extras/object-changes", Version{4, 1})),
		Jobs:        newReader[Job](c, jobSpec),
		DataSources: newResource[DataSource](c, dataSourceSpec),
	}
}
