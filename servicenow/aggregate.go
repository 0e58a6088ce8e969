package servicenow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// AggregateFunc is a function of the Aggregate API.
type AggregateFunc string

// The functions of the Aggregate API.
const (
	AggregateCount AggregateFunc = "count"
	AggregateAvg   AggregateFunc = "avg"
	AggregateMin   AggregateFunc = "min"
	AggregateMax   AggregateFunc = "max"
	AggregateSum   AggregateFunc = "sum"
)

// Aggregation says what to compute over which rows of a table. At least one of
// Count, Avg, Min, Max and Sum is required.
type Aggregation struct {
	// Where filters the rows. Mind that the platform drops a term whose field
	// it does not know, and so counts more rows, without an error.
	Where Condition
	// Count counts the rows.
	Count bool
	// Avg, Min, Max and Sum name the columns to compute over.
	Avg, Min, Max, Sum []string
	// GroupBy names the columns whose values make the groups, dot-walked ones
	// included. Empty: one result over all rows.
	GroupBy []string
	// Having keeps the groups that pass every one of these; it needs GroupBy.
	// That several may be given, and how, is not verified on a real instance.
	Having []Having
	// OrderBy is the order of the groups; it needs GroupBy.
	OrderBy []AggregateOrder
	// Display selects values, display values or both for the groups' columns.
	Display Display
	// Category names a query category for the platform to choose an index or a
	// read replica by.
	Category string
	// AllDomains reads across domains; it needs a role.
	AllDomains bool
}

// Having is a condition on a figure of a group, such as more than three rows:
// {AggregateCount, "state", ">", 3}. A figure other than the count must be asked
// for in the Aggregation.
type Having struct {
	Func AggregateFunc
	// Field is the column that the figure is of; for a count any of GroupBy.
	Field string
	// Op is one of = != > >= < <=.
	Op    string
	Value float64
}

// AggregateOrder sorts groups by a figure, or by a column of GroupBy when Func
// is empty.
type AggregateOrder struct {
	Func  AggregateFunc
	Field string // not used with AggregateCount
	Desc  bool
}

// Group is one result: of the rows that have the values By in common, or of all
// rows when nothing was grouped.
type Group struct {
	// By holds the values of the columns of GroupBy, in their order.
	By []GroupValue
	// Count is the number of rows, -1 when it was not asked for.
	Count int
	// Avg, Min, Max and Sum hold the figures by column, as the platform writes
	// them: "1.1111" for a number, the value itself for the least or greatest
	// text or time, "" over no rows.
	Avg, Min, Max, Sum map[string]string
}

// GroupValue is one value that the rows of a group have in common. With
// DisplayText the platform sends one text only, which is then in Value; that is
// not verified on a real instance.
type GroupValue struct {
	Field, Value, Display string
}

// Value returns the group's value of a column, "" when it is not grouped by it.
func (g Group) Value(field string) string {
	for _, v := range g.By {
		if v.Field == field {
			return v.Value
		}
	}
	return ""
}

// Number returns a figure as a number, and whether there is one.
func (g Group) Number(function AggregateFunc, field string) (number float64, ok bool) {
	if function == AggregateCount {
		return float64(g.Count), g.Count >= 0
	}
	figures := map[AggregateFunc]map[string]string{AggregateAvg: g.Avg, AggregateMin: g.Min, AggregateMax: g.Max, AggregateSum: g.Sum}
	// The platform may write thousands with separators into display values.
	number, err := strconv.ParseFloat(strings.ReplaceAll(figures[function][field], ",", ""), 64)
	return number, err == nil
}

// Aggregate computes figures over the rows of a table on the server (Aggregate
// API, GET /api/now/stats). The result has one group when nothing is grouped,
// else as many as the rows have different values. The platform's time quota for
// one request is 60 s.
func (c *Client) Aggregate(ctx context.Context, table string, a Aggregation, opts ...CallOption) ([]Group, error) {
	call := &rest.Call{Op: table + ".Aggregate", Method: http.MethodGet}
	bad := func(err error) error { return fmt.Errorf("servicenow: %s: %w", call.Op, err) }
	if err := checkTable(table); err != nil {
		return nil, fmt.Errorf("servicenow: Aggregate: table %q: %w", table, err)
	}
	var err error
	if call.Query, err = a.params(); err != nil {
		return nil, bad(err)
	}
	if call.Path, err = rest.Path("api", "now", "stats", table); err != nil {
		return nil, bad(err)
	}
	rest.Apply(call, opts...)
	var groups []Group
	call.Decode = func(answer *rest.Answer) (err error) {
		groups, err = decodeGroups(answer.Body, a.Count)
		return err
	}
	if _, err := c.read(ctx, call); err != nil {
		return nil, err
	}
	return groups, nil
}

