package leaf

import "slices"

// Kind says what a transaction is. The numbers are part of the format.
type Kind uint8

// Numbers are never used again, nor moved.
const (
	Donation Kind = iota + 1
	ProcessingFee
	Clearing
	BankGift
	StripePayout
	StripePayoutArrived
	RefundStarted
	RefundConfirmed
	Dispute
	DisputeWon
	StripeTaking
	RoundHold
	RoundAward
	RoundRelease
	EmergencyGrant
	AwardCancelled
	AttemptSubmitted
	AttemptSettled
	AttemptFailed
	AttemptReturned
	CashAdvance
	CashRest
	CashLost
	BankCharge
	RunningCost
	Interest
	FX
	Transfer
	OpeningBalance
	Suspense
	SuspenseCleared
	Reversal
	FundRelease
	DeficitCovered
)

// kindNames stands in the order of the constants.
var kindNames = []string{
	"", "DONATION", "PROCESSING_FEE", "CLEARING", "BANK_GIFT", "STRIPE_PAYOUT",
	"STRIPE_PAYOUT_ARRIVED", "REFUND_STARTED", "REFUND_CONFIRMED", "DISPUTE", "DISPUTE_WON",
	"STRIPE_TAKING", "ROUND_HOLD", "ROUND_AWARD", "ROUND_RELEASE", "EMERGENCY_GRANT",
	"AWARD_CANCELLED", "ATTEMPT_SUBMITTED", "ATTEMPT_SETTLED", "ATTEMPT_FAILED",
	"ATTEMPT_RETURNED", "CASH_ADVANCE", "CASH_REST", "CASH_LOST", "BANK_CHARGE", "RUNNING_COST",
	"INTEREST", "FX", "TRANSFER", "OPENING_BALANCE", "SUSPENSE", "SUSPENSE_CLEARED", "REVERSAL",
	"FUND_RELEASE", "DEFICIT_COVERED",
}

// String returns the name of the kind as the API spells it.
func (k Kind) String() string { return nameOf(kindNames, uint8(k)) }

// ParseKind finds a kind by its name.
func ParseKind(name string) (Kind, bool) {
	i := slices.Index(kindNames, name)
	return Kind(max(i, 0)), i > 0
}

// Side says on which side of its account an entry stands.
type Side uint8

// The sides: a debit takes from credits less debits, a credit adds to them.
const (
	Debit Side = iota + 1
	Credit
)

var sideNames = []string{"", "DEBIT", "CREDIT"}

// String returns "DEBIT" or "CREDIT".
func (s Side) String() string { return nameOf(sideNames, uint8(s)) }

func nameOf(names []string, n uint8) string {
	if n == 0 || int(n) >= len(names) {
		return "UNSPECIFIED"
	}
	return names[n]
}
