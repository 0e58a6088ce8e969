package servicenow

import (
	"encoding"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Script is a value that the platform computes for each query, for example
// Script("gs.getUserID()") or Script("gs.daysAgoStart(7)"). It is sent as
// "javascript:" followed by the text. Never build one from input. A ^ and line
// breaks are refused.
type Script string

const scriptPrefix = "javascript:"

// operators lists every operator that could begin with another one's text.
var operators = []string{
	opLessEq, opGreaterEq, opNotIn, opNotContains, opInHierarchy, opInHierarchyDynamic, opIn,
	opInstanceOf, opStartsWith, opSameAs, opNotSameAs, opBetween, opDynamic, opContains, opEq, opNotEq,
}

// longerOperator answers with the operator that op followed by text would be
// read as, or "".
func longerOperator(op, text string) string {
	for _, candidate := range operators {
		if len(candidate) > len(op) && strings.HasPrefix(candidate, op) && strings.HasPrefix(op+text, candidate) {
			return candidate
		}
	}
	return ""
}

// operand turns a value into the text behind an operator: escaped, and such
// that it can neither end its term nor be run by the platform.
func operand(value any) (string, error) {
	if script, ok := value.(Script); ok {
		text := string(script)
		if strings.TrimSpace(text) == "" || strings.ContainsAny(text, "^\r\n\x00") {
			return "", errors.New("a Script needs text without ^ and line breaks")
		}
		return scriptPrefix + text, nil
	}
	text, err := textOf(value)
	if err != nil {
		return "", err
	}
	if i := strings.IndexFunc(text, func(r rune) bool {
		return r < 0x20 && r != '\t' || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029
	}); i >= 0 {
		return "", fmt.Errorf("the value holds a line break or control character at byte %d, which an encoded query cannot carry", i)
	}
	if !utf8.ValidString(text) {
		return "", errors.New("the value is not valid UTF-8")
	}
	if trimmed := strings.TrimSpace(text); len(trimmed) >= len(scriptPrefix) && strings.EqualFold(trimmed[:len(scriptPrefix)], scriptPrefix) {
		return "", errors.New("the platform would run a value that begins with javascript: as a script; use Script if that is meant")
	}
	return strings.ReplaceAll(text, "^", "^^"), nil
}

// listable reports whether escaped text can stand in a comma list unchanged.
func listable(text string) bool {
	return text != "" && !strings.Contains(text, ",") && strings.TrimSpace(text) == text
}

// partition splits values into those that a comma list can carry, joined, and
// those that need a term each.
func partition[V any](op string, values []V) (list string, apart []any, err error) {
	var b strings.Builder
	for i, value := range values {
		text, err := operand(value)
		if err != nil {
			return "", nil, fmt.Errorf("value %d: %w", i+1, err)
		}
		_, script := any(value).(Script)
		if script || !listable(text) || longerOperator(op, text) != "" {
			apart = append(apart, value)
			continue
		}
		if b.Len() > 0 {
			b.WriteByte(',')
		}
		b.WriteString(text)
	}
	return b.String(), apart, nil
}

// textOf renders a Go value in the platform's own form: booleans as true and
// false, times in UTC as "2006-01-02 15:04:05", nil as the empty string.
func textOf(value any) (string, error) {
	switch v := value.(type) {
	case nil:
		return "", nil
	case string:
		return v, nil
	case time.Time:
		return DateTime{v}.text()
	case time.Duration:
		return Duration(v).text()
	case texter:
		return v.text()
	case encoding.TextMarshaler:
		if rv := reflect.ValueOf(value); rv.Kind() == reflect.Pointer && rv.IsNil() {
			return "", nil
		}
		text, err := v.MarshalText()
		return string(text), err
	}
	rv := reflect.ValueOf(value)
	switch rv.Kind() {
	case reflect.Pointer:
		if rv.IsNil() {
			return "", nil
		}
		return textOf(rv.Elem().Interface())
	case reflect.String:
		return rv.String(), nil
	case reflect.Bool:
		return strconv.FormatBool(rv.Bool()), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return strconv.FormatInt(rv.Int(), 10), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return strconv.FormatUint(rv.Uint(), 10), nil
	case reflect.Float32, reflect.Float64:
		f := rv.Float()
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return "", fmt.Errorf("%v is not a number that the platform can hold", f)
		}
		return strconv.FormatFloat(f, 'f', -1, rv.Type().Bits()), nil
	}
	return "", fmt.Errorf("%w: %T; use a string, boolean, number, time or a field type of this package", errNoText, value)
}

var errNoText = errors.New("a value of this type cannot be sent")

// texter is a field type of this package in the platform's form.
type texter interface{ text() (string, error) }
