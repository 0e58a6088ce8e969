package assets

import (
	"maps"
	"strings"
	"sync"
	"time"

	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// Written remembers what flows of one's own write to the CMDB, so that RealtimeExport
// can tell their changes from those that somebody makes with the same account: share
// one between a RealtimeExport and the imports. The zero value is ready; it is safe
// for concurrent use.
type Written struct {
	// Keep is how long a write is remembered. 0 means an hour.
	Keep time.Duration
	// Now is the clock. Nil is time.Now.
	Now func() time.Time

	mu      sync.Mutex
	records map[sysID]writtenRecord
	swept   time.Time
}

type writtenRecord struct {
	columns map[string]uint64 // digests of the values
	at      time.Time
}

// Note notes columns of a record that were written, with their values as the Table
// API takes them. A record that is no sys_id is passed over.
func (w *Written) Note(record string, columns map[string]string) {
	id, ok := parseSysID(record)
	if w == nil || !ok {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	now, keep := time.Now(), w.Keep
	if w.Now != nil {
		now = w.Now()
	}
	if keep <= 0 {
		keep = time.Hour
	}
	if w.records == nil {
		w.records = map[sysID]writtenRecord{}
	}
	if now.Sub(w.swept) > keep/16 {
		w.swept = now
		maps.DeleteFunc(w.records, func(_ sysID, was writtenRecord) bool { return now.Sub(was.at) > keep })
	}
	r := w.records[id]
	if r.columns == nil {
		r.columns = map[string]uint64{}
	}
	for column, value := range columns {
		r.columns[column] = columnDigest(column, value)
	}
	r.at = now
	w.records[id] = r
}

// noteOperation notes an operation of an import that was carried out.
func (w *Written) noteOperation(op reconcile.Operation, target string) {
	if w == nil {
		return
	}
	columns := map[string]string{}
	for _, c := range op.Changes {
		if !isLink(c) {
			columns[c.Field] = c.To.Text()
		}
	}
	w.Note(target, columns)
}

// still reports whether a record says what was last written to it, and whether that is
// known.
func (w *Written) still(o *outgoing) (still, known bool) {
	if w == nil {
		return false, false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	r, known := w.records[o.id]
	still = true
	for column, digest := range r.columns {
		value := o.text(column)
		if column == classColumn {
			value = o.class
		}
		if o.target.index(column) < 0 && column != classColumn {
			continue
		}
		still = still && columnDigest(column, value) == digest
	}
	return known && still, known
}

func columnDigest(column, value string) uint64 {
	return reconcile.NewDigest(0).Text(column, strings.TrimSpace(value)).Sum()
}
