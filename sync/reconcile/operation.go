package reconcile

// Kind says what an operation does.
type Kind string

// The kinds of operations.
const (
	// Create makes a record.
	Create Kind = "create"
	// Update changes fields of a record.
	Update Kind = "update"
	// Delete removes a record.
	Delete Kind = "delete"
	// Retire is an update that takes a record out of service. It is ordered and
	// guarded as a Delete is.
	Retire Kind = "retire"
	// Skip writes nothing, by choice of whoever planned.
	Skip Kind = "skip"
	// Blocked writes nothing, because something is in the way.
	Blocked Kind = "blocked"
)

// Writes reports whether operations of this kind write something.
func (k Kind) Writes() bool {
	return k == Create || k == Update || k == Delete || k == Retire
}

// Removes reports whether the kind is Delete or Retire.
func (k Kind) Removes() bool { return k == Delete || k == Retire }

// known reports whether k is one of the kinds.
func (k Kind) known() bool { return k.Writes() || k == Skip || k == Blocked }

// The codes that this package gives to operations and outcomes; flows add their own.
const (
	// CodeCycle: the operation needs itself through others.
	CodeCycle = "cycle"
	// CodeDangling: the operation needs one that is not in the plan.
	CodeDangling = "dangling"
	// CodeDuplicate: several operations were given one ID.
	CodeDuplicate = "duplicate-id"
	// CodeAmbiguous: several operations want to write one target record. A flow that
	// blocks an operation with this code and names its Target blocks the others, too.
	CodeAmbiguous = "ambiguous"
	// CodeNeeds: an operation that this one needs is skipped, blocked or failed.
	CodeNeeds = "needs-blocked"
	// CodeIncomplete: a removal that rests on an incomplete scan.
	CodeIncomplete = "incomplete-scan"
	// CodeNotAllowed: a removal that the options of Apply do not allow.
	CodeNotAllowed = "not-allowed"
	// CodeStale: the target record is no longer what the plan was made from.
	CodeStale = "stale"
	// CodeFailed: the write failed.
	CodeFailed = "failed"
	// CodeUnknown: it is not known whether the write took place.
	CodeUnknown = "outcome-unknown"
	// CodeWithheld: a masked value was left out of the plan file; see Plan.Supply.
	CodeWithheld = "withheld"
)

// Operation is one step of a plan. It prints, logs and marshals without its masked
// values.
type Operation struct {
	// ID names the operation within its plan, e.g. "device:42".
	ID string
	// Kind says what is done.
	Kind Kind
	// Wanted is what a blocked operation was to be, if known.
	Wanted Kind
	// Type is the source's type of record, e.g. "device".
	Type string
	// Class is the target's table or class, e.g. "cmdb_ci_server".
	Class string
	// Key is the source record's id.
	Key string
	// Target is the target record's id. A create carries the id that it asks for, or
	// "" when the target chooses one.
	Target string
	// Name is the record's name for people.
	Name string
	// Changes are the fields to write. For a delete they hold what the record must
	// still look like (From) for the delete to be carried out.
	Changes []Change
	// Needs are the IDs of operations that must have been carried out before this
	// one. Between two removals a need means what it means between two creates, that
	// this record refers to the other one: a Builder turns it around, and forgets what
	// a removal needs outside the plan.
	Needs []string
	// Code is the reason for a skip or block, for programs.
	Code string
	// Reason is the same in words, without secrets.
	Reason string
}

// Change is the change of one field.
//
// A masked change hides its texts: printing, logging, WriteText and JSON show a
// digest or nothing in their place. A plan file therefore does not hold the value,
// and a masked change that was read from one can be checked but not written until
// [Plan.Supply] hands the value in again. The digest is a plain SHA-256 over
// operation, field and value: it hides a good secret, but a value that can be
// guessed can be confirmed, so keep such plan files as you would keep the secret.
type Change struct {
	// Field is the field's name on the target.
	Field string
	// From is the value that the plan was made from: the operation is refused when
	// the record says something else by now. Absent for a create.
	From Value
	// To is the value to write.
	To Value
	// Base is the value that both sides last agreed on, for people to see which of
	// them has moved. Flows that keep that state fill it, as Outcome.Changes of package
	// conflict does. It is absent where nobody keeps it: a flow whose source is simply
	// right compares two states and knows no third one.
	Base Value
	// Ref, if not "", is the ID of the operation whose target id is the value of To.
	// To holds that id as far as it is known when planning; Apply replaces it when
	// the target gave the record another one.
	Ref string
	// Masked hides From, To and Base.
	Masked bool
	// Reason says in words why the field is written, if that is worth saying.
	Reason string
}
