package store_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/solidarity-fund/solidarity/services/donations/internal/fund"
	"github.com/solidarity-fund/solidarity/services/donations/internal/partner"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/page"
)

func (b *bench) key(kind partner.KeyKind) (partner.Key, string) {
	b.t.Helper()
	k, credential, err := partner.NewKey(b.partner.ID, kind, partner.Test, noon())
	b.must(err)
	return k, credential
}

func TestACredentialFindsItsKeyAndItsPartner(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx := context.Background()
	k, credential := b.key(partner.Secret)
	_, err := b.CreateKey(ctx, k)
	b.must(err)
	key, owner, err := b.Credential(ctx, partner.Digest(credential))
	b.must(err)
	if diff := cmp.Diff(k, key); diff != "" {
		t.Errorf("key (-want +got):\n%s", diff)
	}
	if owner.ID != b.partner.ID || owner.DisplayName != "Friends" || !owner.AllowsReturn("https://friends.example/x") || len(owner.Origins) != 0 {
		t.Errorf("partner = %+v", owner)
	}
	if _, _, err := b.Credential(ctx, partner.Digest("sk_test_other")); !fault.OfKind(err, fault.NotFound) {
		t.Errorf("another credential: %v", err)
	}
	// A revoked key is found, with the moment of its end, which stays.
	revoked, err := b.RevokeKey(ctx, b.partner.ID, k.ID)
	b.must(err)
	b.at(noon().Add(1))
	again, err := b.RevokeKey(ctx, b.partner.ID, k.ID)
	if err != nil || revoked.RevokedAt == nil || !cmp.Equal(revoked, again) {
		t.Errorf("revoked %+v, then %+v, %v", revoked, again, err)
	}
	if key, _, err := b.Credential(ctx, partner.Digest(credential)); err != nil || key.RevokedAt == nil {
		t.Errorf("key = %+v, %v", key, err)
	}
	if _, err := b.RevokeKey(ctx, "p_other", k.ID); !fault.OfKind(err, fault.NotFound) {
		t.Errorf("key of another partner: %v", err)
	}
}

func TestAPartnerHasTwentyActiveKeysAtMost(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var all sync.WaitGroup
	var made atomic.Int64
	for range partner.MaxKeys + 5 {
		k, _ := b.key(partner.Publishable)
		all.Go(func() {
			switch _, err := b.CreateKey(context.Background(), k); {
			case err == nil:
				made.Add(1)
			case !fault.Is(err, "TOO_MANY_KEYS"):
				t.Errorf("create key: %v", err)
			}
		})
	}
	all.Wait()
	if made.Load() != partner.MaxKeys {
		t.Errorf("%d keys, want %d", made.Load(), partner.MaxKeys)
	}
	// A revoked one makes room.
	list, err := b.Keys(context.Background(), b.partner.ID, page.Page{Size: 1})
	b.must(err)
	_, err = b.RevokeKey(context.Background(), b.partner.ID, list[0].ID)
	b.must(err)
	k, _ := b.key(partner.Secret)
	if _, err := b.CreateKey(context.Background(), k); err != nil {
		t.Errorf("after a revocation: %v", err)
	}
	k.Partner = "p_none"
	if _, err := b.CreateKey(context.Background(), k); !fault.OfKind(err, fault.NotFound) {
		t.Errorf("no partner: %v", err)
	}
}

func TestARepeatedCallReturnsWhatTheFirstOneMade(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p, err := partner.New("Others", nil, []string{"https://others.example/"}, noon())
	b.must(err)
	other, err := partner.New("Others", nil, []string{"https://others.example/"}, noon())
	b.must(err)
	f, err := fund.New("letters", fund.Fund{DisplayName: "Letters", Currencies: []string{"EUR"}}, noon())
	b.must(err)
	k, _ := b.key(partner.Secret)
	l, _ := b.key(partner.Secret)

	firstPartner, err := b.CreatePartner(call("partner"), p)
	b.must(err)
	if again, err := b.CreatePartner(call("partner"), other); err != nil || again.ID != firstPartner.ID {
		t.Errorf("partner: %v, %v", again, err)
	}
	firstKey, err := b.CreateKey(call("key"), k)
	b.must(err)
	if again, err := b.CreateKey(call("key"), l); err != nil || !cmp.Equal(again, firstKey) {
		t.Errorf("key: %v, %v", again, err)
	}
	firstFund, err := b.CreateFund(call("fund"), f)
	b.must(err)
	if again, err := b.CreateFund(call("fund"), f); err != nil || !cmp.Equal(again, firstFund) {
		t.Errorf("fund: %v, %v", again, err)
	}
	if _, err := b.CreateFund(context.Background(), f); !fault.Is(err, "FUND_EXISTS") {
		t.Errorf("another call: %v", err)
	}
}
