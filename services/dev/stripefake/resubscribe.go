package stripefake

// updateSubscription changes price, card, day or pause of a subscription.
func (s *Server) updateSubscription(c call) (object, *apiError) {
	sub, refused := s.subscription(c.id)
	if refused == nil {
		refused = s.checkUpdate(sub, c.params)
	}
	if refused != nil {
		return nil, refused
	}
	p := c.params
	if id := p.text("default_payment_method"); id != "" {
		s.change(sub, object{"default_payment_method": id})
	}
	s.change(sub, object{"metadata": merged(sub.sub("metadata"), p.sub("metadata"))})
	for _, element := range p.list("items") {
		item := object{}.set(itemNow(sub)).set(object{"price": priceOf(asObject(element).sub("price_data"))})
		s.change(sub, object{"items": object{}.set(sub.sub("items")).set(object{"data": []any{item}})})
	}
	s.changeCourse(sub, p)
	s.emit("customer.subscription.updated", sub)
	return sub, nil
}

// changeCourse pauses, resumes, moves or ends a subscription.
func (s *Server) changeCourse(sub, p object) {
	if value, given := p["pause_collection"]; given {
		var pause any
		if value != "" {
			pause = object{"behavior": "void", "resumes_at": nil}.set(asObject(value))
		}
		s.change(sub, object{"pause_collection": pause})
	}
	if value, given := p["cancel_at_period_end"]; given {
		fields := object{"cancel_at_period_end": value, "cancel_at": nil, "canceled_at": nil}
		if value == true {
			fields.set(object{"cancel_at": sub["current_period_end"], "canceled_at": s.now()})
		}
		s.change(sub, fields)
	}
	if end := p.number("trial_end"); end != 0 {
		s.anchor(sub, end)
		s.change(sub, object{"status": "trialing", "trial_start": s.now(), "trial_end": end})
		s.settleInvoice(s.newInvoice(sub, "subscription_update"))
	}
	s.arm(sub)
}

// checkUpdate refuses what the contract cannot know, and what the fake does not do.
func (s *Server) checkUpdate(sub, p object) *apiError {
	if id := p.text("default_payment_method"); id != "" {
		if _, refused := s.methodOf(id, sub.text("customer")); refused != nil {
			return refused
		}
	}
	items := p.list("items")
	if len(items) > 1 || len(items) == 1 && asObject(items[0]).text("id") != itemNow(sub).text("id") {
		return invalid("items", "The fake serves the one item that is there.")
	}
	for _, element := range items {
		price := asObject(element).sub("price_data")
		if refused := s.recurring(price); refused != nil {
			return refused
		}
		if price.text("currency") != sub.text("currency") {
			return invalid("items[0][price_data][currency]", "A subscription keeps its currency.")
		}
	}
	end := p.number("trial_end")
	switch behaviour := asObject(p["pause_collection"]).text("behavior"); {
	case (len(items) > 0 || end != 0) && p.text("proration_behavior") != "none":
		return invalid("proration_behavior", "The fake serves none only.")
	case end != 0 && end <= s.now():
		return invalid("trial_end", "This must be in the future.")
	case behaviour != "" && behaviour != "void":
		return invalid("pause_collection[behavior]", "The fake serves void only.")
	}
	return nil
}
