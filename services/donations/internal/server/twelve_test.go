package server_test

import (
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/dev/stripefake"
)

// Twelve months of giving, as a partner, its donors, their banks and Stripe make them, over
// REST and the wire.
func TestTwelveMonthsOfGiving(t *testing.T) {
	t.Parallel()
	m := newMonths(t)
	// November: three donors begin to give each month, two give once, and a card of Belarus
	// is not taken.
	steady, ending, leaving := m.begin("PLEDGE_RECURRENCE_MONTH", visa), m.begin("PLEDGE_RECURRENCE_MONTH", visa), m.begin("PLEDGE_RECURRENCE_MONTH", visa)
	refunded, disputed := m.begin("", visa), m.begin("", visa)
	foreign := m.begin("", "4000001120000005")
	if got := m.seen(foreign); got.PaymentFailure != "DONATION_FAILURE_CARD_COUNTRY" {
		t.Errorf("a card of Belarus: %+v", got)
	}
	m.want("a card of Belarus", foreign, 0, 0)

	// On day three one has it back: it never clears.
	m.pass(3 * day)
	m.donor(refunded, "requestRefund", nil, nil)
	m.pass(20 * day)
	m.want("refunded on day three", refunded, 1, 0)
	m.want("once", disputed, 1, 1)
	m.want("steady", steady, 1, 1)

	m.renewals(steady)

	// March to May: one pauses, and ends with the token; one is forgotten.
	m.donor(ending, "changePledge", map[string]any{"pause": true, "pauseUntil": "2027-03-20"}, nil)
	before, _ := m.received(ending)
	m.pass(90 * day)
	if now, _ := m.received(ending); now >= before+3 || now == before {
		t.Errorf("paused: %d gifts, %d before", now, before)
	}
	m.donor(ending, "cancelPledge", nil, nil)
	m.donor(leaving, "forget", nil, nil)
	ended, _ := m.received(ending)
	left, _ := m.received(leaving)

	// June to November: who has ended gives no more, and who has not gives each month.
	m.pass(365*day - m.clock().Sub(time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)))
	if now, _ := m.received(ending); now != ended {
		t.Errorf("cancelled: %d gifts, %d before", now, ended)
	}
	if now, _ := m.received(leaving); now != left {
		t.Errorf("forgotten: %d gifts, %d before", now, left)
	}
	if n, _ := m.received(steady); n < 12 || m.seen(steady).State != "PLEDGE_STATE_ACTIVE" {
		t.Errorf("steady: %d gifts, %+v", n, m.seen(steady))
	}
	m.want("refunded on day three", refunded, 1, 0)
	if n := m.ledger.Balance("suspense:stripe"); n != 0 || m.count("stripe_events", "state = 'KEPT'") != 0 {
		t.Errorf("suspense %d, %d events are kept", n, m.count("stripe_events", "state = 'KEPT'"))
	}
	m.wantStripe()

	m.disputeLate(disputed)
}

// renewals are those from December to January, of which one fails until the donor gives
// another card.
func (m *months) renewals(steady given) {
	m.t.Helper()
	m.pass(10 * day)
	m.want("renewed", steady, 2, 1)
	m.trigger(stripefake.Trigger{Kind: "card", Object: m.id(steady.Name), Type: "chargeDeclinedInsufficientFunds"})
	m.pass(31 * day)
	if got := m.seen(steady); got.Trouble != "PLEDGE_TROUBLE_FAILED" {
		m.t.Errorf("a renewal that failed: %+v", got)
	}
	m.want("failed", steady, 2, 2)
	var page struct{ CheckoutURL string }
	m.donor(steady, "changeCard", nil, &page)
	m.use(page.CheckoutURL, "5555555555554444")
	m.pass(6 * day)
	if got := m.seen(steady); got.Trouble != "" && got.Trouble != "PLEDGE_TROUBLE_UNSPECIFIED" {
		m.t.Errorf("with another card: %+v", got)
	}
	m.want("with another card", steady, 3, 2)
}

// disputeLate is the dispute of a gift that was given out long ago: the reserve bears it, no
// family does, and nothing of what others gave.
func (m *months) disputeLate(disputed given) {
	m.t.Helper()
	m.ledger.SetPaid("emergency", m.ledger.Balance("fund:emergency:available"), 0)
	m.ledger.SetAvailable("reserve", 10_000)
	waiting, awards := m.ledger.Balance("fund:emergency:clearing"), m.ledger.Sum("award:")
	fund := m.ledger.Balance("fund:emergency:available")
	m.trigger(stripefake.Trigger{Kind: "dispute", Object: m.id(disputed.Name)})
	m.settle()
	if got, borne := m.ledger.Balance("fund:reserve:available"), int64(7000)-fund; got != 10_000-borne {
		m.t.Errorf("the reserve has %d, want %d", got, 10_000-borne)
	}
	if m.ledger.Balance("fund:emergency:clearing") != waiting || m.ledger.Sum("award:") != awards {
		m.t.Error("the dispute took what others gave, or what a family has")
	}
}
