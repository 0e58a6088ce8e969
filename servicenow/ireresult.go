package servicenow

import "encoding/json"

// IREOutcome is what became of an item or relation, in one word.
type IREOutcome string

// The outcomes. Of a dry run they say what would happen.
const (
	IREInserted  IREOutcome = "inserted"
	IREUpdated   IREOutcome = "updated" // with or without a change of class, see Operation
	IREUnchanged IREOutcome = "unchanged"
	IREDeleted   IREOutcome = "deleted"
	// IREPartial: kept for 90 days, until a later payload completes it.
	IREPartial IREOutcome = "partial"
	// IREIncomplete: logged as incomplete, never looked at again.
	IREIncomplete IREOutcome = "incomplete"
	// IREFailed: nothing was done; Err says why.
	IREFailed IREOutcome = "failed"
	// IREUnknown: the request failed or its answer does not name the item; Err
	// says why, and an *[Error] tells by MaybeApplied whether it may have been
	// written.
	IREUnknown IREOutcome = "unknown"
)

// IREOperation is the engine's own word for what it did.
type IREOperation string

// The documented operations.
const (
	IREInsert              IREOperation = "INSERT"
	IREUpdate              IREOperation = "UPDATE"
	IRENoChange            IREOperation = "NO_CHANGE"
	IREDelete              IREOperation = "DELETE"
	IREUpdateWithUpgrade   IREOperation = "UPDATE_WITH_UPGRADE"
	IREUpdateWithDowngrade IREOperation = "UPDATE_WITH_DOWNGRADE"
	IREUpdateWithSwitch    IREOperation = "UPDATE_WITH_SWITCH"
	IREInsertAsPartial     IREOperation = "INSERT_AS_PARTIAL"
	IREInsertAsIncomplete  IREOperation = "INSERT_AS_INCOMPLETE"
)

var ireOutcomes = map[IREOperation]IREOutcome{
	IREInsert: IREInserted, IREUpdate: IREUpdated, IRENoChange: IREUnchanged, IREDelete: IREDeleted,
	IREUpdateWithUpgrade: IREUpdated, IREUpdateWithDowngrade: IREUpdated, IREUpdateWithSwitch: IREUpdated,
	IREInsertAsPartial: IREPartial, IREInsertAsIncomplete: IREIncomplete,
}

// IREResult is what became of a payload.
type IREResult struct {
	// Items and Relations belong to the payload's, index by index.
	Items     []IREItemResult
	Relations []IRERelationResult
	// AdditionalItems and AdditionalRelations came out of partial payloads that
	// earlier calls left behind.
	AdditionalItems     []IREItemResult
	AdditionalRelations []IRERelationResult
	// Summary counts by class, over all requests, when asked for.
	Summary map[string]IRESummary
	// LogContexts are the ids under which the instance logged the requests,
	// where it told them.
	LogContexts []string
	// Requests is the number of requests that the payload was split into.
	Requests int
	// Repeated tells that a request was sent again after doubt, so that what
	// the first one inserted may read as unchanged.
	Repeated bool
}

// Count returns how many items have an outcome.
func (r *IREResult) Count(outcome IREOutcome) int {
	n := 0
	for i := range r.Items {
		if r.Items[i].Outcome == outcome {
			n++
		}
	}
	return n
}

// IREItemResult is what became of one item.
type IREItemResult struct {
	Outcome   IREOutcome
	Operation IREOperation
	// Class is the CI's class as the engine names it.
	Class string
	// SysID is the CI; empty when there is none, as for a failed item, and for
	// an insert in a dry run.
	SysID string
	// Entry is the sys_id of the identifier entry that found the CI; empty when
	// none did.
	Entry string
	// Attempts are the ways in which it was searched, in their order.
	Attempts []IREAttempt
	// Related are the item's lookups and related records.
	Related []IRERelatedResult
	// Errors and Warnings are all that the engine says; Err is the first error,
	// for a partial item the first warning, nil for an item that is in the CMDB.
	Errors, Warnings []*IREError
	Err              error
	// Info tells of reclassifications that were left out.
	Info []IREInfo
	// MergedPayloads are the partial payloads that went into the item,
	// PartialPayloads those that it was kept in.
	MergedPayloads, PartialPayloads []string
}

