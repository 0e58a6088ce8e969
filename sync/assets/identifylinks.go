package assets

import (
	"context"
	"errors"

	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// Where the instance's identification rule looks a CI up by its link row, as the
// NetBox Labs app's entry at 250 does, the row can travel with the CI as its lookup
// record: the engine then finds the CI by it, and writes it in the same request. It
// is not verified on a real instance that the engine may write rows of the app's
// table; where it does not, the row is written afterwards as ever.

// lookups says whether link rows may travel as lookups: unknown until it is tried.
type lookups int

const (
	lookupsUnknown lookups = iota
	lookupsTaken
	lookupsRefused
)

// askLookups finds out whether link rows may travel with their CIs, with a request
// that writes nothing.
func (s *CMDBSink) askLookups(ctx context.Context, link Link, ops []reconcile.Operation) (bool, error) {
	s.mu.Lock()
	known := s.lookups
	s.mu.Unlock()
	if known != lookupsUnknown {
		return known == lookupsTaken, nil
	}
	for _, op := range ops {
		row := linkLookup(link, op)
		if row == nil {
			continue
		}
		var payload servicenow.IREPayload
		payload.Add(servicenow.IREItem{Class: op.Class, Values: ireValues(op), Source: servicenow.IRESource{Key: op.Key}, Lookups: row})
		answer, err := s.Client.IRE.QueryEnhanced(ctx, &payload, s.ireOptions())
		if err != nil {
			return false, err
		}
		known = lookupsTaken
		if errors.Is(answer.Items[0].Err, servicenow.IRELookupRuleMissing) {
			known = lookupsRefused
		}
		s.mu.Lock()
		s.lookups = known
		s.mu.Unlock()
		return known == lookupsTaken, nil
	}
	return false, nil
}

// linkLookup is the link row that an operation makes, as a lookup record. The engine
// chooses its sys_id and fills in the CI.
func linkLookup(link Link, op reconcile.Operation) []servicenow.IRERecord {
	if link.onRecord() || !makesLinkRow(op) {
		return nil
	}
	values := map[string]string{}
	for _, c := range op.Changes {
		if column := link.column(c.Field); isLink(c) && column != "" && c.Field != linkRow {
			values[column] = c.To.Text()
		}
	}
	return []servicenow.IRERecord{{Class: link.Table, Values: values}}
}

// makesLinkRow reports whether an operation makes a link row.
func makesLinkRow(op reconcile.Operation) bool {
	for _, c := range op.Changes {
		if c.Field == linkRow {
			return true
		}
	}
	return false
}

// lookedUp reports whether the engine has seen to the link row of an item.
func lookedUp(link Link, item servicenow.IREItemResult) bool {
	for _, r := range item.Related {
		if r.Class == link.Table && r.Operation != "" && len(r.Errors) == 0 {
			return true
		}
	}
	return false
}
