package codefresh

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Callback is what the published pipeline step asks of its ServiceNow plugin:
// watch this change, then let this build go on or end it. It is the body of
// POST /api/409723/codefresh/callback. It never prints its token.
type Callback struct {
	ChangeNumber string         // cr_number
	BuildID      string         // cf_build_id
	Token        string         // cf_token: an API key, or a handle; see NewHandle
	URL          string         // cf_url: the address of Codefresh, without /api
	Policy       ConflictPolicy // cr_policy; ParseCallback puts in PolicyIgnore
	System       string         // ci_system: "classic", or "workflow" for GitOps
	Runtime      string         // cf_runtime, of a workflow
}

// ConflictPolicy says what becomes of a build whose change conflicts with
// another one's schedule.
type ConflictPolicy string

// The policies of the published plugin.
const (
	PolicyIgnore ConflictPolicy = "ignore"
	PolicyWait   ConflictPolicy = "wait"
	PolicyReject ConflictPolicy = "reject"
)

// Format prints no token, whatever the verb.
func (c Callback) Format(s fmt.State, _ rune) {
	_, _ = io.WriteString(s, "codefresh.Callback("+c.ChangeNumber+" for build "+c.BuildID+")")
}

// CallbackError is a callback that is refused. Status and Body are what the
// published plugin answers.
type CallbackError struct {
	Status int
	Body   []byte
	reason string
}

// Error says what is wrong. It quotes nothing of the body.
func (e *CallbackError) Error() string { return "codefresh: callback: " + e.reason }

// Unwrap makes it ErrInvalid.
func (e *CallbackError) Unwrap() error { return ErrInvalid }

// refuseCallback makes the refusal; message holds nothing that JSON escapes.
func refuseCallback(status int, message string) *CallbackError {
	body := `{"status":"Error","details":{"errors":[{"code":` + strconv.Itoa(status) + `,"message":"` + message + `"}]}}`
	return &CallbackError{Status: status, Body: []byte(body), reason: message}
}

// ParseCallback reads the body of a callback of four, five or seven keys. What
// is missing is refused in the order and with the answers of the published
// plugin (update set 1.2.0, and 1.3.1 for the last two keys): cf_build_id,
// cr_number, cf_token, cf_url, and cf_runtime where ci_system is "workflow",
// each as a 404 whose message starts with "Missing"; what cannot be read as a
// 400. Beyond the plugin, a build id that is none, an address that is no URL and
// an unknown policy are refused as 400 too. A callback that is accepted is
// answered 200 without a body.
//
// The body alone proves nothing about who sent it: authenticate the request, and
// check URL against the hosts that you know before a token goes there.
func ParseCallback(body []byte) (Callback, error) {
	const unreadable = "Unable to process the request"
	var w map[string]json.RawMessage
	if json.Unmarshal(body, &w) != nil || w == nil {
		return Callback{}, refuseCallback(http.StatusBadRequest, unreadable)
	}
	var c Callback
	for _, f := range []struct {
		name string
		to   *string
		need bool
	}{
		{"cf_build_id", &c.BuildID, true},
		{"cr_number", &c.ChangeNumber, true},
		{"cf_token", &c.Token, true},
		{"cf_url", &c.URL, true},
		{"cr_policy", (*string)(&c.Policy), false},
		{"ci_system", &c.System, false},
		{"cf_runtime", &c.Runtime, false},
	} {
		raw := w[f.name]
		if len(raw) > 0 && string(raw) != "null" && json.Unmarshal(raw, f.to) != nil {
			return Callback{}, refuseCallback(http.StatusBadRequest, unreadable)
		}
		if f.need && *f.to == "" {
			return Callback{}, refuseCallback(http.StatusNotFound, "Missing "+f.name)
		}
	}
	if c.Policy == "" {
		c.Policy = PolicyIgnore
	}
	if c.System == "" {
		c.System = "classic"
	}
	if c.System == "workflow" && c.Runtime == "" {
		return Callback{}, refuseCallback(http.StatusNotFound, "Missing cf_runtime")
	}
	u, err := url.Parse(c.URL)
	switch {
	case c.Policy != PolicyIgnore && c.Policy != PolicyWait && c.Policy != PolicyReject:
		return Callback{}, refuseCallback(http.StatusBadRequest, "cr_policy is not ignore, wait or reject")
	case c.System == "classic" && checkID("", "", c.BuildID) != nil:
		return Callback{}, refuseCallback(http.StatusBadRequest, "cf_build_id is not 24 hexadecimal digits")
	case err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http":
		return Callback{}, refuseCallback(http.StatusBadRequest, "cf_url is no address")
	}
	return c, nil
}

