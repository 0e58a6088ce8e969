package reconcile

import "fmt"

// check verifies the format, the digest, and that the operations can be carried out
// in the order in which they stand.
func (p *Plan) check() error {
	if err := checkFormat(p.Format); err != nil {
		return err
	}
	if sum := p.sum(); sum != p.Digest {
		return fmt.Errorf("%w: it says its digest is %q, but its content has %s; make the plan again", ErrTampered, p.Digest, sum)
	}
	seen := make(map[string]Kind, len(p.Operations))
	last := 0
	for i := range p.Operations {
		op := &p.Operations[i]
		switch _, twice := seen[op.ID]; {
		case op.ID == "" || op.Type == "":
			return fmt.Errorf("reconcile: plan: operation %d lacks an ID or a type", i+1)
		case twice:
			return fmt.Errorf("reconcile: plan: two operations have the ID %s", op.ID)
		case !op.Kind.known():
			return fmt.Errorf("reconcile: plan: operation %s has the unknown kind %q", op.ID, op.Kind)
		case section(op.Kind) < last:
			return fmt.Errorf("reconcile: plan: operation %s (%s) stands after operations that come last", op.ID, op.Kind)
		}
		last = section(op.Kind)
		seen[op.ID] = op.Kind
		if !op.Kind.Writes() {
			continue
		}
		if err := checkNeeds(op, seen); err != nil {
			return err
		}
	}
	return nil
}

// checkNeeds verifies that what op needs writes and comes before it.
func checkNeeds(op *Operation, before map[string]Kind) error {
	needs := make(map[string]bool, len(op.Needs))
	for _, need := range op.Needs {
		if kind, there := before[need]; !there || need == op.ID || !kind.Writes() {
			return fmt.Errorf("reconcile: plan: operation %s needs %s, which is not written before it", op.ID, need)
		}
		needs[need] = true
	}
	for _, c := range op.Changes {
		if c.Ref != "" && !needs[c.Ref] {
			return fmt.Errorf("reconcile: plan: %s of operation %s refers to %s, which is not among its needs", c.Field, op.ID, c.Ref)
		}
	}
	return nil
}
