package conflict_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/itsmkit/itsmkit/mapping"
	"github.com/itsmkit/itsmkit/sync/conflict"
)

// journals are two sides that people write on by chance, and that are merged by a
// process that now and then dies between an append and its receipt.
type journals struct {
	*rand.Rand
	platform, external []entry
	carried            []conflict.Carried
	ids                int
}

// write appends an entry to a side and returns its id. As a real journal, it keeps
// nothing but the text.
func (j *journals) write(side mapping.Owner, text string) string {
	j.ids++
	e := entry{ID: fmt.Sprint("e", j.ids), Text: text, At: ms(j.IntN(1000))}
	if plain, from, origin, tagged := conflict.ReadTag(text); tagged && from == side.Other() {
		e.Text, e.Origin = plain, origin
	}
	if side == mapping.Platform {
		j.platform = append(j.platform, e)
	} else {
		j.external = append(j.external, e)
	}
	return e.ID
}

func (j *journals) merge() conflict.Journal {
	return conflict.MergeJournal(j.carried, j.platform, j.external, conflict.JournalRules{})
}

// round appends what has to be, until the process dies.
func (j *journals) round(mayDie bool) (appended int) {
	out := j.merge()
	j.carried = append(j.carried, out.Learned...)
	for _, e := range out.ToExternal {
		id := j.write(mapping.External, conflict.Tag(e.Text, mapping.Platform, e.ID))
		appended++
		if mayDie && j.IntN(4) == 0 {
			return appended // the receipt is lost
		}
		j.carried = append(j.carried, conflict.Carried{Platform: e.ID, External: id})
	}
	for _, e := range out.ToPlatform {
		id := j.write(mapping.Platform, conflict.Tag(e.Text, mapping.External, e.ID))
		appended++
		if mayDie && j.IntN(4) == 0 {
			return appended
		}
		j.carried = append(j.carried, conflict.Carried{Platform: id, External: e.ID})
	}
	return appended
}

// swapped gives the answer as the other side sees it.
func swapped(j conflict.Journal) conflict.Journal {
	j.ToPlatform, j.ToExternal = j.ToExternal, j.ToPlatform
	for i, c := range j.Learned {
		j.Learned[i] = conflict.Carried{Platform: c.External, External: c.Platform}
	}
	return j
}

// However the writing, the merging and the dying alternate, in the end each side has
// every note exactly once, and merging once more appends nothing.
func TestJournalRandomHistories(t *testing.T) {
	for seed := range uint64(rounds(t, 2000)) {
		j := &journals{Rand: rand.New(rand.NewPCG(seed, 27))}
		notes := map[string]int{} // by text: the same note may be written twice
		for range 10 {
			for range j.IntN(4) {
				text := fmt.Sprint("note ", j.IntN(6))
				notes[text]++
				j.write(pick(j.Rand, mapping.Platform, mapping.External), text)
			}
			out := j.merge()
			if again := j.merge(); !reflect.DeepEqual(out, again) {
				t.Fatalf("002-27 seed %d: two answers to one question", seed)
			}
			mirrored := conflict.MergeJournal(swapped(conflict.Journal{Learned: append([]conflict.Carried(nil), j.carried...)}).Learned, j.external, j.platform, conflict.JournalRules{})
			if got := swapped(mirrored); !reflect.DeepEqual(got.ToPlatform, out.ToPlatform) || !reflect.DeepEqual(got.ToExternal, out.ToExternal) || len(got.Learned) != len(out.Learned) {
				t.Fatalf("002-27 seed %d: not symmetric: %+v, %+v", seed, out, got)
			}
			j.round(true)
		}
		j.round(false)
		if n := j.round(false); n != 0 {
			t.Fatalf("002-27 seed %d: %d entries come back", seed, n)
		}
		for side, entries := range map[mapping.Owner][]entry{mapping.Platform: j.platform, mapping.External: j.external} {
			got := map[string]int{}
			for _, e := range entries {
				got[e.Text]++
			}
			if !reflect.DeepEqual(got, notes) {
				t.Fatalf("002-27 seed %d: %s has %v, written were %v", seed, side, got, notes)
			}
		}
	}
}