// Body is the callback as the step sends it: five keys, seven when System or
// Runtime are set.
func (c Callback) Body() ([]byte, error) {
	body := map[string]string{
		"cr_number": c.ChangeNumber, "cf_build_id": c.BuildID, "cf_token": c.Token, "cf_url": c.URL,
		"cr_policy": string(c.Policy),
	}
	if c.Policy == "" {
		body["cr_policy"] = string(PolicyIgnore)
	}
	if c.System != "" || c.Runtime != "" {
		body["ci_system"], body["cf_runtime"] = c.System, c.Runtime
	}
	data, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	if _, err := ParseCallback(data); err != nil {
		return nil, err
	}
	return data, nil
}

// handlePrefix tells handles from API keys.
const handlePrefix = "itsmkit1."

// NewHandle makes a value for cf_token that stands for a build and a change and
// is no key: whoever reads it can do nothing with it, while a receiver that knows
// the secret can tell that it was issued for this very callback, and uses its
// own key. The secret has at least 16 bytes.
func NewHandle(secret []byte, build, change string) (string, error) {
	if len(secret) < 16 {
		return "", errors.New("codefresh: NewHandle: the secret has fewer than 16 bytes")
	}
	if build == "" || change == "" {
		return "", errors.New("codefresh: NewHandle: the build id or the change number is empty")
	}
	return handlePrefix + base64.RawURLEncoding.EncodeToString(handleSum(secret, build, change)), nil
}

// CheckHandle reports whether the callback's token is a handle that was made for
// its build and change with one of the secrets. More than one serve while they
// are being replaced.
func (c Callback) CheckHandle(secrets ...[]byte) bool {
	text, ok := strings.CutPrefix(c.Token, handlePrefix)
	if !ok {
		return false
	}
	sum, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return false
	}
	found := false
	for _, secret := range secrets {
		if len(secret) >= 16 && hmac.Equal(sum, handleSum(secret, c.BuildID, c.ChangeNumber)) {
			found = true
		}
	}
	return found
}

func handleSum(secret []byte, build, change string) []byte {
	mac := hmac.New(sha256.New, secret)
	for _, part := range []string{"codefresh callback", build, change} {
		_, _ = fmt.Fprintf(mac, "%d:%s", len(part), part) // a hash never fails
	}
	return mac.Sum(nil)
}

// StepRequest is a request that the published pipeline step makes to ServiceNow.
// Method, Path, Query and Body are what a ServiceNow client's Do takes.
type StepRequest struct {
	Method string
	Path   string
	Query  url.Values
	Body   json.RawMessage // nil for none
}

// Paths of the Table API that the step uses.
const changeTable = "/api/now/table/change_request"

// DefaultNamespace is where the published plugin is installed.
const DefaultNamespace = "409723"

// StepCreate makes the request that opens a change: the caller's JSON object as
// it is, unknown members too, and the build that it is for as cf_build_id, when
// build is not empty.
func StepCreate(data json.RawMessage, build string) (StepRequest, error) {
	var extra []member
	if build != "" {
		extra = []member{{"cf_build_id", build}}
	}
	body, err := withMembers("StepCreate", data, extra)
	return StepRequest{Method: http.MethodPost, Path: changeTable, Body: body}, err
}

// StepFindTemplate makes the request that finds a standard change's template by
// its name; the sys_id in its answer goes to [StepCreateStandard].
func StepFindTemplate(name string) (StepRequest, error) {
	if err := checkName("StepFindTemplate", "template name", name); err != nil {
		return StepRequest{}, err
	}
	if strings.Contains(name, "^") {
		return StepRequest{}, errors.New("codefresh: StepFindTemplate: the template name holds ^, which would end the condition of the query")
	}
	return StepRequest{
		Method: http.MethodGet, Path: "/api/now/table/std_change_record_producer",
		Query: url.Values{"sysparm_query": {"sys_name=" + name}},
	}, nil
}

