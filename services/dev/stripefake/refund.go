package stripefake

// createRefund gives back all or part of a charge, at once.
func (s *Server) createRefund(c call) (object, *apiError) {
	ch, refused := s.chargeToRefund(c.params)
	if refused != nil {
		return nil, refused
	}
	left := ch.number("amount") - ch.number("amount_refunded")
	amount := left
	if _, given := c.params["amount"]; given {
		amount = c.params.number("amount")
	}
	switch {
	case ch.text("status") != "succeeded":
		return nil, invalid("charge", "This charge has not succeeded.")
	case left == 0:
		return nil, coded("charge_already_refunded", "", "Charge "+ch.text("id")+" has already been refunded.")
	case amount < 1 || amount > left:
		return nil, invalid("amount", "Refund amount is greater than what is left of the charge, or not positive.")
	}
	refund := s.create("refund", "re_", object{
		"amount": amount, "currency": ch["currency"], "charge": ch["id"], "payment_intent": ch["payment_intent"],
		"reason": c.params["reason"], "metadata": c.params.sub("metadata"), "status": "succeeded",
	})
	sum := settle(amount, ch.text("currency"))
	txn := s.newTransaction("refund", refund, settlement{gross: -sum.gross, rate: sum.rate})
	s.change(refund, object{"balance_transaction": txn["id"]})
	s.change(ch, object{"amount_refunded": ch.number("amount_refunded") + amount, "refunded": amount == left})
	s.emit("refund.created", refund)
	s.emit("charge.refunded", ch)
	return refund, nil
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
