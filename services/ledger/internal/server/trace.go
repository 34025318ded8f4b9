package server

import (
	"cmp"
	"context"
	"slices"
	"strings"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/report/query"
)

// TraceSource walks the money from a resource, in both directions.
func (s *Reader) TraceSource(ctx context.Context, req *ledgerv1.TraceSourceRequest) (*ledgerv1.TraceSourceResponse, error) {
	if err := leaf.CheckResource(req.GetSource()); err != nil {
		return nil, fault.Field("source", fault.FieldMalformed, err.Error())
	}
	p, err := s.pager.Parse(req)
	if err != nil {
		return nil, err
	}
	size, err := s.store.Size(ctx)
	if err != nil {
		return nil, err
	}
	// The size of the ledger when the walk began, and how much of it was shown.
	after, err := p.Numbers(size, 0)
	if err != nil {
		return nil, err
	}
	q := query.Trace{Source: req.GetSource(), Size: after[0], Skip: int(after[1]), Limit: p.Size}
	found, more, err := s.store.Trace(ctx, q)
	if err != nil {
		return nil, err
	}
	if n := onPage(found); n < len(found) {
		found, more = found[:n], true
	}
	resp := &ledgerv1.TraceSourceResponse{Pools: poolsOf(found)}
	if more {
		resp.NextPageToken = s.pager.Next(req, page.Numbered(q.Size, int64(q.Skip+len(found)))...)
	}
	slices.SortFunc(found, func(a, b *leaf.Transaction) int { return cmp.Compare(a.Sequence, b.Sequence) })
	for _, t := range found {
		out, err := readProto(t)
		if err != nil {
			return nil, err
		}
		resp.Transactions = append(resp.Transactions, out)
		if !slices.Contains(resp.Sources, t.Source) {
			resp.Sources = append(resp.Sources, t.Source)
		}
	}
	return resp, nil
}

// onPage is how many of the transactions fit on a page with their entries, at least
// one.
func onPage(transactions []*leaf.Transaction) int {
	entries := 0
	for i, t := range transactions {
		if entries += len(t.Entries); i > 0 && entries > pageEntries {
			return i
		}
	}
	return len(transactions)
}

// poolsOf lists the accounts in which the money of everybody is mixed, by path and
// currency.
func poolsOf(transactions []*leaf.Transaction) []*ledgerv1.AccountKey {
	seen := map[[2]string]bool{}
	var out []*ledgerv1.AccountKey
	for _, t := range transactions {
		for _, e := range t.Entries {
			class, _, _ := strings.Cut(e.Account, ":")
			key := [2]string{e.Account, e.Currency}
			if class == string(account.ClassAward) || class == string(account.ClassRound) || seen[key] {
				continue
			}
			seen[key] = true
			out = append(out, &ledgerv1.AccountKey{Path: e.Account, CurrencyCode: e.Currency})
		}
	}
	slices.SortFunc(out, func(a, b *ledgerv1.AccountKey) int {
		return cmp.Or(cmp.Compare(a.GetPath(), b.GetPath()), cmp.Compare(a.GetCurrencyCode(), b.GetCurrencyCode()))
	})
	return out
}
