package server

import (
	"context"
	"fmt"
	"strings"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	"github.com/solidarity-fund/solidarity/services/families/internal/store/household"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/planroot"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// maxDigested bounds the families of one call, maxPath the hashes of one proof.
const (
	maxDigested = 500
	maxPath     = 64
)

// DigestDestinations answers the digests of where families are paid.
func (s *Server) DigestDestinations(ctx context.Context, req *familiesv1.DigestDestinationsRequest) (*familiesv1.DigestDestinationsResponse, error) {
	if n := len(req.GetFamilies()); n == 0 || n > maxDigested {
		return nil, fault.Field("families", fault.FieldWrongCount, "must be 1 to 500")
	}
	ids, seen := make([]string, len(req.GetFamilies())), map[string]bool{}
	for i, name := range req.GetFamilies() {
		field := fmt.Sprintf("families[%d]", i)
		var err error
		if ids[i], err = resource.Family.ID(field, name); err != nil {
			return nil, err
		}
		if seen[name] {
			return nil, fault.Field(field, fault.FieldGivenTwice, "stands there twice")
		}
		seen[name] = true
	}
	accepted, err := acceptedForms(req.GetForms())
	if err != nil {
		return nil, err
	}
	places, err := s.Households.Places(ctx, accepted, ids)
	if err != nil {
		return nil, err
	}
	resp := &familiesv1.DigestDestinationsResponse{}
	for _, p := range places {
		resp.Places = append(resp.Places, &familiesv1.DigestDestinationsResponse_Place{Digest: p.Digest, Reason: string(p.Reason)})
	}
	return resp, nil
}

// awardedShare reads what a share was awarded for, and by which round; at is its field.
func awardedShare(at string, in *familiesv1.ReleaseDestinationRequest_Share, minor int64) (sh household.Share, err error) {
	sh.Minor, sh.Cycle = minor, int(in.GetCycle())
	if sh.FamilyID, sh.RequestID, err = resource.AidRequest.IDs(at+".aidRequest", in.GetAidRequest()); err != nil {
		return sh, err
	}
	if sh.Cycle < 1 {
		return sh, fault.Field(at+".cycle", fault.FieldOutOfRange, "must be 1 or more")
	}
	if in.GetEmergencyApproval() != nil {
		sh.Grant, err = grantOf(at+".emergencyApproval.", in.GetEmergencyApproval())
		return sh, err
	}
	sh.Round, err = roundOf(at+".roundCommit.", in.GetRoundCommit())
	return sh, err
}

// roundOf reads by which decision a round was committed; in names what it is part of.
func roundOf(in string, c *familiesv1.ReleaseDestinationRequest_RoundCommit) (r household.Commit, err error) {
	if r.Round, err = resource.AllocationRound.ID(in+"round", c.GetRound()); err != nil {
		return r, err
	}
	if r.Committer, err = resource.Staff.ID(in+"committer", c.GetCommitter()); err != nil {
		return r, err
	}
	if len(c.GetDigest()) != digestSize {
		return r, fault.Field(in+"digest", fault.FieldWrongLength, "must have 32 bytes")
	}
	r.Digest = [digestSize]byte(c.GetDigest())
	return r, nil
}

// grantOf reads an emergency grant and who approved it.
func grantOf(in string, e *familiesv1.ReleaseDestinationRequest_EmergencyApproval) (g household.Grant, err error) {
	if g.ID, err = resource.EmergencyGrant.ID(in+"emergencyGrant", e.GetEmergencyGrant()); err != nil {
		return g, err
	}
	if len(e.GetApprovers()) != len(g.Approvers) {
		return g, fault.Field(in+"approvers", fault.FieldWrongCount, "must be two persons")
	}
	for i, name := range e.GetApprovers() {
		if g.Approvers[i], err = resource.Staff.ID(fmt.Sprintf("%sapprovers[%d]", in, i), name); err != nil {
			return g, err
		}
	}
	if g.Approvers[0] == g.Approvers[1] {
		return g, fault.Field(in+"approvers[1]", fault.FieldGivenTwice, "must be another person")
	}
	return g, nil
}

// withLeaf reads what a plan says about a payment, and the proof that it does.
func withLeaf(r household.Release, req *familiesv1.ReleaseDestinationRequest) (household.Release, error) {
	plan, _ := resource.PaymentPlan.Cut(r.Plan)
	r.Leaf = planroot.Leaf{
		Plan: plan, Rail: r.Rail, Sender: req.GetSender(), Payment: r.Payment[strings.LastIndex(r.Payment, "/")+1:],
		Minor: r.Amount.MinorUnits, Currency: r.Amount.Currency,
	}
	for i, share := range req.GetShares() {
		award, err := resource.Award.ID(fmt.Sprintf("shares[%d].award", i), share.GetAward())
		if err != nil {
			return r, err
		}
		a, err := rpc.Money(fmt.Sprintf("shares[%d].amount", i), share.GetAmount())
		if err != nil {
			return r, err
		}
		r.Leaf.Shares = append(r.Leaf.Shares, planroot.Share{Award: award, Minor: a.MinorUnits})
		paid, err := awardedShare(fmt.Sprintf("shares[%d]", i), share, a.MinorUnits)
		if err != nil {
			return r, err
		}
		r.Shares = append(r.Shares, paid)
	}
	p := req.GetProof()
	r.Proof = household.Proof{Blind: p.GetBlind(), Index: int(p.GetIndex()), Count: int(p.GetCount())}
	if len(p.GetBlind()) != planroot.BlindSize || len(p.GetPath()) > maxPath {
		return r, fault.Field("proof", fault.FieldNotPossible, "must have a blind of 16 bytes and at most 64 hashes")
	}
	for i, h := range p.GetPath() {
		if len(h) != planroot.Size {
			return r, fault.Field(fmt.Sprintf("proof.path[%d]", i), fault.FieldWrongLength, "must have 32 bytes")
		}
		r.Proof.Path = append(r.Proof.Path, planroot.Hash(h))
	}
	return r, nil
}
