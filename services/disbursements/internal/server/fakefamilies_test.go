package server_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"sync"

	"google.golang.org/grpc"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	"github.com/solidarity-fund/solidarity/services/dev/rpctest"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/planroot"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
)

// fakeFamilies holds cycles and destinations like the families service.
type fakeFamilies struct {
	familiesv1.AllocationInputServiceClient
	familiesv1.ReleaseServiceClient
	rpctest.Trouble

	mu           sync.Mutex
	requests     []*familiesv1.FundableRequest
	state        map[string]string // cycle → APPROVED, AWARDED, PAID
	byRound      map[string]string // cycle → the round that reserved it
	held         map[string]familiesv1.HeldBackReason
	refuse       map[string]string                          // family → why no destination is released
	iban         map[string]string                          // family → account, where it is not the usual one
	place        map[string]*familiesv1.ReleasedDestination // family → where else than to an account
	nowhere      map[string]string                          // why a family cannot be paid over the rail
	released     map[string]*familiesv1.ReleaseDestinationRequest
	codes        map[string]string   // payment → code
	tries        map[string]int      // payment → wrong codes so far
	used         map[string]bool     // payment → its code was accepted
	recheck      map[string]string   // family → why it may not be paid any more
	trusting     bool                // opens accounts for any plan: the protection is off
	known        []string            // families in whose case somebody had a hand; nil for all
	stoodIn      map[string][]string // person → families for which they only stood in
	confirmed    map[string][]string // family → who confirmed in its case long ago
	shown        map[string]string   // family → who reads its file for a look
	concentrated []string            // those that get much
	compared     []*familiesv1.ListConcentratedFamiliesRequest_Paid
	forgetful    bool // nobody had a hand in anything: the protection is off
	generous     bool // reserves everything for everybody: the protection is off
}

func newFakeFamilies() *fakeFamilies {
	return &fakeFamilies{
		state: map[string]string{}, byRound: map[string]string{}, held: map[string]familiesv1.HeldBackReason{},
		refuse: map[string]string{}, recheck: map[string]string{}, iban: map[string]string{}, nowhere: map[string]string{}, released: map[string]*familiesv1.ReleaseDestinationRequest{},
		codes: map[string]string{}, tries: map[string]int{}, used: map[string]bool{},
	}
}

func cycleKey(request string, cycle int32) string { return fmt.Sprintf("%s/%d", request, cycle) }

// need adds an approved request of the n-th family over an amount.
func (f *fakeFamilies) need(n int, capMinor int64) *familiesv1.FundableRequest {
	f.mu.Lock()
	defer f.mu.Unlock()
	family := fmt.Sprintf("families/f_%d", n)
	r := &familiesv1.FundableRequest{
		AidRequest: fmt.Sprintf("%s/aidRequests/a_%d", family, len(f.requests)+1), Family: family, Cycle: 1, Part: 1, Tier: 1,
		Weight: 10, Cap: postingtest.Money(capMinor), WaitingSince: "2026-10",
	}
	f.requests = append(f.requests, r)
	f.state[cycleKey(r.GetAidRequest(), 1)] = "APPROVED"
	return r
}

func (f *fakeFamilies) ListFundableRequests(context.Context, *familiesv1.ListFundableRequestsRequest, ...grpc.CallOption) (*familiesv1.ListFundableRequestsResponse, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	resp := &familiesv1.ListFundableRequestsResponse{}
	for _, r := range f.requests {
		if f.state[cycleKey(r.GetAidRequest(), r.GetCycle())] == "APPROVED" {
			resp.FundableRequests = append(resp.FundableRequests, r)
		}
	}
	return resp, nil
}

