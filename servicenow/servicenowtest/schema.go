package servicenowtest

// Type is a column's dictionary type. It decides how values are normalised on
// the way in, compared in queries, and displayed.
type Type string

// The column types that the server knows. Any other type behaves as String.
const (
	String    Type = "string"
	Integer   Type = "integer"
	Decimal   Type = "decimal"
	Float     Type = "float"
	Boolean   Type = "boolean"
	Date      Type = "glide_date"      // YYYY-MM-DD
	DateTime  Type = "glide_date_time" // YYYY-MM-DD HH:MM:SS in UTC
	Duration  Type = "glide_duration"  // an offset from 1970-01-01 00:00:00
	Reference Type = "reference"       // the sys_id of a record of another table
	Journal   Type = "journal_input"   // entries are appended to sys_journal_field
	ClassName Type = "sys_class_name"  // the record's own table
	GUID      Type = "GUID"            // a sys_id
)

// Choice is one value of a choice list and the label that people see.
type Choice struct{ Value, Label string }

// Column describes one column of a table.
type Column struct {
	// Name is the element name: lower-case letters, digits and underscores.
	Name string
	// Label is what people read; empty means the name with spaces and a
	// capital letter.
	Label string
	// Type is the dictionary type; empty means String.
	Type Type
	// Reference is the table that a Reference column points into.
	Reference string
	// Default is the value of a record that is inserted without one.
	Default string
	// MaxLength cuts longer values silently, as the platform does, in
	// characters; 0 means no limit.
	MaxLength int
	// Choices makes the column a choice list. Other values are stored too.
	Choices []Choice
	// ReadOnly makes the REST APIs drop values for the column silently. The
	// Go methods of Server still write it.
	ReadOnly bool
	// Mandatory makes the REST APIs refuse an insert, or an update, that would
	// leave the column empty: 403 with a data policy exception that lists the
	// labels.
	Mandatory bool
	// Unique makes the server refuse a second record with the same value,
	// compared without case. Empty values do not count.
	Unique bool
}

// Table describes one table, or, when the table exists already, columns to be
// added to it or changed in it.
type Table struct {
	// Name is the table's name, such as "u_asset".
	Name string
	// Label is what people read; empty means the name.
	Label string
	// Extends is the parent table: the table inherits its columns, and its
	// records are also records of the parent.
	Extends string
	// Display is the column that stands for a record; empty means the
	// parent's, else "number" or "name" where there is one, else sys_id.
	Display string
	// NumberPrefix, with NumberStart, makes the column "number" count by
	// itself: INC and 10001 give INC0010001.
	NumberPrefix string
	// NumberStart is the first number; it has seven digits on the wire.
	NumberStart int
	// Columns are the table's own columns, in the order in which records show
	// them. The sys_ columns are added by the server.
	Columns []Column
}
