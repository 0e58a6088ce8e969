package servicenowtest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// identify finds the CI that an item means, or decides that it is a new one.
func (e *ireEngine) identify(w *ireWork) {
	switch w.state {
	case 2:
		return
	case 1:
		w.fail("QUALIFICATION_LOOP", "Qualification chain has loop that contains relation '%s'", w.item.Class)
		return
	}
	w.state = 1
	defer func() { w.state = 2 }()
	if len(w.errors) > 0 || !e.fillReferences(w) {
		return
	}
	if w.rule.Dependent && !e.findHost(w) {
		return
	}
	if id := w.item.Values["sys_id"]; id != "" {
		w.row = e.store.find(w.class.root, id)
		if w.row == nil || e.duplicate(w.row) {
			w.row = nil
			w.fail("INVALID_INPUT_DATA", "Found invalid sys_id in payload. No record with sys_id [%s] exist in table [%s] or is a duplicate record with [duplicate_of] field set to a main CI", id, w.item.Class)
			return
		}
	} else if !e.match(w) {
		return
	}
	e.decide(w)
}

// fillReferences puts the sys_ids of other items into the values, before the
// rules are applied.
func (e *ireEngine) fillReferences(w *ireWork) bool {
	for _, ref := range e.payload.References {
		by, to := e.ends[ref.ReferencedBy], e.ends[ref.Referenced]
		if by == nil || by.work != w || by.sub != nil {
			continue
		}
		if to == nil || w.class.column(ref.Field) == nil {
			w.fail("INVALID_INPUT_DATA", "Payload referenceItems has invalid reference [%s] from [%s] to [%s]", ref.Field, ref.ReferencedBy, ref.Referenced)
			return false
		}
		if to.work == w || to.work.state == 1 {
			continue // its own record, or one that waits for this: filled in later
		}
		if e.identify(to.work); to.work.failed() {
			w.fail("ABANDONED", "Abandoning processing payload item '%s', since its depends on payload item '%s' has errors", w.text(), to.work.text())
			return false
		}
		w.item.Values[ref.Field] = to.id()
	}
	return true
}

// findHost finds the item that a dependent one is identified within.
func (e *ireEngine) findHost(w *ireWork) bool {
	var rules []string
	var hosts []*ireWork
	for _, h := range e.rules.Hosting {
		if d := e.store.classes[h.Dependent]; !w.class.is(d) {
			continue
		}
		rules = append(rules, h.Dependent+" "+h.Type+" "+h.Host)
		for _, r := range e.relations {
			dependent, host := r.child, r.parent
			if !h.HostIsParent {
				dependent, host = r.parent, r.child
			}
			if r.Type == h.Type && dependent != nil && host != nil && dependent.work == w && dependent.sub == nil && host.sub == nil &&
				host.work.class != nil && host.work.class.is(e.store.classes[h.Host]) {
				hosts = append(hosts, host.work)
			}
		}
	}
	switch {
	case len(rules) == 0:
		w.fail("METADATA_RULE_MISSING", "No containment or hosting rules defined for dependent class [%s]. Add containment/hosting rules for '%s'", w.item.Class, w.item.Class)
	case len(hosts) == 0:
		w.fail("MISSING_DEPENDENCY", "In payload no relations defined for dependent class [%s] that matches any containment/hosting rules: [%s]. Add appropriate relations in payload for '%s'", w.item.Class, strings.Join(rules, ", "), w.text())
	case len(hosts) > 1 && hosts[0] == hosts[1]:
		w.fail("MULTI_MATCH", "Found multiple relations between payload items: '%s' and '%s'", w.text(), hosts[0].text())
	case len(hosts) > 1:
		w.fail("MULTIPLE_DEPENDENCIES", "Found multiple dependent relation items [%s] and [%s] in payload", hosts[0].text(), hosts[1].text())
	default:
		w.host = hosts[0]
		if e.identify(w.host); w.host.failed() || len(w.errors) > 0 {
			w.fail("ABANDONED", "Abandoning processing payload item '%s', since its depends on payload item '%s' has errors", w.text(), w.host.text())
		}
	}
	return len(w.errors) == 0
}

