package assets

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// Path is how CIs are written. Locations, companies, models, departments and
// link rows are no CIs and go through tables, but for ThroughImportSets.
type Path int

const (
	// ThroughIdentification lets the instance's Identification and Reconciliation
	// Engine write CIs: it finds the CI by the NetBox id as the source's own key,
	// or by the identification rules, and writes what the reconciliation rules let
	// the source write. It is the zero value.
	ThroughIdentification Path = iota
	// ThroughTables writes CIs as they are planned, through the Table and Batch
	// APIs. That goes past identification (nothing but this library's own rules
	// keeps duplicates out) and past reconciliation (a column that another source
	// owns is overwritten).
	ThroughTables
	// ThroughImportSets stages what is planned, CIs and everything else, in the nine
	// staging tables of the NetBox Labs app, and lets the transform maps of the instance
	// write it: for instances that run the app's own transforms. Which record a row
	// means, its class and what is written are then for these maps to say; where that is
	// not as planned, it is reported, and planned again by the next run: leave columns
	// out that the maps do not write (see ImportSets). Maps have to coalesce, by the
	// NetBox id or what identifies the object, so that a row that is staged twice makes
	// one record.
	//
	// Rows hold whole objects, and what they refer to by NetBox id and name. Link rows
	// that the maps do not write are written afterwards. A CI is retired by a row with
	// the device status that means Import.Retired; a staging table cannot say that a
	// record is to be deleted, so DeletedRemoved is blocked, by CodeNotStaged. The user
	// needs the roles of whoever stages rows, import_set_loader and import_transformer,
	// and read access to the staging tables. Import.BesideApp counts as set.
	ThroughImportSets
)

// DefaultDataSource is what the flow calls itself to the identification engine.
const DefaultDataSource = "NetBox"

// isCI reports whether records of a table are CIs.
func isCI(table string) bool { return table == allCIs || strings.HasPrefix(table, allCIs+"_") }

// identified reports whether an operation is the identification engine's.
func (s *CMDBSink) identified(op reconcile.Operation) bool {
	return s.Through == ThroughIdentification && isCI(op.Class) &&
		(op.Kind == reconcile.Create || op.Kind == reconcile.Update || op.Kind == reconcile.Retire)
}

func (s *CMDBSink) ireOptions() servicenow.IREOptions {
	source := s.DataSource
	if source == "" {
		source = DefaultDataSource
	}
	// An item that lacks something fails now instead of waiting for 90 days, and
	// two items that are one CI by the instance's rules fail instead of being
	// merged: they are two devices.
	return servicenow.IREOptions{DataSource: source, NoPartialPayloads: true, NoDeduplication: true}
}

// identify has the engine write the CIs of some operations, and then writes their
// link rows.
func (s *CMDBSink) identify(ctx context.Context, link Link, ops []reconcile.Operation, results []reconcile.Result, rows map[string]string) error {
	var payload servicenow.IREPayload
	at := make([]int, 0, len(ops)) // the operations of the items
	done := make([]bool, len(ops)) // whose link row travelled along
	together, err := s.askLookups(ctx, link, ops)
	if err != nil {
		return err
	}
	for n, op := range ops {
		if values := ireValues(op); len(values) > 0 {
			item := servicenow.IREItem{Class: op.Class, Values: values, Source: servicenow.IRESource{Key: op.Key}}
			if together {
				item.Lookups = linkLookup(link, op)
			}
			payload.Add(item)
			at = append(at, n)
		} else {
			results[n] = reconcile.Result{Outcome: reconcile.Applied} // its link row alone changes
		}
	}
	var sent error
	if len(at) > 0 {
		answer, err := s.Client.IRE.Enhanced(ctx, &payload, s.ireOptions())
		if answer == nil {
			return err
		}
		sent = err
		for i, n := range at {
			results[n] = s.judgeItem(ops[n], answer.Items[i], answer.Repeated)
			done[n] = together && makesLinkRow(ops[n]) && lookedUp(link, answer.Items[i])
		}
	}
	return errors.Join(sent, s.linkIdentified(ctx, link, ops, results, rows, done), s.compareIdentified(ctx, ops, results))
}

// compareIdentified looks what the engine has made of updates: it leaves columns
// alone that another source owns, and does not say so.
func (s *CMDBSink) compareIdentified(ctx context.Context, ops []reconcile.Operation, results []reconcile.Result) error {
	var updated []reconcile.Operation
	for n, op := range ops {
		if op.Kind != reconcile.Create && results[n].Outcome == reconcile.Applied {
			updated = append(updated, op)
		}
	}
	if s.NotKept == nil || len(updated) == 0 {
		return nil
	}
	states, err := s.Read(ctx, updated)
	for n, state := range states {
		for _, c := range updated[n].Changes {
			if kept := state.Values[c.Field]; !isLink(c) && c.Field != classColumn && !same(updated[n], c.Field, kept, c.To) {
				s.notKept(updated[n], c.Field, c.To.Text(), kept.Text())
			}
		}
	}
	return err
}

// ireValues are the attributes of an item. The class travels beside them; the
// sys_id names the CI where it is known.
func ireValues(op reconcile.Operation) map[string]string {
	values := map[string]string{}
	for _, c := range op.Changes {
		if !isLink(c) && c.Field != classColumn {
			values[c.Field] = c.To.Text()
		}
	}
	reclassifies := presentTable(op) != op.Class
	if op.Kind != reconcile.Create && (len(values) > 0 || reclassifies) {
		values["sys_id"] = op.Target
	}
	return values
}

