package stripefake

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
	return s.payOut(amount, false), nil
}

// payOutAll pays everything out that no payout contains yet, as Stripe's
// automatic payouts do, and returns the payout; false where there is nothing.
func (s *Server) payOutAll() (object, bool) {
	var contents []object
	var amount int64
	for _, id := range s.store.order {
		o := s.store.rows[id]
		if o.text("object") == "balance_transaction" && o.text("_payout") == "" {
			contents, amount = append(contents, o), amount+o.number("net")
		}
	}
	if amount < 1 || amount > s.balance() {
		return nil, false
	}
	payout := s.payOut(amount, true)
	for _, o := range contents {
		s.change(o, object{"_payout": payout["id"]})
	}
	return payout, true
}

func (s *Server) payOut(amount int64, automatic bool) object {
	payout := s.create("payout", "po_", object{
		"amount": amount, "currency": "eur", "automatic": automatic, "status": "in_transit", "arrival_date": s.now(), "description": nil,
	})
	txn := s.newTransaction("payout", payout, settlement{gross: -amount})
	s.change(txn, object{"_payout": payout["id"], "available_on": s.now()})
	s.change(payout, object{"balance_transaction": txn["id"]})
	s.emit("payout.created", payout)
	s.change(payout, object{"status": "paid"})
	s.emit("payout.paid", payout)
	return payout
}

// getBalance tells what can be paid out now and what not yet.
func (s *Server) getBalance(call) (object, *apiError) {
	var available int64
	for _, o := range s.store.rows {
		if o.text("object") == "balance_transaction" && o.number("available_on") <= s.now() {
			available += o.number("net")
		}
	}
	part := func(minor int64) []any {
		return []any{object{"amount": minor, "currency": "eur", "source_types": object{"card": minor}}}
	}
	return s.contract.shape("balance").set(object{
		"available": part(available), "pending": part(s.balance() - available), "livemode": false,
	}), nil
}

// balance returns the whole balance in cents of EUR, pending or not.
func (s *Server) balance() int64 {
	var sum int64
	for _, o := range s.store.rows {
		if o.text("object") == "balance_transaction" {
			sum += o.number("net")
		}
	}
	return sum
}
