package stripefake

import (
	"maps"
	"net/http"
)

// Account is what can be set about the account, as its owner would in Stripe's
// dashboard.
type Account struct {
	// Descriptor stands on donors' card statements.
	Descriptor string `json:"descriptor"`
	// Inactive says that the account can neither take nor pay out money.
	Inactive bool `json:"inactive"`
	// EndpointOff says that Stripe has switched the webhook endpoint off.
	EndpointOff bool `json:"endpointOff"`
	// DailyPayouts pays out each midnight what has become available.
	DailyPayouts bool `json:"dailyPayouts"`
}

// SetAccount changes the account.
func (s *Server) SetAccount(a Account) {
	s.update(func() *apiError {
		s.account = a
		s.payDaily(a.DailyPayouts)
		return nil
	})
}

func (s *Server) controlAccount(w http.ResponseWriter, r *http.Request) {
	var a Account
	if !read(w, r, &a) {
		return
	}
	s.SetAccount(a)
	w.WriteHeader(http.StatusNoContent)
}

func (s *Server) getAccount(call) (object, *apiError) {
	shape := s.contract.shape("account")
	settings := maps.Clone(shape.sub("settings")) // the contract's own is shared
	settings["payments"] = maps.Clone(settings.sub("payments")).set(object{"statement_descriptor": s.account.Descriptor})
	return shape.set(object{
		"id": "acct_fake", "settings": settings,
		"charges_enabled": !s.account.Inactive, "payouts_enabled": !s.account.Inactive, "details_submitted": !s.account.Inactive,
	}), nil
}

// listEndpoints shows the one endpoint that events are sent to.
func (s *Server) listEndpoints(call) (object, *apiError) {
	target := s.delivery.webhooks()
	found := []any{}
	if target.URL != "" {
		events, status := target.Types, "enabled"
		if len(events) == 0 {
			events = []string{"*"}
		}
		if s.account.EndpointOff {
			status = "disabled"
		}
		found = append(found, s.contract.shape("webhook_endpoint").set(object{
			"id": "we_fake", "url": target.URL, "enabled_events": events, "status": status, "livemode": false,
		}))
	}
	return object{"object": "list", "url": "/v1/webhook_endpoints", "has_more": false, "data": found}, nil
}
