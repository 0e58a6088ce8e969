package servicenowtest

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// dates is a condition on dates that no plain comparison can express.
type dates struct {
	op     string // DATEPART, MORETHAN, LESSTHAN, SAMEAS or NSAMEAS
	zone   *time.Location
	part   string // of DATEPART
	value  string
	unit   string
	before bool
	n      int
}

// relative turns a RELATIVE term into a plain comparison with a time that is
// computed now: RELATIVEGT@hour@ago@1. The product documentation shows the form;
// that EE means the same hour, day, month and so on is not documented.
func (b *binder) relative(c *condition, col *column, raw string) {
	parts := strings.Split(raw, "@")
	c.never = true
	if len(parts) != 4 || parts[2] != "ago" && parts[2] != "ahead" {
		return
	}
	n, err := strconv.Atoi(parts[3])
	if err != nil || col.Type != DateTime && col.Type != Date {
		return
	}
	if parts[2] == "ago" {
		n = -n
	}
	at, ok := shift(b.now.In(b.caller.zone), parts[1], n)
	if !ok {
		return
	}
	write := wireTime
	if col.Type == Date {
		write = func(t time.Time) string { return t.Format(dateLayout) }
	}
	switch parts[0] {
	case "GT", "GE", "LT", "LE":
		c.op = map[string]string{"GT": ">", "GE": ">=", "LT": "<", "LE": "<="}[parts[0]]
		c.value = write(at)
	case "EE":
		from := begin(at, parts[1])
		to, _ := shift(from, parts[1], 1)
		c.op = "BETWEEN"
		c.list(col, []string{write(from), write(to.Add(-time.Second))})
	default:
		return
	}
	c.never = false
}

var datePart = regexp.MustCompile(`^[^@]*@javascript:gs\.datePart\('(\w+)','(\w+)','EE'\)$`)

// datePart reads DATEPARTMonday@javascript:gs.datePart('dayofweek','monday','EE').
func (b *binder) datePart(c *condition, col *column, raw string) {
	match := datePart.FindStringSubmatch(raw)
	if c.never = match == nil || col.Type != DateTime && col.Type != Date; c.never {
		return
	}
	c.dates = &dates{op: c.op, zone: b.zoneOf(col), part: match[1], value: strings.ToLower(match[2])}
}

// zoneOf is the zone in which the dates of a column are looked at.
func (b *binder) zoneOf(col *column) *time.Location {
	if col.Type == Date {
		return time.UTC
	}
	return b.caller.zone
}

// span reads MORETHANf@day@before@n and LESSTHANf@day@before@n.
func (b *binder) span(c *condition, col *column, raw string) {
	parts := strings.Split(raw, "@")
	c.never = true
	if len(parts) != 4 || parts[2] != "before" && parts[2] != "after" {
		return
	}
	n, err := strconv.Atoi(parts[3])
	_, ok := shift(time.Time{}, parts[1], 1)
	if c.other = b.path(parts[0]); err != nil || !ok || c.other == nil {
		return
	}
	c.never = false
	c.dates = &dates{op: c.op, zone: b.zoneOf(col), unit: parts[1], before: parts[2] == "before", n: n}
}

// samePeriod reads SAMEASf@day.
func (b *binder) samePeriod(c *condition, col *column, raw string) {
	name, unit, _ := strings.Cut(raw, "@")
	_, ok := shift(time.Time{}, unit, 1)
	c.other = b.path(name)
	if c.never = !ok || c.other == nil; !c.never {
		c.dates = &dates{op: c.op, zone: b.zoneOf(col), unit: unit}
	}
}

// holdsDates compares the dates of a row.
func (s *store) holdsDates(c *condition, r *row, value string) bool {
	d := c.dates
	at, ok := parseTime(value, time.UTC)
	if !ok {
		return d.op == "NSAMEAS"
	}
	at = at.In(d.zone)
	if d.op == "DATEPART" {
		return d.partOf(at) == d.value
	}
	_, text := s.follow(r, c.other)
	other, ok := parseTime(text, time.UTC)
	if !ok {
		return d.op == "NSAMEAS"
	}
	other = other.In(d.zone)
	switch d.op {
	case "SAMEAS":
		return begin(at, d.unit).Equal(begin(other, d.unit))
	case "NSAMEAS":
		return !begin(at, d.unit).Equal(begin(other, d.unit))
	}
	first, second := other, at
	if d.before {
		first, second = at, other
	}
	limit, _ := shift(first, d.unit, d.n)
	if d.op == "MORETHAN" {
		return second.After(limit)
	}
	return !second.Before(first) && !second.After(limit)
}

