package stripefake

// createCustomer makes somebody who pays again and again.
func (s *Server) createCustomer(c call) (object, *apiError) {
	customer := s.create("customer", "cus_", object{"currency": nil, "email": nil, "name": nil, "phone": nil, "metadata": object{}})
	s.changeCustomer(customer, c.params)
	s.emit("customer.created", customer)
	return customer, nil
}

// updateCustomer changes one.
func (s *Server) updateCustomer(c call) (object, *apiError) {
	customer, refused := s.customer(c.id)
	if refused != nil {
		return nil, refused
	}
	if id := c.params.sub("invoice_settings").text("default_payment_method"); id != "" {
		if _, refused := s.methodOf(id, c.id); refused != nil {
			return nil, refused
		}
	}
	s.changeCustomer(customer, c.params)
	s.emit("customer.updated", customer)
	return customer, nil
}

func (s *Server) changeCustomer(customer, params object) {
	for _, field := range []string{"email", "name", "phone", "description"} {
		if value, given := params[field]; given {
			s.change(customer, object{field: value})
		}
	}
	s.change(customer, object{
		"metadata":         merged(customer.sub("metadata"), params.sub("metadata")),
		"invoice_settings": object{}.set(customer.sub("invoice_settings")).set(params.sub("invoice_settings")),
	})
}

// merged changes some of an object's metadata; an empty value takes it away.
func merged(old, changes object) object {
	out := object{}.set(old)
	for key, value := range changes {
		if out[key] = value; value == "" {
			delete(out, key)
		}
	}
	return out
}

// getCustomer reads one; of a deleted one nothing but that.
func (s *Server) getCustomer(c call) (object, *apiError) {
	customer, refused := s.find("customer", c.id)
	if refused == nil && customer["_deleted"] == true {
		return object{"id": c.id, "object": "customer", "deleted": true}, nil
	}
	return customer, refused
}

// deleteCustomer ends their subscriptions and forgets how they paid.
func (s *Server) deleteCustomer(c call) (object, *apiError) {
	customer, refused := s.customer(c.id)
	if refused != nil {
		return nil, refused
	}
	for sub := range s.store.all("subscription") {
		if sub.text("customer") == c.id && running(sub) {
			s.endSubscription(sub, "cancellation_requested")
		}
	}
	for method := range s.store.all("payment_method") {
		if method.text("customer") == c.id {
			s.detach(method)
		}
	}
	s.change(customer, object{"_deleted": true, "email": nil, "name": nil, "phone": nil})
	s.emit("customer.deleted", customer)
	return object{"id": c.id, "object": "customer", "deleted": true}, nil
}

// customer returns one that is not deleted.
func (s *Server) customer(id string) (object, *apiError) {
	customer, refused := s.find("customer", id)
	if refused == nil && customer["_deleted"] == true {
		refused = missing("customer", id)
	}
	return customer, refused
}

// methodOf returns a payment method of a customer.
func (s *Server) methodOf(id, customer string) (object, *apiError) {
	method, refused := s.find("payment_method", id)
	if refused == nil && method.text("customer") != customer {
		refused = invalid("default_payment_method", "The customer does not have a payment method with the ID "+id+".")
	}
	return method, refused
}

// createProduct names what a subscription is for.
func (s *Server) createProduct(c call) (object, *apiError) {
	id := c.params.text("id")
	if _, known := s.store.rows[id]; known {
		return nil, coded("resource_already_exists", "id", "Product already exists.")
	}
	fields := object{"name": c.params["name"], "description": c.params["description"], "metadata": c.params.sub("metadata"), "images": []any{}}
	if id != "" {
		fields["id"] = id
	}
	product := s.create("product", "prod_", fields)
	s.emit("product.created", product)
	return product, nil
}
