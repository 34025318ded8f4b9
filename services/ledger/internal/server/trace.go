package server

import (
	"cmp"
	"context"
	"slices"
	"strings"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf/account"
)

// maxTrace bounds the transactions of a trace.
const maxTrace = 500

// TraceSource walks the money from a resource, in both directions.
func (s *Books) TraceSource(ctx context.Context, req *ledgerv1.TraceSourceRequest) (*ledgerv1.TraceSourceResponse, error) {
	if err := leaf.CheckResource(req.GetSource()); err != nil {
		return nil, fault.Field("source", err.Error())
	}
	found, more, err := s.store.Trace(ctx, req.GetSource(), maxTrace)
	if err != nil {
		return nil, err
	}
	resp := &ledgerv1.TraceSourceResponse{Truncated: more, Pools: poolsOf(found)}
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

// poolsOf lists the accounts in which the money of everybody is mixed, by path and
// currency.
func poolsOf(transactions []*leaf.Transaction) []*ledgerv1.AccountKey {
	seen := map[[2]string]bool{}
	var out []*ledgerv1.AccountKey
	for _, t := range transactions {
		for _, e := range t.Entries {
			class, _, _ := strings.Cut(e.Account, ":")
			key := [2]string{e.Account, e.Currency}
			if class == string(account.Award) || class == string(account.Round) || seen[key] {
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
