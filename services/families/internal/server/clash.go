package server

import (
	"context"
	"strconv"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	"github.com/solidarity-fund/solidarity/services/families/internal/prisonerimport"
	"github.com/solidarity-fund/solidarity/services/families/internal/store/register"
	"github.com/solidarity-fund/solidarity/services/internal/action"
	"github.com/solidarity-fund/solidarity/services/internal/enum"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/revision"
)

// GetClash returns one clash without content.
func (s *Server) GetClash(ctx context.Context, req *familiesv1.GetClashRequest) (*familiesv1.PrisonerImportClash, error) {
	id, number, err := clashID(req.GetName())
	if err != nil {
		return nil, err
	}
	return s.clashOf(ctx, id, number)
}

// ListClashes lists what is held back.
func (s *Server) ListClashes(ctx context.Context, req *familiesv1.ListClashesRequest) (*familiesv1.ListClashesResponse, error) {
	id, err := resource.PrisonerImport.ID("parent", req.GetParent())
	if err != nil {
		return nil, err
	}
	rows, next, err := page.List(s.Pager, req, func(p page.Page) ([]prisonerimport.Clash, error) {
		return s.Prisoners.ImportClashes(ctx, id, s.acts.clashes.Page(identity.From(ctx), p))
	}, func(c prisonerimport.Clash) []string { return []string{c.ImportID, strconv.Itoa(c.Number)} })
	if err != nil {
		return nil, err
	}
	list, err := s.clashProtos(ctx, rows)
	if err != nil {
		return nil, err
	}
	return &familiesv1.ListClashesResponse{Clashes: action.Mine(req.GetFilter(), list), NextPageToken: next}, nil
}

// ReadClash opens a clash; the store records the read first.
func (s *Server) ReadClash(ctx context.Context, req *familiesv1.ReadClashRequest) (*familiesv1.PrisonerImportClashContent, error) {
	id, number, err := clashID(req.GetName())
	if err != nil {
		return nil, err
	}
	content, err := s.Prisoners.ReadClash(ctx, person(ctx), id, number)
	if err != nil {
		return nil, err
	}
	out := &familiesv1.PrisonerImportClashContent{Rows: openRows(content.Rows)}
	for _, k := range content.Known {
		out.Known = append(out.Known, &familiesv1.KnownPrisoner{
			Prisoner: resource.Prisoner.Of(k.ID), Status: enum.Value[familiesv1.PrisonerStatus](k.Status), Facts: factsProto(k.Facts),
		})
	}
	out.Clash, err = s.clashOf(ctx, id, number)
	return out, err
}

// ProposeClash says what rows are.
func (s *Server) ProposeClash(ctx context.Context, req *familiesv1.ProposeClashRequest) (*familiesv1.PrisonerImportClash, error) {
	id, number, err := clashID(req.GetName())
	if err != nil {
		return nil, err
	}
	word, err := enum.RequiredWord("decision", req.GetDecision())
	if err != nil {
		return nil, err
	}
	p := register.Proposal{Person: person(ctx), ImportID: id, Number: number, Decision: prisonerimport.Decision(word)}
	for _, row := range req.GetRows() {
		p.Rows = append(p.Rows, int(row))
	}
	if req.GetPrisoner() != "" {
		if p.PrisonerID, err = resource.Prisoner.ID("prisoner", req.GetPrisoner()); err != nil {
			return nil, err
		}
	}
	if err := s.Prisoners.ProposeClash(ctx, p); err != nil {
		return nil, err
	}
	return s.clashOf(ctx, id, number)
}

// ResolveClash decides what was proposed.
func (s *Server) ResolveClash(ctx context.Context, req *familiesv1.ResolveClashRequest) (*familiesv1.PrisonerImportClash, error) {
	id, number, err := clashID(req.GetName())
	if err != nil {
		return nil, err
	}
	if err := s.Prisoners.ResolveClash(ctx, person(ctx), id, number, req.GetEtag()); err != nil {
		return nil, err
	}
	return s.clashOf(ctx, id, number)
}

// ReviewPrisonerImport opens rows for who merges them.
func (s *Server) ReviewPrisonerImport(ctx context.Context, req *familiesv1.ReviewPrisonerImportRequest) (*familiesv1.ReviewPrisonerImportResponse, error) {
	id, err := resource.PrisonerImport.ID("name", req.GetName())
	if err != nil {
		return nil, err
	}
	rows, next, err := page.List(s.Pager, req, func(p page.Page) ([]register.OpenRow, error) {
		return s.Prisoners.ReviewImport(ctx, person(ctx), id, p)
	}, func(r register.OpenRow) []string { return []string{r.ImportID, r.Key} })
	if err != nil {
		return nil, err
	}
	return &familiesv1.ReviewPrisonerImportResponse{Rows: openRows(rows), NextPageToken: next}, nil
}

// clashID reads the import and the number out of a clash's name.
func clashID(name string) (id string, number int, err error) {
	id, text, err := resource.ImportClash.IDs("name", name)
	if err != nil {
		return "", 0, err
	}
	number, err = strconv.Atoi(text)
	if err != nil || number < 1 || strconv.Itoa(number) != text || len(text) > 6 {
		return "", 0, fault.Missing("clash")
	}
	return id, number, nil
}

func (s *Server) clashOf(ctx context.Context, id string, number int) (*familiesv1.PrisonerImportClash, error) {
	c, err := s.Prisoners.Clash(ctx, id, number)
	if err != nil {
		return nil, err
	}
	list, err := s.clashProtos(ctx, []prisonerimport.Clash{c})
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// clashProtos writes clashes with what the caller can do with each.
func (s *Server) clashProtos(ctx context.Context, clashes []prisonerimport.Clash) ([]*familiesv1.PrisonerImportClash, error) {
	caller := identity.From(ctx)
	seen, err := s.Prisoners.Seen(ctx, caller.Person, clashes)
	if err != nil {
		return nil, err
	}
	var list []*familiesv1.PrisonerImportClash
	for _, c := range clashes {
		out := &familiesv1.PrisonerImportClash{
			Name: resource.ImportClash.Of(c.ImportID, strconv.Itoa(c.Number)),
			Kind: enum.Value[familiesv1.PrisonerImportClashKind](c.Kind), State: enum.Value[familiesv1.PrisonerImportClashState](c.State),
			Decision: enum.Value[familiesv1.PrisonerImportClashDecision](c.Decision),
			Rows:     numbers(c.Rows), DecidedRows: numbers(c.DecidedRows),
			Proposer: c.Proposer, Resolver: c.Resolver, Etag: revision.Etag(int64(c.Version)),
		}
		if c.PrisonerID != "" {
			out.Prisoner = resource.Prisoner.Of(c.PrisonerID)
		}
		out.AllowedActions, out.BlockedActions = s.acts.clashes.Of(caller, seenClash{c, seen[c.Resource()]})
		list = append(list, out)
	}
	return list, nil
}

func numbers(rows []int) []int32 {
	out := make([]int32, len(rows))
	for i, n := range rows {
		out[i] = int32(n)
	}
	return out
}

// openRows writes rows in full.
func openRows(rows []register.OpenRow) []*familiesv1.ReadImportRow {
	var list []*familiesv1.ReadImportRow
	for _, r := range rows {
		out := &familiesv1.ReadImportRow{Row: rowProto(r.StoredRow), Facts: factsProto(r.Facts)}
		for _, c := range r.Changes {
			out.Changes = append(out.Changes, &familiesv1.PrisonerFactChange{Field: c.Field, Before: c.Before, After: c.After})
		}
		list = append(list, out)
	}
	return list
}
