package servicenow

import (
	"encoding/json"
	"math/big"
	"reflect"
	"strconv"
	"strings"
)

// String is a text or choice field that decodes from every wire form, so a
// struct with it works in all three display modes. It holds the value where
// the server tells it, otherwise the display value. A plain Go string serves
// as well in the default mode, in which every field is a string.
type String string

// UnmarshalJSON decodes every form in which the platform sends a field.
func (s *String) UnmarshalJSON(data []byte) error {
	v, err := parseField(data, reflect.TypeFor[String]())
	if err != nil {
		return err
	}
	*s = String(v.Value)
	if v.Value == "" {
		*s = String(v.Display)
	}
	return nil
}

// Journal is a journal input field such as work_notes or comments. Writing one
// appends an entry and never replaces, so a patch that holds one is repeated
// only when it was provably not taken. It reads as "" in the default mode and
// as the rendered history in the display modes; entries one by one are rows of
// sys_journal_field.
type Journal string

// UnmarshalJSON decodes every form in which the platform sends a field.
func (j *Journal) UnmarshalJSON(data []byte) error {
	v, err := parseField(data, reflect.TypeFor[Journal]())
	if err == nil {
		*j = Journal(v.Text())
	}
	return err
}

// Bool is a true/false field. "", "0" and null are false; it is written as
// "true" or "false".
type Bool bool

// MarshalJSON encodes the value as "true" or "false".
func (b Bool) MarshalJSON() ([]byte, error) {
	if b {
		return []byte(`"true"`), nil
	}
	return []byte(`"false"`), nil
}

// UnmarshalJSON decodes every form in which the platform sends a field.
func (b *Bool) UnmarshalJSON(data []byte) error {
	v, err := parseField(data, reflect.TypeFor[Bool]())
	if err != nil {
		return err
	}
	parsed, ok := parseBool(v.ID())
	if v.Value == "" {
		parsed, ok = parseBool(v.Display)
	}
	if !ok {
		return unreadable(v, reflect.TypeFor[Bool]())
	}
	*b = Bool(parsed)
	return nil
}

func parseBool(text string) (value, ok bool) {
	switch strings.ToLower(text) {
	case "true", "1":
		return true, true
	case "false", "0", "":
		return false, true
	}
	return false, false
}

// Int is a whole-number field. "" and null are 0; it is written as a string of
// digits.
type Int int64

// MarshalJSON encodes the number as a JSON string of digits.
func (i Int) MarshalJSON() ([]byte, error) {
	return strconv.AppendQuote(nil, strconv.FormatInt(int64(i), 10)), nil
}

// UnmarshalJSON decodes every form in which the platform sends a field.
func (i *Int) UnmarshalJSON(data []byte) error {
	v, err := parseField(data, reflect.TypeFor[Int]())
	if err != nil {
		return err
	}
	n, err := parseInt(valueOrDisplay(v))
	if err != nil {
		return unreadable(v, reflect.TypeFor[Int]())
	}
	*i = Int(n)
	return nil
}

func parseInt(text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	return strconv.ParseInt(text, 10, 64)
}

// Decimal is a decimal number exactly as the platform wrote it, so that no
// digit is lost. "" is an empty field.
type Decimal string

// Float64 reads the number; "" is 0.
func (d Decimal) Float64() (float64, error) {
	if d == "" {
		return 0, nil
	}
	return strconv.ParseFloat(string(d), 64)
}

// Rat reads the number exactly; ok is false for an empty or unreadable field.
func (d Decimal) Rat() (number *big.Rat, ok bool) {
	if !isNumber(string(d)) {
		return nil, false
	}
	return new(big.Rat).SetString(string(d))
}

// UnmarshalJSON decodes every form in which the platform sends a field.
func (d *Decimal) UnmarshalJSON(data []byte) error {
	v, err := parseField(data, reflect.TypeFor[Decimal]())
	if err != nil {
		return err
	}
	text := valueOrDisplay(v)
	if text != "" && !isNumber(text) {
		return unreadable(v, reflect.TypeFor[Decimal]())
	}
	*d = Decimal(text)
	return nil
}

// isNumber accepts what JSON calls a number, with a sign and leading zeros.
func isNumber(text string) bool {
	text = strings.TrimLeft(text, "+-")
	digits, points := 0, 0
	for i, ch := range text {
		switch {
		case ch >= '0' && ch <= '9':
			digits++
		case ch == '.':
			points++
		case (ch == 'e' || ch == 'E') && digits > 0:
			exponent, err := strconv.Atoi(text[i+1:])
			return err == nil && exponent > -400 && exponent < 400 && points < 2
		default:
			return false
		}
	}
	return digits > 0 && points < 2
}

func valueOrDisplay(v Value) string {
	if v.Value != "" {
		return v.Value
	}
	return v.Display
}

func unreadable(v Value, target reflect.Type) error {
	return &json.UnmarshalTypeError{Value: "string " + strconv.Quote(clip(valueOrDisplay(v), 40)), Type: target}
}

// clip shortens text for an error message without cutting a character.
func clip(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	cut := limit
	for cut > 0 && text[cut]&0xC0 == 0x80 {
		cut--
	}
	return text[:cut] + "..."
}