// match tries the source's key and then the rule's entries.
func (e *ireEngine) match(w *ireWork) bool {
	if info := w.item.Source; info != nil && info.Name != "" && info.Key != "" && !e.rules.SkipSourceKeys {
		attempt := ireAttempt{Info: "sys_object_source NO_MATCH", Result: "NO_MATCH", Attributes: []string{}, Hybrid: []string{}}
		if w.row = e.bySource(info, w.class); w.row != nil {
			attempt.Info, attempt.Result = "sys_object_source MATCHED", "MATCHED"
			w.attempts = append(w.attempts, attempt)
			return true
		}
		w.attempts = append(w.attempts, attempt)
	}
	tried := false
	for _, entry := range w.rule.Entries {
		attempt := ireAttempt{
			Identifier: w.rule.Name, Result: "SKIPPED", Attributes: entry.Attributes,
			Table: cmp.Or(entry.Table, w.rule.AppliesTo), Hybrid: []string{},
		}
		criteria := w.criteria(entry)
		if len(criteria) == 0 {
			w.attempts = append(w.attempts, attempt)
			continue
		}
		tried = true
		found := e.search(w, entry, criteria)
		attempt.Result = "NO_MATCH"
		switch {
		case len(found) == 1 || len(found) > 1 && !e.rules.RefuseDuplicates && len(found) < e.rules.threshold():
			attempt.Result = "MATCHED"
			w.row, w.twins = found[0], found[1:]
			w.entry = w.rule.entryID(entry)
		case len(found) > 1:
			attempt.Result = "MULTI_MATCH"
			e.failDuplicates(w, entry)
		}
		w.attempts = append(w.attempts, attempt)
		if attempt.Result != "NO_MATCH" {
			return len(w.errors) == 0
		}
	}
	if !tried {
		w.fail("MISSING_MATCHING_ATTRIBUTES", "In payload missing minimum set of input values for criterion (matching) attributes from identify rule for table [%s]. Add these input values in payload item '%s'", w.rule.AppliesTo, w.text())
		return false
	}
	return true
}

func (e *ireEngine) failDuplicates(w *ireWork, entry IdentifierEntry) {
	switch {
	case w.host != nil:
		w.fail("MULTI_MATCH", "Duplicate dependent records found having relationship [%s] with same CI (className:[%s], sysId:[%s])", w.item.Class, w.host.item.Class, w.host.id)
	case entry.Table != "":
		w.fail("MULTI_MATCH", "Found duplicate records in lookup table [%s] using fields [%s] and reference field [%s]", entry.Table, strings.Join(entry.Attributes, ","), entry.Reference)
	default:
		w.fail("MULTIPLE_DUPLICATE_RECORDS", "Found duplicate records in table [%s] using fields [%s]", w.rule.AppliesTo, strings.Join(entry.Attributes, ","))
	}
}

func (r IRERules) threshold() int {
	if r.DuplicateThreshold > 0 {
		return r.DuplicateThreshold
	}
	return 5
}

// entryID is a sys_id for an entry of a rule.
func (r *IdentificationRule) entryID(entry IdentifierEntry) string {
	n := hash(r.AppliesTo + entry.Table + strings.Join(entry.Attributes, ","))
	return fmt.Sprintf("%016x%016x", mix(n), mix(n+1))
}

// bySource finds the CI that a source's key was seen with.
func (e *ireEngine) bySource(info *ireSource, c *class) *row {
	if r := e.sourceRow(info.Name, info.Key); r != nil {
		found := e.store.find(c.root, r.get(r.class.column("target_sys_id").at))
		if found != nil && !e.duplicate(found) {
			return found
		}
	}
	return nil
}

func (e *ireEngine) sourceRow(name, key string) *row {
	c := e.store.classes["sys_object_source"]
	for r := range e.equal(c, "id", key) {
		if fold(r.get(c.column("name").at)) == fold(name) {
			return r
		}
	}
	return nil
}

// search returns the CIs that an entry finds, the oldest first.
func (e *ireEngine) search(w *ireWork, entry IdentifierEntry, criteria []ireValues) []*row {
	scope := e.store.classes[w.rule.AppliesTo]
	table := e.store.classes[cmp.Or(entry.Table, w.rule.AppliesTo)]
	found := map[string]*row{}
	for _, values := range criteria {
		for _, r := range e.matching(table, entry.Attributes, values) {
			if entry.Condition != "" && !e.satisfies(table, r, entry.Condition) {
				continue
			}
			if entry.Table != "" {
				r = e.store.find(scope, r.get(table.column(entry.Reference).at))
			}
			if r != nil && !e.duplicate(r) && (w.host == nil || e.hosted(w, r)) {
				found[r.key] = r
			}
		}
	}
	rows := make([]*row, 0, len(found))
	for _, r := range found {
		rows = append(rows, r)
	}
	slices.SortFunc(rows, func(a, b *row) int {
		return cmp.Or(strings.Compare(a.get(colCreatedOn), b.get(colCreatedOn)), compareRows(a, b))
	})
	return rows
}

// matching returns the rows of a table with the values of some attributes.
func (e *ireEngine) matching(c *class, attributes []string, values ireValues) []*row {
	first := slices.IndexFunc(attributes, func(name string) bool { return values[name] != "" })
	if first < 0 {
		return nil
	}
	var rows []*row
	for r := range e.equal(c, attributes[first], values[attributes[first]]) {
		if !slices.ContainsFunc(attributes, func(name string) bool {
			col := c.column(name)
			return fold(r.get(col.at)) != fold(normalise(col, values[name]))
		}) {
			rows = append(rows, r)
		}
	}
	return rows
}

