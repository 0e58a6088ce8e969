package servicenow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/itsmkit/itsmkit/internal/rest"
)

const modCountColumn = "sys_mod_count"

// ErrStale (an ErrConflict): the record has changed since it was read. The
// error is a *[StaleError].
var ErrStale = kind("the record has changed since it was read", ErrConflict)

// RowOutcome is what became of one record.
type RowOutcome string

// The outcomes of [Table.UpdateIf], [Table.UpdateWhere] and [Table.DeleteWhere].
const (
	// RowChanged: the record was written.
	RowChanged RowOutcome = "changed"
	// RowUnchanged: the record holds the wanted values already; where that was
	// seen beforehand, nothing was sent.
	RowUnchanged RowOutcome = "unchanged"
	// RowStale: the record has changed since it was read; nothing was written.
	RowStale RowOutcome = "stale"
	// RowDeleted: the record was deleted.
	RowDeleted RowOutcome = "deleted"
	// RowGone: the record was no longer there, or is hidden now.
	RowGone RowOutcome = "gone"
	// RowPlanned: the record would be written; only in a dry run.
	RowPlanned RowOutcome = "planned"
	// RowFailed: the server refused the write.
	RowFailed RowOutcome = "failed"
	// RowUnknown: the answer was lost; the write may have happened.
	RowUnknown RowOutcome = "unknown"
)

// StaleError says that a record was not written because it has changed since
// the caller read it. errors.Is(err, ErrStale) and errors.Is(err, ErrConflict)
// hold.
type StaleError struct {
	Table, SysID string
	// Expected is the sys_mod_count that the caller had seen, ModCount the
	// one of now.
	Expected, ModCount int
	// Differing are the columns of the patch whose values are not the wanted
	// ones now, sorted.
	Differing []string
	// Err is the fault after which the outcome of a write was open, when there
	// was one: the write may have happened and been overwritten since. Nil
	// means that nothing was sent.
	Err error
}

// Error names record and counts.
func (e *StaleError) Error() string {
	text := fmt.Sprintf("servicenow: %s.UpdateIf: record %s is at sys_mod_count %d, not %d: read it again and decide anew",
		e.Table, e.SysID, e.ModCount, e.Expected)
	if e.Err != nil {
		text += "; an earlier attempt may have been written: " + e.Err.Error()
	}
	return text
}

// Unwrap gives errors.Is the kind and the cause.
func (e *StaleError) Unwrap() []error {
	if e.Err == nil {
		return []error{ErrStale}
	}
	return []error{ErrStale, e.Err}
}

// Conditional is what became of [Table.UpdateIf].
type Conditional[T any] struct {
	// Outcome is RowChanged, RowUnchanged, or RowStale together with a
	// *[StaleError].
	Outcome RowOutcome
	// Row is the record as it is now.
	Row T
	// ModCount is its sys_mod_count, for the next conditional update.
	ModCount int
	// Interleaved tells that the count rose by more than one: someone else
	// wrote between the check and the write, or a rule of the instance wrote
	// as well. The columns of the patch were written in any case.
	Interleaved bool
	// Recovered tells that the answer to the write was lost, and that reading
	// again showed it had been made.
	Recovered bool
}

// UpdateIf writes a patch if the record is still the one that the caller read:
// modCount is the sys_mod_count that it had then. The platform has no ETag and
// no If-Match; sys_mod_count counts the updates of a record (Table API and
// system fields documentation), so the record is read, compared, and only then
// written. A writer that comes between these two requests is not held off, but
// noticed: see [Conditional.Interleaved].
//
// Only the columns that differ are sent. When none does, nothing is sent and the
// outcome is RowUnchanged, whatever the count. Otherwise a record at another
// count is RowStale with a *[StaleError], and nothing is sent. Columns written by
// [InputDisplay] cannot be compared and are always sent.
//
// When the answer to the write is lost, the record is read again: if the write
// has landed, the call has succeeded; if the record is as it was, the write is
// sent again; otherwise it is RowStale. A patch with a journal entry (work_notes,
// comments, a field of type [Journal]) is not sent twice: where its other columns
// do not show whether it landed, the error says MaybeApplied.
func (t *Table[T]) UpdateIf(ctx context.Context, sysID string, modCount int, patch any, opts ...CallOption) (Conditional[T], error) {
	var out Conditional[T]
	if t.err != nil {
		return out, t.err
	}
	w, err := t.comparing(sysID, modCount, patch, opts)
	if err != nil {
		return out, t.bad("UpdateIf", err)
	}
	first, err := w.read(ctx)
	if err != nil {
		return out, err
	}
	return w.run(ctx, first)
}

// maxLanding is how often a conditional write is sent whose answers are lost.
const maxLanding = 3

// comparison is one conditional update.
type comparison[T any] struct {
	table    *Table[T]
	sysID    string
	expected int
	columns  map[string]json.RawMessage
	journals map[string]bool
	blind    bool // the values are display values: they cannot be compared
	opts     []CallOption
}

// state is a record as it was read.
type state[T any] struct {
	row  T
	raw  Record
	mods int
}

