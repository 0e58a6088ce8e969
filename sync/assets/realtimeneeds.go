package assets

import (
	"context"
	"fmt"

	"github.com/itsmkit/itsmkit/cmdb"
)

// needs finds out what the CMDB has of what an object needs, and reads the rest from
// NetBox, all the way.
func (h *handling) needs(ctx context.Context, r *run, x found) error {
	log := h.log(markerDependencies)
	r.narrow.found[x.key] = x
	looked := map[cmdb.Object]bool{x.key: true}
	for wave := []found{x}; len(wave) > 0; {
		var asked []cmdb.Object
		for _, f := range wave {
			for _, need := range f.needs {
				if !looked[need] {
					looked[need] = true
					asked = append(asked, need)
				}
			}
		}
		missing, err := h.missing(ctx, r, asked)
		if err != nil {
			return err
		}
		log.Debug("dependencies", "object", x.key.String(), "asked", len(asked), "missing", len(missing))
		if wave, err = r.readObjects(ctx, missing); err != nil {
			return err
		}
		h.result.Fetched = append(h.result.Fetched, missing...)
		for _, f := range wave {
			r.narrow.found[f.key] = f
		}
	}
	return nil
}

// missing returns the objects that neither the CMDB has nor are on their way into
// it. It waits for those that this Realtime is working on.
func (h *handling) missing(ctx context.Context, r *run, asked []cmdb.Object) (missing []cmdb.Object, err error) {
	if err := r.lookUp(ctx, asked); err != nil {
		return nil, err
	}
	for _, o := range asked {
		present := r.settlePresent(o)
		hit := h.Window.Check(o, h.now(), present, h.traffic.of(o))
		h.log(markerBase).Debug("_inSnOrQueued", "object", o.String(), "hit", hit.Hit, "why", hit.Detail)
		switch {
		case present:
			continue
		case !hit.Hit:
			missing = append(missing, o)
			continue
		}
		waited, err := h.traffic.await(ctx, h.result.Object, o)
		if err != nil {
			return nil, err
		}
		if waited {
			if err := r.lookUp(ctx, []cmdb.Object{o}); err != nil {
				return nil, err
			}
			if r.settlePresent(o) {
				continue
			}
			if !h.Window.Check(o, h.now(), false, h.traffic.of(o)).Hit {
				missing = append(missing, o) // it came to nothing
				continue
			}
		}
		return nil, fmt.Errorf("%w: %s: handle the event again in a while", ErrOnItsWay, hit.Detail)
	}
	return missing, nil
}

// register makes objects of what was read: tenants first, for others ask whether
// they are customers or departments.
func (r *run) register(x found) (main *object) {
	order := []cmdb.ObjectType{typeTenant, cmdb.TypeManufacturer, cmdb.TypeDeviceType, cmdb.TypeRegion, cmdb.TypeSite, cmdb.TypeLocation, cmdb.TypeDevice}
	for _, typ := range order {
		for key, f := range r.narrow.found {
			if key.Type != typ {
				continue
			}
			o := f.convert()
			if !f.tagged && o.code == "" && (key == x.key || !r.ForceDependencies) {
				o.skip(string(cmdb.NotTagged), o.label()+" does not carry the tag")
			}
			if key == x.key {
				main = o
			}
			if o.Type == cmdb.TypeDevice {
				r.narrow.devices = append(r.narrow.devices, o)
			} else {
				r.registry[o.Object] = o
			}
		}
	}
	return main
}

// eligibleAlone reports whether an object may be imported, all that it needs
// considered. Where not, the object says why. What is not importable among the rest
// leaves the registry: only what the object needs is written.
func (r *run) eligibleAlone(o *object) bool {
	if o.code != "" {
		return false
	}
	r.current = o
	if result := r.tags.Check(o.Object); !result.Valid {
		o.skip(string(result.Reason), r.blame(result))
		return false
	}
	needed := map[cmdb.Object]bool{}
	for queue := []cmdb.Object{o.Object}; len(queue) > 0; queue = queue[1:] {
		if needed[queue[0]] {
			continue
		}
		needed[queue[0]] = true
		if found := r.registry[queue[0]]; found != nil {
			queue = append(queue, found.needs...)
		} else if queue[0] == o.Object {
			queue = append(queue, o.needs...)
		}
	}
	for key := range r.registry {
		if !needed[key] {
			delete(r.registry, key)
		}
	}
	return true
}

// announce notes, for an object that was found valid, what is written along with it,
// so that no other event fetches it too.
func (h *handling) announce(r *run, main *object) {
	for key := range r.registry {
		if key == main.Object {
			continue
		}
		n := cmdb.Notice{Object: key, State: cmdb.NoticeCached, At: h.result.At}
		if key.Type == cmdb.TypeCustomer || key.Type == cmdb.TypeDepartment {
			n.Object.Type = typeTenant // as those that refer to it know it
		}
		h.traffic.note(n, h.Window)
		h.cached = append(h.cached, n)
		h.ends = append(h.ends, h.traffic.begin(n.Object))
	}
}
