package server_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	"github.com/solidarity-fund/solidarity/services/donations/internal/partner"
	"github.com/solidarity-fund/solidarity/services/donations/internal/server"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// movable is a clock that starts now and that a test moves.
func movable() (now func() time.Time, forward func(time.Duration)) {
	var ahead atomic.Int64
	return func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) },
		func(d time.Duration) { ahead.Add(int64(d)) }
}

// secretKeyOf is the name of a partner's only secret key.
func (b *bench) secretKeyOf(p testPartner) string {
	b.t.Helper()
	list, err := b.operator().ListKeys(b.t.Context(), &donationsv1.ListKeysRequest{
		Parent: p.GetName(), Filter: `kind = "SECRET" AND state = "ACTIVE" AND prefix = "` + p.GetSecretKey()[:12] + `"`,
	})
	if err != nil || len(list.GetKeys()) != 1 {
		b.t.Fatalf("secret keys: %v, %v", list, err)
	}
	return list.GetKeys()[0].GetName()
}

func TestARotatedKeyServesUntilTheOverlapEnds(t *testing.T) {
	t.Parallel()
	now, forward := movable()
	b := newBenchAt(t, now)
	p, ctx := b.newPartner(), context.Background()
	a := server.NewAuthenticator(b.store, partner.Test, noStaff{}, now)
	hours := int32(2)
	req := &donationsv1.RotateKeyRequest{Name: b.secretKeyOf(p), OverlapHours: &hours, RequestId: "rotate"}
	// when
	fresh, err := b.operator().RotateKey(ctx, req)
	if err != nil || fresh.GetName() == req.GetName() || fresh.GetKind() != donationsv1.KeyKind_KEY_KIND_SECRET || fresh.GetSecret() == "" || fresh.GetRevokeTime() != nil {
		t.Fatalf("fresh key = %v, %v", fresh, err)
	}
	// then a repeat says the same, without the secret, and another rotation is refused
	if again, err := b.operator().RotateKey(ctx, req); err != nil || again.GetName() != fresh.GetName() || again.GetSecret() != "" || !again.GetSecretExpired() {
		t.Errorf("repeat = %v, %v", again, err)
	}
	if _, err := b.operator().RotateKey(ctx, &donationsv1.RotateKeyRequest{Name: req.GetName()}); !fault.Is(err, fault.ReasonKeyRotated) {
		t.Errorf("rotated twice: %v", err)
	}
	// both serve until the overlap ends
	serves := func(credential string) bool {
		_, err := a.Authenticate(ctx, credential)
		return err == nil
	}
	active := func() int {
		list, err := b.operator().ListKeys(ctx, &donationsv1.ListKeysRequest{Parent: p.GetName(), Filter: `state = "ACTIVE"`})
		if err != nil {
			t.Fatal(err)
		}
		return len(list.GetKeys())
	}
	forward(2*time.Hour - time.Minute)
	if !serves(p.GetSecretKey()) || !serves(fresh.GetSecret()) || active() != 3 {
		t.Error("during the overlap both keys must be accepted")
	}
	forward(2 * time.Minute)
	if serves(p.GetSecretKey()) || !serves(fresh.GetSecret()) || active() != 2 {
		t.Error("after the overlap the new key alone must be accepted")
	}
	if _, err := b.operator().RotateKey(ctx, &donationsv1.RotateKeyRequest{Name: req.GetName()}); !fault.Is(err, fault.ReasonIllegalState) {
		t.Errorf("a key that has ended: %v", err)
	}
}

func TestARotatedKeyCanBeRevokedBeforeItsEnd(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p, ctx := b.newPartner(), context.Background()
	name := b.secretKeyOf(p)
	for _, hours := range []int32{-1, 169, 1 << 30} {
		_, err := b.operator().RotateKey(ctx, &donationsv1.RotateKeyRequest{Name: name, OverlapHours: &hours})
		if f := fault.As(err); f == nil || len(f.Violations) != 1 || f.Violations[0].Field != "overlapHours" {
			t.Errorf("an overlap of %d hours: %v", hours, err)
		}
	}
	if _, err := b.operator().RotateKey(ctx, &donationsv1.RotateKeyRequest{Name: name}); err != nil {
		t.Fatal(err)
	}
	a := server.NewAuthenticator(b.store, partner.Test, noStaff{}, b.now)
	if _, err := a.Authenticate(ctx, p.GetSecretKey()); err != nil {
		t.Errorf("the default overlap: %v", err)
	}
	revoked, err := b.operator().RevokeKey(ctx, &donationsv1.RevokeKeyRequest{Name: name})
	if err != nil || revoked.GetState() != donationsv1.KeyState_KEY_STATE_REVOKED {
		t.Fatalf("revoked = %v, %v", revoked, err)
	}
	if _, err := a.Authenticate(ctx, p.GetSecretKey()); fault.CauseOf(err) != "the partner's key is revoked" {
		t.Errorf("after revoking: %v", err)
	}
	if _, err := b.operator().RotateKey(ctx, &donationsv1.RotateKeyRequest{Name: p.GetName() + "/keys/k_none"}); !fault.OfKind(err, fault.NotFound) {
		t.Errorf("no such key: %v", err)
	}
}

func TestAPartnerChangesItsOwnAddressesAndTheyCountAtOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p, other, ctx := b.newPartner(), b.newPartner(), context.Background()
	own := donationsv1.NewPartnerServiceClient(p.conn)
	elsewhere := pledgeOf(5000, "general")
	elsewhere.ReturnUrl = "https://new.example/done"
	start := func() error {
		_, err := donationsv1.NewPledgeServiceClient(p.conn).CreatePledge(ctx, &donationsv1.CreatePledgeRequest{Pledge: elsewhere})
		return err
	}
	if start() == nil {
		t.Fatal("an address that is not the partner's was taken")
	}
	// when
	changed, err := own.UpdatePartner(ctx, &donationsv1.UpdatePartnerRequest{Partner: &donationsv1.Partner{
		Name: p.GetName(), ReturnUrls: []string{"https://new.example/done"}, Origins: []string{"https://new.example"},
	}})
	// then
	if err != nil || changed.GetOrigins()[0] != "https://new.example" || changed.GetSecretKey() != "" {
		t.Fatalf("changed = %v, %v", changed, err)
	}
	if err := start(); err != nil {
		t.Errorf("the new address: %v", err)
	}
	if seen, err := own.GetPartner(ctx, &donationsv1.GetPartnerRequest{Name: p.GetName()}); err != nil || seen.GetEtag() != changed.GetEtag() {
		t.Errorf("read = %v, %v", seen, err)
	}
	// neither its name, nor another partner
	_, err = own.UpdatePartner(ctx, &donationsv1.UpdatePartnerRequest{Partner: &donationsv1.Partner{Name: p.GetName(), DisplayName: "Enemies"}})
	if !fault.OfKind(err, fault.Invalid) {
		t.Errorf("another name: %v", err)
	}
	_, read := own.GetPartner(ctx, &donationsv1.GetPartnerRequest{Name: other.GetName()})
	_, absent := own.GetPartner(ctx, &donationsv1.GetPartnerRequest{Name: "partners/pt_none"})
	_, wrote := own.UpdatePartner(ctx, &donationsv1.UpdatePartnerRequest{Partner: &donationsv1.Partner{Name: other.GetName(), Origins: []string{"https://evil.example"}}})
	for what, err := range map[string]error{"read": read, "absent": absent, "wrote": wrote} {
		if f := fault.As(err); f == nil || f.Kind != fault.NotFound || f.Message != fault.As(absent).Message {
			t.Errorf("%s another partner: %v", what, err)
		}
	}
}
