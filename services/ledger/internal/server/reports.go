package server

import (
	"context"
	"errors"
	"strings"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/report/query"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/report/statement"
)

// ListAccounts lists accounts with their balances.
func (s *Reader) ListAccounts(ctx context.Context, req *ledgerv1.ListAccountsRequest) (*ledgerv1.ListAccountsResponse, error) {
	q := query.Accounts{Prefix: req.GetPrefix(), Sequence: req.Sequence}
	err := checkPrefix(q.Prefix)
	if err != nil {
		return nil, err
	}
	if q.Date, err = optionalDay("date", req.GetDate()); err != nil {
		return nil, err
	}
	if q.Date != 0 && q.Sequence != nil {
		return nil, fault.Field("sequence", fault.FieldNotAllowed, "must not be given together with date")
	}
	if err := s.checkSequence(ctx, q.Sequence); err != nil {
		return nil, err
	}
	rows, next, err := page.List(s.pager, req, func(p page.Page) (found []query.Balance, err error) {
		if q.After, err = afterAccount(p); err != nil {
			return nil, err
		}
		q.Limit = p.Limit()
		found, err = s.store.Accounts(ctx, q)
		return found, err
	}, accountKeys)
	if err != nil {
		return nil, err
	}
	resp := &ledgerv1.ListAccountsResponse{NextPageToken: next}
	for _, a := range rows {
		out := accountProto(a.Account, book.Balance{Debits: a.Debits, Credits: a.Credits})
		out.Balance = a.Net
		if q.Sequence != nil {
			out.Debits, out.Credits = nil, nil // nobody knows them
		}
		resp.Accounts = append(resp.Accounts, out)
	}
	return resp, nil
}

// checkSequence refuses the number of a leaf that is not there: what accounts will
// have after it nobody knows.
func (s *Reader) checkSequence(ctx context.Context, sequence *int64) error {
	if sequence == nil {
		return nil
	}
	size, err := s.store.Size(ctx)
	if err != nil {
		return err
	}
	if *sequence < 0 || *sequence >= size {
		return fault.Field("sequence", fault.FieldNoSuchResource, "must be that of a transaction or decision in the ledger")
	}
	return nil
}

// GetTrialBalance reads the trial balance at a date.
func (s *Reader) GetTrialBalance(ctx context.Context, req *ledgerv1.GetTrialBalanceRequest) (*ledgerv1.TrialBalance, error) {
	q := query.TrialBalance{Detailed: req.GetDetailed()}
	var err error
	if q.Date, err = optionalDay("date", req.GetDate()); err != nil {
		return nil, err
	}
	var totals []query.Balance
	lines, next, err := page.List(s.pager, req, func(p page.Page) (found []query.Balance, err error) {
		if q.After, err = afterAccount(p); err != nil {
			return nil, err
		}
		q.Limit = p.Limit()
		found, totals, err = s.store.TrialBalance(ctx, q)
		return found, err
	}, accountKeys)
	if err != nil {
		return nil, err
	}
	resp := &ledgerv1.TrialBalance{Date: req.GetDate(), NextPageToken: next}
	for _, a := range lines {
		resp.Lines = append(resp.Lines, &ledgerv1.TrialBalanceLine{
			Path: a.Path, CurrencyCode: a.Currency, Debits: a.Debits, Credits: a.Credits, Balance: a.Net,
		})
	}
	for _, t := range totals {
		resp.Totals = append(resp.Totals, &ledgerv1.TrialBalanceTotal{
			CurrencyCode: t.Currency, Debits: t.Debits, Credits: t.Credits,
		})
	}
	return resp, nil
}

// GetFundStatement reads what a fund got and gave in a period.
func (s *Reader) GetFundStatement(ctx context.Context, req *ledgerv1.GetFundStatementRequest) (*ledgerv1.FundStatement, error) {
	return FundStatement(ctx, s.store, req)
}

// fundReader reads what was booked on a fund.
type fundReader interface {
	FundTotals(ctx context.Context, fund string, first, last leaf.Day) ([]statement.Total, error)
	FundCurrencies(ctx context.Context, fund string) ([]string, error)
}

