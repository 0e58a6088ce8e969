package reconcile

// Preview returns the summary that [Apply] would give if every write succeeded:
// what a dry run shows. Removals count as allowed.
func (p *Plan) Preview() Summary {
	l := newLedger()
	for _, t := range p.Unchanged {
		l.line(t.Type, t.Class).Unchanged += t.Count
	}
	ends := map[Kind]Status{
		Create: StatusCreated, Update: StatusUpdated, Delete: StatusDeleted, Retire: StatusRetired,
		Skip: StatusSkipped, Blocked: StatusBlocked,
	}
	for _, op := range p.Operations {
		l.enter(Settled{Operation: op, Status: ends[op.Kind], Target: op.Target, Code: op.Code, Reason: op.Reason})
	}
	return l.summary()
}
