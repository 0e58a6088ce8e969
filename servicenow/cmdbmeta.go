package servicenow

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
)

// ClassMeta describes a class of CIs (CMDB Meta API).
type ClassMeta struct {
	Name, Label string
	Parent      string   // the class that it extends
	Children    []string // the classes that extend it directly
	Extendable  bool
	Icon        string // sys_id
	IconURL     string
	Attributes  []ClassAttribute
	// Relations are the relations that the class is meant for, in both
	// directions.
	Relations []ClassRelation
	// Rule is the identification rule that applies; its Name is empty when
	// there is none.
	Rule IdentificationRule
}

// Attribute finds an attribute by its column name.
func (m *ClassMeta) Attribute(name string) (ClassAttribute, bool) {
	for _, a := range m.Attributes {
		if a.Name == name {
			return a, true
		}
	}
	return ClassAttribute{}, false
}

// ClassAttribute is a column of a class.
type ClassAttribute struct {
	Name, Label string
	Type        string // the dictionary type, such as "reference" or "glide_date"
	MaxLength   int    // 0 when the answer does not tell
	Default     string
	Mandatory   bool
	ReadOnly    bool
	Inherited   bool
	Display     bool
}

// ClassRelation is a relation between two classes that a rule suggests.
type ClassRelation struct {
	Parent, Child string
	// Type is the sys_id of a cmdb_rel_type.
	Type string
}

// IdentificationRule is how CIs of a class are identified.
type IdentificationRule struct {
	Name, Description string
	// AppliesTo is the class that the rule belongs to; CIs are searched in it.
	AppliesTo string
	// Independent CIs are identified by themselves, others within their host.
	Independent bool
	Active      bool
	// Entries are tried from the lowest Order on.
	Entries []IdentifierEntry
	// Related are the tables of the related records of a payload.
	Related []IdentifierEntry
}

// IdentifierEntry is one way in which a CI, or a related record, is searched.
type IdentifierEntry struct {
	Order      int
	Attributes []string
	// Table is the lookup table, and Reference its column that points to the
	// CI; both are empty for attributes of the CI itself.
	Table, Reference string
	// Condition is an encoded query that the record must satisfy too.
	Condition string
	// AllowNull: some of the attributes may be missing. AllowFallback: the
	// parent's rule may be tried. ExactCount: the lookups must be as many as
	// the records.
	AllowNull, AllowFallback, ExactCount bool
	Active                               bool
}

// Meta describes a class: its attributes, the classes around it, and how its
// CIs are identified. A class that does not exist is ErrNotFound.
func (s *CMDBService) Meta(ctx context.Context, class string, opts ...CallOption) (ClassMeta, error) {
	call, err := s.call("CMDB.Meta", http.MethodGet, "meta", class)
	if err != nil {
		return ClassMeta{}, err
	}
	wire, err := cmdbResult[wireMeta](ctx, s, call, opts)
	if err != nil {
		return ClassMeta{}, err
	}
	return wire.meta(), nil
}

// metaFlag and metaNumber take what releases write differently:
// strings, numbers, booleans, null.
type (
	metaFlag   bool
	metaNumber int
)

// UnmarshalJSON reads every form of a boolean.
func (f *metaFlag) UnmarshalJSON(data []byte) error {
	var text scalar
	if err := json.Unmarshal(data, &text); err != nil {
		return err
	}
	*f = metaFlag(Value{Value: string(text)}.Bool())
	return nil
}

// UnmarshalJSON reads every form of a number, what is none as 0.
func (n *metaNumber) UnmarshalJSON(data []byte) error {
	var text scalar
	if err := json.Unmarshal(data, &text); err != nil {
		return err
	}
	number, err := Value{Value: string(text)}.Int()
	if err != nil {
		number = 0 // a length that is no number says nothing
	}
	*n = metaNumber(number)
	return nil
}

