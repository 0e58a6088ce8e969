package cmdb

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Releases 1.x of the application kept what NetBox knows in columns of the records
// themselves, below a prefix that differs between the documents and the instances.
var v1Prefixes = [...]string{"x_nbl_cmdb_", "x_990381_netbox_cl_"}

// The columns of release 1.x, without the prefix, in the order in which they are tried.
var (
	v1ID    = [...]string{"netbox_correlation_id"}
	v1Sync  = [...]string{"netbox_synchronize"}
	v1Level = [...]string{"netbox_level", "level"}
	v1Class = [...]string{"netbox_class", "class"}
)

// V1Prefixes returns the prefixes of the columns of release 1.x that are tried: the
// documented one and the one of real instances. The slice is the caller's own.
func V1Prefixes() []string { return slices.Clone(v1Prefixes[:]) }

// V1Columns returns the columns of release 1.x below a prefix, for queries.
func V1Columns(prefix string) []string {
	var columns []string
	for _, names := range [][]string{v1ID[:], v1Sync[:], v1Level[:], v1Class[:]} {
		for _, name := range names {
			columns = append(columns, prefix+name)
		}
	}
	return columns
}

// V1Record is a record with columns of release 1.x.
type V1Record struct {
	// Table and ID name the record, as its attributes row will.
	Table, ID string
	// Column gives the record's columns as the Table API does, without display
	// values; "" for one that it does not have.
	Column func(name string) string
	// Row is the record's attributes row, when it has one already.
	Row *Attributes
}

// MigrationAction says what becomes of a record of release 1.x.
type MigrationAction string

// What can become of a record.
const (
	MigrateNothing  MigrationAction = "nothing"  // release 1.x has said nothing about it
	MigrateDone     MigrationAction = "done"     // its row says it already
	MigrateCreate   MigrationAction = "create"   // a row is to be created
	MigrateUpdate   MigrationAction = "update"   // its row lacks what release 1.x has said
	MigrateConflict MigrationAction = "conflict" // two values contradict one another: nothing is written
)

// Migration is the answer about one record.
type Migration struct {
	Action MigrationAction
	// Row is what the record's attributes row is to be. It is the present row, or
	// the zero value, where nothing is to be written.
	Row Attributes
	// Detail is the answer in words.
	Detail string
}

// Migrator turns the columns of release 1.x into attributes rows, one a record
// (001-04). The zero value tries V1Prefixes.
type Migrator struct {
	// Prefixes are those of the old columns. Nil means V1Prefixes. Where several
	// have values they must agree.
	Prefixes []string
}

// v1Facts is what the old columns of a record say.
type v1Facts struct {
	id    string
	class ObjectType
	level Number
	sync  bool
}

// Migrate decides about one record. A row that is there is the source of truth: what
// it says stays, and only what it lacks is filled. Migrating twice changes nothing
// the second time. The class of a record whose columns do not name it follows from
// the table where only one type lives there.
func (m Migrator) Migrate(r V1Record) Migration {
	row := Attributes{RecordTable: r.Table, RecordID: r.ID}
	if r.Row != nil {
		row = *r.Row
	}
	facts, problem := m.read(r)
	switch {
	case problem != "":
		return Migration{MigrateConflict, row, problem}
	case facts == (v1Facts{}):
		return Migration{MigrateNothing, row, "no column of release 1.x has a value"}
	}
	if facts.class == "" {
		facts.class = onlyType(r.Table)
	}
	if r.Row != nil {
		if row.ID != "" && facts.id != "" && row.ID != facts.id {
			return Migration{MigrateConflict, row, fmt.Sprintf("the row has the NetBox id %s, the record %s: the row stays", row.ID, facts.id)}
		}
		if row.Class != "" && facts.class != "" && row.Class != facts.class {
			return Migration{MigrateConflict, row, fmt.Sprintf("the row says %s, the record %s: the row stays", row.Class, facts.class)}
		}
	}
	filled := row
	if filled.ID == "" {
		filled.ID = facts.id
	}
	if filled.Class == "" {
		filled.Class = facts.class
	}
	if !filled.Level.Known {
		filled.Level = facts.level
	}
	switch {
	case r.Row == nil:
		filled.Sync = facts.sync
		return Migration{MigrateCreate, filled, "a row is made of the columns of release 1.x"}
	case filled == row:
		return Migration{MigrateDone, row, "the row says it already"}
	default:
		return Migration{MigrateUpdate, filled, "the row takes over what it lacks"}
	}
}

// read gathers what the columns say, below all prefixes.
func (m Migrator) read(r V1Record) (v1Facts, string) {
	if r.Column == nil {
		return v1Facts{}, ""
	}
	prefixes := m.Prefixes
	if prefixes == nil {
		prefixes = v1Prefixes[:]
	}
	var facts v1Facts
	var problem string
	value := func(names []string, form func(string) string) string {
		var found, where string
		for _, prefix := range prefixes {
			for _, name := range names {
				v := form(r.Column(prefix + name))
				if v == "" {
					continue
				}
				if found != "" && found != v && problem == "" {
					problem = fmt.Sprintf("%s says %s, %s says %s: make them agree", where, found, prefix+name, v)
				}
				if found == "" {
					found, where = v, prefix+name
				}
			}
		}
		return found
	}
	if id := value(v1ID[:], strings.TrimSpace); id != "" {
		if n, err := strconv.ParseInt(id, 10, 64); err != nil || n <= 0 {
			return v1Facts{}, fmt.Sprintf("the NetBox id %q is no positive number: correct it", id)
		}
		facts.id = id
	}
	facts.sync = value(v1Sync[:], func(s string) string {
		if strings.TrimSpace(s) == "" {
			return ""
		}
		return strconv.FormatBool(isTrue(s))
	}) == "true"
	facts.level = ParseNumber(value(v1Level[:], strings.TrimSpace))
	class := ObjectType(value(v1Class[:], func(s string) string { return strings.ToLower(strings.TrimSpace(s)) }))
	if _, known := class.Info(); known {
		facts.class = class
	} else if class != "" && problem == "" {
		problem = fmt.Sprintf("the class %q is none of the object types: correct it", class)
	}
	return facts, problem
}

// onlyType returns the type of the records of a table, "" where several live there.
func onlyType(table string) (only ObjectType) {
	if table == "cmdb_ci" || strings.HasPrefix(table, "cmdb_ci_") {
		return TypeDevice
	}
	for _, info := range objectTypes {
		if info.Table != table {
			continue
		}
		if only != "" {
			return ""
		}
		only = info.Type
	}
	return only
}
