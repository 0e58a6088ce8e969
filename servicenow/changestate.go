package servicenow

import "strings"

// ChangeType is the type of a change request. Instances may have more types
// than the three of the product, and models beside them.
type ChangeType string

// The types that the product ships with (column type, lower case on the wire;
// [ParseChangeType] reads labels).
const (
	NormalChange    ChangeType = "normal"
	StandardChange  ChangeType = "standard"
	EmergencyChange ChangeType = "emergency"
)

// ParseChangeType reads a type by value or label, without regard to case and
// surrounding space. ok is false for anything but the three types of the
// product.
func ParseChangeType(text string) (t ChangeType, ok bool) {
	t = ChangeType(strings.ToLower(strings.TrimSpace(text)))
	_, ok = changeSequences[t]
	return t, ok
}

// ChangeState is the state of a change request as the column state holds it.
// These are the values of the product's type-driven state models; since the
// Quebec release change models decide, and an instance may have states of its
// own, so ask [ChangeService.NextStates] before relying on them.
type ChangeState string

// The states of the product's models (change state model documentation).
const (
	ChangeNew       ChangeState = "-5"
	ChangeAssess    ChangeState = "-4"
	ChangeAuthorize ChangeState = "-3"
	ChangeScheduled ChangeState = "-2"
	ChangeImplement ChangeState = "-1"
	ChangeReview    ChangeState = "0"
	ChangeClosed    ChangeState = "3"
	ChangeCanceled  ChangeState = "4"
)

var changeLabels = map[ChangeState]string{
	ChangeNew: "New", ChangeAssess: "Assess", ChangeAuthorize: "Authorize", ChangeScheduled: "Scheduled",
	ChangeImplement: "Implement", ChangeReview: "Review", ChangeClosed: "Closed", ChangeCanceled: "Canceled",
}

// Label is the product's English label of a state, the value itself for a state
// that the product does not have.
func (s ChangeState) Label() string {
	if label, ok := changeLabels[s]; ok {
		return label
	}
	return string(s)
}

// ParseChangeState reads a state by value or English label, without regard to
// case and surrounding space; "Cancelled" counts as Canceled. ok is false for a
// state that the product does not have.
func ParseChangeState(text string) (s ChangeState, ok bool) {
	text = strings.TrimSpace(text)
	if strings.EqualFold(text, "cancelled") {
		return ChangeCanceled, true
	}
	for state, label := range changeLabels {
		if text == string(state) || strings.EqualFold(text, label) {
			return state, true
		}
	}
	return ChangeState(text), false
}

// CloseCode is the result of a change request (column close_code). Closing
// needs one together with close_notes.
type CloseCode string

// The close codes of the product.
const (
	CloseSuccessful       CloseCode = "successful"
	CloseSuccessfulIssues CloseCode = "successful_issues"
	CloseUnsuccessful     CloseCode = "unsuccessful"
)

// ChangeRisk is the risk of a change request (column risk), a number and not a
// word.
type ChangeRisk string

// The risks. Older releases use all four, newer ones ship with High, Moderate
// and Low only; the Change Management API documentation of the Australia
// release counts 1 to 3 from High to Low, which no choice list seen confirms.
const (
	RiskVeryHigh ChangeRisk = "1"
	RiskHigh     ChangeRisk = "2"
	RiskModerate ChangeRisk = "3"
	RiskLow      ChangeRisk = "4"
)

// ParseChangeRisk reads a risk by value or label, without regard to case, space
// and underscores ("moderate", "Very High", "very_high", "3").
func ParseChangeRisk(text string) (r ChangeRisk, ok bool) {
	switch strings.ToLower(strings.NewReplacer(" ", "", "_", "", "-", "").Replace(text)) {
	case "1", "veryhigh":
		return RiskVeryHigh, true
	case "2", "high":
		return RiskHigh, true
	case "3", "moderate", "medium":
		return RiskModerate, true
	case "4", "low":
		return RiskLow, true
	}
	return ChangeRisk(text), false
}

// ApprovalState is the state of an approval: of one approver (table
// sysapproval_approver), or rolled up in the column approval of a change, which
// is rejected when any is, else approved when all are, else not requested when
// none was, else requested (approval status documentation).
type ApprovalState string

// The states of approvals. A change's own column has the first four; the others
// occur at approvers (not verified on a real instance).
const (
	ApprovalNotRequested ApprovalState = "not requested"
	ApprovalRequested    ApprovalState = "requested"
	ApprovalApproved     ApprovalState = "approved"
	ApprovalRejected     ApprovalState = "rejected"
	ApprovalCancelled    ApprovalState = "cancelled"
	ApprovalNotRequired  ApprovalState = "not_required"
	ApprovalDuplicate    ApprovalState = "duplicate"
	ApprovalMoreInfo     ApprovalState = "more_info_required"
)

// Given reports whether the approval is no longer in the way.
func (a ApprovalState) Given() bool { return a == ApprovalApproved || a == ApprovalNotRequired }
