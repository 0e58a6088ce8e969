package assets

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/mapping"
	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// Import brings what a NetBox holds into a CMDB: Plan reads both and decides,
// nothing else; Run plans and applies. NetBox and CMDB are needed, everything
// else has a default. An Import keeps no state: it may be copied, and used by
// several goroutines.
//
// Only objects that carry the tag are imported, and only when all that they need
// is tagged too, unless ForceDependencies is set. An object's record is the one
// that is linked to it; failing that, rules find one; failing that, it is created.
// No run creates a record twice: what goes through tables has a sys_id that follows
// from the object, and CIs are found again by the identification engine. Only columns
// that differ are written. What NetBox does not have any more is reported, unless
// Deleted says otherwise.
type Import struct {
	// NetBox is read, never written.
	NetBox *netbox.Client
	// CMDB is read while planning and written while applying.
	CMDB *servicenow.Client

	// Source names the NetBox in plans, and goes into the sys_ids of the records
	// that the flow creates: give two NetBoxes that fill one CMDB two names. The
	// default is "netbox".
	Source string
	// Target names the CMDB in plans; a plan is applied to no other. The default
	// is the host of the instance.
	Target string

	// Tags are the slugs of the tags that select objects; one of them suffices.
	// The default is cmdb.SyncTagSlug.
	Tags []string
	// ForceDependencies imports what a selected object needs although it carries none
	// of the tags, all the way, for as long as it is needed. The NetBox Labs app's option
	// of that kind sets the tag in NetBox; this one writes nothing there, so that an
	// event about an untagged object itself still leads to nothing. Devices are listed
	// twice. The default leaves out an object that needs an untagged one.
	ForceDependencies bool
	// Types are imported. The default is all eight. A reference to a type that
	// is not imported is left as it is in the CMDB.
	Types []cmdb.ObjectType
	// Tenants says which tenants are customers and which are departments. The
	// zero value imports neither.
	Tenants cmdb.Tenants
	// Company is the sys_id of the company that departments belong to. The
	// default leaves the column as it is.
	Company string

	// Classifier decides the class of a device. Nil decides in bulk, by the
	// custom field or else the role, among the default classes.
	Classifier *cmdb.Classifier
	// Identifier finds the CI of a device that is not linked, by its name,
	// asset_tag or serial_number. The default has the rules for hardware.
	// Serial numbers such as "N/A" count as none unless IgnoreValue is set.
	Identifier cmdb.Identifier
	// Status maps device status to CI status. The zero value is
	// mapping.DeviceStatus(). A status that it lacks leaves both columns as they
	// are.
	Status mapping.Map[string, mapping.CIStatus]
	// CITable is the table below which all CIs are looked for. The default is
	// cmdb_ci_hardware; choose cmdb_ci when other classes are registered.
	CITable string
	// Through is how CIs are written: by the instance's identification engine, or
	// as they are through tables; or how everything is, by transform maps.
	Through Path
	// ImportSets says how rows are staged by ThroughImportSets; other paths do not look
	// at it. The zero value is DefaultImportSets.
	ImportSets ImportSets
	// DataSource is who writes, for the identification engine: a choice of
	// cmdb_ci.discovery_source. The default is DefaultDataSource. NetBox ids are
	// that source's own keys: give two NetBoxes that fill one CMDB two sources.
	DataSource string
	// Reclassify moves a CI to the class of its device when its own class is
	// neither that one nor below it. The default reports such a CI. Columns that
	// the new class lacks are lost.
	Reclassify bool
	// ClearEmpty empties columns for which NetBox has no value. The default
	// keeps what the CMDB has: a missing serial number never removes one that a
	// discovery has found.
	ClearEmpty bool

	// Deleted says what becomes of the record of an object that NetBox does not
	// have any more. The default reports it. An object that has lost its tag is
	// still there, and its record is left alone.
	Deleted Deleted
	// Retired is what a retired CI says. The default is 7 and 6, Retired in both of
	// ServiceNow's usual lists.
	Retired mapping.CIStatus
	// Guard bounds how many records one run retires or removes: by default no more
	// than ten, or 5 % of what the tables hold, whichever is more. A plan with more
	// is refused as a whole, with reconcile.ErrGuard.
	Guard reconcile.Guard
	// Approved is the digest of the plan that was approved. Apply refuses any other
	// one. The default applies any plan that nobody has tampered with.
	Approved string

	// Owners says which columns NetBox is right about, where an export runs too. Nil:
	// all of them.
	Owners Owners
	// Written, if set, notes what is written to the CMDB, so that a RealtimeExport that
	// shares it knows these changes again.
	Written *Written

	// Link says where the CMDB keeps which NetBox object a record belongs to.
	Link Link
	// AllowHidden creates records in tables of which the user cannot see every
	// row. The default blocks them: what cannot be seen would be made again.
	AllowHidden bool
	// BesideApp runs although the NetBox Labs app is active on the instance and
	// uses the same link table. The default refuses.
	BesideApp bool

	// PageSize is how many rows of a table are read at once, by table name. The
	// default is 2,000, for the link table 5,000.
	PageSize map[string]int
	// Progress is called now and then, never at once from two goroutines.
	Progress func(Progress)
	// Logger is told what is decided and why, at debug level, and what stands
	// out, at warn level. Nil is silent.
	Logger *slog.Logger
}

