package assets

import (
	"fmt"
	"slices"
	"strings"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/mapping"
	"github.com/itsmkit/itsmkit/sync/conflict"
	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// Owners says for two flows that run against one another which side is right
// about a column: [mapping.Platform] is NetBox, [mapping.External] the CMDB. The
// keys are the type and the CMDB's column, such as "device.serial_number". Give
// the same Owners to the import and to the export.
//
// Nil means that one flow runs alone: what its source says stands. Otherwise
// package conflict decides, without a state that both sides last agreed on: what
// one side says and the other leaves empty flows, whoever owns it; where both say
// something, the owner stands, and NetBox where there is none. Owners do not
// matter to records that are created.
type Owners map[string]mapping.Owner

// validate refuses what would be passed over in silence.
func (o Owners) validate() error {
	for key, owner := range o {
		typ, column, _ := strings.Cut(key, ".")
		known := slices.ContainsFunc(targets, func(t *target) bool {
			return slices.Contains(t.types, cmdb.ObjectType(typ)) && (t.index(column) >= 0 || t == &configurationItems && column == classColumn)
		})
		switch {
		case !known:
			return fmt.Errorf("assets: Owners holds %q: give a type and a column that is mapped, such as \"device.serial_number\"", key)
		case owner != mapping.Platform && owner != mapping.External && owner != mapping.NoOwner:
			return fmt.Errorf("assets: the owner %q of %s is unknown: give mapping.Platform for NetBox or mapping.External for the CMDB", owner, key)
		}
	}
	return nil
}

// writes decides whether a flow may bring the value of one side to the other one,
// which says something else. The reason is empty where the flow runs alone.
func (o Owners) writes(to mapping.Owner, typ cmdb.ObjectType, column string, value, present reconcile.Value) (bool, string) {
	if o == nil {
		return true, ""
	}
	key := string(typ) + "." + column
	sides := map[mapping.Owner]conflict.State{to: said(key, present), to.Other(): said(key, value)}
	outcome := conflict.Merge(nil, sides[mapping.Platform], sides[mapping.External], conflict.Rules{
		Fields:   []conflict.Field{{Name: key, Owner: o[key]}},
		Strategy: conflict.OwnershipPriority,
	})
	d, _ := outcome.Field(key)
	writes := d.ToOurs
	if to == mapping.External {
		writes = d.ToTheirs
	}
	return writes, d.Reason
}

// said is what a side says of a column: nothing where it is empty.
func said(column string, v reconcile.Value) conflict.State {
	s := conflict.State{Values: mapping.Record{}}
	if text(v).IsText() {
		s.Values[column] = v
	}
	return s
}