// equal yields the rows with a value in a column, by an index where the table
// is large.
func (e *ireEngine) equal(c *class, name, value string) func(func(*row) bool) {
	col := c.column(name)
	e.store.makeIndex(c, col.at)
	return e.store.equal(c, col.at, normalise(col, value))
}

func (e *ireEngine) satisfies(c *class, r *row, condition string) bool {
	b := &binder{classes: e.store.classes, class: c, caller: &account{id: e.by.id, zone: e.server.options.TimeZone}}
	q, err := b.bind(condition)
	return err == nil && e.store.matches(q, r)
}

// duplicate reports whether a record is marked as a duplicate of another.
func (e *ireEngine) duplicate(r *row) bool {
	col := r.class.column("duplicate_of")
	return col != nil && r.get(col.at) != ""
}

// hosted reports whether a CI has a relation with the host of an item.
func (e *ireEngine) hosted(w *ireWork, r *row) bool {
	if w.host.row == nil {
		return false
	}
	for _, rel := range e.relations {
		if rel.parent == nil || rel.child == nil {
			continue
		}
		switch {
		case rel.parent.work == w && rel.child.work == w.host:
			if e.relation(r.get(colID), w.host.id, rel.typeID) != nil {
				return true
			}
		case rel.child.work == w && rel.parent.work == w.host:
			if e.relation(w.host.id, r.get(colID), rel.typeID) != nil {
				return true
			}
		}
	}
	return false
}

// relation finds the record of a relation.
func (e *ireEngine) relation(parent, child, kind string) *row {
	c := e.store.classes["cmdb_rel_ci"]
	for r := range e.equal(c, "child", child) {
		if fold(r.get(c.column("parent").at)) == fold(parent) && r.get(c.column("type").at) == kind {
			return r
		}
	}
	return nil
}

// decide sets what is to be done with an identified item, as far as its values
// do not matter.
func (e *ireEngine) decide(w *ireWork) {
	if w.row != nil {
		w.id = w.row.get(colID)
		e.reclassify(w)
	} else {
		w.operation = "INSERT"
		for i := range w.class.columns {
			if col := &w.class.columns[i]; col.Mandatory && col.Default == "" && w.item.Values[col.Name] == "" {
				w.fail("REQUIRED_ATTRIBUTE_EMPTY", "Missing mandatory field [%s] in table [%s]. Add input value for mandatory field in payload", col.Name, w.item.Class)
				return
			}
		}
		for _, rule := range e.rules.Sources {
			if rule.Source == w.source && w.class.is(e.store.classes[rule.Class]) {
				w.fail("INSERT_NOT_ALLOWED_FOR_SOURCE", "Insert into [%s] is blocked for data source [%s] by IRE data source rule", w.item.Class, w.source)
				return
			}
		}
		w.id = e.store.newID()
	}
	if len(w.errors) == 0 {
		for _, sub := range w.subs {
			e.placeSub(w, sub)
		}
	}
}

// reclassify looks at the class that the item asks for.
func (e *ireEngine) reclassify(w *ireWork) {
	w.operation = "UPDATE"
	from, to := w.row.class, w.class
	kind, skip, forbidden := "SWITCH", bool(w.item.Settings.NoSwitch), e.rules.ForbidSwitch
	switch {
	case from == to:
		return
	case to.is(from):
		kind, skip, forbidden = "UPGRADE", bool(w.item.Settings.NoUpgrade), e.rules.ForbidUpgrade
	case from.is(to):
		kind, skip, forbidden = "DOWNGRADE", bool(w.item.Settings.NoDowngrade), e.rules.ForbidDowngrade
	}
	switch {
	case skip:
		w.info = append(w.info, ireInfo{Code: "SKIPPED_CLASS_" + kind, Message: fmt.Sprintf("Class of CI [%s] is left as [%s], not changed to [%s]", w.id, from.name, to.name)})
	case forbidden:
		w.fail("RECLASSIFICATION_NOT_ALLOWED", "CI Reclassification not allowed from class: [%s] to [%s]", from.name, to.name)
	default:
		w.operation = "UPDATE_WITH_" + kind
	}
}

// placeSub finds the record that a lookup or related record means. It is the
// CI's own with the same attributes, or a new one.
func (e *ireEngine) placeSub(w *ireWork, sub *ireSub) {
	sub.record.Values[sub.reference] = w.id
	if w.row != nil {
		var attributes []string
		for _, entry := range w.rule.Entries {
			if sub.lookup && entry.Table == sub.class.name {
				attributes = entry.Attributes
			}
		}
		for _, entry := range w.rule.Related {
			if !sub.lookup && entry.Table == sub.class.name {
				attributes = entry.Attributes
			}
		}
		if found := e.matching(sub.class, append([]string{sub.reference}, attributes...), sub.record.Values); len(found) > 0 {
			sub.row = found[0]
			sub.id = sub.row.get(colID)
			return
		}
	}
	sub.operation = "INSERT"
	sub.id = e.store.newID()
}
