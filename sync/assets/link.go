package assets

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/itsmkit/itsmkit/cmdb"
)

// Link says where the CMDB keeps which NetBox object a record belongs to. The
// zero value is the attributes table of the NetBox Labs app, [cmdb.AttributesTable].
type Link struct {
	// Table is the table of the link rows, one for each linked record. The
	// default is the attributes table.
	Table string
	// Columns are the names of the table's columns. The default is those of the
	// attributes table.
	Columns LinkColumns
	// Field keeps the link on the record itself instead, in the column named
	// here (usually "correlation_id") and as "type:id", such as "device:42". It
	// excludes Table and Columns. The depth of a location and the flag for the
	// export have no place then and are not written.
	Field string
}

// LinkColumns are the columns of a link table. Sync, Level, Ready and Message may be
// empty: what they hold is not written then. The others are needed.
type LinkColumns struct {
	RecordTable string // the record's table
	Record      string // the record's sys_id
	ID          string // the NetBox id
	Class       string // the object type: region, site, location, device, ...
	Sync        string // whether the record is to be exported; set on create, then left alone
	Level       string // a location's depth, 0 for a root

	// Ready and Message take what an export finds out about a flagged record: whether
	// it can be exported, and why not. The defaults are empty, also for the attributes
	// table: its columns nb_ready_exp and nb_ready_msg are computed by the NetBox Labs
	// app inside the instance, are read-only to everybody else, and a write to them is
	// dropped without a word. Name columns of your own instead.
	Ready, Message string
}

// DefaultLinkColumns are the columns of the attributes table.
func DefaultLinkColumns() LinkColumns {
	return LinkColumns{
		RecordTable: cmdb.ColumnRecordTable, Record: cmdb.ColumnRecordID,
		ID: cmdb.ColumnID, Class: cmdb.ColumnClass,
		Sync: cmdb.ColumnSync, Level: cmdb.ColumnLevel,
	}
}

// onRecord reports whether the link is a column of the record itself.
func (l Link) onRecord() bool { return l.Field != "" }

// complete fills in the defaults.
func (l Link) complete() (Link, error) {
	if l.onRecord() {
		if l.Table != "" || l.Columns != (LinkColumns{}) {
			return l, errors.New("assets: Link.Field excludes Link.Table and Link.Columns: set one or the other")
		}
		return l, nil
	}
	if l.Table == "" {
		l.Table = cmdb.AttributesTable
	}
	if l.Columns == (LinkColumns{}) {
		l.Columns = DefaultLinkColumns()
	}
	for _, c := range []struct{ name, column string }{
		{"RecordTable", l.Columns.RecordTable},
		{"Record", l.Columns.Record},
		{"ID", l.Columns.ID},
		{"Class", l.Columns.Class},
	} {
		if c.column == "" {
			return l, fmt.Errorf("assets: Link.Columns.%s is empty: name the column of %s", c.name, l.Table)
		}
	}
	for _, column := range []string{l.Columns.Ready, l.Columns.Message} {
		if l.Table == cmdb.AttributesTable && slices.Contains(cmdb.ReadOnlyColumns(), column) {
			return l, fmt.Errorf("assets: Link.Columns: %s is computed by the application and cannot be written: name a column of your own, or none", column)
		}
	}
	return l, nil
}

// Fields of an operation that belong to the link row and not to the record. A
// plan names them alike whatever the columns are called; CMDBSink translates.
const (
	linkPrefix = "link."
	linkRow    = linkPrefix + "sys_id"       // the link row itself: it is made
	linkTable  = linkPrefix + "record_table" // the record's table
	linkID     = linkPrefix + "nb_id"        // the NetBox id
	linkClass  = linkPrefix + "nb_class"     // the object type
	linkSync   = linkPrefix + "nb_sync"      // whether the record is to be exported
	linkLevel  = linkPrefix + "level"        // a location's depth

	linkReady   = linkPrefix + "ready"   // whether the record can be exported
	linkMessage = linkPrefix + "message" // why not
)

// column returns the name of the link table's column for a field of an
// operation, "" where the table has none.
func (l Link) column(field string) string {
	switch field {
	case linkRow:
		return "sys_id"
	case linkTable:
		return l.Columns.RecordTable
	case linkID:
		return l.Columns.ID
	case linkClass:
		return l.Columns.Class
	case linkSync:
		return l.Columns.Sync
	case linkLevel:
		return l.Columns.Level
	case linkReady:
		return l.Columns.Ready
	case linkMessage:
		return l.Columns.Message
	}
	return ""
}

// parseObject reads a link that is kept on the record, such as "device:42".
func parseObject(s string) (cmdb.Object, bool) {
	kind, number, ok := strings.Cut(strings.TrimSpace(s), ":")
	id, err := strconv.ParseInt(number, 10, 64)
	o := cmdb.Object{Type: cmdb.ObjectType(kind), ID: id}
	_, known := o.Type.Info()
	return o, ok && known && err == nil && id > 0
}

// readColumns are the columns of the link table that a sink reads.
func (l Link) readColumns() []string {
	columns := []string{"sys_id"}
	c := l.Columns
	for _, c := range []string{c.RecordTable, c.Record, c.ID, c.Class, c.Sync, c.Level, c.Ready, c.Message} {
		if c != "" {
			columns = append(columns, c)
		}
	}
	return columns
}
