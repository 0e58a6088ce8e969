package reconcile

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Form brings a value into the form in which it is compared: two values mean the
// same when their forms are equal. Because it is applied to one value at a time, it
// serves digests as well as comparisons. A Form is total: what it cannot read it
// returns as it came, and it never touches an absent or withheld value.
type Form func(Value) Value

// onText makes a Form of a function over texts.
func onText(f func(string) string) Form {
	return func(v Value) Value {
		if v.state != text {
			return v
		}
		return Text(f(v.text))
	}
}

// Forms applies several forms, the first first.
func Forms(forms ...Form) Form {
	forms = slices.Clone(forms)
	return func(v Value) Value {
		for _, f := range forms {
			if f != nil {
				v = f(v)
			}
		}
		return v
	}
}

// Exact compares values as they are.
func Exact(v Value) Value { return v }

// EmptyIsNull takes the empty text for null, as the ServiceNow Table API does: it
// answers "" for a field without a value.
func EmptyIsNull(v Value) Value {
	if v.state == text && v.text == "" {
		return Null()
	}
	return v
}

// Trimmed ignores white space at both ends.
func Trimmed(v Value) Value {
	return onText(strings.TrimSpace)(v)
}

// Folded ignores the case of letters, by Unicode's simple folding.
func Folded(v Value) Value {
	return onText(func(s string) string { return strings.Map(fold, s) })(v)
}

// fold returns the smallest rune of those that differ from r in case only.
func fold(r rune) rune {
	least := r
	for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
		least = min(least, next)
	}
	return least
}

// Boolean compares truth: true, t, yes, y, on and 1 are "true", false, f, no, n,
// off and 0 are "false", in any case and with space around; ServiceNow answers
// both "true" and "1".
func Boolean(v Value) Value {
	return onText(func(s string) string {
		switch strings.ToLower(strings.TrimSpace(s)) {
		case "true", "t", "yes", "y", "on", "1":
			return "true"
		case "false", "f", "no", "n", "off", "0":
			return "false"
		}
		return s
	})(v)
}

// Set compares lists without regard to order, repetition, empty members and space
// around members, e.g. a glide list of sys_ids or a list of tags. The members are
// separated by sep; an empty sep means a comma.
func Set(sep string) Form {
	if sep == "" {
		sep = ","
	}
	return onText(func(s string) string {
		members := strings.Split(s, sep)
		for i, m := range members {
			members[i] = strings.TrimSpace(m)
		}
		slices.Sort(members)
		members = slices.Compact(members)
		if len(members) > 0 && members[0] == "" {
			members = members[1:]
		}
		return strings.Join(members, sep)
	})
}

// Decimal compares numbers by value: "007", "7.00", "+7" and "0.7e1" are one.
// Exponents beyond ±64 are left as they are, so that a short text cannot grow long.
func Decimal(v Value) Value {
	return onText(func(s string) string {
		if canonical, ok := decimal(strings.TrimSpace(s)); ok {
			return canonical
		}
		return s
	})(v)
}

func decimal(s string) (string, bool) {
	const maxExponent = 64
	mantissa, exponent := s, 0
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		n, err := strconv.Atoi(s[i+1:])
		if err != nil || n < -maxExponent || n > maxExponent {
			return "", false
		}
		mantissa, exponent = s[:i], n
	}
	sign := ""
	if mantissa != "" && (mantissa[0] == '+' || mantissa[0] == '-') {
		if mantissa[0] == '-' {
			sign = "-"
		}
		mantissa = mantissa[1:]
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	if whole+fraction == "" || !allDigits(whole) || !allDigits(fraction) {
		return "", false
	}
	if exponent > 0 {
		fraction += strings.Repeat("0", max(0, exponent-len(fraction)))
		whole, fraction = whole+fraction[:exponent], fraction[exponent:]
	}
	if exponent < 0 {
		whole = strings.Repeat("0", max(0, -exponent-len(whole))) + whole
		cut := len(whole) + exponent
		whole, fraction = whole[:cut], whole[cut:]+fraction
	}
	whole = strings.TrimLeft(whole, "0")
	fraction = strings.TrimRight(fraction, "0")
	switch {
	case whole == "" && fraction == "":
		return "0", true
	case fraction == "":
		return sign + whole, true
	case whole == "":
		return sign + "0." + fraction, true
	default:
		return sign + whole + "." + fraction, true
	}
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// momentLayouts are the ways in which the systems write a point in time: RFC 3339
// (NetBox, Azure DevOps), ServiceNow's internal form, which is in UTC, and a date.
var momentLayouts = []string{
	time.RFC3339Nano,
	"2006-01-02 15:04:05.999999999",
	"2006-01-02T15:04:05.999999999",
	time.DateOnly,
}

// Moment compares points in time, cut (not rounded) to a granularity: with
// time.Second, "2026-01-02 03:04:05" and "2026-01-02T05:04:05.9+02:00" are one,
// because ServiceNow keeps whole seconds only. A text without a zone is UTC. A
// granularity of zero or less compares to the nanosecond.
func Moment(granularity time.Duration) Form {
	return onText(func(s string) string {
		trimmed := strings.TrimSpace(s)
		for _, layout := range momentLayouts {
			if at, err := time.Parse(layout, trimmed); err == nil {
				return at.UTC().Truncate(granularity).Format(time.RFC3339Nano)
			}
		}
		return s
	})
}
