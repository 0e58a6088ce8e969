package servicenowtest

import (
	"slices"
	"strconv"
	"strings"
)

// resolve finds the ends and the type of a relation.
func (e *ireEngine) resolve(r *ireRelation) {
	end := func(index *int, id, kind string) *ireEnd {
		switch {
		case id != "" && e.ends[id] != nil:
			return e.ends[id]
		case id == "" && index != nil && *index >= 0 && *index < len(e.byIndex):
			return &ireEnd{work: e.byIndex[*index]}
		case id != "":
			r.fail("INVALID_INPUT_DATA", "Payload relations '"+r.Type+"' has invalid "+kind+" record index: ["+id+"]")
		default:
			r.fail("INVALID_INPUT_DATA", "Payload relations '"+r.Type+"' has invalid "+kind+" record index: ["+number(index)+"]")
		}
		return nil
	}
	r.parent, r.child = end(r.Parent, r.ParentID, "parent"), end(r.Child, r.ChildID, "child")
	var types []string
	for t := range e.equal(e.store.classes["cmdb_rel_type"], "name", r.Type) {
		types = append(types, t.get(colID))
	}
	switch len(types) {
	case 0:
		r.fail("INVALID_INPUT_DATA", "No such relationship with name ["+r.Type+"] exist in table [cmdb_rel_type]. If out-of-box relationship for ["+r.Type+"] has been removed or renamed, it should be restored")
	case 1:
		r.typeID = types[0]
	default:
		r.fail("DUPLICATE_RELATIONSHIP_TYPES", "Duplicate relationship type records exists with name ["+r.Type+"] in table [cmdb_rel_type] having sys_ids: ["+strings.Join(types, ", ")+"]")
	}
}

func number(index *int) string {
	if index == nil {
		return "null"
	}
	return strconv.Itoa(*index)
}

func (r *ireRelation) fail(code, message string) {
	r.result.Errors = append(r.result.Errors, ireError{code, message})
}

// refer fills in references to and from records that belong to items.
func (e *ireEngine) refer() {
	for _, ref := range e.payload.References {
		by, to := e.ends[ref.ReferencedBy], e.ends[ref.Referenced]
		if by == nil || to == nil || by.work.failed() || to.work.failed() {
			continue
		}
		by.record().Values[ref.Field] = to.id()
	}
}

// settle decides what becomes of every item and relation.
func (e *ireEngine) settle() {
	failed := slices.ContainsFunc(e.works, (*ireWork).failed) ||
		slices.ContainsFunc(e.relations, func(r *ireRelation) bool { return len(r.result.Errors) > 0 })
	for _, w := range e.works {
		switch {
		case len(w.errors) > 0:
			e.settleFailed(w)
		case failed && !e.call.commits:
			w.fail("ABANDONED", "Detected error while processing payload from %s", w.source)
			w.operation = ""
		default:
			e.compare(w)
		}
	}
	for _, r := range e.relations {
		e.settleRelation(r)
	}
}

// partialCodes are the errors with which an item may be completed later.
var partialCodes = []string{"MISSING_MATCHING_ATTRIBUTES", "REQUIRED_ATTRIBUTE_EMPTY", "MISSING_DEPENDENCY", "INSERT_NOT_ALLOWED_FOR_SOURCE"}

// settleFailed keeps an item with errors for later where that is possible, and
// for the records otherwise.
func (e *ireEngine) settleFailed(w *ireWork) {
	w.operation = ""
	if !e.call.commits {
		return
	}
	w.operation = asIncomplete
	if e.call.partial && (w.completable() || w.host != nil && w.host.operation == asPartial) && len(w.keys) > 0 {
		w.operation = asPartial
		w.warnings, w.errors = w.errors, nil
	}
}

func (w *ireWork) completable() bool {
	return !slices.ContainsFunc(w.errors, func(err ireError) bool { return !slices.Contains(partialCodes, err.Code) })
}

// compare tells whether an update would change anything.
func (e *ireEngine) compare(w *ireWork) {
	for _, sub := range w.subs {
		if sub.row != nil {
			sub.operation = "UPDATE"
			if len(e.changes(sub.row, sub.row.class, sub.record.Values, "")) == 0 {
				sub.operation = "NO_CHANGE"
			}
		}
	}
	if w.operation == "UPDATE" && len(e.changes(w.row, w.row.class, w.item.Values, w.source)) == 0 {
		w.operation = "NO_CHANGE"
	}
}

