package server

import (
	"context"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	"github.com/solidarity-fund/solidarity/services/families/internal/prisoner"
	"github.com/solidarity-fund/solidarity/services/families/internal/store/register"
	"github.com/solidarity-fund/solidarity/services/internal/enum"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/filter"
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
	if err := s.Households.RecordPrisonerRead(ctx, person(ctx), id); err != nil {
		return nil, err
	}
	p, facts, err := s.Prisoners.Prisoner(ctx, id)
	if err != nil {
		return nil, err
	}
	out := prisonerProto(p)
	out.SourceId = facts.SourceID
	out.Facts = &familiesv1.PrisonerFacts{
		FullName: facts.FullName, BirthDate: facts.BirthDate, DetentionDate: facts.DetentionDate,
		Charges: facts.Charges, SentenceMonths: int32(facts.SentenceMonths), Facility: facts.Facility,
	}
	for _, c := range facts.Cells {
		out.Facts.Cells = append(out.Facts.Cells, &familiesv1.PrisonerCell{Column: c.Column, Text: c.Text})
	}
	return out, nil
}

// ListPrisoners lists pseudonyms.
func (s *Server) ListPrisoners(ctx context.Context, req *familiesv1.ListPrisonersRequest) (*familiesv1.ListPrisonersResponse, error) {
	narrow, err := prisonerFilter(req.GetFilter())
	if err != nil {
		return nil, err
	}
	rows, next, err := page.List(s.Pager, req, func(p page.Page) ([]prisoner.Prisoner, error) {
		return s.Prisoners.Prisoners(ctx, narrow, p)
	}, func(r prisoner.Prisoner) []string { return []string{r.ID} })
	if err != nil {
		return nil, err
	}
	resp := &familiesv1.ListPrisonersResponse{NextPageToken: next}
	for _, row := range rows {
		resp.Prisoners = append(resp.Prisoners, prisonerProto(row))
	}
	return resp, nil
}

func prisonerFilter(text string) (register.PrisonerFilter, error) {
	var f register.PrisonerFilter
	by, err := filter.Terms(text, "source_list", "source_id", "status")
	if err != nil {
		return f, err
	}
	f.SourceList, f.SourceID = optional(by, "source_list"), optional(by, "source_id")
	if name, ok := by["status"]; ok {
		word, ok := filter.Words[familiesv1.PrisonerStatus]()[name]
		if !ok {
			return f, fault.Field("filter", fault.FieldMalformed, "must compare status with ACTIVE, FORMER, NOT_RECOGNISED or UNKNOWN")
		}
		status := prisoner.Status(word)
		f.Status = &status
	}
	return f, nil
}

// optional is a term's value, nil where the filter has none.
func optional(terms map[string]string, field string) *string {
	if v, ok := terms[field]; ok {
		return &v
	}
	return nil
}

func prisonerProto(p prisoner.Prisoner) *familiesv1.Prisoner {
	return &familiesv1.Prisoner{
		Name: resource.Prisoner.Of(p.ID), SourceList: p.SourceList,
		Status: enum.Value[familiesv1.PrisonerStatus](p.Status), CreateTime: rpc.Moment(p.CreatedOn),
	}
}
