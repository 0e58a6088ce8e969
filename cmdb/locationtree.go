package cmdb

import (
	"fmt"
	"strings"
)

// LocationTreeError tells that the records do not form trees.
type LocationTreeError struct {
	// Cycles are rings of records, each above the next and the last above the
	// first. A ring starts at its smallest ID; rings are sorted by it.
	Cycles [][]string
	// Dangling are the records whose parent is not in the set, sorted by ID.
	Dangling []DanglingLocation
}

// DanglingLocation is a record whose parent is not in the set.
type DanglingLocation struct{ ID, Parent string }

// errorNames is how many records of each kind an error spells out.
const errorNames = 5

// Error names the first records of each kind and counts the others.
func (e *LocationTreeError) Error() string {
	var said []string
	for i, ring := range e.Cycles {
		if i == errorNames {
			said = append(said, fmt.Sprintf("%d more cycles", len(e.Cycles)-i))
			break
		}
		said = append(said, "locations "+firstNames(ring)+" are above one another in a cycle")
	}
	for i, d := range e.Dangling {
		if i == errorNames {
			said = append(said, fmt.Sprintf("%d more missing parents", len(e.Dangling)-i))
			break
		}
		said = append(said, fmt.Sprintf("location %s has the parent %s, which is not among the records", d.ID, d.Parent))
	}
	return "cmdb: " + strings.Join(said, "; ") + ": correct the parents or read all locations"
}

func firstNames(ids []string) string {
	if more := len(ids) - errorNames; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(ids[:errorNames], ", "), more)
	}
	return strings.Join(ids, ", ")
}

// Classify decides the class of every record. Results come in the order of the
// records; what is decided does not depend on that order.
//
// A valid nb_class decides first, then the location type, then the position:
// above a Site that is known by one of the first two is a Region; below a Site
// or a Location is a Location; a root is a Site, and so is the first record
// below nothing but Regions. Those count as Sites for what is below them.
//
// An empty or repeated ID is an error without results. When records are in a
// cycle or their parent is missing, the results come together with a
// *LocationTreeError: what these records say about themselves still decides,
// but nothing is guessed from a place in a broken tree. It takes time and
// memory in proportion to the number of records.
func (l Locations) Classify(records []Location) ([]LocationResult, error) {
	index := make(map[string]int, len(records))
	for i, r := range records {
		if r.ID == "" {
			return nil, fmt.Errorf("cmdb: location %d has an empty ID: give each record the id by which others name it as their parent", i)
		}
		if first, twice := index[r.ID]; twice {
			return nil, fmt.Errorf("cmdb: locations %d and %d have the same ID %q: give each record once", first, i, r.ID)
		}
		index[r.ID] = i
	}
	f := newForest(records, index)
	for i, r := range records {
		f.results[i] = LocationResult{ID: r.ID, Level: unknownLevel, Method: ByNothing}
		l.known(r, &f.results[i])
	}
	f.lookDown()
	f.lookUp()
	if err := f.problems(); err != nil {
		return f.results, err
	}
	return f.results, nil
}
