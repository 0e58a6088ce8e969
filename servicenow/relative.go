package servicenow

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The operators for dates that the platform computes at the time of the query,
// as its list of available filters names them. Which unit words an instance
// takes is not verified on a real one beyond hour, day and month.
const (
	opRelative = "RELATIVE"
	opOn       = "ON"
	opNotOn    = "NOTON"
	opDatePart = "DATEPART"
	opMoreThan = "MORETHAN"
	opLessThan = "LESSTHAN"
)

// DateUnit is a unit of time in conditions on dates.
type DateUnit string

// The units. Weeks begin on Monday.
const (
	UnitMinute  DateUnit = "minute"
	UnitHour    DateUnit = "hour"
	UnitDay     DateUnit = "day"
	UnitWeek    DateUnit = "week"
	UnitMonth   DateUnit = "month"
	UnitQuarter DateUnit = "quarter"
	UnitYear    DateUnit = "year"
)

func (u DateUnit) check(allowed ...DateUnit) error {
	if slices.Contains(allowed, u) {
		return nil
	}
	return fmt.Errorf("unit %q: use one of %v", string(u), allowed)
}

// Moment is a time relative to that of the query. Make it by [Ago] or [Ahead].
type Moment struct {
	n         int
	unit      DateUnit
	direction string
}

// Ago is n units before now, n at least 0. UnitWeek has no relative form.
func Ago(n int, unit DateUnit) Moment { return Moment{n, unit, "ago"} }

// Ahead is n units after now.
func Ahead(n int, unit DateUnit) Moment { return Moment{n, unit, "ahead"} }

// RelativeOp compares a date with a [Moment].
type RelativeOp string

// The comparisons. RelativeOn means the same minute, hour, day, month, quarter or
// year, whichever the moment's unit is.
const (
	RelativeAfter      RelativeOp = "GT"
	RelativeAtOrAfter  RelativeOp = "GE"
	RelativeBefore     RelativeOp = "LT"
	RelativeAtOrBefore RelativeOp = "LE"
	RelativeOn         RelativeOp = "EE"
)

// Relative matches rows whose date lies so in relation to a moment that the
// platform computes when the query runs:
//
//	Relative("sys_created_on", RelativeAfter, Ago(1, UnitHour)) // sys_created_onRELATIVEGT@hour@ago@1
//
// Days are written as dayofweek, which is what the platform's own list filter
// writes there.
func Relative(field string, op RelativeOp, m Moment) Condition {
	err := checkField(field)
	if err == nil {
		err = m.unit.check(UnitMinute, UnitHour, UnitDay, UnitMonth, UnitQuarter, UnitYear)
	}
	switch op {
	case RelativeAfter, RelativeAtOrAfter, RelativeBefore, RelativeAtOrBefore, RelativeOn:
	default:
		if err == nil {
			err = fmt.Errorf("comparison %q: use RelativeAfter and the other constants", string(op))
		}
	}
	switch {
	case err != nil:
		return failedBy(field, err)
	case m.n < 0:
		return failed("condition on %q: %d %ss: use Ago for the past and Ahead for the future", field, m.n, m.unit)
	}
	unit := m.unit
	if unit == UnitDay {
		unit = "dayofweek"
	}
	return term(fmt.Sprintf("%s%s%s@%s@%s@%d", field, opRelative, op, unit, m.direction, m.n))
}

// DateRange is a stretch of time that the platform computes when the query runs,
// in the time zone of the user. Make it by [Today], [LastDays], [ThisPeriod] and
// their kin, or give the two scripts yourself.
type DateRange struct {
	// Label is what people read in the platform's filter.
	Label string
	// Start and End are scripts such as gs.daysAgoStart(0).
	Start, End Script
}

// Today is the present day.
func Today() DateRange { return DateRange{"Today", "gs.daysAgoStart(0)", "gs.daysAgoEnd(0)"} }

// Yesterday is the day before today.
func Yesterday() DateRange { return DateRange{"Yesterday", "gs.daysAgoStart(1)", "gs.daysAgoEnd(1)"} }

// LastDays is today and the n days before it.
func LastDays(n int) DateRange {
	return DateRange{fmt.Sprintf("Last %d days", n), Script(fmt.Sprintf("gs.daysAgoStart(%d)", n)), "gs.daysAgoEnd(0)"}
}

// ThisPeriod is the present week, month, quarter or year.
func ThisPeriod(unit DateUnit) DateRange { return period("This", unit) }

// LastPeriod is the week, month, quarter or year before the present one.
func LastPeriod(unit DateUnit) DateRange { return period("Last", unit) }

// NextPeriod is the week, month, quarter or year after the present one.
func NextPeriod(unit DateUnit) DateRange { return period("Next", unit) }

func period(which string, unit DateUnit) DateRange {
	if unit.check(UnitWeek, UnitMonth, UnitQuarter, UnitYear) != nil {
		return DateRange{} // refused by On
	}
	name := strings.ToUpper(string(unit[:1])) + string(unit[1:])
	return DateRange{which + " " + string(unit), Script("gs.beginningOf" + which + name + "()"), Script("gs.endOf" + which + name + "()")}
}

