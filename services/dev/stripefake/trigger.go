package stripefake

import (
	"cmp"
	"fmt"
	"net/http"
	"time"
)

// Trigger is something that happens at Stripe without a call of ours: by a donor, a
// bank, or somebody in Stripe's dashboard.
type Trigger struct {
	// Kind is one of those in triggers.
	Kind string `json:"kind"`
	// Object is the id of what it happens to: of a charge, or of the payment intent or
	// checkout session that has one; of a dispute, refund, payout or subscription; or the
	// reference that our side gave to a session or subscription.
	Object string `json:"object"`
	// Amount in minor units; zero is all of it.
	Amount int64 `json:"amount"`
	// Reason is Stripe's word for why, of refunds, disputes and warnings.
	Reason string `json:"reason"`
	// Type, Category and Fee are those of a balance transaction; Type also that of an
	// event, or the name of a test card.
	Type     string `json:"type"`
	Category string `json:"category"`
	Fee      int64  `json:"fee"`
	// Days is how long a payout is on its way; zero arrives at once.
	Days int `json:"days"`
}

// triggers lists what can be triggered, and what each does.
func triggers() map[string]func(*Server, Trigger) (object, *apiError) {
	return map[string]func(*Server, Trigger) (object, *apiError){
		"refund":              (*Server).triggerRefund,
		"refund.fail":         (*Server).triggerRefundFailure,
		"dispute":             disputing(false),
		"dispute.inquiry":     disputing(true),
		"dispute.escalate":    onDispute(func(s *Server, d object, _ Trigger) *apiError { return s.escalate(d) }),
		"dispute.reinstate":   onDispute((*Server).triggerReinstatement),
		"dispute.win":         onDispute(func(s *Server, d object, _ Trigger) *apiError { return s.decide(d, true) }),
		"dispute.lose":        onDispute(func(s *Server, d object, _ Trigger) *apiError { return s.decide(d, false) }),
		"warning":             (*Server).triggerWarning,
		"payout":              (*Server).triggerPayout,
		"payout.fail":         reversing(true),
		"payout.cancel":       reversing(false),
		"pay":                 (*Server).triggerPayment,
		"lose":                (*Server).triggerLoss,
		"card":                (*Server).triggerCard,
		"renew":               (*Server).triggerRenewal,
		"balance_transaction": (*Server).triggerTransaction,
		"event":               (*Server).triggerEvent,
	}
}

// Trigger makes something happen, and returns the id of what came of it.
func (s *Server) Trigger(t Trigger) (string, error) {
	var id string
	refused := s.update(func() *apiError {
		run, known := triggers()[t.Kind]
		if !known {
			return invalid("kind", "Nothing of that kind can be triggered.")
		}
		o, refused := run(s, t)
		id = o.text("id")
		return refused
	})
	if refused != nil {
		return "", fmt.Errorf("trigger %s: %s", t.Kind, refused.Message)
	}
	return id, nil
}

func (s *Server) controlTrigger(w http.ResponseWriter, r *http.Request) {
	var t Trigger
	if !read(w, r, &t) {
		return
	}
	id, err := s.Trigger(t)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	show(w, map[string]string{"id": id})
}

// chargeOf finds the charge of a payment intent or a checkout session, or itself.
func (s *Server) chargeOf(id string) (object, *apiError) {
	o := s.store.rows[id]
	switch o.text("object") {
	case "checkout.session":
		return s.chargeOf(o.text("payment_intent"))
	case "payment_intent":
		return s.chargeOf(o.text("latest_charge"))
	case "subscription":
		return s.chargeOf(s.store.rows[o.text("latest_invoice")].text("charge"))
	}
	if named := s.referred(id, "subscription", "checkout.session"); named != nil {
		return s.chargeOf(named.text("id"))
	}
	return s.find("charge", id)
}

func (s *Server) triggerRefund(t Trigger) (object, *apiError) {
	ch, refused := s.chargeOf(t.Object)
	if refused != nil {
		return nil, refused
	}
	amount, refused := s.refundable(ch, t.Amount, t.Amount != 0)
	if refused != nil {
		return nil, refused
	}
	return s.refund(ch, amount, nullable(t.Reason), object{}), nil
}

