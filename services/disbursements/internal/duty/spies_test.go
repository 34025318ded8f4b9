package duty_test

import (
	"context"
	"slices"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail/sepa"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// postings passes calls on to the ledger and keeps how many transactions each had.
type postings struct {
	ledgerv1.PostingServiceClient
	calls []int
	// largest is the size of the largest call, in bytes.
	largest int
	// refuse refuses a call, by its number from 1, if it returns an error.
	refuse func(call int) error
}

func (p *postings) Post(ctx context.Context, r *ledgerv1.PostRequest, opts ...grpc.CallOption) (*ledgerv1.PostResponse, error) {
	p.calls, p.largest = append(p.calls, len(r.GetTransactions())), max(p.largest, proto.Size(r))
	if p.refuse != nil {
		if err := p.refuse(len(p.calls)); err != nil {
			return nil, err
		}
	}
	return p.PostingServiceClient.Post(ctx, r, opts...)
}

// always refuses every call with an error; nil refuses none.
func always(err error) func(int) error { return func(int) error { return err } }

// families keeps what it was told; each field refuses or changes one answer.
type families struct {
	familiesv1.AllocationInputServiceClient
	familiesv1.ReleaseServiceClient

	reserved   []*familiesv1.ReserveRequestsRequest
	unreserved []*familiesv1.UnreserveRequestsRequest
	has        map[string]int32 // request → the commit that has reserved it
	paid       []*familiesv1.ReportPaidRequest
	released   []*familiesv1.ReleaseDestinationRequest

	moved map[string]bool // families that are paid elsewhere by now
	asked int             // how often it was asked where families are paid

	heldBack               []*familiesv1.HeldBack
	reserving, unreserving error
	reporting, releasing   error
}

func (f *families) ReserveRequests(_ context.Context, r *familiesv1.ReserveRequestsRequest, _ ...grpc.CallOption) (*familiesv1.ReserveRequestsResponse, error) {
	if f.reserving != nil {
		return nil, f.reserving
	}
	f.reserved = append(f.reserved, r)
	resp := &familiesv1.ReserveRequestsResponse{}
	for _, c := range r.GetCycles() {
		held := slices.IndexFunc(f.heldBack, func(h *familiesv1.HeldBack) bool { return h.GetAidRequest() == c.GetAidRequest() })
		if held >= 0 {
			resp.HeldBack = append(resp.HeldBack, f.heldBack[held])
			continue
		}
		if f.has == nil {
			f.has = map[string]int32{}
		}
		f.has[c.GetAidRequest()] = r.GetCommit()
	}
	return resp, nil
}

func (f *families) UnreserveRequests(_ context.Context, r *familiesv1.UnreserveRequestsRequest, _ ...grpc.CallOption) (*familiesv1.UnreserveRequestsResponse, error) {
	if f.unreserving != nil {
		return nil, f.unreserving
	}
	f.unreserved = append(f.unreserved, r)
	resp := &familiesv1.UnreserveRequestsResponse{}
	for request := range f.has {
		if resp.UnreservedCount < unreservedAtOnce {
			delete(f.has, request)
			resp.UnreservedCount++
		}
	}
	return resp, nil
}

func (f *families) ReportPaid(_ context.Context, r *familiesv1.ReportPaidRequest, _ ...grpc.CallOption) (*familiesv1.ReportPaidResponse, error) {
	if f.reporting != nil {
		return nil, f.reporting
	}
	f.paid = append(f.paid, r)
	return &familiesv1.ReportPaidResponse{}, nil
}

func (f *families) ReleaseDestination(_ context.Context, r *familiesv1.ReleaseDestinationRequest, _ ...grpc.CallOption) (*familiesv1.ReleaseDestinationResponse, error) {
	if f.releasing != nil {
		return nil, f.releasing
	}
	f.released = append(f.released, r)
	return &familiesv1.ReleaseDestinationResponse{Destination: &familiesv1.ReleasedDestination{
		Details: &familiesv1.ReleasedDestination_BankAccount{BankAccount: &familiesv1.BankAccount{
			AccountHolder: "Янка Купала", Number: &familiesv1.BankAccount_Iban{Iban: "DE89370400440532013000"}, CountryCode: "DE", Town: "Leipzig",
		}},
	}}, nil
}

func (f *families) DigestDestinations(_ context.Context, r *familiesv1.DigestDestinationsRequest, _ ...grpc.CallOption) (*familiesv1.DigestDestinationsResponse, error) {
	f.asked++
	resp := &familiesv1.DigestDestinationsResponse{}
	for _, family := range r.GetFamilies() {
		place := &familiesv1.DigestDestinationsResponse_Place{Digest: make([]byte, 32)}
		if f.moved[family] {
			place.Digest[0] = 1
		}
		resp.Places = append(resp.Places, place)
	}
	return resp, nil
}

// unreservedAtOnce is how many requests families give back in one call.
const unreservedAtOnce = 2

// provider is a rail outside: it keeps what it was told, and answers as it is told.
type provider struct {
	told                  []payment.Instruction
	preparing             error
	submitting, lookingUp error
	finding               payment.Finding
}

func (p *provider) Capabilities() rail.Capabilities {
	return rail.Capabilities{
		ID: sepa.ID, Senders: []rail.Sender{sender}, Currencies: []string{"EUR"}, LooksUp: true,
		Forms: []payment.Accepted{{Form: payment.FormBankAccount}},
	}
}

func (p *provider) Prepare(context.Context, payment.Instruction) error { return p.preparing }

func (p *provider) Submit(_ context.Context, in payment.Instruction) (payment.Finding, error) {
	p.told = append(p.told, in)
	return payment.Taken, p.submitting
}

func (p *provider) Poll(context.Context, payment.Attempt) (payment.Finding, error) {
	return p.finding, p.lookingUp
}

func (p *provider) Reconcile(context.Context, []byte) (rail.Report, error) {
	return rail.Report{}, rail.Cannot()
}

func (p *provider) Cancel(context.Context, payment.Cancellation) error { return rail.Cannot() }

// suspended is how families refuse to release a destination.
func suspended() error {
	return fault.New(fault.Precondition, "FAMILY_SUSPENDED", "The family may not be paid.")
}
