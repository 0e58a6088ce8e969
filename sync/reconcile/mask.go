package reconcile

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
)

// veil returns what stands for a masked value outside this package's memory: absent
// and null as they are, a text as its digest.
func veil(operation, field string, v Value) Value {
	if v.state != text {
		return v
	}
	h := sha256.New()
	for _, s := range []string{"reconcile masked value 1", operation, field, v.text} {
		var size [8]byte
		binary.BigEndian.PutUint64(size[:], uint64(len(s)))
		h.Write(size[:])
		io.WriteString(h, s)
	}
	return Value{text: "sha256:" + hex.EncodeToString(h.Sum(nil)), state: withheld}
}

// shown returns the change as it may be seen: a masked one veiled.
func (c Change) shown(operation string) Change {
	if c.Masked {
		c.From, c.To, c.Base = veil(operation, c.Field, c.From), veil(operation, c.Field, c.To), veil(operation, c.Field, c.Base)
	}
	return c
}

// agrees reports whether a present value is the planned one; a withheld planned value
// is compared by its digest.
func (c Change) agrees(operation string, present, planned Value) bool {
	if planned.state == withheld {
		return veil(operation, c.Field, present) == planned
	}
	return present == planned
}

// String returns the change as "field: from -> to", or "field: to" where there was
// nothing before, with ", last agreed base" where that is known, without masked values.
func (c Change) String() string {
	from, to, base := c.From.String(), c.To.String(), c.Base.String()
	if c.Masked {
		from, to, base = covered(c.From), covered(c.To), covered(c.Base)
	} else if c.Ref != "" {
		to += " (" + c.Ref + ")"
	}
	if !c.Base.IsAbsent() {
		to += ", last agreed " + base
	}
	if c.From.IsAbsent() {
		return c.Field + ": " + to
	}
	return c.Field + ": " + from + " -> " + to
}

func covered(v Value) string {
	if v.state == text || v.state == withheld {
		return "(masked)"
	}
	return v.String()
}

// Format prints the change as String does under every verb, so that no way of
// printing a plan shows a masked value.
func (c Change) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, c.String()) // fmt keeps what a writer says to itself
}

// Supply hands in the value of a masked change that a plan file left out, so that
// the operation can be carried out. It is an error when there is no such change and
// when the value is not the one that the plan was made with. The plan's digest stays
// as it is.
func (p *Plan) Supply(operation, field, value string) error {
	for i := range p.Operations {
		op := &p.Operations[i]
		if op.ID != operation {
			continue
		}
		for k := range op.Changes {
			c := &op.Changes[k]
			if c.Field != field || !c.Masked || !c.To.IsWithheld() {
				continue
			}
			if veil(operation, field, Text(value)) != c.To {
				return fmt.Errorf("reconcile: supply: the value given for %s of %s is not the one that was planned", field, operation)
			}
			c.To = Text(value)
			return nil
		}
	}
	return fmt.Errorf("reconcile: supply: the plan has no withheld value for %s of %s", field, operation)
}