func (f *fakeFamilies) ReserveRequests(_ context.Context, r *familiesv1.ReserveRequestsRequest, _ ...grpc.CallOption) (*familiesv1.ReserveRequestsResponse, error) {
	after, err := f.Before("ReserveRequests")
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	resp := &familiesv1.ReserveRequestsResponse{}
	for _, c := range r.GetCycles() {
		key := cycleKey(c.GetAidRequest(), c.GetCycle())
		reason, held := f.held[c.GetAidRequest()]
		if !held && f.byRound[key] != r.GetRound() && f.state[key] != "APPROVED" && !f.generous {
			reason, held = familiesv1.HeldBackReason_HELD_BACK_REASON_NOT_APPROVED, true
		}
		if held {
			resp.HeldBack = append(resp.HeldBack, &familiesv1.HeldBack{AidRequest: c.GetAidRequest(), Cycle: c.GetCycle(), Reason: reason})
			continue
		}
		f.state[key], f.byRound[key] = "AWARDED", r.GetRound()
	}
	return resp, after()
}

func (f *fakeFamilies) UnreserveRequests(_ context.Context, r *familiesv1.UnreserveRequestsRequest, _ ...grpc.CallOption) (*familiesv1.UnreserveRequestsResponse, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	resp := &familiesv1.UnreserveRequestsResponse{}
	for key, round := range f.byRound {
		if round == r.GetRound() {
			f.state[key] = "APPROVED"
			delete(f.byRound, key)
			resp.UnreservedCount++
		}
	}
	return resp, nil
}

func (f *fakeFamilies) ReportPaid(_ context.Context, r *familiesv1.ReportPaidRequest, _ ...grpc.CallOption) (*familiesv1.ReportPaidResponse, error) {
	after, err := f.Before("ReportPaid")
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	state := "APPROVED"
	if r.GetPaid() {
		state = "PAID"
	}
	f.state[cycleKey(r.GetAidRequest(), r.GetCycle())] = state
	return &familiesv1.ReportPaidResponse{}, after()
}

func (f *fakeFamilies) ReleaseDestination(_ context.Context, r *familiesv1.ReleaseDestinationRequest, _ ...grpc.CallOption) (*familiesv1.ReleaseDestinationResponse, error) {
	after, err := f.Before("ReleaseDestination")
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	key := fmt.Sprintf("%s/%d", r.GetPayment(), r.GetAttempt())
	earlier, again := f.released[key]
	if again && !bytes.Equal(earlier.GetDigest(), r.GetDigest()) {
		return nil, fault.New(fault.AlreadyExists, "RELEASE_CONFLICT", "Released with another digest.")
	}
	if why := f.refuse[r.GetFamily()]; why != "" && !again {
		return nil, fault.New(fault.Precondition, fault.Reason(why), "The family may not be paid.")
	}
	if !again && !f.trusting && f.inPlan(r) != nil {
		return nil, fault.New(fault.Precondition, "NOT_IN_PLAN", "The plan was decided about something else.")
	}
	f.released[key] = r
	if place := f.place[r.GetFamily()]; place != nil {
		return &familiesv1.ReleaseDestinationResponse{Destination: place}, after()
	}
	iban := "DE89370400440532013000"
	if f.iban[r.GetFamily()] != "" {
		iban = f.iban[r.GetFamily()]
	}
	return &familiesv1.ReleaseDestinationResponse{Destination: &familiesv1.ReleasedDestination{
		Details: &familiesv1.ReleasedDestination_BankAccount{BankAccount: &familiesv1.BankAccount{
			AccountHolder: "MARKED-HOLDER Янка", Number: &familiesv1.BankAccount_Iban{Iban: iban}, CountryCode: "DE", Town: "Leipzig",
		}},
	}}, after()
}

func (f *fakeFamilies) DigestDestinations(_ context.Context, r *familiesv1.DigestDestinationsRequest, _ ...grpc.CallOption) (*familiesv1.DigestDestinationsResponse, error) {
	after, err := f.Before("DigestDestinations")
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	resp := &familiesv1.DigestDestinationsResponse{}
	for _, family := range r.GetFamilies() {
		place := &familiesv1.DigestDestinationsResponse_Place{Digest: f.account(family)}
		if why := f.nowhere[family]; why != "" {
			place = &familiesv1.DigestDestinationsResponse_Place{Reason: why}
		}
		resp.Places = append(resp.Places, place)
	}
	return resp, after()
}

