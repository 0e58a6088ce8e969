package azdevops

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Where is a condition of a query about work items (WIQL). It is made by [Is]
// and its like, so that no value can end its term. The zero value is no
// condition.
type Where struct {
	text string
	err  error
}

// Is wants a field to have a value: a string, a number, a bool, a time.Time (by
// the day, unless Query.Precise), or one of the macros [Me], [Today] and
// [ThisProject].
func Is(field string, value any) Where { return compare(field, "=", value) }

// IsNot wants a field to have another value, or none.
func IsNot(field string, value any) Where { return compare(field, "<>", value) }

// Less wants a smaller value.
func Less(field string, value any) Where { return compare(field, "<", value) }

// AtMost wants a smaller value or the same.
func AtMost(field string, value any) Where { return compare(field, "<=", value) }

// More wants a greater value.
func More(field string, value any) Where { return compare(field, ">", value) }

// AtLeast wants a greater value or the same.
func AtLeast(field string, value any) Where { return compare(field, ">=", value) }

// Contains wants a part of a text, or a whole tag in System.Tags.
func Contains(field, text string) Where { return compare(field, "CONTAINS", text) }

// NotContains wants a text without a part.
func NotContains(field, text string) Where { return compare(field, "NOT CONTAINS", text) }

// Under wants an area or iteration at or below a path.
func Under(field, path string) Where { return compare(field, "UNDER", path) }

// Ever wants a field that had a value at some time.
func Ever(field string, value any) Where { return compare(field, "EVER", value) }

// In wants one of the values. Without any it is an error: it would select
// nothing, which nobody means.
func In(field string, values ...any) Where { return list(field, "IN", values) }

// NotIn wants none of the values.
func NotIn(field string, values ...any) Where { return list(field, "NOT IN", values) }

// Empty wants a field without a value.
func Empty(field string) Where { return unary(field, "IS EMPTY") }

// NotEmpty wants a field with a value.
func NotEmpty(field string) Where { return unary(field, "IS NOT EMPTY") }

// And wants all conditions. Without any it is no condition.
func And(conditions ...Where) Where { return join("AND", conditions) }

// Or wants one of the conditions. Without any it is an error.
func Or(conditions ...Where) Where {
	if len(conditions) == 0 {
		return Where{err: errors.New("or needs a condition")}
	}
	return join("OR", conditions)
}

// Macro is a word that the service replaces, as a value of a condition.
type Macro string

// The macros.
const (
	Me          Macro = "@Me"      // whom the token belongs to
	ThisProject Macro = "@project" // the project of the query's address
	Today       Macro = "@Today"   // the beginning of the day
)

// String is the condition in WIQL.
func (w Where) String() string { return w.text }

func compare(field, operator string, value any) Where {
	if !fieldName(field) {
		return Where{err: fmt.Errorf("%q is no reference name of a field, such as System.Title", field)}
	}
	text, err := literal(value)
	if err != nil {
		return Where{err: fmt.Errorf("the value of %s: %w", field, err)}
	}
	return Where{text: "[" + field + "] " + operator + " " + text}
}

func list(field, operator string, values []any) Where {
	if !fieldName(field) {
		return Where{err: fmt.Errorf("%q is no reference name of a field, such as System.Title", field)}
	}
	if len(values) == 0 {
		return Where{err: fmt.Errorf("the list of %s is empty", field)}
	}
	texts := make([]string, len(values))
	for i, value := range values {
		text, err := literal(value)
		if err != nil {
			return Where{err: fmt.Errorf("the values of %s: %w", field, err)}
		}
		texts[i] = text
	}
	return Where{text: "[" + field + "] " + operator + " (" + strings.Join(texts, ", ") + ")"}
}

func unary(field, operator string) Where {
	if !fieldName(field) {
		return Where{err: fmt.Errorf("%q is no reference name of a field, such as System.Title", field)}
	}
	return Where{text: "[" + field + "] " + operator}
}

func join(word string, conditions []Where) Where {
	var texts []string
	for _, w := range conditions {
		if w.err != nil {
			return w
		}
		if w.text != "" {
			texts = append(texts, w.text)
		}
	}
	switch len(texts) {
	case 0:
		return Where{}
	case 1:
		return Where{text: texts[0]}
	}
	return Where{text: "(" + strings.Join(texts, " "+word+" ") + ")"}
}

// literal writes a value. Strings stand in single quotes, and a quote in them is
// doubled, so that none can end the term.
func literal(value any) (string, error) {
	switch v := value.(type) {
	case string:
		if strings.ContainsFunc(v, unicode.IsControl) {
			return "", errors.New("it holds a line break or another control character")
		}
		return "'" + strings.ReplaceAll(v, "'", "''") + "'", nil
	case int:
		return strconv.Itoa(v), nil
	case int64:
		return strconv.FormatInt(v, 10), nil
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), nil
	case bool:
		return strconv.FormatBool(v), nil
	case time.Time:
		return "'" + v.UTC().Format("2006-01-02T15:04:05.000Z") + "'", nil
	case Macro:
		if !slices.Contains([]Macro{Me, ThisProject, Today}, v) {
			return "", fmt.Errorf("%q is none of the macros", string(v))
		}
		return string(v), nil
	}
	return "", fmt.Errorf("a %T cannot be asked for; use a string, a number, a bool, a time.Time or a Macro", value)
}
