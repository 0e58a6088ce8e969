package servicenow

import (
	"strings"
	"time"
)

// The operators of the encoded query language, as the Table API documentation
// and its list of available filters name them.
const (
	opEq                 = "="
	opNotEq              = "!="
	opIn                 = "IN"
	opNotIn              = "NOT IN"
	opStartsWith         = "STARTSWITH"
	opEndsWith           = "ENDSWITH"
	opContains           = "LIKE"
	opNotContains        = "NOT LIKE"
	opIsEmpty            = "ISEMPTY"
	opIsNotEmpty         = "ISNOTEMPTY"
	opAnything           = "ANYTHING"
	opEmptyString        = "EMPTYSTRING"
	opLess               = "<"
	opLessEq             = "<="
	opGreater            = ">"
	opGreaterEq          = ">="
	opBetween            = "BETWEEN"
	opSameAs             = "SAMEAS"
	opNotSameAs          = "NSAMEAS"
	opGreaterField       = "GT_FIELD"
	opLessField          = "LT_FIELD"
	opGreaterEqField     = "GT_OR_EQUALS_FIELD"
	opLessEqField        = "LT_OR_EQUALS_FIELD"
	opDynamic            = "DYNAMIC"
	opInHierarchy        = "IN_HIERARCHY"
	opInHierarchyDynamic = "IN_HIERARCHY_DYNAMIC"
	opInstanceOf         = "INSTANCEOF"
)

// Eq matches rows whose field equals value. The platform ignores case. An empty
// value (nil, "") becomes ISEMPTY, since an empty column and "" are one and the
// same on the platform.
//
// Values may be strings, booleans, numbers, time.Time (sent in UTC), the field
// types of this package, and named types of these. A ^ inside a value is
// escaped; line breaks and values that the platform would run as a script
// ("javascript:...") are refused, see [Script].
func Eq(field string, value any) Condition { return compare(field, opEq, value) }

// NotEq matches rows whose field differs from value; an empty value becomes
// ISNOTEMPTY.
func NotEq(field string, value any) Condition { return compare(field, opNotEq, value) }

// Less matches rows whose field is below value.
func Less(field string, value any) Condition { return compare(field, opLess, value) }

// LessEq matches rows whose field is at most value.
func LessEq(field string, value any) Condition { return compare(field, opLessEq, value) }

// Greater matches rows whose field is above value.
func Greater(field string, value any) Condition { return compare(field, opGreater, value) }

// GreaterEq matches rows whose field is at least value.
func GreaterEq(field string, value any) Condition { return compare(field, opGreaterEq, value) }

// StartsWith matches rows whose field begins with text, in any case.
func StartsWith(field string, text any) Condition { return compare(field, opStartsWith, text) }

// EndsWith matches rows whose field ends with text, in any case.
func EndsWith(field string, text any) Condition { return compare(field, opEndsWith, text) }

// Contains matches rows whose field holds text somewhere, in any case.
func Contains(field string, text any) Condition { return compare(field, opContains, text) }

// NotContains matches rows whose field does not hold text.
func NotContains(field string, text any) Condition { return compare(field, opNotContains, text) }

// IsEmpty matches rows whose field holds nothing.
func IsEmpty(field string) Condition { return unary(field, opIsEmpty) }

// IsNotEmpty matches rows whose field holds something.
func IsNotEmpty(field string) Condition { return unary(field, opIsNotEmpty) }

// IsEmptyString matches rows whose field is the empty string rather than null,
// where the database under the platform tells them apart.
func IsEmptyString(field string) Condition { return unary(field, opEmptyString) }

// Anything matches every value of the field, also none.
func Anything(field string) Condition { return unary(field, opAnything) }

// SameAs matches rows in which two fields hold the same value.
func SameAs(field, other string) Condition { return fields(field, opSameAs, other) }

// NotSameAs matches rows in which two fields hold different values.
func NotSameAs(field, other string) Condition { return fields(field, opNotSameAs, other) }

// GreaterThanField matches rows whose field is above another field of the row.
func GreaterThanField(field, other string) Condition { return fields(field, opGreaterField, other) }

// LessThanField matches rows whose field is below another field of the row.
func LessThanField(field, other string) Condition { return fields(field, opLessField, other) }

// GreaterEqField matches rows whose field is at least another field of the row.
func GreaterEqField(field, other string) Condition { return fields(field, opGreaterEqField, other) }

// LessEqField matches rows whose field is at most another field of the row.
func LessEqField(field, other string) Condition { return fields(field, opLessEqField, other) }

// InstanceOf matches rows whose class field (usually sys_class_name) is the
// class or one of its descendants. Eq on sys_class_name is exact.
func InstanceOf(field, class string) Condition { return compare(field, opInstanceOf, class) }

