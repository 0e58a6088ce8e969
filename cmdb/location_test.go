package cmdb_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/itsmkit/itsmkit/cmdb"
)

// siteDefault is the sequence of the location type that stands for Sites.
var siteDefault = cmdb.Locations{SiteSequence: cmdb.Known(300)}

func classify(t *testing.T, l cmdb.Locations, records ...cmdb.Location) map[string]cmdb.LocationResult {
	t.Helper()
	results, err := l.Classify(records)
	if err != nil {
		t.Fatal(err)
	}
	byID := make(map[string]cmdb.LocationResult)
	for i, r := range results {
		if r.ID != records[i].ID {
			t.Fatalf("result %d is about %q", i, r.ID)
		}
		byID[r.ID] = r
	}
	return byID
}

func TestLocationItself(t *testing.T) {
	for _, c := range []struct {
		name   string
		l      cmdb.Locations
		record cmdb.Location
		class  cmdb.ObjectType
		method cmdb.LocationMethod
		reason string
	}{
		{"001-13 region", siteDefault, cmdb.Location{Class: "region", TypeSequence: cmdb.Known(300)}, "region", "explicit", "nb_class says so"},
		{"001-13 site", siteDefault, cmdb.Location{Class: " Site ", TypeSequence: cmdb.Known(1)}, "site", "explicit", "nb_class says so"},
		{"001-13 location", siteDefault, cmdb.Location{Class: "LOCATION", TypeSequence: cmdb.Known(1)}, "location", "explicit", "nb_class says so"},
		{"001-13 an invalid value is passed over", siteDefault, cmdb.Location{Class: "rack", TypeSequence: cmdb.Known(1)}, "region", "type", "the sequence 1 of its type is below the Site default's 300"},
		{"001-14 one below", siteDefault, cmdb.Location{TypeSequence: cmdb.Known(299)}, "region", "type", "the sequence 299 of its type is below the Site default's 300"},
		{"001-14 equal", siteDefault, cmdb.Location{TypeSequence: cmdb.Known(300)}, "site", "type", "the sequence 300 of its type is the Site default's"},
		{"001-14 one above", siteDefault, cmdb.Location{TypeSequence: cmdb.Known(301)}, "location", "type", "the sequence 301 of its type is above the Site default's 300"},
		{"001-14 unknown is not 0", siteDefault, cmdb.Location{}, "site", "root", "it has no parent and nothing else is known"},
		{"001-14 0 is known", siteDefault, cmdb.Location{TypeSequence: cmdb.ParseNumber("0")}, "region", "type", "the sequence 0 of its type is below the Site default's 300"},
		{"001-14 not a number", siteDefault, cmdb.Location{TypeSequence: cmdb.ParseNumber("n/a")}, "site", "root", "it has no parent and nothing else is known"},
		{"001-14 without a Site default", cmdb.Locations{}, cmdb.Location{TypeSequence: cmdb.Known(1)}, "site", "root", "it has no parent and nothing else is known"},
		{"001-14 a Site default of 0", cmdb.Locations{SiteSequence: cmdb.Known(0)}, cmdb.Location{TypeSequence: cmdb.Known(1)}, "location", "type", "the sequence 1 of its type is above the Site default's 0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.record.ID = "x"
			got := classify(t, c.l, c.record)["x"]
			if got.Class != c.class || got.Method != c.method || got.Reason != c.reason || got.Level != 0 {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestLocationPlace(t *testing.T) {
	type want struct {
		class  cmdb.ObjectType
		method cmdb.LocationMethod
		level  int
	}
	for _, c := range []struct {
		name    string
		records []cmdb.Location
		want    map[string]want
	}{
		{"001-15 a single root", []cmdb.Location{{ID: "a"}}, map[string]want{"a": {"site", "root", 0}}},
		{"001-15 three levels without types", []cmdb.Location{{ID: "a"}, {ID: "b", Parent: "a"}, {ID: "c", Parent: "b"}},
			map[string]want{"a": {"site", "root", 0}, "b": {"location", "below", 1}, "c": {"location", "below", 2}}},
		{"001-15 a root above a known Site is a Region", []cmdb.Location{{ID: "a"}, {ID: "b", Parent: "a"}, {ID: "c", Parent: "b", Class: "site"}},
			map[string]want{"a": {"region", "above", 0}, "b": {"region", "above", 1}, "c": {"site", "explicit", 2}}},
		{"001-15 a Site known by its type counts", []cmdb.Location{{ID: "a"}, {ID: "c", Parent: "a", TypeSequence: cmdb.Known(300)}, {ID: "d", Parent: "c"}},
			map[string]want{"a": {"region", "above", 0}, "c": {"site", "type", 1}, "d": {"location", "below", 2}}},
		{"001-15 above comes before below", []cmdb.Location{{ID: "a", Class: "site"}, {ID: "b", Parent: "a"}, {ID: "c", Parent: "b", Class: "site"}},
			map[string]want{"a": {"site", "explicit", 0}, "b": {"region", "above", 1}, "c": {"site", "explicit", 2}}},
		{"001-15 the first below Regions is a Site", []cmdb.Location{{ID: "a", Class: "region"}, {ID: "b", Parent: "a"}, {ID: "c", Parent: "b"}},
			map[string]want{"a": {"region", "explicit", 0}, "b": {"site", "under-region", 1}, "c": {"location", "below", 2}}},
		{"001-15 so is the brother of a Site", []cmdb.Location{{ID: "a"}, {ID: "b", Parent: "a", Class: "site"}, {ID: "c", Parent: "a"}},
			map[string]want{"a": {"region", "above", 0}, "b": {"site", "explicit", 1}, "c": {"site", "under-region", 1}}},
		{"001-15 below a Location is a Location", []cmdb.Location{{ID: "a", Class: "location"}, {ID: "b", Parent: "a"}},
			map[string]want{"a": {"location", "explicit", 0}, "b": {"location", "below", 1}}},
		{"001-15 a Region between does not hide the Site", []cmdb.Location{{ID: "a", Class: "site"}, {ID: "b", Parent: "a", Class: "region"}, {ID: "c", Parent: "b"}},
			map[string]want{"a": {"site", "explicit", 0}, "b": {"region", "explicit", 1}, "c": {"location", "below", 2}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := classify(t, siteDefault, c.records...)
			for id, w := range c.want {
				if r := got[id]; r.Class != w.class || r.Method != w.method || r.Level != w.level {
					t.Errorf("%s: got %+v", id, r)
				}
			}
		})
	}
	t.Run("001-16 the reason names the record that decided", func(t *testing.T) {
		got := classify(t, siteDefault, cmdb.Location{ID: "r"}, cmdb.Location{ID: "t", Parent: "r", Class: "site"},
			cmdb.Location{ID: "s", Parent: "r", Class: "site"}, cmdb.Location{ID: "l", Parent: "t"}, cmdb.Location{ID: "n", Parent: "r"},
			cmdb.Location{ID: "o", Class: "location"}, cmdb.Location{ID: "p", Parent: "o"})
		for id, want := range map[string]string{
			"r": "it is above the Site s", "l": "it is below the Site t", "p": "it is below the Location o",
			"n": "it is the first below the Region r and nothing else is known",
		} {
			if got[id].Reason != want {
				t.Errorf("%s: got %q", id, got[id].Reason)
			}
		}
	})
}

func TestLocationDiagnostics(t *testing.T) {
	for _, c := range []struct {
		name    string
		records []cmdb.Location
		about   string
		want    []cmdb.LocationDiagnostic
	}{
		{"001-13 an invalid class", []cmdb.Location{{ID: "a", Class: "Rack"}}, "a",
			[]cmdb.LocationDiagnostic{{Problem: "invalid-class", Detail: `nb_class is "Rack": use region, site or location`}}},
		{"001-16 a Region below a Site", []cmdb.Location{{ID: "a", Class: "site"}, {ID: "b", Parent: "a", Class: "region"}}, "b",
			[]cmdb.LocationDiagnostic{{Problem: "region-below", Detail: "a Region cannot be below the Site a"}}},
		{"001-16 a Region far below a Site", []cmdb.Location{{ID: "a", Class: "site"}, {ID: "b", Parent: "a", Class: "region"}, {ID: "c", Parent: "b", Class: "region"}}, "c",
			[]cmdb.LocationDiagnostic{{Problem: "region-below", Detail: "a Region cannot be below the Site a"}}},
		{"001-16 a Region below a Location", []cmdb.Location{{ID: "a", Class: "location"}, {ID: "b", Parent: "a", Class: "region"}}, "b",
			[]cmdb.LocationDiagnostic{{Problem: "region-below", Detail: "a Region cannot be below the Location a"}}},
		{"001-16 a Site below a Site", []cmdb.Location{{ID: "a", Class: "site"}, {ID: "b", Parent: "a", Class: "site"}}, "b",
			[]cmdb.LocationDiagnostic{{Problem: "site-below", Detail: "a Site cannot be below the Site a"}}},
		{"001-16 a Location without a Site", []cmdb.Location{{ID: "a", Class: "region"}, {ID: "b", Parent: "a", Class: "location"}}, "b",
			[]cmdb.LocationDiagnostic{{Problem: "no-site-above", Detail: "a Location needs a Site above it"}}},
		{"001-16 a Location with a Site far above", []cmdb.Location{{ID: "a", Class: "site"}, {ID: "b", Parent: "a"}, {ID: "c", Parent: "b"}}, "c", nil},
		{"001-16 a Region below a Region", []cmdb.Location{{ID: "a", Class: "region"}, {ID: "b", Parent: "a", Class: "region"}}, "b", nil},
		{"001-16 a Site below a Region", []cmdb.Location{{ID: "a", Class: "region"}, {ID: "b", Parent: "a", Class: "site"}}, "b", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := classify(t, siteDefault, c.records...)[c.about]
			if diff := cmp.Diff(c.want, got.Diagnostics); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestLocationBrokenTrees(t *testing.T) {
	t.Run("001-15 a cycle is named", func(t *testing.T) {
		_, err := siteDefault.Classify([]cmdb.Location{{ID: "a"}, {ID: "c", Parent: "b"}, {ID: "b", Parent: "d"}, {ID: "d", Parent: "c"}, {ID: "z", Parent: "z"}})
		want := &cmdb.LocationTreeError{Cycles: [][]string{{"b", "c", "d"}, {"z"}}}
		var got *cmdb.LocationTreeError
		if !errors.As(err, &got) {
			t.Fatalf("got %v", err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if text := "cmdb: locations b, c, d are above one another in a cycle; locations z are above one another in a cycle: correct the parents or read all locations"; err.Error() != text {
			t.Errorf("got %q", err)
		}
	})
	t.Run("001-15 a missing parent is named", func(t *testing.T) {
		_, err := siteDefault.Classify([]cmdb.Location{{ID: "b", Parent: "gone"}, {ID: "a", Parent: "lost"}})
		want := "cmdb: location a has the parent lost, which is not among the records; location b has the parent gone, which is not among the records: correct the parents or read all locations"
		if err == nil || err.Error() != want {
			t.Errorf("got %v", err)
		}
	})
	t.Run("001-15 an error names the first few", func(t *testing.T) {
		var records []cmdb.Location
		for i := range 8 {
			self, ring := fmt.Sprint("s", i), fmt.Sprint("r", i)
			records = append(records, cmdb.Location{ID: self, Parent: self}, cmdb.Location{ID: ring, Parent: fmt.Sprint("r", (i+1)%8)},
				cmdb.Location{ID: fmt.Sprint("d", i), Parent: "gone"})
		}
		_, err := siteDefault.Classify(records)
		want := "cmdb: locations r0, r7, r6, r5, r4 and 3 more are above one another in a cycle"
		for i := range 4 {
			want += fmt.Sprintf("; locations s%d are above one another in a cycle", i)
		}
		want += "; 4 more cycles"
		for i := range 5 {
			want += fmt.Sprintf("; location d%d has the parent gone, which is not among the records", i)
		}
		want += "; 3 more missing parents: correct the parents or read all locations"
		if err == nil || err.Error() != want {
			t.Errorf("got %v", err)
		}
	})
	t.Run("001-15 nothing is guessed in a broken tree", func(t *testing.T) {
		got, err := siteDefault.Classify([]cmdb.Location{
			{ID: "a", Parent: "b"}, {ID: "b", Parent: "a", Class: "site"}, {ID: "c", Parent: "b"}, {ID: "d", Parent: "a"},
			{ID: "e", Parent: "gone"}, {ID: "f", Parent: "e"}, {ID: "g", Parent: "lost"}, {ID: "h", Parent: "g", Class: "site"},
			{ID: "i", Parent: "lost", Class: "location"},
		})
		if err == nil {
			t.Fatal("no error")
		}
		for i, want := range []struct {
			class   cmdb.ObjectType
			method  cmdb.LocationMethod
			problem cmdb.LocationProblem
		}{
			{"", "none", "in-cycle"},
			{"site", "explicit", "in-cycle"},
			{"location", "below", "under-broken-top"},
			{"", "none", "under-broken-top"},
			{"", "none", "missing-parent"},
			{"", "none", "under-broken-top"},
			{"region", "above", "missing-parent"},
			{"site", "explicit", "under-broken-top"},
			{"location", "explicit", "missing-parent"},
		} {
			r := got[i]
			if r.Class != want.class || r.Method != want.method || r.Level != -1 || r.Reason == "" || len(r.Diagnostics) != 1 || r.Diagnostics[0].Problem != want.problem {
				t.Errorf("got %+v", r)
			}
		}
	})
	t.Run("001-15 bad ids are refused", func(t *testing.T) {
		for text, records := range map[string][]cmdb.Location{
			"location 1 has an empty ID":                {{ID: "a"}, {}},
			`locations 0 and 2 have the same ID "same"`: {{ID: "same"}, {ID: "b"}, {ID: "same"}},
		} {
			got, err := siteDefault.Classify(records)
			if got != nil || err == nil || err.Error()[:len("cmdb: ")+len(text)] != "cmdb: "+text {
				t.Errorf("got %v, %v", got, err)
			}
		}
	})
	t.Run("001-15 no records", func(t *testing.T) {
		if got, err := siteDefault.Classify(nil); len(got) != 0 || err != nil {
			t.Errorf("got %v, %v", got, err)
		}
	})
}
