package netbox_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/itsmkit/itsmkit/netbox"
)

// replay makes a client to which a recorded answer is given.
func replay(t testing.TB, name string) (*netbox.Client, exchange, *[]sent) {
	t.Helper()
	x := recorded(t, name)
	body := []byte(x.Response.Body)
	if len(body) > 0 && body[0] == '"' {
		body = []byte(decode[string](t, body))
	}
	var requests []sent
	c, err := netbox.New(netbox.Config{BaseURL: "http://netbox.example", Auth: netbox.Token("x"), MaxRetries: -1,
		HTTPClient: &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			var sentBody []byte
			if r.Body != nil {
				sentBody, _ = io.ReadAll(r.Body)
			}
			requests = append(requests, sent{r.Method, r.URL.Path, r.URL.Query(), r.Header.Clone(), string(sentBody)})
			h := http.Header{}
			for k, v := range x.Response.Headers {
				h.Set(k, v)
			}
			return &http.Response{StatusCode: x.Response.Status, Header: h, Request: r,
				Body: io.NopCloser(strings.NewReader(string(body))), ContentLength: int64(len(body))}, nil
		})}})
	if err != nil {
		t.Fatal(err)
	}
	return c, x, &requests
}

// The recorded refusals of a real NetBox 4.7.3: what they are for errors.Is,
// and what is read out of their bodies.
func TestRecordedRefusals(t *testing.T) {
	type facts struct {
		Is       []error
		Not      []error
		Detail   string
		Fields   map[string][]string
		NonField []string
		Items    int
		Text     string // part of the message
	}
	credential := func(detail string) facts {
		return facts{Is: []error{netbox.ErrUnauthorized}, Not: []error{netbox.ErrForbidden}, Detail: detail, Text: detail}
	}
	for name, want := range map[string]facts{
		"auth-address-not-allowed":       credential("Source IP 127.0.0.1 is not permitted to authenticate using this token."),
		"auth-header-malformed":          credential(`Invalid authorization header: Must be in the form "Bearer <key>.<token>" or "Token <token>"`),
		"auth-missing":                   credential("Authentication credentials were not provided."),
		"auth-token-disabled":            credential("Token disabled"),
		"auth-token-expired":             credential("Token expired"),
		"auth-v1-wrong":                  credential("Invalid v1 token"),
		"auth-v2-wrong":                  credential("Invalid v2 token"),
		"auth-v2-unparsable":             credential("Invalid authorization header: Could not parse key from v2 token. Did you mean to use 'Token' instead of 'Bearer'?"),
		"token-provision-wrong-password": credential("Invalid username/password"),
		"permission-denied": {Is: []error{netbox.ErrForbidden}, Not: []error{netbox.ErrUnauthorized},
			Detail: "You do not have permission to perform this action."},
		"permission-object-hidden": {Is: []error{netbox.ErrNotFound}, Detail: "No Site matches the given query."},
		"object-missing":           {Is: []error{netbox.ErrNotFound}},
		"endpoint-unknown":         {Is: []error{netbox.ErrNotFound}, Text: "an HTML page"},
		"no-slash-post":            {Is: []error{netbox.ErrNotFound}, Text: "check BaseURL and path"},
		"method-not-allowed":       {Is: []error{netbox.ErrInvalid}, Detail: `Method "DELETE" not allowed.`},
		"json-broken":              {Is: []error{netbox.ErrInvalid}, Text: "JSON parse error"},
		"request-line-too-long":    {Is: []error{netbox.ErrInvalid}, Text: `an HTML page ("Bad Request"); filter by fewer values`},
		"delete-protected":         {Is: []error{netbox.ErrProtected, netbox.ErrConflict}, Not: []error{netbox.ErrDuplicate}, Text: "5 dependent objects were found"},
		"etag-mismatch":            {Is: []error{netbox.ErrPrecondition, netbox.ErrConflict}, Not: []error{netbox.ErrProtected}, Detail: "Precondition failed."},
		"site-create-duplicate": {Is: []error{netbox.ErrDuplicate, netbox.ErrConflict, netbox.ErrInvalid},
			Fields: map[string][]string{"name": {"site with this name already exists."}, "slug": {"site with this slug already exists."}},
			Text:   "name: site with this name already exists.; slug: site with this slug already exists."},
		"device-create-duplicate-asset-tag": {Is: []error{netbox.ErrDuplicate},
			Fields: map[string][]string{"asset_tag": {"device with this asset tag already exists."}}},
		"device-create-duplicate-name": {Is: []error{netbox.ErrDuplicate}, NonField: []string{"Device name must be unique per site and tenant."}},
		"tenant-create-duplicate":      {Is: []error{netbox.ErrDuplicate}, NonField: []string{"Tenant name must be unique per group."}},
		"region-create-duplicate": {Is: []error{netbox.ErrDuplicate},
			NonField: []string{"A region with this name already exists.", "A region with this slug already exists."}},
		"fields-missing": {Is: []error{netbox.ErrInvalid}, Not: []error{netbox.ErrDuplicate},
			Fields: map[string][]string{"device_type": {"This field is required."}, "role": {"This field is required."}, "site": {"This field is required."}}},
		"custom-field-unknown": {Is: []error{netbox.ErrInvalid},
			Fields: map[string][]string{"custom_fields.nope": {"Custom field 'nope' does not exist for this object type."}}},
		"choice-set-remove-used": {Is: []error{netbox.ErrInvalid}, Not: []error{netbox.ErrDuplicate},
			NonField: []string{"Cannot remove choice cmdb_ci_ip_router as there are DCIM | device objects which reference it."}},
		"device-list-cursor-and-offset": {Is: []error{netbox.ErrInvalid}, NonField: []string{"'start' and 'offset' are mutually exclusive."}},
		"server-error":                  {Is: []error{netbox.ErrInvalid}, Text: "DataError: invalid regular expression", Detail: "invalid regular expression: brackets [] not balanced"},
		"bulk-create-one-bad":           {Is: []error{netbox.ErrInvalid}, Not: []error{netbox.ErrDuplicate}, Detail: "2 of 3 objects could not be created.", Items: 2},
		"bulk-permission":               {Is: []error{netbox.ErrForbidden}, Not: []error{netbox.ErrUnauthorized}, Items: 2},
		"bulk-delete-protected":         {Is: []error{netbox.ErrProtected, netbox.ErrConflict}, Items: 1},
		"bulk-not-a-list":               {Is: []error{netbox.ErrInvalid}, Detail: "Expected a list of objects, but got dict."},
	} {
		t.Run(name, func(t *testing.T) {
			c, x, _ := replay(t, name)
			path, _, _ := strings.Cut(x.Request.Path, "?")
			if !strings.HasSuffix(path, "/") {
				path += "/"
			}
			err := c.Do(t.Context(), x.Request.Method, path, nil, x.Request.Body, nil)
			var e *netbox.Error
			if !errors.As(err, &e) {
				t.Fatalf("got %v", err)
			}
			for _, kind := range want.Is {
				if !errors.Is(err, kind) {
					t.Errorf("%v is not %v", err, kind)
				}
			}
			for _, kind := range want.Not {
				if errors.Is(err, kind) {
					t.Errorf("%v is %v", err, kind)
				}
			}
			if want.Detail != "" && e.Detail != want.Detail {
				t.Errorf("detail %q", e.Detail)
			}
			if diff := cmp.Diff(want.Fields, e.Fields); diff != "" {
				t.Error("fields:", diff)
			}
			if diff := cmp.Diff(want.NonField, e.NonField); diff != "" {
				t.Error("non-field:", diff)
			}
			if len(e.Items) != want.Items {
				t.Errorf("items %v", e.Items)
			}
			if !strings.Contains(err.Error(), want.Text) {
				t.Errorf("error %q lacks %q", err, want.Text)
			}
			if len(err.Error()) > 900 {
				t.Errorf("an error of %d bytes", len(err.Error()))
			}
			if e.Status != x.Response.Status || e.RequestID != x.Response.Headers["X-Request-ID"] || e.APIVersion != x.Response.Headers["API-Version"] || e.Attempts != 1 {
				t.Errorf("status %d, request %q, version %q, attempts %d", e.Status, e.RequestID, e.APIVersion, e.Attempts)
			}
			if e.Retryable() || e.MaybeApplied() {
				t.Errorf("retryable %v, maybe applied %v", e.Retryable(), e.MaybeApplied())
			}
		})
	}
}