type wireMeta struct {
	Name       scalar   `json:"name"`
	Label      scalar   `json:"label"`
	Parent     scalar   `json:"parent"`
	Children   []string `json:"children"`
	Extendable metaFlag `json:"is_extendable"`
	Icon       scalar   `json:"icon"`
	IconURL    scalar   `json:"icon_url"`
	Attributes []struct {
		Element   scalar     `json:"element"`
		Label     scalar     `json:"label"`
		Type      scalar     `json:"type"`
		MaxLength metaNumber `json:"max_length"`
		Default   scalar     `json:"default_value"`
		Mandatory metaFlag   `json:"is_mandatory"`
		ReadOnly  metaFlag   `json:"is_read_only"`
		Inherited metaFlag   `json:"is_inherited"`
		Display   metaFlag   `json:"is_display"`
	} `json:"attributes"`
	Relations []struct {
		Parent scalar `json:"parent"`
		Type   scalar `json:"relation_type"`
		Child  scalar `json:"child"`
	} `json:"relationship_rules"`
	Rule struct {
		Name        scalar      `json:"name"`
		Description scalar      `json:"description"`
		AppliesTo   scalar      `json:"applies_to"`
		Independent metaFlag    `json:"is_independent"`
		Active      metaFlag    `json:"active"`
		Entries     []wireEntry `json:"identifiers"`
		Related     []wireEntry `json:"related_rules"`
	} `json:"identification_rules"`
}

type wireEntry struct {
	Order      metaNumber `json:"order"`
	Attributes scalar     `json:"attributes"`
	Table      scalar     `json:"table"`
	Reference  scalar     `json:"referenced_field"`
	Condition  scalar     `json:"condition"`
	AllowNull  metaFlag   `json:"allow_null_attribute"`
	Fallback   metaFlag   `json:"allow_fallback"`
	Exact      metaFlag   `json:"exact_count_match"`
	Active     metaFlag   `json:"active"`
}

func (w *wireMeta) meta() ClassMeta {
	m := ClassMeta{
		Name: string(w.Name), Label: string(w.Label), Parent: string(w.Parent), Children: w.Children,
		Extendable: bool(w.Extendable), Icon: string(w.Icon), IconURL: string(w.IconURL),
		Rule: IdentificationRule{
			Name: string(w.Rule.Name), Description: string(w.Rule.Description), AppliesTo: string(w.Rule.AppliesTo),
			Independent: bool(w.Rule.Independent), Active: bool(w.Rule.Active),
			Entries: entries(w.Rule.Entries), Related: entries(w.Rule.Related),
		},
	}
	for _, a := range w.Attributes {
		m.Attributes = append(m.Attributes, ClassAttribute{
			Name: string(a.Element), Label: string(a.Label), Type: string(a.Type), MaxLength: int(a.MaxLength), Default: string(a.Default),
			Mandatory: bool(a.Mandatory), ReadOnly: bool(a.ReadOnly), Inherited: bool(a.Inherited), Display: bool(a.Display),
		})
	}
	for _, r := range w.Relations {
		m.Relations = append(m.Relations, ClassRelation{Parent: string(r.Parent), Child: string(r.Child), Type: string(r.Type)})
	}
	return m
}

func entries(wire []wireEntry) []IdentifierEntry {
	list := make([]IdentifierEntry, 0, len(wire))
	for _, e := range wire {
		one := IdentifierEntry{
			Order: int(e.Order), Table: string(e.Table), Reference: string(e.Reference), Condition: string(e.Condition),
			AllowNull: bool(e.AllowNull), AllowFallback: bool(e.Fallback), ExactCount: bool(e.Exact), Active: bool(e.Active),
		}
		for name := range strings.SplitSeq(string(e.Attributes), ",") {
			if name = strings.TrimSpace(name); name != "" {
				one.Attributes = append(one.Attributes, name)
			}
		}
		list = append(list, one)
	}
	return list
}
