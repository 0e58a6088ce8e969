package netbox_test

import (
	"bufio"
	"net/http"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/netbox"
)

// Every filter that the client lets pass is one that NetBox 4.7.3 documents for
// the endpoint: any other would be ignored and give the whole table.
func TestKnownFiltersExist(t *testing.T) {
	file, err := os.Open("testdata/filters-4.7.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	documented := map[string]map[string]bool{}
	var path string
	for lines := bufio.NewScanner(file); lines.Scan(); {
		line := lines.Text()
		switch {
		case strings.HasPrefix(line, "#"):
		case strings.HasSuffix(line, ":"):
			path = strings.TrimSuffix(line, ":")
			documented[path] = map[string]bool{}
		default:
			words := strings.Fields(line)
			documented[path][words[0]] = true
			for _, op := range words[1:] {
				documented[path][words[0]+"__"+op] = true
			}
		}
	}
	c, _ := scripted(t, "4.7", nil)
	endpoints := netbox.Endpoints(c)
	if len(endpoints) != len(documented) || len(endpoints) < 49 {
		t.Fatalf("%d endpoints, %d recorded", len(endpoints), len(documented))
	}
	n := 0
	for _, e := range endpoints {
		for _, name := range e.KnownFilters() {
			if n++; !documented[e.Path][name] {
				t.Errorf("%s has no filter %s", e.Path, name)
			}
		}
	}
	t.Logf("%d filters", n)
}

// Every field of every filter struct reaches the wire under its own name.
func TestFilterFields(t *testing.T) {
	c, s := scripted(t, "4.7", func(*http.Request, []byte) (int, string) { return 200, emptyList })
	if _, err := c.APIVersion(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, e := range netbox.Endpoints(c) {
		t.Run(e.Path, func(t *testing.T) { tryFields(t, s, e) })
	}
}

func tryFields(t *testing.T, s *script, e netbox.Endpoint) {
	t.Helper()
	typ := reflect.TypeOf(e.Filter)
	if typ.Name() != e.Row.Name()+"Filter" {
		t.Errorf("a %s is selected by a %s", e.Row.Name(), typ.Name())
	}
	yes := true
	for i := range typ.NumField() {
		filter := reflect.New(typ).Elem()
		want := "5"
		switch v := filter.Field(i).Addr().Interface().(type) {
		case *netbox.IDs:
			*v = []int64{5}
		case *netbox.Numbers:
			*v = []int64{5}
		case *netbox.Texts:
			*v = []string{"5"}
		case *string:
			*v = "5"
		case **bool:
			*v, want = &yes, "true"
		default:
			t.Fatalf("%s.%s is a %T", typ.Name(), typ.Field(i).Name, v)
		}
		name, _, _ := strings.Cut(typ.Field(i).Tag.Get("url"), ",")
		if err := e.List(t.Context(), netbox.Query{Where: filter.Interface().(netbox.Filter)}); err != nil {
			t.Errorf("%s.%s: %v", typ.Name(), typ.Field(i).Name, err)
			continue
		}
		last := s.requests[len(s.requests)-1]
		if got := last.Query.Get(name); got != want || last.Path != "/api/"+e.Path+"/" {
			t.Errorf("%s.%s sent %s?%s=%q", typ.Name(), typ.Field(i).Name, last.Path, name, got)
		}
	}
}
