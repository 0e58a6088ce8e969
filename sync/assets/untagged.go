package assets

import (
	"context"
	"slices"

	"github.com/itsmkit/itsmkit/cmdb"
)

// enter puts an object into the registry.
func (r *run) enter(convert func() *object) *object {
	o := convert()
	r.registry[o.Object] = o
	if r.ForceDependencies {
		r.again = append(r.again, convert)
	}
	return o
}

// readUntagged reads what the selected objects need although it carries no tag, all
// the way, where that is asked for.
func (r *run) readUntagged(ctx context.Context) error {
	if !r.ForceDependencies {
		return nil
	}
	u := untagged{run: r, asked: map[cmdb.Object]bool{}}
	for _, o := range r.registry {
		u.ask(o)
	}
	if r.imports(cmdb.TypeDevice) {
		for d, err := range selected(ctx, r, r.NetBox.DCIM.Devices, deviceFields, deviceTag) {
			if err != nil {
				return err
			}
			u.ask(r.device(d))
		}
	}
	done := 0
	for len(u.missing) > 0 {
		slices.SortFunc(u.missing, compareObjects) // the same estate makes the same requests
		objects, err := r.readObjects(ctx, u.missing)
		if err != nil {
			return err
		}
		u.missing = nil
		for _, f := range objects {
			u.ask(r.enter(f.convert))
		}
		done += len(objects)
	}
	r.Progress(Progress{Stage: StageNetBox, Subject: "untagged", Done: done, Total: done})
	for _, convert := range r.again { // some were read before the tenant whose kind decides
		o := convert()
		r.registry[o.Object] = o
	}
	r.again = nil
	return nil
}

// untagged collects what has to be read.
type untagged struct {
	*run
	missing []cmdb.Object
	asked   map[cmdb.Object]bool
}

// ask notes what an object needs and nobody has read.
func (u *untagged) ask(o *object) {
	if o.code != "" {
		return // it is not imported
	}
	for _, need := range o.needs {
		if u.registry[need] != nil {
			continue
		}
		if need.Type == cmdb.TypeCustomer || need.Type == cmdb.TypeDepartment {
			need.Type = typeTenant // as NetBox knows it
		}
		if !u.asked[need] {
			u.asked[need] = true
			u.missing = append(u.missing, need)
		}
	}
}
