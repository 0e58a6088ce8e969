package servicenowtest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// irePayload is the body of a call to the Identification and Reconciliation
// Engine.
type irePayload struct {
	Items      []*ireItem     `json:"items"`
	Relations  []*ireRelation `json:"relations,omitempty"`
	References []ireReference `json:"referenceItems,omitempty"`
}

// ireRecord is what items, lookups and related records have in common.
type ireRecord struct {
	Class      string     `json:"className"`
	InternalID string     `json:"internal_id,omitempty"`
	Values     ireValues  `json:"values"`
	Source     *ireSource `json:"sys_object_source_info,omitempty"`
}

type ireItem struct {
	ireRecord
	Lookup   []*ireRecord `json:"lookup,omitempty"`
	Related  []*ireRecord `json:"related,omitempty"`
	Settings ireSettings  `json:"settings,omitzero"`
}

type ireSource struct {
	Name    string `json:"source_name,omitempty"`
	Feed    string `json:"source_feed,omitempty"`
	Key     string `json:"source_native_key,omitempty"`
	Recency string `json:"source_recency_timestamp,omitempty"`
}

type ireSettings struct {
	NoUpgrade   flag `json:"updateWithoutUpgrade,omitempty"`
	NoDowngrade flag `json:"updateWithoutDowngrade,omitempty"`
	NoSwitch    flag `json:"updateWithoutSwitch,omitempty"`
}

// flag is a boolean that may come as a string.
type flag bool

// UnmarshalJSON implements json.Unmarshaler.
func (f *flag) UnmarshalJSON(data []byte) error {
	*f = flag(truth(plainText(string(data))))
	return nil
}

type ireRelation struct {
	Parent   *int   `json:"parent,omitempty"`
	Child    *int   `json:"child,omitempty"`
	ParentID string `json:"parent_id,omitempty"`
	ChildID  string `json:"child_id,omitempty"`
	Type     string `json:"type"`
	Source   struct {
		Name string `json:"source_name,omitempty"`
		Feed string `json:"source_feed,omitempty"`
	} `json:"sys_rel_source_info,omitzero"`

	typeID        string
	parent, child *ireEnd
	result        ireRelationResult
}

type ireReference struct {
	Referenced   string `json:"referenced"`
	ReferencedBy string `json:"referencedBy"`
	Field        string `json:"referenceField"`
}

// ireValues are the values of a record: strings, and what else the platform
// makes strings of.
type ireValues map[string]string

// UnmarshalJSON implements json.Unmarshaler.
func (v *ireValues) UnmarshalJSON(data []byte) error {
	*v = ireValues{}
	if data[0] == '{' {
		for _, m := range members(string(data)) {
			(*v)[m.name] = m.value
		}
	}
	return nil
}

// ireOptions are the switches of the enhanced calls, with their defaults.
type ireOptions struct{ partial, commits, dedupe, summary bool }

// readIREOptions reads the parameter options. A chunk without a value is the
// documented error.
func readIREOptions(text string) (ireOptions, *apiError) {
	o := ireOptions{partial: true, commits: true, dedupe: true}
	for chunk := range strings.SplitSeq(text, ",") {
		if chunk = strings.TrimSpace(chunk); chunk == "" {
			continue
		}
		name, value, ok := strings.Cut(chunk, ":")
		into := map[string]*bool{
			"partial_payloads": &o.partial, "partial_commits": &o.commits, "deduplicate_payloads": &o.dedupe, "generate_summary": &o.summary,
		}[strings.TrimSpace(name)]
		if !ok || into == nil {
			return o, &apiError{http.StatusInternalServerError, "Internal server error", "Chunk [" + chunk + "] is not a valid entry"}
		}
		*into = truth(strings.TrimSpace(value))
	}
	o.commits, o.dedupe = o.commits || o.partial, o.dedupe || o.partial
	return o, nil
}

// ireRoute answers identifyreconcile and what is below it. That the plain calls
// write nothing when an item fails follows from the description of the enhanced
// option partial_commits; what they answer for the other items then is not
// documented.
func (s *Server) ireRoute(r *request, parts []string) *answer {
	name := strings.Join(parts[1:], "/")
	enhanced := name == "enhanced" || name == "queryEnhanced"
	if name != "" && name != "query" && !enhanced {
		return failed(errNoPath)
	}
	if r.Method != http.MethodPost {
		return failed(errMethod)
	}
	var o ireOptions
	if enhanced {
		var failure *apiError
		if o, failure = readIREOptions(r.params.get("options")); failure != nil {
			return failed(failure)
		}
	}
	var payload irePayload
	if err := json.Unmarshal(r.body, &payload); err != nil {
		return failed(&apiError{http.StatusInternalServerError, "Internal server error", fmt.Sprintf("Error occurred during parsing input json payload: %v", err)})
	}
	for _, item := range payload.Items {
		if item == nil {
			return failed(&apiError{http.StatusInternalServerError, "Internal server error", "Error occurred during parsing input json payload: null item"})
		}
	}
	result, failure := s.identify(r, &payload, ireCall{
		ireOptions: o, enhanced: enhanced, dry: strings.HasPrefix(name, "query"), source: r.params.get("sysparm_data_source"),
	})
	if failure != nil {
		return failed(failure)
	}
	body, err := json.Marshal(struct {
		Result *ireResult `json:"result"`
	}{result})
	if err != nil {
		return failed(&apiError{http.StatusInternalServerError, "Internal server error", err.Error()})
	}
	return &answer{status: http.StatusOK, header: http.Header{}, body: body}
}

// ireCall is how one payload is to be processed.
type ireCall struct {
	ireOptions
	enhanced, dry bool
	source        string // sysparm_data_source
}

// identify runs a payload through the engine. It is also what the CMDB Instance
// API writes through.
func (s *Server) identify(r *request, payload *irePayload, call ireCall) (*ireResult, *apiError) {
	ci := s.store.classes["cmdb_ci"]
	if g, open := s.guardOf(ci, r.caller); !open || !call.dry && (g.refuses(OpInsert, ci) || g.refuses(OpUpdate, ci)) {
		return nil, errDenied
	}
	e := &ireEngine{server: s, store: s.store, rules: s.IRERules(), call: call, by: r.actor(), payload: payload, ends: map[string]*ireEnd{}}
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	serial := s.store.serial
	e.run()
	if call.dry {
		s.store.serial = serial // a dry run leaves no trace
	}
	return e.result(), nil
}
