package stripefake

import "slices"

// referred is the newest object of the first kind that has one, which our side gave a
// reference; nil where there is none.
func (s *Server) referred(reference string, kinds ...string) object {
	for _, kind := range kinds {
		for _, id := range slices.Backward(s.store.order[kind]) {
			o := s.store.rows[id]
			if reference != "" && (o.text("client_reference_id") == reference || o.sub("metadata").text("reference") == reference) {
				return o
			}
		}
	}
	return nil
}

// subscriptionOf is a subscription that goes on, by its id or its reference.
func (s *Server) subscriptionOf(id string) (object, *apiError) {
	if named := s.referred(id, "subscription"); named != nil {
		id = named.text("id")
	}
	return s.subscription(id)
}

// triggerPayment uses a test card on the open page of a reference, as a donor does: by
// its name, and for Reason "fail" so that 3-D Secure fails. A card that is declined has
// been used, too.
func (s *Server) triggerPayment(t Trigger) (object, *apiError) {
	used, last4, known := cardNamed(t.Type)
	if !known {
		return nil, invalid("type", "There is no test card of that name.")
	}
	session := s.referred(t.Object, "checkout.session")
	if session == nil {
		session = s.store.rows[t.Object]
	}
	if session.text("object") != "checkout.session" || session.text("status") != "open" {
		return nil, invalid("object", "There is no page that can be paid on.")
	}
	a := attempt{present: true, proof: proofGiven}
	if t.Reason == ProofRefused {
		a.proof = ProofRefused
	}
	method := s.newMethod(used, last4)
	pay := s.payPage
	if session.text("mode") == "setup" {
		pay = s.setUp
	}
	if refused := pay(session, method, a); refused != nil && refused.Type != "card_error" {
		return nil, refused
	}
	return session, nil
}

// triggerLoss loses so many of the next events on their way; zero is one.
func (s *Server) triggerLoss(t Trigger) (object, *apiError) {
	if t.Amount < 0 {
		return nil, invalid("amount", "So many cannot be lost.")
	}
	s.lose += max(t.Amount, 1)
	return object{"id": "webhooks"}, nil
}
