package servicenow

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// ireDraft is a payload that was checked: the encoded items, and what ties them
// together.
type ireDraft struct {
	items      []json.RawMessage
	relations  []ireTie
	references []ireTie
}

// ireTie is a relation or reference on the wire and the items that it is about.
type ireTie struct {
	a, b  int
	wire  any
	index int // in the caller's slice
}

type wireIRERecord struct {
	Class  string            `json:"className"`
	ID     string            `json:"internal_id,omitempty"`
	Values map[string]string `json:"values"`
	Source *wireIRESource    `json:"sys_object_source_info,omitempty"`
}

type wireIREItem struct {
	wireIRERecord
	Lookups  []wireIRERecord  `json:"lookup,omitempty"`
	Related  []wireIRERecord  `json:"related,omitempty"`
	Settings *wireIRESettings `json:"settings,omitempty"`
}

type wireIRESource struct {
	Name string `json:"source_name"`
	Feed string `json:"source_feed,omitempty"`
	Key  string `json:"source_native_key"`
	Seen string `json:"source_recency_timestamp,omitempty"`
}

type wireIRESettings struct {
	NoUpgrade   bool `json:"updateWithoutUpgrade,omitempty"`
	NoDowngrade bool `json:"updateWithoutDowngrade,omitempty"`
	NoSwitch    bool `json:"updateWithoutSwitch,omitempty"`
	SkipRules   bool `json:"skipReclassificationRestrictionRules,omitempty"`
}

type wireIREReference struct {
	To    string `json:"referenced"`
	By    string `json:"referencedBy"`
	Field string `json:"referenceField"`
}

// wireIRERelation has its members set when a chunk is built: indexes depend on
// it.
type wireIRERelation struct {
	Parent   *int   `json:"parent,omitempty"`
	Child    *int   `json:"child,omitempty"`
	ParentID string `json:"parent_id,omitempty"`
	ChildID  string `json:"child_id,omitempty"`
	Type     string `json:"type"`
	Source   any    `json:"sys_rel_source_info,omitempty"`
}

// ireChecker looks at a payload before anything is sent.
type ireChecker struct {
	source string
	ids    map[string]int // internal ids, with the index of their item
	keys   map[string]int // what tells an item from others
}

func (p *IREPayload) draft(source string) (*ireDraft, error) {
	switch {
	case p == nil || len(p.Items) == 0:
		return nil, errors.New("the payload has no items: add at least one")
	case strings.TrimSpace(source) == "":
		return nil, errors.New("field DataSource of IREOptions is empty: name a choice of cmdb_ci.discovery_source; without one the instance only logs the payload as incomplete")
	}
	c := &ireChecker{source: source, ids: map[string]int{}, keys: map[string]int{}}
	d := &ireDraft{items: make([]json.RawMessage, len(p.Items))}
	for i := range p.Items {
		wire, err := c.item(i, &p.Items[i])
		if err == nil {
			d.items[i], err = json.Marshal(wire)
		}
		if err != nil {
			return nil, fmt.Errorf("item %d: %w", i, err)
		}
	}
	for i := range p.Relations {
		tie, err := c.relation(len(p.Items), p.Relations[i])
		if err != nil {
			return nil, fmt.Errorf("relation %d: %w", i, err)
		}
		tie.index = i
		d.relations = append(d.relations, tie)
	}
	for i, ref := range p.References {
		by, known := c.ids[ref.By]
		to, also := c.ids[ref.To]
		switch {
		case !known, !also:
			return nil, fmt.Errorf("reference %d: no record of the payload has the ID %q: set the ID of both records", i, missing(known, ref.To, ref.By))
		case ref.By == ref.To:
			return nil, fmt.Errorf("reference %d: %q refers to itself", i, ref.By)
		}
		if err := checkAttribute(ref.Field); err != nil {
			return nil, fmt.Errorf("reference %d: field %q: %w", i, ref.Field, err)
		}
		d.references = append(d.references, ireTie{a: by, b: to, wire: wireIREReference{To: ref.To, By: ref.By, Field: ref.Field}, index: i})
	}
	return d, nil
}

