package servicenowtest

import (
	"cmp"
	"slices"
	"strconv"
)

// The tables that describe the others.
const (
	sysDBObject   = "sys_db_object"
	sysDictionary = "sys_dictionary"
	sysChoice     = "sys_choice"
)

// schemaTables are the tables in which clients read the schema. Types and
// referenced tables are plain strings here, where the platform makes references
// of them that go by name.
func schemaTables() []Table {
	return []Table{
		{Name: sysDBObject, Label: "Table", Display: "label", Columns: []Column{
			{Name: "name", MaxLength: 80},
			{Name: "label", MaxLength: 80},
			{Name: "super_class", Label: "Extends table", Type: Reference, Reference: sysDBObject},
			{Name: "is_extendable", Label: "Extensible", Type: Boolean, Default: "true"},
		}},
		{Name: sysDictionary, Label: "Dictionary Entry", Display: "column_label", Columns: []Column{
			{Name: "name", Label: "Table", MaxLength: 80},
			{Name: "element", Label: "Column name", MaxLength: 80},
			{Name: "column_label", MaxLength: 80},
			{Name: "internal_type", Label: "Type", MaxLength: 80},
			{Name: "reference", MaxLength: 80},
			{Name: "max_length", Type: Integer},
			{Name: "default_value"},
			{Name: "mandatory", Type: Boolean, Default: "false"},
			{Name: "read_only", Type: Boolean, Default: "false"},
			{Name: "unique", Type: Boolean, Default: "false"},
			{Name: "display", Type: Boolean, Default: "false"},
			{Name: "choice", Type: Integer, Default: "0"},
			{Name: "active", Type: Boolean, Default: "true"},
		}},
		{Name: sysChoice, Label: "Choice", Display: "label", Columns: []Column{
			{Name: "name", Label: "Table", MaxLength: 80},
			{Name: "element", MaxLength: 80},
			{Name: "value", MaxLength: 100},
			{Name: "label", MaxLength: 100},
			{Name: "sequence", Type: Integer},
			{Name: "language", MaxLength: 3, Default: "en"},
			{Name: "inactive", Type: Boolean, Default: "false"},
		}},
	}
}

// describe fills the tables of the schema when one of them is first asked for:
// they have more records than anything else, and few tests look at them. The
// sys_ids are the same in every instance.
func (s *Server) describe(c *class) {
	if c.name != sysDBObject && c.name != sysDictionary && c.name != sysChoice {
		return
	}
	s.store.mu.RLock()
	done := s.store.described
	s.store.mu.RUnlock()
	if done {
		return
	}
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	if s.store.described { // meanwhile
		return
	}
	by := actor{name: "system", now: s.born}
	for _, of := range s.store.classes {
		s.store.describeClass(of, by)
	}
	s.store.described = true
}

func (s *store) describeClass(c *class, by actor) {
	object := Row{"sys_id": fixedID(sysDBObject + "/" + c.name), "name": c.name, "label": c.label}
	if c.parent != nil {
		object["super_class"] = fixedID(sysDBObject + "/" + c.parent.name)
	}
	s.note(sysDBObject, object, by)
	s.note(sysDictionary, Row{
		"sys_id": fixedID(sysDictionary + "/" + c.name), "name": c.name, "column_label": c.label, "internal_type": "collection",
	}, by)
	for i := range c.columns {
		col := &c.columns[i]
		inherited := c.parent != nil && i < len(c.parent.columns)
		if !inherited {
			s.note(sysDictionary, Row{
				"sys_id": fixedID(sysDictionary + "/" + c.name + "." + col.Name), "name": c.name, "element": col.Name, "column_label": col.Label,
				"internal_type": string(col.Type), "reference": col.Reference, "max_length": strconv.Itoa(cmp.Or(col.MaxLength, 40)),
				"default_value": col.Default, "mandatory": strconv.FormatBool(col.Mandatory), "read_only": strconv.FormatBool(col.ReadOnly),
				"unique": strconv.FormatBool(col.Unique), "display": strconv.FormatBool(i == c.display), "choice": strconv.Itoa(min(len(col.Choices), 1)),
			}, by)
		}
		if inherited && slices.Equal(col.Choices, c.parent.columns[i].Choices) {
			continue
		}
		for at, choice := range col.Choices {
			s.note(sysChoice, Row{
				"sys_id": fixedID(sysChoice + "/" + c.name + "." + col.Name + "=" + choice.Value), "name": c.name, "element": col.Name,
				"value": choice.Value, "label": choice.Label, "sequence": strconv.Itoa(at),
			}, by)
		}
	}
}

// note inserts a record that the instance keeps about itself.
func (s *store) note(table string, values Row, by actor) {
	c := s.classes[table]
	var settings []setting
	for i := range c.columns {
		if value := values[c.columns[i].Name]; value != "" {
			settings = append(settings, setting{i, normalise(&c.columns[i], value)})
		}
	}
	_, _ = s.insert(c, settings, by) // has a sys_id of its own and nothing unique
}

// readChoices makes the choice lists what sys_choice says. Changes there act at
// once: a table's own choices replace those of its parent, and one without any
// has its parent's. The caller holds the lock.
func (s *store) readChoices() {
	type list struct{ table, element string }
	type entry struct {
		Choice
		sequence int
	}
	lists := map[list][]entry{}
	if s.described {
		c := s.classes[sysChoice]
		at := func(name string) int { return c.column(name).at }
		for r := range s.rows[c].from("") {
			if truth(r.get(at("inactive"))) || r.get(at("language")) != "en" {
				continue
			}
			key := list{r.get(at("name")), r.get(at("element"))}
			sequence, _ := strconv.Atoi(r.get(at("sequence")))
			lists[key] = append(lists[key], entry{Choice{r.get(at("value")), r.get(at("label"))}, sequence})
		}
	}
	var read func(c *class)
	read = func(c *class) {
		for i := range c.columns {
			col := &c.columns[i]
			switch found := lists[list{c.name, col.Name}]; {
			case !s.described:
				col.Choices = col.declared
			case found != nil:
				slices.SortStableFunc(found, func(a, b entry) int { return cmp.Compare(a.sequence, b.sequence) })
				col.Choices = make([]Choice, len(found))
				for j, one := range found {
					col.Choices[j] = one.Choice
				}
			case c.parent != nil && i < len(c.parent.columns):
				col.Choices = c.parent.columns[i].Choices
			default:
				col.Choices = nil
			}
		}
		for _, child := range c.children {
			read(child)
		}
	}
	for _, c := range s.classes {
		if c.parent == nil {
			read(c)
		}
	}
}

// choicesOf is a column's choice list, for callers that do not hold the lock.
func (s *store) choicesOf(col *column) []Choice {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return col.Choices
}
