package netbox

import (
	"encoding/json"
	"net/url"
	"time"
)

// ChoiceSet is the list of values that selection custom fields offer.
type ChoiceSet struct {
	ID                  int64             `json:"id"`
	URL                 string            `json:"url"`
	DisplayURL          string            `json:"display_url"` // since 4.1
	Display             string            `json:"display"`
	Name                string            `json:"name"`
	Description         string            `json:"description"`
	BaseChoices         Choice            `json:"base_choices"` // a list shipped with NetBox: IATA, ISO_3166, ...
	ExtraChoices        ChoicePairs       `json:"extra_choices"`
	ChoiceColors        map[string]string `json:"choice_colors"` // value to colour name; since 4.6
	OrderAlphabetically bool              `json:"order_alphabetically"`
	ChoicesCount        int64             `json:"choices_count"`
	Owner               *Nested           `json:"owner"` // since 4.5
	Created             time.Time         `json:"created"`
	LastUpdated         time.Time         `json:"last_updated"`
}

// ChoicePairs is a list of choices in their order. On the wire each one is a
// [value, label] pair.
type ChoicePairs []Choice

// MarshalJSON writes the pairs; a choice without a label gets its value as
// label. The list is never null: NetBox requires it.
func (p ChoicePairs) MarshalJSON() ([]byte, error) {
	pairs := make([][2]string, len(p))
	for i, c := range p {
		pairs[i] = [2]string{c.Value, c.Label}
		if c.Label == "" {
			pairs[i][1] = c.Value
		}
	}
	return json.Marshal(pairs)
}

// UnmarshalJSON reads the pairs; null gives none.
func (p *ChoicePairs) UnmarshalJSON(data []byte) error {
	*p = nil
	var pairs [][]string
	if err := json.Unmarshal(data, &pairs); err != nil {
		return err
	}
	for _, pair := range pairs {
		if len(pair) == 0 {
			continue
		}
		*p = append(*p, Choice{Value: pair[0], Label: pair[len(pair)-1]})
	}
	return nil
}

// ChoiceSetWrite is what Create, Update and Replace take for a choice set; a
// field that is not set is not sent. Name and ExtraChoices are required on
// Create. ExtraChoices replaces the whole list: read it, change it, send it.
// NetBox refuses to drop a value that an object uses.
type ChoiceSetWrite struct {
	Name                Opt[string]            `json:"name,omitzero"`
	Description         Opt[string]            `json:"description,omitzero"`
	BaseChoices         Opt[string]            `json:"base_choices,omitzero"` // leave out rather than null: refused until 4.6.8
	ExtraChoices        Opt[ChoicePairs]       `json:"extra_choices,omitzero"`
	ChoiceColors        Opt[map[string]string] `json:"choice_colors,omitzero"`
	OrderAlphabetically Opt[bool]              `json:"order_alphabetically,omitzero"`
	Owner               Opt[int64]             `json:"owner,omitzero"`
	ChangelogMessage    string                 `json:"changelog_message,omitempty"` // since 4.4
}

// ChoiceSetFilter selects choice sets: every set field must match, several
// values of one field mean any of them.
type ChoiceSetFilter struct {
	ID     IDs    `url:"id,omitempty"`
	Name   Texts  `url:"name,omitempty"`
	Choice Texts  `url:"choice,omitempty" lookup:"none"` // sets that hold this value
	Search string `url:"q,omitempty"`
}

func (f ChoiceSetFilter) encode(dst url.Values) error { return encodeStruct(f, dst) }

var choiceSetSpec = spec{name: "Extras.ChoiceSets", path: "extras/custom-field-choice-sets", filter: ChoiceSetFilter{}, without: changeLogFilters}
