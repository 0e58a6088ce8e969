package netboxtest

import (
	"errors"
	"fmt"
	"maps"
	"slices"
)

// Snapshot is the state of a server at one moment. It can be restored any
// number of times.
type Snapshot struct {
	version   version
	tables    []*table
	changes   []*change
	lastID    int64
	lastStamp int64
	requests  uint64
}

// Snapshot keeps the present state: all objects, the ids given so far and the
// change log. Tokens, faults and the journal are not part of it.
func (s *Server) Snapshot() *Snapshot {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return &Snapshot{version: s.schema.v, tables: copyTables(s.tables), changes: slices.Clone(s.changes),
		lastID: s.lastID, lastStamp: s.lastStamp, requests: s.requests.Load()}
}

// Restore puts a state back, also one of another server of the same version.
func (s *Server) Restore(snap *Snapshot) error {
	if snap == nil {
		return errors.New("netboxtest: Restore(nil): give it what Snapshot returned")
	}
	if snap.version != s.schema.v {
		return fmt.Errorf("netboxtest: the snapshot is of NetBox %s and the server of %s: use the same version", releases[snap.version].name, s.Version())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tables = make([]*table, len(snap.tables))
	for i, t := range snap.tables {
		s.tables[i] = t.copyFor(s.schema.all[i])
	}
	s.changes, s.lastID = slices.Clone(snap.changes), snap.lastID
	s.lastStamp = max(s.lastStamp, snap.lastStamp)
	if s.requests.Load() < snap.requests {
		s.requests.Store(snap.requests)
	}
	s.gen++
	s.reindex()
	return nil
}

func copyTables(tables []*table) []*table {
	out := make([]*table, len(tables))
	for i, t := range tables {
		out[i] = t.copyFor(t.res)
	}
	return out
}

// copyFor is a table with the same rows that may be changed apart. The rows of
// another server's schema are taken over into this one.
func (t *table) copyFor(res *resource) *table {
	c := newTable(res)
	c.ids, c.last = slices.Clone(t.ids), t.last
	if res == t.res {
		c.rows = maps.Clone(t.rows)
	} else {
		for id, r := range t.rows {
			r = r.clone()
			r.res = res
			c.rows[id] = r
		}
	}
	for _, r := range c.rows {
		c.index(r)
	}
	return c
}
