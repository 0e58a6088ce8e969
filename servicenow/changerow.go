package servicenow

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"strings"
	"time"
)

// ChangeRow is a record as the Change Management API answers it: every column
// with value and display value. Numbers and booleans, which this API writes as
// JSON numbers such as 3.0, are read as the text that the Table API has for
// them ("3", "true").
type ChangeRow struct {
	// Fields are the columns.
	Fields Record
	// Ignored names the input that was not applied, since there is no such
	// column or it may not be written (__meta.ignoredFields).
	Ignored []string
}

// ID is the record's sys_id.
func (r ChangeRow) ID() string { return r.Fields.Get(sysID) }

// Get answers with the value of a column, "" when the record does not hold it.
func (r ChangeRow) Get(column string) string { return r.Fields.Get(column) }

// Number is the record's number, such as CHG0030001.
func (r ChangeRow) Number() string { return r.Fields.Get("number") }

// Into decodes the columns into a struct with json tags, as a row of
// [DisplayBoth] would be.
func (r ChangeRow) Into(target any) error {
	v := reflect.ValueOf(target)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return errors.New("servicenow: ChangeRow.Into: the target must be a pointer to a struct")
	}
	s, err := shapeOf(v.Type().Elem())
	if err != nil {
		return fmt.Errorf("servicenow: ChangeRow.Into: %w", err)
	}
	columns := map[string]any{}
	for name, value := range r.Fields {
		columns[name] = map[string]string{"value": value.Value, "display_value": value.Display}
	}
	if s.plain != "" { // a struct of plain strings takes values
		for name, value := range r.Fields {
			columns[name] = value.Value
		}
	}
	data, err := json.Marshal(columns)
	if err != nil {
		return fmt.Errorf("servicenow: ChangeRow.Into: %w", err)
	}
	if err := json.Unmarshal(data, target); err != nil {
		return fmt.Errorf("servicenow: ChangeRow.Into: %w", err)
	}
	return nil
}

// UnmarshalJSON decodes a record. Members that are no field (objects of another
// shape, arrays) are left out.
func (r *ChangeRow) UnmarshalJSON(data []byte) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(data, &members); err != nil {
		return err
	}
	row := ChangeRow{Fields: make(Record, len(members))}
	for name, raw := range members {
		if name == "__meta" {
			var meta struct {
				Ignored names `json:"ignoredFields"`
			}
			if json.Unmarshal(raw, &meta) == nil {
				row.Ignored = meta.Ignored
			}
			continue
		}
		if v, ok := changeValue(raw); ok {
			row.Fields[name] = v
		}
	}
	*r = row
	return nil
}

// changeValue reads one column. A number loses the fraction .0 that the
// platform's script engine gives whole numbers.
func changeValue(raw json.RawMessage) (Value, bool) {
	v, err := parseField(raw, reflect.TypeFor[Value]())
	if err != nil {
		return v, false
	}
	if !strings.HasSuffix(v.Value, ".0") {
		return v, true
	}
	var typed struct {
		Value json.RawMessage `json:"value"`
	}
	number := bytes.TrimSpace(raw)
	if number[0] == '{' {
		if json.Unmarshal(raw, &typed) != nil {
			return v, false
		}
		number = typed.Value
	}
	if len(number) > 0 && number[0] != '"' {
		v.Value = strings.TrimSuffix(v.Value, ".0")
	}
	return v, true
}

// names is a list of names: an array of strings, or of objects that have one
// member each, the name.
type names []string

// UnmarshalJSON reads both forms.
func (n *names) UnmarshalJSON(data []byte) error {
	var list []json.RawMessage
	if err := json.Unmarshal(data, &list); err != nil {
		return err
	}
	*n = nil
	for _, raw := range list {
		var name string
		if json.Unmarshal(raw, &name) == nil {
			*n = append(*n, name)
			continue
		}
		var pair map[string]json.RawMessage
		if json.Unmarshal(raw, &pair) == nil {
			for name := range pair {
				*n = append(*n, name)
			}
		}
	}
	return nil
}

// Change is a change request.
type Change struct{ ChangeRow }

// Type is the change's type. Where a model is set, it only categorises.
func (c Change) Type() ChangeType { return ChangeType(c.Get("type")) }

// Model is the sys_id of the change's model, "" when its type decides.
func (c Change) Model() string { return c.Get("chg_model") }

// State is the change's state.
func (c Change) State() ChangeState { return ChangeState(c.Get("state")) }

// Approval is the state of the change's approvals, rolled up.
func (c Change) Approval() ApprovalState { return ApprovalState(c.Get("approval")) }

// OnHold reports whether the change is on hold, which is apart from its state.
func (c Change) OnHold() bool { return c.Fields["on_hold"].Bool() }

// Window is the planned start and end, zero where there is none.
func (c Change) Window() (start, end time.Time) {
	from, _ := c.Fields["start_date"].DateTime()
	to, _ := c.Fields["end_date"].DateTime()
	return from.Time, to.Time
}

func asChange(r ChangeRow) Change { return Change{r} }
func asRow(r ChangeRow) ChangeRow { return r }

// ChangeFields are the columns that most changes set. Zero ones are not sent.
type ChangeFields struct {
	Type             ChangeType // only for Changes.Create
	Model            string     // name or sys_id, only for Changes.Create
	ShortDescription string
	Description      string
	Justification    string
	Category         string
	Priority         Priority
	Impact           Level
	Urgency          Level
	Risk             ChangeRisk
	Start, End       DateTime // planned
	AssignmentGroup  string   // sys_id
	AssignedTo       string   // sys_id
	RequestedBy      string   // sys_id
	CI               string   // sys_id
	CorrelationID    string
	ImplementPlan    string
	BackoutPlan      string
	TestPlan         string
	// Extra are further columns, as they are; they win over the fields above.
	Extra map[string]any
}

// MarshalJSON writes the columns that are set.
func (f ChangeFields) MarshalJSON() ([]byte, error) {
	columns := map[string]any{}
	for name, text := range map[string]string{
		"type": string(f.Type), "chg_model": f.Model, "short_description": f.ShortDescription, "description": f.Description,
		"justification": f.Justification, "category": f.Category, "priority": string(f.Priority), "impact": string(f.Impact),
		"urgency": string(f.Urgency), "risk": string(f.Risk), "assignment_group": f.AssignmentGroup, "assigned_to": f.AssignedTo,
		"requested_by": f.RequestedBy, "cmdb_ci": f.CI, "correlation_id": f.CorrelationID,
		"implementation_plan": f.ImplementPlan, "backout_plan": f.BackoutPlan, "test_plan": f.TestPlan,
	} {
		if text != "" {
			columns[name] = text
		}
	}
	for name, at := range map[string]DateTime{"start_date": f.Start, "end_date": f.End} {
		if at.IsZero() {
			continue
		}
		text, err := at.text()
		if err != nil {
			return nil, fmt.Errorf("servicenow: ChangeFields: %s: %w", name, err)
		}
		columns[name] = text
	}
	if !f.Start.IsZero() && !f.End.IsZero() && f.End.Before(f.Start.Time) {
		return nil, errors.New("servicenow: ChangeFields: End is before Start")
	}
	maps.Copy(columns, f.Extra)
	return encodeMap(reflect.ValueOf(columns))
}