func missing(known bool, then, otherwise string) string {
	if known {
		return then
	}
	return otherwise
}

func (c *ireChecker) item(i int, item *IREItem) (wireIREItem, error) {
	var wire wireIREItem
	var err error
	if wire.wireIRERecord, err = c.record(i, item.Class, item.ID, item.Values, item.Source); err != nil {
		return wire, err
	}
	if len(wire.Values) == 0 && len(item.Lookups) == 0 && wire.Source == nil {
		return wire, errors.New("no values, no lookups and no Source: nothing identifies it")
	}
	keys := []string{}
	if wire.Source != nil {
		keys = append(keys, "key\x00"+wire.Source.Name+"\x00"+wire.Source.Key)
	}
	if id := wire.Values[sysID]; id != "" {
		keys = append(keys, "id\x00"+strings.ToLower(id))
	}
	for _, key := range keys {
		if other, taken := c.keys[key]; taken {
			return wire, fmt.Errorf("it is the same as item %d by its source key or sys_id: send each CI once", other)
		}
		c.keys[key] = i
	}
	if wire.Lookups, err = c.subRecords(i, "lookup", item.Lookups); err != nil {
		return wire, err
	}
	if wire.Related, err = c.subRecords(i, "related record", item.Related); err != nil {
		return wire, err
	}
	if len(keys) == 0 {
		key := "values\x00" + item.Class + printed(wire.Values) + printed(wire.Lookups)
		if other, taken := c.keys[key]; taken {
			return wire, fmt.Errorf("it has the same values as item %d: send each CI once", other)
		}
		c.keys[key] = i
	}
	s := wireIRESettings{NoUpgrade: item.KeepClass.Upgrade, NoDowngrade: item.KeepClass.Downgrade, NoSwitch: item.KeepClass.Switch, SkipRules: item.SkipReclassificationRules}
	if s != (wireIRESettings{}) {
		wire.Settings = &s
	}
	return wire, nil
}

// printed makes values comparable.
func printed(values any) string {
	text, err := json.Marshal(values)
	if err != nil {
		return "" // never: it is made of strings
	}
	return string(text)
}

func (c *ireChecker) subRecords(i int, what string, records []IRERecord) ([]wireIRERecord, error) {
	wire := make([]wireIRERecord, len(records))
	seen := map[string]int{}
	for n := range records {
		r := &records[n]
		var err error
		if wire[n], err = c.record(i, r.Class, r.ID, r.Values, r.Source); err != nil {
			return nil, fmt.Errorf("%s %d: %w", what, n, err)
		}
		if len(wire[n].Values) == 0 {
			return nil, fmt.Errorf("%s %d: it has no values", what, n)
		}
		twin := r.Class + printed(wire[n].Values)
		if other, taken := seen[twin]; taken {
			return nil, fmt.Errorf("%s %d: it is the same as %s %d", what, n, what, other)
		}
		seen[twin] = n
	}
	if len(wire) == 0 {
		return nil, nil
	}
	return wire, nil
}

func (c *ireChecker) record(i int, class, id string, values any, source IRESource) (wireIRERecord, error) {
	wire := wireIRERecord{Class: class, ID: id, Values: map[string]string{}}
	if err := checkTable(class); err != nil {
		return wire, fmt.Errorf("class %q: %w", class, err)
	}
	if id != "" {
		if _, taken := c.ids[id]; taken {
			return wire, fmt.Errorf("the ID %q is taken: IDs are unique in a payload", id)
		}
		c.ids[id] = i
	}
	if values != nil {
		var err error
		if wire.Values, err = attributes(values); err != nil {
			return wire, err
		}
	}
	switch {
	case source.Key != "":
		wire.Source = &wireIRESource{Name: source.Name, Feed: source.Feed, Key: source.Key}
		if source.Name == "" {
			wire.Source.Name = c.source
		}
		if !source.Seen.IsZero() {
			wire.Source.Seen = source.Seen.UTC().Format(dateTimeLayout)
		}
	case source != IRESource{}:
		return wire, errors.New("its Source has no Key: set the source's own key")
	}
	return wire, nil
}

