package server

// TrustRows switches the protection off by which a row counts only with its leaves, so
// that a test can show that it is this one which refuses.
func (s *Server) TrustRows() { s.trustRows = true }

// Verbs are the RPCs that can be called on each type of resource, by verb.
func (s *Server) Verbs() map[string]map[string]string {
	return map[string]map[string]string{
		"solidarity/Staff": s.acts.members.Methods(), "solidarity/Grant": s.acts.grants.Methods(),
		"solidarity/Engagement": s.acts.engagements.Methods(),
	}
}
