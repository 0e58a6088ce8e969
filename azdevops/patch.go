package azdevops

import (
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"
)

// Patch is a change of a work item. The zero value changes nothing.
//
// What is the case already is left out: a patch that would change nothing is not
// sent, since the service keeps at most 10,000 revisions of an item.
type Patch struct {
	// Set holds the new value of fields, by reference name: a string, a number, a
	// bool, a time.Time, an [Identity], [HTML], or nil to clear the field. A plain
	// string for a field that the product shows as HTML is escaped, line breaks
	// included. Times are kept to the millisecond by the service.
	Set map[string]any
	// AddTags and RemoveTags change the tags one by one; case does not count.
	AddTags, RemoveTags []string
	// AddRelations and RemoveRelations are compared by kind and address.
	AddRelations, RemoveRelations []Relation
	// Comment is added to the discussion, in the same revision as the rest.
	// Alone it is a change too. It is escaped; see CommentHTML.
	Comment string
	// CommentHTML is a comment that is HTML already.
	CommentHTML HTML
	// Rev, when above 0, makes the patch conditional: it is ErrRevision when the
	// item has another revision. At 0 the patch is worked out anew when the item
	// has changed meanwhile.
	Rev int
	// Base is the item as it was read before. Its revision is the condition then,
	// as if it stood in Rev, and reading it again is spared when it tells all that
	// the patch is about: it was read whole, or has a value for each field.
	Base *WorkItem
}

// HTML is markup that is sent as it is. Whoever makes it has to escape what
// comes from outside.
type HTML string

// operation is one operation of a JSON patch.
type operation struct {
	Op    string `json:"op"`
	Path  string `json:"path"`
	Value any    `json:"value,omitempty"`
}

// shownAsHTML are the fields of the stock processes that are HTML.
func shownAsHTML(field string) bool {
	for _, name := range [...]string{FieldDescription, FieldHistory, FieldReproSteps, FieldSystemInfo, FieldAcceptance, "Microsoft.VSTS.Common.Resolution"} {
		if strings.EqualFold(name, field) {
			return true
		}
	}
	return false
}

// escape makes HTML of plain text.
func escape(text string) string {
	return strings.ReplaceAll(strings.ReplaceAll(html.EscapeString(text), "\r\n", "\n"), "\n", "<br>")
}

// wireValue is a field's value as it is sent.
func wireValue(field string, value any) any {
	switch v := value.(type) {
	case string:
		if shownAsHTML(field) {
			return escape(v)
		}
	case HTML:
		return string(v)
	case time.Time:
		return v.UTC().Format("2006-01-02T15:04:05.999Z")
	case Identity:
		if v.UniqueName != "" {
			return v.UniqueName
		}
		return v.DisplayName
	}
	return value
}

// check refuses what the service would refuse, or take for something else.
func (p Patch) check(op string) error {
	names := slices.Sorted(maps.Keys(p.Set))
	for i, name := range names {
		if err := checkField(op, name, p.Set[name]); err != nil {
			return err
		}
		if slices.ContainsFunc(names[:i], func(other string) bool { return strings.EqualFold(name, other) }) {
			return fmt.Errorf("azdevops: %s: Patch.Set has %s twice, written differently", op, name)
		}
	}
	for _, tag := range slices.Concat(p.AddTags, p.RemoveTags) {
		if strings.TrimSpace(tag) == "" || strings.ContainsAny(tag, ";,") || strings.ContainsFunc(tag, unicode.IsControl) || len([]rune(tag)) > 400 {
			return fmt.Errorf("azdevops: %s: the tag %q is empty, too long, or holds a semicolon, a comma or a control character", op, tag)
		}
	}
	for _, r := range slices.Concat(p.AddRelations, p.RemoveRelations) {
		if r.Kind == "" || r.URL == "" {
			return fmt.Errorf("azdevops: %s: a relation needs a Kind and a URL", op)
		}
	}
	switch {
	case p.Rev < 0:
		return fmt.Errorf("azdevops: %s: Patch.Rev is %d; revisions begin at 1", op, p.Rev)
	case p.Comment != "" && p.CommentHTML != "":
		return fmt.Errorf("azdevops: %s: Patch.Comment and CommentHTML are both set", op)
	case p.Base != nil && p.Base.Rev <= 0:
		return fmt.Errorf("azdevops: %s: Patch.Base was not read with its revision", op)
	case p.Base != nil && p.Rev > 0 && p.Rev != p.Base.Rev:
		return fmt.Errorf("azdevops: %s: Patch.Rev is %d and that of Base %d", op, p.Rev, p.Base.Rev)
	}
	return nil
}

// readOnly are fields that the service sets itself.
func readOnly(field string) bool {
	for _, name := range [...]string{FieldID, FieldRev, FieldCommentCount, FieldType, FieldParent, "System.Watermark", "System.AuthorizedDate", "System.RevisedDate"} {
		if strings.EqualFold(name, field) {
			return true
		}
	}
	return false
}

