package stripefake

// newMethod keeps a card for payments, without its number.
func (s *Server) newMethod(used card, last4 string) object {
	return s.create("payment_method", "pm_", object{
		"customer": nil, "metadata": object{}, "type": "card", "card": faceOf(used, last4), "_card": used.name,
		"billing_details": object{"address": nil, "email": nil, "name": nil, "phone": nil},
	})
}

// faceOf is what Stripe shows of a card.
func faceOf(used card, last4 string) object {
	return object{
		"brand": used.brand, "country": used.country, "last4": last4, "funding": "credit", "exp_month": 12, "exp_year": 2034, "wallet": nil,
	}
}

// attach keeps a payment method for a customer.
func (s *Server) attach(method object, customer string) {
	s.change(method, object{"customer": customer})
	s.emit("payment_method.attached", method)
}

// detachMethod takes a payment method away from its customer, for good.
func (s *Server) detachMethod(c call) (object, *apiError) {
	method, refused := s.find("payment_method", c.id)
	if refused == nil && method.text("customer") == "" {
		refused = invalid("", "The payment method you provided is not attached to a customer so detachment is impossible.")
	}
	if refused != nil {
		return nil, refused
	}
	s.detach(method)
	return method, nil
}

func (s *Server) detach(method object) {
	s.change(method, object{"customer": nil})
	s.emit("payment_method.detached", method)
}

// listMethods lists what a customer can pay with.
func (s *Server) listMethods(c call) (object, *apiError) {
	if _, refused := s.customer(c.id); refused != nil {
		return nil, refused
	}
	c.params = object{}.set(c.params).set(object{"customer": c.id})
	return listing("payment_method", "/v1/customers/"+c.id+"/payment_methods", "customer")(s, c)
}
