package stripefake

import (
	"slices"
	"time"
)

const (
	disputeFee   = 2000 // cents of EUR, which stay taken however it ends
	answerWithin = 14 * 24 * time.Hour
	inquiryEnds  = 120 * 24 * time.Hour
)

// The states of a dispute that is not closed.
const (
	inquired    = "warning_needs_response"
	inquiryRead = "warning_under_review"
	unanswered  = "needs_response"
	underReview = "under_review"
)

// Texts of evidence that decide a dispute in Stripe's test mode.
const (
	winningEvidence = "winning_evidence"
	losingEvidence  = "losing_evidence"
)

// dispute contests a charge; an inquiry only asks, and moves no money yet.
func (s *Server) dispute(ch object, amount int64, reason string, inquiry bool) object {
	status, lapse := unanswered, answerWithin
	if inquiry {
		status, lapse = inquired, inquiryEnds
	}
	d := s.create("dispute", "dp_", object{
		"amount": amount, "currency": ch["currency"], "charge": ch["id"], "payment_intent": ch["payment_intent"],
		"reason": reason, "status": status, "is_charge_refundable": inquiry, "balance_transactions": []any{},
		"evidence_details": object{
			"due_by": s.now() + int64(answerWithin/time.Second), "has_evidence": false, "past_due": false, "submission_count": 0,
		},
	}.set(s.after(lapse, "lapse")))
	s.change(ch, object{"disputed": true})
	s.outdateWarnings(ch)
	if inquiry {
		s.emit("charge.dispute.created", d)
		return d
	}
	s.moveDisputed(d, "dispute", -amount, disputeFee)
	s.emit("charge.dispute.created", d)
	s.emit("charge.dispute.funds_withdrawn", d)
	return d
}

// moveDisputed takes disputed money out of the balance, or gives it back.
func (s *Server) moveDisputed(d object, category string, amount, fee int64) {
	sum := settle(max(amount, -amount), d.text("currency"))
	if amount < 0 {
		sum.gross = -sum.gross
	}
	txn := s.newTransaction("adjustment", category, d, settlement{gross: sum.gross, fee: fee, rate: sum.rate})
	s.change(d, object{"balance_transactions": append(slices.Clone(d.list("balance_transactions")), any(s.shown(txn)))})
}

// escalate makes a dispute of an inquiry.
func (s *Server) escalate(d object) *apiError {
	if !slices.Contains([]string{inquired, inquiryRead}, d.text("status")) {
		return invalid("", "This is no inquiry.")
	}
	s.change(d, object{"status": unanswered, "is_charge_refundable": false}.set(s.after(answerWithin, "lapse")))
	s.moveDisputed(d, "dispute", -d.number("amount"), disputeFee)
	s.emit("charge.dispute.updated", d)
	s.emit("charge.dispute.funds_withdrawn", d)
	return nil
}

// reinstate gives disputed money back, all or part of it, without closing the dispute.
func (s *Server) reinstate(d object, amount int64) *apiError {
	if len(d.list("balance_transactions")) == 0 || amount < 1 || amount > d.number("amount") {
		return invalid("amount", "That was not withdrawn.")
	}
	s.moveDisputed(d, "dispute_reversal", amount, 0)
	s.emit("charge.dispute.funds_reinstated", d)
	return nil
}

// decide closes a dispute or an inquiry; won gives the money back.
func (s *Server) decide(d object, won bool) *apiError {
	status := d.text("status")
	switch asked := status == inquired || status == inquiryRead; {
	case !asked && status != unanswered && status != underReview:
		return invalid("", "This dispute is already closed.")
	case asked:
		status = "warning_closed"
	case won:
		status = "won"
		s.moveDisputed(d, "dispute_reversal", d.number("amount"), 0)
	default:
		status = "lost"
	}
	s.change(d, object{"status": status, "is_charge_refundable": status == "warning_closed", "_due": int64(0)})
	s.emit("charge.dispute.updated", d)
	if status == "won" {
		s.emit("charge.dispute.funds_reinstated", d)
	}
	s.emit("charge.dispute.closed", d)
	return nil
}

// lapseDispute closes a dispute that nobody answered.
func (s *Server) lapseDispute(d object) { s.decide(d, false) } //nolint:errcheck // one that is open can be closed

// contested reports whether a dispute forbids to refund a charge.
func (s *Server) contested(ch object) bool {
	for d := range s.store.all("dispute") {
		if d.text("charge") == ch.text("id") && d["is_charge_refundable"] != true {
			return true
		}
	}
	return false
}

// updateDispute takes evidence, and decides at once by Stripe's texts for tests.
func (s *Server) updateDispute(c call) (object, *apiError) {
	d, refused := s.find("dispute", c.id)
	if refused != nil {
		return nil, refused
	}
	text := c.params.sub("evidence").text("uncategorized_text")
	if text == winningEvidence || text == losingEvidence {
		return d, s.decide(d, text == winningEvidence)
	}
	if submit, given := c.params["submit"]; given && submit != true || len(c.params.sub("evidence")) == 0 {
		return d, nil
	}
	review, open := map[string]string{inquired: inquiryRead, unanswered: underReview}[d.text("status")]
	if !open {
		return nil, invalid("", "This dispute is already closed, or under review.")
	}
	s.change(d, object{"status": review, "_due": int64(0)})
	s.emit("charge.dispute.updated", d)
	return d, nil
}

// closeDispute accepts a dispute, which loses it.
func (s *Server) closeDispute(c call) (object, *apiError) {
	d, refused := s.find("dispute", c.id)
	if refused == nil {
		refused = s.decide(d, false)
	}
	return d, refused
}
