package assets

import (
	"context"
	"errors"
	"fmt"

	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// applyGroup is how many records the sink is handed at once: enough to fill the
// batches of its lanes.
const applyGroup = 2000

// Apply carries out a plan that Plan made, in this process or in another one, as
// it stands. An operation whose record has changed since is refused, and it
// alone. Applying a plan again does what is left of it. Import.NetBox is not
// needed.
//
// The error says that the plan was refused or the instance could not be worked
// with; what became of single records is in the summary, in any case.
func (i Import) Apply(ctx context.Context, p *reconcile.Plan) (reconcile.Summary, error) {
	return i.apply(ctx, p, func(reconcile.Settled) {})
}

// apply tells of every operation as soon as its end is known.
func (i Import) apply(ctx context.Context, p *reconcile.Plan, settled func(reconcile.Settled)) (reconcile.Summary, error) {
	if i.CMDB == nil {
		return reconcile.Summary{}, errors.New("assets: Import.CMDB is nil: give a client made by servicenow.New")
	}
	i.defaults()
	sink := &CMDBSink{
		Client: i.CMDB, Link: i.Link, Through: i.Through, ImportSets: i.ImportSets, DataSource: i.DataSource,
		NotKept: func(op reconcile.Operation, column, wrote, kept string) {
			i.Logger.Warn("the instance keeps another value than was written", "object", op.ID, "table", op.Class, "column", column, "wrote", wrote, "kept", kept)
		},
		Found: func(op reconcile.Operation, sysID string) {
			i.Logger.Warn("the instance found a CI where one was to be created", "object", op.ID, "name", op.Name, "ci", sysID)
		},
	}
	summary, err := reconcile.Apply(ctx, p, sink, reconcile.Options{
		Target: i.Target, Digest: i.Approved, Group: applyGroup, Same: same,
		AllowRetire: true, AllowDeletes: true, Guard: i.Guard, // the plan has removals only where Deleted asked for them
		Progress: func(now reconcile.Progress) {
			i.Progress(Progress{Stage: StageApply, Subject: i.Target, Done: now.Done, Total: now.Total})
		},
		Settled: func(s reconcile.Settled) {
			settled(s)
			if s.Status == reconcile.StatusCreated || s.Status == reconcile.StatusUpdated {
				i.Written.noteOperation(s.Operation, s.Target)
			}
			if s.Status == reconcile.StatusFailed || s.Status == reconcile.StatusStale {
				i.Logger.Warn("not written", "object", s.Operation.ID, "name", s.Operation.Name, "code", s.Code, "reason", s.Reason)
			}
		},
	})
	if err != nil {
		return summary, fmt.Errorf("assets: import: %w", err)
	}
	return summary, nil
}

// Run plans and applies in one go.
func (i Import) Run(ctx context.Context) (reconcile.Summary, error) {
	p, err := i.Plan(ctx)
	if err != nil {
		return reconcile.Summary{}, err
	}
	return i.Apply(ctx, p)
}
