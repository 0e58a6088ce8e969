package netbox

import "encoding/json"

// Opt is a field of a write that may be left out. Unset, null, a zero value
// and a value are four different things on the wire: the zero Opt is not sent
// at all, Null sends null, Set(v) sends v whatever v is.
type Opt[T any] struct {
	value T
	state byte
}

const (
	optUnset = iota
	optNull
	optSet
)

// Set returns an Opt that sends v.
func Set[T any](v T) Opt[T] { return Opt[T]{value: v, state: optSet} }

// Null returns an Opt that sends null, which clears the field.
func Null[T any]() Opt[T] { return Opt[T]{state: optNull} }

// Get returns the value and whether one is set; null counts as not set.
func (o Opt[T]) Get() (T, bool) { return o.value, o.state == optSet }

// IsNull reports whether null will be sent.
func (o Opt[T]) IsNull() bool { return o.state == optNull }

// IsZero reports whether the field is left out; encoding/json asks it for
// fields tagged omitzero.
func (o Opt[T]) IsZero() bool { return o.state == optUnset }

// MarshalJSON writes the value, and null for Null and for the zero Opt.
func (o Opt[T]) MarshalJSON() ([]byte, error) {
	if o.state != optSet {
		return []byte("null"), nil
	}
	return json.Marshal(o.value)
}

// UnmarshalJSON makes a set Opt from a value and Null from null.
func (o *Opt[T]) UnmarshalJSON(data []byte) error {
	*o = Opt[T]{}
	if isNull(data) {
		o.state = optNull
		return nil
	}
	if err := json.Unmarshal(data, &o.value); err != nil {
		return err
	}
	o.state = optSet
	return nil
}
