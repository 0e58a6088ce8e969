package servicenowtest

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// aggregation is a request to the Aggregate API.
type aggregation struct {
	count   bool
	by      [][]*column
	names   []string // of by
	wanted  []aggregate
	filters []having
	order   []aggregateOrder
}

// aggregate is one figure of a column.
type aggregate struct {
	function string // avg, min, max or sum
	name     string
	path     []*column
}

// figures are what is known of one column over some rows.
type figures struct {
	n        int
	sum      float64
	min, max string
}

// tally is the whole, or one group.
type tally struct {
	rows   int
	keys   []string // values of the group's columns
	row    *row     // one of the rows, for display values
	values []figures
}

type having struct {
	function, field, operator string
	value                     float64
}

type aggregateOrder struct {
	function, field string // function is "" for a column of the group
	desc            bool
}

var aggregateFunctions = []string{"avg", "min", "max", "sum"}

// newAggregation reads the parameters; columns that do not exist are dropped.
// sysparm_having is aggregate^field^operator^value and sysparm_order_by a list
// of AVG^field, COUNT or a column, each with ^DESC (Aggregate API
// documentation); that several conditions are parted by commas is not verified.
func newAggregation(c *class, p params) *aggregation {
	a := &aggregation{count: p.flag("sysparm_count")}
	for name := range strings.SplitSeq(p.get("sysparm_group_by"), ",") {
		if path := resolve(c, strings.TrimSpace(name)); path != nil {
			a.by, a.names = append(a.by, path), append(a.names, strings.TrimSpace(name))
		}
	}
	want := func(function, name string) {
		path := resolve(c, name)
		if path != nil && a.find(function, name) < 0 {
			a.wanted = append(a.wanted, aggregate{function, name, path})
		}
	}
	for _, function := range aggregateFunctions {
		for name := range strings.SplitSeq(p.get("sysparm_"+function+"_fields"), ",") {
			want(function, strings.TrimSpace(name))
		}
	}
	for text := range strings.SplitSeq(p.get("sysparm_having"), ",") {
		parts := strings.Split(text, "^")
		if len(parts) != 4 {
			continue
		}
		if value, err := strconv.ParseFloat(parts[3], 64); err == nil {
			a.filters = append(a.filters, having{strings.ToLower(parts[0]), parts[1], parts[2], value})
		}
	}
	for text := range strings.SplitSeq(p.get("sysparm_order_by"), ",") {
		text, desc := strings.CutSuffix(text, "^DESC")
		function, field, found := strings.Cut(text, "^")
		switch {
		case strings.EqualFold(function, "count"):
			a.order = append(a.order, aggregateOrder{"count", "", desc})
		case found && slices.Contains(aggregateFunctions, strings.ToLower(function)):
			a.order = append(a.order, aggregateOrder{strings.ToLower(function), field, desc})
		case !found && slices.Contains(a.names, function):
			a.order = append(a.order, aggregateOrder{"", function, desc})
		}
	}
	return a
}

// concealed reports whether it looks at a field that the caller may not read.
// That this is an error, as it is in a query, is an assumption.
func (a *aggregation) concealed(c *class, g *guard) bool {
	return slices.ContainsFunc(a.by, func(path []*column) bool { return g.conceals(c, path) }) ||
		slices.ContainsFunc(a.wanted, func(w aggregate) bool { return g.conceals(c, w.path) })
}

// limit is how many rows have to be looked at, one by one.
func (a *aggregation) limit(all int) int {
	if len(a.by) == 0 && len(a.wanted) == 0 {
		return 0
	}
	return all
}

func (a *aggregation) find(function, name string) int {
	return slices.IndexFunc(a.wanted, func(w aggregate) bool { return w.function == function && w.name == name })
}

func (a *aggregation) groups(s *store, rows []*row) []*tally {
	byKey := map[string]*tally{}
	var groups []*tally
	for _, r := range rows {
		keys := make([]string, len(a.by))
		for i, path := range a.by {
			_, keys[i] = s.follow(r, path)
		}
		key := strings.Join(keys, "\x00")
		g := byKey[key]
		if g == nil {
			g = &tally{keys: keys, row: r, values: make([]figures, len(a.wanted))}
			byKey[key] = g
			groups = append(groups, g)
		}
		g.rows++
		a.add(s, g, r)
	}
	return groups
}

