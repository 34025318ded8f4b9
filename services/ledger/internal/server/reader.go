package server

import (
	"context"
	"strconv"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/report/query"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/report/statement"
)

// pageEntries bounds the entries on a page of transactions, so that an answer
// stays within a message however long transactions are.
const pageEntries = 5000

// start is before the first leaf of the log.
const start = -1

// leaves reads transactions and decisions. Lists take an AIP-160 filter and begin
// after a place.
type leaves interface {
	Transaction(ctx context.Context, sequence int64) (*leaf.Transaction, error)
	Transactions(ctx context.Context, filter string, after int64, limit int) ([]*leaf.Transaction, error)
	Entries(ctx context.Context, filter string, after int64, number, limit int) ([]query.Entry, error)
	Decision(ctx context.Context, sequence int64) (*leaf.Decision, error)
	Decisions(ctx context.Context, filter string, after int64, limit int) ([]*leaf.Decision, error)
}

// sums reads balances, and what was booked on the pools that reports add up.
type sums interface {
	Accounts(ctx context.Context, q query.Accounts) ([]query.Balance, error)
	TrialBalance(ctx context.Context, q query.TrialBalance) (lines, totals []query.Balance, err error)
	PoolTotals(ctx context.Context, first, last leaf.Day) ([]statement.Total, error)
}

// ReaderStore is what LedgerService needs of the database.
type ReaderStore interface {
	leaves
	sums
	fundReader
	Size(ctx context.Context) (int64, error)
	Trace(ctx context.Context, q query.Trace) (found []*leaf.Transaction, more bool, err error)
}

// Reader serves LedgerService: it reads the books.
type Reader struct {
	store ReaderStore
	pager *page.Pager
}

var _ ledgerv1.LedgerServiceServer = (*Reader)(nil)

// NewReader returns the server of LedgerService.
func NewReader(s ReaderStore, pager *page.Pager) *Reader { return &Reader{store: s, pager: pager} }

// GetTransaction reads one transaction.
func (s *Reader) GetTransaction(ctx context.Context, req *ledgerv1.GetTransactionRequest) (*ledgerv1.Transaction, error) {
	sequence, err := sequenceOf(resource.Transaction, req.GetName())
	if err != nil {
		return nil, err
	}
	t, err := s.store.Transaction(ctx, sequence)
	if err != nil {
		return nil, err
	}
	return readProto(t)
}

// GetDecision reads one decision.
func (s *Reader) GetDecision(ctx context.Context, req *ledgerv1.GetDecisionRequest) (*ledgerv1.Decision, error) {
	sequence, err := sequenceOf(resource.Decision, req.GetName())
	if err != nil {
		return nil, err
	}
	d, err := s.store.Decision(ctx, sequence)
	if err != nil {
		return nil, err
	}
	return Decision(d)
}

// sequenceOf reads the place in the log out of a resource name; -1, where nothing
// stands, for a name that written would be another.
func sequenceOf(form resource.Name, name string) (int64, error) {
	id, err := form.ID("name", name)
	if err != nil {
		return 0, err
	}
	if sequence, err := strconv.ParseInt(id, 10, 64); err == nil && strconv.FormatInt(sequence, 10) == id {
		return sequence, nil
	}
	return -1, nil
}

// ListTransactions lists transactions by sequence.
func (s *Reader) ListTransactions(ctx context.Context, req *ledgerv1.ListTransactionsRequest) (*ledgerv1.ListTransactionsResponse, error) {
	rows, next, err := page.List(s.pager, req, func(p page.Page) ([]*leaf.Transaction, error) {
		after, err := p.Numbers(start)
		if err != nil {
			return nil, err
		}
		return s.store.Transactions(ctx, identity.From(ctx).Engagement.Filter("booking_date", req.GetFilter()), after[0], p.Limit())
	}, func(t *leaf.Transaction) []string { return page.Numbered(t.Sequence) })
	if err != nil {
		return nil, err
	}
	if n := onPage(rows); n < len(rows) {
		rows, next = rows[:n], s.pager.Next(req, page.Numbered(rows[n-1].Sequence)...)
	}
	resp := &ledgerv1.ListTransactionsResponse{NextPageToken: next}
	for _, t := range rows {
		one, err := readProto(t)
		if err != nil {
			return nil, err
		}
		resp.Transactions = append(resp.Transactions, one)
	}
	return resp, nil
}

// ListEntries lists entries by sequence and number.
func (s *Reader) ListEntries(ctx context.Context, req *ledgerv1.ListEntriesRequest) (*ledgerv1.ListEntriesResponse, error) {
	rows, next, err := page.List(s.pager, req, func(p page.Page) ([]query.Entry, error) {
		after, err := p.Numbers(start, 0)
		if err != nil {
			return nil, err
		}
		return s.store.Entries(ctx, identity.From(ctx).Engagement.Filter("booking_date", req.GetFilter()), after[0], int(after[1]), p.Limit())
	}, func(e query.Entry) []string { return page.Numbered(e.Sequence, int64(e.Number)) })
	if err != nil {
		return nil, err
	}
	resp := &ledgerv1.ListEntriesResponse{NextPageToken: next}
	for _, e := range rows {
		resp.Entries = append(resp.Entries, &ledgerv1.Entry{
			Transaction: transactionName(e.Sequence), Sequence: e.Sequence, Number: int32(e.Number),
			Account: e.Account, Side: ledgerv1.Side(e.Side),
			Amount:       moneyOf(e.Entry),
			BalanceAfter: e.Balance, BookingDate: e.BookingDate.String(),
			Kind: ledgerv1.TransactionKind(e.Kind), Source: e.Source,
		})
	}
	return resp, nil
}

// ListDecisions lists decisions by sequence.
func (s *Reader) ListDecisions(ctx context.Context, req *ledgerv1.ListDecisionsRequest) (*ledgerv1.ListDecisionsResponse, error) {
	rows, next, err := page.List(s.pager, req, func(p page.Page) ([]*leaf.Decision, error) {
		after, err := p.Numbers(start)
		if err != nil {
			return nil, err
		}
		return s.store.Decisions(ctx, identity.From(ctx).Engagement.Filter("day", req.GetFilter()), after[0], p.Limit())
	}, func(d *leaf.Decision) []string { return page.Numbered(d.Sequence) })
	if err != nil {
		return nil, err
	}
	resp := &ledgerv1.ListDecisionsResponse{NextPageToken: next}
	for _, d := range rows {
		one, err := Decision(d)
		if err != nil {
			return nil, err
		}
		resp.Decisions = append(resp.Decisions, one)
	}
	return resp, nil
}