// IREAttempt is one way in which an item was searched.
type IREAttempt struct {
	// Identifier is the rule's name; empty for the source's key.
	Identifier string
	// Result is MATCHED, NO_MATCH, SKIPPED or MULTI_MATCH.
	Result     string
	Attributes []string
	Table      string
	// Info is set for the source's key: "sys_object_source MATCHED".
	Info string
}

// IRERelatedResult is what became of a lookup or related record. Which of the
// two lists Index counts in the wire does not tell; Class does, mostly.
type IRERelatedResult struct {
	Class     string
	Operation IREOperation
	SysID     string
	Index     int // -1 when the record came from a partial payload
	Errors    []*IREError
}

// IREInfo tells of a reclassification that was left out: SKIPPED_CLASS_UPGRADE,
// SKIPPED_CLASS_DOWNGRADE or SKIPPED_CLASS_SWITCH.
type IREInfo struct {
	Code, Message string
	// Rule is the restriction rule that matched; empty when a setting did it.
	Rule string
}

// IRERelationResult is what became of a relation.
type IRERelationResult struct {
	Outcome          IREOutcome
	Operation        IREOperation
	Errors, Warnings []*IREError
	Err              error
}

// IRESummary counts the outcomes of one class.
type IRESummary struct {
	Inserted       int `json:"inserted"`
	Updated        int `json:"updated"`
	Unchanged      int `json:"unchanged"`
	Partial        int `json:"partial"`
	Incomplete     int `json:"incomplete"`
	Skipped        int `json:"skipped"`
	Errors         int `json:"errors"`
	Warnings       int `json:"warnings"`
	MergedPartials int `json:"mergedPartialPayloads"`
	Additional     int `json:"additionalInserted"`
}

func (s IRESummary) plus(o IRESummary) IRESummary {
	return IRESummary{
		Inserted: s.Inserted + o.Inserted, Updated: s.Updated + o.Updated, Unchanged: s.Unchanged + o.Unchanged,
		Partial: s.Partial + o.Partial, Incomplete: s.Incomplete + o.Incomplete, Skipped: s.Skipped + o.Skipped,
		Errors: s.Errors + o.Errors, Warnings: s.Warnings + o.Warnings,
		MergedPartials: s.MergedPartials + o.MergedPartials, Additional: s.Additional + o.Additional,
	}
}

// outcomeOf reads an operation beside its errors. Only what is parked may have
// errors and still be more than failed.
func outcomeOf(op IREOperation, errs []*IREError, sysID string) IREOutcome {
	outcome, known := ireOutcomes[op]
	switch {
	case outcome == IREPartial, outcome == IREIncomplete:
		return outcome
	case len(errs) > 0:
		return IREFailed
	case known:
		return outcome
	case op == "" && sysID == "":
		return IREFailed
	}
	return IREUnknown
}

// firstOf is the error of a result: nil for what is in the CMDB.
func firstOf(outcome IREOutcome, errs, warnings []*IREError) error {
	switch {
	case len(errs) > 0:
		return errs[0]
	case outcome == IREPartial && len(warnings) > 0:
		return warnings[0]
	case outcome == IREPartial, outcome == IREIncomplete, outcome == IREFailed:
		return &IREError{Message: "the engine gives no reason"}
	case outcome == IREUnknown:
		return errUnnamed
	}
	return nil
}

// indices decodes inputIndices, which are numbers for items and objects with
// mainIndex and subIndex for records of items.
type indices []struct{ main, sub int }

// UnmarshalJSON reads either form of each index.
func (x *indices) UnmarshalJSON(data []byte) error {
	*x = nil
	var list []json.RawMessage
	if json.Unmarshal(data, &list) != nil {
		list = nil // an answer without usable indexes is still an answer
	}
	for _, raw := range list {
		var n int
		if json.Unmarshal(raw, &n) == nil {
			*x = append(*x, struct{ main, sub int }{n, n})
			continue
		}
		pair := struct {
			Main int `json:"mainIndex"`
			Sub  int `json:"subIndex"`
		}{-1, -1}
		if json.Unmarshal(raw, &pair) == nil && pair.Main >= 0 {
			*x = append(*x, struct{ main, sub int }{pair.Main, pair.Sub})
		}
	}
	return nil
}
