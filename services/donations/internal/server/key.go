package server

import (
	"context"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	"github.com/solidarity-fund/solidarity/services/donations/internal/partner"
	"github.com/solidarity-fund/solidarity/services/internal/action"
	"github.com/solidarity-fund/solidarity/services/internal/enum"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// CreateKey makes a further key of a partner.
func (s *Server) CreateKey(ctx context.Context, req *donationsv1.CreateKeyRequest) (*donationsv1.Key, error) {
	id, err := resource.Partner.ID("parent", req.GetParent())
	if err != nil {
		return nil, err
	}
	key, credential, err := partner.NewKey(id, partner.KeyKind(enum.Word(req.GetKey().GetKind())), s.Mode, s.now())
	if err != nil {
		return nil, err
	}
	if key, err = s.Store.CreateKey(ctx, key); err != nil {
		return nil, err
	}
	out := s.keyProto(ctx, key)
	if out.SecretExpired = idempotency.Replayed(ctx); !out.GetSecretExpired() {
		out.Secret = credential
	}
	return out, nil
}

// RotateKey makes the key that takes another's place.
func (s *Server) RotateKey(ctx context.Context, req *donationsv1.RotateKeyRequest) (*donationsv1.Key, error) {
	owner, id, err := resource.PartnerKey.IDs("name", req.GetName())
	if err != nil {
		return nil, err
	}
	var credential string
	key, err := s.Store.RotateKey(ctx, owner, id, req.OverlapHours, func(old partner.Key) (made partner.Key, err error) {
		made, credential, err = partner.NewKey(owner, old.Kind, s.Mode, s.now())
		return made, err
	})
	if err != nil {
		return nil, err
	}
	out := s.keyProto(ctx, key)
	if out.SecretExpired = idempotency.Replayed(ctx); !out.GetSecretExpired() {
		out.Secret = credential
	}
	return out, nil
}

// ListKeys lists a partner's keys.
func (s *Server) ListKeys(ctx context.Context, req *donationsv1.ListKeysRequest) (*donationsv1.ListKeysResponse, error) {
	id, err := resource.Partner.ID("parent", req.GetParent())
	if err != nil {
		return nil, err
	}
	if id != resource.Any {
		if _, err := s.Store.Partner(ctx, id); err != nil {
			return nil, err
		}
	}
	rows, next, err := page.List(s.Pager, req, func(p page.Page) ([]partner.Key, error) {
		return s.Store.Keys(ctx, id, s.acts.keys.Page(identity.From(ctx), p))
	}, func(r partner.Key) []string { return page.At(r.CreatedAt, r.ID) })
	if err != nil {
		return nil, err
	}
	var list []*donationsv1.Key
	for _, row := range rows {
		list = append(list, s.keyProto(ctx, row))
	}
	return &donationsv1.ListKeysResponse{Keys: action.Mine(req.GetFilter(), list), NextPageToken: next}, nil
}

// RevokeKey ends a key.
func (s *Server) RevokeKey(ctx context.Context, req *donationsv1.RevokeKeyRequest) (*donationsv1.Key, error) {
	owner, id, err := resource.PartnerKey.IDs("name", req.GetName())
	if err != nil {
		return nil, err
	}
	k, err := s.Store.RevokeKey(ctx, owner, id)
	if err != nil {
		return nil, err
	}
	return s.keyProto(ctx, k), nil
}

func (s *Server) keyProto(ctx context.Context, k partner.Key) *donationsv1.Key {
	out := &donationsv1.Key{
		Name: resource.PartnerKey.Of(k.Partner, k.ID), Prefix: k.Prefix, State: donationsv1.KeyState_KEY_STATE_ACTIVE,
		Kind: enum.Value[donationsv1.KeyKind](k.Kind), CreateTime: rpc.Moment(k.CreatedAt),
	}
	out.AllowedActions, out.BlockedActions = s.acts.keys.Of(identity.From(ctx), seenKey{k, s.now()})
	if k.Ended(s.now()) {
		out.State = donationsv1.KeyState_KEY_STATE_REVOKED
	}
	if k.RevokedAt != nil {
		out.RevokeTime = rpc.Moment(*k.RevokedAt)
	}
	return out
}
