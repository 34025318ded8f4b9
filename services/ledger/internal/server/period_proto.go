package server

import (
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/enum"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/period"
)

func closeProto(c period.Close) *ledgerv1.PeriodClose {
	digest := c.Digest()
	out := &ledgerv1.PeriodClose{
		Name: c.Name(), FirstDay: c.First.String(), LastDay: c.Last.String(), State: enum.Value[ledgerv1.PeriodCloseState](c.State),
		Proposer: c.Proposer, Decider: c.Decider, ProposedOn: c.ProposedOn.String(), DecidedOn: dayText(c.DecidedOn),
		BookSize: c.Size, AccountCount: c.Review.Accounts, TrialBalanceSha256: c.Review.TrialBalance[:], Digest: digest[:],
		Banks: comparisonsProto(c.Review.Banks), Stripe: comparisonsProto(c.Review.Stripe),
	}
	for _, f := range c.Review.Figures {
		out.Figures = append(out.Figures, &ledgerv1.PeriodFigure{AccountClass: f.Class, CurrencyCode: f.Currency, Balance: f.Balance})
	}
	for _, i := range c.Review.Items {
		out.OpenItems = append(out.OpenItems, itemProto(i, c.Last))
	}
	if c.State == period.Closed {
		out.Sequence = &c.Sequence
	}
	return out
}

func comparisonsProto(list []period.Comparison) []*ledgerv1.PeriodComparison {
	out := make([]*ledgerv1.PeriodComparison, len(list))
	for i, c := range list {
		out[i] = &ledgerv1.PeriodComparison{
			Statement: c.Statement.Name, StatementImporter: c.Statement.Importer,
			Account:        c.Path,
			BookBalance:    rpc.MoneyOf(money.Amount{MinorUnits: c.Books, Currency: c.Currency}),
			OutsideBalance: rpc.MoneyOf(money.Amount{MinorUnits: c.Outside, Currency: c.Currency}),
			Difference:     c.Books - c.Outside, StatementDay: dayText(c.StatementDay),
		}
		if c.Statement.Name != "" {
			out[i].StatementSha256 = c.Statement.SHA256[:]
		}
	}
	return out
}

func itemProto(i period.Item, last leaf.Day) *ledgerv1.PeriodOpenItem {
	return &ledgerv1.PeriodOpenItem{
		Account: i.Path, CurrencyCode: i.Currency, Balance: i.Balance,
		OldestDay: i.Oldest.String(), AgeDays: int32(i.Age(last)),
		UpTo_30Days: i.Ages[0], UpTo_60Days: i.Ages[1], UpTo_90Days: i.Ages[2], Over_90Days: i.Ages[3],
	}
}
