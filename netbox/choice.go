package netbox

import "encoding/json"

// Choice is the value of a selection field (status, face, airflow, ...).
// Value is an open string: sites add their own values through FIELD_CHOICES
// and releases add and relabel them, so none is refused. The zero Choice means
// null or absent. Numbers, as in a rack's width, read as their text: "19".
//
// NetBox takes the bare value on writes and refuses the object as read, so a
// Choice marshals as its Value, and as null when that is empty.
type Choice struct {
	// Value is the stable machine value, for example "active".
	Value string
	// Label is the display text. It is translated and reworded between
	// releases: show it, never compare it.
	Label string
}

// String returns the machine value.
func (c Choice) String() string { return c.Value }

// IsZero reports whether the field was null or absent.
func (c Choice) IsZero() bool { return c.Value == "" }

// MarshalJSON writes the bare value, the only form that NetBox accepts.
func (c Choice) MarshalJSON() ([]byte, error) {
	if c.Value == "" {
		return []byte("null"), nil
	}
	return json.Marshal(c.Value)
}

// UnmarshalJSON reads {"value","label"}, a bare value, or null.
func (c *Choice) UnmarshalJSON(data []byte) error {
	*c = Choice{}
	s := scanner{data: data}
	if s.peek() != '{' {
		raw, ok := s.value()
		if !ok {
			return errSyntax
		}
		c.Value = text(raw)
		return nil
	}
	for first := true; ; first = false {
		key, value, done, err := s.member(first)
		if done {
			return err
		}
		switch string(key) {
		case "value":
			c.Value = text(value)
		case "label":
			c.Label = text(value)
		}
	}
}

// knownText returns a constant equal to b for the values and labels that most
// rows carry, so that they cost no allocation. It decides nothing: a text that
// is missing here is copied.
func knownText(b []byte) (string, bool) {
	for _, t := range [...]string{
		"", "active", "Active", "planned", "Planned", "staged", "Staged", "staging", "Staging",
		"offline", "Offline", "failed", "Failed", "inventory", "Inventory",
		"decommissioning", "Decommissioning", "retired", "Retired", "reserved", "Reserved",
		"available", "Available", "deprecated", "Deprecated",
		"front", "Front", "rear", "Rear", "front-to-rear", "Front to rear", "rear-to-front", "Rear to front",
		"19", "19 inches", "kg", "Kilograms", "lb", "Pounds", "mm", "Millimeters", "in", "Inches",
		"parent", "Parent", "child", "Child", "4", "IPv4", "6", "IPv6",
	} {
		if len(t) == len(b) && t == string(b) {
			return t, true
		}
	}
	return "", false
}
