// Package custodian asks other services what banks and Stripe say: the facts that a
// period's close is held against. It turns their answers into terms of the domain
// and whatever keeps them from answering into one fault.
package custodian

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/grpc"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/period"
)

// How long an answer is waited for; connections wait for a service that is not
// there. Stripe has to list what has moved since the day, a hundred at a time;
// both together are less than a call through the gateway may take.
const (
	bankPatience   = 5 * time.Second
	stripePatience = 20 * time.Second
)

// Banks is what disbursements tells of bank statements.
type Banks interface {
	// ListStatementSeries tells how far each account's statements go, without a gap.
	ListStatementSeries(ctx context.Context, r *disbursementsv1.ListStatementSeriesRequest, o ...grpc.CallOption) (*disbursementsv1.ListStatementSeriesResponse, error)
}

// Stripe is what donations tells of Stripe.
type Stripe interface {
	// GetStripeBalance tells what Stripe held at the end of a day.
	GetStripeBalance(ctx context.Context, r *donationsv1.GetStripeBalanceRequest, o ...grpc.CallOption) (*donationsv1.GetStripeBalanceResponse, error)
}

// Custodians asks the services that know what others hold for us.
type Custodians struct {
	banks  Banks
	stripe Stripe
}

// New returns what asks these two services.
func New(banks Banks, stripe Stripe) *Custodians {
	return &Custodians{banks: banks, stripe: stripe}
}

// Facts asks for what banks and Stripe say at the end of a day. The fault
// FACTS_UNAVAILABLE says that one of them cannot be asked now.
func (h *Custodians) Facts(ctx context.Context, day leaf.Day) (period.Facts, error) {
	var f period.Facts
	var err error
	if f.Banks, err = h.series(ctx, day); err != nil {
		return period.Facts{}, unavailable("ask for bank statements", err)
	}
	if f.Stripe, err = h.balances(ctx, day); err != nil {
		return period.Facts{}, unavailable("ask for Stripe's balance", err)
	}
	return f, nil
}

func (h *Custodians) series(ctx context.Context, day leaf.Day) ([]period.Series, error) {
	ctx, cancel := context.WithTimeout(ctx, bankPatience)
	defer cancel()
	resp, err := h.banks.ListStatementSeries(ctx, &disbursementsv1.ListStatementSeriesRequest{Day: day.String()})
	if err != nil {
		return nil, err
	}
	out := make([]period.Series, len(resp.GetSeries()))
	for i, s := range resp.GetSeries() {
		out[i] = period.Series{
			Account: leaf.Account{Path: s.GetAccount(), Currency: s.GetClosingBalance().GetCurrencyCode()},
			Closing: s.GetClosingBalance().GetMinorUnits(), Unbroken: s.GetUnbroken(), ReachesDay: s.GetReachesDay(),
		}
		if s.GetClosedOn() == "" {
			continue
		}
		out[i].Statement = period.BankStatement{Name: s.GetStatement(), Importer: s.GetImportedBy()}
		if n := copy(out[i].Statement.SHA256[:], s.GetStatementSha256()); n != len(out[i].Statement.SHA256) || s.GetStatement() == "" || s.GetImportedBy() == "" {
			return nil, fmt.Errorf("statement of %s: its name, digest or importer is missing", s.GetAccount())
		}
		if out[i].ClosedOn, err = leaf.ParseDay(s.GetClosedOn()); err != nil {
			return nil, fmt.Errorf("day of a statement of %s: %w", s.GetAccount(), err)
		}
	}
	return out, nil
}

func (h *Custodians) balances(ctx context.Context, day leaf.Day) ([]money.Amount, error) {
	ctx, cancel := context.WithTimeout(ctx, stripePatience)
	defer cancel()
	resp, err := h.stripe.GetStripeBalance(ctx, &donationsv1.GetStripeBalanceRequest{Day: day.String()})
	if err != nil {
		return nil, err
	}
	out := make([]money.Amount, len(resp.GetBalances()))
	for i, b := range resp.GetBalances() {
		out[i] = money.Amount{MinorUnits: b.GetMinorUnits(), Currency: b.GetCurrencyCode()}
	}
	return out, nil
}

// unavailable tells apart who cannot be asked now from what is wrong.
func unavailable(doing string, err error) error {
	err = fmt.Errorf("%s: %w", doing, err)
	if fault.OfKind(err, fault.Unavailable) || fault.OfKind(err, fault.Timeout) || errors.Is(err, context.DeadlineExceeded) {
		return fault.New(fault.Unavailable, fault.ReasonFactsUnavailable,
			"Bank statements or Stripe's balance cannot be asked for now; nothing was changed.").With(err)
	}
	return err
}