// judgeItem says what became of an item.
func (s *CMDBSink) judgeItem(op reconcile.Operation, item servicenow.IREItemResult, repeated bool) reconcile.Result {
	switch item.Outcome {
	case servicenow.IREInserted, servicenow.IREUpdated:
		if op.Kind == reconcile.Create && item.Outcome != servicenow.IREInserted {
			s.found(op, item.SysID)
		}
		return reconcile.Result{Outcome: reconcile.Applied, Target: item.SysID}
	case servicenow.IREUnchanged:
		if op.Kind == reconcile.Create || repeated {
			return reconcile.Result{Outcome: reconcile.Unchanged, Target: item.SysID}
		}
		return reconcile.Result{Outcome: reconcile.Failed, Err: errors.New("the identification engine left the CI as it is: a reconciliation rule gives what differs to another source")}
	case servicenow.IREUnknown:
		if op.Kind == reconcile.Create {
			return reconcile.Result{Outcome: reconcile.Failed, Err: fmt.Errorf("it is not known whether the CI was written; the next run finds it if so: %w", item.Err)}
		}
		return failure(op, item.Err)
	default:
		return reconcile.Result{Outcome: reconcile.Failed, Err: item.Err}
	}
}

func (s *CMDBSink) found(op reconcile.Operation, sysID string) {
	if s.Found == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Found(op, sysID)
}

// linkIdentified writes the link rows of the CIs that were written.
func (s *CMDBSink) linkIdentified(ctx context.Context, link Link, ops []reconcile.Operation, results []reconcile.Result, rows map[string]string, done []bool) error {
	var linked []reconcile.Operation
	var at []int
	there, err := s.linked(ctx, link, ops, results, done)
	if err != nil {
		return err
	}
	for n, op := range ops {
		if o := results[n].Outcome; o != reconcile.Applied && o != reconcile.Unchanged || there[n] || done[n] {
			continue
		}
		var changes []reconcile.Change
		for _, c := range op.Changes {
			if isLink(c) {
				changes = append(changes, c)
			}
		}
		if len(changes) == 0 {
			continue
		}
		if results[n].Target != "" {
			op.Target = results[n].Target
		}
		op.Kind, op.Changes = reconcile.Update, changes
		linked, at = append(linked, op), append(at, n)
	}
	if len(linked) == 0 {
		return nil
	}
	ends := make([]reconcile.Result, len(linked))
	err = s.lanes(linked, ends, func(ops []reconcile.Operation, results []reconcile.Result) error {
		w := writing{sink: s, link: link, ops: ops, results: results, rows: rows}
		return w.run(ctx)
	})
	for i, n := range at {
		results[n].Outcome = reconcile.Applied
		if ends[i].Outcome != reconcile.Applied {
			results[n].Outcome, results[n].Err = reconcile.Failed, fmt.Errorf("the CI was written, its link row in %s was not: %w", link.Table, ends[i].Err)
		}
	}
	return err
}

// linked finds the CIs among those that existed already whose link row is as it
// should be.
func (s *CMDBSink) linked(ctx context.Context, link Link, ops []reconcile.Operation, results []reconcile.Result, done []bool) (there map[int]bool, err error) {
	there = map[int]bool{}
	var found []reconcile.Operation
	var at []int
	for n, op := range ops {
		if op.Kind == reconcile.Create && results[n].Outcome == reconcile.Unchanged && !done[n] {
			op.Target = results[n].Target
			found, at = append(found, op), append(at, n)
		}
	}
	states := make([]reconcile.State, len(found))
	for i := range states {
		states[i].Values = map[string]reconcile.Value{}
	}
	if err := s.readLinks(ctx, link, found, states); err != nil {
		return nil, err
	}
	for i, n := range at {
		there[n] = !slices.ContainsFunc(found[i].Changes, func(c reconcile.Change) bool {
			return isLink(c) && !same(found[i], c.Field, states[i].Values[c.Field], c.To)
		})
	}
	return there, nil
}

// checkIdentification asks the engine, without writing anything, whether it would
// take CIs from this source.
func (r *run) checkIdentification(ctx context.Context) error {
	var payload servicenow.IREPayload
	payload.Add(servicenow.IREItem{
		Class: configurationItems.table, Values: map[string]string{"name": "is the data source known?"},
		Source: servicenow.IRESource{Key: "0"},
	})
	sink := CMDBSink{DataSource: r.DataSource}
	source := sink.ireOptions().DataSource
	answer, err := r.CMDB.IRE.Query(ctx, &payload, servicenow.IREOptions{DataSource: source})
	switch {
	case err != nil:
		return fmt.Errorf("the identification engine cannot be asked: the user needs the role itil or asset; or choose ThroughTables: %w", err)
	case errors.Is(answer.Items[0].Err, servicenow.IREInvalidInput):
		return fmt.Errorf("the instance does not know the data source %q: add it to the choices of cmdb_ci.discovery_source, choose another DataSource, or ThroughTables: %w", source, answer.Items[0].Err)
	}
	return nil
}
