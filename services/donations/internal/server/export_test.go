package server

// Verbs are the RPCs that can be called on each type of resource, by verb.
func (s *Server) Verbs() map[string]map[string]string {
	return map[string]map[string]string{
		"solidarity/Pledge": s.acts.pledges.Methods(), "solidarity/Key": s.acts.keys.Methods(),
		"solidarity/DonationPolicy": s.acts.policies.Methods(), "solidarity/Fund": s.acts.funds.Methods(),
		"solidarity/Partner": s.acts.partners.Methods(), "solidarity/WebhookEndpoint": s.acts.endpoints.Methods(), "solidarity/WebhookDelivery": s.acts.deliveries.Methods(),
		"solidarity/Donation": s.acts.donations.Methods(), "solidarity/StripeItem": s.acts.items.Methods(),
	}
}
