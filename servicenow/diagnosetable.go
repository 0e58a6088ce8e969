package servicenow

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// defaultSample is how many rows of a table Diagnose looks at.
const defaultSample = 100

// examine looks at one table.
func (c *Client) examine(ctx context.Context, check TableCheck, opts []CallOption) TableDiagnosis {
	d := TableDiagnosis{Table: check.Table, Total: -1}
	size := check.Sample
	if size == 0 {
		size = defaultSample
	}
	fields := append([]string{sysID}, check.Fields...)
	answer, err := c.rows(ctx, check, Condition{}, size, fields, opts)
	if err != nil {
		d.fail(err)
		return d
	}
	var doc struct {
		Result []map[string]json.RawMessage `json:"result"`
	}
	if err := json.Unmarshal(answer.Body, &doc); err != nil {
		d.fail(err)
		return d
	}
	d.Total, d.Visible = totalOf(answer.Header), len(doc.Result)
	d.Sampled = d.Visible
	if d.Total >= 0 {
		d.Sampled = max(min(size, d.Total), d.Visible)
	}
	for _, name := range check.Fields {
		if !slices.ContainsFunc(doc.Result, func(row map[string]json.RawMessage) bool { _, has := row[name]; return has }) {
			d.question(c.probe(ctx, check, name, d.Total, d.Visible > 0, opts), name)
		}
	}
	d.conclude()
	return d
}

// rows reads the first rows of a check, with one more term in the condition.
func (c *Client) rows(ctx context.Context, check TableCheck, term Condition, size int, fields []string, opts []CallOption) (*rest.Answer, error) {
	where, err := check.Where.and(term).Encode()
	if err != nil {
		return nil, err
	}
	query := url.Values{
		"sysparm_limit": {strconv.Itoa(size)}, "sysparm_fields": {strings.Join(fields, ",")}, "sysparm_exclude_reference_link": {"true"},
	}
	if where != "" {
		query.Set("sysparm_query", where)
	}
	return c.look(ctx, "Table", check.Table, query, opts)
}

// answers of a probe.
const (
	fieldReadable = iota
	fieldUnknown
	fieldUnreadable
	fieldUnproven
)

// probe finds out why no row has a field. The platform answers a query on a field
// that the user may not read with an error, and drops a term about a field that
// it does not know: then neither "is empty" nor "is not empty" narrows the rows,
// so that the two counts do not add up to the whole.
func (c *Client) probe(ctx context.Context, check TableCheck, name string, total int, seen bool, opts []CallOption) int {
	sum := 0
	for _, term := range []Condition{IsEmpty(name), IsNotEmpty(name)} {
		answer, err := c.rows(ctx, check, term, 1, []string{sysID}, opts)
		switch {
		case errors.Is(err, ErrForbidden):
			return fieldUnreadable
		case err != nil || totalOf(answer.Header) < 0 || total < 1:
			return fieldUnproven
		}
		sum += totalOf(answer.Header)
	}
	switch {
	case sum != total:
		return fieldUnknown
	case seen: // it exists, and yet no row showed it
		return fieldUnreadable
	}
	return fieldReadable
}

func (d *TableDiagnosis) question(answer int, name string) {
	switch answer {
	case fieldUnknown:
		d.Unknown = append(d.Unknown, name)
	case fieldUnreadable:
		d.Unreadable = append(d.Unreadable, name)
	case fieldUnproven:
		d.Unproven = append(d.Unproven, name)
	}
}

// fail is the finding of a request that failed.
func (d *TableDiagnosis) fail(err error) {
	d.Err = err
	e, _ := errors.AsType[*Error](err)
	switch {
	case errors.Is(err, ErrInvalidTable):
		d.Finding, d.Advice = FindingTableMissing, "check the name, and that the plugin or application that brings the table is active"
	case errors.Is(err, ErrForbidden):
		d.Finding, d.Advice = FindingTableForbidden, "give the user a role that may read the table"
		if e != nil && e.Hint != "" {
			d.Advice = e.Hint
		}
	default:
		d.Finding = FindingFailed
	}
}

// conclude names the gravest of what was found.
func (d *TableDiagnosis) conclude() {
	switch {
	case d.Visible == 0 && d.Total > 0:
		d.Finding = FindingNothingVisible
		d.Advice = "the user is signed in but may read no row: give it a role for the table"
		if d.Visible < d.Sampled && d.Sampled < d.Total {
			d.Advice += ", or look at a larger sample"
		}
	case len(d.Unknown)+len(d.Unreadable) > 0:
		d.Finding = FindingFieldsMissing
		var parts []string
		if len(d.Unknown) > 0 {
			parts = append(parts, "the table does not have "+strings.Join(d.Unknown, ", "))
		}
		if len(d.Unreadable) > 0 {
			parts = append(parts, "an access rule on fields hides "+strings.Join(d.Unreadable, ", "))
		}
		d.Advice = strings.Join(parts, "; ")
	case d.Visible < d.Sampled:
		d.Finding = FindingRowsHidden
		d.Advice = "access rules hide rows from the user: whatever compares the two sides takes them for deleted"
	case d.Visible == 0:
		d.Finding = FindingEmpty
	default:
		d.Finding = FindingReadable
	}
}
