package stripefake

import (
	"slices"
	"time"
)

// payoutTakes is how long an automatic payout is on its way to the bank.
const payoutTakes = 2 * 24 * time.Hour

// createPayout pays a given sum of the balance out, which leaves open which
// transactions it consists of, as Stripe's manual payouts do.
func (s *Server) createPayout(c call) (object, *apiError) {
	if c.params.text("currency") != "eur" {
		return nil, invalid("currency", "The balance has EUR only.")
	}
	amount := c.params.number("amount")
	if amount < 1 || amount > s.balance() {
		return nil, coded("balance_insufficient", "amount", "You have insufficient funds in your Stripe account.")
	}
	return s.payOut(amount, false, 0), nil
}

// payOutAll pays out what let takes of all that no payout contains yet, as Stripe's
// automatic payouts do, and returns the payout; false where there is nothing.
func (s *Server) payOutAll(takes time.Duration, let func(txn object) bool) (object, bool) {
	var contents []object
	var amount int64
	for o := range s.store.all("balance_transaction") {
		if o.text("_payout") == "" && let(o) {
			contents, amount = append(contents, o), amount+o.number("net")
		}
	}
	if amount < 1 || amount > s.balance() {
		return nil, false
	}
	payout := s.payOut(amount, true, takes)
	for _, o := range contents {
		s.change(o, object{"_payout": payout["id"]})
	}
	return payout, true
}

// payOut moves a sum towards the bank, where it arrives later or at once.
func (s *Server) payOut(amount int64, automatic bool, takes time.Duration) object {
	payout := s.create("payout", "po_", object{
		"amount": amount, "currency": "eur", "automatic": automatic, "status": "in_transit",
		"arrival_date": s.now() + int64(takes/time.Second), "description": nil,
	})
	txn := s.newTransaction("payout", "payout", payout, settlement{gross: -amount})
	s.change(txn, object{"_payout": payout["id"], "available_on": s.now()})
	s.change(payout, object{"balance_transaction": txn["id"]})
	s.emit("payout.created", payout)
	if takes > 0 {
		s.change(payout, s.after(takes, "arrive"))
	} else {
		s.arrivePayout(payout)
	}
	return payout
}

// arrivePayout says that the bank has the money.
func (s *Server) arrivePayout(payout object) {
	s.change(payout, object{"status": "paid", "_due": int64(0)})
	s.emit("payout.paid", payout)
}

// reversePayout gives a payout's money back to the balance: the bank sent it back, which
// happens also after it was paid, or it was called back on its way.
func (s *Server) reversePayout(payout object, failed bool) *apiError {
	allowed, status, kind := []string{"in_transit", "pending"}, "canceled", "payout_cancel"
	if failed {
		allowed, status, kind = append(allowed, "paid"), "failed", "payout_failure"
	}
	if !slices.Contains(allowed, payout.text("status")) {
		return invalid("", "Payouts can only be reversed before they end.")
	}
	txn := s.newTransaction(kind, "payout_reversal", payout, settlement{gross: payout.number("amount")})
	s.change(txn, object{"available_on": s.now()})
	s.change(payout, object{"status": status, "failure_balance_transaction": txn["id"], "_due": int64(0)})
	if failed {
		s.change(payout, object{"failure_code": "account_closed", "failure_message": "The bank account has been closed."})
	}
	s.emit("payout."+status, payout)
	return nil
}

// cancelPayout calls a payout back.
func (s *Server) cancelPayout(c call) (object, *apiError) {
	payout, refused := s.find("payout", c.id)
	if refused == nil {
		refused = s.reversePayout(payout, false)
	}
	return payout, refused
}

// scheduleID names the object that keeps the time of the next automatic payout.
const scheduleID = "_payouts"

// payDaily starts or ends the automatic payouts of each day. The lock is held.
func (s *Server) payDaily(on bool) {
	schedule, known := s.store.rows[scheduleID]
	switch {
	case !known && !on, known && on == (schedule.number("_due") != 0):
	case on:
		s.store.put(object{"id": scheduleID, "object": "_schedule"}.set(s.tomorrow()))
	default:
		s.change(schedule, object{"_due": int64(0)})
	}
}

func (s *Server) tomorrow() object {
	day := time.Unix(s.now(), 0).UTC().Truncate(24 * time.Hour)
	return at(day.Add(24*time.Hour).Unix(), "payOut")
}

// payOutDaily pays out what has become available.
func (s *Server) payOutDaily(schedule object) {
	s.payOutAll(payoutTakes, s.available)
	s.change(schedule, s.tomorrow())
}

func (s *Server) available(txn object) bool { return txn.number("available_on") <= s.now() }

// listTransactions lists the balance's movements; by payout only those of an automatic
// one, since Stripe knows the contents of no other.
func (s *Server) listTransactions(c call) (object, *apiError) {
	if id := c.params.text("payout"); id != "" {
		payout, refused := s.find("payout", id)
		switch {
		case refused != nil:
			return nil, refused
		case payout["automatic"] != true:
			return nil, invalid("payout", "Balance transaction history can only be filtered on automatic transfers, not manual.")
		}
	}
	return listing("balance_transaction", "/v1/balance_transactions", "type", "source", "payout", "currency")(s, c)
}
