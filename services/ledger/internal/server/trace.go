package server

import (
	"context"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// maxTrace bounds the transactions of a trace.
const maxTrace = 500

// TraceSource walks the money from a resource, in both directions.
func (s *Books) TraceSource(ctx context.Context, req *ledgerv1.TraceSourceRequest) (*ledgerv1.TraceSourceResponse, error) {
	if err := leaf.CheckResource(req.GetSource()); err != nil {
		return nil, fault.Field("source", err.Error())
	}
	found, err := s.store.Trace(ctx, req.GetSource(), maxTrace+1)
	if err != nil {
		return nil, err
	}
	resp := &ledgerv1.TraceSourceResponse{Truncated: len(found) > maxTrace}
	for _, t := range found[:min(len(found), maxTrace)] {
		out, err := readProto(t)
		if err != nil {
			return nil, err
		}
		resp.Transactions = append(resp.Transactions, out)
	}
	return resp, nil
}
