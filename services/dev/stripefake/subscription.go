package stripefake

import (
	"slices"
	"time"
)

// incompleteLasts is how long a subscription waits for its first payment.
const incompleteLasts = 23 * time.Hour

// running reports whether a subscription goes on.
func running(sub object) bool {
	return !slices.Contains([]string{"canceled", "incomplete_expired"}, sub.text("status"))
}

// createSubscription lets a customer pay again and again, the first time at once, or at
// the day that is given.
func (s *Server) createSubscription(c call) (object, *apiError) {
	price, refused := s.subscriptionParams(c.params)
	if refused != nil {
		return nil, refused
	}
	start := max(c.params.number("billing_cycle_anchor"), c.params.number("trial_end"))
	id := newID("sub_")
	sub := s.create("subscription", "sub_", object{
		"id": id, "customer": c.params["customer"], "currency": price["currency"], "items": itemsOf(id, price), "metadata": c.params.sub("metadata"),
		"default_payment_method": nullable(c.params.text("default_payment_method")), "description": c.params["description"],
		"status": "active", "start_date": s.now(), "cancel_at": nil, "canceled_at": nil, "ended_at": nil, "latest_invoice": nil,
		"trial_start": nil, "trial_end": nil, "next_pending_invoice_item_invoice": nil, "_origin": c.origin,
		"pause_collection": nil,
	})
	if start == 0 {
		s.anchor(sub, s.now())
		s.emit("customer.subscription.created", sub)
		s.change(sub, object{"status": "incomplete"})
		s.charge(s.newInvoice(sub, "subscription_create"))
		return sub, nil
	}
	s.anchor(sub, start)
	if c.params.number("trial_end") != 0 {
		s.change(sub, object{"status": "trialing", "trial_start": s.now(), "trial_end": start})
	}
	s.emit("customer.subscription.created", sub)
	return sub, nil
}

// subscriptionParams refuses what the contract cannot know, and returns the price.
func (s *Server) subscriptionParams(p object) (object, *apiError) {
	if _, refused := s.customer(p.text("customer")); refused != nil {
		return nil, refused
	}
	items := p.list("items")
	if len(items) != 1 {
		return nil, invalid("items", "The fake serves one item.")
	}
	price := asObject(items[0]).sub("price_data")
	refused := s.recurring(price)
	if id := p.text("default_payment_method"); refused == nil && id != "" {
		_, refused = s.methodOf(id, p.text("customer"))
	}
	for _, field := range []string{"billing_cycle_anchor", "trial_end"} {
		if at := p.number(field); refused == nil && at != 0 && at <= s.now() {
			refused = invalid(field, "This must be in the future.")
		}
	}
	switch {
	case refused != nil:
		return nil, refused
	case p.text("payment_behavior") != "" && p.text("payment_behavior") != "allow_incomplete":
		return nil, invalid("payment_behavior", "The fake serves allow_incomplete only.")
	case s.methodFor(object{}.set(p)) == nil:
		return nil, coded("resource_missing", "", "This customer has no attached payment source or default payment method.")
	case p.number("billing_cycle_anchor") != 0 && p.text("proration_behavior") != "none":
		return nil, invalid("proration_behavior", "The fake serves none only.")
	}
	return price, nil
}

// recurring refuses a price that cannot be paid again and again.
func (s *Server) recurring(price object) *apiError {
	if _, refused := s.find("product", price.text("product")); refused != nil {
		return refused
	}
	every := price.sub("recurring")
	if interval := every.text("interval"); interval != "month" && interval != "year" || every.number("interval_count") > 1 {
		return invalid("items[0][price_data][recurring]", "The fake serves each month and each year.")
	}
	if price.number("unit_amount") < 1 {
		return invalid("items[0][price_data][unit_amount]", "The fake serves amounts that are not zero.")
	}
	return chargeable(price.number("unit_amount"), price.text("currency"))
}

// itemsOf makes the one item of a subscription.
func itemsOf(sub string, price object) object {
	return object{"object": "list", "has_more": false, "url": "/v1/subscription_items?subscription=" + sub, "data": []any{object{
		"id": newID("si_"), "object": "subscription_item", "subscription": sub, "quantity": 1, "metadata": object{}, "tax_rates": []any{},
		"price": priceOf(price),
	}}}
}

func priceOf(price object) object {
	return object{
		"id": newID("price_"), "object": "price", "active": false, "billing_scheme": "per_unit", "currency": price["currency"],
		"product": price["product"], "unit_amount": price.number("unit_amount"), "type": "recurring", "livemode": false, "metadata": object{},
		"recurring": object{"interval": price.sub("recurring")["interval"], "interval_count": 1, "usage_type": "licensed"},
	}
}