// changes are the values that differ from a record's and that the source may
// write; the settings are in the places of class c. What the engine keeps
// itself is left out.
func (e *ireEngine) changes(r *row, c *class, values ireValues, source string) []setting {
	var settings []setting
	for _, set := range settingsOf(c, values) {
		col := &c.columns[set.at]
		current := ""
		if old := r.class.column(col.Name); old != nil {
			current = r.get(old.at)
		}
		if current == set.value || kept[col.Name] || set.value == "" && len(col.Choices) > 0 {
			continue
		}
		if source != "" && !e.mayUpdate(r, col.Name, current, set.value, source) {
			continue
		}
		settings = append(settings, set)
	}
	return settings
}

// kept are the columns that the engine writes by its own rules.
var kept = map[string]bool{"discovery_source": true, "first_discovered": true, "last_discovered": true}

// settingsOf resolves values; unknown columns and the platform's own are
// dropped.
func settingsOf(c *class, values ireValues) []setting {
	settings := make([]setting, 0, len(values)+4)
	for name, value := range values {
		col := c.column(name)
		if col == nil || col.at < sysColumns || col.at == c.className {
			continue
		}
		settings = append(settings, setting{col.at, normalise(col, value)})
	}
	slices.SortFunc(settings, func(a, b setting) int { return a.at - b.at })
	return settings
}

func (e *ireEngine) settleRelation(r *ireRelation) {
	for _, end := range []*ireEnd{r.parent, r.child} {
		if end != nil && end.work.failed() && len(r.result.Errors) == 0 {
			r.fail("ABANDONED", "While processing relations encountered errors in payload item: "+end.work.text())
		}
	}
	switch {
	case len(r.result.Errors) == 0 && e.relation(r.parent.id(), r.child.id(), r.typeID) != nil:
		r.result.Operation = "NO_CHANGE"
	case len(r.result.Errors) == 0:
		r.result.Operation = "INSERT"
	case !e.call.commits:
	case r.parent != nil && r.child != nil && (r.parent.work.operation == asPartial || r.child.work.operation == asPartial):
		r.result.Operation = asPartial
		r.result.Warnings, r.result.Errors = r.result.Errors, nil
	default:
		r.result.Operation = asIncomplete
	}
}

// commit writes what was decided.
func (e *ireEngine) commit() {
	for _, w := range e.works {
		switch w.operation {
		case "":
		case asPartial, asIncomplete:
		default:
			e.write(w)
		}
	}
	for _, r := range e.relations {
		if r.result.Operation == "INSERT" {
			e.writeRelation(r)
		}
	}
	e.park()
}

// write commits one item with its records.
func (e *ireEngine) write(w *ireWork) {
	if w.operation == "INSERT" {
		settings := settingsOf(w.class, w.item.Values)
		settings = append(settings, setting{colID, w.id})
		for name, value := range map[string]string{"discovery_source": w.source, "first_discovered": e.stamp(), "last_discovered": e.stamp()} {
			if col := w.class.column(name); col != nil && (w.item.Values[name] == "" || name == "discovery_source") {
				settings = append(settings, setting{col.at, value})
			}
		}
		made, failure := e.store.insert(w.class, settings, e.by)
		if failure != nil {
			w.fail("ABANDONED", "Insertion failed with error %s", failure.Error())
			w.operation = ""
			return
		}
		w.row = made
	} else if !e.update(w) {
		return
	}
	for _, sub := range w.subs {
		e.writeSub(w, sub)
	}
	w.committed = true
	e.remember(w)
	for _, twin := range w.twins {
		if col := twin.class.column("duplicate_of"); col != nil {
			_, _ = e.store.update(twin, twin.class, []setting{{col.at, w.id}}, e.by) // a reference is never unique
		}
	}
}

