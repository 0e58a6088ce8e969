package servicenow

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
)

// Gone compares the sys_ids that the caller knows with those that match the
// condition now, and yields the known ones that do not: deleted, moved out of the
// condition, or hidden from the user, which the platform does not tell apart.
// [Meta] reports how many rows the server counts and how many of them were read. It is the way
// to learn of deletions where sys_audit_delete cannot be read; it costs a reading
// of all sys_ids.
//
// known must be in ascending order, as [Table.All] yields them: both sides are
// read side by side and nothing is kept. A sequence out of order, an empty and an
// invalid sys_id is an error that names it. Upper and lower case are the same.
func (t *Table[T]) Gone(ctx context.Context, where Condition, known iter.Seq[string], opts ...CallOption) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		if t.err != nil {
			yield("", t.err)
			return
		}
		if known == nil {
			yield("", t.bad("Gone", errors.New("known is nil: pass the sys_ids to look for")))
			return
		}
		where.order = nil
		ids := TableOf[Record](t.client, t.name)
		next, stop := iter.Pull2(ids.All(ctx, Query{Where: where, Fields: []string{sysID}}, opts...))
		defer stop()
		here, more, before := "", true, ""
		for id := range known {
			key, err := orderedID(id, before)
			if err != nil {
				yield("", t.bad("Gone", err))
				return
			}
			for before = key; more && here < key; {
				var row Record
				if row, err, more = next(); err != nil {
					yield("", err)
					return
				}
				if more {
					here = strings.ToLower(row.SysID())
				}
			}
			if here != key && !yield(id, nil) {
				return
			}
		}
	}
}

// orderedID checks a sys_id of a sequence and answers with its key.
func orderedID(id, before string) (string, error) {
	key := strings.ToLower(id)
	switch {
	case len(key) != 32 || !isHex(key):
		return "", fmt.Errorf("known: %q is no sys_id of 32 hexadecimal digits", clip(id, 40))
	case key == before:
		return "", fmt.Errorf("known: %q comes twice", id)
	case key < before:
		return "", fmt.Errorf("known: %q comes after %q: sort the sys_ids in ascending order", id, before)
	}
	return key, nil
}
