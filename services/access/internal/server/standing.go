package server

import (
	"context"
	"slices"
	"sync"
	"time"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/access/internal/staff"
	"github.com/solidarity-fund/solidarity/services/internal/enum"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// standingFresh is how long the ledger's answer about a person is used without asking
// again. What was taken back here acts at once all the same.
const standingFresh = 10 * time.Second

// maxStandings bounds the answers kept.
const maxStandings = 10_000

// standings keeps what the ledger said of people, by the digest of their identity. An
// answer outlives its time only while the ledger does not answer.
type standings struct {
	mu    *sync.Mutex
	known map[string]standing // guarded by mu
}

type standing struct {
	said  *ledgerv1.Standing
	asked time.Time
}

func newStandings() standings {
	return standings{mu: &sync.Mutex{}, known: map[string]standing{}}
}

func (s standings) get(digest []byte) (standing, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k, ok := s.known[string(digest)]
	return k, ok
}

func (s standings) put(digest []byte, k standing) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.known) >= maxStandings {
		clear(s.known)
	}
	s.known[string(digest)] = k
}

// forget has the ledger asked anew about everybody: something was stopped, or goes on.
func (s standings) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for digest, k := range s.known {
		k.asked = time.Time{}
		s.known[digest] = k
	}
}

// standingOf returns what the ledger's leaves say of an identity, nothing where they
// do not know it. An answer of before does where it covers the grants.
func (s *Server) standingOf(ctx context.Context, digest []byte, subject string, grants []staff.Grant) (*ledgerv1.Standing, error) {
	now := s.Now()
	k, ok := s.known.get(digest)
	if ok && now.Sub(k.asked) < standingFresh && !slices.ContainsFunc(grants, func(g staff.Grant) bool { return !gives(k.said, g) }) {
		return k.said, nil
	}
	said, err := s.Standing.ResolveIdentity(ofItself(ctx), &ledgerv1.ResolveIdentityRequest{Issuer: s.Issuer, Subject: subject})
	switch {
	case fault.OfKind(err, fault.NotFound):
		return &ledgerv1.Standing{}, nil
	case err != nil && ok:
		return k.said, nil // with the ledger down, what it has said still lets people stop things
	case err != nil:
		return nil, fault.New(fault.Unavailable, fault.ReasonLedgerSilent, "What the person may do cannot be checked at the moment; try again.").With(err)
	}
	s.known.put(digest, standing{said, now})
	return said, nil
}

// ofItself is a context for calls that the service makes for itself, whoever asked.
func ofItself(ctx context.Context) context.Context { return identity.Into(ctx, identity.Caller{}) }

// gives reports whether a standing has a grant that a row says.
func gives(said *ledgerv1.Standing, g staff.Grant) bool {
	return said.GetPerson() == resource.Staff.Of(g.Staff) && slices.ContainsFunc(said.GetGrants(), func(h *ledgerv1.HeldGrant) bool {
		return h.GetName() == g.Name() && h.GetRole() == enum.Value[policyv1.Role](g.Role)
	})
}

// proven returns those of the grants that the ledger's leaves give. Each other is a
// row that nobody decided: it is named in an alarm, and gives nothing.
func (s *Server) proven(ctx context.Context, said *ledgerv1.Standing, grants []staff.Grant) []staff.Grant {
	var out []staff.Grant
	for _, g := range grants {
		if gives(said, g) || s.trustRows {
			out = append(out, g)
			continue
		}
		s.alarm(ctx, "role_grants", g.ID)
	}
	return out
}

// alarm tells the operator of a row that has no leaves.
func (s *Server) alarm(ctx context.Context, table, id string) {
	s.Log.ErrorContext(ctx, "a row has no leaves in the ledger: somebody has changed the database by hand",
		"reason", "ROW_CHANGED", "table", table, "id", id, "alarm", true)
}

// team returns everybody who holds something by their leaves, as frozen as rows or
// leaves say.
func (s *Server) team(ctx context.Context) (staff.Team, error) {
	now := s.Now()
	people, err := s.Store.Everybody(ctx, now)
	if err != nil || len(people) == 0 {
		return nil, err
	}
	all, err := s.all(ctx)
	if err != nil {
		return nil, err
	}
	for i := range people {
		m := &people[i]
		said := all[resource.Staff.Of(m.ID)]
		var given []staff.Grant
		for _, g := range m.Grants {
			if g.InForce(now) {
				given = append(given, g)
			}
		}
		m.Grants = s.proven(ctx, said, given)
		if said.GetFrozen() && !m.Frozen(now) {
			m.FrozenUntil = now.AddDate(0, 0, 1)
		}
	}
	return people, nil
}

// all returns what the leaves say of everybody who holds a grant, by pseudonym.
func (s *Server) all(ctx context.Context) (map[string]*ledgerv1.Standing, error) {
	resp, err := s.Standing.ListStandings(ofItself(ctx), &ledgerv1.ListStandingsRequest{})
	if err != nil {
		return nil, err
	}
	out := map[string]*ledgerv1.Standing{}
	for _, st := range resp.GetStandings() {
		out[st.GetPerson()] = st
	}
	return out, nil
}
