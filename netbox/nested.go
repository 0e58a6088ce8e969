package netbox

// Nested is a related object as NetBox embeds it in another one. Only the
// fields that every release sends reliably are kept: the url repeats the id,
// and the counts of nested objects come and go by version and some are wrong
// (a nested role's device_count is 0 on 4.7.3).
type Nested struct {
	// ID is the object's numeric id.
	ID int64 `json:"id"`
	// Display is NetBox's own name for the object.
	Display string `json:"display"`
	// Name is the object's name; a device type has a model instead, see
	// [NestedDeviceType].
	Name string `json:"name"`
	// Slug is empty for types without one (racks, devices, clusters).
	Slug string `json:"slug"`
	// Description is empty up to 3.7 and for parents of nested groups.
	Description string `json:"description"`
	// Depth is the distance from the root for nested groups, else 0.
	Depth int `json:"_depth"`
}

// UnmarshalJSON reads a nested object, or a bare id as webhook snapshots have.
func (n *Nested) UnmarshalJSON(data []byte) error {
	*n = Nested{}
	var buf [256]byte
	p := packer{buf: buf[:0]}
	var display, name, slug, description span
	err := membersOrID(data, &n.ID, func(key, value []byte) error {
		switch string(key) {
		case "id":
			n.ID = number(value)
		case "display":
			p, display = p.add(value)
		case "name":
			p, name = p.add(value)
		case "slug":
			p, slug = p.add(value)
		case "description":
			p, description = p.add(value)
		case "_depth":
			n.Depth = int(number(value))
		}
		return nil
	})
	if err != nil {
		return err
	}
	all := string(p.buf)
	n.Display, n.Name, n.Slug, n.Description = display.of(all), name.of(all), slug.of(all), description.of(all)
	return nil
}

// NestedDeviceType is a device type as NetBox embeds it in a device.
type NestedDeviceType struct {
	// ID is the device type's numeric id.
	ID int64 `json:"id"`
	// Display is the model, on releases up to 3.7 too.
	Display string `json:"display"`
	// Manufacturer is the maker; never nil in an answer of NetBox.
	Manufacturer *Nested `json:"manufacturer"`
	// Model is the model name.
	Model string `json:"model"`
	// Slug is the device type's slug.
	Slug string `json:"slug"`
	// Description is empty up to 3.7.
	Description string `json:"description"`
}

// UnmarshalJSON reads a nested device type, or a bare id.
func (n *NestedDeviceType) UnmarshalJSON(data []byte) error {
	*n = NestedDeviceType{}
	var buf [256]byte
	p := packer{buf: buf[:0]}
	var display, model, slug, description span
	err := membersOrID(data, &n.ID, func(key, value []byte) error {
		switch string(key) {
		case "id":
			n.ID = number(value)
		case "display":
			p, display = p.add(value)
		case "manufacturer":
			if isNull(value) {
				return nil
			}
			n.Manufacturer = new(Nested)
			return n.Manufacturer.UnmarshalJSON(value)
		case "model":
			p, model = p.add(value)
		case "slug":
			p, slug = p.add(value)
		case "description":
			p, description = p.add(value)
		}
		return nil
	})
	if err != nil {
		return err
	}
	all := string(p.buf)
	n.Display, n.Model, n.Slug, n.Description = display.of(all), model.of(all), slug.of(all), description.of(all)
	return nil
}

// NestedIP is an IP address as NetBox embeds it in a device.
type NestedIP struct {
	// ID is the address's numeric id.
	ID int64 `json:"id"`
	// Display is the address as text.
	Display string `json:"display"`
	// Family is 4 or 6, 0 where the release does not say.
	Family int `json:"family"`
	// Address is the address with its prefix length, "192.0.2.10/24".
	Address string `json:"address"`
	// DNSName and Description are sent since 4.2.
	DNSName     string `json:"dns_name"`
	Description string `json:"description"`
}

// UnmarshalJSON reads a nested address; its family is a bare number up to 3.7
// and a {"value","label"} object later. A bare id is read, too.
func (n *NestedIP) UnmarshalJSON(data []byte) error {
	*n = NestedIP{}
	var buf [256]byte
	p := packer{buf: buf[:0]}
	var display, address, dns, description span
	err := membersOrID(data, &n.ID, func(key, value []byte) error {
		switch string(key) {
		case "id":
			n.ID = number(value)
		case "display":
			p, display = p.add(value)
		case "family":
			if inner, ok := memberOf(value, "value"); ok {
				value = inner
			}
			n.Family = int(number(value))
		case "address":
			p, address = p.add(value)
		case "dns_name":
			p, dns = p.add(value)
		case "description":
			p, description = p.add(value)
		}
		return nil
	})
	if err != nil {
		return err
	}
	all := string(p.buf)
	n.Display, n.Address, n.DNSName, n.Description = display.of(all), address.of(all), dns.of(all), description.of(all)
	return nil
}

// membersOrID calls read for each member of a nested object. A bare number, as
// webhook snapshots have, is read into id; null leaves that alone.
func membersOrID(data []byte, id *int64, read func(key, value []byte) error) error {
	s := scanner{data: data}
	if s.peek() != '{' {
		raw, ok := s.value()
		if !ok {
			return errSyntax
		}
		*id = number(raw)
		return nil
	}
	for first := true; ; first = false {
		key, value, done, err := s.member(first)
		if err != nil || done {
			return err
		}
		if err := read(key, value); err != nil {
			return err
		}
	}
}