// update changes a CI. When and by what it was seen is written in any case,
// without counting as an update, as property
// glide.identification_engine.batch_update_last_discovered describes.
func (e *ireEngine) update(w *ireWork) bool {
	current := e.store.find(w.row.class.root, w.id) // an earlier item may have changed it
	if current == nil {
		w.fail("ABANDONED", "Can't find matched record with sys_id [%s] in table [%s]", w.id, w.item.Class)
		w.operation = ""
		return false
	}
	class := w.class
	if w.operation == "NO_CHANGE" || w.operation == "UPDATE" {
		class = current.class
	}
	changed, failure := e.store.update(current, class, e.changes(current, class, w.item.Values, w.source), e.by)
	if failure != nil {
		w.fail("ABANDONED", "Update failed with error %s", failure.Error())
		w.operation = ""
		return false
	}
	seen := []setting{}
	set := func(name, value string) {
		if col := changed.class.column(name); col != nil && value != "" {
			seen = append(seen, setting{col.at, value})
		}
	}
	set("discovery_source", w.source)
	set("first_discovered", w.item.Values["first_discovered"])
	if given := w.item.Values["last_discovered"]; given == "" {
		set("last_discovered", e.stamp())
	} else if col := changed.class.column("last_discovered"); col != nil && later(given, changed.get(col.at)) {
		set("last_discovered", given)
	}
	w.row = e.store.touch(changed, seen)
	return true
}

// touch changes values of a record without counting that as an update.
func (s *store) touch(r *row, settings []setting) *row {
	v := make([]string, len(r.class.columns))
	copy(v, r.v)
	for _, set := range settings {
		v[set.at] = set.value
	}
	touched := s.pack(r.class, v)
	s.displace(r)
	s.place(touched)
	return touched
}

func (e *ireEngine) writeSub(w *ireWork, sub *ireSub) {
	sub.record.Values[sub.reference] = w.id
	var failure *apiError
	if sub.row == nil {
		_, failure = e.store.insert(sub.class, append(settingsOf(sub.class, sub.record.Values), setting{colID, sub.id}), e.by)
	} else if current := e.store.find(sub.class.root, sub.id); current != nil {
		_, failure = e.store.update(current, current.class, e.changes(current, current.class, sub.record.Values, ""), e.by)
	}
	if failure != nil {
		w.warnings = append(w.warnings, ireError{"ABANDONED", failure.Error()})
		sub.operation = ""
	}
}

func (e *ireEngine) writeRelation(r *ireRelation) {
	parent, child := r.parent.id(), r.child.id()
	if r.parent.work.failed() || r.child.work.failed() || e.relation(parent, child, r.typeID) != nil {
		return
	}
	c := e.store.classes["cmdb_rel_ci"]
	made, failure := e.store.insert(c, settingsOf(c, ireValues{"parent": parent, "child": child, "type": r.typeID}), e.by)
	if failure != nil {
		r.fail("ABANDONED", failure.Error())
		return
	}
	r.result.SysID = made.get(colID)
	source, name, feed := e.store.classes["sys_rel_source"], r.Source.Name, r.Source.Feed
	if name == "" {
		name = r.parent.work.source
	}
	if feed == "" {
		feed = "UNKNOWN"
	}
	_, _ = e.store.insert(source, settingsOf(source, ireValues{"name": name, "source_feed": feed, "target_sys_id": made.get(colID), "last_scan": e.stamp()}), e.by) // nothing unique
}

// remember books that the source has seen the CI.
func (e *ireEngine) remember(w *ireWork) {
	e.upsert("cmdb_datasource_last_update", e.lastUpdate(w.id, w.source), ireValues{"cmdb_ci": w.id, "data_source": w.source, "last_updated": e.stamp()})
	info := w.item.Source
	if info == nil || info.Name == "" || info.Key == "" {
		return
	}
	scan := info.Recency
	if scan == "" {
		scan = e.stamp()
	}
	e.upsert("sys_object_source", e.sourceRow(info.Name, info.Key), ireValues{
		"name": info.Name, "id": info.Key, "source_feed": info.Feed, "target_table": w.row.class.name, "target_sys_id": w.id, "last_scan": scan,
	})
}

func (e *ireEngine) upsert(table string, old *row, values ireValues) {
	c := e.store.classes[table]
	if old != nil {
		_, _ = e.store.update(old, old.class, settingsOf(c, values), e.by) // nothing unique
		return
	}
	_, _ = e.store.insert(c, settingsOf(c, values), e.by)
}
