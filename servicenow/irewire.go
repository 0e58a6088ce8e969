package servicenow

import (
	"bytes"
	"encoding/json"
	"errors"
)

// errUnnamed is why an outcome is unknown although the request was answered.
var errUnnamed = errors.New("servicenow: IRE: the answer does not say what became of it: read the CI before sending it again")

// unknownSysID stands for a sys_id that there is none of.
const unknownSysID = "Unknown"

type wireIREResult struct {
	Items               []wireIREItemResult     `json:"items"`
	AdditionalItems     []wireIREItemResult     `json:"additionalCommittedItems"`
	Relations           []wireIRERelationResult `json:"relations"`
	AdditionalRelations []wireIRERelationResult `json:"additionalCommittedRelations"`
	Summary             map[string]IRESummary   `json:"summary"`
	LogContext          string                  `json:"logContextId"`
}

// UnmarshalJSON reads the object of the samples, and the array of one of it
// that the documentation's table claims.
func (w *wireIREResult) UnmarshalJSON(data []byte) error {
	type plain wireIREResult
	if data = bytes.TrimSpace(data); len(data) > 0 && data[0] == '[' {
		var list []plain
		if err := json.Unmarshal(data, &list); err != nil {
			return err
		}
		if len(list) > 0 {
			*w = wireIREResult(list[0])
		}
		return nil
	}
	return json.Unmarshal(data, (*plain)(w))
}

type wireIREError struct {
	Code    IRECode `json:"error"`
	Message string  `json:"message"`
}

type wireIREProblems struct {
	Errors   []wireIREError `json:"errors"`
	Warnings []wireIREError `json:"warnings"`
	Merged   []string       `json:"mergedPayloadIds"`
	Indices  indices        `json:"inputIndices"`
}

type wireIREItemResult struct {
	Class     string       `json:"className"`
	Operation IREOperation `json:"operation"`
	SysID     string       `json:"sysId"`
	Partial   []string     `json:"partialSysIds"`
	Entry     string       `json:"identifierEntrySysId"`
	Attempts  []struct {
		Identifier string   `json:"identifierName"`
		Misspelt   string   `json:"identiferName"` // so in the documentation's tables
		Result     string   `json:"attemptResult"`
		Attributes []string `json:"attributes"`
		Table      string   `json:"searchOnTable"`
		Info       string   `json:"info"`
	} `json:"identificationAttempts"`
	Related []struct {
		Class     string       `json:"className"`
		Operation IREOperation `json:"operation"`
		SysID     string       `json:"sysId"`
		wireIREProblems
	} `json:"relatedItems"`
	Info []struct {
		Code    string `json:"code"`
		Message string `json:"message"`
		Rule    string `json:"ruleSysId"`
	} `json:"info"`
	wireIREProblems
}

type wireIRERelationResult struct {
	Operation IREOperation `json:"operation"`
	wireIREProblems
}

// decodeResult reads {"result":...} of any shape.
func decodeResult(body []byte, v any) error {
	var doc struct {
		Result json.RawMessage `json:"result"`
		Error  *wireError      `json:"error"`
	}
	if err := json.Unmarshal(body, &doc); err != nil {
		if w := trailingError(body); w != nil {
			return w.cut()
		}
		return err
	}
	switch {
	case doc.Error != nil:
		return doc.Error.cut()
	case len(doc.Result) == 0 || string(doc.Result) == "null":
		return errors.New("the answer holds no result")
	}
	if err := json.Unmarshal(doc.Result, v); err != nil {
		return typeError(err)
	}
	return nil
}

func known(id string) string {
	if id == unknownSysID {
		return ""
	}
	return id
}

func ireErrors(wire []wireIREError) []*IREError {
	if len(wire) == 0 {
		return nil
	}
	list := make([]*IREError, 0, len(wire))
	for _, e := range wire {
		list = append(list, &IREError{Code: e.Code, Message: clip(e.Message, longestText)})
	}
	return list
}

func (w *wireIREItemResult) result() IREItemResult {
	r := IREItemResult{
		Operation: w.Operation, Class: w.Class, SysID: known(w.SysID), Entry: known(w.Entry),
		Errors: ireErrors(w.Errors), Warnings: ireErrors(w.Warnings),
		MergedPayloads: w.Merged, PartialPayloads: w.Partial,
	}
	r.Outcome = outcomeOf(w.Operation, r.Errors, r.SysID)
	r.Err = firstOf(r.Outcome, r.Errors, r.Warnings)
	for _, a := range w.Attempts {
		name := a.Identifier
		if name == "" {
			name = a.Misspelt
		}
		r.Attempts = append(r.Attempts, IREAttempt{Identifier: name, Result: a.Result, Attributes: a.Attributes, Table: a.Table, Info: a.Info})
	}
	for i := range w.Related {
		one := &w.Related[i]
		index := -1
		if len(one.Indices) > 0 {
			index = one.Indices[0].sub
		}
		r.Related = append(r.Related, IRERelatedResult{Class: one.Class, Operation: one.Operation, SysID: known(one.SysID), Index: index, Errors: ireErrors(one.Errors)})
	}
	for _, info := range w.Info {
		r.Info = append(r.Info, IREInfo(info))
	}
	return r
}

func (w *wireIRERelationResult) result() IRERelationResult {
	r := IRERelationResult{Operation: w.Operation, Errors: ireErrors(w.Errors), Warnings: ireErrors(w.Warnings)}
	r.Outcome = outcomeOf(w.Operation, r.Errors, "")
	r.Err = firstOf(r.Outcome, r.Errors, r.Warnings)
	return r
}

// join puts the answer to one part into the whole result. Results belong to
// items by inputIndices; an answer without any is taken in its order, when it
// has one result for each.
func (r *IREResult) join(p irePart, w *wireIREResult) {
	for i := range w.Items {
		one := w.Items[i].result()
		positions := w.Items[i].Indices
		if len(positions) == 0 && len(w.Items) == len(p.items) {
			positions = indices{{main: i}}
		}
		for _, at := range positions {
			if at.main >= 0 && at.main < len(p.items) {
				r.Items[p.items[at.main]] = one
			}
		}
	}
	for i := range w.Relations {
		one := w.Relations[i].result()
		positions := w.Relations[i].Indices
		if len(positions) == 0 && len(w.Relations) == len(p.relations) {
			positions = indices{{main: i}}
		}
		for _, at := range positions {
			if at.main >= 0 && at.main < len(p.relations) {
				r.Relations[p.relations[at.main]] = one
			}
		}
	}
	for i := range w.AdditionalItems {
		r.AdditionalItems = append(r.AdditionalItems, w.AdditionalItems[i].result())
	}
	for i := range w.AdditionalRelations {
		r.AdditionalRelations = append(r.AdditionalRelations, w.AdditionalRelations[i].result())
	}
	for class, s := range w.Summary {
		if r.Summary == nil {
			r.Summary = map[string]IRESummary{}
		}
		r.Summary[class] = r.Summary[class].plus(s)
	}
	if w.LogContext != "" {
		r.LogContexts = append(r.LogContexts, w.LogContext)
	}
}
