package servicenow

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// DefaultPageSize is the number of rows asked for at once when a Query names
// none.
const DefaultPageSize = 1000

// Query says which rows of a table to read, and how. The zero Query reads every
// row that the user may see, in the order of sys_id.
type Query struct {
	// Where filters the rows. The zero Condition filters nothing. Mind that
	// the platform drops a term whose field it does not know and so answers
	// with more rows, without an error.
	Where Condition
	// OrderBy is the order wanted. Empty, or sys_id alone, reads by keyset:
	// each page starts behind the last sys_id, so that rows inserted or deleted
	// meanwhile neither hide nor repeat others. Any other order is kept, with
	// sys_id as the tie-breaker, and is paged by offset. Rows inserted or
	// deleted meanwhile shift the others then: All lets its pages overlap by a
	// tenth (50 rows at most) and leaves out what it has delivered, so that as
	// many deletions between two pages do no harm; more of them, and changes
	// of the sorted columns, may still hide or repeat rows.
	OrderBy []Order
	// Fields are the columns to read, dot-walked ones included. Empty means
	// the JSON tags of T; for [Record] and other maps every column.
	Fields []string
	// Display selects values, display values or both. Zero: values.
	Display Display
	// PageSize is the number of rows asked for at once; 0 means
	// [DefaultPageSize]. The platform counts it before its access rules, so
	// pages may come back short.
	PageSize int
	// After resumes behind a page: the Next of an earlier page of the same
	// table, condition and order, in another process too.
	After Cursor
	// Max ends All after so many rows, and bounds the page size; 0 means no
	// bound.
	Max int
	// Prefetch lets All fetch the next page while the caller works on this
	// one. Off by default.
	Prefetch bool
	// ReferenceLinks asks for the URL beside each reference. Off by default:
	// links make up a large part of a page.
	ReferenceLinks bool
	// View takes the columns of a form view, when there are no Fields.
	View string
	// Category names a query category for the platform to choose an index or
	// a read replica by.
	Category string
	// NoCount spares the server the counting of rows. Totals are then unknown,
	// unless an empty page makes a count necessary to go on.
	NoCount bool
	// AllDomains reads across domains; it needs the admin or
	// query_no_domain_table_api role.
	AllDomains bool
}

// Order is one column of a sort order.
type Order struct {
	Field string
	Desc  bool
}

// Asc sorts by field, smallest first.
func Asc(field string) Order { return Order{Field: field} }

// Desc sorts by field, largest first.
func Desc(field string) Order { return Order{Field: field, Desc: true} }

// Display selects what the server sends of each field.
type Display uint8

const (
	// ValuesOnly sends what the database holds. It is the zero value.
	ValuesOnly Display = iota
	// DisplayText sends what the user sees: labels, names of references, and
	// dates in the user's own format and time zone. A T that holds [DateTime],
	// [Date] or [Duration] fields is refused in this mode, since they would be
	// read wrongly.
	DisplayText
	// DisplayBoth sends both. Plain Go strings cannot hold that: use [Value],
	// [Ref], [String] and the other types of this package.
	DisplayBoth
)

func (d Display) param() (string, error) {
	switch d {
	case ValuesOnly:
		return "", nil
	case DisplayText:
		return "true", nil
	case DisplayBoth:
		return "all", nil
	}
	return "", fmt.Errorf("unknown Display %d: use ValuesOnly, DisplayText or DisplayBoth", d)
}

// order is the order that the server is asked for, raw ORDERBY terms included.
func (q *Query) order() ([]Order, error) {
	order := append(append([]Order{}, q.OrderBy...), q.Where.order...)
	for _, o := range order {
		if err := checkField(o.Field); err != nil {
			return nil, fmt.Errorf("order by %q: %w", o.Field, err)
		}
	}
	return order, nil
}

// listing is a checked query, ready to be sent page by page.
type listing struct {
	query   Query
	where   string // encoded without order, for the fingerprint
	order   []Order
	keyset  bool
	desc    bool
	fields  []string // as sent
	strip   bool     // sys_id is fetched for paging only
	size    int
	ceiling int
	print   string    // fingerprint of table, condition and order
	ids     *[]string // where to put the sys_ids of a page, if wanted
}

