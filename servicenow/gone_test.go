package servicenow_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

func TestGone(t *testing.T) {
	options := things
	options.ACLs = []servicenowtest.ACL{hidden}
	server, client := start(t, options)
	ids := fill(t, server, 30, func(i int) bool { return i == 11 })
	table := servicenow.TableOf[thingRow](client, "u_thing")
	for _, i := range []int{0, 7, 29} {
		_ = server.Delete("u_thing", ids[i])
	}
	insertThing(t, server, "00000005ffffffffffffffffffffffff", 1, false) // unknown so far
	known := slices.Clone(ids)
	known[3] = strings.ToUpper(known[3])
	var meta servicenow.Response
	var got []string
	for id, err := range table.Gone(t.Context(), servicenow.Condition{}, slices.Values(known), servicenow.Meta(&meta)) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, id)
	}
	if want := []string{ids[0], ids[7], ids[11], ids[29]}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if meta.Total-meta.Visible != 1 {
		t.Errorf("%d of %d", meta.Visible, meta.Total)
	}
	for id := range table.Gone(t.Context(), servicenow.Condition{}, slices.Values(known)) {
		if id != ids[0] {
			t.Errorf("%s", id)
		}
		break
	}
}

func TestGoneMistakes(t *testing.T) {
	server, client := start(t, things)
	ids := fill(t, server, 3, nil)
	table := servicenow.TableOf[thingRow](client, "u_thing")
	for want, known := range map[string][]string{
		"is no sys_id": {"x"}, "comes twice": {ids[0], ids[0]}, "sort the sys_ids": {ids[1], ids[0]},
	} {
		var last error
		for _, err := range table.Gone(t.Context(), servicenow.Condition{}, slices.Values(known)) {
			last = err
		}
		if last == nil || !strings.Contains(last.Error(), want) {
			t.Errorf("%v, want %q", last, want)
		}
	}
	server.Fail(servicenowtest.Unauthenticated())
	for _, err := range table.Gone(t.Context(), servicenow.Condition{}, slices.Values(ids)) {
		if !errors.Is(err, servicenow.ErrUnauthorized) {
			t.Error(err)
		}
	}
	for _, err := range table.Gone(t.Context(), servicenow.Condition{}, nil) {
		if err == nil || !strings.Contains(err.Error(), "known is nil") {
			t.Error(err)
		}
	}
}
