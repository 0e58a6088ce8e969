package netbox

// NestedInterface is an object of any type as NetBox embeds it where something
// is attached to it; mostly an interface, which tells its device or virtual
// machine.
type NestedInterface struct {
	// ID is the object's numeric id.
	ID int64 `json:"id"`
	// Display is NetBox's own name for the object.
	Display string `json:"display"`
	// Name is "" for types without one.
	Name string `json:"name"`
	// Description is empty up to 3.7.
	Description string `json:"description"`
	// Device is the device of a component of one.
	Device *Nested `json:"device"`
	// VirtualMachine is that of a virtual interface.
	VirtualMachine *Nested `json:"virtual_machine"`
}

// NestedUser is a user as NetBox embeds it in an object.
type NestedUser struct {
	// ID is the user's numeric id.
	ID int64 `json:"id"`
	// Display is the user name, with the full name where there is one.
	Display string `json:"display"`
	// Username is the login name.
	Username string `json:"username"`
}

// UnmarshalJSON reads a nested user, or a bare id.
func (n *NestedUser) UnmarshalJSON(data []byte) error {
	*n = NestedUser{}
	return membersOrID(data, &n.ID, func(key, value []byte) error {
		switch string(key) {
		case "id":
			n.ID = number(value)
		case "display":
			n.Display = text(value)
		case "username":
			n.Username = text(value)
		}
		return nil
	})
}

// Family is the version of IP: 4 or 6.
type Family int

// UnmarshalJSON reads {"value","label"}, or a bare number as nested objects of
// up to 3.7 and lists of available addresses have.
func (f *Family) UnmarshalJSON(data []byte) error {
	if inner, ok := memberOf(data, "value"); ok {
		data = inner
	}
	*f = Family(number(data))
	return nil
}
