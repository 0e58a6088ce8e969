package servicenow

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"slices"
	"time"

	"github.com/itsmkit/itsmkit/internal/rest"
)

const (
	updatedColumn = "sys_updated_on"
	createdColumn = "sys_created_on"
	auditDelete   = "sys_audit_delete"
)

// DefaultOverlap is how far [Table.Changes] reads back behind its checkpoint. A
// record is stamped before its transaction is committed, and a REST transaction
// may take 60 s (default quota rules), so a record can appear that long after
// later ones.
const DefaultOverlap = 60 * time.Second

// DeltaKind says what happened to a record.
type DeltaKind string

// The kinds of a [Delta].
const (
	// DeltaWritten: the record was inserted or updated.
	DeltaWritten DeltaKind = "written"
	// DeltaDeleted: the record was deleted.
	DeltaDeleted DeltaKind = "deleted"
)

// Delta is one change of a table.
type Delta[T any] struct {
	Kind  DeltaKind
	SysID string
	// ModCount is the record's sys_mod_count; 0 for a deletion.
	ModCount int
	// At is when it was written or deleted, by the server's clock.
	At time.Time
	// Table is the class of a deleted record; "" otherwise.
	Table string
	// Row is the record as it is now; zero for a deletion.
	Row T
}

// DeltaQuery says which changes [Table.Changes] reads.
type DeltaQuery struct {
	// Where filters the records. A record that leaves the filter is not
	// reported. The zero Condition takes all.
	Where Condition
	// Deleted names the tables whose deletions are reported too, from
	// sys_audit_delete; it lists a record under its own class, so name the
	// classes and not their ancestor. The user must be able to read that table,
	// and the tables must be audited. Deletions are not filtered by Where.
	// Empty: none; see [Table.Gone] for another way.
	Deleted []string
	// Fields are the columns of the rows; empty means the JSON tags of T, for
	// maps every column. The columns that the reading itself needs are fetched
	// as well.
	Fields []string
	// Display is ValuesOnly or DisplayBoth.
	Display Display
	// PageSize is the number of rows asked for at once; 0 means
	// [DefaultPageSize].
	PageSize int
	// Since is where a reading without a checkpoint starts, by the server's
	// clock. The zero time: at the oldest record.
	Since time.Time
	// Ago is the same as an age before now, by the server's own clock, which
	// its Date header tells. Set Since or Ago, not both.
	Ago time.Duration
	// Overlap is how far a reading goes back behind its checkpoint; 0 means
	// [DefaultOverlap], the least is 1 s, since stamps are whole seconds.
	Overlap time.Duration
}

// Changes reads what was written to the table since the checkpoint, oldest
// first, deletions before everything else. checkpoint is where to start; the zero
// Checkpoint is the beginning. It is moved on while the range runs: it covers a
// change once the next one is asked for or the range has ended, so a change
// during whose handling the loop was left comes again. Store it as JSON whenever
// you like. A nil checkpoint starts at the beginning each time.
//
// Times have whole seconds and many rows share one, so the reading pages by
// (sys_updated_on, sys_id) and never loses or repeats rows of a tie. Behind the
// checkpoint it reads [DeltaQuery.Overlap] again and leaves out what it has
// delivered, by (sys_id, sys_mod_count). A record that is written while the range
// runs is delivered in its newer form, at the end. A record stamped later than
// the server's own clock (imports may do so) is delivered, but does not move the
// mark beyond that clock. Records without sys_updated_on are left out.
//
// Nothing is sent before the first step; an error is yielded once and ends the
// range; break sends nothing more.
func (t *Table[T]) Changes(ctx context.Context, q DeltaQuery, checkpoint *Checkpoint, opts ...CallOption) iter.Seq2[Delta[T], error] {
	q.Fields, q.Deleted = slices.Clone(q.Fields), slices.Clone(q.Deleted)
	opts = slices.Clone(opts)
	return func(yield func(Delta[T], error) bool) {
		c := checkpoint
		if c == nil {
			c = new(Checkpoint)
		}
		r := &deltaReading[T]{table: t, query: q, checkpoint: c, opts: opts}
		if err := r.prepare(ctx); err != nil {
			yield(Delta[T]{}, err)
			return
		}
		if len(q.Deleted) == 0 || r.deletions(ctx, yield) {
			r.changes(ctx, yield)
		}
		c.settle()
	}
}

// deltaReading is one range over Changes.
type deltaReading[T any] struct {
	table      *Table[T]
	query      DeltaQuery
	checkpoint *Checkpoint
	opts       []CallOption
	meta       *Response
	clock      serverClock
}

// serverClock is the server's time as of its last answer; ours may be wrong.
type serverClock struct{ at time.Time }

// observe reads the Date of an answer.
func (c *serverClock) observe(meta *Response) {
	if at, err := http.ParseTime(meta.Header.Get("Date")); err == nil {
		c.at = at.UTC()
	}
}

// now falls back to our own clock where no answer had a Date.
func (c *serverClock) now() time.Time {
	if c.at.IsZero() {
		return time.Now().UTC().Truncate(time.Second)
	}
	return c.at
}

