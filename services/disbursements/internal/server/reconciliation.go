package server

import (
	"context"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// ListStatementSeries tells the ledger how far the statements reach.
func (s *Server) ListStatementSeries(ctx context.Context, req *disbursementsv1.ListStatementSeriesRequest) (*disbursementsv1.ListStatementSeriesResponse, error) {
	if _, err := rpc.ParseDay("day", req.GetDay()); err != nil {
		return nil, err
	}
	list, err := s.Store.StatementSeries(ctx, req.GetDay())
	if err != nil {
		return nil, err
	}
	resp := &disbursementsv1.ListStatementSeriesResponse{}
	for _, x := range list {
		name := ""
		if x.StatementID != "" {
			name = resource.Statement.Of(x.StatementID)
		}
		resp.Series = append(resp.Series, &disbursementsv1.StatementSeries{
			Statement: name, StatementSha256: x.SHA256, ImportedBy: x.ImportedBy,
			Account: rail.Sender{ID: x.Sender}.Account(), ClosingBalance: moneyOf(x.Closing, x.Currency),
			ClosedOn: x.ClosedOn, Unbroken: x.Unbroken, ReachesDay: x.Reaches,
		})
	}
	return resp, nil
}
