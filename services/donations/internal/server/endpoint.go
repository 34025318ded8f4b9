package server

import (
	"context"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	"github.com/solidarity-fund/solidarity/services/donations/internal/notice"
	"github.com/solidarity-fund/solidarity/services/donations/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/action"
	"github.com/solidarity-fund/solidarity/services/internal/enum"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/revision"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// Keys seals and opens the secrets of partners' endpoints.
type Keys interface {
	// Create makes a subject's key where there is none.
	Create(ctx context.Context, subject seal.Subject) error
	// SealJSON seals a value for its place.
	SealJSON(ctx context.Context, place seal.Place, v any) ([]byte, error)
	// OpenJSON opens a value that was sealed at its place.
	OpenJSON(ctx context.Context, place seal.Place, sealed []byte, v any) error
}

// CreateWebhookEndpoint adds an address that is told what changes.
func (s *Server) CreateWebhookEndpoint(ctx context.Context, req *donationsv1.CreateWebhookEndpointRequest) (*donationsv1.WebhookEndpoint, error) {
	id, err := s.reachedPartner(ctx, "parent", req.GetParent())
	if err != nil {
		return nil, err
	}
	if _, err := s.Store.Partner(ctx, id); err != nil {
		return nil, err
	}
	e, err := notice.NewEndpoint(id, req.GetWebhookEndpoint().GetUrl(), s.Loopback, s.now())
	if err != nil {
		return nil, err
	}
	if err := s.Keys.Create(ctx, seal.Partner(id)); err != nil {
		return nil, err
	}
	secrets := notice.NewSecrets(notice.Secrets{})
	if e, err = s.sealSecrets(ctx, e, secrets); err != nil {
		return nil, err
	}
	e, err = s.Store.CreateEndpoint(ctx, e)
	return s.withSecret(ctx, e, secrets, err)
}

// sealSecrets seals an endpoint's secrets at their version.
func (s *Server) sealSecrets(ctx context.Context, e notice.Endpoint, secrets notice.Secrets) (notice.Endpoint, error) {
	var err error
	e.Secrets, err = s.Keys.SealJSON(ctx, store.EndpointSecrets.At(seal.Partner(e.Partner), e.ID, e.SecretsVersion), secrets)
	return e, err
}

// withSecret is an endpoint with the secret that was just made, shown once.
func (s *Server) withSecret(ctx context.Context, e notice.Endpoint, secrets notice.Secrets, err error) (*donationsv1.WebhookEndpoint, error) {
	if err != nil {
		return nil, err
	}
	out := s.endpointProto(ctx, e)
	if out.SecretExpired = idempotency.Replayed(ctx); !out.GetSecretExpired() {
		out.Secret = secrets.Current
	}
	return out, nil
}

// endpointNamed reads the name of an endpoint that the caller reaches.
func (s *Server) endpointNamed(ctx context.Context, field, name string) (partnerID, id string, err error) {
	partnerID, id, err = resource.WebhookEndpoint.IDs(field, name)
	if scope := scopeOf(ctx); err == nil && scope != store.Everything && scope != store.Scope(partnerID) {
		err = fault.Missing("endpoint")
	}
	return partnerID, id, err
}

// GetWebhookEndpoint returns an endpoint.
func (s *Server) GetWebhookEndpoint(ctx context.Context, req *donationsv1.GetWebhookEndpointRequest) (*donationsv1.WebhookEndpoint, error) {
	partnerID, id, err := s.endpointNamed(ctx, "name", req.GetName())
	if err != nil {
		return nil, err
	}
	e, err := s.Store.Endpoint(ctx, partnerID, id)
	if err != nil {
		return nil, err
	}
	return s.endpointProto(ctx, e), nil
}

// ListWebhookEndpoints lists endpoints.
func (s *Server) ListWebhookEndpoints(ctx context.Context, req *donationsv1.ListWebhookEndpointsRequest) (*donationsv1.ListWebhookEndpointsResponse, error) {
	id, err := s.listedPartner(ctx, req.GetParent())
	if err != nil {
		return nil, err
	}
	rows, next, err := page.List(s.Pager, req, func(p page.Page) ([]notice.Endpoint, error) {
		return s.Store.Endpoints(ctx, scopeOf(ctx), id, s.acts.endpoints.Page(identity.From(ctx), p))
	}, func(r notice.Endpoint) []string { return page.At(r.CreatedAt, r.ID) })
	if err != nil {
		return nil, err
	}
	var list []*donationsv1.WebhookEndpoint
	for _, row := range rows {
		list = append(list, s.endpointProto(ctx, row))
	}
	return &donationsv1.ListWebhookEndpointsResponse{WebhookEndpoints: action.Mine(req.GetFilter(), list), NextPageToken: next}, nil
}

// listedPartner reads the name of the parent of a list: a partner that the caller reaches,
// or any.
func (s *Server) listedPartner(ctx context.Context, name string) (string, error) {
	if id, err := resource.Partner.ID("parent", name); err != nil || id == resource.Any {
		return id, err
	}
	id, err := s.reachedPartner(ctx, "parent", name)
	if err == nil {
		_, err = s.Store.Partner(ctx, id)
	}
	return id, err
}

// UpdateWebhookEndpoint changes an endpoint's address.
func (s *Server) UpdateWebhookEndpoint(ctx context.Context, req *donationsv1.UpdateWebhookEndpointRequest) (*donationsv1.WebhookEndpoint, error) {
	return s.changeEndpoint(ctx, "webhookEndpoint.name", req.GetWebhookEndpoint().GetName(), func(now notice.Endpoint) (notice.Endpoint, error) {
		if err := revision.Check(ctx, req.GetWebhookEndpoint().GetEtag(), now.Version); err != nil {
			return now, err
		}
		then, err := revision.Merge(s.endpointProto(ctx, now), req.GetWebhookEndpoint(), req.GetUpdateMask(), "url")
		if err != nil {
			return now, err
		}
		return now.Moved(then.GetUrl(), s.Loopback)
	})
}

// DisableWebhookEndpoint stops sending to an endpoint.
func (s *Server) DisableWebhookEndpoint(ctx context.Context, req *donationsv1.DisableWebhookEndpointRequest) (*donationsv1.WebhookEndpoint, error) {
	return s.changeEndpoint(ctx, "name", req.GetName(), func(e notice.Endpoint) (notice.Endpoint, error) { return e.Take(notice.Disable) })
}

// EnableWebhookEndpoint goes on sending to it.
func (s *Server) EnableWebhookEndpoint(ctx context.Context, req *donationsv1.EnableWebhookEndpointRequest) (*donationsv1.WebhookEndpoint, error) {
	return s.changeEndpoint(ctx, "name", req.GetName(), func(e notice.Endpoint) (notice.Endpoint, error) { return e.Take(notice.Enable) })
}

// RotateWebhookSecret makes a new secret of an endpoint.
func (s *Server) RotateWebhookSecret(ctx context.Context, req *donationsv1.RotateWebhookSecretRequest) (*donationsv1.WebhookEndpoint, error) {
	partnerID, id, err := s.endpointNamed(ctx, "name", req.GetName())
	if err != nil {
		return nil, err
	}
	var fresh notice.Secrets
	e, err := s.Store.ChangeEndpoint(ctx, partnerID, id, func(now notice.Endpoint) (notice.Endpoint, error) {
		var before notice.Secrets
		err := s.Keys.OpenJSON(ctx, store.EndpointSecrets.At(seal.Partner(partnerID), id, now.SecretsVersion), now.Secrets, &before)
		if err != nil {
			return now, err
		}
		if now, err = now.Rotated(req.OverlapHours, s.now()); err != nil {
			return now, err
		}
		fresh = notice.NewSecrets(before)
		return s.sealSecrets(ctx, now, fresh)
	})
	return s.withSecret(ctx, e, fresh, err)
}

func (s *Server) changeEndpoint(ctx context.Context, field, name string, change func(notice.Endpoint) (notice.Endpoint, error)) (*donationsv1.WebhookEndpoint, error) {
	partnerID, id, err := s.endpointNamed(ctx, field, name)
	if err != nil {
		return nil, err
	}
	e, err := s.Store.ChangeEndpoint(ctx, partnerID, id, change)
	if err != nil {
		return nil, err
	}
	return s.endpointProto(ctx, e), nil
}

func (s *Server) endpointProto(ctx context.Context, e notice.Endpoint) *donationsv1.WebhookEndpoint {
	out := &donationsv1.WebhookEndpoint{
		Name: resource.WebhookEndpoint.Of(e.Partner, e.ID), Url: e.URL, State: enum.Value[donationsv1.WebhookEndpointState](e.State),
		Gone: e.Gone, CreateTime: rpc.Moment(e.CreatedAt), Etag: revision.Etag(e.Version),
	}
	if e.OldUntil != nil && e.OldUntil.After(s.now()) {
		out.OldSecretEndTime = rpc.Moment(*e.OldUntil)
	}
	out.AllowedActions, out.BlockedActions = s.acts.endpoints.Of(identity.From(ctx), e)
	return out
}
