package assets

import (
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"sync"
	"time"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// Echoes remembers what a flow of one's own writes to NetBox, so that Realtime does
// not take the webhooks that come of it for news: share one between the two. It
// remembers for an hour, or for Keep. The zero value is ready; it is safe for
// concurrent use.
type Echoes struct {
	// Keep is how long a write is remembered. 0 means an hour.
	Keep time.Duration
	// Now is the clock. Nil is time.Now.
	Now func() time.Time

	mu       sync.Mutex
	requests map[string]time.Time
	wrote    map[cmdb.Object]echo
	swept    time.Time
}

type echo struct {
	digest uint64
	at     time.Time
}

// Request notes a write by its request id: the header X-Request-ID of NetBox's
// answer, which netbox.Meta gives. "" is none.
func (e *Echoes) Request(id string) {
	if id == "" {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	now := e.sweep()
	e.requests[id] = now
}

// Wrote notes what NetBox answered to a write: a netbox.Device, Region, Site,
// Location, Manufacturer, DeviceType or Tenant, with all of its fields. Anything else
// is an error.
func (e *Echoes) Wrote(object any) error {
	o, digest, ok := mappedDigest(object)
	if !ok {
		return fmt.Errorf("assets: Echoes.Wrote: a %T is no object that travels: give one such as netbox.Device", object)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	now := e.sweep()
	e.wrote[o] = echo{digest, now}
	return nil
}

// sweep forgets what is too old, and returns the time. The caller holds the lock.
func (e *Echoes) sweep() time.Time {
	now, keep := time.Now, e.Keep
	if e.Now != nil {
		now = e.Now
	}
	if keep <= 0 {
		keep = time.Hour
	}
	if e.requests == nil {
		e.requests, e.wrote = map[string]time.Time{}, map[cmdb.Object]echo{}
	}
	at := now()
	if at.Sub(e.swept) > keep/16 {
		e.swept = at
		maps.DeleteFunc(e.requests, func(_ string, was time.Time) bool { return at.Sub(was) > keep })
		maps.DeleteFunc(e.wrote, func(_ cmdb.Object, was echo) bool { return at.Sub(was.at) > keep })
	}
	return at
}

// knows reports whether a request was one's own.
func (e *Echoes) knows(request string) bool {
	if e == nil || request == "" {
		return false
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.sweep()
	_, ok := e.requests[request]
	return ok
}

// last returns the digest of what was last written to an object.
func (e *Echoes) last(o cmdb.Object) (digest uint64, known bool) {
	if e == nil {
		return 0, false
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.sweep()
	was, known := e.wrote[o]
	return was.digest, known
}

// eventDigest is the digest of the object in an event.
func eventDigest(event netbox.Event, typ cmdb.ObjectType) (uint64, bool) {
	var digest uint64
	var ok bool
	decode := func(v any, value func() any) {
		if json.Unmarshal(event.Data, v) == nil {
			_, digest, ok = mappedDigest(value())
		}
	}
	switch typ {
	case cmdb.TypeRegion:
		var x netbox.Region
		decode(&x, func() any { return x })
	case cmdb.TypeSite:
		var x netbox.Site
		decode(&x, func() any { return x })
	case cmdb.TypeLocation:
		var x netbox.Location
		decode(&x, func() any { return x })
	case cmdb.TypeManufacturer:
		var x netbox.Manufacturer
		decode(&x, func() any { return x })
	case cmdb.TypeDeviceType:
		var x netbox.DeviceType
		decode(&x, func() any { return x })
	case typeTenant:
		var x netbox.Tenant
		decode(&x, func() any { return x })
	case cmdb.TypeDevice:
		var x netbox.Device
		decode(&x, func() any { return x })
	}
	return digest, ok
}

// mappedDigest sums up the fields of a NetBox object that the flows map, whichever
// way they go. Stamps, counts and what is only NetBox's own do not count.
func mappedDigest(object any) (o cmdb.Object, digest uint64, ok bool) {
	d := reconcile.NewDigest(1)
	id := func(name string, to *netbox.Nested) { d = d.Int(name, idOf(to)) }
	text := func(name, value string) { d = d.Text(name, value) }
	switch x := object.(type) {
	case netbox.Region:
		o = cmdb.Object{Type: cmdb.TypeRegion, ID: x.ID}
		text("name", x.Name)
		id("parent", x.Parent)
	case netbox.Site:
		o = cmdb.Object{Type: cmdb.TypeSite, ID: x.ID}
		text("name", x.Name)
		text("street", x.PhysicalAddress)
		text("latitude", degrees(x.Latitude))
		text("longitude", degrees(x.Longitude))
		text("time_zone", x.TimeZone)
		id("region", x.Region)
		id("tenant", x.Tenant)
	case netbox.Location:
		o = cmdb.Object{Type: cmdb.TypeLocation, ID: x.ID}
		text("name", x.Name)
		id("site", x.Site)
		id("parent", x.Parent)
		id("tenant", x.Tenant)
	case netbox.Manufacturer:
		o = cmdb.Object{Type: cmdb.TypeManufacturer, ID: x.ID}
		text("name", x.Name)
	case netbox.DeviceType:
		o = cmdb.Object{Type: cmdb.TypeDeviceType, ID: x.ID}
		text("model", x.Model)
		text("description", x.Description)
		text("u_height", strconv.FormatFloat(x.UHeight, 'f', -1, 64))
		id("manufacturer", x.Manufacturer)
	case netbox.Tenant:
		o = cmdb.Object{Type: typeTenant, ID: x.ID}
		text("name", x.Name)
		text("description", x.Description)
		id("group", x.Group)
	case netbox.Device:
		o = cmdb.Object{Type: cmdb.TypeDevice, ID: x.ID}
		digestDevice(text, id, x)
	default:
		return o, 0, false
	}
	return o, d.Sum(), true
}

func digestDevice(text func(name, value string), id func(name string, to *netbox.Nested), x netbox.Device) {
	text("name", x.Name)
	text("asset_tag", x.AssetTag)
	text("serial", x.Serial)
	text("status", x.Status.Value)
	text("description", x.Description)
	text("class", x.CustomFields.Text(cmdb.ClassField))
	text("primary_ip", hostAddress(x.PrimaryIP))
	id("site", x.Site)
	id("location", x.Location)
	id("tenant", x.Tenant)
	if x.DeviceType != nil {
		id("device_type", &netbox.Nested{ID: x.DeviceType.ID})
	}
}
