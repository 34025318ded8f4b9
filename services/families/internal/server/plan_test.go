package server_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"google.golang.org/grpc"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/dev/rpctest"
	"github.com/solidarity-fund/solidarity/services/families/internal/server"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/planroot"
	"github.com/solidarity-fund/solidarity/services/internal/posting"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// newRelease asks for the destination of a family's payment out of a plan that was
// decided about it.
func (b *bench) newRelease(family string) *familiesv1.ReleaseDestinationRequest {
	return b.inPlan(&familiesv1.ReleaseDestinationRequest{
		Payment: "payments/y_1", Attempt: 1, Plan: "paymentPlans/p_1", Family: family, Rail: "sepa", Sender: "main", Forms: sepaForms(),
		Amount: postingtest.Money(150_00),
		Shares: []*familiesv1.ReleaseDestinationRequest_Share{b.awarded(family)},
	})
}

// awarded is the share of a payment for what a committed round has awarded to a family:
// a request of its that is awarded already or, where it can have one, a new one.
func (b *bench) awarded(family string) *familiesv1.ReleaseDestinationRequest_Share {
	b.t.Helper()
	sh := &familiesv1.ReleaseDestinationRequest_Share{Award: "awards/w_1", Amount: postingtest.Money(150_00), Cycle: 1}
	var request, round string
	find := func() error {
		return b.db.Pool.QueryRow(context.Background(), `
			SELECT r.aid_request_id, c.round FROM aid_request_cycles c JOIN aid_requests r USING (aid_request_id)
			WHERE r.family_id = $1 AND c.state = 'AWARDED'`, family[len("families/"):]).Scan(&request, &round)
	}
	if find() != nil {
		request, round = "a_none", "allocationRounds/r_of_"+family[len("families/"):]
		b.reserveNew(family, round)
		_ = find() // a family that cannot be paid has none: that is what is refused first
	}
	sh.AidRequest = family + "/aidRequests/" + request
	sh.Source = &familiesv1.ReleaseDestinationRequest_Share_RoundCommit{RoundCommit: b.committed(round)}
	return sh
}

// reserveNew has a round reserve a new request of a family, where it can have one.
func (b *bench) reserveNew(family, round string) {
	b.t.Helper()
	ctx := context.Background()
	r, err := b.caseworker(olga).requests.CreateAidRequest(ctx, &familiesv1.CreateAidRequestRequest{Parent: family, AidRequest: newRequest()})
	if err != nil {
		return
	}
	if _, err := b.verifier(egor).requests.ApproveAidRequest(ctx, &familiesv1.ApproveAidRequestRequest{Name: r.GetName()}); err != nil {
		return
	}
	_, err = b.disbursements().input.ReserveRequests(ctx, &familiesv1.ReserveRequestsRequest{
		Round: round, Commit: 1, Cycles: []*familiesv1.RequestCycle{{AidRequest: r.GetName(), Cycle: 1}},
	})
	must(b.t, err)
}

// committed records that somebody has committed a round.
func (b *bench) committed(round string) *familiesv1.ReleaseDestinationRequest_RoundCommit {
	b.t.Helper()
	id, _ := resource.AllocationRound.Cut(round)
	digest := bytes.Repeat([]byte{7}, 32)
	step := posting.RoundCommitted(posting.RoundStep{Round: id, Person: "s_approver", Digest: digest})
	_, err := b.ledger.Record(identity.Into(context.Background(), identity.Caller{Person: "staff/s_approver"}), &ledgerv1.RecordRequest{
		Decisions: []*ledgerv1.DecisionDraft{step},
	})
	must(b.t, err)
	return &familiesv1.ReleaseDestinationRequest_RoundCommit{Round: round, Digest: digest, Committer: "staff/s_approver"}
}

// inPlan makes the plan that was decided about a payment to where its family is paid
// now: one of three payments.
func (b *bench) inPlan(r *familiesv1.ReleaseDestinationRequest) *familiesv1.ReleaseDestinationRequest {
	b.t.Helper()
	resp, err := b.disbursements().release.DigestDestinations(context.Background(), &familiesv1.DigestDestinationsRequest{
		Forms: r.GetForms(), Families: []string{r.GetFamily()},
	})
	if err != nil {
		b.t.Fatal(err)
	}
	blind := bytes.Repeat([]byte{5}, planroot.BlindSize)
	payment, _ := resource.Payment.Cut(r.GetPayment())
	leaf := planroot.Leaf{
		Plan: "p_1", Rail: r.GetRail(), Sender: r.GetSender(), Payment: payment, Minor: r.GetAmount().GetMinorUnits(), Currency: "EUR",
		Shares: []planroot.Share{{Award: "w_1", Minor: r.GetShares()[0].GetAmount().GetMinorUnits()}},
	}
	copy(leaf.Account[:], resp.GetPlaces()[0].GetDigest())
	leaves := []planroot.Hash{{1}, leaf.Hash(blind), {2}}
	root, err := planroot.Root(leaves)
	if err != nil {
		b.t.Fatal(err)
	}
	path, err := planroot.Path(leaves, 1)
	if err != nil {
		b.t.Fatal(err)
	}
	r.Digest, r.Proof = root[:], &familiesv1.ReleaseDestinationRequest_LeafProof{Blind: blind, Index: 1, Count: 3}
	for _, h := range path {
		r.Proof.Path = append(r.Proof.Path, h[:])
	}
	return r
}

