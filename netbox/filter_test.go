package netbox_test

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/netbox/netboxtest"
)

var emptyList = `{"count":0,"next":null,"previous":null,"results":[]}`

// asked returns the query with which devices were listed by a server of some
// version, and how many requests it took.
func asked(t *testing.T, version string, q netbox.Query) (url.Values, int) {
	t.Helper()
	c, s := scripted(t, version, func(*http.Request, []byte) (int, string) { return 200, emptyList })
	if _, err := c.DCIM.Devices.List(t.Context(), q); err != nil {
		t.Fatal(err)
	}
	last := s.requests[len(s.requests)-1].Query
	last.Del("limit")
	return last, len(s.requests)
}

func TestFiltersOnTheWire(t *testing.T) {
	yes := true
	day := time.Date(2026, 8, 1, 12, 0, 0, 123456000, time.FixedZone("", 3600))
	base := url.Values{"ordering": {"id"}, "omit": {"config_context"}, "exclude": {"config_context"}}
	for name, tc := range map[string]struct {
		where netbox.Filter
		want  url.Values
	}{
		"nothing":         {nil, nil},
		"empty struct":    {netbox.DeviceFilter{}, nil},
		"ids":             {netbox.DeviceFilter{ID: []int64{7, 3, 7}}, url.Values{"id": {"3", "7"}}},
		"texts":           {netbox.DeviceFilter{Name: []string{"a & b", "c=d"}, Status: []string{"active"}}, url.Values{"name": {"a & b", "c=d"}, "status": {"active"}}},
		"relations":       {netbox.DeviceFilter{SiteID: []int64{1, 2}, TenantID: []int64{netbox.None, 5}}, url.Values{"site_id": {"1", "2"}, "tenant_id": {"null", "5"}}},
		"all of the tags": {netbox.DeviceFilter{Tag: []string{"a", "b"}}, url.Values{"tag": {"a", "b"}}},
		"switches":        {netbox.DeviceFilter{HasPrimaryIP: &yes, Search: "x"}, url.Values{"has_primary_ip": {"true"}, "q": {"x"}}},
		"lookups": {netbox.And(netbox.Lookup("name", netbox.StartsWith, "zrh"), netbox.Lookup("serial", netbox.Empty), netbox.Lookup("status", netbox.Not, "offline"),
			netbox.Lookup("position", netbox.GreaterEq, 10.5), netbox.Lookup("site_id", netbox.Not, 4), netbox.Lookup("asset_tag", netbox.Exact, "A1")),
			url.Values{"name__isw": {"zrh"}, "serial__empty": {"true"}, "status__n": {"offline"}, "position__gte": {"10.5"}, "site_id__n": {"4"}, "asset_tag": {"A1"}}},
		"custom field": {netbox.CF("ci_class", "a", "b"), url.Values{"cf_ci_class": {"a", "b"}}},
		"custom range": {netbox.Lookup("cf_units", netbox.Less, 4), url.Values{"cf_units__lt": {"4"}}},
		"null":         {netbox.And(netbox.IsNull("asset_tag"), nil), url.Values{"asset_tag": {"null"}}},
		"times": {netbox.UpdatedBetween(day, day.Add(time.Hour)),
			url.Values{"last_updated__gte": {"2026-08-01T11:00:00.123456Z"}, "last_updated__lt": {"2026-08-01T12:00:00.123456Z"}}},
		"created":  {netbox.CreatedBetween(time.Time{}, day.Truncate(time.Second)), url.Values{"created__lt": {"2026-08-01T11:00:00Z"}}},
		"raw":      {netbox.Raw("rack_id__n", 7, "null"), url.Values{"rack_id__n": {"7", "null"}}},
		"raw list": {netbox.Raw("rack_id", []int64{7, 8}), url.Values{"rack_id": {"7", "8"}}},
		"id range": {netbox.Lookup("id", netbox.Greater, 50), url.Values{"id__gt": {"50"}}},
	} {
		t.Run(name, func(t *testing.T) {
			want := url.Values{}
			for _, part := range []url.Values{base, tc.want} {
				maps.Copy(want, part)
			}
			got, n := asked(t, "4.6", netbox.Query{Where: tc.where})
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			if n != 1 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

// Whatever NetBox would ignore, and then answer with the whole table, is
// refused before anything is sent. The error names what to change.
func TestFiltersRefused(t *testing.T) {
	for name, tc := range map[string]struct {
		query netbox.Query
		text  string
	}{
		"unknown name":             {netbox.Query{Where: netbox.Raw("serail", "x")}, `"serail"`},
		"unknown comparison":       {netbox.Query{Where: netbox.Raw("name__like", "x")}, `"like"`},
		"comparison of a relation": {netbox.Query{Where: netbox.Lookup("site_id", netbox.Greater, 3)}, `"gt"`},
		"comparison of a choice":   {netbox.Query{Where: netbox.Lookup("status", netbox.Contains, "a")}, `"ic"`},
		"comparison of a switch":   {netbox.Query{Where: netbox.Lookup("has_primary_ip", netbox.Not, true)}, `"n"`},
		"text in a custom field":   {netbox.Query{Where: netbox.Lookup("cf_x", netbox.Contains, "a")}, "cf_x__ic"},
		"no custom field":          {netbox.Query{Where: netbox.CF("", 1)}, "CF"},
		"bad custom field":         {netbox.Query{Where: netbox.CF("a b", 1)}, "cf_a b"},
		"empty text":               {netbox.Query{Where: netbox.DeviceFilter{Name: []string{"a", ""}}}, "name"},
		"blank text":               {netbox.Query{Where: netbox.Raw("serial", " ")}, "serial"},
		"the text null":            {netbox.Query{Where: netbox.DeviceFilter{Name: []string{"null"}}}, "IsNull"},
		"empty list of ids":        {netbox.Query{Where: netbox.DeviceFilter{ID: []int64{}}}, "DeviceFilter.ID"},
		"empty list of texts":      {netbox.Query{Where: netbox.DeviceFilter{Serial: []string{}}}, "DeviceFilter.Serial"},
		"zero id":                  {netbox.Query{Where: netbox.DeviceFilter{ID: []int64{0}}}, "id"},
		"zero related id":          {netbox.Query{Where: netbox.DeviceFilter{SiteID: []int64{0}}}, "site_id"},
		"none among own ids":       {netbox.Query{Where: netbox.DeviceFilter{ID: []int64{netbox.None}}}, "id"},
		"no value":                 {netbox.Query{Where: netbox.Raw("name")}, "name"},
		"nil value":                {netbox.Query{Where: netbox.Raw("tenant_id", nil)}, "IsNull"},
		"odd value":                {netbox.Query{Where: netbox.Raw("name", struct{}{})}, "struct"},
		"no name":                  {netbox.Query{Where: netbox.Raw("", 1)}, "name"},
		"zero time":                {netbox.Query{Where: netbox.Lookup("created", netbox.Less, time.Time{})}, "created"},
		"open range":               {netbox.Query{Where: netbox.UpdatedBetween(time.Time{}, time.Time{})}, "last_updated"},
		"twice":                    {netbox.Query{Where: netbox.And(netbox.DeviceFilter{Name: []string{"a"}}, netbox.Raw("name", "b"))}, "twice"},
		"another resource's":       {netbox.Query{Where: netbox.SiteFilter{RegionID: []int64{1}}}, "DeviceFilter"},
		"another one within":       {netbox.Query{Where: netbox.And(netbox.SiteFilter{})}, "DeviceFilter"},
		"a pointer":                {netbox.Query{Where: &netbox.DeviceFilter{}}, "by value"},
		"paging by hand":           {netbox.Query{Where: netbox.Raw("limit", 5)}, "Query.PageSize"},
		"ordering by hand":         {netbox.Query{Where: netbox.Raw("ordering", "name")}, "Query.Ordering"},
		"format":                   {netbox.Query{Where: netbox.Raw("format", "csv")}, "format"},
		"unknown field":            {netbox.Query{Fields: []string{"nickname"}}, `"nickname"`},
		"unknown omitted field":    {netbox.Query{Omit: []string{"nickname"}}, `"nickname"`},
		"omitted id":               {netbox.Query{Omit: []string{"id"}}, "Omit"},
		"fields and omit":          {netbox.Query{Fields: []string{"name"}, Omit: []string{"serial"}}, "Omit"},
		"brief and fields":         {netbox.Query{Fields: []string{"name"}, Brief: true}, "Brief"},
		"empty ordering":           {netbox.Query{Ordering: []string{""}}, "Ordering"},
		"odd ordering":             {netbox.Query{Ordering: []string{"name,id"}}, "Ordering"},
		"negative page":            {netbox.Query{PageSize: -1}, "PageSize"},
	} {
		t.Run(name, func(t *testing.T) {
			c, s := scripted(t, "4.7", func(*http.Request, []byte) (int, string) { return 200, emptyList })
			_, err := c.DCIM.Devices.List(t.Context(), tc.query)
			if err == nil || !strings.Contains(err.Error(), tc.text) || !strings.HasPrefix(err.Error(), "netbox: DCIM.Devices.List: ") {
				t.Errorf("got %v, want %q in it", err, tc.text)
			}
			var last error
			for _, err := range c.DCIM.Devices.All(t.Context(), tc.query) {
				last = err
			}
			if last == nil {
				t.Error("All took it")
			}
			if len(s.requests) != 0 {
				t.Errorf("%d requests", len(s.requests))
			}
		})
	}
}

// A filter that the server's release does not know yet is refused; only then is
// the version asked for beforehand.
func TestFiltersByVersion(t *testing.T) {
	roots := netbox.Query{Where: netbox.DeviceRoleFilter{ParentID: []int64{netbox.None}}}
	status := func(r *http.Request, _ []byte) (int, string) {
		if r.URL.Path == "/api/status/" {
			return 200, `{"netbox-version":"4.2.9"}`
		}
		return 200, emptyList
	}
	c, s := scripted(t, "4.2", status)
	_, err := c.DCIM.DeviceRoles.List(t.Context(), roots)
	if err == nil || !strings.Contains(err.Error(), "since NetBox 4.3") || len(s.requests) != 1 || s.requests[0].Path != "/api/status/" {
		t.Errorf("got %v after %v", err, s.requests)
	}
	c, s = scripted(t, "4.3", status)
	if _, err := c.DCIM.DeviceRoles.List(t.Context(), roots); err != nil || len(s.requests) != 2 || s.requests[1].Query.Get("parent_id") != "null" {
		t.Errorf("got %v after %v", err, s.requests)
	}
	for version, want := range map[string]string{"3.7": "content_types", "4.2": "object_type"} {
		c, s = scripted(t, version, status)
		if _, err := c.Extras.CustomFields.List(t.Context(), netbox.Query{Where: netbox.CustomFieldFilter{ObjectType: []string{"dcim.device"}}}); err != nil {
			t.Fatal(err)
		}
		if got := s.requests[len(s.requests)-1].Query.Get(want); got != "dcim.device" {
			t.Errorf("%s: asked %v", version, s.requests)
		}
	}
}

func TestFieldsByVersion(t *testing.T) {
	both := url.Values{"omit": {"config_context"}, "exclude": {"config_context"}}
	for _, tc := range []struct {
		name, version string
		query         netbox.Query
		want          url.Values
	}{
		{"default", "3.7", netbox.Query{}, url.Values{"exclude": {"config_context"}}},
		{"default", "4.2", netbox.Query{}, url.Values{"exclude": {"config_context"}}},
		{"default", "4.6", netbox.Query{}, both},
		{"default", "4.7", netbox.Query{}, url.Values{"omit": {"config_context"}}},
		{"with contexts", "4.7", netbox.Query{ConfigContext: true}, url.Values{}},
		{"fields", "4.7", netbox.Query{Fields: []string{"name", "serial"}}, url.Values{"fields": {"id,name,serial"}}},
		{"fields", "4.2", netbox.Query{Fields: []string{"name"}}, url.Values{"fields": {"id,name"}, "exclude": {"config_context"}}},
		{"context by name", "4.2", netbox.Query{Fields: []string{"id", "config_context"}}, url.Values{"fields": {"id,config_context"}}},
		{"omit", "4.7", netbox.Query{Omit: []string{"comments"}}, url.Values{"omit": {"comments,config_context"}}},
		{"omit", "4.2", netbox.Query{Omit: []string{"comments"}}, url.Values{"exclude": {"config_context"}}},
		{"brief", "4.7", netbox.Query{Brief: true}, url.Values{"brief": {"true"}}},
		{"brief", "3.7", netbox.Query{Brief: true}, url.Values{"brief": {"true"}}},
	} {
		t.Run(tc.name+" "+tc.version, func(t *testing.T) {
			c, s := scripted(t, tc.version, func(*http.Request, []byte) (int, string) { return 200, emptyList })
			if _, err := c.APIVersion(t.Context()); err != nil {
				t.Fatal(err)
			}
			if _, err := c.DCIM.Devices.List(t.Context(), tc.query); err != nil {
				t.Fatal(err)
			}
			got := s.requests[len(s.requests)-1].Query
			got.Del("limit")
			got.Del("ordering")
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	got, _ := asked(t, "4.7", netbox.Query{}) // version still unknown
	if got.Get("omit") != "config_context" || got.Get("exclude") != "config_context" {
		t.Errorf("the first list asked %v", got)
	}
}

// Filters select the same rows on every release.
func TestFiltersSelect(t *testing.T) {
	onEach(t, func(t *testing.T, _ string, srv *netboxtest.Server, c *netbox.Client) {
		site, role, typ := ground(t, srv)
		for _, tag := range []string{"a", "b"} {
			create(t, srv, "extras/tags", map[string]any{"name": tag, "slug": tag})
		}
		device := func(name, serial string, tags ...map[string]any) int64 {
			return create(t, srv, "dcim/devices", map[string]any{"name": name, "serial": serial, "site": site, "role": role, "device_type": typ, "tags": append([]map[string]any{}, tags...)})
		}
		a, b := map[string]any{"slug": "a"}, map[string]any{"slug": "b"}
		one, two, three := device("one", "S1", a, b), device("two", "S2", a), device("three", "")
		for name, tc := range map[string]struct {
			where netbox.Filter
			want  []int64
		}{
			"all":            {nil, []int64{one, two, three}},
			"any name":       {netbox.DeviceFilter{Name: []string{"ONE", "two"}}, []int64{one, two}},
			"both tags":      {netbox.DeviceFilter{Tag: []string{"a", "b"}}, []int64{one}},
			"one tag":        {netbox.DeviceFilter{Tag: []string{"a"}}, []int64{one, two}},
			"serial":         {netbox.DeviceFilter{Serial: []string{"s2"}}, []int64{two}},
			"starts with":    {netbox.Lookup("name", netbox.StartsWith, "T"), []int64{two, three}},
			"no tenant":      {netbox.DeviceFilter{TenantID: []int64{netbox.None}, SiteID: []int64{site}}, []int64{one, two, three}},
			"after an id":    {netbox.Lookup("id", netbox.Greater, one), []int64{two, three}},
			"from an id":     {netbox.Lookup("id", netbox.GreaterEq, two), []int64{two, three}},
			"ids and a name": {netbox.DeviceFilter{ID: []int64{one, three}, Name: []string{"three"}}, []int64{three}},
		} {
			var got []int64
			for d, err := range c.DCIM.Devices.All(t.Context(), netbox.Query{Where: tc.where, Fields: []string{"name"}, PageSize: 2}) {
				if err != nil {
					t.Fatal(name, err)
				}
				got = append(got, d.ID)
			}
			slices.Sort(got)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(name, diff)
			}
			n, err := c.DCIM.Devices.Count(t.Context(), netbox.Query{Where: tc.where})
			if err != nil || n != len(tc.want) {
				t.Errorf("%s: counted %d, %v", name, n, err)
			}
		}
	})
}

func TestResourceOf(t *testing.T) {
	srv, c := world(t, netboxtest.Options{}, netbox.Config{})
	rows(t, srv, 5)
	type maker struct {
		ID   int64  `json:"id"`
		Name string `json:"name"`
	}
	typed := netbox.ResourceOf[maker](c, "dcim/manufacturers", "name")
	n := 0
	for m, err := range typed.All(t.Context(), netbox.Query{Where: netbox.Lookup("name", netbox.Contains, "maker"), PageSize: 2, Fields: []string{"name"}}) {
		if err != nil || m.Name == "" {
			t.Fatal(m, err)
		}
		n++
	}
	for m, err := range netbox.ResourceOf[map[string]any](c, "dcim/manufacturers").All(t.Context(), netbox.Query{PageSize: 3}) {
		if err != nil || m["slug"] == "" {
			t.Fatal(m, err)
		}
		n++
	}
	if n != 10 {
		t.Errorf("read %d rows", n)
	}
	ctx := t.Context()
	if _, err := typed.List(ctx, netbox.Query{Where: netbox.Raw("slug", "x")}); err == nil {
		t.Error("a filter that was not named was taken")
	}
	if _, err := netbox.ResourceOf[struct{ Name string }](c, "dcim/manufacturers").List(ctx, netbox.Query{}); err == nil || !strings.Contains(err.Error(), "id") {
		t.Errorf("a row without id gave %v", err)
	}
	if _, err := netbox.ResourceOf[string](c, "dcim/manufacturers").Get(ctx, 1); err == nil {
		t.Error("a string was taken for a row")
	}
	for _, path := range []string{"", "dcim/../users", "/dcim"} {
		if _, err := netbox.ResourceOf[maker](c, path).Get(ctx, 1); err == nil {
			t.Errorf("path %q was taken", path)
		}
	}
}
