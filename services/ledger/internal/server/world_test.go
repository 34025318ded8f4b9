package server_test

import (
	"bytes"
	"context"
	"sync"

	"google.golang.org/grpc"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	typev1 "github.com/solidarity-fund/solidarity/api/solidarity/type/v1"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
)

// world is what donations and disbursements know, as a test has it.
type world struct {
	donationsv1.ReconciliationServiceClient // for what the ledger does not ask

	mu     sync.Mutex
	series []*disbursementsv1.StatementSeries
	stripe []*typev1.Money
	err    error         // what both answer instead
	asked  []string      // the days that were asked for
	hold   chan struct{} // where set, banks do not answer before it is closed
}

// set changes what banks and Stripe say.
func (w *world) set(change func(*world)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change(w)
}

// agree lets the bank close on a day with a balance, and Stripe hold another.
func (w *world) agree(day string, bank, stripe int64) {
	w.set(func(w *world) {
		w.series = []*disbursementsv1.StatementSeries{{
			Account: "asset:bank:main", ClosingBalance: postingtest.Money(bank), ClosedOn: day, Unbroken: true, ReachesDay: true,
			Statement: "statements/st_1", StatementSha256: bytes.Repeat([]byte{3}, 32), ImportedBy: "staff/s_1",
		}}
		w.stripe = []*typev1.Money{postingtest.Money(stripe)}
	})
}

// ListStatementSeries answers as disbursements would.
func (w *world) ListStatementSeries(_ context.Context, req *disbursementsv1.ListStatementSeriesRequest, _ ...grpc.CallOption) (*disbursementsv1.ListStatementSeriesResponse, error) {
	w.mu.Lock()
	w.asked = append(w.asked, req.GetDay())
	hold := w.hold
	w.mu.Unlock()
	if hold != nil {
		<-hold
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return &disbursementsv1.ListStatementSeriesResponse{Series: w.series}, w.err
}

// GetStripeBalance answers as donations would.
func (w *world) GetStripeBalance(context.Context, *donationsv1.GetStripeBalanceRequest, ...grpc.CallOption) (*donationsv1.GetStripeBalanceResponse, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return &donationsv1.GetStripeBalanceResponse{Balances: w.stripe}, w.err
}
