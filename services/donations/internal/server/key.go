package server

import (
	"context"

	"google.golang.org/protobuf/types/known/timestamppb"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	"github.com/solidarity-fund/solidarity/services/donations/internal/partner"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// CreateKey makes a further key of a partner.
func (s *Partners) CreateKey(ctx context.Context, req *donationsv1.CreateKeyRequest) (*donationsv1.Key, error) {
	ids, err := resource.Match("partners/*", "parent", req.GetParent())
	if err != nil {
		return nil, err
	}
	kind := map[donationsv1.KeyKind]partner.KeyKind{
		donationsv1.KeyKind_KEY_KIND_PUBLISHABLE: partner.Publishable, donationsv1.KeyKind_KEY_KIND_SECRET: partner.Secret,
	}[req.GetKey().GetKind()]
	key, credential, err := partner.NewKey(ids[0], kind, s.mode, s.now().UTC())
	if err != nil {
		return nil, err
	}
	name, err := s.store.CreateKey(ctx, key)
	if err != nil {
		return nil, err
	}
	out, err := s.key(ctx, name)
	if err != nil {
		return nil, err
	}
	if out.SecretExpired = idempotency.Replayed(ctx); !out.GetSecretExpired() {
		out.Secret = credential
	}
	return out, nil
}

// ListKeys lists a partner's keys.
func (s *Partners) ListKeys(ctx context.Context, req *donationsv1.ListKeysRequest) (*donationsv1.ListKeysResponse, error) {
	ids, err := resource.Match("partners/*", "parent", req.GetParent())
	if err != nil {
		return nil, err
	}
	if _, err := s.store.Partner(ctx, ids[0]); err != nil {
		return nil, err
	}
	rows, next, err := page.List(s.pager, req, func(p page.Page) ([]partner.Key, error) {
		return s.store.Keys(ctx, ids[0], p)
	}, func(r partner.Key) []string { return page.At(r.CreatedAt, r.ID) })
	if err != nil {
		return nil, err
	}
	resp := &donationsv1.ListKeysResponse{NextPageToken: next}
	for _, row := range rows {
		resp.Keys = append(resp.Keys, keyProto(row))
	}
	return resp, nil
}

// RevokeKey ends a key.
func (s *Partners) RevokeKey(ctx context.Context, req *donationsv1.RevokeKeyRequest) (*donationsv1.Key, error) {
	ids, err := resource.Match("partners/*/keys/*", "name", req.GetName())
	if err != nil {
		return nil, err
	}
	name, err := s.store.RevokeKey(ctx, ids[0], ids[1])
	if err != nil {
		return nil, err
	}
	return s.key(ctx, name)
}

func (s *Partners) key(ctx context.Context, name string) (*donationsv1.Key, error) {
	ids, err := resource.Match("partners/*/keys/*", "name", name)
	if err != nil {
		return nil, err
	}
	k, err := s.store.Key(ctx, ids[0], ids[1])
	if err != nil {
		return nil, err
	}
	return keyProto(k), nil
}

func keyProto(k partner.Key) *donationsv1.Key {
	out := &donationsv1.Key{
		Name: "partners/" + k.Partner + "/keys/" + k.ID, Prefix: k.Prefix, State: donationsv1.KeyState_KEY_STATE_ACTIVE,
		Kind: map[partner.KeyKind]donationsv1.KeyKind{
			partner.Publishable: donationsv1.KeyKind_KEY_KIND_PUBLISHABLE, partner.Secret: donationsv1.KeyKind_KEY_KIND_SECRET,
		}[k.Kind],
		CreateTime: timestamppb.New(k.CreatedAt),
	}
	if k.RevokedAt != nil {
		out.State, out.RevokeTime = donationsv1.KeyState_KEY_STATE_REVOKED, timestamppb.New(*k.RevokedAt)
	}
	return out
}
