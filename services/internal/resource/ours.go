package resource

// The resources that the contract does not show: what stands behind a transaction
// of the ledger, and what a key seals.
const (
	ClearingRun    Name = "clearingRuns/{clearing_run}"
	EmergencyGrant Name = "emergencyGrants/{emergency_grant}"
	SourceList     Name = "sourceLists/{source_list}"
	Policy         Name = "policies/{policy}"
	SealedFile     Name = "paymentFiles/{payment_file}"
	StripeWeek     Name = "stripeWeeks/{week}"

	Verification ChildName = "families/{family}/verifications/{verification}"

	PlanPayment ChildName = "paymentPlans/{payment_plan}/payments/{payment}"
)
