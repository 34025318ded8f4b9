package stripefake

// warn says early that a charge is probably fraud.
func (s *Server) warn(ch object, kind string) object {
	w := s.create("radar.early_fraud_warning", "issfr_", object{
		"actionable": ch["refunded"] != true && ch["disputed"] != true, "charge": ch["id"], "payment_intent": ch["payment_intent"], "fraud_type": kind,
	})
	s.emit("radar.early_fraud_warning.created", w)
	return w
}

// outdateWarnings says that nothing can be done any more about a charge.
func (s *Server) outdateWarnings(ch object) {
	if ch["refunded"] != true && ch["disputed"] != true {
		return
	}
	for w := range s.store.all("radar.early_fraud_warning") {
		if w.text("charge") == ch.text("id") && w["actionable"] == true {
			s.change(w, object{"actionable": false})
			s.emit("radar.early_fraud_warning.updated", w)
		}
	}
}