func (t *Table[T]) comparing(id string, modCount int, patch any, opts []CallOption) (*comparison[T], error) {
	if id == "" {
		return nil, errors.New("the sys_id is empty")
	}
	if modCount < 0 {
		return nil, fmt.Errorf("modCount %d is negative: pass the sys_mod_count of the record that was read", modCount)
	}
	b, err := encodePatch(patch)
	if err != nil {
		return nil, err
	}
	w := &comparison[T]{table: t, sysID: id, expected: modCount, journals: b.journals(patch), opts: opts}
	if err := json.Unmarshal(b.data, &w.columns); err != nil {
		return nil, err
	}
	for _, name := range []string{sysID, modCountColumn} {
		if _, ok := w.columns[name]; ok {
			return nil, fmt.Errorf("column %q cannot be changed: leave it out of the patch", name)
		}
	}
	var probe rest.Call
	rest.Apply(&probe, opts...)
	w.blind = probe.Query.Get("sysparm_input_display_value") == "true"
	if probe.Query.Get("sysparm_display_value") == "true" {
		return nil, errors.New("values cannot be compared with display values: use ValuesOnly or DisplayBoth")
	}
	return w, nil
}

// run writes once it is decided, until the outcome is known.
func (w *comparison[T]) run(ctx context.Context, first state[T]) (Conditional[T], error) {
	now, lost := first, error(nil)
	for sent := 0; ; {
		out := Conditional[T]{Row: now.row, ModCount: now.mods}
		differing, moved := w.differing(now), now.mods != w.expected
		switch {
		case lost != nil && moved && w.landed(first, now):
			out.Outcome, out.Recovered, out.Interleaved = RowChanged, true, now.mods > w.expected+1
			return out, nil
		case lost != nil && moved && !w.tells(first):
			out.Outcome = RowUnknown
			return out, lost
		case len(differing) == 0:
			out.Outcome = RowUnchanged
			return out, nil
		case moved:
			out.Outcome = RowStale
			return out, &StaleError{Table: w.table.name, SysID: w.sysID, Expected: w.expected, ModCount: now.mods, Differing: differing, Err: lost}
		case lost != nil && (len(w.journals) > 0 || sent == maxLanding):
			out.Outcome = RowUnknown
			return out, lost
		}
		after, err := w.write(ctx, differing)
		sent++
		if err == nil {
			out = Conditional[T]{Outcome: RowChanged, Row: after.row, ModCount: after.mods, Interleaved: after.mods > w.expected+1}
			if after.mods == w.expected {
				out.Outcome = RowUnchanged // the server found no difference
			}
			return out, nil
		}
		if !repeatedAfterDoubt(err) {
			out.Outcome = RowFailed
			return out, err
		}
		lost = err
		if now, err = w.read(ctx); err != nil {
			out.Outcome = RowUnknown
			return out, errors.Join(lost, err)
		}
	}
}

// differing are the columns whose values are not the wanted ones, sorted.
// Journals always differ.
func (w *comparison[T]) differing(now state[T]) []string {
	var names []string
	for name, raw := range w.columns {
		if w.journals[name] || w.blind || !sameValue(raw, now.raw[name]) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// sameValue compares a patch's value with a record's.
func sameValue(raw json.RawMessage, now Value) bool {
	var wanted Value
	return json.Unmarshal(raw, &wanted) == nil && wanted.Value == now.Value
}

// tells reports whether the record shows, in a column that differed before,
// that the patch was written.
func (w *comparison[T]) tells(first state[T]) bool {
	for name, raw := range w.columns {
		if !w.journals[name] && !w.blind && !sameValue(raw, first.raw[name]) {
			return true
		}
	}
	return false
}

// landed reports whether a record shows that the patch was written to it.
func (w *comparison[T]) landed(first, now state[T]) bool {
	for name, raw := range w.columns {
		if !w.journals[name] && !sameValue(raw, now.raw[name]) {
			return false
		}
	}
	return w.tells(first)
}

func (w *comparison[T]) read(ctx context.Context) (state[T], error) {
	return w.send(ctx, w.table.call("UpdateIf", http.MethodGet, rest.Read, nil, w.opts))
}

// write sends the named columns. It is repeated by the engine only where it was
// provably not taken, because a repeat could write over someone else's change.
func (w *comparison[T]) write(ctx context.Context, names []string) (state[T], error) {
	columns := make(map[string]json.RawMessage, len(names))
	for _, name := range names {
		columns[name] = w.columns[name]
	}
	data, err := json.Marshal(columns)
	if err != nil {
		return state[T]{}, w.table.bad("UpdateIf", err)
	}
	return w.send(ctx, w.table.call("UpdateIf", http.MethodPatch, rest.Append, data, w.opts))
}

func (w *comparison[T]) send(ctx context.Context, call *rest.Call) (state[T], error) {
	var s state[T]
	if names := call.Query.Get("sysparm_fields"); names != "" {
		list := strings.Split(names, ",")
		for name := range w.columns {
			if !slices.Contains(list, name) {
				list = append(list, name)
			}
		}
		if !slices.Contains(list, modCountColumn) {
			list = append(list, modCountColumn)
		}
		slices.Sort(list)
		rest.Apply(call, param("sysparm_fields", strings.Join(list, ",")))
	}
	if err := w.table.ready(call, w.sysID); err != nil {
		return s, w.table.bad("UpdateIf", err)
	}
	call.Decode = func(a *rest.Answer) error {
		s = state[T]{}
		if err := decodeOne(a.Body, &s.row); err != nil {
			return err
		}
		return decodeOne(a.Body, &s.raw)
	}
	if _, err := w.table.client.rest.Do(ctx, call); err != nil {
		return s, err
	}
	n, err := s.raw[modCountColumn].Int()
	if err != nil || s.raw[modCountColumn].Value == "" {
		return s, w.table.bad("UpdateIf", errors.New("the answer holds no sys_mod_count: the user may not read it, or it is no platform table"))
	}
	s.mods = int(n)
	return s, nil
}
