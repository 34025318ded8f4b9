package server

import (
	"context"
	"encoding/hex"
	"strconv"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	"github.com/solidarity-fund/solidarity/services/families/internal/prisonerimport"
	"github.com/solidarity-fund/solidarity/services/internal/action"
	"github.com/solidarity-fund/solidarity/services/internal/enum"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// GetPrisonerImport returns an import with its progress.
func (s *Server) GetPrisonerImport(ctx context.Context, req *familiesv1.GetPrisonerImportRequest) (*familiesv1.PrisonerImport, error) {
	id, err := resource.PrisonerImport.ID("name", req.GetName())
	if err != nil {
		return nil, err
	}
	return s.importOf(ctx, id)
}

func (s *Server) importOf(ctx context.Context, id string) (*familiesv1.PrisonerImport, error) {
	i, err := s.Prisoners.Import(ctx, id)
	if err != nil {
		return nil, err
	}
	return s.importProto(ctx, i), nil
}

// ListPrisonerImports lists imports, the latest first.
func (s *Server) ListPrisonerImports(ctx context.Context, req *familiesv1.ListPrisonerImportsRequest) (*familiesv1.ListPrisonerImportsResponse, error) {
	rows, next, err := page.List(s.Pager, req, func(p page.Page) ([]prisonerimport.Import, error) {
		return s.Prisoners.Imports(ctx, s.acts.imports.Page(identity.From(ctx), p))
	}, func(r prisonerimport.Import) []string { return page.At(r.CreatedAt, r.ID) })
	if err != nil {
		return nil, err
	}
	var list []*familiesv1.PrisonerImport
	for _, row := range rows {
		list = append(list, s.importProto(ctx, row))
	}
	return &familiesv1.ListPrisonerImportsResponse{PrisonerImports: action.Mine(req.GetFilter(), list), NextPageToken: next}, nil
}

// ListRows lists rows without content.
func (s *Server) ListRows(ctx context.Context, req *familiesv1.ListRowsRequest) (*familiesv1.ListRowsResponse, error) {
	id, err := resource.PrisonerImport.ID("parent", req.GetParent())
	if err != nil {
		return nil, err
	}
	rows, next, err := page.List(s.Pager, req, func(p page.Page) ([]prisonerimport.StoredRow, error) {
		return s.Prisoners.ImportRows(ctx, id, p)
	}, func(r prisonerimport.StoredRow) []string { return []string{r.ImportID, r.Key} })
	if err != nil {
		return nil, err
	}
	resp := &familiesv1.ListRowsResponse{NextPageToken: next}
	for _, row := range rows {
		resp.Rows = append(resp.Rows, rowProto(row))
	}
	return resp, nil
}

// MergePrisonerImport decides that rows become prisoners.
func (s *Server) MergePrisonerImport(ctx context.Context, req *familiesv1.MergePrisonerImportRequest) (*familiesv1.PrisonerImport, error) {
	id, err := resource.PrisonerImport.ID("name", req.GetName())
	if err != nil {
		return nil, err
	}
	if err := s.Prisoners.MergeImport(ctx, id, person(ctx)); err != nil {
		return nil, err
	}
	return s.importOf(ctx, id)
}

func (s *Server) importProto(ctx context.Context, i prisonerimport.Import) *familiesv1.PrisonerImport {
	c := i.Counts
	allowed, blocked := s.acts.imports.Of(identity.From(ctx), i)
	return &familiesv1.PrisonerImport{
		AllowedActions: allowed, BlockedActions: blocked,
		Name: resource.PrisonerImport.Of(i.ID), SourceList: i.SourceList,
		State:      enum.Value[familiesv1.PrisonerImportState](i.State),
		ParsedRows: int32(c.Parsed), NewRows: int32(c.New), ChangedRows: int32(c.Changed),
		UnchangedRows: int32(c.Unchanged), VanishedRows: int32(c.Vanished),
		HeldBackRows: int32(c.HeldBack), MergedRows: int32(c.Merged),
		FileSha256: hex.EncodeToString(i.SHA256), Importer: i.Importer, Merger: i.Merger,
		Failure: i.Failure, CreateTime: rpc.Moment(i.CreatedAt),
	}
}

func rowProto(r prisonerimport.StoredRow) *familiesv1.PrisonerImportRow {
	out := &familiesv1.PrisonerImportRow{
		Name: resource.ImportRow.Of(r.ImportID, strconv.Itoa(r.Number)), SourceId: r.SourceID,
		Status:   enum.Value[familiesv1.PrisonerStatus](r.Status),
		Change:   enum.Value[familiesv1.PrisonerImportRowChange](r.Change),
		HeldBack: r.HeldBack, Decision: enum.Value[familiesv1.PrisonerImportClashDecision](r.Decision),
	}
	if r.PrisonerID != "" {
		out.Prisoner = resource.Prisoner.Of(r.PrisonerID)
	}
	for _, c := range r.Complaints {
		out.Complaints = append(out.Complaints, &familiesv1.PrisonerImportComplaint{Column: c.Column, Reason: c.Reason, Blocking: c.Blocking})
	}
	return out
}
