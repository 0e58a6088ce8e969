package assets

import (
	"context"
	"errors"
	"fmt"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// Apply carries out a plan that Plan made, in this process or in another one, as it
// stands. An operation whose object has changed since is refused, and it alone.
// Applying a plan again does what is left of it.
//
// The error says that the plan was refused or a system could not be worked with;
// what became of single records is in the summary, in any case.
func (e Export) Apply(ctx context.Context, p *reconcile.Plan) (reconcile.Summary, error) {
	switch {
	case e.NetBox == nil:
		return reconcile.Summary{}, errors.New("assets: Export.NetBox is nil: give a client made by netbox.New")
	case e.CMDB == nil:
		return reconcile.Summary{}, errors.New("assets: Export.CMDB is nil: give a client made by servicenow.New")
	}
	e.defaults()
	return e.apply(ctx, p, reconcile.Options{})
}

func (e Export) apply(ctx context.Context, p *reconcile.Plan, o reconcile.Options) (reconcile.Summary, error) {
	sink := &NetBoxSink{
		NetBox: e.NetBox, CMDB: e.CMDB, Link: e.Link, Echoes: e.Echoes,
		Adopted: func(op reconcile.Operation, id int64) {
			e.Logger.Warn("an object was there already and is adopted", "component", markerWrite(cmdb.ObjectType(op.Type)), "record", op.ID, "name", op.Name, "object", id)
		},
	}
	o.Target, o.Group, o.Same, o.Digest = e.Target, applyGroup, sameInNetBox, e.Approved
	o.Progress = func(now reconcile.Progress) {
		e.Progress(Progress{Stage: StageExport, Subject: e.Target, Done: now.Done, Total: now.Total})
	}
	settled := o.Settled
	o.Settled = func(s reconcile.Settled) {
		if settled != nil {
			settled(s)
		}
		log := e.Logger.With("component", markerWrite(cmdb.ObjectType(s.Operation.Type)))
		switch s.Status {
		case reconcile.StatusFailed, reconcile.StatusStale:
			log.Warn("not written", "record", s.Operation.ID, "name", s.Operation.Name, "code", s.Code, "reason", s.Reason)
		case reconcile.StatusCreated, reconcile.StatusUpdated, reconcile.StatusDeleted:
			log.Debug("written", "record", s.Operation.ID, "name", s.Operation.Name, "status", s.Status, "object", s.Target)
		}
	}
	summary, err := reconcile.Apply(ctx, p, sink, o)
	if err != nil {
		return summary, fmt.Errorf("assets: export: %w", err)
	}
	return summary, nil
}

// Run plans and applies in one go.
func (e Export) Run(ctx context.Context) (reconcile.Summary, error) {
	p, err := e.Plan(ctx)
	if err != nil {
		return reconcile.Summary{}, err
	}
	return e.Apply(ctx, p)
}
