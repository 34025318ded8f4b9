package stripefake

import (
	"net/url"
	"strings"
	"time"
)

// sessionLife is how long a checkout page takes payments.
const sessionLife = 24 * time.Hour

// createSession opens a hosted page for one payment by card, or to save a card.
func (s *Server) createSession(c call) (object, *apiError) {
	p := c.params
	purpose, refused := s.purposeOf(p)
	if refused != nil {
		return nil, refused
	}
	id := newID("cs_test_")
	expires := s.now() + int64(sessionLife/time.Second)
	if at := p.number("expires_at"); at != 0 {
		if at < s.now()+30*60 || at > expires {
			return nil, invalid("expires_at", "The expires_at timestamp must be between 30 minutes and 24 hours from now.")
		}
		expires = at
	}
	session := s.create("checkout.session", "cs_test_", object{
		"id": id, "url": c.origin + "/pay/" + id, "customer": nullable(p.text("customer")),
		"client_reference_id": p["client_reference_id"], "metadata": p.sub("metadata"), "customer_details": nil,
		"customer_creation": "if_required", "payment_intent": nil, "setup_intent": nil, "expires_at": expires, "mode": p["mode"],
		"success_url": p["success_url"], "cancel_url": p["cancel_url"], "submit_type": p["submit_type"], "status": "open",
	}.set(purpose).set(at(expires, "expire")))
	if session.text("mode") == "setup" {
		s.change(session, object{"setup_intent": s.newSetup(session)["id"]})
	}
	return session, nil
}

// purposeOf returns the fields of what a page is for.
func (s *Server) purposeOf(p object) (object, *apiError) {
	refused := sessionParams(p)
	if id := p.text("customer"); refused == nil && id != "" {
		_, refused = s.customer(id)
	}
	if refused != nil {
		return nil, refused
	}
	if p.text("mode") == "setup" {
		return object{
			"amount_subtotal": nil, "amount_total": nil, "currency": nil, "payment_status": "no_payment_required", "_intent": p.sub("setup_intent_data"),
		}, nil
	}
	amount, currency, refused := lineTotal(p)
	if refused == nil {
		refused = chargeable(amount, currency)
	}
	return object{
		"amount_subtotal": amount, "amount_total": amount, "currency": currency, "payment_status": "unpaid", "_intent": p.sub("payment_intent_data"),
	}, refused
}

// sessionParams refuses what the contract cannot know, and what the fake does
// not do: better a clear refusal than a page that behaves unlike Stripe's.
func sessionParams(p object) *apiError {
	switch methods := p.list("payment_method_types"); {
	case p.text("mode") == "subscription":
		return invalid("mode", "The fake serves modes payment and setup.")
	case p.text("mode") == "setup" && len(p.list("line_items")) > 0:
		return invalid("line_items", "You can not pass line_items in setup mode.")
	case len(methods) != 1 || methods[0] != "card":
		return invalid("payment_method_types", "The fake serves cards only.")
	case len(p.text("client_reference_id")) > 200:
		return invalid("client_reference_id", "Must be at most 200 characters.")
	}
	for _, field := range []string{"success_url", "cancel_url"} {
		if field == "cancel_url" && p.text(field) == "" {
			continue
		}
		if u, err := url.Parse(p.text(field)); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			return coded("url_invalid", field, "Not a valid URL")
		}
	}
	return nil
}

// lineTotal adds up the lines, which must be of one currency.
func lineTotal(p object) (int64, string, *apiError) {
	var total int64
	var currency string
	for _, element := range p.list("line_items") {
		line := object(element.(map[string]any))
		price := line.sub("price_data")
		_, priced := price["unit_amount"]
		switch quantity := line.number("quantity"); {
		case !priced || quantity < 1 || price.sub("product_data").text("name") == "":
			return 0, "", invalid("line_items", "Each line needs a quantity, and a price with amount and product name.")
		case currency != "" && currency != price.text("currency"):
			return 0, "", invalid("line_items", "All lines must have the same currency.")
		case price.number("unit_amount") > maxAmount || quantity > maxAmount:
			return 0, "", tooLarge()
		default:
			total += price.number("unit_amount") * quantity
			currency = price.text("currency")
		}
	}
	if currency == "" {
		return 0, "", coded("parameter_missing", "line_items", "You must pass line_items in payment mode.")
	}
	return total, strings.ToLower(currency), nil
}

// expireSession ends an open session.
func (s *Server) expireSession(c call) (object, *apiError) {
	session, refused := s.find("checkout.session", c.id)
	if refused != nil {
		return nil, refused
	}
	if session.text("status") != "open" {
		return nil, invalid("", "Only Checkout Sessions with a status in [\"open\"] can be expired.")
	}
	s.expireNow(session)
	return session, nil
}

func (s *Server) expireNow(session object) {
	s.change(session, object{"status": "expired", "url": nil, "expires_at": min(s.now(), session.number("expires_at")), "_due": int64(0)})
	s.emit("checkout.session.expired", session)
}
