package servicenowtest

import "encoding/json"

// ireResult is what the engine answers, in the shape of the documented samples.
type ireResult struct {
	Items               []*ireItemResult       `json:"items"`
	AdditionalItems     []*ireItemResult       `json:"additionalCommittedItems"`
	Relations           []*ireRelationResult   `json:"relations"`
	AdditionalRelations []*ireRelationResult   `json:"additionalCommittedRelations"`
	HasError            *bool                  `json:"hasError,omitempty"`
	HasWarning          *bool                  `json:"hasWarning,omitempty"`
	Summary             map[string]*ireSummary `json:"summary,omitempty"`
}

type ireError struct {
	Code    string `json:"error"`
	Message string `json:"message"`
}

type ireInfo struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Rule    string `json:"ruleSysId"`
}

type ireAttempt struct {
	Info       string   `json:"info,omitempty"`
	Identifier string   `json:"identifierName"`
	Result     string   `json:"attemptResult"`
	Attributes []string `json:"attributes"`
	Table      string   `json:"searchOnTable,omitempty"`
	Hybrid     []string `json:"hybridEntryCiAttributes"`
}

// ireProblems are the members that items and relations share.
type ireProblems struct {
	Errors       []ireError `json:"errors,omitempty"`
	ErrorCount   int        `json:"errorCount"`
	Warnings     []ireError `json:"warnings,omitempty"`
	WarningCount int        `json:"warningCount,omitempty"`
	Markers      []string   `json:"markers"`
	Merged       []string   `json:"mergedPayloadIds"`
}

type ireItemResult struct {
	Class           string              `json:"className"`
	Operation       string              `json:"operation,omitempty"`
	SysID           string              `json:"sysId"`
	PartialIDs      []string            `json:"partialSysIds,omitempty"`
	RelatedIDs      []*string           `json:"relatedSysIds,omitempty"`
	Related         []*ireRelatedResult `json:"relatedItems,omitempty"`
	AdditionalItems []struct{}          `json:"additionalRelatedItems,omitempty"`
	Entry           string              `json:"identifierEntrySysId"`
	Attempts        []ireAttempt        `json:"identificationAttempts"`
	Info            []ireInfo           `json:"info,omitempty"`
	Indices         []int               `json:"inputIndices"`
	ireProblems
}

type ireRelatedResult struct {
	Class     string      `json:"className"`
	Operation string      `json:"operation,omitempty"`
	SysID     string      `json:"sysId,omitempty"`
	Indices   []ireSubPos `json:"inputIndices"`
	ireProblems
}

type ireSubPos struct {
	Main int `json:"mainIndex"`
	Sub  int `json:"subIndex"`
}

type ireRelationResult struct {
	Class     string `json:"className"`
	Operation string `json:"operation,omitempty"`
	SysID     string `json:"sysId,omitempty"`
	Indices   []int  `json:"inputIndices"`
	ireProblems
}

// ireSummary counts the outcomes of one class.
type ireSummary struct {
	Merged             int `json:"mergedPartialPayloads"`
	Inserted           int `json:"inserted"`
	Partial            int `json:"partial"`
	Warnings           int `json:"warnings"`
	Incomplete         int `json:"incomplete"`
	AdditionalInserted int `json:"additionalInserted"`
	Unchanged          int `json:"unchanged"`
	Skipped            int `json:"skipped"`
	Updated            int `json:"updated"`
	Errors             int `json:"errors"`
}

// jsonOf encodes what is made of strings and numbers, which always works.
func jsonOf(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		return []byte("null")
	}
	return text
}

const unknownID = "Unknown"

// problemsOf makes the shared members; lists that the samples always show are
// never null.
func problemsOf(errors, warnings []ireError, merged []string) ireProblems {
	if merged == nil {
		merged = []string{}
	}
	return ireProblems{Errors: errors, ErrorCount: len(errors), Warnings: warnings, WarningCount: len(warnings), Markers: []string{}, Merged: merged}
}

// result collects what the engine found out.
func (e *ireEngine) result() *ireResult {
	out := &ireResult{Items: []*ireItemResult{}, AdditionalItems: []*ireItemResult{}, Relations: []*ireRelationResult{}, AdditionalRelations: []*ireRelationResult{}}
	summary := map[string]*ireSummary{}
	anyError, anyWarning := false, false
	for _, w := range e.works {
		one := w.result()
		if w.additional() {
			out.AdditionalItems = append(out.AdditionalItems, one)
		} else {
			out.Items = append(out.Items, one)
		}
		anyError = anyError || len(one.Errors) > 0
		anyWarning = anyWarning || len(one.Warnings) > 0
		countItem(summary, w, one)
	}
	for _, r := range e.relations {
		one := r.result
		one.Class = "cmdb_rel_ci"
		one.ireProblems = problemsOf(one.Errors, one.Warnings, nil)
		anyError = anyError || len(one.Errors) > 0
		if one.Indices == nil {
			one.Indices = []int{}
			out.AdditionalRelations = append(out.AdditionalRelations, &one)
			continue
		}
		out.Relations = append(out.Relations, &one)
	}
	if e.call.enhanced {
		out.HasError, out.HasWarning = &anyError, &anyWarning
	}
	if e.call.summary {
		out.Summary = summary
	}
	return out
}

func countItem(all map[string]*ireSummary, w *ireWork, one *ireItemResult) {
	count := func(class string) *ireSummary {
		if all[class] == nil {
			all[class] = &ireSummary{}
		}
		return all[class]
	}
	s := count(w.item.Class)
	s.Merged += len(one.Merged)
	s.Errors += len(one.Errors)
	s.Warnings += len(one.Warnings)
	s.count(one.Operation, w.additional())
	for _, sub := range one.Related {
		count(sub.Class).count(sub.Operation, false)
	}
}

func (s *ireSummary) count(operation string, additional bool) {
	switch operation {
	case "INSERT":
		s.Inserted++
		if additional {
			s.AdditionalInserted++
		}
	case "NO_CHANGE":
		s.Unchanged++
	case "INSERT_AS_PARTIAL":
		s.Partial++
	case "INSERT_AS_INCOMPLETE":
		s.Incomplete++
	case "":
	default:
		s.Updated++
	}
}

// result writes down what became of an item.
func (w *ireWork) result() *ireItemResult {
	one := &ireItemResult{
		Class: w.item.Class, Operation: w.operation, SysID: unknownID, PartialIDs: w.parts, Entry: unknownID,
		Attempts: w.attempts, Info: w.info, Indices: w.indices, ireProblems: problemsOf(w.errors, w.warnings, w.merged),
	}
	if one.Attempts == nil {
		one.Attempts = []ireAttempt{}
	}
	if one.Indices == nil {
		one.Indices = []int{}
	}
	if w.entry != "" {
		one.Entry = w.entry
	}
	if w.row != nil && !w.failed() {
		one.SysID = w.id
	}
	if w.failed() {
		return one
	}
	for _, sub := range w.subs {
		related := &ireRelatedResult{Class: sub.record.Class, Operation: sub.operation, Indices: []ireSubPos{}, ireProblems: problemsOf(nil, nil, nil)}
		if len(w.indices) > 0 {
			related.Indices = append(related.Indices, ireSubPos{w.indices[0], sub.position})
		}
		var id *string
		if w.row != nil && (sub.row != nil || w.committed) {
			related.SysID, id = sub.id, &sub.id
		}
		one.Related = append(one.Related, related)
		one.RelatedIDs = append(one.RelatedIDs, id)
	}
	return one
}
