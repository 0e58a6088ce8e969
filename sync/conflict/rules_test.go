package conflict_test

import (
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/mapping"
	"github.com/itsmkit/itsmkit/sync/conflict"
)

func TestValidate(t *testing.T) {
	for want, rules := range map[string]conflict.Rules{
		`role "me": use platform`:       {Ours: "me"},
		"field 0 has no name":           {Fields: []conflict.Field{{}}},
		`"a" stands twice`:              {Fields: []conflict.Field{{Name: "a"}, {Name: "a"}}},
		`owner "me": use platform`:      {Fields: []conflict.Field{{Name: "a", Owner: "me"}}},
		"has a negative priority":       {Fields: []conflict.Field{{Name: "a", ExternalPriority: -1}}},
		"\"a\" has a negative priority": {Fields: []conflict.Field{{Name: "a", PlatformPriority: -1}}},
		`direction "up": use inbound`:   {Fields: []conflict.Field{{Name: "a", Direction: "up"}}},
	} {
		if err := rules.Validate(); err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "conflict: ") {
			t.Errorf("want %q, got %v", want, err)
		}
		conflict.Merge(one(text("a")), state(text("b"), noon), state(text("c"), noon), rules) // answers all the same
	}
	good := conflict.Rules{Ours: mapping.External, Fields: []conflict.Field{
		{Name: "a", Direction: mapping.Inbound}, {Name: "b", Direction: mapping.Outbound}, {Name: "c", Direction: mapping.Neither, Owner: mapping.Platform},
	}}
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
}

func TestFieldsOf(t *testing.T) {
	set, err := mapping.IncidentFields().Owned("severity", mapping.Platform, 10)
	if err != nil {
		t.Fatal(err)
	}
	if set, err = set.Owned("assigned_to", mapping.External, 5); err != nil {
		t.Fatal(err)
	}
	fields := conflict.FieldsOf(set)
	t.Run("002-10 the documents' two rules", func(t *testing.T) {
		if f := fields[2]; f.Name != "severity" || f.Owner != mapping.Platform || f.PlatformPriority != 10 || f.ExternalPriority != 0 {
			t.Errorf("got %+v", f)
		}
		if f := fields[4]; f.Name != "assigned_to" || f.Owner != mapping.External || f.PlatformPriority != 0 || f.ExternalPriority != 5 {
			t.Errorf("got %+v", f)
		}
	})
	if f := fields[5]; !f.Journal || f.Name != "work_notes" || len(fields) != 6 {
		t.Errorf("got %+v", f)
	}
}

func TestClaimed(t *testing.T) {
	type claims = []conflict.Claim
	for _, c := range []struct {
		name               string
		claims             claims
		owner              mapping.Owner
		platform, external int
	}{
		{"002-10 no rule keeps the default", nil, mapping.External, 0, 7},
		{"002-10 one rule, the other side is 0", claims{{"f", mapping.Platform, 10}}, mapping.Platform, 10, 0},
		{"002-10 one rule with priority 0", claims{{"f", mapping.Platform, 0}}, mapping.Platform, 0, 0},
		{"002-10 one external rule with priority 0", claims{{"f", mapping.External, 0}}, mapping.External, 0, 0},
		{"002-10 the higher owns", claims{{"f", mapping.Platform, 5}, {"f", mapping.External, 10}}, mapping.External, 5, 10},
		{"002-10 the higher owns, platform", claims{{"f", mapping.External, 5}, {"f", mapping.Platform, 10}}, mapping.Platform, 10, 5},
		{"002-10 equal priorities: nobody", claims{{"f", mapping.Platform, 5}, {"f", mapping.External, 5}}, mapping.NoOwner, 5, 5},
	} {
		t.Run(c.name, func(t *testing.T) {
			fields := []conflict.Field{{Name: "f", Owner: mapping.External, ExternalPriority: 7}, {Name: "g"}}
			got, err := conflict.Claimed(fields, c.claims...)
			if err != nil {
				t.Fatal(err)
			}
			if f := got[0]; f.Owner != c.owner || f.PlatformPriority != c.platform || f.ExternalPriority != c.external {
				t.Errorf("got %+v", f)
			}
			if fields[0].ExternalPriority != 7 {
				t.Error("the caller's fields changed")
			}
		})
	}
	for want, bad := range map[string]claims{
		`"x" is claimed but`:    {{"x", mapping.Platform, 1}},
		`claimed by "me"`:       {{"f", "me", 1}},
		"with priority -1":      {{"f", mapping.Platform, -1}},
		"claimed twice by plat": {{"f", mapping.Platform, 1}, {"f", mapping.Platform, 2}},
		"claimed twice by exte": {{"f", mapping.External, 1}, {"f", mapping.External, 1}},
	} {
		if _, err := conflict.Claimed([]conflict.Field{{Name: "f"}}, bad...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("002-10 want %q, got %v", want, err)
		}
	}
}
