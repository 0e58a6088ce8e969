package azdevops

import (
	"errors"
	"fmt"
	"math"
	"regexp"
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
	// write makes the text: with a prefix before each field, and with times or
	// only their days.
	write func(prefix string, precise bool) string
	err   error
}

// Is wants a field to have a value: a string, a number, a bool, a time.Time, or
// one of the macros [Me], [Today], [FromToday] and [ThisProject]. Times are compared by their
// day in UTC, unless Query.Precise.
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

// ContainsWords wants whole words in a text, in any order.
func ContainsWords(field, words string) Where { return compare(field, "CONTAINS WORDS", words) }

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

// InGroup wants a work item type of a category, whatever the process calls it, as
// in InGroup(FieldType, RequirementCategory), or a person of a group, such as
// `[Fabrikam]\Contributors`.
func InGroup(field, group string) Where { return compare(field, "IN GROUP", group) }

// NotInGroup wants a type of another category, or a person of other groups.
func NotInGroup(field, group string) Where { return compare(field, "NOT IN GROUP", group) }

// Categories of work item types, for InGroup. A RequirementCategory is what a
// team plans: User Story, Product Backlog Item, Requirement or Issue.
const (
	EpicCategory        = "Microsoft.EpicCategory"
	FeatureCategory     = "Microsoft.FeatureCategory"
	RequirementCategory = "Microsoft.RequirementCategory"
	TaskCategory        = "Microsoft.TaskCategory"
	BugCategory         = "Microsoft.BugCategory"
)

// Empty wants a field without a value.
func Empty(field string) Where { return unary(field, "IS EMPTY") }

// NotEmpty wants a field with a value.
func NotEmpty(field string) Where { return unary(field, "IS NOT EMPTY") }

// And wants all conditions. Without any it is no condition.
func And(conditions ...Where) Where { return join("AND", conditions) }

// Or wants one of the conditions. Without any it is an error, and so is one that
// is no condition: it would select everything.
func Or(conditions ...Where) Where {
	if len(conditions) == 0 || slices.ContainsFunc(conditions, func(w Where) bool { return w.write == nil && w.err == nil }) {
		return Where{err: errors.New("one of the conditions of Or is empty")}
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

// FromToday is Today moved by a number of days, back when it is below 0.
func FromToday(days int) Macro {
	switch {
	case days < 0:
		return Today + Macro(fmt.Sprintf(" - %d", -days))
	case days > 0:
		return Today + Macro(fmt.Sprintf(" + %d", days))
	}
	return Today
}

var macroFormat = regexp.MustCompile(`^(@Me|@project|@Today( [+-] \d{1,6})?)$`)

// String is the condition in WIQL, as it is sent without Query.Precise.
func (w Where) String() string { return w.textOf("", false) }

func (w Where) textOf(prefix string, precise bool) string {
	if w.write == nil {
		return ""
	}
	return w.write(prefix, precise)
}

func compare(field, operator string, value any) Where {
	return condition(field, operator, func(precise bool) (string, error) { return literal(value, precise) })
}

func list(field, operator string, values []any) Where {
	return condition(field, operator, func(precise bool) (string, error) {
		if len(values) == 0 {
			return "", errors.New("the list is empty")
		}
		texts := make([]string, len(values))
		for i, value := range values {
			var err error
			if texts[i], err = literal(value, precise); err != nil {
				return "", err
			}
		}
		return "(" + strings.Join(texts, ", ") + ")", nil
	})
}

func unary(field, operator string) Where {
	return condition(field, operator, func(bool) (string, error) { return "", nil })
}

// condition makes a term of a field, an operator and what is written behind it.
func condition(field, operator string, operand func(precise bool) (string, error)) Where {
	if !fieldName(field) {
		return Where{err: fmt.Errorf("%q is no reference name of a field, such as System.Title", field)}
	}
	byDay, err := operand(false)
	if err != nil {
		return Where{err: fmt.Errorf("the value of %s: %w", field, err)}
	}
	timed, err := operand(true)
	return Where{err: err, write: func(prefix string, precise bool) string {
		text := byDay
		if precise {
			text = timed
		}
		return strings.TrimSuffix(prefix+"["+field+"] "+operator+" "+text, " ")
	}}
}

func join(word string, conditions []Where) Where {
	var parts []Where
	for _, w := range conditions {
		if w.err != nil {
			return w
		}
		if w.write != nil {
			parts = append(parts, w)
		}
	}
	switch len(parts) {
	case 0:
		return Where{}
	case 1:
		return parts[0]
	}
	return Where{write: func(prefix string, precise bool) string {
		texts := make([]string, len(parts))
		for i, w := range parts {
			texts[i] = w.write(prefix, precise)
		}
		return "(" + strings.Join(texts, " "+word+" ") + ")"
	}}
}

// literal writes a value. Strings stand in single quotes, and a quote in them is
// doubled, so that none can end the term. A query that compares by the day must
// not have a time in it, the service refuses it.
func literal(value any, precise bool) (string, error) {
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
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return "", errors.New("it is no number")
		}
		return strconv.FormatFloat(v, 'f', -1, 64), nil
	case bool:
		return strconv.FormatBool(v), nil
	case time.Time:
		if v.Year() < 1 || v.Year() > 9998 {
			return "", errors.New("it is no date that the service knows")
		}
		if !precise {
			return "'" + v.UTC().Format(time.DateOnly) + "'", nil
		}
		return "'" + v.UTC().Format("2006-01-02T15:04:05.000Z") + "'", nil
	case Macro:
		if !macroFormat.MatchString(string(v)) {
			return "", fmt.Errorf("%q is none of the macros", string(v))
		}
		return string(v), nil
	}
	return "", fmt.Errorf("a %T cannot be asked for; use a string, a number, a bool, a time.Time or a Macro", value)
}
