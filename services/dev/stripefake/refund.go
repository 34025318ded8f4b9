package stripefake

import "time"

// How long a refund takes that is not settled at once.
const (
	refundSettles = 2 * 24 * time.Hour
	refundFails   = 3 * 24 * time.Hour
)

// createRefund gives back all or part of a charge.
func (s *Server) createRefund(c call) (object, *apiError) {
	ch, refused := s.chargeToRefund(c.params)
	if refused != nil {
		return nil, refused
	}
	_, given := c.params["amount"]
	amount, refused := s.refundable(ch, c.params.number("amount"), given)
	if refused != nil {
		return nil, refused
	}
	return s.refund(ch, amount, c.params["reason"], c.params.sub("metadata")), nil
}

// refundable returns how much a refund of a charge gives back, all that is left where
// no amount is given.
func (s *Server) refundable(ch object, amount int64, given bool) (int64, *apiError) {
	left := ch.number("amount_captured") - ch.number("amount_refunded")
	if !given {
		amount = left
	}
	switch {
	case ch.text("status") != "succeeded" || ch["captured"] != true:
		return 0, invalid("charge", "This charge has not succeeded.")
	case s.contested(ch):
		return 0, coded("charge_disputed", "", "Charge "+ch.text("id")+" has been charged back; cannot issue a refund.")
	case left == 0:
		return 0, coded("charge_already_refunded", "", "Charge "+ch.text("id")+" has already been refunded.")
	case amount < 1 || amount > left:
		return 0, invalid("amount", "Refund amount is greater than what is left of the charge, or not positive.")
	}
	return amount, nil
}

// refund gives an amount back, in the way of the charge's card.
func (s *Server) refund(ch object, amount int64, reason any, metadata object) object {
	fields := object{
		"amount": amount, "currency": ch["currency"], "charge": ch["id"], "payment_intent": ch["payment_intent"],
		"reason": reason, "metadata": metadata, "status": "succeeded", "failure_balance_transaction": nil,
	}
	switch ch.text("_refund") {
	case refundLate:
		fields.set(object{"status": "pending"}).set(s.after(refundSettles, "settleRefund"))
	case refundBad:
		fields.set(s.after(refundFails, "failRefund"))
	}
	refund := s.create("refund", "re_", fields)
	sum := settle(amount, ch.text("currency"))
	txn := s.newTransaction("refund", "refund", refund, settlement{gross: -sum.gross, rate: sum.rate})
	s.change(refund, object{"balance_transaction": txn["id"]})
	s.returned(ch, amount)
	s.emit("refund.created", refund)
	s.emit("charge.refunded", ch)
	s.outdateWarnings(ch)
	return refund
}

// returned notes how much more of a charge has been given back, less where it is
// negative.
func (s *Server) returned(ch object, amount int64) {
	sum := ch.number("amount_refunded") + amount
	s.change(ch, object{"amount_refunded": sum, "refunded": sum == ch.number("amount_captured")})
}

// settleRefund ends a refund that was under way.
func (s *Server) settleRefund(refund object) {
	s.change(refund, object{"status": "succeeded"})
	s.emitRefund(refund)
}

// failRefund takes a refund back that the card's bank has not taken.
func (s *Server) failRefund(refund object) {
	ch := s.store.rows[refund.text("charge")]
	sum := settle(refund.number("amount"), refund.text("currency"))
	txn := s.newTransaction("refund_failure", "refund_failure", refund, settlement{gross: sum.gross, rate: sum.rate})
	s.change(refund, object{
		"status": "failed", "failure_reason": "lost_or_stolen_card", "failure_balance_transaction": txn["id"], "_due": int64(0),
	})
	s.returned(ch, -refund.number("amount"))
	s.emitRefund(refund)
}

// emitRefund tells of a change in both of Stripe's words for it.
func (s *Server) emitRefund(refund object) {
	s.emit("charge.refund.updated", refund)
	s.emit("refund.updated", refund)
}

func (s *Server) chargeToRefund(params object) (object, *apiError) {
	if id := params.text("charge"); id != "" {
		return s.find("charge", id)
	}
	intent, refused := s.find("payment_intent", params.text("payment_intent"))
	if refused != nil {
		return nil, refused
	}
	return s.find("charge", intent.text("latest_charge"))
}
