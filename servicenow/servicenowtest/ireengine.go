package servicenowtest

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ireEngine processes one payload: it prepares the items, identifies them, and
// writes, unless it is a dry run or an error forbids that.
type ireEngine struct {
	server  *Server
	store   *store
	rules   IRERules
	call    ireCall
	by      actor
	payload *irePayload

	works     []*ireWork
	relations []*ireRelation
	ends      map[string]*ireEnd // by internal_id
	byIndex   []*ireWork         // of the payload's items; nil for an index that is not there
}

// ireWork is one item on its way through the engine.
type ireWork struct {
	item    *ireItem
	indices []int // in the payload; none for an item that a partial payload added
	source  string
	class   *class
	rule    *IdentificationRule
	keys    []ireKey

	state     int // 0 new, 1 being identified, 2 identified
	row       *row
	id        string // the sys_id that it has or will have
	entry     string // sys_id of the identifier entry that matched
	twins     []*row // duplicates of row
	host      *ireWork
	subs      []*ireSub
	merged    []string // partial payloads that went into it
	parts     []string // partial payloads that it was stored in
	committed bool

	operation        string
	attempts         []ireAttempt
	info             []ireInfo
	errors, warnings []ireError
}

// ireSub is a lookup or related record of an item.
type ireSub struct {
	record    *ireRecord
	lookup    bool
	position  int // in the item's list
	reference string
	class     *class
	row       *row
	id        string
	operation string
}

// ireEnd is what a relation or reference can point to.
type ireEnd struct {
	work *ireWork
	sub  *ireSub // nil for the item itself
}

func (e *ireEnd) id() string {
	if e.sub != nil {
		return e.sub.id
	}
	return e.work.id
}

func (e *ireEnd) record() *ireRecord {
	if e.sub != nil {
		return e.sub.record
	}
	return &e.work.item.ireRecord
}

func (w *ireWork) additional() bool { return len(w.indices) == 0 }

func (w *ireWork) fail(code, format string, args ...any) {
	w.errors = append(w.errors, ireError{code, fmt.Sprintf(format, args...)})
}

func (w *ireWork) failed() bool { return len(w.errors) > 0 || w.operation == asPartial }

// text is the item as error messages quote it.
func (w *ireWork) text() string {
	return string(jsonOf(w.item))
}

const (
	asPartial    = "INSERT_AS_PARTIAL"
	asIncomplete = "INSERT_AS_INCOMPLETE"
)

func (e *ireEngine) run() {
	for i, item := range e.payload.Items {
		w := &ireWork{item: item, indices: []int{i}}
		e.works = append(e.works, w)
		e.byIndex = append(e.byIndex, w)
	}
	for _, w := range e.works {
		e.prepare(w)
	}
	e.findDuplicates()
	if e.call.partial {
		e.mergePartials()
	}
	for _, w := range e.works {
		e.index(w)
	}
	for i, r := range e.payload.Relations {
		if r != nil {
			r.result.Indices = []int{i}
			e.relations = append(e.relations, r)
			e.resolve(r)
		}
	}
	for _, w := range e.works {
		e.identify(w)
	}
	e.refer()
	e.settle()
	if !e.call.dry {
		e.commit()
	}
}

// index makes an item and its records known by their internal ids.
func (e *ireEngine) index(w *ireWork) {
	add := func(id string, sub *ireSub) {
		if id != "" && e.ends[id] == nil {
			e.ends[id] = &ireEnd{w, sub}
		}
	}
	add(w.item.InternalID, nil)
	for _, sub := range w.subs {
		add(sub.record.InternalID, sub)
	}
}