// StepCreateStandard makes the request that opens a standard change by a
// template. Such a change is approved beforehand, so the step sends no callback
// after it. The members of the answer are objects: the number is at
// result.number.value.
func StepCreateStandard(template string, data json.RawMessage) (StepRequest, error) {
	if err := checkSysID("StepCreateStandard", template); err != nil {
		return StepRequest{}, err
	}
	body, err := withMembers("StepCreateStandard", data, nil)
	return StepRequest{Method: http.MethodPost, Path: "/api/sn_chg_rest/change/standard/" + template, Body: body}, err
}

// StepUpdate makes the request that changes a change. Data without members is
// refused: the step sends it, and nothing happens.
func StepUpdate(sysID string, data json.RawMessage) (StepRequest, error) {
	if err := checkSysID("StepUpdate", sysID); err != nil {
		return StepRequest{}, err
	}
	body, err := withMembers("StepUpdate", data, nil)
	if err == nil && string(body) == "{}" {
		err = errors.New("codefresh: StepUpdate: the data has no members, so there is nothing to update")
	}
	return StepRequest{Method: http.MethodPatch, Path: changeTable + "/" + sysID, Body: body}, err
}

// StepClose makes the request that closes a change: the data, state 3, the close
// code ("successful" when empty) and the notes. Whether a change may go straight
// to closed depends on the instance; a client that walks the states asks it.
func StepClose(sysID string, data json.RawMessage, code, notes string) (StepRequest, error) {
	if err := checkSysID("StepClose", sysID); err != nil {
		return StepRequest{}, err
	}
	if code == "" {
		code = "successful"
	}
	body, err := withMembers("StepClose", data, []member{{"state", 3}, {"close_code", code}, {"close_notes", notes}})
	return StepRequest{Method: http.MethodPatch, Path: changeTable + "/" + sysID, Body: body}, err
}

// StepCallback makes the request that registers the callback with the plugin at
// a namespace; "" is [DefaultNamespace]. Any 2xx answer means that it is taken.
func StepCallback(namespace string, c Callback) (StepRequest, error) {
	if namespace == "" {
		namespace = DefaultNamespace
	}
	if strings.ContainsFunc(namespace, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '_'
	}) {
		return StepRequest{}, fmt.Errorf("codefresh: StepCallback: the namespace %q has more in it than letters, digits and underscores", namespace)
	}
	body, err := c.Body()
	return StepRequest{Method: http.MethodPost, Path: "/api/" + namespace + "/codefresh/callback", Body: body}, err
}

type member struct {
	name  string
	value any
}

// withMembers puts members at the end of a JSON object, in place of members of
// that name, and keeps the order and the values of all others.
func withMembers(op string, data json.RawMessage, extra []member) (json.RawMessage, error) {
	if len(bytes.TrimSpace(data)) == 0 {
		data = json.RawMessage("{}")
	}
	d := json.NewDecoder(bytes.NewReader(data))
	if t, err := d.Token(); err != nil || t != json.Delim('{') || !json.Valid(data) {
		return nil, fmt.Errorf("codefresh: %s: the data is no JSON object", op)
	}
	var members []string
	put := func(name any, value any) error {
		pair := [2][]byte{}
		for i, v := range [2]any{name, value} {
			text, err := json.Marshal(v)
			if err != nil {
				return fmt.Errorf("codefresh: %s: %w", op, err)
			}
			pair[i] = text
		}
		members = append(members, string(pair[0])+":"+string(pair[1]))
		return nil
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, fmt.Errorf("codefresh: %s: %w", op, err)
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, fmt.Errorf("codefresh: %s: %w", op, err)
		}
		if !slices.ContainsFunc(extra, func(m member) bool { return m.name == name }) {
			if err := put(name, value); err != nil {
				return nil, err
			}
		}
	}
	for _, m := range extra {
		if err := put(m.name, m.value); err != nil {
			return nil, err
		}
	}
	return json.RawMessage("{" + strings.Join(members, ",") + "}"), nil
}

func checkSysID(op, id string) error {
	if len(id) != 32 || strings.ContainsFunc(id, func(r rune) bool { return !strings.ContainsRune("0123456789abcdefABCDEF", r) }) {
		return fmt.Errorf("codefresh: %s: the sys_id %q is not 32 hexadecimal digits", op, id)
	}
	return nil
}
