package cmdb_test

import (
	"errors"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/itsmkit/itsmkit/cmdb"
)

// randomTrees makes n records. Each hangs below an earlier one or nowhere.
func randomTrees(r *rand.Rand, n int) []cmdb.Location {
	records := make([]cmdb.Location, n)
	for i, name := range r.Perm(n) {
		records[i].ID = "n" + strconv.Itoa(name)
		if i > 0 && r.IntN(8) > 0 {
			records[i].Parent = records[r.IntN(i)].ID
		}
		switch r.IntN(10) {
		case 0:
			records[i].Class = [...]string{"region", "site", "location", "rack"}[r.IntN(4)]
		case 1:
			records[i].TypeSequence = cmdb.Known(299 + r.IntN(3))
		}
	}
	return records
}

// slowly decides one record by the words of the rule, looking at all records.
func slowly(records []cmdb.Location, r cmdb.Location) (cmdb.ObjectType, cmdb.LocationMethod) {
	if class, method := itself(r); class != "" {
		return class, method
	}
	for _, other := range records {
		if class, _ := itself(other); class == cmdb.TypeSite {
			for _, up := range ancestors(records, other) {
				if up.ID == r.ID {
					return cmdb.TypeRegion, cmdb.ByAbove
				}
			}
		}
	}
	above := ancestors(records, r)
	onlyRegions := true
	for _, up := range above {
		if class, _ := slowly(records, up); class != cmdb.TypeRegion {
			onlyRegions = false
		}
	}
	switch {
	case !onlyRegions:
		return cmdb.TypeLocation, cmdb.ByBelow
	case len(above) > 0:
		return cmdb.TypeSite, cmdb.ByUnderRegion
	}
	return cmdb.TypeSite, cmdb.ByRoot
}

func itself(r cmdb.Location) (cmdb.ObjectType, cmdb.LocationMethod) {
	switch {
	case r.Class != "" && r.Class != "rack":
		return cmdb.ObjectType(r.Class), cmdb.ByExplicit
	case r.TypeSequence.Known:
		return map[int]cmdb.ObjectType{299: "region", 300: "site", 301: "location"}[r.TypeSequence.N], cmdb.ByType
	}
	return "", ""
}

func ancestors(records []cmdb.Location, r cmdb.Location) (up []cmdb.Location) {
	for r.Parent != "" {
		for _, p := range records {
			if p.ID == r.Parent {
				r = p
				break
			}
		}
		up = append(up, r)
	}
	return up
}

func TestLocationsRandom(t *testing.T) {
	t.Run("001-15 random trees, in any order", func(t *testing.T) {
		r := rand.New(rand.NewPCG(1, 15))
		for range 150 {
			records := randomTrees(r, 1+r.IntN(14))
			first := classify(t, siteDefault, records...)
			for _, record := range records {
				got := first[record.ID]
				class, method := slowly(records, record)
				if got.Class != class || got.Method != method || got.Level != len(ancestors(records, record)) {
					t.Fatalf("001-15 %+v: got %+v, want %s by %s", records, got, class, method)
				}
			}
			r.Shuffle(len(records), func(i, j int) { records[i], records[j] = records[j], records[i] })
			if diff := cmp.Diff(first, classify(t, siteDefault, records...)); diff != "" {
				t.Fatalf("001-15 the order of the records shows: %s", diff)
			}
		}
	})
}

func TestLocationsRandomGraphs(t *testing.T) {
	t.Run("001-15 random graphs, in any order", func(t *testing.T) {
		r := rand.New(rand.NewPCG(2, 15))
		for range 300 {
			records := randomTrees(r, 1+r.IntN(12))
			for range r.IntN(4) {
				records[r.IntN(len(records))].Parent = "n" + strconv.Itoa(r.IntN(len(records)+2))
			}
			sawError := checkGraph(t, records)
			again, err := siteDefault.Classify(records)
			r.Shuffle(len(records), func(i, j int) {
				records[i], records[j] = records[j], records[i]
				again[i], again[j] = again[j], again[i]
			})
			shuffled, shuffledErr := siteDefault.Classify(records)
			if diff := cmp.Diff(again, shuffled); diff != "" {
				t.Fatalf("001-15 the order of the records shows: %s", diff)
			}
			if sawError && err.Error() != shuffledErr.Error() {
				t.Fatalf("001-15 the order of the records shows: %v, %v", err, shuffledErr)
			}
		}
	})
}