// TestAPlanOpensItsOwnAccountsAndNoOthers changes each thing that the plan's people
// have signed, and asks with the same digest.
func TestAPlanOpensItsOwnAccountsAndNoOthers(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBench(t)
	name := b.verified()
	other := b.anotherVerified()
	for what, change := range map[string]func(r *familiesv1.ReleaseDestinationRequest){
		"another family's account": func(r *familiesv1.ReleaseDestinationRequest) {
			r.Family, r.Shares = other, []*familiesv1.ReleaseDestinationRequest_Share{b.awarded(other)}
		},
		"another payment": func(r *familiesv1.ReleaseDestinationRequest) { r.Payment = "payments/y_2" },
		"another plan":    func(r *familiesv1.ReleaseDestinationRequest) { r.Plan = "paymentPlans/p_2" },
		"another sender":  func(r *familiesv1.ReleaseDestinationRequest) { r.Sender = "other" },
		"a larger amount": func(r *familiesv1.ReleaseDestinationRequest) { r.Amount = postingtest.Money(151_00) },
		"another award":   func(r *familiesv1.ReleaseDestinationRequest) { r.Shares[0].Award = "awards/w_2" },
		"another share":   func(r *familiesv1.ReleaseDestinationRequest) { r.Shares[0].Amount = postingtest.Money(149_00) },
		"no award":        func(r *familiesv1.ReleaseDestinationRequest) { r.Shares = nil },
		"another place":   func(r *familiesv1.ReleaseDestinationRequest) { r.Proof.Index = 0 },
		"another blind":   func(r *familiesv1.ReleaseDestinationRequest) { r.Proof.Blind[0]++ },
		"another path":    func(r *familiesv1.ReleaseDestinationRequest) { r.Proof.Path[0][0]++ },
		"another digest":  func(r *familiesv1.ReleaseDestinationRequest) { r.Digest[0]++ },
	} {
		r := b.newRelease(name)
		change(r)
		_, err := b.disbursements().release.ReleaseDestination(ctx, r)
		refused(t, what, err, "NOT_IN_PLAN")
	}
	if n := b.count("SELECT count(*) FROM releases"); n != 0 {
		t.Errorf("%d releases are noted", n)
	}
	// An account that was changed after the people signed is none of the plan's.
	signed := b.newRelease(name)
	changed := newAccount("DE89 3704 0044 0532 0130 00", "Vilnius")
	b.destination(name, changed)
	b.clock.pass(48 * time.Hour)
	_, err := b.disbursements().release.ReleaseDestination(ctx, signed)
	refused(t, "an account changed since", err, "NOT_IN_PLAN")
	_, err = b.disbursements().release.ReleaseDestination(ctx, b.newRelease(name))
	must(t, err)

	for field, change := range map[string]func(r *familiesv1.ReleaseDestinationRequest){
		"proof":            func(r *familiesv1.ReleaseDestinationRequest) { r.Proof = nil },
		"proof.path[1]":    func(r *familiesv1.ReleaseDestinationRequest) { r.Proof.Path[1] = []byte{1} },
		"shares[0].award":  func(r *familiesv1.ReleaseDestinationRequest) { r.Shares[0].Award = "w_1" },
		"shares[0].amount": func(r *familiesv1.ReleaseDestinationRequest) { r.Shares[0].Amount = nil },
	} {
		r := b.newRelease(name)
		change(r)
		_, err := b.disbursements().release.ReleaseDestination(ctx, r)
		violates(t, field, err, field)
	}
}

// TestWithoutTheProofAReleasedPlanOpensAnyAccount switches the check off: whoever can
// call as disbursements then has any account opened.
func TestWithoutTheProofAReleasedPlanOpensAnyAccount(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.Bench = rpctest.New(t, func(g *grpc.Server) { server.NewForAnyAccount(b.options()).Register(g) })
	r := b.newRelease(b.verified())
	r.Family = b.anotherVerified()
	r.Shares = []*familiesv1.ReleaseDestinationRequest_Share{b.awarded(r.GetFamily())}
	_, err := b.disbursements().release.ReleaseDestination(t.Context(), r)
	must(t, err)
}

func TestDigestsOfAccountsAreOfOneFamilyEach(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBench(t)
	// Given two families with one and the same account, and one without any,
	one, two, none := b.verified(), b.anotherVerified(), b.anotherVerified()
	if _, err := b.db.Pool.Exec(ctx, `UPDATE destinations SET state = 'REPLACED' WHERE family_id = $1`, none[len("families/"):]); err != nil {
		t.Fatal(err)
	}
	ask := func(families ...string) [][]byte {
		t.Helper()
		resp, err := b.disbursements().release.DigestDestinations(ctx, &familiesv1.DigestDestinationsRequest{Forms: sepaForms(), Families: families})
		must(t, err)
		digests := make([][]byte, len(families))
		for i, place := range resp.GetPlaces() {
			digests[i] = place.GetDigest()
			if (len(digests[i]) == 0) != (place.GetReason() != "") {
				t.Errorf("digest %x and reason %q", digests[i], place.GetReason())
			}
		}
		return digests
	}
	// when disbursements ask, each has a digest of its own, which stays,
	first := ask(one, two, none)
	if len(first[0]) != planroot.Size || bytes.Equal(first[0], first[1]) || len(first[2]) != 0 {
		t.Errorf("digests %x", first)
	}
	if again := ask(two, one); !bytes.Equal(again[1], first[0]) || !bytes.Equal(again[0], first[1]) {
		t.Errorf("again %x, first %x", again, first)
	}
	// and wrong questions name their field.
	for field, families := range map[string][]string{
		"families": nil, "families[0]": {"f_1"}, "families[1]": {one, one},
	} {
		_, err := b.disbursements().release.DigestDestinations(ctx, &familiesv1.DigestDestinationsRequest{Forms: sepaForms(), Families: families})
		violates(t, field, err, field)
	}
}