func (q Query) prepare(table string, defaults []string) (*listing, error) {
	where, err := q.Where.Encode()
	if err != nil {
		return nil, err
	}
	order, err := q.order()
	if err != nil {
		return nil, err
	}
	switch {
	case q.PageSize < 0:
		return nil, errors.New("field PageSize is negative; use 0 for the default")
	case q.Max < 0:
		return nil, errors.New("field Max is negative; use 0 for no bound")
	}
	l := &listing{query: q, where: where, order: order, size: q.PageSize}
	if l.size == 0 {
		l.size = DefaultPageSize
	}
	if q.Max > 0 {
		l.size = min(l.size, q.Max)
	}
	l.ceiling = max(l.size, largestPage)
	l.keyset = len(order) == 0 || order[0].Field == sysID
	l.desc = len(order) > 0 && order[0].Desc
	l.fields = q.Fields
	if len(l.fields) == 0 && q.View == "" {
		l.fields = defaults
	}
	for _, name := range l.fields {
		if err := checkColumn(name); err != nil {
			return nil, fmt.Errorf("field %q: %w", name, err)
		}
	}
	if len(l.fields) > 0 && !slices.Contains(l.fields, sysID) {
		l.fields = append(append(make([]string, 0, len(l.fields)+1), l.fields...), sysID)
		l.strip = true
	}
	l.print = fingerprint(table, where, order)
	return l, nil
}

// params are the query parameters of the page at p.
func (l *listing) params(p position) (url.Values, error) {
	values := url.Values{}
	if err := setCommon(values, l.fields, l.query.Display, l.query.ReferenceLinks); err != nil {
		return nil, err
	}
	encoded, err := l.encode(p)
	if err != nil {
		return nil, err
	}
	values.Set("sysparm_query", encoded)
	values.Set("sysparm_limit", strconv.Itoa(p.size))
	if p.offset > 0 {
		values.Set("sysparm_offset", strconv.Itoa(p.offset))
	}
	if l.query.View != "" {
		values.Set("sysparm_view", l.query.View)
	}
	if l.query.Category != "" {
		values.Set("sysparm_query_category", l.query.Category)
	}
	if l.query.NoCount && !p.count {
		values.Set("sysparm_no_count", "true")
	}
	if l.query.AllDomains {
		values.Set("sysparm_query_no_domain", "true")
	}
	return values, nil
}

// encode writes condition, key window and order as one encoded query.
func (l *listing) encode(p position) (string, error) {
	where := l.query.Where
	if l.keyset && p.last != "" {
		window := Greater(sysID, p.last)
		if l.desc {
			window = Less(sysID, p.last)
		}
		where = where.and(window)
	}
	text, err := where.Encode()
	if err != nil {
		return "", err
	}
	order := l.order
	if l.keyset {
		order = []Order{{Field: sysID, Desc: l.desc}}
	}
	var b strings.Builder
	b.WriteString(text)
	tied := true
	for _, o := range order {
		writeOrder(&b, o)
		tied = tied && o.Field != sysID
	}
	if tied {
		writeOrder(&b, Asc(sysID))
	}
	return b.String(), nil
}

func writeOrder(b *strings.Builder, o Order) {
	if b.Len() > 0 {
		b.WriteByte('^')
	}
	b.WriteString("ORDERBY")
	if o.Desc {
		b.WriteString("DESC")
	}
	b.WriteString(o.Field)
}

// setCommon sets the parameters that lists and single records share.
func setCommon(values url.Values, fields []string, display Display, links bool) error {
	shown, err := display.param()
	if err != nil {
		return err
	}
	if shown != "" {
		values.Set("sysparm_display_value", shown)
	}
	if !links {
		values.Set("sysparm_exclude_reference_link", "true")
	}
	if len(fields) > 0 {
		values.Set("sysparm_fields", strings.Join(fields, ","))
	}
	return nil
}

// checkColumn refuses what would not stay one name of a comma list.
func checkColumn(name string) error {
	if name == "" || strings.ContainsFunc(name, func(r rune) bool {
		return r != '_' && r != '.' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	}) {
		return errors.New("a column name is letters, digits, underscores and points")
	}
	return nil
}

const sysID = "sys_id"
