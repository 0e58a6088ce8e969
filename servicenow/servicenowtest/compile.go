package servicenowtest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Places of the columns that every table has.
const (
	colID = iota
	colCreatedOn
	colCreatedBy
	colUpdatedOn
	colUpdatedBy
	colModCount
	sysColumns
)

func systemColumns() []Column {
	return []Column{
		{Name: "sys_id", Label: "Sys ID", Type: GUID},
		{Name: "sys_created_on", Label: "Created", Type: DateTime},
		{Name: "sys_created_by", Label: "Created by"},
		{Name: "sys_updated_on", Label: "Updated", Type: DateTime},
		{Name: "sys_updated_by", Label: "Updated by"},
		{Name: "sys_mod_count", Label: "Updates", Type: Integer, Default: "0"},
	}
}

// column is a Column in its place in a class.
type column struct {
	Column
	at       int
	target   *class   // of a reference
	declared []Choice // before anybody wrote to sys_choice
}

// class is a table with everything it inherits. A column that it shares with
// its parent has the same place in both, so that a record can be looked at as
// a record of any ancestor.
type class struct {
	name, label string
	parent      *class
	root        *class // the top of its hierarchy
	children    []*class
	depth       int
	columns     []column
	byName      map[string]int
	display     int // column that stands for a record
	number      *numbers
	className   int // column sys_class_name, or -1
	unique      []int
}

// numbers is the counter of a "number" column.
type numbers struct {
	prefix string
	start  int
	column int
}

func (c *class) column(name string) *column {
	if i, ok := c.byName[name]; ok {
		return &c.columns[i]
	}
	return nil
}

// is reports whether records of c are records of ancestor.
func (c *class) is(ancestor *class) bool {
	for ; c != nil; c = c.parent {
		if c == ancestor {
			return true
		}
	}
	return false
}

// compile makes classes of table definitions. Later definitions of a table
// change the earlier one.
func compile(tables []Table) (map[string]*class, error) {
	merged := map[string]*Table{}
	var order []string
	for i := range tables {
		t := tables[i]
		if !isName(t.Name) {
			return nil, fmt.Errorf("servicenowtest: Options.Tables[%d]: table name %q: use lower-case letters, digits and _", i, t.Name)
		}
		if merged[t.Name] == nil {
			merged[t.Name] = &Table{Name: t.Name}
			order = append(order, t.Name)
		}
		if err := merge(merged[t.Name], t); err != nil {
			return nil, err
		}
	}
	classes := map[string]*class{}
	for _, name := range order {
		if _, err := build(name, merged, classes, nil); err != nil {
			return nil, err
		}
	}
	for _, name := range order {
		if err := link(classes[name], classes); err != nil {
			return nil, err
		}
	}
	return classes, nil
}

// merge lays the definition t over an earlier one.
func merge(into *Table, t Table) error {
	into.Label = cmp.Or(t.Label, into.Label)
	into.Extends = cmp.Or(t.Extends, into.Extends)
	into.Display = cmp.Or(t.Display, into.Display)
	into.NumberPrefix = cmp.Or(t.NumberPrefix, into.NumberPrefix)
	into.NumberStart = cmp.Or(t.NumberStart, into.NumberStart)
	for _, c := range t.Columns {
		if !isName(c.Name) {
			return fmt.Errorf("servicenowtest: table %s: column name %q: use lower-case letters, digits and _", t.Name, c.Name)
		}
		if i := slices.IndexFunc(into.Columns, func(old Column) bool { return old.Name == c.Name }); i >= 0 {
			into.Columns[i] = c
		} else {
			into.Columns = append(into.Columns, c)
		}
	}
	return nil
}

// build makes the class of one table after those of its ancestors.
func build(name string, tables map[string]*Table, classes map[string]*class, path []string) (*class, error) {
	if c := classes[name]; c != nil {
		return c, nil
	}
	t := tables[name]
	if t == nil || slices.Contains(path, name) {
		return nil, fmt.Errorf("servicenowtest: table %s extends %s, which is missing or extends it in turn", path[len(path)-1], name)
	}
	c := &class{name: name, label: cmp.Or(t.Label, name), byName: map[string]int{}, display: -1, className: -1}
	c.root = c
	own := append(systemColumns(), t.Columns...)
	if t.Extends != "" {
		parent, err := build(t.Extends, tables, classes, append(path, name))
		if err != nil {
			return nil, err
		}
		c.parent, c.root, c.depth = parent, parent.root, parent.depth+1
		parent.children = append(parent.children, c)
		c.columns = slices.Clone(parent.columns)
		for i := range c.columns {
			c.byName[c.columns[i].Name] = i
		}
		c.display = parent.display
		own = t.Columns
	}
	for _, col := range own {
		col.Label = cmp.Or(col.Label, label(col.Name))
		col.Type = cmp.Or(col.Type, String)
		if i, ok := c.byName[col.Name]; ok { // a change of what was inherited
			c.columns[i] = column{Column: col, at: i, declared: col.Choices}
			continue
		}
		c.byName[col.Name] = len(c.columns)
		c.columns = append(c.columns, column{Column: col, at: len(c.columns), declared: col.Choices})
	}
	if t.Display != "" {
		at, ok := c.byName[t.Display]
		if !ok {
			return nil, fmt.Errorf("servicenowtest: table %s: no column %s to display", name, t.Display)
		}
		c.display = at
	}
	if t.NumberPrefix != "" {
		at, ok := c.byName["number"]
		if !ok {
			return nil, fmt.Errorf("servicenowtest: table %s: NumberPrefix needs a column number", name)
		}
		c.number = &numbers{prefix: t.NumberPrefix, start: max(t.NumberStart, 1), column: at}
	}
	classes[name] = c
	return c, nil
}

// link resolves what refers to other tables.
func link(c *class, classes map[string]*class) error {
	if c.display < 0 {
		c.display = colID
		for _, name := range []string{"number", "name"} {
			if at, ok := c.byName[name]; ok {
				c.display = at
				break
			}
		}
	}
	for i := range c.columns {
		col := &c.columns[i]
		switch col.Type {
		case ClassName:
			c.className = i
		case Reference:
			if col.target = classes[col.Reference]; col.target == nil {
				return fmt.Errorf("servicenowtest: table %s: column %s refers to %q, which does not exist", c.name, col.Name, col.Reference)
			}
		}
		if col.Unique {
			c.unique = append(c.unique, i)
		}
	}
	return nil
}

func isName(name string) bool {
	return name != "" && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == ""
}

func label(name string) string {
	name = strings.ReplaceAll(name, "_", " ")
	return strings.ToUpper(name[:1]) + name[1:]
}
