package stripefake

import (
	"fmt"
	"net/http"
	"strings"
)

// Pay pays an open session with one of the test cards, as its page does. The
// error says why it was not paid.
func (s *Server) Pay(sessionID, cardNumber string) error {
	if refused := s.pay(sessionID, cardNumber); refused != nil {
		return fmt.Errorf("pay %s: %s %s", sessionID, refused.Code, refused.Message)
	}
	return nil
}

func (s *Server) pay(sessionID, cardNumber string) *apiError {
	number := strings.NewReplacer(" ", "", "-", "").Replace(cardNumber)
	used, known := cardOf(number)
	return s.update(func() *apiError {
		session, refused := s.find("checkout.session", sessionID)
		switch {
		case refused != nil:
			return refused
		case session.text("status") != "open":
			return coded("checkout_session_closed", "", "This page has been completed or has expired.")
		case !known:
			return coded("incorrect_number", "card", "That is not one of the test cards.")
		}
		intent := s.intentOf(session)
		if used.code != "" {
			return s.decline(session, intent, used, number)
		}
		s.succeed(session, intent, used, number)
		return nil
	})
}

// intentOf returns the session's intent, made at the first try.
func (s *Server) intentOf(session object) object {
	if id := session.text("payment_intent"); id != "" {
		return s.store.rows[id]
	}
	id, data := newID("pi_"), session.sub("_intent")
	intent := s.create("payment_intent", "pi_", object{
		"id": id, "client_secret": newID(id + "_secret_"), "amount": session.number("amount_total"),
		"currency": session["currency"], "metadata": data.sub("metadata"), "description": data["description"],
		"receipt_email": data["receipt_email"], "canceled_at": nil,
	})
	s.change(session, object{"payment_intent": id})
	s.emit("payment_intent.created", intent)
	return intent
}

// newCharge uses a card. Of the number only the last four digits are kept.
func (s *Server) newCharge(intent object, used card, number string, fields object) object {
	return s.create("charge", "ch_", object{
		"amount": intent["amount"], "currency": intent["currency"], "payment_intent": intent["id"],
		"metadata": intent["metadata"], "description": intent["description"], "payment_method": newID("pm_"),
		"billing_details": object{"address": nil, "email": nil, "name": nil, "phone": nil}, "receipt_url": nil,
		"refunds": nil, "balance_transaction": nil, "payment_method_details": object{"type": "card", "card": object{
			"brand": used.brand, "country": used.country, "last4": number[len(number)-4:], "funding": "credit",
			"exp_month": 12, "exp_year": 2034, "network": used.brand, "three_d_secure": nil, "wallet": nil,
		}},
	}.set(fields))
}

func (s *Server) succeed(session, intent object, used card, number string) {
	ch := s.newCharge(intent, used, number, object{
		"status": "succeeded", "paid": true, "captured": true, "amount_captured": intent["amount"], "_refund": used.refund,
	})
	sum := settle(ch.number("amount"), ch.text("currency"))
	txn := s.newTransaction("charge", "charge", ch, sum)
	s.change(ch, object{"balance_transaction": txn["id"]})
	s.emit("charge.succeeded", ch)
	s.change(intent, object{
		"status": "succeeded", "amount_received": intent["amount"], "latest_charge": ch["id"],
		"payment_method": ch["payment_method"], "last_payment_error": nil,
	})
	s.emit("payment_intent.succeeded", intent)
	s.change(session, object{"status": "complete", "payment_status": "paid", "url": nil, "_due": int64(0)})
	s.emit("checkout.session.completed", session)
	s.regret(ch, used)
}

// regret does what happens to some cards' charges right after they succeeded.
func (s *Server) regret(ch object, used card) {
	switch used.regret {
	case regretDispute:
		s.dispute(ch, ch.number("amount"), "fraudulent", false)
	case regretInquiry:
		s.dispute(ch, ch.number("amount"), "fraudulent", true)
	case regretWarning:
		s.warn(ch, "made_with_stolen_card")
	}
}

func (s *Server) decline(session, intent object, used card, number string) *apiError {
	refused := &apiError{
		status: http.StatusPaymentRequired, Type: "card_error", Code: used.code, DeclineCode: used.decline, Message: used.words,
	}
	ch := s.newCharge(intent, used, number, object{
		"status": "failed", "paid": false, "captured": false, "failure_code": used.code, "failure_message": used.words,
	})
	s.emit("charge.failed", ch)
	s.change(intent, object{"latest_charge": ch["id"], "last_payment_error": object{
		"type": refused.Type, "code": refused.Code, "decline_code": refused.DeclineCode, "message": refused.Message, "charge": ch["id"],
	}})
	s.emit("payment_intent.payment_failed", intent)
	s.change(session, object{"payment_intent": intent["id"]})
	return refused
}
