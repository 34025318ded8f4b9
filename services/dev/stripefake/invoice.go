package stripefake

import (
	"slices"
	"time"
)

const (
	draftLasts = time.Hour // before the invoice of a renewal is paid
	lastTry    = 4         // after which a subscription ends
)

// retryAfter is the pause before the next try to collect, by how many there were.
func retryAfter(tries int64) time.Duration {
	return map[int64]time.Duration{1: 3 * 24 * time.Hour, 2: 5 * 24 * time.Hour, 3: 7 * 24 * time.Hour}[tries]
}

// newInvoice asks for what the present period of a subscription costs, for nothing
// where its payments are moved to a later day.
func (s *Server) newInvoice(sub object, why string) object {
	price := priceNow(sub)
	amount := price.number("unit_amount")
	if why == "subscription_update" {
		amount = 0
	}
	id := newID("in_")
	invoice := s.create("invoice", "in_", object{
		"id": id, "status": "draft", "billing_reason": why, "customer": sub["customer"], "subscription": sub["id"], "currency": price["currency"],
		"amount_due": amount, "amount_remaining": amount, "amount_paid": 0, "subtotal": amount, "total": amount, "attempt_count": 0, "attempted": false,
		"auto_advance": true, "paid": false, "charge": nil, "payment_intent": nil, "next_payment_attempt": nil, "due_date": nil,
		"subscription_details": object{"metadata": sub["metadata"]}, "default_payment_method": nil, "customer_email": nil, "customer_name": nil,
		"period_start": sub["current_period_start"], "period_end": sub["current_period_end"],
		"lines": object{"object": "list", "has_more": false, "url": "/v1/invoices/" + id + "/lines", "data": []any{object{
			"id": newID("il_"), "object": "line_item", "amount": amount, "currency": price["currency"], "subscription": sub["id"], "type": "subscription",
			"description": nil, "metadata": sub["metadata"], "price": price, "quantity": 1, "proration": false,
			"period": object{"start": sub["current_period_start"], "end": sub["current_period_end"]},
		}}},
	})
	s.change(sub, object{"latest_invoice": id})
	s.emit("invoice.created", invoice)
	return invoice
}

// charge opens an invoice and tries to collect it.
func (s *Server) charge(invoice object) {
	sub := s.store.rows[invoice.text("subscription")]
	s.change(invoice, object{"status": "open", "hosted_invoice_url": sub.text("_origin") + "/pay/" + invoice.text("id")})
	s.emit("invoice.finalized", invoice)
	s.collect(invoice, s.methodFor(sub), attempt{}) //nolint:errcheck // the invoice says what came of it
}

// methodFor is what a subscription is paid with, nil where there is nothing.
func (s *Server) methodFor(sub object) object {
	if id := sub.text("default_payment_method"); id != "" {
		return s.store.rows[id]
	}
	customer := s.store.rows[sub.text("customer")]
	return s.store.rows[customer.sub("invoice_settings").text("default_payment_method")]
}

// collect tries to be paid what an invoice asks for.
func (s *Server) collect(invoice, method object, a attempt) *apiError {
	intent, known := s.store.rows[invoice.text("payment_intent")]
	if !known {
		intent = s.newIntent(object{
			"amount": invoice["amount_due"], "currency": invoice["currency"], "customer": invoice["customer"], "invoice": invoice["id"],
		})
		s.change(invoice, object{"payment_intent": intent["id"]})
	}
	refused := coded("resource_missing", "", "This customer has no attached payment source or default payment method.")
	if method != nil && method.text("customer") != "" {
		refused = s.confirm(intent, method, a)
	}
	if refused != nil && intent.text("status") == "requires_action" {
		return refused // the donor is asked
	}
	s.change(invoice, object{"attempted": true, "attempt_count": invoice.number("attempt_count") + 1, "charge": intent["latest_charge"]})
	if refused == nil {
		s.settleInvoice(invoice)
		s.regret(s.store.rows[intent.text("latest_charge")])
		return nil
	}
	s.dun(invoice, refused)
	return refused
}

// settleInvoice notes that an invoice is paid, and its subscription with it.
func (s *Server) settleInvoice(invoice object) {
	s.change(invoice, object{
		"status": "paid", "paid": true, "amount_paid": invoice["amount_due"], "amount_remaining": 0, "next_payment_attempt": nil, "_due": int64(0),
	})
	s.emit("invoice.paid", invoice)
	s.emit("invoice.payment_succeeded", invoice)
	sub := s.store.rows[invoice.text("subscription")]
	if slices.Contains([]string{"incomplete", "past_due"}, sub.text("status")) {
		s.change(sub, object{"status": "active"})
		s.arm(sub)
		s.emit("customer.subscription.updated", sub)
	}
}

// dun notes that an invoice was not paid, and tries again some days later.
func (s *Server) dun(invoice object, refused *apiError) {
	sub := s.store.rows[invoice.text("subscription")]
	s.emit("invoice.payment_failed", invoice)
	if refused.Code == "authentication_required" {
		s.emit("invoice.payment_action_required", invoice)
	}
	switch tries := invoice.number("attempt_count"); {
	case !running(sub):
	case sub.text("status") == "incomplete":
		s.change(sub, s.after(incompleteLasts, "giveUp"))
	case tries >= lastTry:
		s.endSubscription(sub, "payment_failed")
	case tries > 0:
		s.change(invoice, s.after(retryAfter(tries), "retry"))
		s.change(invoice, object{"next_payment_attempt": invoice["_due"]})
		s.change(sub, object{"status": "past_due"})
		s.emit("customer.subscription.updated", sub)
	}
}

// retry tries to collect once more.
func (s *Server) retry(invoice object) {
	s.collect(invoice, s.methodFor(s.store.rows[invoice.text("subscription")]), attempt{}) //nolint:errcheck // the invoice says what came of it
}

// giveUp ends a subscription whose first payment did not come.
func (s *Server) giveUp(sub object) {
	s.change(sub, object{"status": "incomplete_expired", "ended_at": s.now()})
	invoice := s.store.rows[sub.text("latest_invoice")]
	s.change(invoice, object{"status": "void", "auto_advance": false})
	s.emit("invoice.voided", invoice)
	s.emit("customer.subscription.updated", sub)
}

// payInvoice collects an open invoice again at once, by another card where one is given.
func (s *Server) payInvoice(c call) (object, *apiError) {
	invoice, refused := s.find("invoice", c.id)
	if refused != nil {
		return nil, refused
	}
	method := s.methodFor(s.store.rows[invoice.text("subscription")])
	if id := c.params.text("payment_method"); id != "" {
		if method, refused = s.methodOf(id, invoice.text("customer")); refused != nil {
			return nil, refused
		}
	}
	if invoice.text("status") != "open" {
		return nil, invalid("", "Invoice is not open.")
	}
	return invoice, s.collect(invoice, method, attempt{})
}

// payHosted lets the donor pay an invoice on its page, where 3-D Secure can be passed.
func (s *Server) payHosted(invoice object, a attempt) *apiError {
	if invoice.text("status") != "open" {
		return coded("invoice_closed", "", "This invoice is paid or void.")
	}
	return s.collect(invoice, s.methodFor(s.store.rows[invoice.text("subscription")]), a)
}
