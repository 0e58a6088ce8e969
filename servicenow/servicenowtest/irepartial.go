package servicenowtest

import (
	"encoding/json"
	"slices"
	"time"
)

// partialLife is how long partial payloads are kept.
const partialLife = 90 * 24 * time.Hour

// mergePartials completes items with what earlier payloads left behind: an item
// of a stored payload that shares an identifier key is merged in, the others of
// that payload are processed as additional items.
func (e *ireEngine) mergePartials() {
	index := e.store.classes["cmdb_ire_partial_payloads_index"]
	for _, w := range slices.Clone(e.works) {
		if w.rule == nil {
			continue
		}
		for _, key := range w.keys {
			for entry := range e.equal(index, "identifier_key", key.text) {
				e.mergePartial(w, entry.get(index.column("partial_payload").at))
			}
		}
	}
}

func (e *ireEngine) mergePartial(w *ireWork, id string) {
	c := e.store.classes["cmdb_ire_partial_payloads"]
	stored := e.store.find(c, id)
	if stored == nil || slices.Contains(w.merged, id) {
		return
	}
	if made, ok := parseTime(stored.get(colCreatedOn), time.UTC); ok && e.by.now.Sub(made) > partialLife {
		return
	}
	var payload irePayload
	if json.Unmarshal([]byte(stored.get(c.column("payload").at)), &payload) != nil {
		return
	}
	w.merged = append(w.merged, id)
	works := make([]*ireWork, len(payload.Items))
	for i, item := range payload.Items {
		works[i] = &ireWork{item: item}
		if e.prepare(works[i]); len(works[i].keys) > 0 && shareKey(works[i].keys, w.keys) {
			e.complete(w, works[i])
			works[i] = w
		} else {
			e.works = append(e.works, works[i])
		}
	}
	for _, r := range payload.Relations {
		if r.Parent == nil || r.Child == nil || *r.Parent >= len(works) || *r.Child >= len(works) {
			continue
		}
		parent, child := works[*r.Parent], works[*r.Child]
		r.Parent, r.Child = nil, nil
		e.resolve(r)
		r.result = ireRelationResult{}
		r.parent, r.child = &ireEnd{work: parent}, &ireEnd{work: child}
		e.relations = append(e.relations, r)
	}
}

func shareKey(a, b []ireKey) bool {
	return slices.ContainsFunc(a, func(key ireKey) bool {
		return slices.ContainsFunc(b, func(other ireKey) bool { return other.text == key.text })
	})
}

// complete fills an item with the values of a stored one. Where both have one
// the payload's wins, unless the stored one was scanned later.
func (e *ireEngine) complete(w, stored *ireWork) {
	newer := w.item.Source != nil && stored.item.Source != nil && later(stored.item.Source.Recency, w.item.Source.Recency)
	for name, value := range stored.item.Values {
		if w.item.Values[name] == "" || newer {
			w.item.Values[name] = value
		}
	}
	if w.item.Source == nil {
		w.item.Source = stored.item.Source
	}
	if stored.class != w.class && stored.class.is(w.class) {
		w.class, w.item.Class, w.rule = stored.class, stored.item.Class, stored.rule
	}
	for _, sub := range stored.subs {
		if !slices.ContainsFunc(w.subs, func(own *ireSub) bool {
			return own.class == sub.class && own.lookup == sub.lookup && sameValues(own.record.Values, sub.record.Values, []string{"name", "serial_number", "mac_address", "ip_address"})
		}) {
			w.subs = append(w.subs, sub)
		}
	}
	w.keys = e.keysOf(w)
}

// park keeps the items that could not be committed: partial ones to be
// completed, each with the dependent items that wait for it, incomplete ones
// for the records. Payloads that were merged are removed.
func (e *ireEngine) park() {
	merged := map[string]bool{}
	for _, w := range e.works {
		switch {
		case w.operation == asIncomplete || w.operation == "" && !e.call.enhanced && w.source == "":
			e.parkIncomplete(w)
		case w.operation == asPartial && (w.host == nil || w.host.operation != asPartial):
			e.parkPartial(w)
		}
		if w.operation != asIncomplete {
			for _, id := range w.merged {
				merged[id] = true
			}
		}
	}
	payloads, index := e.store.classes["cmdb_ire_partial_payloads"], e.store.classes["cmdb_ire_partial_payloads_index"]
	for id := range merged {
		if r := e.store.find(payloads, id); r != nil {
			e.store.displace(r)
		}
		for _, r := range slices.Collect(e.equal(index, "partial_payload", id)) {
			e.store.displace(r)
		}
	}
}

func (e *ireEngine) parkIncomplete(w *ireWork) {
	c := e.store.classes["cmdb_ire_incomplete_payloads"]
	_, _ = e.store.insert(c, settingsOf(c, ireValues{"payload": `{"items":[` + w.text() + `]}`, "source_name": w.source, "errors": string(jsonOf(w.errors))}), e.by) // nothing unique
}

// parkPartial stores an item, everything that depends on it, and the relations
// between them.
func (e *ireEngine) parkPartial(root *ireWork) {
	group := []*ireWork{root}
	for i := 0; i < len(group); i++ {
		for _, w := range e.works {
			if w.host == group[i] && w.operation == asPartial {
				group = append(group, w)
			}
		}
	}
	var payload irePayload
	for _, w := range group {
		payload.Items = append(payload.Items, w.item)
	}
	for _, r := range e.relations {
		if r.parent == nil || r.child == nil {
			continue
		}
		parent, child := slices.Index(group, r.parent.work), slices.Index(group, r.child.work)
		if parent >= 0 && child >= 0 {
			payload.Relations = append(payload.Relations, &ireRelation{Parent: &parent, Child: &child, Type: r.Type})
		}
	}
	c, index := e.store.classes["cmdb_ire_partial_payloads"], e.store.classes["cmdb_ire_partial_payloads_index"]
	made, failure := e.store.insert(c, settingsOf(c, ireValues{"payload": string(jsonOf(payload)), "source_name": root.source, "errors": string(jsonOf(root.warnings))}), e.by)
	if failure != nil {
		return
	}
	for _, w := range group {
		w.parts = append(w.parts, made.get(colID))
		for _, key := range w.keys {
			if !w.rule.Dependent || key.source {
				_, _ = e.store.insert(index, settingsOf(index, ireValues{"identifier_key": key.text, "partial_payload": made.get(colID)}), e.by) // nothing unique
			}
		}
	}
}
