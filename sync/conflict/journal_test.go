package conflict_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/itsmkit/itsmkit/mapping"
	"github.com/itsmkit/itsmkit/sync/conflict"
)

type entry = conflict.Entry

func ids(entries []entry) string {
	all := ""
	for _, e := range entries {
		all += e.ID
	}
	return all
}

func TestMergeJournal(t *testing.T) {
	for _, c := range []struct {
		name                   string
		carried                []conflict.Carried
		platform, external     []entry
		rules                  conflict.JournalRules
		toPlatform, toExternal string
		learned                []conflict.Carried
		held                   int
	}{
		{"002-27 new entries travel both ways, oldest first", nil,
			[]entry{{ID: "b", At: ms(2)}, {ID: "a", At: ms(1)}}, []entry{{ID: "y", At: ms(1)}, {ID: "x", At: ms(1)}}, conflict.JournalRules{}, "yx", "ab", nil, 0},
		{"002-27 carried entries do not travel again", []conflict.Carried{{Platform: "a", External: "x"}},
			[]entry{{ID: "a"}, {ID: "b"}}, []entry{{ID: "x"}}, conflict.JournalRules{}, "", "b", nil, 0},
		{"002-27 the same note twice is two notes", []conflict.Carried{{Platform: "a", External: "x"}},
			[]entry{{ID: "a", Text: "same"}, {ID: "b", Text: "same"}}, []entry{{ID: "x", Text: "same"}}, conflict.JournalRules{}, "", "b", nil, 0},
		{"002-27 one id twice is one note", nil,
			[]entry{{ID: "a"}, {ID: "a"}}, nil, conflict.JournalRules{}, "", "a", nil, 0},
		{"002-27 a copy whose receipt was lost is no echo", nil,
			[]entry{{ID: "a"}}, []entry{{ID: "x", Origin: "a"}}, conflict.JournalRules{}, "", "", []conflict.Carried{{Platform: "a", External: "x"}}, 0},
		{"002-27 a copy on the platform is no echo", nil,
			[]entry{{ID: "a", Origin: "x"}}, []entry{{ID: "x"}}, conflict.JournalRules{}, "", "", []conflict.Carried{{Platform: "a", External: "x"}}, 0},
		{"002-27 what is known is not learned again", []conflict.Carried{{Platform: "a", External: "x"}},
			[]entry{{ID: "a"}}, []entry{{ID: "x", Origin: "a"}}, conflict.JournalRules{}, "", "", nil, 0},
		{"002-27 ids of the two sides are different things", []conflict.Carried{{Platform: "1", External: "2"}},
			[]entry{{ID: "2"}}, []entry{{ID: "1"}}, conflict.JournalRules{}, "1", "2", nil, 0},
		{"002-27 an entry without an id is held", nil,
			[]entry{{Text: "x"}}, nil, conflict.JournalRules{}, "", "", nil, 1},
		{"002-27 the external side owns it", nil,
			[]entry{{ID: "a"}}, []entry{{ID: "x"}}, conflict.JournalRules{Owner: mapping.External}, "x", "", nil, 1},
		{"002-27 the platform owns it", nil,
			[]entry{{ID: "a"}}, []entry{{ID: "x"}}, conflict.JournalRules{Owner: mapping.Platform}, "", "a", nil, 1},
		{"002-27 advisory ownership holds nothing", nil,
			[]entry{{ID: "a"}}, []entry{{ID: "x"}}, conflict.JournalRules{Owner: mapping.External, Ownership: conflict.Advisory}, "x", "a", nil, 0},
		{"002-27 inbound only", nil,
			[]entry{{ID: "a"}}, []entry{{ID: "x"}}, conflict.JournalRules{Direction: mapping.Inbound}, "x", "", nil, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := conflict.MergeJournal(c.carried, c.platform, c.external, c.rules)
			if ids(got.ToPlatform) != c.toPlatform || ids(got.ToExternal) != c.toExternal || len(got.Held) != c.held {
				t.Errorf("got %+v", got)
			}
			if diff := cmp.Diff(c.learned, got.Learned); diff != "" {
				t.Error(diff)
			}
			for _, h := range got.Held {
				if h.Reason == "" || h.Side == mapping.NoOwner {
					t.Errorf("got %+v", h)
				}
			}
		})
	}
}

func TestTag(t *testing.T) {
	for _, id := range []string{"1", "", `"]`, "a b\n[copy of platform \"x\"]", "é"} {
		tagged := conflict.Tag("line 1\nline 2", mapping.External, id)
		text, side, got, ok := conflict.ReadTag(tagged + " \r\n")
		if text != "line 1\nline 2" || side != mapping.External || got != id || !ok {
			t.Errorf("002-27 %q: got %q, %s, %q, %v", tagged, text, side, got, ok)
		}
	}
	if got := conflict.Tag("x", mapping.Platform, "7"); got != "x\n[copy of platform \"7\"]" {
		t.Errorf("002-27 %s", got)
	}
	for _, plain := range []string{"", "x", "[copy of ", "[copy of me \"1\"]", "[copy of platform 1]", "[copy of platform \"1\"", "x [copy of platform \"1\"]", "[copy of platform \"1\"]\ny"} {
		if text, side, id, ok := conflict.ReadTag(plain); text != plain || side != "" || id != "" || ok {
			t.Errorf("002-27 %q is taken for a copy of %s %q", plain, side, id)
		}
	}
}

func FuzzTag(f *testing.F) {
	f.Add("a note", "7", "x\n[copy of platform \"1\"]")
	f.Fuzz(func(t *testing.T, note, id, other string) {
		if text, side, got, ok := conflict.ReadTag(conflict.Tag(note, mapping.Platform, id)); !ok || got != id || side != mapping.Platform || text != note {
			// Only a line end at the end of a note may be lost with the tag.
			if text+"\r" != note && text+"\n" != note {
				t.Errorf("002-27 %q, %q: got %q, %q, %v", note, id, text, got, ok)
			}
		}
		conflict.ReadTag(other)
	})
}
