package server

import (
	"context"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// FreezeStaff refuses every call of a person for a day: first here, then in the log.
func (s *Server) FreezeStaff(ctx context.Context, req *accessv1.FreezeStaffRequest) (*accessv1.Staff, error) {
	target, err := resource.Staff.ID("name", req.GetName())
	if err != nil {
		return nil, err
	}
	by, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	id, err := s.Store.Freeze(ctx, target, by, s.Now())
	if err != nil {
		return nil, err
	}
	if err := s.recordFreezes(ctx, target, by); err != nil {
		s.Log.WarnContext(ctx, "the leaf of a freeze follows later", "person", target, "error", err)
	}
	return s.member(ctx, id)
}

func (s *Server) recordFreezes(ctx context.Context, target, by string) error {
	freezes, err := s.Store.FreezesBy(ctx, target, by)
	if err != nil {
		return err
	}
	for _, f := range freezes {
		sequences, err := s.recordSoon(ctx, freezeLeaf(f))
		if err != nil {
			return err
		}
		if err := s.Store.FreezeRecorded(ctx, f.ID, sequences[0]); err != nil {
			return err
		}
	}
	return nil
}
