package servicenowtest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

type metaAttribute struct {
	Inherited string  `json:"is_inherited"`
	Mandatory string  `json:"is_mandatory"`
	ReadOnly  string  `json:"is_read_only"`
	Default   *string `json:"default_value"`
	Label     string  `json:"label"`
	Type      string  `json:"type"`
	Element   string  `json:"element"`
	MaxLength string  `json:"max_length"`
	Display   string  `json:"is_display"`
}

type metaEntry struct {
	Condition  *string `json:"condition"`
	ExactCount bool    `json:"exact_count_match"`
	Reference  *string `json:"referenced_field"`
	Active     bool    `json:"active"`
	Attributes string  `json:"attributes"`
	Fallback   bool    `json:"allow_fallback"`
	Table      *string `json:"table"`
	Order      int     `json:"order"`
	AllowNull  bool    `json:"allow_null_attribute"`
}

type metaRule struct {
	Related     []metaEntry `json:"related_rules"`
	AppliesTo   string      `json:"applies_to"`
	Identifiers []metaEntry `json:"identifiers"`
	Name        string      `json:"name"`
	Description string      `json:"description"`
	Active      bool        `json:"active"`
	Independent bool        `json:"is_independent"`
}

type metaRelation struct {
	Parent string `json:"parent"`
	Type   string `json:"relation_type"`
	Child  string `json:"child"`
}

type metaClass struct {
	IconURL    string          `json:"icon_url"`
	Extendable bool            `json:"is_extendable"`
	Parent     string          `json:"parent"`
	Children   []string        `json:"children"`
	Name       string          `json:"name"`
	Icon       string          `json:"icon"`
	Attributes []metaAttribute `json:"attributes"`
	Relations  []metaRelation  `json:"relationship_rules"`
	Label      string          `json:"label"`
	Rule       any             `json:"identification_rules"`
}

// meta describes a class in the shape of the documented sample. Flags of
// attributes are strings, those of rules are booleans. A class without a rule
// has an empty object, which is not documented.
func (s *Server) meta(c *class) *answer {
	s.store.mu.RLock()
	defer s.store.mu.RUnlock()
	rules := s.IRERules()
	m := metaClass{
		IconURL: "images/app.ngbsm/" + strings.TrimPrefix(c.name, "cmdb_ci_") + ".svg", Extendable: true, Children: []string{},
		Name: c.name, Label: c.label, Icon: "", Attributes: []metaAttribute{}, Relations: []metaRelation{}, Rule: struct{}{},
	}
	if c.parent != nil {
		m.Parent = c.parent.name
	}
	for _, child := range c.children {
		m.Children = append(m.Children, child.name)
	}
	slices.Sort(m.Children)
	for i := range c.columns {
		m.Attributes = append(m.Attributes, metaOf(c, &c.columns[i]))
	}
	for _, h := range rules.Hosting {
		one := metaRelation{h.Dependent, s.typeID(h.Type), h.Host}
		if h.HostIsParent {
			one.Parent, one.Child = h.Host, h.Dependent
		}
		if one.Parent == c.name || one.Child == c.name {
			m.Relations = append(m.Relations, one)
		}
	}
	e := &ireEngine{rules: rules}
	if rule := e.ruleOf(c); rule != nil {
		m.Rule = ruleMeta(rule)
	}
	body, err := json.Marshal(struct {
		Result metaClass `json:"result"`
	}{m})
	if err != nil {
		return failed(&apiError{http.StatusInternalServerError, "Internal server error", err.Error()})
	}
	return &answer{status: http.StatusOK, header: http.Header{}, body: body}
}

func metaOf(c *class, col *column) metaAttribute {
	inherited := c.parent != nil && c.parent.column(col.Name) != nil
	a := metaAttribute{
		Inherited: strconv.FormatBool(inherited), Mandatory: strconv.FormatBool(col.Mandatory), ReadOnly: strconv.FormatBool(col.ReadOnly),
		Label: col.Label, Type: string(col.Type), Element: col.Name, MaxLength: "40", Display: strconv.FormatBool(col.at == c.display),
	}
	if col.MaxLength > 0 {
		a.MaxLength = strconv.Itoa(col.MaxLength)
	}
	if col.Default != "" {
		a.Default = &col.Default
	}
	return a
}

func ruleMeta(rule *IdentificationRule) metaRule {
	m := metaRule{AppliesTo: rule.AppliesTo, Name: rule.Name, Active: true, Independent: !rule.Dependent, Related: []metaEntry{}, Identifiers: []metaEntry{}}
	optional := func(text string) *string {
		if text == "" {
			return nil
		}
		return &text
	}
	for _, e := range rule.Entries {
		m.Identifiers = append(m.Identifiers, metaEntry{
			Condition: optional(e.Condition), ExactCount: e.Table != "", Reference: optional(e.Reference), Active: true,
			Attributes: strings.Join(e.Attributes, ","), Table: optional(e.Table), Order: e.Order, AllowNull: e.AllowNull,
		})
	}
	for i, e := range rule.Related {
		m.Related = append(m.Related, metaEntry{
			Condition: new(string), Reference: optional(e.Reference), Active: true,
			Attributes: strings.Join(e.Attributes, ","), Table: optional(e.Table), Order: 100 * (i + 1),
		})
	}
	return m
}

// typeID finds a relation type by its name.
func (s *Server) typeID(name string) string {
	c := s.store.classes["cmdb_rel_type"]
	for r := range s.store.equal(c, c.column("name").at, name) {
		return r.get(colID)
	}
	return ""
}