// prepare checks the input and finds out where to start.
func (r *deltaReading[T]) prepare(ctx context.Context) error {
	t, q := r.table, &r.query
	if t.err != nil {
		return t.err
	}
	where, err := q.Where.Encode()
	switch {
	case err != nil:
	case q.Overlap < 0 || q.Overlap > 0 && q.Overlap < time.Second:
		err = fmt.Errorf("field Overlap is %v: the platform's times are whole seconds, so use 1s at least, or 0 for %v", q.Overlap, DefaultOverlap)
	case q.Ago < 0:
		err = errors.New("field Ago is negative: it is an age before now")
	case q.Ago > 0 && !q.Since.IsZero():
		err = errors.New("fields Since and Ago exclude each other")
	case q.Display == DisplayText:
		err = errors.New("field Display: times cannot be read from display values; use ValuesOnly or DisplayBoth")
	case q.PageSize < 0:
		err = errors.New("field PageSize is negative; use 0 for the default")
	}
	for _, name := range q.Deleted {
		if err == nil {
			if err = checkTable(name); err != nil {
				err = fmt.Errorf("field Deleted: table %q: %w", name, err)
			}
		}
	}
	if err == nil {
		q.Where.order = nil
		err = r.checkpoint.bind(fingerprint(t.name, where, nil))
	}
	if err != nil {
		return t.bad("Changes", err)
	}
	if q.Overlap == 0 {
		q.Overlap = DefaultOverlap
	}
	q.Overlap = q.Overlap.Truncate(time.Second)
	var probe rest.Call
	rest.Apply(&probe, r.opts...)
	if r.meta = rest.MetaOf(&probe); r.meta == nil {
		r.meta = new(Response)
		r.opts = append(r.opts, Meta(r.meta))
	}
	return r.begin(ctx)
}

// begin sets the marks of a reading without a checkpoint.
func (r *deltaReading[T]) begin(ctx context.Context) error {
	c, q := r.checkpoint, r.query
	first := c.rows.mark.IsZero() && len(c.rows.seen) == 0
	deletes := len(q.Deleted) > 0 && c.deletes.mark.IsZero()
	start := q.Since.UTC().Truncate(time.Second)
	if first && q.Ago > 0 || deletes && first && q.Since.IsZero() {
		_, err := r.table.Count(ctx, Query{Where: Eq(sysID, "0")}, r.opts...)
		if err != nil {
			return err
		}
		r.clock.observe(r.meta)
		if q.Ago > 0 {
			start = r.clock.now().Add(-q.Ago).Truncate(time.Second)
		}
	}
	if first && !start.IsZero() {
		c.rows.start(start)
	}
	if !deletes {
		return nil
	}
	switch {
	case !first: // the deletions are asked for from now on: as far back as the rows
		c.deletes.start(c.rows.mark.Add(-q.Overlap))
	case start.IsZero(): // nothing is known that could have been deleted before
		c.deletes.start(r.clock.now().Add(-q.Overlap))
	default:
		c.deletes.start(start)
	}
	return nil
}

// changes reads the rows that were written.
func (r *deltaReading[T]) changes(ctx context.Context, yield func(Delta[T], error) bool) bool {
	t := r.table
	fields := r.query.Fields
	if len(fields) == 0 {
		fields = t.shape.fields
	}
	if len(fields) > 0 {
		for _, name := range []string{sysID, updatedColumn, modCountColumn} {
			if !slices.Contains(fields, name) {
				fields = append(slices.Clip(fields), name)
			}
		}
	}
	f := r.follow(t.name, updatedColumn, &r.checkpoint.rows, t.shape)
	f.query = Query{Where: r.query.Where, Fields: fields, Display: r.query.Display, PageSize: r.query.PageSize}
	return f.run(ctx, func(row carried, err error) (ok bool) {
		d := Delta[T]{Kind: DeltaWritten, SysID: row.id, ModCount: row.mods, At: row.at}
		if err == nil {
			err = row.decode(&d.Row)
		}
		if err != nil {
			yield(Delta[T]{}, err)
			return false
		}
		return yield(d, nil)
	})
}

// deletions reads the rows that were deleted.
func (r *deltaReading[T]) deletions(ctx context.Context, yield func(Delta[T], error) bool) bool {
	f := r.follow(auditDelete, createdColumn, &r.checkpoint.deletes, &shape{})
	f.query = Query{
		Where:    In("tablename", r.query.Deleted...),
		Fields:   []string{sysID, createdColumn, modCountColumn, "tablename", "documentkey"},
		PageSize: r.query.PageSize,
	}
	return f.run(ctx, func(row carried, err error) bool {
		var deleted struct {
			Table String `json:"tablename"`
			Key   String `json:"documentkey"`
		}
		if err == nil {
			err = row.decode(&deleted)
		}
		if err != nil {
			yield(Delta[T]{}, err)
			return false
		}
		return yield(Delta[T]{Kind: DeltaDeleted, SysID: string(deleted.Key), At: row.at, Table: string(deleted.Table)}, nil)
	})
}

// follow prepares the reading of a table by a column of times.
func (r *deltaReading[T]) follow(table, column string, tr *track, s *shape) *follower {
	rows := &Table[carried]{client: r.table.client, name: table, shape: &shape{timed: s.timed, plain: s.plain}}
	return &follower{table: rows, column: column, overlap: r.query.Overlap, track: tr, clock: &r.clock, meta: r.meta, opts: r.opts}
}