func (s *Server) triggerRefundFailure(t Trigger) (object, *apiError) {
	refund, refused := s.find("refund", t.Object)
	if refused == nil && refund.text("status") == "failed" {
		refused = invalid("object", "This refund has failed already.")
	}
	if refused != nil {
		return nil, refused
	}
	s.failRefund(refund)
	return refund, nil
}

func disputing(inquiry bool) func(*Server, Trigger) (object, *apiError) {
	return func(s *Server, t Trigger) (object, *apiError) {
		ch, refused := s.chargeOf(t.Object)
		if refused == nil && (ch["captured"] != true || t.Amount < 0 || t.Amount > ch.number("amount")) {
			refused = invalid("amount", "That was not charged.")
		}
		if refused != nil {
			return nil, refused
		}
		return s.dispute(ch, cmp.Or(t.Amount, ch.number("amount")), cmp.Or(t.Reason, "fraudulent"), inquiry), nil
	}
}

func onDispute(do func(*Server, object, Trigger) *apiError) func(*Server, Trigger) (object, *apiError) {
	return func(s *Server, t Trigger) (object, *apiError) {
		d, refused := s.find("dispute", t.Object)
		if refused == nil {
			refused = do(s, d, t)
		}
		return d, refused
	}
}

func (s *Server) triggerReinstatement(d object, t Trigger) *apiError {
	return s.reinstate(d, cmp.Or(t.Amount, d.number("amount")))
}

func (s *Server) triggerWarning(t Trigger) (object, *apiError) {
	ch, refused := s.chargeOf(t.Object)
	if refused != nil {
		return nil, refused
	}
	return s.warn(ch, cmp.Or(t.Reason, "made_with_stolen_card")), nil
}

func (s *Server) triggerPayout(t Trigger) (object, *apiError) {
	payout, ok := s.payOutAll(time.Duration(t.Days)*24*time.Hour, func(object) bool { return true })
	if !ok {
		return nil, coded("balance_insufficient", "", "There is nothing to pay out.")
	}
	return payout, nil
}

func reversing(failed bool) func(*Server, Trigger) (object, *apiError) {
	return func(s *Server, t Trigger) (object, *apiError) {
		payout, refused := s.find("payout", t.Object)
		if refused == nil {
			refused = s.reversePayout(payout, failed)
		}
		return payout, refused
	}
}

// triggerCard lets the card of a subscription behave as a test card does, because its
// bank changed its mind.
func (s *Server) triggerCard(t Trigger) (object, *apiError) {
	sub, refused := s.subscriptionOf(t.Object)
	if refused != nil {
		return nil, refused
	}
	used, last4, known := cardNamed(t.Type)
	method := s.methodFor(sub)
	if !known || method == nil {
		return nil, invalid("type", "There is no test card of that name, or nothing to pay with.")
	}
	s.change(method, object{"_card": used.name, "card": faceOf(used, last4)})
	return method, nil
}

// triggerRenewal ends the present period of a subscription.
func (s *Server) triggerRenewal(t Trigger) (object, *apiError) {
	sub, refused := s.subscriptionOf(t.Object)
	if refused != nil {
		return nil, refused
	}
	s.change(sub, object{"current_period_end": s.now()})
	s.renew(sub)
	s.arm(sub)
	invoice := s.store.rows[sub.text("latest_invoice")]
	if invoice.text("status") == "draft" {
		s.change(invoice, object{"_due": int64(0)})
		s.charge(invoice)
	}
	return invoice, nil
}

// triggerTransaction moves the balance for a reason of any kind, known or not.
func (s *Server) triggerTransaction(t Trigger) (object, *apiError) {
	if t.Type == "" || t.Amount == 0 && t.Fee == 0 {
		return nil, invalid("type", "A movement needs a type, and an amount or a fee.")
	}
	source := object{"id": nullable(t.Object)}
	return s.newTransaction(t.Type, cmp.Or(t.Category, t.Type), source, settlement{gross: t.Amount, fee: t.Fee}), nil
}

// triggerEvent tells of an object in any words.
func (s *Server) triggerEvent(t Trigger) (object, *apiError) {
	o, known := s.store.rows[t.Object]
	if !known || t.Type == "" {
		return nil, invalid("object", "An event needs a type and an object that is there.")
	}
	s.emit(t.Type, o)
	return o, nil
}

// nullable returns null for an empty text.
func nullable(text string) any {
	if text == "" {
		return nil
	}
	return text
}