// Dynamic matches by one of the platform's dynamic filter options, named by its
// sys_id.
func Dynamic(field, option string) Condition { return compare(field, opDynamic, option) }

// InHierarchy matches rows whose reference field names the record sysID or a
// record below it in the referenced table's own hierarchy.
func InHierarchy(field, sysID string) Condition { return compare(field, opInHierarchy, sysID) }

// InHierarchyDynamic is [InHierarchy] for a dynamic filter option.
func InHierarchyDynamic(field, option string) Condition {
	return compare(field, opInHierarchyDynamic, option)
}

// TextSearch matches rows that the platform's text index finds for the words.
// It works on indexed tables only.
func TextSearch(words string) Condition {
	text, err := operand(words)
	switch {
	case err != nil:
		return failedBy("text search", err)
	case text == "":
		return failed("TextSearch needs at least one word")
	}
	return term("123TEXTQUERY321=" + text)
}

// In matches rows whose field equals one of the values. The list language has
// no escape for a comma, so values that hold one are written as ^OR terms
// beside the list. At least one value is needed.
func In[V any](field string, values ...V) Condition {
	if err := checkField(field); err != nil {
		return failedBy(field, err)
	}
	if len(values) == 0 {
		return failed("In on %q needs at least one value: an empty list would not filter", field)
	}
	list, apart, err := partition(opIn, values)
	if err != nil {
		return failedBy(field, err)
	}
	var cl clause
	if list != "" {
		cl = append(cl, field+opIn+list)
	}
	for _, value := range apart {
		c := Eq(field, value)
		if c.err != nil {
			return c
		}
		cl = append(cl, c.branches[0][0]...)
	}
	return Condition{branches: []branch{{cl}}}
}

// NotIn matches rows whose field equals none of the values. Values that hold a
// comma are written as further != clauses. At least one value is needed.
func NotIn[V any](field string, values ...V) Condition {
	if err := checkField(field); err != nil {
		return failedBy(field, err)
	}
	if len(values) == 0 {
		return failed("NotIn on %q needs at least one value", field)
	}
	list, apart, err := partition(opNotIn, values)
	if err != nil {
		return failedBy(field, err)
	}
	var out Condition
	if list != "" {
		out = term(field + opNotIn + list)
	}
	for _, value := range apart {
		out = And(out, NotEq(field, value))
	}
	return out
}

// Between matches rows whose field lies between low and high, both included.
// Times, and values that hold the separator @, are written as two comparisons.
func Between(field string, low, high any) Condition {
	if err := checkField(field); err != nil {
		return failedBy(field, err)
	}
	from, err := operand(low)
	if err != nil {
		return failedBy(field, err)
	}
	to, err := operand(high)
	if err != nil {
		return failedBy(field, err)
	}
	if from == "" || to == "" {
		return failed("Between on %q needs two values: use GreaterEq or LessEq for an open range", field)
	}
	if isTime(low) || isTime(high) || strings.Contains(from, "@") || strings.Contains(to, "@") {
		return And(GreaterEq(field, low), LessEq(field, high))
	}
	return term(field + opBetween + from + "@" + to)
}

func isTime(value any) bool {
	switch value.(type) {
	case time.Time, *time.Time, DateTime, Date, Script:
		return true
	}
	return false
}

func unary(field, op string) Condition {
	if err := checkField(field); err != nil {
		return failedBy(field, err)
	}
	return term(field + op)
}

func fields(field, op, other string) Condition {
	if err := checkField(field); err != nil {
		return failedBy(field, err)
	}
	if err := checkField(other); err != nil {
		return failedBy(other, err)
	}
	return term(field + op + other)
}

func compare(field, op string, value any) Condition {
	if err := checkField(field); err != nil {
		return failedBy(field, err)
	}
	text, err := operand(value)
	if err != nil {
		return failedBy(field, err)
	}
	if text == "" {
		switch op {
		case opEq:
			return term(field + opIsEmpty)
		case opNotEq:
			return term(field + opIsNotEmpty)
		}
		return failed("condition on %q: %s needs a value; an empty one would match every row or none", field, op)
	}
	if op == opEq && text[0] == '=' {
		// "==" is not an operator and selects nothing on the platform.
		if listable(text) {
			return term(field + opIn + text)
		}
		return failed("condition on %q: a value cannot begin with = and hold a comma or outer blanks", field)
	}
	if longer := longerOperator(op, text); longer != "" {
		return failed("condition on %q: the value after %s would read as the operator %s; use StartsWith, In or Raw", field, op, longer)
	}
	return term(field + op + text)
}
