package conflict

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/itsmkit/itsmkit/mapping"
)

// Entry is one entry of a journal, such as a work note.
type Entry struct {
	// ID is the entry's id on its own side: in ServiceNow the sys_id of its row
	// in sys_journal_field, for the field itself reads empty.
	ID string
	// Text is what it says, without a tag; see ReadTag.
	Text   string
	Author string
	At     time.Time
	// Origin is the id of the other side's entry of which this one is a copy that
	// we wrote; empty for an entry that somebody wrote here.
	Origin string
}

// Carried says that an entry of one side stands on the other side too.
type Carried struct{ Platform, External string }

// JournalRules say which entries travel. The zero value lets all travel.
type JournalRules struct {
	// Owner, when ownership is enforced, is the only side whose entries travel:
	// what the other side writes stays there, for an entry cannot be healed.
	Owner     mapping.Owner
	Ownership Ownership
	// Direction restricts the flow.
	Direction mapping.Direction
}

// Held is an entry that does not travel, and why.
type Held struct {
	Side   mapping.Owner
	Entry  Entry
	Reason string
}

// Journal is what to append on either side.
type Journal struct {
	// ToPlatform and ToExternal are the entries to append, oldest first; entries
	// of one time in the order in which they came. Append each with its [Tag],
	// and store the pair of ids.
	ToPlatform, ToExternal []Entry
	// Learned are pairs that were not known as carried but are, by the origin of
	// an entry: copies whose receipt was lost.
	Learned []Carried
	// Held are the entries that stay where they are.
	Held []Held
}

// MergeJournal decides which entries have to be appended on the other side
// (decision 17). Entries are told apart by id and never compared by text: one that
// says the same as another is an entry of its own. What is a copy of ours does not
// come back as an echo. Entries are never changed or taken away.
func MergeJournal(carried []Carried, platform, external []Entry, rules JournalRules) Journal {
	var j Journal
	onPlatform, onExternal := make(map[string]bool), make(map[string]bool)
	for _, c := range carried {
		onPlatform[c.Platform], onExternal[c.External] = true, true
	}
	// Copies first: they say that their originals have travelled.
	for _, e := range platform {
		if e.Origin != "" && e.ID != "" && !(onPlatform[e.ID] && onExternal[e.Origin]) {
			j.Learned = append(j.Learned, Carried{Platform: e.ID, External: e.Origin})
			onPlatform[e.ID], onExternal[e.Origin] = true, true
		}
	}
	for _, e := range external {
		if e.Origin != "" && e.ID != "" && !(onExternal[e.ID] && onPlatform[e.Origin]) {
			j.Learned = append(j.Learned, Carried{Platform: e.Origin, External: e.ID})
			onPlatform[e.Origin], onExternal[e.ID] = true, true
		}
	}
	j.ToExternal = j.pick(platform, onPlatform, mapping.Platform, rules)
	j.ToPlatform = j.pick(external, onExternal, mapping.External, rules)
	return j
}

func (j *Journal) pick(entries []Entry, travelled map[string]bool, side mapping.Owner, rules JournalRules) []Entry {
	var chosen []Entry
	for _, e := range entries {
		reason := ""
		switch {
		case e.ID == "":
			reason = "it has no id, so it could travel twice"
		case travelled[e.ID]:
			continue
		case !rules.Direction.From(side):
			reason = fmt.Sprintf("the journal does not flow from the %s side", side)
		case rules.Ownership == Enforced && rules.Owner == side.Other():
			reason = fmt.Sprintf("the %s side owns the journal", side.Other())
		}
		if reason != "" {
			j.Held = append(j.Held, Held{side, e, reason})
			continue
		}
		travelled[e.ID] = true
		chosen = append(chosen, e)
	}
	slices.SortStableFunc(chosen, func(a, b Entry) int { return a.At.Compare(b.At) })
	return chosen
}

// tagStart begins the line that tells of whom an entry is a copy.
const tagStart = "[copy of "

// Tag appends to an entry's text the line by which ReadTag knows the copy again: the
// original's side and id. It survives where a journal has text and nothing else.
func Tag(text string, side mapping.Owner, id string) string {
	return text + "\n" + tagStart + string(side) + " " + strconv.QuoteToASCII(id) + "]"
}

// ReadTag takes the tag off a text. Without one it returns the text as it is and
// false. Space and line ends behind the tag do not matter.
func ReadTag(tagged string) (text string, side mapping.Owner, id string, ok bool) {
	line := strings.TrimRight(tagged, " \t\r\n")
	at := strings.LastIndexByte(line, '\n') + 1
	rest, found := strings.CutPrefix(line[at:], tagStart)
	if !found {
		return tagged, mapping.NoOwner, "", false
	}
	rest, found = strings.CutSuffix(rest, "]")
	name, quoted, split := strings.Cut(rest, " ")
	id, err := strconv.Unquote(quoted)
	side = mapping.Owner(name)
	if !found || !split || err != nil || side.Other() == mapping.NoOwner {
		return tagged, mapping.NoOwner, "", false
	}
	return strings.TrimSuffix(strings.TrimSuffix(line[:at], "\n"), "\r"), side, id, true
}
