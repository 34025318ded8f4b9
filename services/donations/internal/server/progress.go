package server

import (
	"context"
	"errors"
	"fmt"
	"sync"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/donations/internal/fund"
	"github.com/solidarity-fund/solidarity/services/donations/internal/receipt"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// progressOf asks for the progress of all funds of a gift at once.
func (s *Server) progressOf(ctx context.Context, ids []string, parts []giftPart) ([]*donationsv1.FundProgress, error) {
	if len(parts) == 0 {
		return nil, nil // what was settled has no fund of the gift's
	}
	funds, err := s.Store.FundsByID(ctx, ids)
	if err != nil {
		return nil, err
	}
	through := receipt.PublishedThrough(s.now(), s.NoDelays)
	givers, err := s.Store.Givers(ctx, ids, parts[0].amount.Currency, through) // all parts are in one currency
	if err != nil {
		return nil, err
	}
	progress, errs := make([]*donationsv1.FundProgress, len(parts)), make([]error, len(parts))
	var all sync.WaitGroup
	for i, part := range parts {
		all.Go(func() {
			progress[i], errs[i] = s.progress(ctx, funds[part.fund], part, givers[part.fund], rpc.Day(through))
		})
	}
	all.Wait()
	return progress, errors.Join(errs...)
}

// progress says what a fund did, by the rules of published numbers: totals of the whole
// fund up to the last publication, rounded, of ten givers and more. The number of families
// is withheld: it would have to come from the ledger, which knows no families.
func (s *Server) progress(ctx context.Context, f fund.Fund, part giftPart, givers int, through string) (*donationsv1.FundProgress, error) {
	received, passedOn, err := s.sums(ctx, f.ID, part.amount.Currency, through)
	if err != nil {
		return nil, err
	}
	out := &donationsv1.FundProgress{
		Fund: resource.Fund.Of(f.ID), DisplayName: f.DisplayName, Amount: rpc.MoneyIfAny(part.amount),
		ReserveAmount: amountsIn(part.amount.Currency)(part.reserve), OperationsAmount: amountsIn(part.amount.Currency)(part.operations),
		SumsWithheld: true, FamiliesWithheld: true, PublishedThrough: through, Closed: f.State == fund.Closed,
	}
	if sum, shown := receipt.Publish(received, givers); shown {
		out.Received, out.SumsWithheld = rpc.MoneyOf(sum), false
	}
	if sum, shown := receipt.Publish(passedOn, givers); shown {
		out.PassedOn = rpc.MoneyOf(sum)
	}
	return out, nil
}

// sums are what a fund received and passed on up to a day in a currency.
func (s *Server) sums(ctx context.Context, id, currency, through string) (received, passedOn money.Amount, err error) {
	received, passedOn = money.Amount{Currency: currency}, money.Amount{Currency: currency}
	statement, err := s.Statements.GetFundStatement(ctx, &ledgerv1.GetFundStatementRequest{Fund: id, LastDay: through})
	if err != nil && !fault.OfKind(err, fault.NotFound) {
		return received, passedOn, fmt.Errorf("read statement of fund %s: %w", id, err)
	}
	for _, figures := range statement.GetFigures() {
		if figures.GetCurrencyCode() == currency {
			received.MinorUnits = figures.GetReceived() - figures.GetTakenBack()
			passedOn.MinorUnits = figures.GetPaid() - figures.GetReturned()
		}
	}
	return received, passedOn, nil
}

// towards writes what came in towards a fund's goal, by the rules of published numbers.
func (s *Server) towards(ctx context.Context, f fund.Fund, out *donationsv1.Fund) error {
	if f.Goal == nil {
		return nil
	}
	through := receipt.PublishedThrough(s.now(), s.NoDelays)
	givers, err := s.Store.Givers(ctx, []string{f.ID}, f.Goal.Currency, through)
	if err != nil {
		return err
	}
	out.PublishedThrough = rpc.Day(through)
	if givers[f.ID] < receipt.SmallestCell {
		return nil // the ledger need not be asked
	}
	received, _, err := s.sums(ctx, f.ID, f.Goal.Currency, out.GetPublishedThrough())
	if sum, shown := receipt.Publish(received, givers[f.ID]); shown && err == nil {
		out.Received = rpc.MoneyOf(sum)
	}
	return err
}
