package servicenow

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Checkpoint is how far [Table.Changes] has come: the time of the newest change
// and, for the overlap, which changes before it were delivered. The zero
// Checkpoint is the beginning. Its JSON form is meant for storing, and readable;
// it belongs to one table and condition. It grows with the number of changes in
// the overlap only. It is not safe for concurrent use.
type Checkpoint struct {
	query   string // fingerprint of table and condition
	rows    track
	deletes track
}

// Mark is the time of the newest change that the checkpoint covers, by the
// server's clock; the zero time at the beginning.
func (c *Checkpoint) Mark() time.Time { return c.rows.mark }

// checkpointVersion is the form of the JSON.
const checkpointVersion = 1

type wireCheckpoint struct {
	Version int        `json:"version"`
	Query   string     `json:"query,omitempty"`
	Rows    *wireTrack `json:"rows,omitempty"`
	Deletes *wireTrack `json:"deletes,omitempty"`
}

type wireTrack struct {
	Mark  DateTime   `json:"mark"`
	Since DateTime   `json:"since,omitzero"`
	Seen  []wireSeen `json:"seen,omitempty"`
}

type wireSeen struct {
	ID   string   `json:"sys_id"`
	Mods int      `json:"sys_mod_count"`
	At   DateTime `json:"at"`
}

// MarshalJSON encodes the checkpoint, the same one always as the same bytes.
func (c Checkpoint) MarshalJSON() ([]byte, error) {
	return json.Marshal(wireCheckpoint{Version: checkpointVersion, Query: c.query, Rows: c.rows.wire(), Deletes: c.deletes.wire()})
}

// UnmarshalJSON decodes what MarshalJSON wrote, and refuses anything else.
func (c *Checkpoint) UnmarshalJSON(data []byte) error {
	var w wireCheckpoint
	if err := json.Unmarshal(data, &w); err != nil {
		return fmt.Errorf("servicenow: checkpoint: %w", err)
	}
	if w.Version != checkpointVersion {
		return fmt.Errorf("servicenow: checkpoint: version %d is not known, %d is: start anew, or use the library that wrote it", w.Version, checkpointVersion)
	}
	*c = Checkpoint{query: w.Query, rows: w.Rows.track(), deletes: w.Deletes.track()}
	return nil
}

// bind ties the checkpoint to a query.
func (c *Checkpoint) bind(query string) error {
	if c.query != "" && c.query != query {
		return errors.New("the checkpoint belongs to another table or condition: start with a zero Checkpoint")
	}
	c.query = query
	return nil
}

// settle forgets what the overlap does not reach any more.
func (c *Checkpoint) settle() {
	c.rows.prune()
	c.deletes.prune()
}

// track is how far a table has been followed.
type track struct {
	mark  time.Time // the newest time
	since time.Time // nothing before it is wanted; zero: everything is
	floor time.Time // what is older is not read again
	seen  map[string]seen
	kept  int // how many were left by the last pruning
}

type seen struct {
	mods int
	at   time.Time
}

// start sets the mark of a track that has covered nothing yet.
func (t *track) start(at time.Time) { t.mark, t.since = at, at }

// from is where to read on: the overlap behind the mark, but not before the
// start. The zero time: at the oldest row.
func (t *track) from(overlap time.Duration) time.Time {
	if t.mark.IsZero() {
		return t.mark
	}
	if from := t.mark.Add(-overlap); from.After(t.since) {
		return from
	}
	return t.since
}

// covers reports whether a row was delivered in this form.
func (t *track) covers(row carried) bool {
	s, ok := t.seen[row.id]
	return ok && s.mods == row.mods
}

// cover adds a row. The mark does not pass the server's clock.
func (t *track) cover(row carried, overlap time.Duration, now time.Time) {
	if t.seen == nil {
		t.seen = map[string]seen{}
	}
	t.seen[row.id] = seen{row.mods, row.at}
	mark := row.at
	if mark.After(now) {
		mark = now
	}
	if mark.After(t.mark) {
		t.mark = mark
	}
	t.floor = t.from(overlap)
	if len(t.seen) > 2*t.kept+1000 {
		t.prune()
	}
}

func (t *track) prune() {
	for id, s := range t.seen {
		if s.at.Before(t.floor) {
			delete(t.seen, id)
		}
	}
	t.kept = len(t.seen)
}

func (t *track) wire() *wireTrack {
	if t.mark.IsZero() && len(t.seen) == 0 {
		return nil
	}
	w := &wireTrack{Mark: DateTime{t.mark}, Since: DateTime{t.since}}
	for id, s := range t.seen {
		if !s.at.Before(t.floor) {
			w.Seen = append(w.Seen, wireSeen{id, s.mods, DateTime{s.at}})
		}
	}
	slices.SortFunc(w.Seen, func(a, b wireSeen) int { return cmp.Or(a.At.Compare(b.At.Time), cmp.Compare(a.ID, b.ID)) })
	return w
}

func (w *wireTrack) track() track {
	if w == nil {
		return track{}
	}
	t := track{mark: w.Mark.Time, seen: make(map[string]seen, len(w.Seen)), kept: len(w.Seen), since: w.Since.Time}
	for _, s := range w.Seen {
		t.seen[s.ID] = seen{s.Mods, s.At.Time}
	}
	return t
}