// checkGraph checks what must hold for any records with good ids. It reports
// whether the records are broken.
func checkGraph(t *testing.T, records []cmdb.Location) bool {
	t.Helper()
	results, err := siteDefault.Classify(records)
	var broken *cmdb.LocationTreeError
	if err != nil && !errors.As(err, &broken) || len(results) != len(records) {
		t.Fatalf("001-15 %+v: got %d results, %v", records, len(results), err)
	}
	for i, r := range results {
		decided := r.Class == cmdb.TypeRegion || r.Class == cmdb.TypeSite || r.Class == cmdb.TypeLocation
		undecided := r.Class == "" && r.Method == cmdb.ByNothing && r.Level == -1 && err != nil
		if r.ID != records[i].ID || r.Reason == "" || !decided && !undecided || decided && r.Method == cmdb.ByNothing {
			t.Fatalf("001-15 %+v: got %+v", records, r)
		}
		if r.Level < 0 && len(r.Diagnostics) == 0 {
			t.Fatalf("001-15 %+v: no word about the unknown level of %+v", records, r)
		}
	}
	return err != nil
}

func TestLocationsLarge(t *testing.T) {
	if testing.Short() {
		t.Skip("three times 100,000 records; left out with -short")
	}
	const n = 100_000
	chain, star, heap := make([]cmdb.Location, n), make([]cmdb.Location, n), make([]cmdb.Location, n)
	for i := range n {
		id := strconv.Itoa(i)
		chain[i].ID, star[i].ID, heap[i].ID = id, id, id
		if i > 0 {
			chain[i].Parent, star[i].Parent, heap[i].Parent = strconv.Itoa(i-1), "0", strconv.Itoa((i-1)/2)
		}
	}
	chain[n-1].Class = "site"
	t.Run("001-15 a chain of 100,000", func(t *testing.T) {
		got, err := siteDefault.Classify(chain)
		if err != nil || got[0].Class != "region" || got[n-1].Level != n-1 || got[n-2].Method != "above" {
			t.Errorf("got %+v, %v", got[n-1], err)
		}
	})
	t.Run("001-15 a ring of 100,000", func(t *testing.T) {
		chain[0].Parent = strconv.Itoa(n - 1)
		_, err := siteDefault.Classify(chain)
		if err == nil || !strings.HasPrefix(err.Error(), "cmdb: locations 0, 1, 2, 3, 4 and 99995 more are above one another in a cycle") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("001-15 a star and a binary tree of 100,000", func(t *testing.T) {
		for _, records := range [][]cmdb.Location{star, heap} {
			got, err := siteDefault.Classify(records)
			if err != nil || got[0].Method != "root" || got[n-1].Method != "below" {
				t.Errorf("got %+v, %v", got[n-1], err)
			}
		}
	})
}

func FuzzLocations(f *testing.F) {
	f.Add([]byte{0, 0, 1, 2, 2, 3})
	f.Add([]byte{1, 0, 0, 1, 9, 9})
	f.Fuzz(func(t *testing.T, data []byte) {
		var records []cmdb.Location
		for i := 0; i+1 < len(data) && i < 200; i += 2 {
			r := cmdb.Location{ID: strconv.Itoa(i / 2), Class: [...]string{"", "region", "site", "location", "x", ""}[data[i+1]%6]}
			if data[i] != 0xff {
				r.Parent = strconv.Itoa(int(data[i]))
			}
			if data[i+1]&0x80 != 0 {
				r.TypeSequence = cmdb.Known(298 + int(data[i+1]%5))
			}
			records = append(records, r)
		}
		checkGraph(t, records)
	})
}

// BenchmarkLocations shows that time grows with the number of records: ns/record
// stays about the same.
func BenchmarkLocations(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000} {
		records := randomTrees(rand.New(rand.NewPCG(3, 15)), n)
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := siteDefault.Classify(records); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/record")
		})
	}
}
