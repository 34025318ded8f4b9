package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"

	"google.golang.org/grpc"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	typev1 "github.com/solidarity-fund/solidarity/api/solidarity/type/v1"
	"github.com/solidarity-fund/solidarity/services/donations/internal/donation"
	"github.com/solidarity-fund/solidarity/services/donations/internal/fund"
	"github.com/solidarity-fund/solidarity/services/donations/internal/pledge"
	"github.com/solidarity-fund/solidarity/services/donations/internal/receipt"
	"github.com/solidarity-fund/solidarity/services/internal/enum"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// Statements are the ledger's figures of a fund.
type Statements interface {
	// GetFundStatement reads what came into a fund and went out of it.
	GetFundStatement(ctx context.Context, r *ledgerv1.GetFundStatementRequest, opts ...grpc.CallOption) (*ledgerv1.FundStatement, error)
}

// OpenReceipt shows a gift to whoever has its token. A token that opens nothing
// costs the same work, done for another pledge's receipt, and gets its answer only
// then: neither the answer nor its time tells more than that the token is unknown.
func (s *Server) OpenReceipt(ctx context.Context, req *donationsv1.OpenReceiptRequest) (*donationsv1.Receipt, error) {
	if req.GetReceiptToken() == "" {
		return nil, fault.Field("receiptToken", fault.FieldRequired, "is required")
	}
	hash, unknown := receipt.Hash(req.GetReceiptToken()), fault.Missing("receipt")
	p, err := s.Store.PledgeByReceipt(ctx, hash)
	if fault.OfKind(err, fault.NotFound) {
		return nil, unknown // there is no pledge yet
	}
	if err != nil {
		return nil, err
	}
	out, err := s.receiptOf(ctx, p)
	switch {
	case err != nil:
		return nil, err
	case !bytes.Equal(p.ReceiptSHA256, hash):
		return nil, unknown
	}
	return out, nil
}

func (s *Server) receiptOf(ctx context.Context, p pledge.Pledge) (*donationsv1.Receipt, error) {
	d, err := s.Store.LatestOf(ctx, p.ID)
	if err != nil && !fault.OfKind(err, fault.NotFound) {
		return nil, err
	}
	out := &donationsv1.Receipt{
		Amount: rpc.MoneyOf(p.Charge()), Tip: amountsIn(p.Amount.Currency)(p.Tip),
		PledgeState: enum.Value[donationsv1.PledgeState](p.State), DonationState: enum.Value[donationsv1.DonationState](d.State),
		ReceivedOn: bookedOn(d), Failure: failureOf(p.Failure),
	}
	if out.NextPaymentOn, out.PausedUntil = nextOn(p), pausedUntil(p); p.Recurring() {
		out.Recurrence = enum.Value[donationsv1.PledgeRecurrence](p.Recurrence)
	}
	if g := p.Giving; g != nil {
		out.Trouble, out.PaymentUrl = troubleOf(g.Trouble), g.PayURL
	}
	funds, err := s.Store.FundsByID(ctx, p.Funds())
	if err != nil {
		return nil, err
	}
	out.Funds, err = s.progressOf(ctx, funds, giftParts(p, d))
	return out, err
}

// giftPart is one fund's part of a gift.
type giftPart struct {
	fund   string
	amount money.Amount
}

// giftParts are the parts as settled, or as pledged before that.
func giftParts(p pledge.Pledge, d donation.Donation) []giftPart {
	var parts []giftPart
	if d.Settled == nil {
		for _, g := range p.Designations {
			parts = append(parts, giftPart{g.Fund, money.Amount{MinorUnits: g.Amount, Currency: p.Amount.Currency}})
		}
		return parts
	}
	for _, part := range d.Parts {
		if part.Fund != "" {
			parts = append(parts, giftPart{part.Fund, money.Amount{MinorUnits: part.Amount, Currency: d.Settled.Gross.Currency}})
		}
	}
	return parts
}

// progressOf asks for the progress of all funds of a gift at once.
func (s *Server) progressOf(ctx context.Context, funds map[string]fund.Fund, parts []giftPart) ([]*donationsv1.FundProgress, error) {
	progress, errs := make([]*donationsv1.FundProgress, len(parts)), make([]error, len(parts))
	var all sync.WaitGroup
	for i, part := range parts {
		all.Go(func() { progress[i], errs[i] = s.progress(ctx, funds[part.fund], part.amount) })
	}
	all.Wait()
	return progress, errors.Join(errs...)
}

// progress says what a fund did, by the rule of published numbers: totals of the
// whole fund up to the last publication. The number of families is withheld: it
// would have to come from the ledger, which knows no families.
func (s *Server) progress(ctx context.Context, f fund.Fund, amount money.Amount) (*donationsv1.FundProgress, error) {
	through := rpc.Day(receipt.PublishedThrough(s.now(), s.NoDelays))
	statement, err := s.Statements.GetFundStatement(ctx, &ledgerv1.GetFundStatementRequest{Fund: f.ID, LastDay: through})
	if err != nil && !fault.OfKind(err, fault.NotFound) {
		return nil, fmt.Errorf("read statement of fund %s: %w", f.ID, err)
	}
	out := &donationsv1.FundProgress{
		Fund: resource.Fund.Of(f.ID), DisplayName: f.DisplayName, Amount: rpc.MoneyIfAny(amount),
		Received: &typev1.Money{CurrencyCode: amount.Currency}, PassedOn: &typev1.Money{CurrencyCode: amount.Currency},
		FamiliesWithheld: true, PublishedThrough: through,
	}
	for _, figures := range statement.GetFigures() {
		if figures.GetCurrencyCode() == amount.Currency {
			out.Received.MinorUnits = figures.GetReceived() - figures.GetTakenBack()
			out.PassedOn.MinorUnits = figures.GetPaid() - figures.GetReturned()
		}
	}
	return out, nil
}
