package duty

import (
	"context"
	"fmt"
	"slices"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/posting"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// Cover lets what running costs have got cover the deficits of a currency, fund by fund
// as far as it goes. Nothing is noted about how much: the ledger knows what is owed, and
// refuses to cover more. So a lost answer, or a second run at the same time, covers
// nothing twice.
func (w *Worker) Cover(ctx context.Context, currency string) error {
	until := w.now()
	funds, err := w.Store.FundIDs(ctx)
	if err != nil {
		return err
	}
	for some := range slices.Chunk(funds, fundsAtOnce) {
		if err := w.coverSome(ctx, some, currency); err != nil {
			return err
		}
	}
	return w.Store.Covered(ctx, currency, until)
}

// fundsAtOnce is how many deficits are read at once.
const fundsAtOnce = 400

func (w *Worker) coverSome(ctx context.Context, funds []string, currency string) error {
	lacks, available, err := w.deficits(ctx, funds, currency)
	if err != nil {
		return err
	}
	for i, fund := range funds {
		amount := min(lacks[i], available)
		if amount <= 0 {
			continue
		}
		available -= amount
		if err := w.cover(ctx, fund, money.Amount{MinorUnits: amount, Currency: currency}); err != nil {
			return err
		}
	}
	return nil
}

// deficits reads how much each fund lacks, and what running costs have.
func (w *Worker) deficits(ctx context.Context, funds []string, currency string) (lacks []int64, available int64, err error) {
	req := &ledgerv1.GetBalancesRequest{Accounts: []*ledgerv1.AccountKey{
		{Path: account.FundAvailable(account.OperationsFund), CurrencyCode: currency},
	}}
	for _, fund := range funds {
		req.Accounts = append(req.Accounts, &ledgerv1.AccountKey{Path: account.Deficit(fund), CurrencyCode: currency})
	}
	resp, err := w.Ledger.GetBalances(ctx, req)
	if err != nil {
		return nil, 0, fmt.Errorf("read deficits: %w", err)
	}
	if len(resp.GetAccounts()) != len(req.GetAccounts()) {
		return nil, 0, fmt.Errorf("read deficits: %d answers for %d accounts", len(resp.GetAccounts()), len(req.GetAccounts()))
	}
	for _, a := range resp.GetAccounts()[1:] {
		lacks = append(lacks, -a.GetBalance())
	}
	return lacks, resp.GetAccounts()[0].GetBalance(), nil
}

// cover books what is given for one deficit. What another posting took meanwhile is not
// there any more, and what another has covered lacks no more.
func (w *Worker) cover(ctx context.Context, fund string, amount money.Amount) error {
	draft := posting.DeficitCovered(posting.Covered{
		ID: resource.NewID(resource.KindCovering), Fund: fund, On: rpc.Day(w.now()), Amount: amount,
	})
	_, err := w.Ledger.Post(ctx, &ledgerv1.PostRequest{Transactions: []*ledgerv1.TransactionDraft{draft}})
	if fault.OfKind(err, fault.Precondition) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("cover deficit of fund %s: %w", fund, err)
	}
	return nil
}