// Bulk refusals name their items by index and id, whichever NetBox told.
func TestRecordedBulkItems(t *testing.T) {
	patches := []netbox.Patch{{ID: 820, Body: map[string]any{"description": "x"}}, {ID: 821, Body: map[string]any{"slug": "cisco"}}}
	type item struct {
		Index int
		ID    int64
		Kind  error
	}
	for name, tc := range map[string]struct {
		call func(c *netbox.Client) error
		want []item
	}{
		"bulk-create-one-bad": {func(c *netbox.Client) error {
			_, err := c.DCIM.Manufacturers.BulkCreate(t.Context(), []any{map[string]any{"name": "fx-d", "slug": "fx-d"}, map[string]any{"name": "Cisco", "slug": "cisco"}, map[string]any{"name": "fx-e"}})
			return err
		}, []item{{1, -1, netbox.ErrDuplicate}, {2, -1, netbox.ErrInvalid}}},
		"bulk-update-one-bad": {func(c *netbox.Client) error {
			_, err := c.DCIM.Manufacturers.BulkUpdate(t.Context(), patches)
			return err
		}, []item{{1, 821, netbox.ErrDuplicate}}},
		"bulk-update-unknown-id": {func(c *netbox.Client) error {
			_, err := c.DCIM.Manufacturers.BulkUpdate(t.Context(), []netbox.Patch{patches[0], {ID: 999999, Body: map[string]any{"description": "x"}}})
			return err
		}, []item{{1, 999999, netbox.ErrNotFound}}},
		"bulk-update-id-unreadable": {func(c *netbox.Client) error {
			_, err := c.DCIM.Manufacturers.BulkUpdate(t.Context(), patches)
			return err
		}, []item{{1, 821, netbox.ErrInvalid}}},
		"bulk-permission": {func(c *netbox.Client) error {
			_, err := c.DCIM.Sites.BulkCreate(t.Context(), []any{map[string]any{"name": "x", "slug": "x"}, map[string]any{"name": "Basel", "slug": "basel"}})
			return err
		}, []item{{0, -1, netbox.ErrForbidden}, {1, -1, netbox.ErrDuplicate}}},
	} {
		t.Run(name, func(t *testing.T) {
			c, _, _ := replay(t, name)
			var e *netbox.Error
			if err := tc.call(c); !errors.As(err, &e) {
				t.Fatalf("got %v", err)
			}
			var got []item
			for _, i := range e.Items {
				got = append(got, item{i.Index, i.ID, i.Kind})
				if !errors.Is(i, i.Kind) || i.Error() == "" {
					t.Errorf("item %v is not %v", i, i.Kind)
				}
			}
			if diff := cmp.Diff(tc.want, got, cmp.Comparer(func(a, b error) bool { return a == b })); diff != "" {
				t.Error(diff)
			}
		})
	}
	t.Run("bulk-delete-protected", func(t *testing.T) {
		c, _, _ := replay(t, "bulk-delete-protected")
		_, err := c.APIVersion(t.Context()) // the version is read from the refusal
		if err != nil {
			t.Fatal(err)
		}
		err = c.DCIM.Manufacturers.BulkDelete(t.Context(), []int64{820, 818})
		var e *netbox.Error
		if !errors.As(err, &e) || len(e.Items) != 1 || e.Items[0].Index != 1 || e.Items[0].ID != 818 || !errors.Is(e.Items[0], netbox.ErrProtected) {
			t.Errorf("got %v", err)
		}
	})
}

