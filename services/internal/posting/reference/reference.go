// Package reference makes the references of the ledger: for each fact the unique
// name, among all leaves, by which it is booked once, whoever repeats it.
package reference

import (
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// A key is the HMAC, in hexadecimal, of a balance transaction's id at Stripe, which
// itself never enters the ledger. From an id with a slash in it comes a reference
// that the ledger refuses, never that of another fact.

// Donation names a gift by card.
func Donation(key string) string { return ref("donation", key) }

// Fee names what the processor kept of a gift.
func Fee(key string) string { return ref("donation", key, "fee") }

// Clearing names a clearing run.
func Clearing(run string) string { return ref("clearing", run) }

// BankGift names a gift by the statement line that it came with.
func BankGift(line string) string { return ref("line", line, "gift") }

// FundRelease names a release of money without an eligible need.
func FundRelease(release string) string { return ref("fundRelease", release) }

// RefundStart names the start of a refund.
func RefundStart(refund string) string { return ref("refund", refund, "start") }

// RefundConfirm names Stripe's confirmation of a refund.
func RefundConfirm(refund string) string { return ref("refund", refund, "confirm") }

// Dispute names the taking of a disputed gift.
func Dispute(key string) string { return ref("dispute", key) }

// DisputeWon names the return of a disputed gift.
func DisputeWon(key string) string { return ref("dispute", key, "won") }

// Taking names any other amount that Stripe took.
func Taking(key string) string { return ref("taking", key) }

// Payout names a payout that Stripe has sent.
func Payout(key string) string { return ref("payout", key) }

// PayoutArrival names its arrival at the bank.
func PayoutArrival(key string) string { return ref("payout", key, "arrive") }

// StripeSuspense names a fact of Stripe that nobody can explain.
func StripeSuspense(key string) string { return ref("stripe", key, "suspense") }

// LineSuspense names a statement line that nobody can explain.
func LineSuspense(line string) string { return ref("line", line, "suspense") }

// GapSuspense names what is missing before a statement.
func GapSuspense(gap string) string { return ref("gap", gap, "suspense") }

// GapFilled names its coming.
func GapFilled(gap string) string { return ref("gap", gap, "filled") }

// Charge names a bank's charge by its statement line.
func Charge(line string) string { return ref("line", line, "charge") }

// Interest names a bank's interest by its statement line.
func Interest(line string) string { return ref("line", line, "interest") }

// Hold names a round's hold.
func Hold(round string) string { return ref("round", round, "hold") }

// Release names what a round gave back.
func Release(round string) string { return ref("round", round, "release") }

// Award names an award's money out of a round.
func Award(award string) string { return ref("award", award, "award") }

// Emergency names what an emergency grant gives: the grant itself, so that it is booked
// once.
func Emergency(grant string) string { return below(resource.EmergencyGrant, grant, "grant") }

// Cancel names the return of an award's money to its fund.
func Cancel(award string) string { return ref("award", award, "cancel") }

// Submit names the submission of a payment's n-th attempt.
func Submit(payment string, n int) string { return attemptRef(payment, n, "submit") }

// Exchange names the same where money was changed for it.
func Exchange(payment string, n int) string { return attemptRef(payment, n, "exchange") }

// Settle names the settling of an attempt.
func Settle(payment string, n int) string { return attemptRef(payment, n, "settle") }

// Fail names the failure of an attempt.
func Fail(payment string, n int) string { return attemptRef(payment, n, "fail") }

// Return names the return of an attempt's money.
func Return(payment string, n int) string { return attemptRef(payment, n, "return") }

// RefusalRecorded names what the person with an id says the n-th version of the bank's
// refusal of an attempt is.
func RefusalRecorded(payment string, n, version int, person string) string {
	return ref("payment", payment, "attempts", strconv.Itoa(n), "refused", strconv.Itoa(version), "recorded", person)
}

// RefusalConfirmed names the confirmation of it by the person with an id.
func RefusalConfirmed(payment string, n, version int, person string) string {
	return ref("payment", payment, "attempts", strconv.Itoa(n), "refused", strconv.Itoa(version), "confirmed", person)
}

// Adjustment names an adjustment's booking: its resource name.
func Adjustment(id string) string { return resource.Adjustment.Of(clean(id)) }

// DeficitCovered names a covering of a fund's deficit by what operations received.
func DeficitCovered(covering string) string { return ref("covering", covering) }

// Reversal names the reversal of what was booked under a reference; there
// is at most one.
func Reversal(reversed string) string { return reversed + "/reverse" }

// Decisions are leaves of the same log, so their references stand here too.

// Staff names the binding of a pseudonym to an identity by the founding of a log.
func Staff(person string) string { return ref("staff", person) }

// StaffBy names what the person with the id by says of it, who wants or confirms it.
func StaffBy(person, by string) string { return ref("staff", person, "bound", by) }

// GrantProposed names the proposal of a role for somebody.
func GrantProposed(grant string) string { return ref("grant", grant, "proposed") }

// GrantConfirmed names a person's confirmation of it.
func GrantConfirmed(grant, person string) string { return ref("grant", grant, "confirmed", person) }

// GrantFounded names a grant that founds the log.
func GrantFounded(grant string) string { return ref("grant", grant, "founded") }

// Engagement names what a person decides about an engagement: "agreed", "ended".
func Engagement(engagement, step, person string) string {
	return ref("engagement", engagement, step, person)
}

// GrantRevoked names a person's taking back of a grant.
func GrantRevoked(grant, person string) string { return ref("grant", grant, "revoked", person) }

// Freeze names a person's freeze of somebody.
func Freeze(freeze, person string) string { return ref("freeze", freeze, person) }

// FreezeExtended names a person's lengthening of it to a day.
func FreezeExtended(freeze, day, person string) string {
	return ref("freeze", freeze, "until", day, person)
}

// FreezeLifted names a person's lifting of it.
func FreezeLifted(freeze, person string) string { return ref("freeze", freeze, "lifted", person) }

// FreezeOver names the end of it.
func FreezeOver(freeze string) string { return ref("freeze", freeze, "over") }

// Following names what follows from a decision of a person that did not reach the
// ledger in their own call.
func Following(decision string) string { return decision + "/following" }

// FamilyDecision names a decision about a family, by the HMAC of a row and its version
// under the family's key, in hexadecimal.
func FamilyDecision(hmac string) string { return ref("family", hmac) }

// Snapshot names the decision about a round's snapshot with a digest.
func Snapshot(round string, digest []byte) string {
	return below(resource.AllocationRound, round, "snapshots", short(digest))
}

// Commit names the commit of a round, over the snapshot with a digest, by the person
// with an id.
func Commit(round string, digest []byte, person string) string {
	return below(resource.AllocationRound, round, "snapshots", short(digest), "committed", person)
}

// short is enough of a digest to tell it from any other.
func short(digest []byte) string { return hex.EncodeToString(digest[:min(len(digest), 16)]) }

// PlanStep names a step that the person with an id takes about a version of a plan.
func PlanStep(plan string, version int, step, person string) string {
	return below(resource.PaymentPlan, plan, strconv.Itoa(version), step, person)
}

// PlanLooked names the n-th look for a version of a plan, by the person with an id.
func PlanLooked(plan string, version, n int, person string) string {
	return below(resource.PaymentPlan, plan, strconv.Itoa(version), "looked", strconv.Itoa(n), person)
}

// PlanVoided names the end of what was decided about a version of a plan.
func PlanVoided(plan string, version int) string {
	return below(resource.PaymentPlan, plan, strconv.Itoa(version), "voided")
}

// EmergencyApproved names a person's approval of an emergency grant.
func EmergencyApproved(grant, person string) string {
	return below(resource.EmergencyGrant, grant, "approved", person)
}

// FileFetched names the n-th fetching of a plan's file by the person with an id.
func FileFetched(plan, file string, n int, person string) string {
	return below(resource.PaymentPlan, plan, "files", file, "fetched", strconv.Itoa(n), person)
}

// FileLeft names the first fetching of a plan's file, by whomever: whoever knows the file
// can ask whether it has left.
func FileLeft(plan, file string) string {
	return below(resource.PaymentPlan, plan, "files", file, "left")
}

// PolicyProposed names the proposal of a policy's version, by that one's name.
func PolicyProposed(version string) string { return version + "/proposed" }

// PolicyConfirmed names the confirmation of a policy's version, by that one's name.
func PolicyConfirmed(version string) string { return version + "/confirmed" }

// AdjustmentProposed names the proposal of an adjustment.
func AdjustmentProposed(id string) string { return below(resource.Adjustment, id, "proposed") }

// AdjustmentApproved names its approval by the person with an id on a day, "2026-11-24":
// a person's approval of a later day counts as well.
func AdjustmentApproved(id, person, day string) string {
	return below(resource.Adjustment, id, "approved", person, day)
}

// PeriodClosed names the decision to close a period, by the resource name of the
// close.
func PeriodClosed(name string) string { return name + "/closed" }

// PeriodProposed tells the decision to propose a close.
func PeriodProposed(name string) string { return name + "/proposed" }

// PeriodClose names the close itself, the leaf behind the decision.
func PeriodClose(name string) string { return name + closing }

// ClosedBy reads the resource name of a close out of what PeriodClose has made.
func ClosedBy(reference string) string { return strings.TrimSuffix(reference, closing) }

const closing = "/close"

// SigningKey names the change to a signing key, by the ledger's id and the key's.
func SigningKey(ledger, key string) string { return ref("ledger", ledger, "keys", key) }

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
