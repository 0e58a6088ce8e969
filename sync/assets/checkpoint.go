package assets

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/mapping"
	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// Checkpoint says up to where an import has followed the change log of its NetBox; see
// [Import.RunSince]. It is plain data: keep it as JSON and hand it to the next run, in
// whatever process. The zero value is a start: the run that is given it looks at
// everything.
type Checkpoint struct {
	// NetBox and CMDB are the two systems, by host and path. A run that works with
	// others refuses the checkpoint.
	NetBox string `json:"netbox"`
	CMDB   string `json:"cmdb"`
	// Settings is a digest of all options of the import that decide what is written. A
	// run with others refuses the checkpoint with ErrFullPass, for they concern objects
	// that have not changed. What Identifier.IgnoreValue does is not in it.
	Settings string `json:"settings"`
	// Mark is how far the change log was read.
	Mark netbox.Watermark `json:"mark"`
	// Pending are the objects, such as "device:42", that were blocked or could not be
	// written: the next run looks at them again. Gone are those of them that NetBox has
	// deleted.
	Pending []string `json:"pending,omitempty"`
	Gone    []string `json:"gone,omitempty"`
}

// ErrFullPass is what errors.Is finds when a checkpoint is no ground to go on from,
// because more may have changed than can be known: begin with the zero Checkpoint.
var ErrFullPass = errors.New("a full pass is due: begin with the zero Checkpoint")

// mostSince is how many objects a run looks at one by one. A full pass is cheaper beyond.
const mostSince = 5000

// start returns whether the checkpoint is the zero one.
func (c Checkpoint) start() bool {
	return c.NetBox == "" && c.CMDB == "" && c.Settings == "" && c.Mark.Time.IsZero() && len(c.Mark.IDs)+len(c.Pending)+len(c.Gone) == 0
}

// follows returns an error unless a run that would make the checkpoint next may go on
// from c.
func (c Checkpoint) follows(next Checkpoint) error {
	switch {
	case c.NetBox != next.NetBox:
		return fmt.Errorf("the checkpoint is of the NetBox %q, and Import.NetBox is %q: keep a checkpoint for each", c.NetBox, next.NetBox)
	case c.CMDB != next.CMDB:
		return fmt.Errorf("the checkpoint is of the CMDB %q, and Import.CMDB is %q: keep a checkpoint for each", c.CMDB, next.CMDB)
	case c.Settings != next.Settings:
		return fmt.Errorf("the import has other settings than the one that made the checkpoint: %w", ErrFullPass)
	case len(c.Pending)+len(c.Gone) > mostSince:
		return fmt.Errorf("%d objects were blocked or could not be written: %w", len(c.Pending)+len(c.Gone), ErrFullPass)
	}
	return nil
}

// leave adds an operation that is not as wanted.
func (c *Checkpoint) leave(op reconcile.Operation) {
	if op.Kind.Removes() || op.Wanted.Removes() {
		c.Gone = append(c.Gone, op.ID)
	} else {
		c.Pending = append(c.Pending, op.ID)
	}
}

// tidy puts what is left into order.
func (c *Checkpoint) tidy() {
	for _, list := range []*[]string{&c.Pending, &c.Gone} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
}

// left returns the objects that are left from before, as NetBox knows them, and whether
// it has deleted them.
func (c Checkpoint) left() (map[cmdb.Object]bool, error) {
	objects := map[cmdb.Object]bool{}
	for n, text := range append(slices.Clone(c.Pending), c.Gone...) {
		o, ok := parseObject(text)
		if !ok {
			return nil, fmt.Errorf("the checkpoint holds %q, which is no object: give one as it was returned", text)
		}
		objects[asInNetBox(o)] = n >= len(c.Pending)
	}
	return objects, nil
}

// asInNetBox returns an object with the type that NetBox tells: customers and
// departments are tenants there.
func asInNetBox(o cmdb.Object) cmdb.Object {
	if o.Type == cmdb.TypeCustomer || o.Type == cmdb.TypeDepartment {
		o.Type = typeTenant
	}
	return o
}

// checkpoint returns the one that the import would make, without a mark.
func (i *Import) checkpoint() Checkpoint {
	return Checkpoint{NetBox: placeOf(i.NetBox.BaseURL()), CMDB: placeOf(i.CMDB.BaseURL()), Settings: i.settings()}
}

// placeOf returns host and path of an address.
func placeOf(base string) string {
	u, err := url.Parse(base)
	if err != nil {
		return base
	}
	return u.Host + strings.TrimSuffix(u.Path, "/")
}

// settings is a digest of what decides what the import writes.
func (i *Import) settings() string {
	classes := cmdb.DefaultClasses()
	if i.Classifier.Classes != nil {
		classes = i.Classifier.Classes.All()
	}
	status, otherwise := i.Status.Default()
	data, err := json.Marshal(struct {
		Version                int // of the meaning of all this
		Source, Target         string
		Tags                   []string
		Force                  bool
		Types                  []cmdb.ObjectType
		Tenants                cmdb.Tenants
		Company                string
		Mode                   cmdb.Mode
		Classes                []cmdb.Class
		ToRole                 bool
		Rules                  []cmdb.Rule
		OnMismatch             cmdb.MismatchPolicy
		FirstFilled            bool
		Status                 []mapping.Pair[string, mapping.CIStatus]
		Otherwise              mapping.CIStatus
		HasOtherwise           bool
		CITable                string
		Through                Path
		Prefix                 string
		Columns                map[string]map[string]string
		Labels                 bool
		Attributes             []string
		DataSource             string
		Reclassify, ClearEmpty bool
		Deleted                Deleted
		Retired                mapping.CIStatus
		Owners                 Owners
		Link                   Link
		AllowHidden            bool
	}{
		1, i.Source, i.Target, i.Tags, i.ForceDependencies, i.Types, i.Tenants, i.Company,
		i.Classifier.Mode, classes, i.Classifier.UnregisteredToRole,
		i.Identifier.Rules, i.Identifier.OnMismatch, i.Identifier.FirstFilled,
		i.Status.Pairs(), status, otherwise, i.CITable,
		i.Through, i.ImportSets.Prefix, i.ImportSets.Columns, i.ImportSets.Labels, i.ImportSets.Attributes, i.DataSource, i.Reclassify, i.ClearEmpty,
		i.Deleted, i.Retired, i.Owners, i.Link, i.AllowHidden,
	})
	if err != nil { // all of it is plain data
		return err.Error()
	}
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:])
}
