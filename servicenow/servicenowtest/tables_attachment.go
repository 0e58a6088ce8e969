package servicenowtest

// attachmentTables are the tables behind the Attachment API, as far as its
// documentation names the columns.
func attachmentTables() []Table {
	return []Table{{Name: "sys_attachment", Label: "Attachment", Display: "file_name", Columns: []Column{
		{Name: "file_name", Label: "File name"},
		{Name: "content_type", Label: "Content type"},
		{Name: "table_name", Label: "Table name"},
		{Name: "table_sys_id", Label: "Table sys ID"},
		{Name: "size_bytes", Label: "Size bytes", Type: Integer, ReadOnly: true},
		{Name: "size_compressed", Label: "Size compressed", Type: Integer, ReadOnly: true},
		{Name: "compressed", Type: Boolean, Default: "true", ReadOnly: true},
		{Name: "chunk_size_bytes", Type: Integer, Default: "700000", ReadOnly: true},
		{Name: "hash", ReadOnly: true},
		{Name: "state", Default: "available"},
		{Name: "encryption_context"},
	}}, {Name: "sys_attachment_attribute", Label: "Attachment Attribute", Display: "key", Columns: []Column{
		{Name: "attachment", Type: Reference, Reference: "sys_attachment"},
		{Name: "key"},
		{Name: "value"},
	}}}
}
