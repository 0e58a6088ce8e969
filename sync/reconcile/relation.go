package reconcile

// Relation is a record that says how other records stand to one another, such as a
// row of ServiceNow's cmdb_rel_ci. Its plan has it written after all that it joins,
// and removed before any of it.
type Relation struct {
	// ID names its operation within the plan, e.g. "relation:7".
	ID string
	// Kind is Create or Delete.
	Kind Kind
	// Type and Class are those of the operation, e.g. "relation" and "cmdb_rel_ci".
	Type, Class string
	// Target is the record's own id, for a Delete.
	Target string
	// Name is for people, e.g. "web-1 Runs on host-3".
	Name string
	// Ends are the records that it joins.
	Ends []End
	// Changes are its other fields, such as the type of the relation.
	Changes []Change
	// Reason says in words why, if that is worth saying.
	Reason string
}

// End is one of the records that a Relation joins.
type End struct {
	// Field is the field of the relation that refers to the record, e.g. "parent".
	Field string
	// Operation is the ID of the operation about the record. The plan need not have
	// it: then Target says which record it is.
	Operation string
	// Target is the record's id, "" when it is not there yet.
	Target string
}

// Relate adds a relation. What it needs is settled by Build, when all operations are
// known: an end that the plan creates or updates comes first, and the relation is
// blocked when that end is; an end that the plan removes waits for the removal of the
// relation; an end that is skipped or not in the plan stands for itself where its id
// is known, and blocks the relation where it is not.
func (b *Builder) Relate(r Relation) { b.relations = append(b.relations, r) }

// related returns the operations of the relations.
func (b *Builder) related() []Operation {
	if len(b.relations) == 0 {
		return nil
	}
	at := make(map[string]*Operation, len(b.operations))
	for i := range b.operations {
		at[clean(b.operations[i].ID)] = &b.operations[i]
	}
	operations := make([]Operation, len(b.relations))
	for i := range b.relations {
		operations[i] = b.relations[i].operation(at)
	}
	return operations
}

func (r *Relation) operation(at map[string]*Operation) Operation {
	op := Operation{ID: r.ID, Kind: r.Kind, Type: r.Type, Class: r.Class, Target: r.Target, Name: r.Name, Reason: r.Reason}
	for _, e := range r.Ends {
		end := at[clean(e.Operation)]
		if r.Kind == Delete {
			if end != nil && removal(end) {
				op.Needs = append(op.Needs, e.Operation)
			}
			if e.Target != "" { // the relation must still be the one that was read
				op.Changes = append(op.Changes, Change{Field: e.Field, From: Text(e.Target)})
			}
			continue
		}
		c := Change{Field: e.Field}
		id := e.Target
		if end != nil && id == "" {
			id = end.Target
		}
		if id != "" {
			c.To = Text(id)
		}
		if id == "" || end != nil && end.Kind != Skip {
			c.Ref = e.Operation
		}
		op.Changes = append(op.Changes, c)
	}
	op.Changes = append(op.Changes, r.Changes...)
	return op
}