// account is the digest of where a family is paid.
func (f *fakeFamilies) account(family string) []byte {
	digest := sha256.Sum256([]byte(family + f.iban[family]))
	return digest[:]
}

// inPlan checks the proof of a release as families do.
func (f *fakeFamilies) inPlan(r *familiesv1.ReleaseDestinationRequest) error {
	leaf := planroot.Leaf{
		Plan: strings.TrimPrefix(r.GetPlan(), "paymentPlans/"), Rail: r.GetRail(), Sender: r.GetSender(),
		Payment: strings.TrimPrefix(r.GetPayment(), "payments/"), Minor: r.GetAmount().GetMinorUnits(), Currency: r.GetAmount().GetCurrencyCode(),
		Account: [32]byte(f.account(r.GetFamily())),
	}
	for _, sh := range r.GetShares() {
		leaf.Shares = append(leaf.Shares, planroot.Share{Award: strings.TrimPrefix(sh.GetAward(), "awards/"), Minor: sh.GetAmount().GetMinorUnits()})
	}
	var path []planroot.Hash
	for _, h := range r.GetProof().GetPath() {
		path = append(path, planroot.Hash(h))
	}
	p := r.GetProof()
	return planroot.Check(planroot.Hash(r.GetDigest()), leaf.Hash(p.GetBlind()), int(p.GetIndex()), int(p.GetCount()), path)
}

// ListInvolvedFamilies knows of one person, who had a hand in the families that a test
// says, or else in all, and of those who stood in.
func (f *fakeFamilies) ListInvolvedFamilies(_ context.Context, r *familiesv1.ListInvolvedFamiliesRequest, _ ...grpc.CallOption) (*familiesv1.ListInvolvedFamiliesResponse, error) {
	after, err := f.Before("ListInvolvedFamilies")
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	resp := &familiesv1.ListInvolvedFamiliesResponse{}
	for _, family := range r.GetFamilies() {
		if slices.ContainsFunc(r.GetPeople(), func(p string) bool { return slices.Contains(f.stoodIn[p], family) }) && !f.forgetful {
			resp.Families, resp.StoodIn = append(resp.Families, family), append(resp.StoodIn, family)
		}
		if r.GetEver() && slices.Contains(r.GetPeople(), "staff/s_entered") {
			resp.Families = append(resp.Families, family)
		}
		if who := f.confirmed[family]; r.GetEver() && slices.ContainsFunc(r.GetPeople(), func(p string) bool { return slices.Contains(who, p) }) {
			resp.Families, resp.Outside = append(resp.Families, family), append(resp.Outside, family)
		}
		if slices.Contains(r.GetPeople(), "staff/s_involved") && !f.forgetful && (f.known == nil || slices.Contains(f.known, family)) {
			resp.Families = append(resp.Families, family)
		}
	}
	return resp, after()
}

// ShowFamily lets one person read a family's file at a time.
func (f *fakeFamilies) ShowFamily(_ context.Context, r *familiesv1.ShowFamilyRequest, _ ...grpc.CallOption) (*familiesv1.ShowFamilyResponse, error) {
	after, err := f.Before("ShowFamily")
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.shown == nil {
		f.shown = map[string]string{}
	}
	if by := f.shown[r.GetFamily()]; by != "" && by != r.GetPerson() {
		return nil, fault.New(fault.Precondition, "LOOK_TAKEN", "Somebody else reads it.")
	}
	f.shown[r.GetFamily()] = r.GetPerson()
	return &familiesv1.ShowFamilyResponse{}, after()
}

// HideFamily ends that.
func (f *fakeFamilies) HideFamily(_ context.Context, r *familiesv1.HideFamilyRequest, _ ...grpc.CallOption) (*familiesv1.HideFamilyResponse, error) {
	after, err := f.Before("HideFamily")
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.shown[r.GetFamily()] == r.GetPerson() {
		delete(f.shown, r.GetFamily())
	}
	return &familiesv1.HideFamilyResponse{}, after()
}

