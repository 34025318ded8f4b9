package server

import (
	"context"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	"github.com/solidarity-fund/solidarity/services/families/internal/family"
)

// LockFamily shuts a family's file.
func (s *Server) LockFamily(ctx context.Context, req *familiesv1.LockFamilyRequest) (*familiesv1.Family, error) {
	return s.onFamily(ctx, req.GetName(), func(id string) (family.Family, error) {
		return s.Households.Lock(ctx, person(ctx), id)
	})
}

// UnlockFamily opens it again.
func (s *Server) UnlockFamily(ctx context.Context, req *familiesv1.UnlockFamilyRequest) (*familiesv1.Family, error) {
	return s.onFamily(ctx, req.GetName(), func(id string) (family.Family, error) {
		return s.Households.Unlock(ctx, person(ctx), id)
	})
}

// LookAtFamily frees a family that a freeze holds.
func (s *Server) LookAtFamily(ctx context.Context, req *familiesv1.LookAtFamilyRequest) (*familiesv1.Family, error) {
	return s.onFamily(ctx, req.GetName(), func(id string) (family.Family, error) {
		return s.Households.Look(ctx, person(ctx), id)
	})
}
