package server_test

import (
	"context"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/dev/actiontest"
	"github.com/solidarity-fund/solidarity/services/donations/internal/server"
	"github.com/solidarity-fund/solidarity/services/donations/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/rowmac"
)

func TestAPartnerReachesItsOwnEndpointsOnly(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p, other, l := b.newPartner(), b.newPartner(), listen(t)
	e := b.endpoint(p, l.URL)
	ctx := t.Context()
	_, err1 := other.hooks().GetWebhookEndpoint(ctx, &donationsv1.GetWebhookEndpointRequest{Name: e.GetName()})
	_, err2 := other.hooks().RotateWebhookSecret(ctx, &donationsv1.RotateWebhookSecretRequest{Name: e.GetName()})
	_, err3 := other.hooks().UpdateWebhookEndpoint(ctx, &donationsv1.UpdateWebhookEndpointRequest{WebhookEndpoint: &donationsv1.WebhookEndpoint{Name: e.GetName(), Url: "https://evil.example/"}})
	_, err4 := other.hooks().ListWebhookDeliveries(ctx, &donationsv1.ListWebhookDeliveriesRequest{Parent: p.GetName()})
	_, err5 := other.hooks().CreateWebhookEndpoint(ctx, &donationsv1.CreateWebhookEndpointRequest{Parent: p.GetName(), WebhookEndpoint: &donationsv1.WebhookEndpoint{Url: "https://evil.example/"}})
	for i, err := range []error{err1, err2, err3, err4, err5} {
		if !fault.OfKind(err, fault.NotFound) {
			t.Errorf("%d: %v", i+1, err)
		}
	}
	list, err := other.hooks().ListWebhookEndpoints(ctx, &donationsv1.ListWebhookEndpointsRequest{Parent: "partners/-"})
	if err != nil || len(list.GetWebhookEndpoints()) != 0 {
		t.Errorf("all endpoints: %v, %v", list, err)
	}
	if list, err = p.hooks().ListWebhookEndpoints(ctx, &donationsv1.ListWebhookEndpointsRequest{Parent: "partners/-", Filter: `state = "ENABLED"`}); err != nil || len(list.GetWebhookEndpoints()) != 1 || list.GetWebhookEndpoints()[0].GetSecret() != "" {
		t.Errorf("its own: %v, %v", list, err)
	}
	// its own address changes for what waits, by who has seen it
	moved, err := p.hooks().UpdateWebhookEndpoint(ctx, &donationsv1.UpdateWebhookEndpointRequest{WebhookEndpoint: &donationsv1.WebhookEndpoint{Name: e.GetName(), Url: l.URL + "/new", Etag: e.GetEtag()}})
	if err != nil || moved.GetUrl() != l.URL+"/new" {
		t.Errorf("%v, %v", moved, err)
	}
	if _, err := p.hooks().UpdateWebhookEndpoint(ctx, &donationsv1.UpdateWebhookEndpointRequest{WebhookEndpoint: &donationsv1.WebhookEndpoint{Name: e.GetName(), Url: l.URL, Etag: e.GetEtag()}}); !fault.Is(err, fault.ReasonEtagMismatch) {
		t.Errorf("an old etag: %v", err)
	}
	for range 9 {
		b.endpoint(p, l.URL)
	}
	if _, err := p.hooks().CreateWebhookEndpoint(ctx, &donationsv1.CreateWebhookEndpointRequest{Parent: p.GetName(), WebhookEndpoint: &donationsv1.WebhookEndpoint{Url: l.URL}}); !fault.Is(err, fault.ReasonTooManyEndpoints) {
		t.Errorf("the eleventh: %v", err)
	}
}

// TestNothingIsSentToAnAddressOfAnotherHand has somebody write to the table; once without
// the protection.
func TestNothingIsSentToAnAddressOfAnotherHand(t *testing.T) {
	t.Parallel()
	for _, lax := range []bool{false, true} {
		b := newBench(t)
		if lax {
			b.rows = laxRows{b.rows}
			b.store = b.storeAt(0)
			b.worker.Store = b.store
			b.serve()
		}
		p, l, evil := b.newPartner(), listen(t), listen(t)
		b.endpoint(p, l.URL)
		b.pay(b.pledge(p, pledgeOf(5000, "general")))
		b.drain(store.DutyEvent, store.DutyNotice)
		if _, err := b.db.Pool.Exec(t.Context(), `UPDATE webhook_endpoints SET url = $1`, evil.URL); err != nil {
			t.Fatal(err)
		}
		ids, err := b.store.OwedDeliveries(t.Context(), b.now(), "", 1)
		if err != nil || len(ids) != 1 {
			t.Fatalf("%v, %v", ids, err)
		}
		err = b.worker.Deliver(t.Context(), ids[0])
		if got := len(evil.take()); lax != (got == 1) || lax != (err == nil) || !lax && !fault.Is(err, rowmac.Changed) {
			t.Errorf("lax %v: %d messages, %v", lax, got, err)
		}
	}
}

func TestEndpointsAndMessagesTellWhoMayDoWhat(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p, l := b.newPartner(), listen(t)
	e := b.endpoint(p, l.URL)
	b.pay(b.pledge(p, pledgeOf(5000, "general")))
	b.drain()
	b.send()
	all, verbs := b.cast(p), server.New(server.Options{}).Verbs()
	endpoint := actiontest.Resource{
		Name: e.GetName(), Methods: verbs["solidarity/WebhookEndpoint"],
		Read: func(a actiontest.Actor) (actiontest.Seen, error) {
			return donationsv1.NewPartnerWebhookServiceClient(a.Conn).GetWebhookEndpoint(context.Background(), &donationsv1.GetWebhookEndpointRequest{Name: e.GetName()})
		},
		Fill: func(string, actiontest.Seen, proto.Message) {},
	}
	delivery := b.deliveries(p, "")[0].GetName()
	message := actiontest.Resource{
		Name: delivery, Methods: verbs["solidarity/WebhookDelivery"],
		Read: func(a actiontest.Actor) (actiontest.Seen, error) {
			return donationsv1.NewPartnerWebhookServiceClient(a.Conn).GetWebhookDelivery(context.Background(), &donationsv1.GetWebhookDeliveryRequest{Name: delivery})
		},
	}
	message.Take(t, "redeliver", all...)
	endpoint.Take(t, "rotateSecret", all...)
	if who := endpoint.Check(t, all...)["disable"]; len(who) != 2 || who[1].Roles[0] != policyv1.Role_ROLE_OPERATOR {
		t.Errorf("who may disable: %v", who)
	}
	endpoint.Take(t, "disable", all...)
	message.Check(t, all...)
	endpoint.Take(t, "enable", all...)
	endpoint.Check(t, all...)
}

// A change whose transaction fails is not told.
func TestWhatDidNotHappenIsNotTold(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p, l := b.newPartner(), listen(t)
	b.endpoint(p, l.URL)
	pledge := b.pledge(p, pledgeOf(5000, "general"))
	if _, err := b.db.Pool.Exec(t.Context(), `DO $$ BEGIN
			UPDATE pledges SET state = 'CANCELLED' WHERE id = '`+strings.TrimPrefix(pledge.GetName(), "pledges/")+`';
			RAISE 'no'; END $$`); err == nil {
		t.Fatal("the transaction did not fail")
	}
	if b.send(); len(l.take()) != 0 || b.count("notices", "true") != 0 || b.count("river_job", `args ->> 'duty' = 'partner.notice'`) != 0 {
		t.Error("somebody was told")
	}
}