// The codes that the flow gives to what it skips or blocks, beside those of
// package reconcile and cmdb.
const (
	// CodeAmbiguous: several records may be meant, or several objects mean one
	// record.
	CodeAmbiguous = "ambiguous"
	// CodeMismatch: the link and a stronger rule name different records.
	CodeMismatch = "mismatch"
	// CodeTwin: another record looks like the object, which keeps its own: two CIs have
	// its serial number, and one of them is linked to it. The entry in the plan is about
	// that other record, and there is one for each.
	CodeTwin = "twin"
	// CodeNameless: the object has no name.
	CodeNameless = "no-name"
	// CodeHidden: the user does not see every row of the table.
	CodeHidden = "hidden-rows"
	// CodeOutOfScope: the record is linked to an object that is still there but
	// not selected any more.
	CodeOutOfScope = "out-of-scope"
	// CodeGone: the record is linked to an object that NetBox does not have any
	// more. It is reported.
	CodeGone = "gone"
	// CodeClass: the record's class is not the device's, nor below it.
	CodeClass = "class-differs"
	// CodeElsewhere: the linked CI is in no table below Import.CITable.
	CodeElsewhere = "outside-table"
	// CodeVanished: the record was deleted while the plan was made.
	CodeVanished = "vanished"
	// CodeCycle: objects are above one another in a circle.
	CodeCycle = "cycle"
	// CodeUnclassified: a tenant is neither customer nor department.
	CodeUnclassified = "unclassified"
	// CodeClassMissing and CodeClassUnregistered: the device has no valid class.
	CodeClassMissing      = "class-missing"
	CodeClassUnregistered = "class-unregistered"
)

// complete returns a copy with every default filled in.
func (i Import) complete() (Import, error) {
	switch {
	case i.NetBox == nil:
		return i, errors.New("assets: Import.NetBox is nil: give a client made by netbox.New")
	case i.CMDB == nil:
		return i, errors.New("assets: Import.CMDB is nil: give a client made by servicenow.New")
	}
	if err := i.Tenants.Validate(); err != nil {
		return i, fmt.Errorf("assets: %w", err)
	}
	if err := i.Identifier.Validate(); err != nil {
		return i, fmt.Errorf("assets: %w", err)
	}
	if err := i.Owners.validate(); err != nil {
		return i, err
	}
	link, err := i.Link.complete()
	if err != nil {
		return i, err
	}
	i.Link = link
	if i.Company != "" {
		if _, ok := parseSysID(i.Company); !ok {
			return i, fmt.Errorf("assets: Import.Company %q is no sys_id: give 32 hex digits", i.Company)
		}
	}
	i.defaults()
	if i.Through == ThroughImportSets {
		if i.ImportSets, err = i.ImportSets.complete(); err != nil {
			return i, err
		}
		if link.onRecord() {
			return i, errFieldStaged
		}
	}
	if err := i.checkTypes(); err != nil {
		return i, err
	}
	return i, i.checkRules()
}

func (i *Import) defaults() {
	if i.Source == "" {
		i.Source = "netbox"
	}
	if i.Target == "" {
		i.Target = hostOf(i.CMDB.BaseURL())
	}
	if len(i.Tags) == 0 {
		i.Tags = []string{cmdb.SyncTagSlug}
	}
	if i.Classifier == nil {
		i.Classifier = &cmdb.Classifier{Mode: cmdb.Bulk}
	}
	if i.Identifier.Rules == nil {
		i.Identifier.Rules = cmdb.HardwareRules()
	}
	if i.Identifier.IgnoreValue == nil {
		i.Identifier.IgnoreValue = cmdb.PlaceholderSerial
	}
	if i.Status.Len() == 0 {
		i.Status = mapping.DeviceStatus()
	}
	if i.Retired == (mapping.CIStatus{}) {
		i.Retired = retiredStatus
	}
	if i.CITable == "" {
		i.CITable = configurationItems.table
	}
	if i.Through == ThroughImportSets {
		i.BesideApp = true // the app's own transform maps are what writes
	}
	if i.Progress == nil {
		i.Progress = func(Progress) {}
	}
	if i.Logger == nil {
		i.Logger = slog.New(slog.DiscardHandler)
	}
	i.Logger = i.Logger.With("component", "assets.import")
}

func (i *Import) checkTypes() error {
	order, err := cmdb.ImportOrder(i.Types...)
	if err != nil {
		return fmt.Errorf("assets: Import.Types: %w", err)
	}
	i.Types = slices.DeleteFunc(order, func(t cmdb.ObjectType) bool {
		return t == cmdb.TypeCustomer && !i.Tenants.ImportCustomers || t == cmdb.TypeDepartment && !i.Tenants.ImportDepartments
	})
	if slices.Contains(i.Tags, "") {
		return errors.New("assets: Import.Tags holds an empty slug, which NetBox would ignore: name a tag, such as " + cmdb.SyncTagSlug)
	}
	return nil
}

// checkRules refuses rules that the shelf cannot answer: they would find nothing
// and so lead to duplicates.
func (i *Import) checkRules() error {
	s := newShelf(&configurationItems)
	for n, rule := range i.Identifier.Rules {
		if rule.Link || rule.Table != "" && rule.Table != i.CITable {
			continue
		}
		known := len(rule.Fields) == 1 && slices.ContainsFunc(s.keys, func(k keyIndex) bool {
			return s.target.columns[k.column].name == rule.Fields[0]
		})
		if !known {
			return fmt.Errorf("assets: Import.Identifier.Rules[%d] (%s) looks at %v: use one of name, asset_tag and serial_number", n, rule.Name, rule.Fields)
		}
	}
	return nil
}

// imports reports whether a type is switched on.
func (i *Import) imports(t cmdb.ObjectType) bool { return slices.Contains(i.Types, t) }
