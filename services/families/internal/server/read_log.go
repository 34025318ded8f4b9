package server

import (
	"context"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	"github.com/solidarity-fund/solidarity/services/families/internal/store/household"
	"github.com/solidarity-fund/solidarity/services/internal/enum"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// ListAccessRecords lists what people have read; the store records first that the caller
// does.
func (s *Server) ListAccessRecords(ctx context.Context, req *familiesv1.ListAccessRecordsRequest) (*familiesv1.ListAccessRecordsResponse, error) {
	rows, next, err := page.List(s.Pager, req, func(p page.Page) ([]household.Read, error) {
		return s.Households.Reads(ctx, person(ctx), p)
	}, func(r household.Read) []string { return page.At(r.On, r.ID) })
	if err != nil {
		return nil, err
	}
	resp := &familiesv1.ListAccessRecordsResponse{NextPageToken: next}
	for _, r := range rows {
		resp.AccessRecords = append(resp.AccessRecords, &familiesv1.AccessRecord{
			Name: resource.AccessRecord.Of(r.ID), Person: r.Person, Subject: r.Subject,
			Purpose: enum.Value[familiesv1.ReadPurpose](r.Purpose), CreateTime: rpc.Moment(r.On),
		})
	}
	return resp, nil
}
