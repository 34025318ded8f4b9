package stripefake

import "time"

// settleDelay is how long a charge stays pending in the balance.
const settleDelay = 7 * 24 * time.Hour

// newTransaction moves the balance on account of source, nil where it has none.
func (s *Server) newTransaction(kind, category string, source object, sum settlement) object {
	fields := object{
		"type": kind, "reporting_category": category, "source": source["id"], "currency": "eur", "description": nil,
		"amount": sum.gross, "fee": sum.fee, "net": sum.gross - sum.fee, "exchange_rate": nil,
		"status": "pending", "available_on": s.now(), // what is taken is taken at once
	}
	if sum.gross > 0 {
		fields["available_on"] = s.now() + int64(settleDelay/time.Second)
	}
	if sum.rate != 0 {
		fields["exchange_rate"] = sum.rate
	}
	if sum.fee != 0 {
		fields["fee_details"] = []any{object{
			"amount": sum.fee, "currency": "eur", "type": "stripe_fee", "description": "Stripe processing fees", "application": nil,
		}}
	}
	return s.create("balance_transaction", "txn_", fields)
}

// getBalance tells what can be paid out now and what not yet.
func (s *Server) getBalance(call) (object, *apiError) {
	var available int64
	for o := range s.store.all("balance_transaction") {
		if s.available(o) {
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
	for o := range s.store.all("balance_transaction") {
		sum += o.number("net")
	}
	return sum
}
