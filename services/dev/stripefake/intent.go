package stripefake

import (
	"net/http"
	"slices"
	"time"
)

// holdLasts is how long a card's money is held before it must be taken.
const holdLasts = 7 * 24 * time.Hour

// attempt is how somebody tries to pay.
type attempt struct {
	present bool   // the donor is there
	proof   string // what came of 3-D Secure: proofGiven, ProofRefused, or nothing yet
}

// What comes of 3-D Secure.
const (
	proofGiven = "complete"
	// ProofRefused is the Trigger.Reason by which it fails.
	ProofRefused = "fail"
)

// newIntent makes a payment that somebody has to make.
func (s *Server) newIntent(fields object) object {
	id := newID("pi_")
	intent := s.create("payment_intent", "pi_", object{
		"id": id, "client_secret": newID(id + "_secret_"), "canceled_at": nil, "capture_method": "automatic", "metadata": object{},
	}.set(fields))
	s.emit("payment_intent.created", intent)
	return intent
}

// confirm pays an intent with a payment method, or says why not.
func (s *Server) confirm(intent, method object, a attempt) *apiError {
	used, _, _ := cardNamed(method.text("_card"))
	asks := used.proof == proofAlways || used.proof == proofOnce && method["_proven"] != true
	switch {
	case asks && a.proof == "" && a.present:
		s.change(intent, object{"status": "requires_action", "next_action": object{"type": "use_stripe_sdk", "use_stripe_sdk": object{}}})
		s.emit("payment_intent.requires_action", intent)
		return declineOf(card{code: "authentication_required", words: "This payment requires authentication."})
	case asks && a.proof == "":
		return s.decline(intent, method, card{
			code: "authentication_required", decline: "authentication_required", words: "Your card was declined. This transaction requires authentication.",
		})
	case asks && a.proof != proofGiven:
		return s.fail(intent, object{}, declineOf(card{
			code: "payment_intent_authentication_failure", words: "We are unable to authenticate your payment method.",
		}))
	case used.code != "":
		return s.decline(intent, method, used)
	}
	s.authorise(intent, method, used, asks)
	return nil
}

func declineOf(used card) *apiError {
	return &apiError{
		status: http.StatusPaymentRequired, Type: "card_error", Code: used.code, DeclineCode: used.decline, Message: used.words,
	}
}

// decline lets the card's bank refuse a payment.
func (s *Server) decline(intent, method object, used card) *apiError {
	ch := s.newCharge(intent, method, object{
		"status": "failed", "paid": false, "captured": false, "failure_code": used.code, "failure_message": used.words,
	})
	s.emit("charge.failed", ch)
	s.change(intent, object{"latest_charge": ch["id"]})
	return s.fail(intent, ch, declineOf(used))
}

// fail notes why an intent was not paid; another try may follow.
func (s *Server) fail(intent, ch object, refused *apiError) *apiError {
	s.change(intent, object{"status": "requires_payment_method", "next_action": nil, "last_payment_error": object{
		"type": refused.Type, "code": refused.Code, "decline_code": nullable(refused.DeclineCode), "message": refused.Message, "charge": ch["id"],
	}})
	s.emit("payment_intent.payment_failed", intent)
	return refused
}

// authorise holds the money of a card, and takes it unless that is to wait.
func (s *Server) authorise(intent, method object, used card, proven bool) {
	ch := s.newCharge(intent, method, object{
		"status": "succeeded", "paid": true, "captured": false, "amount_captured": 0, "_refund": used.refund, "_regret": used.regret,
	})
	if proven {
		ch.sub("payment_method_details").sub("card").set(object{"three_d_secure": object{"authenticated": true, "result": "authenticated"}})
	}
	s.change(intent, object{
		"latest_charge": ch["id"], "payment_method": method["id"], "last_payment_error": nil, "next_action": nil,
	})
	if intent.text("capture_method") != "manual" {
		s.take(intent, ch, ch.number("amount"))
		return
	}
	s.emit("charge.succeeded", ch)
	s.change(intent, object{"status": "requires_capture", "amount_capturable": ch.number("amount")}.set(s.after(holdLasts, "expireHold")))
	s.emit("payment_intent.amount_capturable_updated", intent)
}