// priceNow is what a subscription costs each time.
func priceNow(sub object) object { return itemNow(sub).sub("price") }

func itemNow(sub object) object { return asObject(sub.sub("items").list("data")[0]) }

// anchor lets the periods of a subscription begin at a time, now or later.
func (s *Server) anchor(sub object, at int64) {
	s.change(sub, object{"billing_cycle_anchor": at, "_periods": 0, "current_period_start": s.now(), "current_period_end": at})
	if at <= s.now() {
		s.nextPeriod(sub)
	}
	s.arm(sub)
}

// nextPeriod begins the period after the present one.
func (s *Server) nextPeriod(sub object) {
	n := sub.number("_periods") + 1
	s.change(sub, object{
		"_periods": n, "current_period_start": sub["current_period_end"],
		"current_period_end": period(sub.number("billing_cycle_anchor"), n, priceNow(sub).sub("recurring").text("interval")),
	})
}

// period returns when the nth period ends: on the day of the anchor, or on the last of a
// month that has no such day.
func period(anchor, n int64, interval string) int64 {
	from := time.Unix(anchor, 0).UTC()
	months := int(n)
	if interval == "year" {
		months *= 12
	}
	first := time.Date(from.Year(), from.Month()+time.Month(months), 1, from.Hour(), from.Minute(), from.Second(), 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return first.AddDate(0, 0, min(from.Day(), last)-1).Unix()
}

// arm makes the subscription's next step the one that comes first.
func (s *Server) arm(sub object) {
	due := sub.number("current_period_end")
	if resumes := sub.sub("pause_collection").number("resumes_at"); resumes != 0 {
		due = min(due, resumes)
	}
	if cancel := sub.number("cancel_at"); cancel != 0 {
		due = min(due, cancel)
	}
	s.change(sub, at(due, "turn"))
}

// turn ends a pause, the subscription, or a period, whose next one is invoiced.
func (s *Server) turn(sub object) {
	now := s.now()
	if resumes := sub.sub("pause_collection").number("resumes_at"); resumes != 0 && resumes <= now {
		s.change(sub, object{"pause_collection": nil})
		s.emit("customer.subscription.updated", sub)
	}
	switch cancel := sub.number("cancel_at"); {
	case cancel != 0 && cancel <= now:
		s.endSubscription(sub, "cancellation_requested")
		return
	case sub.number("current_period_end") <= now:
		s.renew(sub)
	}
	s.arm(sub)
}

func (s *Server) renew(sub object) {
	s.nextPeriod(sub)
	if sub.text("status") == "trialing" {
		s.change(sub, object{"status": "active"})
	}
	invoice := s.newInvoice(sub, "subscription_cycle")
	s.emit("customer.subscription.updated", sub)
	if sub["pause_collection"] != nil {
		s.change(invoice, object{"status": "void", "auto_advance": false})
		s.emit("invoice.voided", invoice)
		return
	}
	s.change(invoice, s.after(draftLasts, "finalize"))
}

// endSubscription ends it at once; what is not paid yet is not tried again.
func (s *Server) endSubscription(sub object, reason string) {
	s.change(sub, object{
		"status": "canceled", "canceled_at": s.now(), "ended_at": s.now(), "_due": int64(0),
		"cancellation_details": object{"comment": nil, "feedback": nil, "reason": reason},
	})
	for invoice := range s.store.all("invoice") {
		if invoice.text("subscription") == sub.text("id") && slices.Contains([]string{"draft", "open"}, invoice.text("status")) {
			s.change(invoice, object{"auto_advance": false, "next_payment_attempt": nil, "_due": int64(0)})
		}
	}
	s.emit("customer.subscription.deleted", sub)
}

// cancelSubscription ends one that goes on.
func (s *Server) cancelSubscription(c call) (object, *apiError) {
	sub, refused := s.subscription(c.id)
	if refused == nil {
		s.endSubscription(sub, "cancellation_requested")
	}
	return sub, refused
}

// subscription returns one that goes on.
func (s *Server) subscription(id string) (object, *apiError) {
	sub, refused := s.find("subscription", id)
	if refused == nil && !running(sub) {
		refused = missing("subscription", id)
	}
	return sub, refused
}

// listSubscriptions lists those of a customer, without those that have ended unless
// they are asked for.
func (s *Server) listSubscriptions(c call) (object, *apiError) {
	const all = "/v1/subscriptions"
	switch status := c.params.text("status"); status {
	case "", "all", "ended":
		shown := func(sub object) bool { return status == "all" || running(sub) == (status == "") }
		return s.listed("subscription", all, c.params, func(o object) bool { return shown(o) && passes(o, c.params, []string{"customer"}) })
	}
	return listing("subscription", all, "customer", "status")(s, c)
}