// FundStatement answers GetFundStatement out of books.
func FundStatement(ctx context.Context, books fundReader, req *ledgerv1.GetFundStatementRequest) (*ledgerv1.FundStatement, error) {
	if !account.Segment(req.GetFund()) {
		return nil, fault.Field("fund", fault.FieldMalformed, "must be the id of a fund: 1 to 40 of a-z, 0-9, _ and -, beginning with a letter or digit")
	}
	first, last, err := periodOf(req)
	if err != nil {
		return nil, err
	}
	totals, err := books.FundTotals(ctx, req.GetFund(), first, last)
	switch {
	case err != nil:
		return nil, err
	case !statement.Fit(totals):
		return nil, book.SumTooLarge()
	}
	figures := statement.FundOf(totals)
	if len(figures) == 0 { // nothing by then, or never
		if figures, err = noFigures(ctx, books, req.GetFund()); err != nil {
			return nil, err
		}
	}
	resp := &ledgerv1.FundStatement{Fund: req.GetFund(), FirstDay: req.GetFirstDay(), LastDay: req.GetLastDay()}
	for _, f := range figures {
		resp.Figures = append(resp.Figures, fundProto(f))
	}
	return resp, nil
}

// noFigures are those of a fund before anything was booked on it, in each currency
// that it has now.
func noFigures(ctx context.Context, books fundReader, fund string) ([]statement.Fund, error) {
	currencies, err := books.FundCurrencies(ctx, fund)
	if err != nil {
		return nil, err
	}
	if len(currencies) == 0 {
		return nil, fault.Missing("fund in the books")
	}
	figures := make([]statement.Fund, len(currencies))
	for i, currency := range currencies {
		figures[i].Currency = currency
	}
	return figures, nil
}

// GetIncomeStatement reads what the funds got and spent in a period. It refuses to
// answer with figures that do not add up: then somebody has changed the books.
func (s *Reader) GetIncomeStatement(ctx context.Context, req *ledgerv1.GetIncomeStatementRequest) (*ledgerv1.IncomeStatement, error) {
	first, last, err := periodOf(req)
	if err != nil {
		return nil, err
	}
	totals, err := s.store.PoolTotals(ctx, first, last)
	switch {
	case err != nil:
		return nil, err
	case !statement.Fit(totals):
		return nil, book.SumTooLarge()
	}
	resp := &ledgerv1.IncomeStatement{FirstDay: req.GetFirstDay(), LastDay: req.GetLastDay()}
	for _, figures := range statement.IncomeOf(totals) {
		if !figures.AddsUp() {
			return nil, errors.New("income statement does not add up: the totals per pool do not balance")
		}
		resp.Figures = append(resp.Figures, incomeProto(figures))
	}
	return resp, nil
}

// periodOf reads the days of a statement, each of which may be zero.
func periodOf(req interface {
	GetFirstDay() string
	GetLastDay() string
}) (first, last leaf.Day, err error) {
	if first, err = optionalDay("firstDay", req.GetFirstDay()); err != nil {
		return 0, 0, err
	}
	if last, err = optionalDay("lastDay", req.GetLastDay()); err != nil {
		return 0, 0, err
	}
	if last != 0 && last < first {
		return 0, 0, fault.Field("lastDay", fault.FieldWrongOrder, "must not be before the first day")
	}
	return first, last, nil
}

// afterAccount reads the account after which a page starts.
func afterAccount(p page.Page) (leaf.Account, error) {
	keys, err := p.Keys(2)
	if err != nil {
		return leaf.Account{}, err
	}
	return leaf.Account{Path: keys[0], Currency: keys[1]}, nil
}

// accountKeys are the keys of an account in a list.
func accountKeys(a query.Balance) []string { return []string{a.Path, a.Currency} }

// checkPrefix looks at the characters only: any beginning of a path will do.
func checkPrefix(prefix string) error {
	ok := len(prefix) <= account.MaxLen && strings.IndexFunc(prefix, func(r rune) bool { return r <= ' ' || r >= 0x7f }) < 0
	if !ok {
		return fault.Field("prefix", fault.FieldMalformed, "must be the beginning of an account path such as fund:general:")
	}
	return nil
}

func optionalDay(field, text string) (leaf.Day, error) {
	if text == "" {
		return 0, nil
	}
	return dayOf(field, text)
}
