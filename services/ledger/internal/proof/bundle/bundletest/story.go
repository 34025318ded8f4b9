package bundletest

import (
	"fmt"
	"testing"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// The persons of the story.
const (
	Treasurer  = "staff/s_1"
	Approver   = "staff/s_2"
	Authorizer = "staff/s_3"
	Releaser   = "staff/s_4"
)

// Story returns a sealed log in which one gift goes all the way: it is cleared,
// held by a round, awarded, paid, returned and paid again, with a fee in between
// that is reversed. Its own leaves stand behind those about its staff.
func Story(t testing.TB) *Log {
	t.Helper()
	l := Staffed(t)
	l.Post(leaf.Suspense, "2026-11-01", "statement/1/1", "statements/s_1",
		D("asset:bank:main", 10000), C("suspense:bank:main", 10000))
	l.Post(leaf.Donation, "2026-11-02", "stripe/9f3a/charge", "donations/d_1",
		D("asset:stripe", 5000), C("fund:general:clearing", 4900), C("fund:operations:available", 100))
	fee := l.Post(leaf.ProcessingFee, "2026-11-02", "stripe/9f3a/fee", "donations/d_1",
		D("fund:operations:available", 100), D("deficit:operations", 30), C("asset:stripe", 130))
	l.Reverse(fee, "2026-11-03", "stripe/9f3a/fee/reverse")
	l.Post(leaf.Clearing, "2026-11-16", "clearing/general/2026-11-16", "funds/general",
		D("fund:general:clearing", 4900), C("fund:general:available", 4900))
	l.Decide(leaf.DecisionRoundSnapshot, "2026-11-17", "allocationRounds/r_1", Treasurer, "snapshot")
	l.Decide(leaf.DecisionRoundCommitted, "2026-11-17", "allocationRounds/r_1", Approver, "snapshot")
	l.Post(leaf.RoundHold, "2026-11-17", "rounds/r_1/hold", "allocationRounds/r_1",
		D("fund:general:available", 4000), C("round:r_1:general", 4000))
	l.Post(leaf.RoundAward, "2026-11-17", "rounds/r_1/awards", "allocationRounds/r_1",
		D("round:r_1:general", 4000), C("award:w_1", 3000), C("fund:general:available", 1000))
	l.Plan("p_1")
	l.Pay("2026-11-19", "p_1", "y_1", 1, 3000)
	l.Post(leaf.AttemptSettled, "2026-11-20", "payment/y_1/attempts/1/settle", "paymentPlans/p_1/payments/y_1",
		D("transit:sepa", 3000), C("asset:bank:main", 3000))
	l.Post(leaf.AttemptReturned, "2026-11-22", "payment/y_1/attempts/1/return", "paymentPlans/p_1/payments/y_1",
		D("asset:bank:main", 3000), C("award:w_1", 3000))
	l.Pay("2026-11-22", "p_1", "y_1", 2, 3000)
	return l.Seal(t)
}

// Adjust appends a booking by people with the decisions of two persons.
func (l *Log) Adjust(kind leaf.Kind, day, id string, lines ...Line) *leaf.Transaction {
	name := "ledger/adjustments/" + id
	l.Decide(leaf.DecisionAdjustmentProposed, day, name, Treasurer, id)
	l.Decide(leaf.DecisionAdjustmentApproved, day, name, Approver, id)
	return l.Post(kind, day, name, name, lines...)
}

// Plan appends the four decisions that a plan needs.
func (l *Log) Plan(id string) {
	name := "paymentPlans/" + id
	l.Decide(leaf.DecisionPlanLocked, "2026-11-18", name, Treasurer, id)
	l.Decide(leaf.DecisionPlanApproved, "2026-11-18", name, Approver, id)
	l.Decide(leaf.DecisionPlanAuthorized, "2026-11-18", name, Authorizer, id)
	l.Decide(leaf.DecisionPlanReleased, "2026-11-18", name, Releaser, id)
}

// Pay appends an attempt to pay out of the award w_1.
func (l *Log) Pay(day, plan, payment string, attempt int, amount int64) *leaf.Transaction {
	return l.Post(leaf.AttemptSubmitted, day, fmt.Sprintf("payment/%s/attempts/%d/submit", payment, attempt),
		"paymentPlans/"+plan+"/payments/"+payment, D("award:w_1", amount), C("transit:sepa", amount))
}

// Gifts appends n donations to the general fund, to make a log long.
func (l *Log) Gifts(n int) *Log {
	for range n {
		id := len(l.Leaves)
		l.Post(leaf.Donation, "2026-11-22", fmt.Sprintf("gift/%d", id), fmt.Sprintf("donations/d_%d", id),
			D("asset:stripe", 1000), C("fund:general:clearing", 1000))
	}
	return l
}
