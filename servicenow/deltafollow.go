package servicenow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// carried is a row together with the columns that following it needs.
type carried struct {
	raw     json.RawMessage
	id      string
	mods    int
	at      time.Time
	updated time.Time
	created time.Time
}

// UnmarshalJSON reads the row's system fields beside the row.
func (c *carried) UnmarshalJSON(data []byte) error {
	var system struct {
		ID      Value    `json:"sys_id"`
		Updated DateTime `json:"sys_updated_on"`
		Created DateTime `json:"sys_created_on"`
		Mods    Int      `json:"sys_mod_count"`
	}
	if err := json.Unmarshal(data, &system); err != nil {
		return err
	}
	c.id, c.mods, c.updated, c.created = system.ID.Value, int(system.Mods), system.Updated.Time, system.Created.Time
	c.raw = append(json.RawMessage(nil), data...)
	return nil
}

// decode reads the row into v.
func (c *carried) decode(v any) error {
	if err := json.Unmarshal(c.raw, v); err != nil {
		f, ok := errors.AsType[*rest.Failure](typeError(err))
		if ok {
			return fmt.Errorf("servicenow: Changes: %w", f.Err)
		}
		return err
	}
	return nil
}

// follower reads the rows of a table by the time in one column, from where a
// track ends.
type follower struct {
	table   *Table[carried]
	column  string
	overlap time.Duration
	track   *track
	clock   *serverClock
	meta    *Response
	opts    []CallOption
	query   Query
}

// run yields the rows that the track does not cover yet, and extends it. It
// reports whether the reading went to its end.
func (f *follower) run(ctx context.Context, yield func(carried, error) bool) bool {
	q := f.query
	where := q.Where
	q.OrderBy = []Order{Asc(f.column), Asc(sysID)}
	if from := f.track.from(f.overlap); from.IsZero() {
		q.Where = And(where, IsNotEmpty(f.column))
	} else {
		q.Where = And(where, GreaterEq(f.column, from))
	}
	var last carried
	for {
		page, err := f.page(ctx, q)
		cut := isCut(err) && page.Next != ""
		if err != nil && !cut {
			yield(carried{}, err)
			return false
		}
		for _, row := range page.Items {
			if f.track.covers(row) {
				continue
			}
			if !yield(row, nil) {
				return false
			}
			f.track.cover(row, f.overlap, f.clock.now())
		}
		switch n := len(page.Items); {
		case page.Next == "":
			return true
		case cut: // read again from here, by pages half as large
			q.After = page.Next
			q.PageSize = max(1, q.size()/2)
		case n == 0: // hidden rows only: further on inside the same window
			q.After = page.Next
		default:
			if now := page.Items[n-1]; now.at.Before(last.at) || now.at.Equal(last.at) && now.id == last.id {
				yield(carried{}, f.table.bad("Changes", fmt.Errorf("the page after sys_id %q ends with it again: %w", last.id, ErrStuck)))
				return false
			}
			last = page.Items[n-1]
			q.After = ""
			q.Where = And(where, Or(Greater(f.column, last.at), And(Eq(f.column, last.at), Greater(sysID, last.id))))
		}
	}
}

// size is the page size, the default in place of zero.
func (q *Query) size() int {
	if q.PageSize == 0 {
		return DefaultPageSize
	}
	return q.PageSize
}

// page reads one page and checks what the reading relies on.
func (f *follower) page(ctx context.Context, q Query) (Page[carried], error) {
	page, err := f.table.List(ctx, q, f.opts...)
	f.clock.observe(f.meta)
	var before carried
	for i := range page.Items {
		row := &page.Items[i]
		row.at = row.updated
		if f.column == createdColumn {
			row.at = row.created
		}
		switch {
		case row.id == "" || row.at.IsZero():
			return page, f.table.bad("Changes", fmt.Errorf("a row has no %s or %s: the user must be able to read both", sysID, f.column))
		case row.at.Before(before.at) || row.at.Equal(before.at) && row.id == before.id:
			return page, f.table.bad("Changes", errors.New("the server does not keep the order asked for"))
		}
		before = *row
	}
	return page, err
}