// prepare checks what can be said about an item by itself.
func (e *ireEngine) prepare(w *ireWork) {
	if w.item.Values == nil {
		w.item.Values = ireValues{}
	}
	w.item.Lookup = slices.DeleteFunc(w.item.Lookup, func(r *ireRecord) bool { return r == nil })
	w.item.Related = slices.DeleteFunc(w.item.Related, func(r *ireRecord) bool { return r == nil })
	w.source = e.call.source
	if info := w.item.Source; info != nil && info.Name != "" {
		w.source = info.Name
	}
	choices := e.store.classes["cmdb_ci"].column("discovery_source").Choices
	known := slices.ContainsFunc(choices, func(c Choice) bool { return c.Value == w.source })
	switch {
	case w.source == "":
		w.fail("INVALID_INPUT_DATA", "In payload no data source exist. You need to provide choice value from choice field [discovery_source] in table [cmdb_ci]")
	case !known:
		w.fail("INVALID_INPUT_DATA", "In payload invalid data source [%s] exist. You need to provide a valid choice value from field [discovery_source] in table [cmdb_ci]", w.source)
	}
	w.class = e.store.classes[w.item.Class]
	w.rule = e.ruleOf(w.class)
	if w.rule == nil {
		w.fail("IDENTIFICATION_RULE_MISSING", "Identity Rule Missing for table [%s]", w.item.Class)
		return
	}
	e.checkRule(w)
	e.addSubs(w)
	w.keys = e.keysOf(w)
	if e.rules.Fail != nil {
		if code, message := e.rules.Fail(w.item.Class, w.item.Values); code != "" {
			w.fail(code, "%s", message)
		}
	}
}

// ruleOf finds the identification rule of a class: its own, else that of the
// nearest ancestor.
func (e *ireEngine) ruleOf(c *class) *IdentificationRule {
	for ; c != nil; c = c.parent {
		for i := range e.rules.Identification {
			if e.rules.Identification[i].AppliesTo == c.name {
				return &e.rules.Identification[i]
			}
		}
	}
	return nil
}

// checkRule reports what is wrong with the rule of an item.
func (e *ireEngine) checkRule(w *ireWork) {
	for _, entry := range w.rule.Entries {
		switch {
		case w.rule.Dependent && entry.Table != "":
			w.fail("NO_LOOKUP_RULES_FOR_DEPENDENT_CI", "Cannot have Lookup Rule for a Dependent Identity Rule on '%s'", w.rule.AppliesTo)
			return
		case !w.rule.Dependent && entry.Table == "" && slices.Contains(entry.Attributes, "sys_class_name"):
			w.fail("NO_CLASS_NAME_FOR_INDEPENDENT_CI", "Cannot have 'sys_class_name' as a key field in an Independent Identity Rule on '%s'", w.rule.AppliesTo)
			return
		}
	}
}

// addSubs finds the rules for the item's lookups and related records.
func (e *ireEngine) addSubs(w *ireWork) {
	for i, record := range w.item.Lookup {
		sub := &ireSub{record: record, lookup: true, position: i, class: e.store.classes[record.Class]}
		var attributes []string
		for _, entry := range w.rule.Entries {
			if entry.Table == record.Class {
				sub.reference, attributes = entry.Reference, entry.Attributes
			}
		}
		if sub.reference == "" || sub.class == nil {
			w.fail("IDENTIFICATION_RULE_FOR_LOOKUP_MISSING", "Identity Rule for table [%s] missing Lookup Rule for class [%s]", w.rule.AppliesTo, record.Class)
			continue
		}
		e.addSub(w, sub, attributes, "DUPLICATE_LOOKUP_PAYLOAD", "Lookup")
	}
	for i, record := range w.item.Related {
		sub := &ireSub{record: record, position: i, class: e.store.classes[record.Class]}
		var attributes []string
		for _, entry := range w.rule.Related {
			if entry.Table == record.Class {
				sub.reference, attributes = entry.Reference, entry.Attributes
			}
		}
		if sub.reference == "" || sub.class == nil {
			w.fail("IDENTIFICATION_RULE_FOR_RELATED_ITEM_MISSING", "Identity Rule for table [%s] missing Related Rule for class [%s]", w.rule.AppliesTo, record.Class)
			continue
		}
		e.addSub(w, sub, attributes, "DUPLICATE_RELATED_PAYLOAD", "Related")
	}
}

func (e *ireEngine) addSub(w *ireWork, sub *ireSub, attributes []string, code, kind string) {
	if sub.record.Values == nil {
		sub.record.Values = ireValues{}
	}
	for _, other := range w.subs {
		if other.lookup == sub.lookup && other.class == sub.class && sameValues(other.record.Values, sub.record.Values, attributes) {
			w.fail(code, "Found duplicate %s items (%d and %d) in the payload index %s using fields %v", kind, other.position, sub.position, w.place(), attributes)
			return
		}
	}
	w.subs = append(w.subs, sub)
}

// place is the item's index for messages.
func (w *ireWork) place() string {
	if w.additional() {
		return "-"
	}
	return strconv.Itoa(w.indices[0])
}

