package cmdb

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// AttributesTable is the ServiceNow table with what NetBox knows about a
// record: at most one row a record.
const AttributesTable = "x_nbl_cmdb_netbox_attributes"

// The columns of AttributesTable.
const (
	ColumnRecordTable   = "record_table"      // the record's table, such as cmdb_ci or cmn_location
	ColumnRecordID      = "record_sys_id"     // the record; unique in the table
	ColumnID            = "nb_id"             // the NetBox id; unique together with nb_class only
	ColumnClass         = "nb_class"          // the ObjectType
	ColumnSync          = "nb_sync"           // whether the record is to be exported
	ColumnReady         = "nb_ready_exp"      // read-only
	ColumnReadyMessage  = "nb_ready_msg"      // read-only
	ColumnLevel         = "sn_location_level" // a location's depth
	ColumnRecordUpdated = "record_updated"    // when the row was last changed
)

var attributeColumns = [...]string{
	ColumnRecordTable, ColumnRecordID, ColumnID, ColumnClass, ColumnSync,
	ColumnReady, ColumnReadyMessage, ColumnLevel, ColumnRecordUpdated,
}

var readOnlyColumns = [...]string{ColumnReady, ColumnReadyMessage}

// AttributeColumns returns the columns of AttributesTable. The slice is the
// caller's own.
func AttributeColumns() []string { return slices.Clone(attributeColumns[:]) }

// ReadOnlyColumns returns the columns that the application computes and that
// are never written. The slice is the caller's own.
func ReadOnlyColumns() []string { return slices.Clone(readOnlyColumns[:]) }

// timeFormat is how the Table API writes a date and time, in UTC.
const timeFormat = "2006-01-02 15:04:05"

// Attributes is one row of AttributesTable.
type Attributes struct {
	// RecordTable and RecordID say which record the row is about.
	RecordTable, RecordID string
	// ID is the NetBox id in decimal; "" when the record is not linked.
	ID string
	// Class is the kind of NetBox object; "" when it is not set.
	Class ObjectType
	// Sync says that the record is to be exported to NetBox.
	Sync bool
	// Ready and ReadyMessage are computed by the application. They are read,
	// never written.
	Ready        bool
	ReadyMessage string
	// Level is a location's depth; unknown for everything else.
	Level Number
	// Updated is when the row was last changed. The zero time means unknown
	// and is not written. ServiceNow keeps whole seconds.
	Updated time.Time
}

// Object returns the NetBox object that the row is linked to. It reports false
// when the row has no class or no id that is a positive number.
func (a Attributes) Object() (Object, bool) {
	id, err := strconv.ParseInt(a.ID, 10, 64)
	if err != nil || id <= 0 || a.Class == "" {
		return Object{}, false
	}
	return Object{a.Class, id}, true
}

// Payload returns what is written, by column, in the text form of the Table
// API: every writable column, without the level and the time when they are
// unknown. Read-only columns are never in it.
func (a Attributes) Payload() map[string]string {
	p := map[string]string{
		ColumnRecordTable: a.RecordTable,
		ColumnRecordID:    a.RecordID,
		ColumnID:          a.ID,
		ColumnClass:       string(a.Class),
		ColumnSync:        strconv.FormatBool(a.Sync),
	}
	if a.Level.Known {
		p[ColumnLevel] = strconv.Itoa(a.Level.N)
	}
	if !a.Updated.IsZero() {
		p[ColumnRecordUpdated] = a.Updated.UTC().Format(timeFormat)
	}
	return p
}

// ReadAttributes reads a row, column by column, as the Table API gives it
// without display values. A value that cannot be read counts as not set; "true"
// and "1" are true.
func ReadAttributes(column func(name string) string) Attributes {
	updated, err := time.Parse(timeFormat, strings.TrimSpace(column(ColumnRecordUpdated)))
	if err != nil {
		updated = time.Time{}
	}
	return Attributes{
		RecordTable:  column(ColumnRecordTable),
		RecordID:     column(ColumnRecordID),
		ID:           strings.TrimSpace(column(ColumnID)),
		Class:        ObjectType(strings.ToLower(strings.TrimSpace(column(ColumnClass)))),
		Sync:         isTrue(column(ColumnSync)),
		Ready:        isTrue(column(ColumnReady)),
		ReadyMessage: column(ColumnReadyMessage),
		Level:        ParseNumber(column(ColumnLevel)),
		Updated:      updated,
	}
}

func isTrue(s string) bool {
	s = strings.TrimSpace(s)
	return s == "1" || strings.EqualFold(s, "true")
}

// Number is a whole number that may be unknown. The zero value is unknown,
// which is not the same as 0.
type Number struct {
	N     int  // the number; without meaning when it is not known
	Known bool // whether N is known
}

// Known returns a known number.
func Known(n int) Number { return Number{N: n, Known: true} }

// ParseNumber reads a whole number. Anything else, such as "" or "n/a", is unknown.
func ParseNumber(s string) Number {
	n, err := strconv.Atoi(strings.TrimSpace(s))
	if err != nil {
		return Number{}
	}
	return Known(n)
}
