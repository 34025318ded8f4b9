package duty_test

import (
	"context"

	"google.golang.org/grpc"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// ledger keeps what it was asked to book. It answers every reference that it has
// seen as a replay, and books nothing itself.
type ledger struct {
	ledgerv1.PostingServiceClient
	posted   []*ledgerv1.TransactionDraft
	recorded []string
	// answer refuses a call, if it returns an error; nil refuses none.
	answer func(*ledgerv1.PostRequest) error
}

func (l *ledger) Post(_ context.Context, r *ledgerv1.PostRequest, _ ...grpc.CallOption) (*ledgerv1.PostResponse, error) {
	if l.answer != nil {
		if err := l.answer(r); err != nil {
			return nil, err
		}
	}
	resp := &ledgerv1.PostResponse{}
	for _, draft := range r.GetTransactions() {
		resp.Replayed = append(resp.Replayed, l.of(draft.GetReference()) != nil)
		l.posted = append(l.posted, draft)
	}
	return resp, nil
}

// of is the first draft with a reference, nil where there is none.
func (l *ledger) of(reference string) *ledgerv1.TransactionDraft {
	for _, draft := range l.posted {
		if draft.GetReference() == reference {
			return draft
		}
	}
	return nil
}

// kinds lists the kinds of what was posted, in order.
func (l *ledger) kinds() []ledgerv1.TransactionKind {
	var list []ledgerv1.TransactionKind
	for _, draft := range l.posted {
		list = append(list, draft.GetKind())
	}
	return list
}

// refuse makes every call fail from now on; nil ends that.
func (l *ledger) refuse(err error) {
	l.answer = func(*ledgerv1.PostRequest) error { return err }
}

// families keeps what it was told; each field refuses or changes one answer.
type families struct {
	familiesv1.AllocationInputServiceClient
	familiesv1.ReleaseServiceClient

	reserved   []*familiesv1.ReserveRequestsRequest
	unreserved []string
	paid       []*familiesv1.ReportPaidRequest
	released   []*familiesv1.ReleaseDestinationRequest

	heldBack               []*familiesv1.HeldBack
	reserving, unreserving error
	reporting, releasing   error
}

func (f *families) ReserveRequests(_ context.Context, r *familiesv1.ReserveRequestsRequest, _ ...grpc.CallOption) (*familiesv1.ReserveRequestsResponse, error) {
	if f.reserving != nil {
		return nil, f.reserving
	}
	f.reserved = append(f.reserved, r)
	return &familiesv1.ReserveRequestsResponse{HeldBack: f.heldBack}, nil
}

func (f *families) UnreserveRequests(_ context.Context, r *familiesv1.UnreserveRequestsRequest, _ ...grpc.CallOption) (*familiesv1.UnreserveRequestsResponse, error) {
	if f.unreserving != nil {
		return nil, f.unreserving
	}
	f.unreserved = append(f.unreserved, r.GetRound())
	return &familiesv1.UnreserveRequestsResponse{}, nil
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
		AccountHolder: "Янка Купала", Iban: "DE89370400440532013000", CountryCode: "DE", Town: "Leipzig",
	}}, nil
}

// provider is a rail outside: it keeps what it was told, and answers as it is told.
type provider struct {
	told                  []payment.Instruction
	submitting, lookingUp error
	finding               payment.Finding
}

func (p *provider) Local() bool { return false }

func (p *provider) Submit(_ context.Context, in payment.Instruction) error {
	p.told = append(p.told, in)
	return p.submitting
}

func (p *provider) Lookup(context.Context, payment.Attempt) (payment.Finding, error) {
	return p.finding, p.lookingUp
}

// suspended is how families refuse to release a destination.
func suspended() error {
	return fault.New(fault.Precondition, "FAMILY_SUSPENDED", "The family may not be paid.")
}
