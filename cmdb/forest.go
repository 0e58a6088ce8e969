package cmdb

import (
	"cmp"
	"fmt"
	"slices"
)

const (
	nowhere      = -1 // the index of no record
	unknownLevel = -1
)

// forest holds the records as trees. Everything in it is indexed like the
// records, and each step visits each record once.
type forest struct {
	records []Location
	results []LocationResult
	parent  []int    // nowhere for roots and missing parents
	order   []int    // tops first, parents before their children
	site    []string // a known Site below, the smallest ID; "" for none
	rings   [][]int
	inRing  []bool
}

func newForest(records []Location, index map[string]int) *forest {
	n := len(records)
	f := &forest{
		records: records,
		results: make([]LocationResult, n),
		parent:  make([]int, n),
		order:   make([]int, 0, n),
		site:    make([]string, n),
		inRing:  make([]bool, n),
	}
	for i, r := range records {
		f.parent[i] = nowhere
		if p, there := index[r.Parent]; there {
			f.parent[i] = p
		}
	}
	f.findRings()
	f.sortByDepth()
	return f
}

// findRings walks up from every record until it meets a top, a record that an
// earlier walk has seen, or its own trail.
func (f *forest) findRings() {
	walk := make([]int, len(f.records)) // 1 + the walk that saw the record
	for start := range f.records {
		i := start
		for i != nowhere && walk[i] == 0 {
			walk[i] = start + 1
			i = f.parent[i]
		}
		if i == nowhere || walk[i] != start+1 {
			continue
		}
		var ring []int
		for ; !f.inRing[i]; i = f.parent[i] {
			f.inRing[i] = true
			ring = append(ring, i)
		}
		f.rings = append(f.rings, ring)
	}
}

// sortByDepth fills order. Records of a ring count as tops.
func (f *forest) sortByDepth() {
	children := make([][]int, len(f.records))
	for i, p := range f.parent {
		if p == nowhere || f.inRing[i] {
			f.order = append(f.order, i)
		} else {
			children[p] = append(children[p], i)
		}
	}
	for k := 0; k < len(f.order); k++ {
		f.order = append(f.order, children[f.order[k]]...)
	}
}

// lookDown makes Regions of the records above a known Site.
func (f *forest) lookDown() {
	for _, i := range slices.Backward(f.order) {
		r := &f.results[i]
		if r.Class == "" && f.site[i] != "" && !f.inRing[i] {
			r.decide(TypeRegion, ByAbove, "it is above the Site "+f.site[i])
		}
		below := f.site[i]
		if r.Class == TypeSite && (below == "" || r.ID < below) {
			below = r.ID
		}
		if p := f.parent[i]; p != nowhere && below != "" && (f.site[p] == "" || below < f.site[p]) {
			f.site[p] = below
		}
	}
}

// above is what a record finds on its way up. The IDs are the nearest ones.
type above struct {
	broken                 bool
	level                  int
	region, site, location string
}

// lookUp decides what is left by what is above, and checks every place.
func (f *forest) lookUp() {
	ways := make([]above, len(f.records))
	for _, i := range f.order {
		r := &f.results[i]
		way := above{}
		switch p := f.parent[i]; {
		case f.inRing[i]:
			way.broken = true
			r.report(InCycle, "it is above itself")
		case p != nowhere:
			way = ways[p].and(f.results[p])
			if way.broken {
				r.report(UnderBrokenTop, "a record above it is in a cycle or misses its parent")
			}
		case f.records[i].Parent != "":
			way.broken = true
			r.report(MissingParent, fmt.Sprintf("its parent %s is not among the records", f.records[i].Parent))
		}
		if !way.broken {
			r.Level = way.level
		}
		if r.Class == "" && !f.inRing[i] {
			r.place(way)
		}
		if r.Class == "" {
			r.Reason = "it says nothing about itself and the tree above it is broken"
		}
		r.check(way)
		ways[i] = way
	}
}

// and adds a record to the way of those below it.
func (a above) and(r LocationResult) above {
	a.level++
	switch r.Class {
	case TypeRegion:
		a.region = r.ID
	case TypeSite:
		a.site = r.ID
	case TypeLocation:
		a.location = r.ID
	}
	return a
}

func (r *LocationResult) place(way above) {
	switch {
	case way.site != "":
		r.decide(TypeLocation, ByBelow, "it is below the Site "+way.site)
	case way.location != "":
		r.decide(TypeLocation, ByBelow, "it is below the Location "+way.location)
	case way.broken:
	case way.region != "":
		r.decide(TypeSite, ByUnderRegion, "it is the first below the Region "+way.region+" and nothing else is known")
	default:
		r.decide(TypeSite, ByRoot, "it has no parent and nothing else is known")
	}
}

// check compares the class with what NetBox allows above it.
func (r *LocationResult) check(way above) {
	top, name := way.site, "Site"
	if top == "" {
		top, name = way.location, "Location"
	}
	switch {
	case r.Class == TypeRegion && top != "":
		r.report(RegionBelow, fmt.Sprintf("a Region cannot be below the %s %s", name, top))
	case r.Class == TypeSite && top != "":
		r.report(SiteBelow, fmt.Sprintf("a Site cannot be below the %s %s", name, top))
	case r.Class == TypeLocation && way.site == "" && !way.broken:
		r.report(NoSiteAbove, "a Location needs a Site above it")
	}
}

// problems tells of rings and missing parents, sorted so that the order of the
// records does not show. It returns nil when there are none.
func (f *forest) problems() error {
	e := new(LocationTreeError)
	for _, ring := range f.rings {
		ids := make([]string, len(ring))
		for k, i := range ring { // a ring was collected upwards
			ids[len(ring)-1-k] = f.records[i].ID
		}
		first := slices.Index(ids, slices.Min(ids))
		e.Cycles = append(e.Cycles, slices.Concat(ids[first:], ids[:first]))
	}
	slices.SortFunc(e.Cycles, func(a, b []string) int { return cmp.Compare(a[0], b[0]) })
	for i, r := range f.records {
		if r.Parent != "" && f.parent[i] == nowhere {
			e.Dangling = append(e.Dangling, DanglingLocation{r.ID, r.Parent})
		}
	}
	slices.SortFunc(e.Dangling, func(a, b DanglingLocation) int { return cmp.Compare(a.ID, b.ID) })
	if len(e.Cycles) == 0 && len(e.Dangling) == 0 {
		return nil
	}
	return e
}