// take moves held money into the balance.
func (s *Server) take(intent, ch object, amount int64) {
	txn := s.newTransaction("charge", "charge", ch, settle(amount, ch.text("currency")))
	s.change(ch, object{"captured": true, "amount_captured": amount, "balance_transaction": txn["id"]})
	if intent.text("capture_method") == "manual" {
		s.emit("charge.captured", ch)
	} else {
		s.emit("charge.succeeded", ch)
	}
	s.change(intent, object{"status": "succeeded", "amount_received": amount, "amount_capturable": 0, "_due": int64(0)})
	s.emit("payment_intent.succeeded", intent)
}

// regret does what happens to some cards' charges once their money is taken.
func (s *Server) regret(ch object) {
	switch ch.text("_regret") {
	case regretDispute:
		s.dispute(ch, ch.number("amount_captured"), "fraudulent", false)
	case regretInquiry:
		s.dispute(ch, ch.number("amount_captured"), "fraudulent", true)
	case regretWarning:
		s.warn(ch, "made_with_stolen_card")
	}
}

// captureIntent takes held money, or a part of it, which gives the rest back.
func (s *Server) captureIntent(c call) (object, *apiError) {
	intent, refused := s.find("payment_intent", c.id)
	if refused != nil {
		return nil, refused
	}
	amount := intent.number("amount_capturable")
	if _, given := c.params["amount_to_capture"]; given {
		amount = c.params.number("amount_to_capture")
	}
	switch {
	case intent.text("status") != "requires_capture":
		return nil, coded("payment_intent_unexpected_state", "", "This PaymentIntent could not be captured because it has a status of "+intent.text("status")+".")
	case amount < 1 || amount > intent.number("amount_capturable"):
		return nil, coded("amount_too_large", "amount_to_capture", "The amount to capture is not between one and what is held.")
	}
	ch := s.store.rows[intent.text("latest_charge")]
	s.take(intent, ch, amount)
	s.endPage(intent)
	s.regret(ch)
	return intent, nil
}

// endPage says on the page of a payment that it is paid.
func (s *Server) endPage(intent object) {
	if session, known := s.store.rows[intent.text("_session")]; known {
		s.change(session, object{"payment_status": "paid"})
	}
}

// cancelIntent gives held money back, or ends what nobody has paid.
func (s *Server) cancelIntent(c call) (object, *apiError) {
	intent, refused := s.find("payment_intent", c.id)
	if refused != nil {
		return nil, refused
	}
	open := []string{"requires_payment_method", "requires_capture", "requires_confirmation", "requires_action", "processing"}
	session := s.store.rows[intent.text("_session")]
	switch {
	case !slices.Contains(open, intent.text("status")):
		return nil, coded("payment_intent_unexpected_state", "", "You cannot cancel this PaymentIntent because it has a status of "+intent.text("status")+".")
	case session.text("status") == "open":
		return nil, invalid("", "You cannot cancel PaymentIntents created by Checkout Sessions. Expire the Checkout Session instead.")
	}
	s.release(intent, c.params.text("cancellation_reason"), "charge.refunded")
	return intent, nil
}

// expireHold gives held money back that nobody took.
func (s *Server) expireHold(intent object) { s.release(intent, "automatic", "charge.expired") }

// release ends an intent and gives back what it holds.
func (s *Server) release(intent object, reason, event string) {
	if intent.text("status") == "requires_capture" {
		ch := s.store.rows[intent.text("latest_charge")]
		s.change(ch, object{"amount_refunded": ch["amount"], "refunded": true})
		s.emit(event, ch)
	}
	s.change(intent, object{
		"status": "canceled", "amount_capturable": 0, "canceled_at": s.now(), "cancellation_reason": nullable(reason), "_due": int64(0),
	})
	s.emit("payment_intent.canceled", intent)
}
