package server

import (
	"context"
	"time"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	"github.com/solidarity-fund/solidarity/services/families/internal/prisoner"
	"github.com/solidarity-fund/solidarity/services/internal/enum"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// GetPrisoner opens what the list says, for own cases.
func (s *Server) GetPrisoner(ctx context.Context, req *familiesv1.GetPrisonerRequest) (*familiesv1.Prisoner, error) {
	id, err := resource.Prisoner.ID("name", req.GetName())
	if err != nil {
		return nil, err
	}
	date, err := s.asOf(req.GetAsOfDate())
	if err != nil {
		return nil, err
	}
	if err := s.Households.RecordPrisonerRead(ctx, person(ctx), id); err != nil {
		return nil, err
	}
	p, facts, err := s.Prisoners.PrisonerAsOf(ctx, id, date)
	if err != nil {
		return nil, err
	}
	out := prisonerProto(p)
	out.SourceId, out.StatedDate = facts.SourceID, rpc.Day(p.StatedOn)
	out.Facts = factsProto(facts)
	return out, nil
}

// asOf is the day as of which something is read: today where none is given.
func (s *Server) asOf(date string) (time.Time, error) {
	now := s.Now()
	if date == "" {
		return now, nil
	}
	day, err := rpc.ParseDay("asOfDate", date)
	if err == nil && day.After(now) {
		err = fault.Field("asOfDate", fault.FieldInTheFuture, "must not lie in the future")
	}
	return day, err
}

// ListPrisoners lists pseudonyms.
func (s *Server) ListPrisoners(ctx context.Context, req *familiesv1.ListPrisonersRequest) (*familiesv1.ListPrisonersResponse, error) {
	rows, next, err := page.List(s.Pager, req, func(p page.Page) ([]prisoner.Prisoner, error) {
		return s.Prisoners.Prisoners(ctx, p)
	}, func(r prisoner.Prisoner) []string { return page.At(r.CreatedOn, r.ID) })
	if err != nil {
		return nil, err
	}
	resp := &familiesv1.ListPrisonersResponse{NextPageToken: next}
	for _, row := range rows {
		resp.Prisoners = append(resp.Prisoners, prisonerProto(row))
	}
	return resp, nil
}

func prisonerProto(p prisoner.Prisoner) *familiesv1.Prisoner {
	return &familiesv1.Prisoner{
		Name: resource.Prisoner.Of(p.ID), SourceList: p.SourceList,
		Status: enum.Value[familiesv1.PrisonerStatus](p.Status), CreateTime: rpc.Moment(p.CreatedOn),
	}
}

func factsProto(facts prisoner.Facts) *familiesv1.PrisonerFacts {
	out := &familiesv1.PrisonerFacts{
		FullName: facts.FullName, BirthDate: facts.BirthDate, DetentionDate: facts.DetentionDate,
		Charges: facts.Charges, SentenceMonths: int32(facts.SentenceMonths), Facility: facts.Facility,
	}
	for _, c := range facts.Cells {
		out.Cells = append(out.Cells, &familiesv1.PrisonerCell{Column: c.Column, Text: c.Text})
	}
	return out
}