// On matches rows whose date lies in the range, both ends included.
func On(field string, r DateRange) Condition { return ranged(field, opOn, r) }

// NotOn matches rows whose date does not lie in the range, also those without
// one.
func NotOn(field string, r DateRange) Condition { return ranged(field, opNotOn, r) }

func ranged(field, op string, r DateRange) Condition {
	if err := checkField(field); err != nil {
		return failedBy(field, err)
	}
	if r.Start == "" || r.End == "" {
		return failed("condition on %q: the DateRange is empty: use Today, LastDays, or a period of UnitWeek, UnitMonth, UnitQuarter or UnitYear", field)
	}
	start, err := operand(r.Start)
	if err != nil {
		return failedBy(field, err)
	}
	end, err := operand(r.End)
	switch {
	case err != nil:
		return failedBy(field, err)
	case strings.ContainsAny(r.Label+start+end, "@^\r\n"):
		return failed("condition on %q: a DateRange cannot hold @, ^ and line breaks", field)
	}
	return term(field + op + r.Label + "@" + start + "@" + end)
}

// Year, Quarter and HourOfDay are what [DatePart] compares besides weekdays and
// months.
type (
	// Year is a calendar year.
	Year int
	// Quarter is 1 to 4.
	Quarter int
	// HourOfDay is 0 to 23.
	HourOfDay int
)

// DatePart matches rows by a part of their date, in the time zone of the user:
// part is a time.Weekday, a time.Month, or a [Year], [Quarter] or [HourOfDay].
func DatePart(field string, part any) Condition {
	if err := checkField(field); err != nil {
		return failedBy(field, err)
	}
	name, value, label := "", "", ""
	switch v := part.(type) {
	case time.Weekday:
		if v >= time.Sunday && v <= time.Saturday {
			name, label = "dayofweek", v.String()
			value = strings.ToLower(label)
		}
	case time.Month:
		if v >= time.January && v <= time.December {
			name, label = "month", v.String()
			value = strings.ToLower(label)
		}
	case Year:
		if v >= 1 && v <= 9999 {
			name, value, label = "year", strconv.Itoa(int(v)), strconv.Itoa(int(v))
		}
	case Quarter:
		if v >= 1 && v <= 4 {
			name, value, label = "quarter", strconv.Itoa(int(v)), fmt.Sprintf("Quarter %d", v)
		}
	case HourOfDay:
		if v >= 0 && v <= 23 {
			name, value, label = "hour", strconv.Itoa(int(v)), fmt.Sprintf("Hour %d", v)
		}
	}
	if name == "" {
		return failed("condition on %q: %v of type %T is no part of a date: use a time.Weekday, a time.Month, Year, Quarter or HourOfDay within its bounds", field, part, part)
	}
	return term(fmt.Sprintf("%s%s%s@%sgs.datePart('%s','%s','EE')", field, opDatePart, label, scriptPrefix, name, value))
}

// Direction says on which side of another date one lies.
type Direction string

// The directions of [MoreThan] and [LessThan].
const (
	BeforeField Direction = "before"
	AfterField  Direction = "after"
)

// MoreThan matches rows in which a date lies more than n units before or after
// another date of the row:
//
//	MoreThan("closed_at", 2, UnitDay, AfterField, "opened_at") // closed_atMORETHANopened_at@day@after@2
func MoreThan(field string, n int, unit DateUnit, d Direction, other string) Condition {
	return apart(field, opMoreThan, n, unit, d, other)
}

// LessThan matches rows in which a date lies at most n units before or after
// another date of the row.
func LessThan(field string, n int, unit DateUnit, d Direction, other string) Condition {
	return apart(field, opLessThan, n, unit, d, other)
}

func apart(field, op string, n int, unit DateUnit, d Direction, other string) Condition {
	c := fields(field, op, other)
	if c.err != nil {
		return c
	}
	if err := unit.check(UnitMinute, UnitHour, UnitDay, UnitWeek, UnitMonth, UnitQuarter, UnitYear); err != nil {
		return failedBy(field, err)
	}
	if n < 0 || d != BeforeField && d != AfterField {
		return failed("condition on %q: use n of 0 or more, and BeforeField or AfterField", field)
	}
	return term(fmt.Sprintf("%s%s%s@%s@%s@%d", field, op, other, unit, d, n))
}

// SamePeriod matches rows in which two dates lie in the same day, week, month,
// quarter or year.
func SamePeriod(field, other string, unit DateUnit) Condition {
	return samePeriod(field, opSameAs, other, unit)
}

// NotSamePeriod matches rows in which they do not.
func NotSamePeriod(field, other string, unit DateUnit) Condition {
	return samePeriod(field, opNotSameAs, other, unit)
}

func samePeriod(field, op, other string, unit DateUnit) Condition {
	c := fields(field, op, other)
	if c.err != nil {
		return c
	}
	if err := unit.check(UnitDay, UnitWeek, UnitMonth, UnitQuarter, UnitYear); err != nil {
		return failedBy(field, err)
	}
	return term(field + op + other + "@" + string(unit))
}