func (d *dates) partOf(at time.Time) string {
	switch d.part {
	case "dayofweek":
		return strings.ToLower(at.Weekday().String())
	case "month":
		return strings.ToLower(at.Month().String())
	case "quarter":
		return strconv.Itoa((int(at.Month())-1)/3 + 1)
	case "year":
		return strconv.Itoa(at.Year())
	case "hour":
		return strconv.Itoa(at.Hour())
	}
	return ""
}

// shift moves a time by n units.
func shift(t time.Time, unit string, n int) (time.Time, bool) {
	switch unit {
	case "minute":
		return t.Add(time.Duration(n) * time.Minute), true
	case "hour":
		return t.Add(time.Duration(n) * time.Hour), true
	case "day", "dayofweek":
		return t.AddDate(0, 0, n), true
	case "week":
		return t.AddDate(0, 0, 7*n), true
	case "month":
		return t.AddDate(0, n, 0), true
	case "quarter":
		return t.AddDate(0, 3*n, 0), true
	case "year":
		return t.AddDate(n, 0, 0), true
	}
	return t, false
}

// begin is the start of the unit that a time lies in. Weeks begin on Monday.
func begin(t time.Time, unit string) time.Time {
	year, month, day := t.Date()
	switch unit {
	case "minute":
		return time.Date(year, month, day, t.Hour(), t.Minute(), 0, 0, t.Location())
	case "hour":
		return time.Date(year, month, day, t.Hour(), 0, 0, 0, t.Location())
	case "week":
		day -= (int(t.Weekday()) + 6) % 7
	case "month":
		day = 1
	case "quarter":
		month, day = (month-1)/3*3+1, 1
	case "year":
		month, day = 1, 1
	}
	return time.Date(year, month, day, 0, 0, 0, 0, t.Location())
}

var (
	agoScript    = regexp.MustCompile(`^(minute|hour|day|month|quarter|year)sAgo(Start|End|)$`)
	periodScript = regexp.MustCompile(`^(beginningOf|endOf)(Last|This|Next)(Week|Month|Quarter|Year)$`)
)

// dateScript runs the functions of gs that give a time: daysAgo(n), daysAgoStart(n)
// and daysAgoEnd(n) with their kin for other units, and beginningOfThisMonth() and
// its kin. They use the zone of the caller, which the product documentation says
// of the days; how their weeks begin is not documented.
func (b *binder) dateScript(name, args string) (string, bool) {
	now := b.now.In(b.caller.zone)
	if m := agoScript.FindStringSubmatch(name); m != nil {
		n, err := strconv.Atoi(strings.TrimSpace(args))
		if err != nil {
			return "", false
		}
		at, _ := shift(now, m[1], -n)
		return wireTime(edge(at, m[1], m[2])), true
	}
	if m := periodScript.FindStringSubmatch(name); m != nil && strings.TrimSpace(args) == "" {
		unit := strings.ToLower(m[3])
		at, _ := shift(begin(now, unit), unit, map[string]int{"Last": -1, "This": 0, "Next": 1}[m[2]])
		return wireTime(edge(at, unit, map[string]string{"beginningOf": "Start", "endOf": "End"}[m[1]])), true
	}
	switch name {
	case "beginningOfToday":
		return wireTime(begin(now, "day")), true
	case "endOfToday":
		return wireTime(edge(now, "day", "End")), true
	case "now", "nowDateTime":
		return wireTime(now), true
	}
	return "", false
}

// edge is the start or the end of the unit that a time lies in.
func edge(t time.Time, unit, which string) time.Time {
	switch which {
	case "Start":
		return begin(t, unit)
	case "End":
		next, _ := shift(begin(t, unit), unit, 1)
		return next.Add(-time.Second)
	}
	return t
}
