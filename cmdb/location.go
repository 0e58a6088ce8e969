package cmdb

import (
	"fmt"
	"strings"
)

// Location is what location classification looks at: one cmn_location record.
type Location struct {
	// ID names the record. It must not be empty and must be unique in a set.
	ID string
	// Parent is the ID of the record above; "" for a root.
	Parent string
	// Class is the column nb_class; "" when it is not set. Space around it and
	// upper case do not matter.
	Class string
	// TypeSequence is the sequence number of the record's location type;
	// unknown without a type or a number, which is not the same as 0.
	TypeSequence Number
}

// LocationMethod says what decided the class of a location.
type LocationMethod string

// What can decide the class of a location, in the order in which it is tried.
const (
	ByExplicit    LocationMethod = "explicit"     // the column nb_class
	ByType        LocationMethod = "type"         // the location type's sequence against the Site default
	ByAbove       LocationMethod = "above"        // it is above a known Site
	ByBelow       LocationMethod = "below"        // it is below a Site or a Location
	ByRoot        LocationMethod = "root"         // it has no parent and nothing else is known
	ByUnderRegion LocationMethod = "under-region" // the first below Regions, and nothing else is known
	ByNothing     LocationMethod = "none"         // not decided: the tree around it is broken
)

// LocationProblem says what is wrong with one location. Problems do not change
// the class; a tree that has any cannot be written to NetBox as it is.
type LocationProblem string

// What can be wrong with a location.
const (
	InvalidClass   LocationProblem = "invalid-class"    // nb_class holds none of the three classes and was passed over
	RegionBelow    LocationProblem = "region-below"     // a Region below a Site or a Location
	SiteBelow      LocationProblem = "site-below"       // a Site below a Site or a Location
	NoSiteAbove    LocationProblem = "no-site-above"    // a Location without a Site above it
	MissingParent  LocationProblem = "missing-parent"   // the parent is not in the set
	InCycle        LocationProblem = "in-cycle"         // the record is above itself
	UnderBrokenTop LocationProblem = "under-broken-top" // below a record with one of the last two problems
)

// LocationDiagnostic is one problem of a location, in words.
type LocationDiagnostic struct {
	Problem LocationProblem
	Detail  string
}

// LocationResult is the decided class of one location.
type LocationResult struct {
	// ID is the record's.
	ID string
	// Class is TypeRegion, TypeSite or TypeLocation; "" when nothing decided.
	Class ObjectType
	// Level is how many records are above this one: 0 for a root. It is -1
	// where that is unknown, because the tree above is broken.
	Level int
	// Method is what decided.
	Method LocationMethod
	// Reason is the decision in words.
	Reason string
	// Diagnostics are the problems found; nil without any.
	Diagnostics []LocationDiagnostic
}

// Locations decides whether a ServiceNow location is a Region, a Site or a
// Location in NetBox. The zero value knows no Site default, so that location
// types do not count.
type Locations struct {
	// SiteSequence is the sequence number of the location type that stands for
	// Sites: below it are Regions, above it Locations. Unknown by default.
	SiteSequence Number
}

// known decides by what the record says about itself.
func (l Locations) known(r Location, result *LocationResult) {
	explicit := ObjectType(strings.ToLower(strings.TrimSpace(r.Class)))
	switch explicit {
	case "":
	case TypeRegion, TypeSite, TypeLocation:
		result.decide(explicit, ByExplicit, ColumnClass+" says so")
		return
	default:
		result.report(InvalidClass, fmt.Sprintf("%s is %q: use region, site or location", ColumnClass, r.Class))
	}
	if !r.TypeSequence.Known || !l.SiteSequence.Known {
		return
	}
	n, site := r.TypeSequence.N, l.SiteSequence.N
	switch {
	case n < site:
		result.decide(TypeRegion, ByType, fmt.Sprintf("the sequence %d of its type is below the Site default's %d", n, site))
	case n == site:
		result.decide(TypeSite, ByType, fmt.Sprintf("the sequence %d of its type is the Site default's", n))
	default:
		result.decide(TypeLocation, ByType, fmt.Sprintf("the sequence %d of its type is above the Site default's %d", n, site))
	}
}

func (r *LocationResult) decide(class ObjectType, by LocationMethod, reason string) {
	r.Class, r.Method, r.Reason = class, by, reason
}

func (r *LocationResult) report(p LocationProblem, detail string) {
	r.Diagnostics = append(r.Diagnostics, LocationDiagnostic{p, detail})
}
