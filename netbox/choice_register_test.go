package netbox_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/netbox/netboxtest"
)

func ExampleClient_RegisterChoices() {
	srv, err := netboxtest.New(netboxtest.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	client, err := netbox.New(netbox.Config{BaseURL: "https://netbox.example", Auth: netbox.Token(netboxtest.AdminToken), HTTPClient: srv.Client()})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	set, err := client.Extras.ChoiceSets.Create(ctx, netbox.ChoiceSetWrite{Name: netbox.Set("ServiceNow CI Classes"),
		ExtraChoices: netbox.Set(netbox.ChoicePairs{{Value: "cmdb_ci_server", Label: "Server"}})})
	if err != nil {
		fmt.Println(err)
		return
	}
	for range 2 {
		set, added, err := client.RegisterChoices(ctx, set.ID, []netbox.Choice{{Value: "cmdb_ci_ip_switch", Label: "IP Switch"}, {Value: "cmdb_ci_server"}})
		fmt.Println(added, set.ExtraChoices, err)
	}
	// Output:
	// [cmdb_ci_ip_switch] [cmdb_ci_server cmdb_ci_ip_switch] <nil>
	// [] [cmdb_ci_server cmdb_ci_ip_switch] <nil>
}

func classes(n int) []netbox.Choice {
	list := make([]netbox.Choice, n)
	for i := range list {
		list[i] = netbox.Choice{Value: fmt.Sprintf("cmdb_ci_%02d", i), Label: fmt.Sprintf("Class %d", i)}
	}
	return list
}

func choiceSet(t *testing.T, srv *netboxtest.Server) int64 {
	t.Helper()
	return create(t, srv, "extras/custom-field-choice-sets", map[string]any{"name": "classes", "extra_choices": [][]string{{"z", "Zed"}, {"a", "Ay"}}})
}

func TestRegisterChoicesInSixes(t *testing.T) {
	onEach(t, func(t *testing.T, _ string, srv *netboxtest.Server, c *netbox.Client) {
		id := choiceSet(t, srv)
		want := append([]netbox.Choice{{Value: "a", Label: "another label"}}, classes(6)...)
		set, added, err := c.RegisterChoices(t.Context(), id, want)
		if err != nil || len(added) != 6 || srv.Requests(http.MethodPatch) != 2 {
			t.Fatalf("added %q in %d writes: %v", added, srv.Requests(http.MethodPatch), err)
		}
		got := append([]netbox.Choice{{Value: "z", Label: "Zed"}, {Value: "a", Label: "Ay"}}, classes(6)...)
		if !slices.Equal(set.ExtraChoices, got) {
			t.Errorf("the set is %+v", set.ExtraChoices)
		}
		srv.ResetJournal()
		if _, added, err := c.RegisterChoices(t.Context(), id, want); err != nil || added != nil || srv.Requests(http.MethodPatch) != 0 {
			t.Errorf("again: %q %v after %q", added, err, requests(srv))
		}
	})
}

func TestRegistrarsAtOnceLoseNothing(t *testing.T) {
	for _, version := range []string{"4.6", "4.7"} { // older ones have no condition that the server itself checks
		srv, c := world(t, netboxtest.Options{Version: version}, netbox.Config{})
		id := choiceSet(t, srv)
		var wg sync.WaitGroup
		for i := range 3 {
			wg.Go(func() {
				if _, _, err := c.RegisterChoices(t.Context(), id, classes(9)[i*3:i*3+3]); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		set, err := c.Extras.ChoiceSets.Get(t.Context(), id)
		if err != nil || len(set.ExtraChoices) != 11 {
			t.Errorf("%s: %+v %v", version, set.ExtraChoices, err)
		}
	}
}

func TestDeregisterChoices(t *testing.T) {
	onEach(t, func(t *testing.T, version string, srv *netboxtest.Server, c *netbox.Client) {
		ctx := t.Context()
		id := choiceSet(t, srv)
		types := "object_types"
		if version == "3.7" {
			types = "content_types"
		}
		create(t, srv, "extras/custom-fields", map[string]any{"name": "class", "type": "select", types: []string{"dcim.site"}, "choice_set": id})
		if _, _, err := c.RegisterChoices(ctx, id, classes(8)); err != nil {
			t.Fatal(err)
		}
		create(t, srv, "dcim/sites", map[string]any{"name": "Basel", "slug": "basel", "custom_fields": map[string]any{"class": "cmdb_ci_01"}})
		values := []string{"cmdb_ci_00", "cmdb_ci_01", "cmdb_ci_02", "cmdb_ci_03", "nothing", "cmdb_ci_04", "cmdb_ci_05"}
		set, removed, err := c.DeregisterChoices(ctx, id, values)
		var left []string
		for _, choice := range set.ExtraChoices {
			left = append(left, choice.Value)
		}
		if version < "4.1" { // no check there
			if err != nil || len(removed) != 6 {
				t.Errorf("removed %q: %v", removed, err)
			}
			return
		}
		if !errors.Is(err, netbox.ErrProtected) || !strings.Contains(err.Error(), `"cmdb_ci_01" stays`) {
			t.Errorf("a choice in use: %v", err)
		}
		if len(removed) != 5 || !slices.Equal(left, []string{"z", "a", "cmdb_ci_01", "cmdb_ci_06", "cmdb_ci_07"}) {
			t.Errorf("removed %q, left %q", removed, left)
		}
		set, removed, err = c.DeregisterChoices(ctx, id, []string{"nothing"})
		if err != nil || removed != nil || set.ID != id {
			t.Errorf("nothing to remove: %+v %q %v", set, removed, err)
		}
		if _, _, err = c.DeregisterChoices(ctx, id, []string{"cmdb_ci_01"}); !errors.Is(err, netbox.ErrProtected) {
			t.Errorf("alone: %v", err)
		}
		if _, _, err = c.DeregisterChoices(ctx, 999, []string{"x"}); !errors.Is(err, netbox.ErrNotFound) {
			t.Errorf("an unknown set: %v", err)
		}
	})
}

func TestRegisterChoicesBadInput(t *testing.T) {
	srv, c := world(t, netboxtest.Options{}, netbox.Config{})
	for name, list := range map[string][]netbox.Choice{
		"none": nil, "empty": {{Value: ""}}, "spaces": {{Value: "a "}}, "twice": {{Value: "a"}, {Value: "a"}}, "long": {{Value: strings.Repeat("ü", 101)}},
		"long label": {{Value: "a", Label: strings.Repeat("ü", 101)}},
	} {
		if _, _, err := c.RegisterChoices(t.Context(), 1, list); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, _, err := c.DeregisterChoices(t.Context(), 1, []string{""}); err == nil {
		t.Error("an empty value is removed")
	}
	if _, _, err := new(netbox.Client).RegisterChoices(t.Context(), 1, classes(1)); err == nil {
		t.Error("a client made without New registers")
	}
	if srv.Requests() != 0 {
		t.Errorf("asked %q", requests(srv))
	}
}
