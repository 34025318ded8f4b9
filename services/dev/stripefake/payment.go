package stripefake

import "fmt"

// Pay pays an open page with one of the test cards, or saves the card there, as a donor
// does. The error says why not.
func (s *Server) Pay(sessionID, cardNumber string) error { return s.Prove(sessionID, cardNumber, "") }

// Prove is Pay with what came of 3-D Secure, "complete" or "fail", as a donor does after
// the page has asked for it.
func (s *Server) Prove(sessionID, cardNumber, proof string) error {
	if refused := s.pay(sessionID, cardNumber, proof); refused != nil {
		return fmt.Errorf("pay %s: %s %s", sessionID, refused.Code, refused.Message)
	}
	return nil
}

func (s *Server) pay(id, cardNumber, proof string) *apiError {
	number := numberOf(cardNumber)
	used, known := cardOf(number)
	a := attempt{present: true, proof: proof}
	return s.update(func() *apiError {
		if s.store.rows[id].text("object") == "invoice" {
			return s.payHosted(s.store.rows[id], a)
		}
		session, refused := s.find("checkout.session", id)
		switch {
		case refused != nil:
			return refused
		case session.text("status") != "open":
			return coded("checkout_session_closed", "", "This page has been completed or has expired.")
		case !known:
			return coded("incorrect_number", "card", "That is not one of the test cards.")
		}
		method := s.newMethod(used, number[len(number)-4:])
		if session.text("mode") == "setup" {
			return s.setUp(session, method, a)
		}
		return s.payPage(session, method, a)
	})
}

// payPage pays the page of one payment.
func (s *Server) payPage(session, method object, a attempt) *apiError {
	intent := s.intentOf(session)
	if refused := s.confirm(intent, method, a); refused != nil {
		return refused
	}
	paid := "paid"
	if intent.text("status") != "succeeded" {
		paid = "unpaid"
	}
	s.change(session, object{"status": "complete", "payment_status": paid, "url": nil, "_due": int64(0)})
	s.emit("checkout.session.completed", session)
	if paid == "paid" {
		s.regret(s.store.rows[intent.text("latest_charge")])
	}
	return nil
}

// intentOf returns the session's intent, made at the first try.
func (s *Server) intentOf(session object) object {
	if id := session.text("payment_intent"); id != "" {
		return s.store.rows[id]
	}
	data := session.sub("_intent")
	fields := object{
		"amount": session.number("amount_total"), "currency": session["currency"], "metadata": data.sub("metadata"),
		"description": data["description"], "receipt_email": data["receipt_email"], "customer": session["customer"], "_session": session["id"],
	}
	if how := data.text("capture_method"); how != "" {
		fields["capture_method"] = how
	}
	intent := s.newIntent(fields)
	s.change(session, object{"payment_intent": intent["id"]})
	return intent
}

// newCharge uses a card. Of the number only the last four digits are kept.
func (s *Server) newCharge(intent, method object, fields object) object {
	face := object{"network": method.sub("card")["brand"], "three_d_secure": nil}.set(method.sub("card"))
	return s.create("charge", "ch_", object{
		"amount": intent["amount"], "currency": intent["currency"], "payment_intent": intent["id"], "customer": intent["customer"],
		"invoice": intent["invoice"], "metadata": intent["metadata"], "description": intent["description"], "payment_method": method["id"],
		"billing_details": object{"address": nil, "email": nil, "name": nil, "phone": nil}, "receipt_url": nil,
		"refunds": nil, "balance_transaction": nil, "payment_method_details": object{"type": "card", "card": face},
	}.set(fields))
}
