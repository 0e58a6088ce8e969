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
)

// Export brings flagged records of a CMDB into a NetBox: Plan reads both and
// decides, nothing else; Run plans and applies. NetBox and CMDB are needed, and
// Role where devices are exported; everything else has a default. An Export keeps
// no state: it may be copied, and used by several goroutines.
//
// A record is exported when its link row has the flag (nb_sync) and no NetBox id
// yet, when it has what NetBox demands, and when all that it refers to is flagged
// or linked as well, all the way. Whether a record is ready, and why not, is in the
// plan, and in the link table where [LinkColumns] names columns for it.
//
// An object that is there already is adopted instead of made again, where it is
// provably the same: NetBox would refuse a second one with its name (or, for a
// device, its asset tag), exactly one object has it, no other record is linked to
// it, and nothing else of it says otherwise. Nothing is ever deleted.
//
// Records, link rows and objects are read page by page. Held is, of each record that the
// run looks at (flagged and not linked, or linked where Linked is set, and what those
// need), the mapped columns, its link, and the object that it is linked to or that may
// be meant: about 1,500 bytes, and some 650 more for an operation of the plan. A link
// row of any other record takes about 250 bytes, an object that no record means none.
//
// An export that was stopped, by an error, its context or the death of the process, is
// resumed by running it again: there is no checkpoint to be kept, lost or trusted. Each
// object is linked in the CMDB right after the request that made it, and a record that
// is linked is done, so that the next run plans what is left only; what was made and not
// linked is adopted. What stands costs the next run reading, and no writes.
type Export struct {
	// CMDB is read while planning; applying writes link rows to it.
	CMDB *servicenow.Client
	// NetBox is read while planning and written while applying.
	NetBox *netbox.Client

	// Source names the CMDB in plans. The default is the host of the instance.
	Source string
	// Target names the NetBox in plans; a plan is applied to no other. The default
	// is "netbox".
	Target string

	// Types are exported. The default is all eight. A record may refer to one of
	// another type only where that one is linked already.
	Types []cmdb.ObjectType
	// Tenants says which companies and departments are exported as tenants, and
	// into which groups new ones are put. The zero value exports neither.
	Tenants cmdb.Tenants
	// Role is the id of the device role that new devices get. Devices that are there
	// keep theirs, unless EnforceRole is set.
	Role int64
	// EnforceRole gives Role to devices that are there as well.
	EnforceRole bool
	// Classes are the classes of CIs that are exported; the class is written to the
	// custom field servicenow_ci_class. Nil means cmdb.DefaultClasses.
	Classes *cmdb.Classes
	// Locations tells regions, sites and locations apart where a link row does not.
	Locations cmdb.Locations
	// LocationSequence is the column of cmn_location with the sequence number of the
	// record's location type, dot-walked if need be. The default reads none.
	LocationSequence string
	// Status maps device status to CI status; it is read backwards. The zero value is
	// mapping.DeviceStatus(). CI statuses that it lacks leave the device's as it is.
	Status mapping.Map[string, mapping.CIStatus]
	// Tag is the slug of the tag that exported objects get beside those that they
	// have. The default is SyncFromTagSlug.
	Tag string
	// CITable is the table below which CIs are looked for. The default is
	// cmdb_ci_hardware; choose cmdb_ci when other classes are registered.
	CITable string

	// Linked brings objects of records that are linked already up to date as well.
	// The default leaves them as they are.
	Linked bool
	// Missing says what becomes of a linked record whose object NetBox does not have
	// any more.
	Missing MissingPolicy
	// Force flags what flagged records need and exports it along. The default skips
	// a record that needs something without a flag.
	Force bool
	// ClearEmpty empties fields for which the CMDB has no value. The default keeps
	// what NetBox has.
	ClearEmpty bool
	// Owners says which columns the CMDB is right about, where an import runs too.
	// Nil: all of them.
	Owners Owners

	// Link says where the CMDB keeps which NetBox object a record belongs to. It must
	// be a table, and have a column for the flag.
	Link Link
	// AllowHidden exports although the user cannot see every row of the link table.
	// The default blocks what is not linked: the link might be one of those rows.
	AllowHidden bool
	// BesideApp runs although the NetBox Labs app is active on the instance and uses
	// the same link table. The default refuses.
	BesideApp bool

	// Echoes, if set, notes what is written to NetBox, so that a Realtime that shares it
	// does not take it for news.
	Echoes *Echoes
	// Approved is the digest of the plan that was approved. Apply refuses any other
	// one. The default applies any plan that nobody has tampered with.
	Approved string
	// PageSize is how many rows of a CMDB table are read at once, by table name. The
	// default is 2,000, for the link table 5,000.
	PageSize map[string]int
	// Progress is called now and then, never at once from two goroutines.
	Progress func(Progress)
	// Logger is told what is decided and written and why, at debug level, and what
	// stands out, at warn level; every line names its component after the marker that
	// the NetBox Labs app uses, where it has one. Nil is silent.
	Logger *slog.Logger
}

