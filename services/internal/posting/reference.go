package posting

import (
	"strconv"
	"strings"

	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// A reference is the unique name of a fact among all leaves of the ledger, by which
// it is booked once, whoever repeats it. All of them are made here. A key is the
// HMAC, in hexadecimal, of a balance transaction's id at Stripe, which itself never
// enters the ledger. From an id with a slash in it comes a reference that the ledger
// refuses, never that of another fact.

// DonationReference names a gift by card.
func DonationReference(key string) string { return ref("donation", key) }

// FeeReference names what the processor kept of a gift.
func FeeReference(key string) string { return ref("donation", key, "fee") }

// ClearingReference names a clearing run.
func ClearingReference(run string) string { return ref("clearing", run) }

// BankGiftReference names a gift by the statement line that it came with.
func BankGiftReference(line string) string { return ref("line", line, "gift") }

// FundReleaseReference names a release of money without an eligible need.
func FundReleaseReference(release string) string { return ref("fundRelease", release) }

// RefundStartReference names the start of a refund.
func RefundStartReference(refund string) string { return ref("refund", refund, "start") }

// RefundConfirmReference names Stripe's confirmation of a refund.
func RefundConfirmReference(refund string) string { return ref("refund", refund, "confirm") }

// DisputeReference names the taking of a disputed gift.
func DisputeReference(key string) string { return ref("dispute", key) }

// DisputeWonReference names the return of a disputed gift.
func DisputeWonReference(key string) string { return ref("dispute", key, "won") }

// TakingReference names any other amount that Stripe took.
func TakingReference(key string) string { return ref("taking", key) }

// PayoutReference names a payout that Stripe has sent.
func PayoutReference(key string) string { return ref("payout", key) }

// PayoutArrivalReference names its arrival at the bank.
func PayoutArrivalReference(key string) string { return ref("payout", key, "arrive") }

// StripeSuspenseReference names a fact of Stripe that nobody can explain.
func StripeSuspenseReference(key string) string { return ref("stripe", key, "suspense") }

// LineSuspenseReference names a statement line that nobody can explain.
func LineSuspenseReference(line string) string { return ref("line", line, "suspense") }

// ChargeReference names a bank's charge by its statement line.
func ChargeReference(line string) string { return ref("line", line, "charge") }

// InterestReference names a bank's interest by its statement line.
func InterestReference(line string) string { return ref("line", line, "interest") }

// HoldReference names a round's hold.
func HoldReference(round string) string { return ref("round", round, "hold") }

// ReleaseReference names what a round gave back.
func ReleaseReference(round string) string { return ref("round", round, "release") }

// AwardReference names an award's money out of a round.
func AwardReference(award string) string { return ref("award", award, "award") }

// EmergencyReference names an award's money out of the emergency fund.
func EmergencyReference(award string) string { return ref("award", award, "emergency") }

// CancelReference names the return of an award's money to its fund.
func CancelReference(award string) string { return ref("award", award, "cancel") }

// SubmitReference names the submission of a payment's n-th attempt.
func SubmitReference(payment string, n int) string { return attemptRef(payment, n, "submit") }

// ExchangeReference names the same where money was changed for it.
func ExchangeReference(payment string, n int) string { return attemptRef(payment, n, "exchange") }

// SettleReference names the settling of an attempt.
func SettleReference(payment string, n int) string { return attemptRef(payment, n, "settle") }

// FailReference names the failure of an attempt.
func FailReference(payment string, n int) string { return attemptRef(payment, n, "fail") }

// ReturnReference names the return of an attempt's money.
func ReturnReference(payment string, n int) string { return attemptRef(payment, n, "return") }

// CashAdvanceReference names cash drawn for a courier.
func CashAdvanceReference(id string) string { return ref("cash", id, "advance") }

// CashRestReference names cash that a courier brought back.
func CashRestReference(id string) string { return ref("cash", id, "rest") }

// CashLostReference names cash that a courier lost.
func CashLostReference(id string) string { return ref("cash", id, "lost") }

// AdjustmentReference names an adjustment's booking: its resource name.
func AdjustmentReference(id string) string { return resource.Adjustment.Of(clean(id)) }

// ReversalReference names the reversal of what was booked under a reference; there
// is at most one.
func ReversalReference(reversed string) string { return reversed + "/reverse" }

// Decisions are leaves of the same log, so their references stand here too.

// GrantDecision names the decision that gave somebody a role.
func GrantDecision(grant string) string { return ref("grant", grant) }

// FamilyDecision names a decision about a family, by a random id that says nothing.
func FamilyDecision(id string) string { return ref("families", "decisions", id) }

// SnapshotDecision names a round's n-th snapshot.
func SnapshotDecision(round string, n int) string {
	return below(resource.AllocationRound, round, "snapshots", strconv.Itoa(n))
}

// CommitDecision names a round's n-th commit.
func CommitDecision(round string, n int) string {
	return below(resource.AllocationRound, round, "commits", strconv.Itoa(n))
}

// ActDecision names an act about a payment plan.
func ActDecision(plan string, act int64) string {
	return below(resource.PaymentPlan, plan, "acts", strconv.FormatInt(act, 10))
}

// ActOf reads the plan's id and the act out of what ActDecision has made; ok is
// false for other references.
func ActOf(reference string) (plan string, act int64, ok bool) {
	name, number, cut := strings.Cut(reference, "/acts/")
	plan, named := resource.PaymentPlan.Cut(name)
	act, err := strconv.ParseInt(number, 10, 64)
	return plan, act, cut && named && err == nil
}

// AdjustmentProposedDecision names the proposal of an adjustment.
func AdjustmentProposedDecision(id string) string { return below(resource.Adjustment, id, "proposed") }

// AdjustmentApprovedDecision names its approval.
func AdjustmentApprovedDecision(id string) string { return below(resource.Adjustment, id, "approved") }

// PeriodClosedDecision names the decision to close a period.
func PeriodClosedDecision(id string) string { return below(resource.Period, id, "closed") }

// PeriodClose names the close itself, the leaf behind the decision.
func PeriodClose(id string) string { return below(resource.Period, id, "close") }

// KeyDecision names the change to a signing key, by the ledger's id and the key's.
func KeyDecision(ledger, key string) string { return ref("ledger", ledger, "keys", key) }

func attemptRef(payment string, n int, what string) string {
	return ref("payment", payment, "attempts", strconv.Itoa(n), what)
}

// ref joins the parts of a reference.
func ref(parts ...string) string {
	for i, p := range parts {
		parts[i] = clean(p)
	}
	return strings.Join(parts, "/")
}

// clean keeps an id from being more than one part, or none: a question mark stands
// in no reference.
func clean(id string) string {
	if id == "" {
		return "?"
	}
	return strings.ReplaceAll(id, "/", "?")
}

// below names something about a resource.
func below(n resource.Name, id string, rest ...string) string {
	return n.Of(clean(id)) + "/" + ref(rest...)
}
