package azdevops

import (
	"bytes"
	"encoding/json"
	"errors"
	"iter"
	"strings"
	"time"
)

// The fields of every process, by their reference names.
const (
	FieldID            = "System.Id"
	FieldRev           = "System.Rev"
	FieldTitle         = "System.Title"
	FieldType          = "System.WorkItemType"
	FieldState         = "System.State"
	FieldReason        = "System.Reason"
	FieldAreaPath      = "System.AreaPath"
	FieldIterationPath = "System.IterationPath"
	FieldProject       = "System.TeamProject"
	FieldAssignedTo    = "System.AssignedTo"
	FieldCreatedBy     = "System.CreatedBy"
	FieldCreatedDate   = "System.CreatedDate"
	FieldChangedBy     = "System.ChangedBy"
	FieldChangedDate   = "System.ChangedDate"
	FieldDescription   = "System.Description"
	FieldHistory       = "System.History"
	FieldTags          = "System.Tags"
	FieldParent        = "System.Parent"
	FieldCommentCount  = "System.CommentCount"
	FieldPriority      = "Microsoft.VSTS.Common.Priority" // 1 to 4
	FieldSeverity      = "Microsoft.VSTS.Common.Severity" // "1 - Critical" to "4 - Low"
	FieldReproSteps    = "Microsoft.VSTS.TCM.ReproSteps"  // what a Bug shows in place of the description
	FieldSystemInfo    = "Microsoft.VSTS.TCM.SystemInfo"
	FieldAcceptance    = "Microsoft.VSTS.Common.AcceptanceCriteria"
)

// Fields are the fields of a work item as the service sent them, a JSON object
// by reference name. A field without a value is not among them. The zero value
// has none.
type Fields json.RawMessage

// UnmarshalJSON keeps a copy of the object.
func (f *Fields) UnmarshalJSON(data []byte) error {
	*f = append((*f)[:0], data...)
	return nil
}

// MarshalJSON writes the object as it came.
func (f Fields) MarshalJSON() ([]byte, error) {
	if len(f) == 0 {
		return []byte("{}"), nil
	}
	return f, nil
}

// All goes through the fields in the order in which they were sent. Numbers keep
// the form that they were sent in. The values are parts of f, not to be changed.
func (f Fields) All() iter.Seq2[string, json.RawMessage] {
	return func(yield func(string, json.RawMessage) bool) {
		for name, value := range members(f) {
			if !json.Valid(value) || !yield(string(name), value) {
				return
			}
		}
	}
}

// Get returns a field as JSON, nil when it has no value. Names are compared
// ignoring case, as the service does. The value is a part of f, not to be changed.
func (f Fields) Get(name string) json.RawMessage {
	wanted := []byte(name)
	for key, value := range members(f) {
		if bytes.EqualFold(key, wanted) {
			if string(value) == "null" || !json.Valid(value) {
				return nil
			}
			return value
		}
	}
	return nil
}

// Text returns a field as text: a string as it is, a person's display name,
// anything else as JSON; "" when it has no value.
func (f Fields) Text(name string) string {
	raw := f.Get(name)
	if len(raw) == 0 {
		return ""
	}
	switch raw[0] {
	case '"':
		return unquote(raw)
	case '{':
		return identityOf(raw).DisplayName
	}
	return string(raw)
}

// Int returns a whole number, 0 when the field has no value or another one. The
// service writes some whole numbers with a fraction of zero.
func (f Fields) Int(name string) int {
	n := f.Float(name)
	if n != float64(int(n)) {
		return 0
	}
	return int(n)
}

// Float returns a number, 0 when the field has no value or another one.
func (f Fields) Float(name string) float64 {
	var n float64
	if json.Unmarshal(f.Get(name), &n) != nil {
		return 0
	}
	return n
}

// Time returns a point in time in UTC, zero when the field has none.
func (f Fields) Time(name string) time.Time {
	var s stamp
	if s.UnmarshalJSON(f.Get(name)) != nil {
		return time.Time{}
	}
	return time.Time(s)
}

// Identity returns a person or a group, zero when the field has none.
func (f Fields) Identity(name string) Identity { return identityOf(f.Get(name)) }

func identityOf(raw json.RawMessage) Identity {
	var i Identity
	if i.UnmarshalJSON(raw) != nil {
		return Identity{}
	}
	return i
}

// Tags returns the tags in the order of the service, which is alphabetical.
func (f Fields) Tags() []string { return splitTags(f.Text(FieldTags)) }

func splitTags(text string) []string {
	var tags []string
	for tag := range strings.SplitSeq(text, ";") {
		if tag = strings.TrimSpace(tag); tag != "" {
			tags = append(tags, tag)
		}
	}
	return tags
}

// Decode reads the fields into a struct whose json tags are reference names:
//
//	var bug struct {
//		Title string `json:"System.Title"`
//	}
//	err := item.Fields.Decode(&bug)
func (f Fields) Decode(v any) error {
	if len(f) == 0 {
		return nil
	}
	if err := json.Unmarshal(f, v); err != nil {
		return errors.Join(errors.New("azdevops: the fields do not fit"), err)
	}
	return nil
}
