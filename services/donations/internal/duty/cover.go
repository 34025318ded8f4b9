package duty

import (
	"context"
	"fmt"
	"slices"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/donations/internal/donation"
	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/posting"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// Cover lets what running costs have got cover the fees that were advanced in a
// currency, as far as it goes.
func (w *Worker) Cover(ctx context.Context, currency string) error {
	until := w.now()
	funds, err := w.Store.FundIDs(ctx)
	if err != nil {
		return err
	}
	lacks, available := map[string]int64{}, int64(0)
	for some := range slices.Chunk(funds, fundsAtOnce) {
		if available, err = w.deficits(ctx, some, currency, lacks); err != nil {
			return err
		}
	}
	return w.Store.OpenCoverings(ctx, currency, available, lacks, until)
}

// fundsAtOnce is how many deficits are read at once.
const fundsAtOnce = 400

// deficits reads how much each fund lacks, and what running costs have.
func (w *Worker) deficits(ctx context.Context, funds []string, currency string, lacks map[string]int64) (available int64, err error) {
	req := &ledgerv1.GetBalancesRequest{Accounts: []*ledgerv1.AccountKey{
		{Path: account.FundAvailable(account.OperationsFund), CurrencyCode: currency},
	}}
	for _, fund := range funds {
		req.Accounts = append(req.Accounts, &ledgerv1.AccountKey{Path: account.Deficit(fund), CurrencyCode: currency})
	}
	resp, err := w.Ledger.GetBalances(ctx, req)
	if err != nil {
		return 0, fmt.Errorf("read deficits: %w", err)
	}
	if len(resp.GetAccounts()) != len(req.GetAccounts()) {
		return 0, fmt.Errorf("read deficits: %d answers for %d accounts", len(resp.GetAccounts()), len(req.GetAccounts()))
	}
	for i, a := range resp.GetAccounts()[1:] {
		lacks[funds[i]] = -a.GetBalance()
	}
	return resp.GetAccounts()[0].GetBalance(), nil
}

// PostCovering books a covering. What another posting took meanwhile is not there any
// more, and what another has covered lacks no more: then the ledger refuses it, and the
// fee stays advanced until running costs get something again.
func (w *Worker) PostCovering(ctx context.Context, id string) error {
	c, err := w.Store.OwedCovering(ctx, id)
	if fault.OfKind(err, fault.NotFound) {
		return nil // posted by another run
	}
	if err != nil {
		return err
	}
	draft := posting.DeficitCovered(posting.Covered{ID: c.ID, Fund: c.Fund, On: rpc.Day(c.CoveredOn), Amount: c.Amount})
	_, err = w.Ledger.Post(ctx, &ledgerv1.PostRequest{Transactions: []*ledgerv1.TransactionDraft{draft}})
	if err != nil && !fault.OfKind(err, fault.Precondition) {
		return fmt.Errorf("post covering %s: %w", id, err)
	}
	return w.Store.SettleCovering(ctx, id, err == nil)
}

// advances says what of a fee the ledger has booked as deficits.
func advances(booked *ledgerv1.Transaction) (list []donation.Advance) {
	if booked.GetKind() != ledgerv1.TransactionKind_TRANSACTION_KIND_PROCESSING_FEE {
		return nil
	}
	for _, e := range booked.GetEntries() {
		p, err := account.Parse(e.GetAccount())
		if err == nil && p.Class == account.ClassDeficit && e.GetSide() == ledgerv1.Side_SIDE_DEBIT {
			list = append(list, donation.Advance{Fund: p.Parts[0], Amount: e.GetAmount().GetMinorUnits()})
		}
	}
	return list
}