func checkField(op, name string, value any) error {
	switch {
	case !fieldName(name):
		return fmt.Errorf("azdevops: %s: %q is no reference name of a field, such as System.Title", op, name)
	case strings.EqualFold(name, FieldTags):
		return fmt.Errorf("azdevops: %s: set tags by AddTags and RemoveTags; %s would replace all of them", op, name)
	case strings.EqualFold(name, FieldHistory):
		return fmt.Errorf("azdevops: %s: put comments into Comment; %s is no field that keeps a value", op, name)
	case readOnly(name):
		return fmt.Errorf("azdevops: %s: %s is set by the service; a parent is a relation of the kind RelationParent", op, name)
	}
	switch v := value.(type) {
	case nil, bool, int, int64, float64, json.Number, HTML:
	case Identity:
		if v.UniqueName == "" && v.DisplayName == "" {
			return fmt.Errorf("azdevops: %s: the Identity of %s has no name; use nil to clear the field", op, name)
		}
	case string:
		if !shownAsHTML(name) && strings.ContainsFunc(v, unicode.IsControl) {
			return fmt.Errorf("azdevops: %s: the value of %s holds a line break or another control character", op, name)
		}
		if strings.EqualFold(name, FieldTitle) && (strings.TrimSpace(v) == "" || len([]rune(v)) > 255) {
			return fmt.Errorf("azdevops: %s: the title is empty or has more than 255 characters", op)
		}
	case time.Time:
		if v.Year() <= 1 || v.Year() >= 9999 {
			return fmt.Errorf("azdevops: %s: the time of %s is no date; use nil to clear the field", op, name)
		}
	default:
		return fmt.Errorf("azdevops: %s: the value of %s is a %T; use a string, a number, a bool, a time.Time, an Identity, HTML or nil", op, name, value)
	}
	return nil
}

// fieldName reports whether a name can be a reference name. It is part of an
// address and of queries.
func fieldName(name string) bool {
	if !strings.Contains(name, ".") || len(name) > 70 {
		return false
	}
	return !strings.ContainsFunc(name, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '.' && r != '_' && r != '-'
	})
}

// operations are what makes the patch true of an item; none when it is. The item
// is nil for one that is to be made.
func (p Patch) operations(item *WorkItem) []operation {
	var now WorkItem
	if item != nil {
		now = *item
	}
	var ops []operation
	for _, name := range slices.Sorted(maps.Keys(p.Set)) {
		value := wireValue(name, p.Set[name])
		have := now.Fields.Get(name)
		switch {
		case equal(have, value):
		case value == nil || value == "":
			ops = append(ops, operation{Op: "remove", Path: "/fields/" + name})
		default:
			ops = append(ops, operation{Op: "add", Path: "/fields/" + name, Value: value})
		}
	}
	if tags, changed := p.tags(now.Fields.Tags()); changed {
		ops = append(ops, operation{Op: "add", Path: "/fields/" + FieldTags, Value: strings.Join(tags, "; ")})
	}
	ops = append(ops, p.relations(now.Relations)...)
	switch {
	case p.Comment != "":
		ops = append(ops, operation{Op: "add", Path: "/fields/" + FieldHistory, Value: escape(p.Comment)})
	case p.CommentHTML != "":
		ops = append(ops, operation{Op: "add", Path: "/fields/" + FieldHistory, Value: string(p.CommentHTML)})
	}
	return ops
}

// tags merges the tags and reports whether they change.
func (p Patch) tags(have []string) (tags []string, changed bool) {
	in := func(list []string, tag string) bool {
		return slices.ContainsFunc(list, func(t string) bool { return strings.EqualFold(strings.TrimSpace(t), tag) })
	}
	for _, tag := range have {
		if in(p.RemoveTags, tag) && !in(p.AddTags, tag) {
			changed = true
			continue
		}
		tags = append(tags, tag)
	}
	for _, tag := range p.AddTags {
		if tag = strings.TrimSpace(tag); !in(tags, tag) {
			tags, changed = append(tags, tag), true
		}
	}
	return tags, changed
}

// relations are the operations on relations. Those that take one away go by its
// place, the last first, so that the places of the others stay.
func (p Patch) relations(have []Relation) []operation {
	var ops []operation
	for i, r := range slices.Backward(have) {
		if slices.ContainsFunc(p.RemoveRelations, r.same) && !slices.ContainsFunc(p.AddRelations, r.same) {
			ops = append(ops, operation{Op: "remove", Path: fmt.Sprintf("/relations/%d", i)})
		}
	}
	for i, r := range p.AddRelations {
		if !slices.ContainsFunc(have, r.same) && !slices.ContainsFunc(p.AddRelations[:i], r.same) {
			ops = append(ops, operation{Op: "add", Path: "/relations/-", Value: r})
		}
	}
	return ops
}

// equal reports whether a field has a value already.
func equal(have json.RawMessage, want any) bool {
	if want == nil || want == "" {
		return len(have) == 0 || string(have) == `""`
	}
	if len(have) == 0 {
		return false
	}
	switch want := want.(type) {
	case string:
		return equalText(have, want)
	case bool:
		return string(have) == fmt.Sprint(want)
	}
	var n, m json.Number
	data, err := json.Marshal(want)
	if err != nil || json.Unmarshal(have, &n) != nil || json.Unmarshal(data, &m) != nil {
		return false
	}
	a, errA := n.Float64()
	b, errB := m.Float64()
	return errA == nil && errB == nil && a == b
}

// equalText compares with a string, with the time that the string is, or with
// the identity that it names.
func equalText(have json.RawMessage, want string) bool {
	if have[0] == '{' {
		var who Identity
		if json.Unmarshal(have, &who) != nil {
			return false
		}
		other := parseIdentity(want)
		if other.UniqueName != "" {
			return strings.EqualFold(who.UniqueName, other.UniqueName)
		}
		return strings.EqualFold(who.UniqueName, want) || who.DisplayName == want
	}
	var text string
	if json.Unmarshal(have, &text) != nil {
		return false
	}
	if text == want {
		return true
	}
	a, errA := time.Parse(time.RFC3339, text)
	b, errB := time.Parse(time.RFC3339, want)
	return errA == nil && errB == nil && a.Sub(b).Abs() < timeGrain
}

// timeGrain is what times may differ by and still be one: the service rounds
// them to a few milliseconds.
const timeGrain = 5 * time.Millisecond
