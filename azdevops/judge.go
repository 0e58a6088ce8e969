package azdevops

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"strings"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// judge looks at an answer: nil for a good one.
func judge(call *rest.Call, a *rest.Answer) *rest.Failure {
	f := rest.JudgeStatus(call, a)
	if a.Status == http.StatusNonAuthoritativeInfo || a.Status == http.StatusFound {
		// What the service answers a bad token with, whatever the body. It has done
		// nothing then.
		f = &rest.Failure{Kind: rest.ErrSignIn, NotTaken: true, Final: true}
	}
	if f == nil {
		return nil
	}
	if errors.Is(f.Kind, rest.ErrSignIn) {
		f.Message = "the service wants a sign-in: the token is wrong, has expired, or is for another organization"
		return f
	}
	if rest.IsHTML(a) {
		f.Message = "an HTML page; check BaseURL, the organization and the project in it"
		return f
	}
	d := &detail{}
	f.Detail = d
	f.Message = shorten(d.read(a.Body))
	d.code = codeFormat.FindString(f.Message)
	d.classify(f, a.Status)
	return f
}

var codeFormat = regexp.MustCompile(`^(TF|VSSF|VS)\d+`)

// read reads the bodies in which the service refuses: its exception, {"value":
// {"Message"}} of a body that does not fit, and plain text. Some begin with a
// byte order mark.
func (d *detail) read(body []byte) string {
	body = bytes.TrimSpace(withoutBOM(body))
	var refusal struct {
		Message string `json:"message"`
		TypeKey string `json:"typeKey"`
		Value   struct {
			Message string `json:"Message"`
		} `json:"value"`
		Custom struct {
			Rules []struct {
				Field   string `json:"fieldReferenceName"`
				Status  string `json:"fieldStatusFlags"`
				Message string `json:"errorMessage"`
				Code    int    `json:"fieldStatusCode"`
			} `json:"RuleValidationErrors"`
		} `json:"customProperties"`
	}
	if len(body) == 0 || body[0] != '{' {
		return string(body)
	}
	// What was read before a member of another type counts all the same.
	_ = json.Unmarshal(body, &refusal)
	d.typeKey = refusal.TypeKey
	for _, r := range refusal.Custom.Rules {
		d.rules = append(d.rules, RuleError{Field: r.Field, Message: r.Message, Status: r.Status, Code: r.Code})
	}
	if refusal.Message == "" {
		return refusal.Value.Message
	}
	return refusal.Message
}

// classify adds the kinds that only this service has.
func (d *detail) classify(f *rest.Failure, status int) {
	switch {
	case d.typeKey == "TestPatchOperationFailedException", d.code == "VS403351", status == http.StatusPreconditionFailed:
		f.Kind = rest.ErrConflict
		d.kinds = append(d.kinds, ErrRevision)
	case d.typeKey == "RuleValidationException", d.code == "TF401320", len(d.rules) > 0:
		d.kinds = append(d.kinds, ErrRule)
	case d.code == "VS402337":
		d.kinds = append(d.kinds, ErrTooMany)
	case d.code == "TF400733":
		// Blocked by the rate limit, with whatever status: nothing was done.
		f.Kind, f.NotTaken, f.Transient = rest.ErrRateLimited, true, true
	case d.typeKey == "VssVersionOutOfRangeException", d.typeKey == "VssInvalidPreviewVersionException":
		f.Message += "; set Config.APIVersion or Config.APIVersions to what the server has"
	case status == http.StatusForbidden:
		f.Message += "; the token may lack a scope: " + scopes
	}
}

// scopes are those that the calls of this package need (Azure DevOps REST API
// specification, security).
const scopes = "vso.work_write for work items, vso.build_execute for builds and runs, vso.release_manage for classic releases, vso.hooks_write for service hooks"

func withoutBOM(body []byte) []byte { return bytes.TrimPrefix(body, []byte("\ufeff")) }

// shorten makes one line of at most 300 characters.
func shorten(s string) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "?")), " ")
	if r := []rune(s); len(r) > 300 {
		return string(r[:300]) + "..."
	}
	return s
}
