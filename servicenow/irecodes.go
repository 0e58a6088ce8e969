package servicenow

import (
	"fmt"
	"slices"
)

// IRECode is an error code of the Identification and Reconciliation Engine. It
// is an error, so that errors.Is(result.Err, servicenow.IREMultiMatch) works.
// Codes that this package does not know keep their text.
type IRECode string //nolint:errname // a code of the wire first, an error so that errors.Is finds it

// The codes of the product documentation, page "IRE error messages".
//
//nolint:errname // named as what they are
const (
	// IRERuleMissing: there is no active identification rule for the class.
	IRERuleMissing IRECode = "IDENTIFICATION_RULE_MISSING"
	// IREMissingMatchingAttributes: the item has not all attributes of any
	// entry of its identification rule. A later payload can complete it.
	IREMissingMatchingAttributes IRECode = "MISSING_MATCHING_ATTRIBUTES"
	// IRENoClassNameForIndependentCI: the rule itself is wrong, it has
	// sys_class_name as a key.
	IRENoClassNameForIndependentCI IRECode = "NO_CLASS_NAME_FOR_INDEPENDENT_CI"
	// IRELookupRuleMissing: the rule has no entry for the table of a lookup.
	IRELookupRuleMissing IRECode = "IDENTIFICATION_RULE_FOR_LOOKUP_MISSING"
	// IRERelatedRuleMissing: the rule has no entry for the table of a related
	// record.
	IRERelatedRuleMissing IRECode = "IDENTIFICATION_RULE_FOR_RELATED_ITEM_MISSING"
	// IRENoLookupRulesForDependentCI: the rule itself is wrong, dependent
	// classes cannot have lookups.
	IRENoLookupRulesForDependentCI IRECode = "NO_LOOKUP_RULES_FOR_DEPENDENT_CI"
	// IREInvalidInput: an unknown sys_id, data source or relation type, or a
	// relation with an item that is not there.
	IREInvalidInput IRECode = "INVALID_INPUT_DATA"
	// IREDuplicateRelationTypes: cmdb_rel_type holds the name twice.
	IREDuplicateRelationTypes IRECode = "DUPLICATE_RELATIONSHIP_TYPES"
	// IREDuplicateItems: two items have the same values in an entry of their
	// identification rule.
	IREDuplicateItems IRECode = "DUPLICATE_PAYLOAD_RECORDS"
	// IRELockTimeout: the engine was busy with the same CIs; it may work later.
	IRELockTimeout IRECode = "LOCK_TIMEOUT"
	// IREDuplicateRecords: the CMDB holds too many CIs that match.
	IREDuplicateRecords IRECode = "MULTIPLE_DUPLICATE_RECORDS"
	// IRERequiredAttributeEmpty: a mandatory attribute of a new CI is missing.
	// A later payload can complete it.
	IRERequiredAttributeEmpty IRECode = "REQUIRED_ATTRIBUTE_EMPTY"
	// IREMissingDependency: no relation with the CI that a dependent one runs
	// on or is contained in. A later payload can complete it.
	IREMissingDependency IRECode = "MISSING_DEPENDENCY"
	// IREMetadataRuleMissing: no hosting or containment rule for the class.
	IREMetadataRuleMissing IRECode = "METADATA_RULE_MISSING"
	// IREMultipleDependencies: more than one CI that a dependent one would be
	// identified within.
	IREMultipleDependencies IRECode = "MULTIPLE_DEPENDENCIES"
	// IREAbandoned: given up because of errors elsewhere in the payload.
	IREAbandoned IRECode = "ABANDONED"
	// IREMultiMatch: duplicates among dependent CIs or lookup records.
	IREMultiMatch IRECode = "MULTI_MATCH"
	// IREQualificationLoop: dependent items that depend on each other.
	IREQualificationLoop IRECode = "QUALIFICATION_LOOP"
	// IRETypeConflict: several qualification paths between two items.
	IRETypeConflict IRECode = "TYPE_CONFLICT_IN_QUALIFICATION"
	// IREReclassificationNotAllowed: the CI has another class, and the instance
	// forbids to change it; see [IREItem.KeepClass].
	IREReclassificationNotAllowed IRECode = "RECLASSIFICATION_NOT_ALLOWED"
	// IREDuplicateRelated: an item has a related record twice.
	IREDuplicateRelated IRECode = "DUPLICATE_RELATED_PAYLOAD"
	// IREDuplicateLookup: an item has a lookup twice.
	IREDuplicateLookup IRECode = "DUPLICATE_LOOKUP_PAYLOAD"
	// IREInsertNotAllowed: a data source rule keeps the source from inserting
	// CIs of the class. A payload of another source can complete it.
	IREInsertNotAllowed IRECode = "INSERT_NOT_ALLOWED_FOR_SOURCE"
)

// IRECodes lists the documented codes.
func IRECodes() []IRECode { return slices.Clone(ireCodes) }

var ireCodes = []IRECode{
	IRERuleMissing, IREMissingMatchingAttributes, IRENoClassNameForIndependentCI, IRELookupRuleMissing, IRERelatedRuleMissing,
	IRENoLookupRulesForDependentCI, IREInvalidInput, IREDuplicateRelationTypes, IREDuplicateItems, IRELockTimeout,
	IREDuplicateRecords, IRERequiredAttributeEmpty, IREMissingDependency, IREMetadataRuleMissing, IREMultipleDependencies,
	IREAbandoned, IREMultiMatch, IREQualificationLoop, IRETypeConflict, IREReclassificationNotAllowed, IREDuplicateRelated,
	IREDuplicateLookup, IREInsertNotAllowed,
}

// ireKinds are the general kinds of the codes that are not ErrInvalid.
var ireKinds = map[IRECode]error{
	IRELockTimeout:                ErrUnavailable,
	IREDuplicateRecords:           ErrConflict,
	IREMultiMatch:                 ErrConflict,
	IREReclassificationNotAllowed: ErrForbidden,
	IREInsertNotAllowed:           ErrForbidden,
}

// Error is the code itself.
func (c IRECode) Error() string { return string(c) }

// Retryable reports whether the same item may pass later without anybody
// changing anything: only a lock that timed out. An abandoned item may pass
// once the item that it waits for does.
func (c IRECode) Retryable() bool { return c == IRELockTimeout }

// Completable reports whether the enhanced calls keep an item with this error
// as a partial payload, which a later payload can complete within 90 days.
func (c IRECode) Completable() bool {
	switch c {
	case IREMissingMatchingAttributes, IRERequiredAttributeEmpty, IREMissingDependency, IREInsertNotAllowed:
		return true
	}
	return false
}

// IREError is one error or warning that the engine reports about an item or a
// relation, inside an answer with status 200. errors.Is finds the [IRECode] and
// a general kind: ErrInvalid for most, ErrConflict for duplicates in the CMDB,
// ErrForbidden for what the instance's rules do not allow, ErrUnavailable for a
// lock.
type IREError struct {
	Code IRECode
	// Message is the engine's own text, at most 1000 bytes of it; it often
	// quotes the item.
	Message string
}

// Error names code and message.
func (e *IREError) Error() string {
	return fmt.Sprintf("servicenow: IRE: %s: %s", e.Code, e.Message)
}

// Unwrap gives errors.Is the code and the general kind.
func (e *IREError) Unwrap() []error {
	if kind := ireKinds[e.Code]; kind != nil {
		return []error{e.Code, kind}
	}
	return []error{e.Code, ErrInvalid}
}

// Retryable is that of the code.
func (e *IREError) Retryable() bool { return e.Code.Retryable() }