func (a Aggregation) params() (url.Values, error) {
	where, err := a.Where.Encode()
	if err != nil {
		return nil, err
	}
	if !a.Count && len(a.Avg)+len(a.Min)+len(a.Max)+len(a.Sum) == 0 {
		return nil, errors.New("nothing to compute: set Count, Avg, Min, Max or Sum")
	}
	if len(a.GroupBy) == 0 && len(a.Having)+len(a.OrderBy) > 0 {
		return nil, errors.New("fields Having and OrderBy are about groups: set GroupBy")
	}
	values := url.Values{}
	if where != "" {
		values.Set("sysparm_query", where)
	}
	if a.Count {
		values.Set("sysparm_count", "true")
	}
	for _, list := range []struct {
		param string
		names []string
	}{
		{"sysparm_avg_fields", a.Avg}, {"sysparm_min_fields", a.Min}, {"sysparm_max_fields", a.Max},
		{"sysparm_sum_fields", a.Sum}, {"sysparm_group_by", a.GroupBy},
	} {
		for _, name := range list.names {
			if err := checkColumn(name); err != nil {
				return nil, fmt.Errorf("%s: field %q: %w", list.param, name, err)
			}
		}
		if len(list.names) > 0 {
			values.Set(list.param, strings.Join(list.names, ","))
		}
	}
	if err := a.filter(values); err != nil {
		return nil, err
	}
	shown, err := a.Display.param()
	if err != nil {
		return nil, err
	}
	if shown != "" {
		values.Set("sysparm_display_value", shown)
	}
	if a.Category != "" {
		values.Set("sysparm_query_category", a.Category)
	}
	if a.AllDomains {
		values.Set("sysparm_query_no_domain", "true")
	}
	return values, nil
}

// filter writes the conditions on groups and their order.
func (a Aggregation) filter(values url.Values) error {
	var having, order []string
	for i, h := range a.Having {
		if !slices.Contains([]string{"=", "!=", ">", ">=", "<", "<="}, h.Op) {
			return fmt.Errorf("field Having[%d]: operator %q is not one of = != > >= < <=", i, h.Op)
		}
		if err := a.knows(h.Func, h.Field); err != nil {
			return fmt.Errorf("field Having[%d]: %w", i, err)
		}
		if h.Func == "" {
			return fmt.Errorf("field Having[%d]: Func is empty", i)
		}
		having = append(having, string(h.Func)+"^"+h.Field+"^"+h.Op+"^"+strconv.FormatFloat(h.Value, 'f', -1, 64))
	}
	for i, o := range a.OrderBy {
		text := strings.ToUpper(string(o.Func))
		switch o.Func {
		case AggregateCount:
		case "":
			if !slices.Contains(a.GroupBy, o.Field) {
				return fmt.Errorf("field OrderBy[%d]: %q is not in GroupBy", i, o.Field)
			}
			text = o.Field
		default:
			if err := a.knows(o.Func, o.Field); err != nil {
				return fmt.Errorf("field OrderBy[%d]: %w", i, err)
			}
			text += "^" + o.Field
		}
		if o.Desc {
			text += "^DESC"
		}
		order = append(order, text)
	}
	if having != nil {
		values.Set("sysparm_having", strings.Join(having, ","))
	}
	if order != nil {
		values.Set("sysparm_order_by", strings.Join(order, ","))
	}
	return nil
}

// knows refuses a figure that is not asked for.
func (a Aggregation) knows(function AggregateFunc, field string) error {
	asked, ok := map[AggregateFunc][]string{
		"": a.GroupBy, AggregateCount: a.GroupBy, AggregateAvg: a.Avg, AggregateMin: a.Min, AggregateMax: a.Max, AggregateSum: a.Sum,
	}[function]
	switch {
	case !ok:
		return fmt.Errorf("%q is not a function: use AggregateCount, AggregateAvg, AggregateMin, AggregateMax or AggregateSum", function)
	case !slices.Contains(asked, field):
		return fmt.Errorf("field %q is not asked for: add it to the list of %s", field, function)
	}
	return nil
}

// wireGroup is a result in the platform's form.
type wireGroup struct {
	Stats struct {
		Count *scalar `json:"count"`
		Avg   figures `json:"avg"`
		Min   figures `json:"min"`
		Max   figures `json:"max"`
		Sum   figures `json:"sum"`
	} `json:"stats"`
	By []struct {
		Field   scalar `json:"field"`
		Value   scalar `json:"value"`
		Display scalar `json:"display_value"`
	} `json:"groupby_fields"`
}

// figures are numbers by column; the platform writes them as strings.
type figures map[string]scalar

func (f figures) text() map[string]string {
	if f == nil {
		return nil
	}
	out := make(map[string]string, len(f))
	for name, value := range f {
		out[name] = string(value)
	}
	return out
}

// decodeGroups takes one object for all rows, or a list of groups.
func decodeGroups(body []byte, counted bool) ([]Group, error) {
	var doc struct {
		Result json.RawMessage `json:"result"`
	}
	if err := json.Unmarshal(body, &doc); err != nil {
		return nil, err
	}
	var list []wireGroup
	if len(doc.Result) > 0 && doc.Result[0] == '{' {
		list = make([]wireGroup, 1)
		if err := json.Unmarshal(doc.Result, &list[0]); err != nil {
			return nil, unexpected(err)
		}
	} else if err := json.Unmarshal(doc.Result, &list); err != nil {
		return nil, unexpected(err)
	}
	groups := make([]Group, len(list))
	for i, w := range list {
		g := Group{Count: -1, Avg: w.Stats.Avg.text(), Min: w.Stats.Min.text(), Max: w.Stats.Max.text(), Sum: w.Stats.Sum.text()}
		if counted {
			n, err := strconv.Atoi(strings.ReplaceAll(w.Stats.Count.get(), ",", ""))
			if err != nil {
				return nil, unexpected(errors.New("the answer holds no count"))
			}
			g.Count = n
		}
		for _, by := range w.By {
			g.By = append(g.By, GroupValue{Field: string(by.Field), Value: string(by.Value), Display: string(by.Display)})
		}
		groups[i] = g
	}
	return groups, nil
}

// unexpected is the failure of an answer that is whole but of another shape.
func unexpected(err error) error {
	return &rest.Failure{Kind: ErrInvalid, Final: true, Err: err, Message: "the answer has another shape than expected"}
}