// ListConcentratedFamilies knows of those of which a test says that they get much.
func (f *fakeFamilies) ListConcentratedFamilies(_ context.Context, r *familiesv1.ListConcentratedFamiliesRequest, _ ...grpc.CallOption) (*familiesv1.ListConcentratedFamiliesResponse, error) {
	after, err := f.Before("ListConcentratedFamilies")
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.compared = r.GetFamilies()
	return &familiesv1.ListConcentratedFamiliesResponse{Families: f.concentrated}, after()
}

func (f *fakeFamilies) CheckReleases(_ context.Context, r *familiesv1.CheckReleasesRequest, _ ...grpc.CallOption) (*familiesv1.CheckReleasesResponse, error) {
	after, err := f.Before("CheckReleases")
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	resp := &familiesv1.CheckReleasesResponse{}
	for _, a := range r.GetAttempts() {
		reason := "NOT_RELEASED"
		if y := f.released[fmt.Sprintf("%s/%d", a.GetPayment(), a.GetAttempt())]; y != nil {
			reason = f.recheck[y.GetFamily()]
		}
		if reason != "" {
			resp.Held = append(resp.Held, &familiesv1.CheckReleasesResponse_Held{Payment: a.GetPayment(), Reason: reason})
		}
	}
	return resp, after()
}

func (f *fakeFamilies) IssueCode(_ context.Context, r *familiesv1.IssueCodeRequest, _ ...grpc.CallOption) (*familiesv1.IssueCodeResponse, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.codes[r.GetPayment()] != "" {
		return nil, fault.New(fault.AlreadyExists, "CODE_ISSUED", "The payment has a code.")
	}
	f.codes[r.GetPayment()] = "12345678"
	return &familiesv1.IssueCodeResponse{
		Handle: "h_of_" + r.GetPayment(), Code: "12345678", Contacts: []*familiesv1.Contact{{Address: "+370 600 00000", SafeWording: "about the order"}},
	}, nil
}

func (f *fakeFamilies) JudgeCode(_ context.Context, r *familiesv1.JudgeCodeRequest, _ ...grpc.CallOption) (*familiesv1.JudgeCodeResponse, error) {
	after, err := f.Before("JudgeCode")
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	switch y := r.GetPayment(); {
	case f.used[y]:
		return nil, fault.New(fault.Precondition, "CODE_USED", "The code was accepted before.")
	case f.tries[y] >= 5:
		return nil, fault.New(fault.Precondition, "TRIES_EXHAUSTED", "Five wrong codes.")
	case f.codes[y] != r.GetCode():
		f.tries[y]++
		return &familiesv1.JudgeCodeResponse{}, after()
	default:
		f.used[y] = true
		return &familiesv1.JudgeCodeResponse{Accepted: true}, after()
	}
}

// states counts cycles by state.
func (f *fakeFamilies) states(state string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, s := range f.state {
		if s == state {
			n++
		}
	}
	return n
}

// fakeFunds knows a few funds.
type fakeFunds struct{ donationsv1.FundServiceClient }

func (fakeFunds) GetFund(_ context.Context, r *donationsv1.GetFundRequest, _ ...grpc.CallOption) (*donationsv1.Fund, error) {
	kind := donationsv1.FundKind_FUND_KIND_EARMARK
	if r.GetName() == "funds/operations" {
		kind = donationsv1.FundKind_FUND_KIND_OPERATIONS
	}
	if !slices.Contains([]string{"funds/general", "funds/winter", "funds/operations", "funds/pupils"}, r.GetName()) {
		return nil, fault.Missing("fund")
	}
	f := &donationsv1.Fund{Name: r.GetName(), Kind: kind}
	if r.GetName() == "funds/pupils" {
		f.Rule = `category == "CHILDREN_SCHOOL" && family.children > 0`
	}
	return f, nil
}