// attributes encodes values as the strings that these APIs take.
func attributes(values any) (map[string]string, error) {
	if v := reflect.ValueOf(values); v.Kind() == reflect.Map && v.Type().Key().Kind() == reflect.String && !v.IsNil() {
		return attributesOf(v)
	}
	b, err := encodeBody(values)
	if err != nil {
		return nil, err
	}
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(b.data, &raw); err != nil {
		return nil, err
	}
	texts := make(map[string]string, len(raw))
	for name, data := range raw {
		if err := checkAttribute(name); err != nil {
			return nil, fmt.Errorf("attribute %q: %w", name, err)
		}
		var text scalar
		if err := json.Unmarshal(data, &text); err != nil {
			return nil, fmt.Errorf("attribute %q: %w", name, err)
		}
		texts[name] = string(text)
	}
	return texts, nil
}

// attributesOf is the short way for maps.
func attributesOf(v reflect.Value) (map[string]string, error) {
	texts := make(map[string]string, v.Len())
	for it := v.MapRange(); it.Next(); {
		name := it.Key().String()
		if err := checkAttribute(name); err != nil {
			return nil, fmt.Errorf("attribute %q: %w", name, err)
		}
		value := it.Value().Interface()
		text, err := textOf(value)
		if errors.Is(err, errNoText) {
			var data []byte
			if data, err = json.Marshal(value); err == nil {
				err = json.Unmarshal(data, (*scalar)(&text))
			}
		}
		if err != nil {
			return nil, fmt.Errorf("attribute %q: %w", name, err)
		}
		if name != sysID || text != "" { // an empty sys_id was read into before, and is no choice
			texts[name] = text
		}
	}
	return texts, nil
}

// checkAttribute refuses what can be no attribute of a CI.
func checkAttribute(name string) error {
	if err := checkColumn(name); err != nil {
		return err
	}
	switch {
	case strings.Contains(name, "."):
		return errors.New("attributes of other records cannot be written")
	case strings.HasPrefix(name, "sys_") && name != sysID:
		return errors.New("the platform keeps sys_ columns itself: leave it out")
	}
	return nil
}

// relation checks a relation and finds the items that it ties together. Its
// indexes are set when it is sent.
func (c *ireChecker) relation(items int, r IRERelation) (ireTie, error) {
	tie := ireTie{a: r.Parent, b: r.Child}
	wire := wireIRERelation{ParentID: r.ParentID, ChildID: r.ChildID, Type: r.Type}
	if r.ParentID != "" || r.ChildID != "" {
		var known, also bool
		tie.a, known = c.ids[r.ParentID]
		tie.b, also = c.ids[r.ChildID]
		if !known || !also {
			return tie, fmt.Errorf("no record of the payload has the ID %q: set both ParentID and ChildID to IDs of the payload", missing(known, r.ChildID, r.ParentID))
		}
		if r.ParentID == r.ChildID {
			return tie, fmt.Errorf("%q is both parent and child", r.ParentID)
		}
	} else {
		for _, index := range []int{r.Parent, r.Child} {
			if index < 0 || index >= items {
				return tie, fmt.Errorf("there is no item %d: the payload has %d", index, items)
			}
		}
		if r.Parent == r.Child {
			return tie, fmt.Errorf("item %d is both parent and child", r.Parent)
		}
	}
	if parent, child, ok := strings.Cut(r.Type, "::"); !ok || strings.TrimSpace(parent) == "" || strings.TrimSpace(child) == "" {
		return tie, fmt.Errorf("type %q is not of the form \"Runs on::Runs\"", r.Type)
	}
	if r.Feed != "" {
		wire.Source = map[string]string{"source_name": c.source, "source_feed": r.Feed}
	}
	key := fmt.Sprintf("relation\x00%d\x00%d\x00%s\x00%s\x00%s", r.Parent, r.Child, r.ParentID, r.ChildID, r.Type)
	if _, taken := c.keys[key]; taken {
		return tie, errors.New("it is in the payload twice")
	}
	c.keys[key] = 0
	tie.wire = wire
	return tie, nil
}
