package server

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/grpc"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	typev1 "github.com/solidarity-fund/solidarity/api/solidarity/type/v1"
	"github.com/solidarity-fund/solidarity/services/donations/internal/donation"
	"github.com/solidarity-fund/solidarity/services/donations/internal/pledge"
	"github.com/solidarity-fund/solidarity/services/donations/internal/receipt"
	"github.com/solidarity-fund/solidarity/services/donations/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// Statements are the ledger's figures of a fund.
type Statements interface {
	// GetFundStatement reads what came into a fund and went out of it.
	GetFundStatement(ctx context.Context, r *ledgerv1.GetFundStatementRequest, opts ...grpc.CallOption) (*ledgerv1.FundStatement, error)
}

var _ donationsv1.ReceiptServiceServer = (*Receipts)(nil)

// Receipts serves ReceiptService.
type Receipts struct {
	store       *store.Store
	statements  Statements
	development bool
	now         func() time.Time
}

// OpenReceipt shows a gift to whoever has its token. A token that opens nothing
// takes the same way as one that does, over a made-up pledge, and only then gets
// its answer.
func (s *Receipts) OpenReceipt(ctx context.Context, req *donationsv1.OpenReceiptRequest) (*donationsv1.Receipt, error) {
	if req.GetReceiptToken() == "" {
		return nil, fault.Field("receiptToken", "is required")
	}
	p, err := s.store.PledgeByReceipt(ctx, receipt.Hash(req.GetReceiptToken()))
	unknown := fault.OfKind(err, fault.NotFound)
	if unknown {
		p, err = madeUp(), nil
	}
	if err != nil {
		return nil, err
	}
	out, err := s.show(ctx, p)
	switch {
	case err != nil:
		return nil, err
	case unknown:
		return nil, fault.Missing("receipt")
	}
	return out, nil
}

// madeUp is a pledge like the most common one, which is not there.
func madeUp() pledge.Pledge {
	return pledge.Pledge{
		ID: "none", Amount: money.Amount{MinorUnits: 1, Currency: "EUR"}, State: pledge.Pending,
		Designations: []pledge.Designation{{Fund: "general", Share: 1, Amount: 1}},
	}
}

func (s *Receipts) show(ctx context.Context, p pledge.Pledge) (*donationsv1.Receipt, error) {
	d, err := s.store.LatestOf(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	out := &donationsv1.Receipt{
		Amount: rpc.MoneyOf(p.Charge()), Tip: some(p.Tip, p.Amount.Currency), PledgeState: pledgeStates[p.State],
	}
	if d != nil {
		out.DonationState = donationStates[d.State]
		if d.PostedAt != nil {
			out.ReceivedOn = date(&d.Settled.ReceivedOn)
		}
	}
	for _, g := range giftParts(p, d) {
		progress, err := s.progress(ctx, g)
		if err != nil {
			return nil, err
		}
		out.Funds = append(out.Funds, progress)
	}
	return out, nil
}

// giftPart is one fund's part of a gift.
type giftPart struct {
	fund   string
	amount *typev1.Money
}

// giftParts are the parts as settled, or as pledged before that.
func giftParts(p pledge.Pledge, d *donation.Donation) []giftPart {
	var parts []giftPart
	if d != nil && d.Settled != nil {
		for _, part := range d.Parts {
			if part.Fund != "" {
				parts = append(parts, giftPart{part.Fund, some(part.Amount, d.Settled.Gross.Currency)})
			}
		}
		return parts
	}
	for _, g := range p.Designations {
		parts = append(parts, giftPart{g.Fund, some(g.Amount, p.Amount.Currency)})
	}
	return parts
}

// progress says what a fund did, by the rule of published numbers: totals of the
// whole fund up to the last publication. The number of families is withheld: the
// books, from which it would have to come, know no families.
func (s *Receipts) progress(ctx context.Context, g giftPart) (*donationsv1.FundProgress, error) {
	f, err := s.store.Fund(ctx, g.fund)
	if err != nil {
		return nil, err
	}
	through := receipt.PublishedThrough(s.now(), s.development).Format(time.DateOnly)
	statement, err := s.statements.GetFundStatement(ctx, &ledgerv1.GetFundStatementRequest{Fund: f.ID, LastDay: through})
	if err != nil && !fault.OfKind(err, fault.NotFound) {
		return nil, fmt.Errorf("read statement of fund %s: %w", f.ID, err)
	}
	out := &donationsv1.FundProgress{
		Fund: "funds/" + f.ID, DisplayName: f.DisplayName, Amount: g.amount,
		FamiliesWithheld: true, PublishedThrough: through,
	}
	currency := g.amount.GetCurrencyCode()
	out.Received, out.PassedOn = &typev1.Money{CurrencyCode: currency}, &typev1.Money{CurrencyCode: currency}
	for _, figures := range statement.GetFigures() {
		if figures.GetCurrencyCode() == currency {
			out.Received.MinorUnits = figures.GetReceived() - figures.GetTakenBack()
			out.PassedOn.MinorUnits = figures.GetPaid() - figures.GetReturned()
		}
	}
	return out, nil
}
