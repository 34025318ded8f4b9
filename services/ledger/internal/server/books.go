package server

import (
	"context"
	"strconv"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	typev1 "github.com/solidarity-fund/solidarity/api/solidarity/type/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/store"
)

// pageEntries bounds the entries on a page of transactions, so that an answer
// stays within a message however long transactions are.
const pageEntries = 5000

// Books serves LedgerService.
type Books struct {
	store *store.Store
	pager *page.Pager
}

var _ ledgerv1.LedgerServiceServer = (*Books)(nil)

// NewBooks returns the server of LedgerService.
func NewBooks(s *store.Store, pager *page.Pager) *Books { return &Books{store: s, pager: pager} }

// GetTransaction reads one transaction.
func (s *Books) GetTransaction(ctx context.Context, req *ledgerv1.GetTransactionRequest) (*ledgerv1.Transaction, error) {
	ids, err := resource.Match("ledger/transactions/*", "name", req.GetName())
	if err != nil {
		return nil, err
	}
	sequence, err := strconv.ParseInt(ids[0], 10, 64)
	if err != nil || transactionName(sequence) != req.GetName() {
		return nil, fault.Missing("transaction")
	}
	t, err := s.store.Transaction(ctx, sequence)
	if err != nil {
		return nil, err
	}
	return readProto(t)
}

// ListTransactions lists transactions by sequence.
func (s *Books) ListTransactions(ctx context.Context, req *ledgerv1.ListTransactionsRequest) (*ledgerv1.ListTransactionsResponse, error) {
	p, after, err := s.after(req)
	if err != nil {
		return nil, err
	}
	found, err := s.store.Transactions(ctx, req.GetFilter(), after[0], p.Size+1)
	if err != nil {
		return nil, err
	}
	resp := &ledgerv1.ListTransactionsResponse{}
	for i, entries := 0, 0; i < len(found); i++ {
		if entries += len(found[i].Entries); i == p.Size || i > 0 && entries > pageEntries {
			resp.NextPageToken = s.pager.Next(req, strconv.FormatInt(found[i-1].Sequence, 10))
			break
		}
		t, err := readProto(found[i])
		if err != nil {
			return nil, err
		}
		resp.Transactions = append(resp.Transactions, t)
	}
	return resp, nil
}

// ListEntries lists entries by sequence and number.
func (s *Books) ListEntries(ctx context.Context, req *ledgerv1.ListEntriesRequest) (*ledgerv1.ListEntriesResponse, error) {
	p, after, err := s.after(req)
	if err != nil {
		return nil, err
	}
	found, err := s.store.Entries(ctx, req.GetFilter(), after[0], int(after[1]), p.Size+1)
	if err != nil {
		return nil, err
	}
	resp := &ledgerv1.ListEntriesResponse{}
	for i, e := range found {
		if i == p.Size {
			last := found[i-1]
			resp.NextPageToken = s.pager.Next(req, strconv.FormatInt(last.Sequence, 10), strconv.Itoa(int(last.Number)))
			break
		}
		resp.Entries = append(resp.Entries, &ledgerv1.Entry{
			Transaction: transactionName(e.Sequence), Sequence: e.Sequence, Number: int32(e.Number),
			Account: e.Path, Side: ledgerv1.Side(e.Side),
			Amount:       &typev1.Money{MinorUnits: e.Amount, CurrencyCode: e.Currency},
			BalanceAfter: e.Balance, BookingDate: leaf.DayOf(e.BookingDate).String(),
			Kind: ledgerv1.TransactionKind(e.Kind), Source: e.Source,
		})
	}
	return resp, nil
}

// ListDecisions lists decisions by sequence.
func (s *Books) ListDecisions(ctx context.Context, req *ledgerv1.ListDecisionsRequest) (*ledgerv1.ListDecisionsResponse, error) {
	p, after, err := s.after(req)
	if err != nil {
		return nil, err
	}
	found, err := s.store.Decisions(ctx, req.GetFilter(), after[0], p.Size+1)
	if err != nil {
		return nil, err
	}
	resp := &ledgerv1.ListDecisionsResponse{}
	for i, d := range found {
		if i == p.Size {
			resp.NextPageToken = s.pager.Next(req, strconv.FormatInt(found[i-1].Sequence, 10))
			break
		}
		out, err := decisionProto(d)
		if err != nil {
			return nil, err
		}
		resp.Decisions = append(resp.Decisions, out)
	}
	return resp, nil
}

// after reads the place in the log after which a page starts: sequence and
// number of the last row seen.
func (s *Books) after(req listRequest) (page.Page, [2]int64, error) {
	start := [2]int64{-1, 0}
	p, err := s.pager.Parse(req)
	if err != nil {
		return p, start, err
	}
	for i, key := range p.After {
		if i == len(start) {
			break
		}
		if start[i], err = strconv.ParseInt(key, 10, 64); err != nil {
			return p, start, fault.Field("pageToken", "is not a token of this list")
		}
	}
	return p, start, nil
}