// add counts a row's values in; empty ones do not count.
func (a *aggregation) add(s *store, g *tally, r *row) {
	for i, w := range a.wanted {
		_, value := s.follow(r, w.path)
		if value == "" {
			continue
		}
		f := &g.values[i]
		if number, err := strconv.ParseFloat(value, 64); err == nil {
			f.sum += number
		}
		if f.n++; f.n == 1 || compareValues(value, f.min) < 0 {
			f.min = value
		}
		if f.n == 1 || compareValues(value, f.max) > 0 {
			f.max = value
		}
	}
}

func compareValues(a, b string) int {
	x, err := strconv.ParseFloat(a, 64)
	y, err2 := strconv.ParseFloat(b, 64)
	if err == nil && err2 == nil {
		return cmp.Compare(x, y)
	}
	return strings.Compare(a, b)
}

// value is a figure as text: numbers with up to four decimals, as in the
// documentation's samples.
func (a *aggregation) value(function string, f figures) string {
	switch {
	case f.n == 0:
		return ""
	case function == "min":
		return f.min
	case function == "max":
		return f.max
	case function == "avg":
		return decimals(f.sum / float64(f.n))
	}
	return decimals(f.sum)
}

func decimals(n float64) string {
	text := strconv.FormatFloat(n, 'f', 4, 64)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
}

// figure is a number of a group for filters and orders.
func (a *aggregation) figure(g *tally, function, field string) (float64, bool) {
	if function == "count" {
		return float64(g.rows), true
	}
	at := a.find(function, field)
	if at < 0 {
		return 0, false
	}
	n, err := strconv.ParseFloat(a.value(function, g.values[at]), 64)
	return n, err == nil
}

// having reports whether a group passes the filters. One about a figure that was
// not asked for is ignored.
func (a *aggregation) having(g *tally) bool {
	for _, h := range a.filters {
		n, ok := a.figure(g, h.function, h.field)
		if !ok {
			continue
		}
		c := cmp.Compare(n, h.value)
		pass := map[string]bool{"=": c == 0, "!=": c != 0, ">": c > 0, ">=": c >= 0, "<": c < 0, "<=": c <= 0}
		if keep, known := pass[h.operator]; known && !keep {
			return false
		}
	}
	return true
}

// sort orders groups as asked, then by their values.
func (a *aggregation) sort(groups []*tally) {
	slices.SortFunc(groups, func(x, y *tally) int {
		for _, o := range a.order {
			var c int
			if o.function == "" {
				at := slices.Index(a.names, o.field)
				c = compareValues(x.keys[at], y.keys[at])
			} else {
				n, _ := a.figure(x, o.function, o.field)
				m, _ := a.figure(y, o.function, o.field)
				c = cmp.Compare(n, m)
			}
			if o.desc {
				c = -c
			}
			if c != 0 {
				return c
			}
		}
		return slices.CompareFunc(x.keys, y.keys, compareValues)
	})
}

// append writes the stats of one group.
func (a *aggregation) append(b []byte, g *tally) []byte {
	b = append(b, '{')
	comma := ""
	if a.count {
		b = append(b, `"count":"`+strconv.Itoa(g.rows)+`"`...)
		comma = ","
	}
	for _, function := range aggregateFunctions {
		open := false
		for i, w := range a.wanted {
			if w.function != function {
				continue
			}
			if open {
				b = append(b, ',')
			} else {
				b = append(b, comma+`"`+function+`":{`...)
				open, comma = true, ","
			}
			b = append(appendString(b, w.name), ':')
			b = appendString(b, a.value(function, g.values[i]))
		}
		if open {
			b = append(b, '}')
		}
	}
	return append(b, '}')
}

// appendKeys writes what a group has in common. That the values are replaced by
// display values with sysparm_display_value=true, and joined by them with all,
// is not verified on a real instance.
func (a *aggregation) appendKeys(s *store, b []byte, g *tally, r *request) []byte {
	mode := fold(r.params.get("sysparm_display_value"))
	b = append(b, '[')
	for i, name := range a.names {
		if i > 0 {
			b = append(b, ',')
		}
		owner, _ := s.follow(g.row, a.by[i])
		display := s.displayOf(owner, a.by[i][len(a.by[i])-1], g.keys[i], r.caller)
		b = appendString(append(b, `{"field":`...), name)
		value := g.keys[i]
		if mode == "true" {
			value = display
		}
		b = appendString(append(b, `,"value":`...), value)
		if mode == "all" {
			b = appendString(append(b, `,"display_value":`...), display)
		}
		b = append(b, '}')
	}
	return append(b, ']')
}
