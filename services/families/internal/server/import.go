package server

import (
	"context"
	"encoding/hex"
	"fmt"
	"strconv"
	"time"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	"github.com/solidarity-fund/solidarity/services/families/internal/prisonerimport"
	"github.com/solidarity-fund/solidarity/services/families/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// GetPrisonerImport returns an import with its progress.
func (s *Server) GetPrisonerImport(ctx context.Context, req *familiesv1.GetPrisonerImportRequest) (*familiesv1.PrisonerImport, error) {
	return s.importNamed(ctx, "name", req.GetName())
}

func (s *Server) importNamed(ctx context.Context, field, name string) (*familiesv1.PrisonerImport, error) {
	ids, err := resource.Match("prisonerImports/*", field, name)
	if err != nil {
		return nil, err
	}
	i, err := s.store.Import(ctx, ids[0])
	if err != nil {
		return nil, err
	}
	return importProto(i), nil
}

// ListPrisonerImports lists imports, the latest first.
func (s *Server) ListPrisonerImports(ctx context.Context, req *familiesv1.ListPrisonerImportsRequest) (*familiesv1.ListPrisonerImportsResponse, error) {
	p, err := s.pages.Parse(req)
	if err != nil {
		return nil, err
	}
	rows, err := s.store.Imports(ctx, p)
	if err != nil {
		return nil, err
	}
	rows, more := cut(rows, p)
	out := &familiesv1.ListPrisonerImportsResponse{}
	for _, row := range rows {
		out.PrisonerImports = append(out.PrisonerImports, importProto(row))
	}
	if more {
		last := rows[len(rows)-1]
		out.NextPageToken = s.pages.Next(req, last.CreatedAt.Format(time.RFC3339Nano), last.ID)
	}
	return out, nil
}

// ListRows lists rows without content.
func (s *Server) ListRows(ctx context.Context, req *familiesv1.ListRowsRequest) (*familiesv1.ListRowsResponse, error) {
	ids, err := resource.Match("prisonerImports/*", "parent", req.GetParent())
	if err != nil {
		return nil, err
	}
	p, err := s.pages.Parse(req)
	if err != nil {
		return nil, err
	}
	filter, err := rowFilter(req.GetFilter())
	if err != nil {
		return nil, err
	}
	rows, err := s.store.ImportRows(ctx, ids[0], filter, p)
	if err != nil {
		return nil, err
	}
	rows, more := cut(rows, p)
	out := &familiesv1.ListRowsResponse{}
	for _, row := range rows {
		out.Rows = append(out.Rows, rowProto(req.GetParent(), row))
	}
	if more {
		out.NextPageToken = s.pages.Next(req, strconv.Itoa(rows[len(rows)-1].Number))
	}
	return out, nil
}

func rowFilter(text string) (store.RowFilter, error) {
	var f store.RowFilter
	by, err := terms(text, "source_id", "held_back")
	if err != nil {
		return f, err
	}
	f.SourceID = optional(by, "source_id")
	if word, ok := by["held_back"]; ok {
		held, err := strconv.ParseBool(word)
		if err != nil {
			return f, fault.Field("filter", "must compare held_back with true or false")
		}
		f.HeldBack = &held
	}
	return f, nil
}

// ListClashes lists what is held back.
func (s *Server) ListClashes(ctx context.Context, req *familiesv1.ListClashesRequest) (*familiesv1.ListClashesResponse, error) {
	ids, err := resource.Match("prisonerImports/*", "parent", req.GetParent())
	if err != nil {
		return nil, err
	}
	p, err := s.pages.Parse(req)
	if err != nil {
		return nil, err
	}
	rows, err := s.store.ImportClashes(ctx, ids[0], p)
	if err != nil {
		return nil, err
	}
	rows, more := cut(rows, p)
	out := &familiesv1.ListClashesResponse{}
	for _, c := range rows {
		clash := &familiesv1.PrisonerImportClash{
			Name: fmt.Sprintf("%s/clashes/%d", req.GetParent(), c.Number),
			Kind: value[familiesv1.PrisonerImportClashKind](string(c.Kind)),
		}
		for _, n := range c.Rows {
			clash.Rows = append(clash.Rows, int32(n))
		}
		out.Clashes = append(out.Clashes, clash)
	}
	if more {
		out.NextPageToken = s.pages.Next(req, strconv.Itoa(rows[len(rows)-1].Number))
	}
	return out, nil
}

// MergePrisonerImport decides that rows become prisoners.
func (s *Server) MergePrisonerImport(ctx context.Context, req *familiesv1.MergePrisonerImportRequest) (*familiesv1.PrisonerImport, error) {
	ids, err := resource.Match("prisonerImports/*", "name", req.GetName())
	if err != nil {
		return nil, err
	}
	name, err := s.store.MergeImport(ctx, ids[0], person(ctx))
	if err != nil {
		return nil, err
	}
	return s.importNamed(ctx, "name", name)
}

func importProto(i prisonerimport.Import) *familiesv1.PrisonerImport {
	c := i.Counts
	return &familiesv1.PrisonerImport{
		Name: "prisonerImports/" + i.ID, SourceList: i.SourceList,
		State:      value[familiesv1.PrisonerImportState](string(i.State)),
		ParsedRows: int32(c.Parsed), NewRows: int32(c.New), ChangedRows: int32(c.Changed),
		UnchangedRows: int32(c.Unchanged), VanishedRows: int32(c.Vanished),
		HeldBackRows: int32(c.HeldBack), MergedRows: int32(c.Merged),
		FileSha256: hex.EncodeToString(i.SHA256), Importer: i.Importer, Merger: i.Merger,
		Failure: i.Failure, CreateTime: moment(i.CreatedAt),
	}
}

func rowProto(parent string, r prisonerimport.StoredRow) *familiesv1.PrisonerImportRow {
	out := &familiesv1.PrisonerImportRow{
		Name: fmt.Sprintf("%s/rows/%d", parent, r.Number), SourceId: r.SourceID,
		Status:   value[familiesv1.PrisonerStatus](string(r.Status)),
		Change:   value[familiesv1.PrisonerImportRowChange](string(r.Change)),
		HeldBack: r.HeldBack,
	}
	if r.PrisonerID != "" {
		out.Prisoner = "prisoners/" + r.PrisonerID
	}
	for _, c := range r.Complaints {
		out.Complaints = append(out.Complaints, &familiesv1.PrisonerImportComplaint{Column: c.Column, Reason: c.Reason, Blocking: c.Blocking})
	}
	return out
}