// What our types drop of the objects that a real 4.7.3 sent, and why.
func TestDroppedKeys(t *testing.T) {
	// url and display_url repeat the id; counts of nested objects come and go
	// by version, and some are wrong.
	nested := map[string]bool{
		"url": true, "display_url": true, "display": true, "device_count": true, "virtualmachine_count": true,
		"site_count": true, "tenant_count": true, "rack_count": true, "choices_count": true, "nat_inside": true, "nat_outside": true,
	}
	check := func(name string, v any) {
		t.Run(name, func(t *testing.T) {
			body := recorded(t, name).Response.Body
			kept := wireNames(v)
			for key, raw := range decode[map[string]any](t, body) {
				if !kept[key] {
					t.Errorf("%s is dropped", key)
				}
				if inner, ok := raw.(map[string]any); ok && key != "custom_fields" && key != "installed_apps" {
					for sub := range inner {
						if _, isChoice := inner["label"]; !isChoice && !nestedNames[sub] && !nested[sub] {
							t.Errorf("%s.%s is dropped", key, sub)
						}
					}
				}
			}
		})
	}
	check("device", netbox.Device{})
	check("device-type", netbox.DeviceType{})
	check("device-role", netbox.DeviceRole{})
	check("region-nested", netbox.Region{})
	check("location-nested", netbox.Location{})
	check("rack", netbox.Rack{})
	check("site", netbox.Site{})
	check("tenant", netbox.Tenant{})
	check("manufacturer", netbox.Manufacturer{})
	check("tag", netbox.Tag{})
	check("custom-field-create", netbox.CustomField{})
	check("choice-set-create", netbox.ChoiceSet{})
	check("status", netbox.Status{})
}

