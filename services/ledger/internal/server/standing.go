package server

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"sync"
	"time"

	"google.golang.org/grpc"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/rule"
)

// Bounds of an identity's parts, in bytes.
const (
	maxIssuer  = 512
	maxSubject = 255
)

// Identities turns identities of the OpenID provider into what STAFF leaves say of
// them, under a key that only the ledger has.
type Identities struct{ key []byte }

// NewIdentities takes the secret key. With another key nobody is known any more.
func NewIdentities(key []byte) Identities { return Identities{key: key} }

// Digest returns the HMAC of issuer and subject. An issuer is an address and has no
// newline in it. Its faults name the fields "issuer" and "subject".
func (i Identities) Digest(issuer, subject string) (out [32]byte, err error) {
	if issuer == "" || len(issuer) > maxIssuer {
		return out, fault.Field("issuer", fault.FieldWrongLength, "must have 1 to 512 bytes")
	}
	if subject == "" || len(subject) > maxSubject {
		return out, fault.Field("subject", fault.FieldWrongLength, "must have 1 to 255 bytes")
	}
	mac := hmac.New(sha256.New, i.key)
	mac.Write([]byte(issuer))
	mac.Write([]byte{'\n'})
	mac.Write([]byte(subject))
	copy(out[:], mac.Sum(nil))
	return out, nil
}

// bind puts into drafts of STAFF what their leaf says of the identity, in the place of
// the identity itself, which goes no further.
func (i Identities) bind(drafts []*ledgerv1.DecisionDraft) error {
	for n, d := range drafts {
		staff := d.GetContent().GetStaff()
		if staff == nil {
			continue
		}
		at := fmt.Sprintf("decisions[%d].content.", n)
		if len(staff.GetIdentity()) > 0 {
			return fault.Field(at+"identity", fault.FieldNotPossible, "must be left out: the ledger makes it")
		}
		digest, err := i.Digest(staff.GetIssuer(), staff.GetSubject())
		if f := fault.As(err); f != nil {
			return fault.Field(at+f.Violations[0].Field, fault.FieldMalformed, f.Violations[0].Description)
		}
		staff.Identity, staff.Issuer, staff.Subject = digest[:], "", ""
	}
	return nil
}

// staffLog reads the leaves about staff after a sequence.
type staffLog interface {
	StaffDecisions(ctx context.Context, after int64) ([]*leaf.Decision, error)
}

// Standing serves StandingService, and tells the ledger's own sign-in who somebody is.
// It knows it by the leaves alone, those that were recorded a moment ago too.
type Standing struct {
	log        staffLog
	identities Identities
	now        func() time.Time

	mu     sync.Mutex
	roster rule.Roster // guarded by mu
	last   int64       // sequence of the last leaf in roster; guarded by mu
}

var _ ledgerv1.StandingServiceServer = (*Standing)(nil)

// NewStanding returns the server of StandingService.
func NewStanding(log staffLog, identities Identities, now func() time.Time) *Standing {
	return &Standing{log: log, identities: identities, now: now, last: -1}
}

// Identities returns what turns identities into those of leaves.
func (s *Standing) Identities() Identities { return s.identities }

// ResolveIdentity says what the leaves give to an identity.
func (s *Standing) ResolveIdentity(ctx context.Context, req *ledgerv1.ResolveIdentityRequest) (*ledgerv1.Standing, error) {
	digest, err := s.identities.Digest(req.GetIssuer(), req.GetSubject())
	if err != nil {
		return nil, err
	}
	var found *ledgerv1.Standing
	err = s.read(ctx, func(r *rule.Roster, today leaf.Day) {
		if person, ok := r.Bound(digest); ok {
			found = standingProto(r, person, today)
		}
	})
	if err == nil && found == nil {
		err = fault.New(fault.NotFound, fault.ReasonStaffUnknown, "No leaf binds this identity to a pseudonym.")
	}
	return found, err
}

// ListStandings says what the leaves give to everybody.
func (s *Standing) ListStandings(ctx context.Context, _ *ledgerv1.ListStandingsRequest) (*ledgerv1.ListStandingsResponse, error) {
	resp := &ledgerv1.ListStandingsResponse{}
	return resp, s.read(ctx, func(r *rule.Roster, today leaf.Day) {
		for _, person := range r.People() {
			if st := standingProto(r, person, today); len(st.GetGrants()) > 0 || st.GetLapsedOfficer() {
				resp.Standings = append(resp.Standings, st)
			}
		}
	})
}

// ResolveCaller is what the ledger's sign-in asks, in the place of access.
func (s *Standing) ResolveCaller(ctx context.Context, req *accessv1.ResolveCallerRequest, _ ...grpc.CallOption) (*accessv1.ResolveCallerResponse, error) {
	st, err := s.ResolveIdentity(ctx, &ledgerv1.ResolveIdentityRequest{Issuer: req.GetIssuer(), Subject: req.GetSubject()})
	if err != nil {
		return nil, err
	}
	resp := &accessv1.ResolveCallerResponse{
		Person: st.GetPerson(), Frozen: st.GetFrozen(), LapsedOfficer: st.GetLapsedOfficer() && !st.GetFrozen(),
	}
	for _, g := range st.GetGrants() {
		if !st.GetFrozen() {
			resp.Roles = append(resp.Roles, g.GetRole())
			if g.GetRests() {
				resp.RestingRoles = append(resp.RestingRoles, g.GetRole())
			}
		}
	}
	resp.EngagementCommitments = st.GetEngagements()
	return resp, nil
}

// read brings the roster up to the last leaf and reads it.
func (s *Standing) read(ctx context.Context, look func(r *rule.Roster, today leaf.Day)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	decisions, err := s.log.StaffDecisions(ctx, s.last)
	if err != nil {
		return err
	}
	for _, d := range decisions {
		s.roster.Apply(d)
		s.last = d.Sequence
	}
	look(&s.roster, leaf.DayOf(s.now()))
	return nil
}

func standingProto(r *rule.Roster, person string, today leaf.Day) *ledgerv1.Standing {
	st := &ledgerv1.Standing{
		Person: person, Frozen: r.Frozen(person, today),
		LapsedOfficer: r.Grants(person, today) && !r.Holds(person, leaf.ProtectionOfficer, today),
	}
	if st.GetFrozen() {
		st.FrozenUntil = r.FrozenUntil(person).String()
	}
	for _, commitment := range r.Engaged(person, today) {
		st.Engagements = append(st.Engagements, commitment[:])
	}
	for _, h := range r.Held(person, today) {
		st.Grants = append(st.Grants, &ledgerv1.HeldGrant{Name: h.Name, Role: policyv1.Role(h.Role), Sequence: h.Sequence, Rests: !r.Rested(person, h.Role, today)})
	}
	return st
}
