package stripefake

// newSetup makes what saves a card for later payments.
func (s *Server) newSetup(session object) object {
	id := newID("seti_")
	setup := s.create("setup_intent", "seti_", object{
		"id": id, "client_secret": newID(id + "_secret_"), "customer": session["customer"], "status": "requires_payment_method",
		"metadata": session.sub("_intent").sub("metadata"), "payment_method": nil, "usage": "off_session",
	})
	s.emit("setup_intent.created", setup)
	return setup
}

// setUp saves a card on a page, for the page's customer where it has one.
func (s *Server) setUp(session, method object, a attempt) *apiError {
	setup := s.store.rows[session.text("setup_intent")]
	used, _, _ := cardNamed(method.text("_card"))
	switch {
	case used.proof != "" && a.proof == "":
		s.change(setup, object{"status": "requires_action"})
		s.emit("setup_intent.requires_action", setup)
		return declineOf(card{code: "authentication_required", words: "This card requires authentication."})
	case used.proof != "" && a.proof != proofGiven:
		return s.failSetup(setup, declineOf(card{
			code: "setup_intent_authentication_failure", words: "We are unable to authenticate your payment method.",
		}))
	case used.code != "" && !used.saves:
		return s.failSetup(setup, declineOf(used))
	}
	s.change(method, object{"_proven": used.proof != ""})
	s.change(setup, object{"status": "succeeded", "payment_method": method["id"], "last_setup_error": nil})
	if customer := session.text("customer"); customer != "" {
		s.attach(method, customer)
	}
	s.emit("setup_intent.succeeded", setup)
	s.change(session, object{"status": "complete", "url": nil, "_due": int64(0)})
	s.emit("checkout.session.completed", session)
	return nil
}

func (s *Server) failSetup(setup object, refused *apiError) *apiError {
	s.change(setup, object{"status": "requires_payment_method", "last_setup_error": object{
		"type": refused.Type, "code": refused.Code, "decline_code": nullable(refused.DeclineCode), "message": refused.Message,
	}})
	s.emit("setup_intent.setup_failed", setup)
	return refused
}