func TestRecordedLists(t *testing.T) {
	c, _, _ := replay(t, "device-list-fields")
	page, err := c.DCIM.Devices.List(t.Context(), netbox.Query{PageSize: 2, Fields: []string{"name", "status", "custom_fields", "tags"}})
	if err != nil || page.Total != 3 || page.Next == "" || len(page.Items) != 2 {
		t.Fatalf("page %+v, %v", page, err)
	}
	d := page.Items[1]
	if d.CustomFields.Text("servicenow_ci_class") != "" || !d.CustomFields.Has("zones") || !d.CustomFields.IsNull("zones") || d.Tags != nil || d.Site != nil {
		t.Errorf("partial device %+v", d)
	}

	c, _, requests := replay(t, "device-list-cursor")
	if _, err := c.APIVersion(t.Context()); err != nil {
		t.Fatal(err)
	}
	page, err = c.DCIM.Devices.List(t.Context(), netbox.Query{Brief: true, After: "id:6229"})
	if err != nil || page.Total != -1 || page.Next != "id:6232" || len(page.Items) != 3 {
		t.Errorf("cursor page %+v, %v", page, err)
	}
	last := (*requests)[len(*requests)-1]
	if last.Query.Get("start") != "6230" || last.Query.Has("ordering") || last.Query.Get("brief") != "true" || last.Query.Has("omit") {
		t.Errorf("asked %v", last.Query)
	}

	// NetBox answers a bulk update in its own order.
	c, _, _ = replay(t, "bulk-update")
	var patches []netbox.Patch
	for _, id := range []int64{820, 821, 822} {
		patches = append(patches, netbox.Patch{ID: id, Body: map[string]any{"description": "made by hand"}})
	}
	got, err := c.DCIM.Manufacturers.BulkUpdate(t.Context(), patches)
	if err != nil || got[0].ID != 820 || got[1].ID != 821 || got[2].ID != 822 || got[0].Name != "fx-c" {
		t.Errorf("updated %+v, %v", got, err)
	}
}
