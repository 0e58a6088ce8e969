package assets

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/netbox"
)

// changed is what the change log says since a checkpoint.
type changed struct {
	mark    netbox.Watermark
	objects map[cmdb.Object]bool // what is looked at, and whether NetBox has deleted it
	looked  map[cmdb.Object]bool // what was read, these and what they need
	origins map[origin]bool      // whose dependents are looked at, too
}

// An origin is an object of NetBox on which what others say depends.
type origin struct {
	objectType string
	id         int64
}

// sorted returns the objects, so that the same log makes the same requests.
func (c *changed) sorted() []cmdb.Object {
	return slices.SortedFunc(maps.Keys(c.objects), compareObjects)
}

// watched are the types of the change log that are read, and those of their fields that
// matter to objects which depend on them. The others matter to the object alone.
var watched = map[string][]string{
	"dcim.region":         {"tags", "parent"},
	"dcim.site":           {"tags", "region", "tenant"},
	"dcim.location":       {"tags", "parent", "site", "tenant"},
	"dcim.manufacturer":   {"tags", "name"},
	"dcim.devicetype":     {"tags", "manufacturer", "model"},
	"dcim.device":         nil,
	"tenancy.tenant":      {"tags", "group"},
	"tenancy.tenantgroup": {"parent"},
	"dcim.devicerole":     {"name", "slug"},
	"dcim.rack":           {"site", "location"},
	"ipam.ipaddress":      {"address"},
	typeTag:               {"slug"},
	typeCustomField:       {"name"},
}

// Types of which NetBox logs no change for the objects that they concern.
const (
	typeTag         = "extras.tag"
	typeCustomField = "extras.customfield"
)

// watchedTypes are the types of the change log that are read.
func watchedTypes() []string { return slices.Sorted(maps.Keys(watched)) }

// newestChange returns the end of the change log.
func (r *run) newestChange(ctx context.Context) (netbox.Watermark, error) {
	q := netbox.Query{
		Where:  netbox.ObjectChangeFilter{ObjectType: watchedTypes()},
		Fields: []string{"id", "time"}, Ordering: []string{"-time"}, PageSize: 1,
	}
	page, err := r.NetBox.Core.ObjectChanges.List(ctx, q)
	if err != nil || len(page.Items) == 0 {
		return netbox.Watermark{}, err // the start of the log
	}
	return netbox.Watermark{Time: page.Items[0].Time, IDs: []int64{page.Items[0].ID}}, nil
}

// changedSince reads the change log from a checkpoint on.
func (r *run) changedSince(ctx context.Context, from Checkpoint) (*changed, error) {
	c := &changed{mark: from.Mark, looked: map[cmdb.Object]bool{}, origins: map[origin]bool{}}
	left, err := from.left()
	if err != nil {
		return c, err
	}
	c.objects = left
	done := 0
	feed := r.NetBox.Changes(from.Mark, netbox.ChangeOptions{ObjectTypes: watchedTypes()})
	for change, err := range feed.All(ctx) {
		if errors.Is(err, netbox.ErrChangesLost) {
			return c, fmt.Errorf("%w: %w", ErrFullPass, err)
		}
		if err != nil {
			return c, err
		}
		if err := r.note(c, &change); err != nil {
			return c, err
		}
		done++
	}
	r.Progress(Progress{Stage: StageNetBox, Subject: "changes", Done: done, Total: done})
	c.mark = feed.Watermark()
	return c, nil
}

// note notes one change. Its error is ErrFullPass when the change concerns objects
// which NetBox logs nothing of.
func (r *run) note(c *changed, change *netbox.ObjectChange) error {
	action := change.Action.Value
	before, after := fieldsOf(change.Before), fieldsOf(change.After)
	unlogged := func(what string) error {
		return fmt.Errorf("%s %q was changed (%s), which NetBox logs for no object that it concerns: %w", what, change.Repr, action, ErrFullPass)
	}
	moved := action == "update" && differ(before, after, watched[change.ObjectType])
	switch change.ObjectType {
	case typeTag:
		ours := slices.ContainsFunc(r.Tags, func(tag string) bool { return before.text("slug") == tag || after.text("slug") == tag })
		if ours && (moved || action == "delete") {
			return unlogged("tag")
		}
		return nil
	case typeCustomField:
		ours := before.text("name") == cmdb.ClassField || after.text("name") == cmdb.ClassField
		if ours && (moved || action != "update") && r.imports(cmdb.TypeDevice) {
			return unlogged("custom field")
		}
		return nil
	case "dcim.region":
		if action == "delete" && r.imports(cmdb.TypeRegion) {
			return unlogged("region")
		}
	case "tenancy.tenantgroup":
		if action == "delete" && r.handles(typeTenant) {
			return unlogged("tenant group")
		}
	}
	typ, known := typeOf(change.ObjectType)
	if known && r.handles(typ) {
		c.objects[cmdb.Object{Type: typ, ID: change.ObjectID}] = action == "delete"
	}
	if action == "delete" {
		delete(c.origins, origin{change.ObjectType, change.ObjectID}) // nobody can depend on it any more
	}
	if moved || known && typ != cmdb.TypeDevice && r.ForceDependencies && action == "update" {
		c.origins[origin{change.ObjectType, change.ObjectID}] = true
	}
	return nil
}

// logged are the fields of an object as the change log holds them.
type logged map[string]json.RawMessage

// fieldsOf reads them; nil when there are none.
func fieldsOf(data json.RawMessage) logged {
	var fields logged
	if json.Unmarshal(data, &fields) != nil {
		return nil // the log is no ground to refuse anything
	}
	return fields
}

func (f logged) text(name string) (text string) {
	_ = json.Unmarshal(f[name], &text)
	return text
}

// differ reports whether one of the fields has changed, or may have: a log that does not
// say what was before is no proof of the contrary.
func differ(before, after logged, fields []string) bool {
	return len(fields) > 0 && (len(before) == 0 || len(after) == 0) || slices.ContainsFunc(fields, func(name string) bool {
		return !bytes.Equal(bytes.TrimSpace(before[name]), bytes.TrimSpace(after[name]))
	})
}
