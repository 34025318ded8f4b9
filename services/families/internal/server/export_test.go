package server

import "github.com/solidarity-fund/solidarity/services/families/internal/store/household"

// NewForAnyAccount returns a server that opens an account whatever its plan was decided
// about.
func NewForAnyAccount(o Options) *Server {
	s := New(o)
	s.inPlan = func(household.Release, []byte) error { return nil }
	return s
}

// Verbs are the RPCs that can be called on each type of resource, by verb.
func (s *Server) Verbs() map[string]map[string]string {
	return map[string]map[string]string{
		"solidarity/Family": s.acts.families.Methods(), "solidarity/AidRequest": s.acts.requests.Methods(),
		"solidarity/Contact": s.acts.contacts.Methods(), "solidarity/Destination": s.acts.destinations.Methods(),
		"solidarity/Consent": s.acts.consents.Methods(), "solidarity/PrisonerImport": s.acts.imports.Methods(),
		"solidarity/PrisonerImportClash": s.acts.clashes.Methods(),
		"solidarity/FamilyPolicy":        s.acts.policies.Methods(),
	}
}
