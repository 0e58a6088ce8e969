package netbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// choicesAtOnce is how many choices one write adds or removes. NetBox Labs
// advises to register no more than six CI classes at a time.
const choicesAtOnce = 6

// maxChoice is the longest value and label of a choice, in characters.
const maxChoice = 100

// RegisterChoices makes sure that a choice set offers the given choices, for
// example the ServiceNow classes of servicenow_ci_class, and returns the set as
// stored and the values that were added. Those it has already stay as they are,
// label and place included; new ones go to the end, in the order given, six
// a write. NetBox takes only the whole list: it is read, extended and written
// on the condition that nobody else has changed it meanwhile, else all over
// again. Before 4.6, which leaves a gap there, the set is read once more at the
// end, and what is missing is added again.
func (c *Client) RegisterChoices(ctx context.Context, setID int64, choices []Choice, opts ...CallOption) (ChoiceSet, []string, error) {
	const op = "RegisterChoices"
	if err := checkChoices(op, choices); err != nil {
		return ChoiceSet{}, nil, err
	}
	if c == nil || c.rest == nil {
		return ChoiceSet{}, nil, errors.New("netbox: the client was not made by New")
	}
	known, err := c.APIVersion(ctx)
	if err != nil {
		return ChoiceSet{}, nil, err
	}
	var set ChoiceSet
	var added []string
	for round := 1; ; round++ {
		for chunk := range slices.Chunk(choices, choicesAtOnce) {
			now, values, err := c.addChoices(ctx, setID, chunk, opts)
			if err != nil {
				return set, added, fmt.Errorf("netbox: %s: after %d choices: %w", op, len(added), err)
			}
			set = now
			for _, value := range values {
				if !slices.Contains(added, value) {
					added = append(added, value)
				}
			}
		}
		if known.AtLeast(4, 6) || len(added) == 0 || round == maxRounds {
			return set, added, nil
		}
		now, err := c.Extras.ChoiceSets.Get(ctx, setID)
		if err != nil {
			return set, added, err
		}
		set = now
		if !slices.ContainsFunc(choices, func(choice Choice) bool { return !offers(set, choice.Value) }) {
			return set, added, nil
		}
	}
}

func (c *Client) addChoices(ctx context.Context, setID int64, choices []Choice, opts []CallOption) (ChoiceSet, []string, error) {
	var added []string
	set, _, err := c.Extras.ChoiceSets.UpdateFunc(ctx, setID, func(have ChoiceSet) (any, error) {
		list := slices.Clone(have.ExtraChoices)
		added = nil
		for _, choice := range choices {
			if !offers(ChoiceSet{ExtraChoices: list}, choice.Value) {
				list = append(list, choice)
				added = append(added, choice.Value)
			}
		}
		if added == nil {
			return ChoiceSetWrite{}, nil
		}
		return ChoiceSetWrite{ExtraChoices: Set(list)}, nil
	}, opts...)
	return set, added, err
}

// DeregisterChoices takes choices out of a set and returns the set as stored
// and the values that were removed; those that it does not offer are no error,
// order and labels of the others stay. A value that objects still have is
// refused by NetBox from 4.1 on: it stays, the others go, and the error is
// [ErrProtected] and says what to do. Releases up to 4.0 do not check that, and
// leave the objects with a value that the set does not offer.
func (c *Client) DeregisterChoices(ctx context.Context, setID int64, values []string, opts ...CallOption) (ChoiceSet, []string, error) {
	const op = "DeregisterChoices"
	choices := make([]Choice, len(values))
	for i, value := range values {
		choices[i].Value = value
	}
	if err := checkChoices(op, choices); err != nil {
		return ChoiceSet{}, nil, err
	}
	if c == nil || c.rest == nil {
		return ChoiceSet{}, nil, errors.New("netbox: the client was not made by New")
	}
	var set ChoiceSet
	var removed []string
	var kept []error
	take := func(values []string) error {
		now, gone, err := c.dropChoices(ctx, setID, values, opts)
		if err == nil {
			set, removed = now, append(removed, gone...)
		}
		return err
	}
	for chunk := range slices.Chunk(values, choicesAtOnce) {
		err := take(chunk)
		if err != nil && len(chunk) > 1 && inUse(err) {
			for _, value := range chunk { // one in use must not keep the others
				if err = take([]string{value}); err == nil {
					continue
				}
				if !inUse(err) {
					break
				}
				kept, err = append(kept, explainUse(op, value, err)), nil
			}
		} else if err != nil && inUse(err) {
			kept, err = append(kept, explainUse(op, chunk[0], err)), nil
		}
		if err != nil {
			return set, removed, errors.Join(append(kept, fmt.Errorf("netbox: %s: %w", op, err))...)
		}
	}
	if set.ID == 0 {
		now, err := c.Extras.ChoiceSets.Get(ctx, setID)
		if err != nil {
			kept = append(kept, err)
		}
		set = now
	}
	return set, removed, errors.Join(kept...)
}

func (c *Client) dropChoices(ctx context.Context, setID int64, values []string, opts []CallOption) (ChoiceSet, []string, error) {
	var gone []string
	set, _, err := c.Extras.ChoiceSets.UpdateFunc(ctx, setID, func(have ChoiceSet) (any, error) {
		gone = nil
		list := ChoicePairs{}
		for _, choice := range have.ExtraChoices {
			if slices.Contains(values, choice.Value) {
				gone = append(gone, choice.Value)
				continue
			}
			list = append(list, choice)
		}
		if gone == nil {
			return ChoiceSetWrite{}, nil
		}
		return ChoiceSetWrite{ExtraChoices: Set(list)}, nil
	}, opts...)
	return set, gone, err
}

func offers(set ChoiceSet, value string) bool {
	return slices.ContainsFunc(set.ExtraChoices, func(c Choice) bool { return c.Value == value })
}

// inUse recognises the refusal to remove a choice that objects have.
func inUse(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && slices.ContainsFunc(e.NonField, func(t string) bool { return strings.HasPrefix(t, "Cannot remove choice ") })
}

func explainUse(op, value string, err error) error {
	return fmt.Errorf("netbox: %s: %q stays, because objects still have it as the value of a custom field; give those another value or null first (a list with CF finds them): %w: %w",
		op, value, ErrProtected, err)
}

// checkChoices refuses what NetBox would refuse or mangle.
func checkChoices(op string, choices []Choice) error {
	if len(choices) == 0 {
		return fmt.Errorf("netbox: %s: the list of choices is empty", op)
	}
	for i, choice := range choices {
		switch {
		case strings.TrimSpace(choice.Value) == "" || strings.TrimSpace(choice.Value) != choice.Value:
			return fmt.Errorf("netbox: %s: choice %d: the value %q is empty or has white space at its ends", op, i, choice.Value)
		case utf8.RuneCountInString(choice.Value) > maxChoice || utf8.RuneCountInString(choice.Label) > maxChoice:
			return fmt.Errorf("netbox: %s: choice %d: %q or its label has more than %d characters", op, i, choice.Value, maxChoice)
		case slices.ContainsFunc(choices[:i], func(c Choice) bool { return c.Value == choice.Value }):
			return fmt.Errorf("netbox: %s: choice %d: the value %q is given twice", op, i, choice.Value)
		}
	}
	return nil
}
