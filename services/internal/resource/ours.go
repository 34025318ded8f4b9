package resource

// The resources that the contract does not show: what stands behind a transaction
// of the ledger, and what a key seals.
const (
	ClearingRun    Name = "clearingRuns/{clearing_run}"
	BankGift       Name = "bankGifts/{bank_gift}"
	StripePayout   Name = "stripePayouts/{stripe_payout}"
	StripeItem     Name = "stripeItems/{stripe_item}"
	EmergencyGrant Name = "emergencyGrants/{emergency_grant}"
	SourceList     Name = "sourceLists/{source_list}"
	Policy         Name = "policies/{policy}"
	SealedFile     Name = "paymentFiles/{payment_file}"
	StripeWeek     Name = "stripeWeeks/{week}"

	Verification ChildName = "families/{family}/verifications/{verification}"

	Refund      ChildName = "donations/{donation}/refunds/{refund}"
	Dispute     ChildName = "donations/{donation}/disputes/{dispute}"
	PlanPayment ChildName = "paymentPlans/{payment_plan}/payments/{payment}"
)
