package leaf

import "slices"

// DecisionKind says what was decided. The numbers are part of the format. A reader
// takes one that has no name here as one without rules.
type DecisionKind uint8

// Numbers are never used again, nor moved.
const (
	DecisionStaff DecisionKind = iota + 1
	DecisionGrantProposed
	DecisionGrantConfirmed
	DecisionGrantRevoked
	DecisionFreeze
	DecisionFreezeLifted
	DecisionEngagement
	DecisionPolicyProposed
	DecisionPolicyVersion
	DecisionFamilyProposed
	DecisionFamilyDecided
	DecisionRoundSnapshot
	DecisionRoundCommitted
	DecisionPlanLocked
	DecisionPlanApproved
	DecisionPlanAuthorized
	DecisionPlanReleased
	DecisionPlanVoided
	DecisionPlanLooked
	DecisionFileFetched
	DecisionRefusal
	DecisionEmergencyApproved
	DecisionEmergencyReviewed
	DecisionReadLogRoot
	DecisionPeriodClosed
	DecisionAdjustmentProposed
	DecisionAdjustmentApproved
	DecisionSigningKeyRotated
	DecisionPeriodProposed
)

// decisionNames stands in the order of the constants.
var decisionNames = []string{
	"", "STAFF", "GRANT_PROPOSED", "GRANT_CONFIRMED", "GRANT_REVOKED", "FREEZE", "FREEZE_LIFTED",
	"ENGAGEMENT", "POLICY_PROPOSED", "POLICY_VERSION", "FAMILY_PROPOSED", "FAMILY_DECIDED",
	"ROUND_SNAPSHOT", "ROUND_COMMITTED", "PLAN_LOCKED", "PLAN_APPROVED", "PLAN_AUTHORIZED",
	"PLAN_RELEASED", "PLAN_VOIDED", "PLAN_LOOKED", "FILE_FETCHED", "REFUSAL", "EMERGENCY_APPROVED",
	"EMERGENCY_REVIEWED", "READ_LOG_ROOT", "PERIOD_CLOSED", "ADJUSTMENT_PROPOSED",
	"ADJUSTMENT_APPROVED", "SIGNING_KEY_ROTATED", "PERIOD_PROPOSED",
}

// String returns the name of the kind as the API spells it.
func (k DecisionKind) String() string { return nameOf(decisionNames, uint8(k)) }

// Known reports whether the kind has a name and rules.
func (k DecisionKind) Known() bool { return k > 0 && int(k) < len(decisionNames) }

// ParseDecisionKind finds a kind of decision by its name.
func ParseDecisionKind(name string) (DecisionKind, bool) {
	i := slices.Index(decisionNames, name)
	return DecisionKind(max(i, 0)), i > 0
}