// MissingPolicy says what becomes of a linked record whose NetBox object is gone.
type MissingPolicy int

const (
	// ReportMissing writes nothing: somebody has deleted the object. It is the zero
	// value.
	ReportMissing MissingPolicy = iota
	// RelinkMissing adopts an object that is provably the same, if there is one.
	RelinkMissing
	// RecreateMissing adopts such an object, or else makes a new one.
	RecreateMissing
)

// SyncFromTagSlug is the slug of the tag ServiceNowSyncFrom, which marks what was
// exported from ServiceNow.
const SyncFromTagSlug = "servicenowsyncfrom"

// The codes that an export gives beside those of the import.
const (
	// CodeNotReady: the record lacks something that NetBox demands, or refers to
	// something that is neither flagged nor linked.
	CodeNotReady = "not-ready"
	// CodeLinkedElsewhere: another record is linked to the object that is there.
	CodeLinkedElsewhere = "linked-elsewhere"
)

// complete returns a copy with every default filled in.
func (e Export) complete() (Export, error) {
	switch {
	case e.NetBox == nil:
		return e, errors.New("assets: Export.NetBox is nil: give a client made by netbox.New")
	case e.CMDB == nil:
		return e, errors.New("assets: Export.CMDB is nil: give a client made by servicenow.New")
	case e.Link.onRecord():
		return e, errors.New("assets: Export.Link.Field leaves no place for the flag of the export: keep links in a table")
	case e.Missing < ReportMissing || e.Missing > RecreateMissing:
		return e, fmt.Errorf("assets: Export.Missing is %d: choose ReportMissing, RelinkMissing or RecreateMissing", e.Missing)
	}
	e.Tenants.ImportCustomers, e.Tenants.ImportDepartments = false, false // another flow's
	if err := e.Tenants.Validate(); err != nil {
		return e, fmt.Errorf("assets: %w", err)
	}
	if err := e.Owners.validate(); err != nil {
		return e, err
	}
	link, err := e.Link.complete()
	if err != nil {
		return e, err
	}
	if link.Columns.Sync == "" {
		return e, errors.New("assets: Export.Link.Columns.Sync is empty: name the column that flags records for the export")
	}
	e.Link = link
	e.defaults()
	order, err := cmdb.ImportOrder(e.Types...)
	if err != nil {
		return e, fmt.Errorf("assets: Export.Types: %w", err)
	}
	e.Types = slices.DeleteFunc(order, func(t cmdb.ObjectType) bool {
		return t == cmdb.TypeCustomer && !e.Tenants.ExportCustomers || t == cmdb.TypeDepartment && !e.Tenants.ExportDepartments
	})
	if e.exports(cmdb.TypeDevice) && e.Role <= 0 {
		return e, errors.New("assets: Export.Role is missing: give the id of the device role that new devices get, or export other Types only")
	}
	return e, nil
}

func (e *Export) defaults() {
	if e.Source == "" {
		e.Source = hostOf(e.CMDB.BaseURL())
	}
	if e.Target == "" {
		e.Target = "netbox"
	}
	if e.Classes == nil {
		e.Classes, _ = cmdb.NewClasses() // the default classes are never refused
	}
	if e.Status.Len() == 0 {
		e.Status = mapping.DeviceStatus()
	}
	if e.Tag == "" {
		e.Tag = SyncFromTagSlug
	}
	if e.CITable == "" {
		e.CITable = configurationItems.table
	}
	if e.Progress == nil {
		e.Progress = func(Progress) {}
	}
	if e.Logger == nil {
		e.Logger = slog.New(slog.DiscardHandler)
	}
}

// The components of log lines.
const markerExport = "assets.export"

// markerValidation is the component that decides about records of a type.
func markerValidation(t cmdb.ObjectType) string {
	info, _ := t.Info()
	return "NetBox" + info.Name + "SN"
}

// markerWrite is the component that writes objects of a type.
func markerWrite(t cmdb.ObjectType) string {
	info, ok := t.Info()
	if !ok {
		return markerExport // of link rows
	}
	return "Create/Update NetBox " + info.Name
}

// exports reports whether a type is switched on.
func (e *Export) exports(t cmdb.ObjectType) bool { return slices.Contains(e.Types, t) }
