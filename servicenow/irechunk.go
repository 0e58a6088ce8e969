package servicenow

import (
	"encoding/json"
	"fmt"
)

const (
	// ireChunk is the product's guideline for the size of a payload.
	ireChunk = 500
	// ireBytes keeps a payload well below the 10 MB that scripted REST APIs
	// take.
	ireBytes = 8 << 20
)

// irePart is what one request carries: indexes of the caller's items,
// relations and references.
type irePart struct {
	items, relations, references []int
}

// split distributes the items over requests. Items that relations or references
// tie together stay together; groups keep the order of their first items.
func (d *ireDraft) split(size int) ([]irePart, error) {
	lead := make([]int, len(d.items)) // of each item: the smallest in its group
	for i := range lead {
		lead[i] = i
	}
	find := func(i int) int {
		for lead[i] != i {
			lead[i] = lead[lead[i]]
			i = lead[i]
		}
		return i
	}
	for _, ties := range [][]ireTie{d.relations, d.references} {
		for _, tie := range ties {
			a, b := find(tie.a), find(tie.b)
			lead[max(a, b)] = min(a, b)
		}
	}
	groups := make(map[int][]int, len(d.items))
	for i := range d.items {
		root := find(i)
		groups[root] = append(groups[root], i)
	}
	var parts []irePart
	part := make([]int, len(d.items)) // of each group's first item
	bytes := 0
	for i := range d.items {
		group := groups[i]
		if len(group) == 0 {
			continue
		}
		if len(group) > size {
			return nil, fmt.Errorf("%d items are tied together by relations or references, the first is item %d, and a request takes %d: raise ChunkSize, or add some of the relations afterwards by CMDB.Relate", len(group), i, size)
		}
		weight := 0
		for _, item := range group {
			weight += len(d.items[item])
		}
		if len(parts) == 0 || len(parts[len(parts)-1].items)+len(group) > size || bytes+weight > ireBytes {
			parts = append(parts, irePart{})
			bytes = 0
		}
		last := &parts[len(parts)-1]
		last.items = append(last.items, group...)
		bytes += weight
		part[i] = len(parts) - 1
	}
	for i, tie := range d.relations {
		p := &parts[part[find(tie.a)]]
		p.relations = append(p.relations, i)
	}
	for i, tie := range d.references {
		p := &parts[part[find(tie.a)]]
		p.references = append(p.references, i)
	}
	return parts, nil
}

// encode writes the body of one request.
func (d *ireDraft) encode(p irePart) ([]byte, error) {
	var doc struct {
		Items      []json.RawMessage `json:"items"`
		Relations  []any             `json:"relations,omitempty"`
		References []any             `json:"referenceItems,omitempty"`
	}
	at := make(map[int]int, len(p.items))
	for n, i := range p.items {
		at[i] = n
		doc.Items = append(doc.Items, d.items[i])
	}
	for _, i := range p.relations {
		tie := d.relations[i]
		wire, _ := tie.wire.(wireIRERelation) // set by relation
		if wire.ParentID == "" {
			parent, child := at[tie.a], at[tie.b]
			wire.Parent, wire.Child = &parent, &child
		}
		doc.Relations = append(doc.Relations, wire)
	}
	for _, i := range p.references {
		doc.References = append(doc.References, d.references[i].wire)
	}
	return json.Marshal(doc)
}