func sameValues(a, b ireValues, attributes []string) bool {
	given := false
	for _, name := range attributes {
		if fold(a[name]) != fold(b[name]) {
			return false
		}
		given = given || a[name] != ""
	}
	return given
}

// ireKey is one way in which an item can be told from others.
type ireKey struct {
	text   string
	fields []string
	source bool // made of the source's own key
}

// keysOf collects the identifier keys of an item: its source's key, and the
// entries whose attributes it has.
func (e *ireEngine) keysOf(w *ireWork) []ireKey {
	var keys []ireKey
	if info := w.item.Source; info != nil && info.Name != "" && info.Key != "" {
		keys = append(keys, ireKey{"source|" + fold(info.Name) + "|" + fold(info.Key), []string{"source_name", "source_native_key"}, true})
	}
	if id := w.item.Values["sys_id"]; id != "" {
		keys = append(keys, ireKey{"sys_id|" + fold(id), []string{"sys_id"}, false})
	}
	for _, entry := range w.rule.Entries {
		for _, values := range w.criteria(entry) {
			var text strings.Builder
			text.WriteString("entry|" + w.rule.AppliesTo + "|" + entry.Table)
			for _, name := range entry.Attributes {
				text.WriteString("|" + name + "=" + fold(values[name]))
			}
			keys = append(keys, ireKey{text.String(), entry.Attributes, false})
		}
	}
	return keys
}

// criteria are the values that an entry can be tried with: the item's own, or
// those of each of its lookups. None means that the entry is skipped.
func (w *ireWork) criteria(entry IdentifierEntry) []ireValues {
	complete := func(values ireValues) bool {
		given := 0
		for _, name := range entry.Attributes {
			if values[name] != "" {
				given++
			}
		}
		return given == len(entry.Attributes) || entry.AllowNull && given > 0
	}
	var all []ireValues
	if entry.Table == "" {
		if complete(w.item.Values) {
			all = append(all, w.item.Values)
		}
		return all
	}
	for _, sub := range w.subs {
		if sub.lookup && sub.record.Class == entry.Table && complete(sub.record.Values) {
			all = append(all, sub.record.Values)
		}
	}
	return all
}

// findDuplicates compares the items of the payload by every identifier, as the
// documentation says. They are merged or refused. Those of dependent classes
// are not compared: the same values may be on another host.
func (e *ireEngine) findDuplicates() {
	seen := map[string]*ireWork{}
	var kept []*ireWork
	for _, w := range e.works {
		var twin *ireWork
		var fields []string
		for _, key := range w.keys {
			if w.rule.Dependent && !key.source {
				continue
			}
			if other := seen[key.text]; other != nil {
				twin, fields = other, key.fields
				break
			}
		}
		switch {
		case twin == nil:
			kept = append(kept, w)
		case e.call.dedupe && len(twin.errors) == 0 && len(w.errors) == 0:
			e.join(twin, w)
			twin.keys = e.keysOf(twin)
			w = twin
		default:
			for _, one := range []*ireWork{twin, w} {
				one.fail("DUPLICATE_PAYLOAD_RECORDS", "Found duplicate items in the payload (index %s and %s), using className [%s] and fields [%v]. Remove duplicate items from payload", twin.place(), w.place(), w.item.Class, fields)
			}
			kept = append(kept, w)
		}
		for _, key := range w.keys {
			seen[key.text] = w
		}
	}
	e.works = kept
}

// join makes one item of two: the later one fills in and overrides.
func (e *ireEngine) join(w, twin *ireWork) {
	maps.Copy(w.item.Values, twin.item.Values)
	w.indices = append(w.indices, twin.indices...)
	for _, i := range twin.indices {
		e.byIndex[i] = w
	}
	if twin.class != w.class && twin.class.is(w.class) {
		w.class, w.item.Class = twin.class, twin.item.Class
	}
	if w.item.Source == nil {
		w.item.Source = twin.item.Source
	}
	w.subs = append(w.subs, twin.subs...)
	if id := twin.item.InternalID; id != "" {
		e.ends[id] = &ireEnd{work: w}
	}
}

// stamp is the present in the platform's form.
func (e *ireEngine) stamp() string { return wireTime(e.by.now) }

// later reports whether a time in the platform's form is after another; what
// cannot be read is the earliest.
func later(a, b string) bool {
	ta, _ := time.Parse(timeLayout, a)
	tb, _ := time.Parse(timeLayout, b)
	return ta.After(tb)
}
