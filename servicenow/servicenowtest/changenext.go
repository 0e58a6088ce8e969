package servicenowtest

import (
	"encoding/json"
	"net/http"
	"slices"
)

// transition is one entry of state_transitions.
type transition struct {
	ID         string        `json:"sys_id"`
	Label      string        `json:"display_value"`
	From       string        `json:"from_state"`
	To         string        `json:"to_state"`
	Available  bool          `json:"transition_available"`
	Automatic  bool          `json:"automatic_transition"`
	Conditions []requirement `json:"conditions"`
}

// requirement is what a transition asks for.
type requirement struct {
	Passed    bool `json:"passed"`
	Condition struct {
		Name        string  `json:"name"`
		Description *string `json:"description"`
		ID          string  `json:"sys_id"`
	} `json:"condition"`
}

// nextStates answers with the states that a change may enter, its own included.
// Transitions with their conditions are listed only for changes with a model.
func (a *changeAPI) nextStates() *answer {
	a.s.store.mu.RLock()
	defer a.s.store.mu.RUnlock()
	c := changeRecord{a.change}
	flow, state := a.s.store.flow(c), c.get("state")
	available, labels := []string{}, map[string]string{}
	groups := [][]transition{}
	for _, to := range onward(flow, state) {
		unmet := a.s.store.obstacles(c, to)
		if unmet == nil {
			available = append(available, to)
			labels[to] = stateName(a.change, to)
		}
		if c.get("chg_model") != "" {
			groups = append(groups, []transition{a.transition(c, flow, to, unmet)})
		}
	}
	available = append(available, state)
	labels[state] = stateName(a.change, state)
	return jsonResult(http.StatusOK, map[string]any{"available_states": available, "state_transitions": groups, "state_label": labels})
}

func (a *changeAPI) transition(c changeRecord, flow, to string, unmet []string) transition {
	from := c.get("state")
	t := transition{
		ID: fixedID(flow + from + to), Label: stateName(a.change, from) + " to " + stateName(a.change, to), From: from, To: to,
		Available: unmet == nil, Automatic: isGate(flow, from) && to != stateCanceled && to != stateNew, Conditions: []requirement{},
	}
	if to == stateCanceled || to == stateNew {
		return t
	}
	names := []string{"Not On hold"}
	if isGate(flow, from) {
		names = append(names, "Approved")
	}
	for _, name := range names {
		one := requirement{Passed: !slices.Contains(unmet, name)}
		one.Condition.Name, one.Condition.ID = name, fixedID(name)
		t.Conditions = append(t.Conditions, one)
	}
	return t
}

// fixedID is the sys_id of something that is no record here, or of a record that
// every instance has: it depends on the name alone.
func fixedID(of string) string {
	var id [32]byte
	h := hash(of)
	for i := range id {
		id[i] = hexDigits[mix(h+uint64(i))&15]
	}
	return string(id[:])
}

// jsonResult renders a result that is no record.
func jsonResult(status int, result any) *answer {
	body, err := json.Marshal(map[string]any{"result": result})
	if err != nil { // cannot be: the results are plain values
		return failed(&apiError{http.StatusInternalServerError, err.Error(), ""})
	}
	return &answer{status: status, header: http.Header{}, body: body}
}
