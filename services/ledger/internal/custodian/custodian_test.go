package custodian_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	typev1 "github.com/solidarity-fund/solidarity/api/solidarity/type/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/custodian"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/period"
)

// peers are the two services.
type peers struct {
	series                []*disbursementsv1.StatementSeries
	balances              []*typev1.Money
	banksFail, stripeFail error
}

func (p peers) ListStatementSeries(ctx context.Context, req *disbursementsv1.ListStatementSeriesRequest, _ ...grpc.CallOption) (*disbursementsv1.ListStatementSeriesResponse, error) {
	if _, ok := ctx.Deadline(); !ok || req.GetDay() != "2026-11-30" {
		return nil, fmt.Errorf("asked for %s without a deadline", req.GetDay())
	}
	return &disbursementsv1.ListStatementSeriesResponse{Series: p.series}, p.banksFail
}

func (p peers) GetStripeBalance(ctx context.Context, req *donationsv1.GetStripeBalanceRequest, _ ...grpc.CallOption) (*donationsv1.GetStripeBalanceResponse, error) {
	if _, ok := ctx.Deadline(); !ok || req.GetDay() != "2026-11-30" {
		return nil, fmt.Errorf("asked for %s without a deadline", req.GetDay())
	}
	return &donationsv1.GetStripeBalanceResponse{Balances: p.balances}, p.stripeFail
}

func ask(t *testing.T, p peers) (period.Facts, error) {
	t.Helper()
	day, err := leaf.ParseDay("2026-11-30")
	if err != nil {
		t.Fatal(err)
	}
	return custodian.New(p, p).Facts(t.Context(), day)
}

func TestFactsArriveInTheTermsOfThePeriod(t *testing.T) {
	t.Parallel()
	eur := &typev1.Money{MinorUnits: -7, CurrencyCode: "EUR"}
	got, err := ask(t, peers{
		series: []*disbursementsv1.StatementSeries{
			{Account: "asset:bank:main", ClosingBalance: eur, ClosedOn: "1970-01-03", Unbroken: true, ReachesDay: true,
				Statement: "statements/st_1", StatementSha256: bytes.Repeat([]byte{3}, 32), ImportedBy: "staff/s_1"},
			{Account: "asset:bank:new", ClosingBalance: &typev1.Money{CurrencyCode: "PLN"}},
		},
		balances: []*typev1.Money{eur},
	})
	want := period.Facts{
		Banks: []period.Series{
			{Account: leaf.Account{Path: "asset:bank:main", Currency: "EUR"}, Closing: -7, ClosedOn: 2, Unbroken: true, ReachesDay: true,
				Statement: period.BankStatement{Name: "statements/st_1", SHA256: [32]byte(bytes.Repeat([]byte{3}, 32)), Importer: "staff/s_1"}},
			{Account: leaf.Account{Path: "asset:bank:new", Currency: "PLN"}},
		},
		Stripe: []money.Amount{{MinorUnits: -7, Currency: "EUR"}},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestWhoCannotBeAskedNowIsUnavailableAndOtherErrorsStay(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		peers  peers
		reason fault.Reason
	}{
		"disbursements away": {peers{banksFail: fault.New(fault.Unavailable, "PEER_UNAVAILABLE", "Away.")}, "FACTS_UNAVAILABLE"},
		"donations late":     {peers{stripeFail: fault.New(fault.Timeout, "PEER_DEADLINE", "Late.")}, "FACTS_UNAVAILABLE"},
		"nobody there":       {peers{banksFail: context.DeadlineExceeded}, "FACTS_UNAVAILABLE"},
		"a frozen person":    {peers{stripeFail: fault.New(fault.PermissionDenied, "FROZEN", "Frozen.")}, "FROZEN"},
		"a defect":           {peers{stripeFail: errors.New("other")}, ""},
		"no day":             {peers{series: []*disbursementsv1.StatementSeries{{ClosedOn: "yesterday", Statement: "statements/st_1", StatementSha256: make([]byte, 32), ImportedBy: "staff/s_1"}}}, ""},
		"no digest":          {peers{series: []*disbursementsv1.StatementSeries{{ClosedOn: "2026-11-30", Statement: "statements/st_1", ImportedBy: "staff/s_1"}}}, ""},
		"nobody imported it": {peers{series: []*disbursementsv1.StatementSeries{{ClosedOn: "2026-11-30", Statement: "statements/st_1", StatementSha256: make([]byte, 32)}}}, ""},
	} {
		facts, err := ask(t, c.peers)
		if err == nil || len(facts.Banks) != 0 || c.reason == "" && fault.As(err) != nil || c.reason != "" && !fault.Is(err, c.reason) {
			t.Errorf("%s: %v, %v", name, facts, err)
		}
	}
}
