package server_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/dev/dutytest"
	"github.com/solidarity-fund/solidarity/services/donations/internal/partner"
	"github.com/solidarity-fund/solidarity/services/donations/internal/server"
	"github.com/solidarity-fund/solidarity/services/donations/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
)

// noStaff knows nobody.
type noStaff struct{}

func (noStaff) Authenticate(context.Context, string) (identity.Caller, error) {
	return identity.Caller{}, fault.New(fault.Unauthenticated, "NO_STAFF", "Asked the other authenticator.")
}

func (b *bench) operator() donationsv1.PartnerServiceClient {
	return donationsv1.NewPartnerServiceClient(b.staff(policyv1.Role_ROLE_OPERATOR))
}

func TestAKeySaysWhichPartnerAsksAndFromWhere(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p := b.newPartner()
	a := server.NewAuthenticator(b.store, partner.Test, noStaff{}, b.now)
	from := func(origin string) context.Context {
		return metadata.NewIncomingContext(context.Background(), metadata.Pairs("origin", origin))
	}
	nowhere := context.Background()
	for name, c := range map[string]struct {
		ctx    context.Context
		bearer string
		want   string // role, or reason of the refusal
	}{
		"secret key":                    {nowhere, p.GetSecretKey(), "ROLE_PARTNER"},
		"publishable key, no browser":   {nowhere, p.GetPublishableKey(), "ROLE_PARTNER_PUBLIC"},
		"publishable key, its own page": {from("https://friends.example"), p.GetPublishableKey(), "ROLE_PARTNER_PUBLIC"},
		"publishable key, another page": {from("https://evil.example"), p.GetPublishableKey(), "ORIGIN_NOT_ALLOWED"},
		"publishable key, hidden page":  {from("null"), p.GetPublishableKey(), "ORIGIN_NOT_ALLOWED"},
		"secret key in a page":          {from("https://friends.example"), p.GetSecretKey(), "SECRET_KEY_IN_BROWSER"},
		"altered":                       {nowhere, p.GetSecretKey() + "a", "UNAUTHENTICATED"},
		"unknown":                       {nowhere, "sk_test_unknown", "UNAUTHENTICATED"},
		"live key":                      {nowhere, "sk_live_unknown", "LIVE_KEY_IN_TEST"},
		"staff token":                   {nowhere, "eyJhbGciOi", "NO_STAFF"},
		"nothing":                       {nowhere, "", "NO_STAFF"},
	} {
		caller, err := a.Authenticate(c.ctx, c.bearer)
		got := ""
		if err == nil {
			got = caller.Roles[0].String()
			if caller.Partner != p.GetName() || len(caller.Roles) != 1 {
				t.Errorf("%s: caller = %v", name, caller.Partner)
			}
		} else if f := fault.As(err); f != nil {
			got = string(f.Reason)
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s (%v)", name, got, c.want, err)
		}
	}
	if _, err := server.NewAuthenticator(b.store, partner.Live, noStaff{}, b.now).Authenticate(nowhere, p.GetSecretKey()); !fault.Is(err, "TEST_KEY_IN_LIVE") {
		t.Errorf("test key in a live installation: %v", err)
	}
}

func TestARevokedKeyIsRefusedAtOnceAndOthersStay(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p := b.newPartner()
	ctx := context.Background()
	a := server.NewAuthenticator(b.store, partner.Test, noStaff{}, b.now)

	// Given a second secret key, shown once.
	req := &donationsv1.CreateKeyRequest{
		Parent: p.GetName(), Key: &donationsv1.Key{Kind: donationsv1.KeyKind_KEY_KIND_SECRET}, RequestId: "rotate",
	}
	second, err := b.operator().CreateKey(ctx, req)
	if err != nil || !strings.HasPrefix(second.GetSecret(), "sk_test_") || !strings.HasPrefix(second.GetSecret(), second.GetPrefix()) {
		t.Fatalf("second key = %v, %v", second, err)
	}
	if again, err := b.operator().CreateKey(ctx, req); err != nil || again.GetName() != second.GetName() || again.GetSecret() != "" || !again.GetSecretExpired() {
		t.Errorf("repeat = %v, %v", again, err)
	}
	list, err := b.operator().ListKeys(ctx, &donationsv1.ListKeysRequest{Parent: p.GetName(), PageSize: 2})
	if err != nil || len(list.GetKeys()) != 2 || list.GetNextPageToken() == "" || list.GetKeys()[0].GetName() != second.GetName() || list.GetKeys()[0].GetSecret() != "" {
		t.Errorf("first page = %v, %v", list, err)
	}
	list, err = b.operator().ListKeys(ctx, &donationsv1.ListKeysRequest{Parent: p.GetName(), PageSize: 2, PageToken: list.GetNextPageToken()})
	if err != nil || len(list.GetKeys()) != 1 || list.GetNextPageToken() != "" {
		t.Errorf("second page = %v, %v", list, err)
	}

	// When it is revoked, twice,
	for range 2 {
		revoked, err := b.operator().RevokeKey(ctx, &donationsv1.RevokeKeyRequest{Name: second.GetName()})
		if err != nil || revoked.GetState() != donationsv1.KeyState_KEY_STATE_REVOKED || revoked.GetRevokeTime() == nil {
			t.Fatalf("revoked = %v, %v", revoked, err)
		}
	}
	// (a list of what can still be revoked has the others)
	if open, err := b.operator().ListKeys(ctx, &donationsv1.ListKeysRequest{Parent: p.GetName(), Filter: "allowed_to_me = true"}); err != nil || len(open.GetKeys()) != 2 {
		t.Errorf("keys that can be revoked: %v, %v", open, err)
	}
	// then it is refused like one that never was, except to the operator, and the
	// first still works.
	_, revoked := a.Authenticate(ctx, second.GetSecret())
	_, unknown := a.Authenticate(ctx, second.GetSecret()+"a")
	if f, g := fault.As(revoked), fault.As(unknown); f == nil || g == nil || f.Reason != g.Reason || f.Message != g.Message || f.Kind != fault.Unauthenticated {
		t.Errorf("revoked key: %v, unknown key: %v", revoked, unknown)
	}
	if fault.CauseOf(revoked) != "the partner's key is revoked" || fault.CauseOf(unknown) != "no such partner's key" {
		t.Errorf("causes: %q and %q", fault.CauseOf(revoked), fault.CauseOf(unknown))
	}
	documented, err := os.ReadFile("../../../../docs/operations.md")
	for _, cause := range []fault.Cause{fault.CauseOf(revoked), fault.CauseOf(unknown)} {
		if err != nil || !strings.Contains(string(documented), "`"+string(cause)+"`") {
			t.Errorf("the cause %q is not in docs/operations.md: %v", cause, err)
		}
	}
	if _, err := a.Authenticate(ctx, p.GetSecretKey()); err != nil {
		t.Errorf("first key: %v", err)
	}
	if _, err := b.operator().RevokeKey(ctx, &donationsv1.RevokeKeyRequest{Name: p.GetName() + "/keys/k_none"}); !fault.OfKind(err, fault.NotFound) {
		t.Errorf("absent key: %v", err)
	}
	if _, err := b.operator().CreateKey(ctx, &donationsv1.CreateKeyRequest{Parent: p.GetName()}); !fault.OfKind(err, fault.Invalid) {
		t.Errorf("no kind: %v", err)
	}
	if _, err := b.operator().CreateKey(ctx, &donationsv1.CreateKeyRequest{Parent: "partners/pt_none", Key: req.GetKey()}); !fault.OfKind(err, fault.NotFound) {
		t.Errorf("absent partner: %v", err)
	}
}

func TestAPartnersKeysAreShownOnceAndStoredAsHashes(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx := context.Background()
	req := &donationsv1.CreatePartnerRequest{RequestId: "one", Partner: &donationsv1.Partner{
		DisplayName: "Friends", ReturnUrls: []string{"https://friends.example/"},
	}}
	first, err := b.operator().CreatePartner(ctx, req)
	if err != nil || !strings.HasPrefix(first.GetPublishableKey(), "pk_test_") || !strings.HasPrefix(first.GetSecretKey(), "sk_test_") {
		t.Fatalf("partner = %v, %v", first, err)
	}
	var header metadata.MD
	again, err := b.operator().CreatePartner(ctx, req, grpc.Header(&header))
	if err != nil || again.GetName() != first.GetName() || again.GetSecretKey() != "" || again.GetPublishableKey() != "" || !again.GetSecretExpired() {
		t.Errorf("repeat = %v, %v", again, err)
	}
	if got := header.Get("idempotent-replayed"); len(got) != 1 || got[0] != "true" {
		t.Errorf("header = %v", got)
	}
	if b.count("partner_keys AS k", "(k.*)::text LIKE '%"+first.GetSecretKey()[12:]+"%'") != 0 {
		t.Error("the key is stored")
	}
	list, err := b.operator().ListPartners(ctx, &donationsv1.ListPartnersRequest{})
	if err != nil || len(list.GetPartners()) != 1 || list.GetPartners()[0].GetSecretKey() != "" {
		t.Errorf("list = %v, %v", list, err)
	}
	_, err = b.operator().CreatePartner(ctx, &donationsv1.CreatePartnerRequest{Partner: &donationsv1.Partner{DisplayName: "x"}})
	if f := fault.As(err); f == nil || len(f.Violations) != 1 || f.Violations[0].Field != "returnUrls" {
		t.Errorf("no return address: %v", err)
	}
	if _, err := b.operator().GetPartner(ctx, &donationsv1.GetPartnerRequest{Name: "partners/pt_none"}); !fault.OfKind(err, fault.NotFound) {
		t.Errorf("absent: %v", err)
	}
}

func TestOnlyTheNamedRolesGetIn(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p := b.newPartner()
	public := b.rpc.Bearing(p.GetPublishableKey())
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if _, err := donationsv1.NewPledgeServiceClient(public).CreatePledge(ctx, &donationsv1.CreatePledgeRequest{Pledge: pledgeOf(500, "general")}); err != nil {
		t.Errorf("the publishable key starts no pledge: %v", err)
	}
	_, err1 := donationsv1.NewPledgeServiceClient(public).ListPledges(ctx, &donationsv1.ListPledgesRequest{})
	_, err2 := donationsv1.NewPartnerServiceClient(p.conn).ListPartners(ctx, &donationsv1.ListPartnersRequest{})
	_, err3 := donationsv1.NewWebhookServiceClient(p.conn).ReceiveStripeEvent(ctx, &donationsv1.ReceiveStripeEventRequest{})
	disbursements := b.rpc.As(identity.Caller{Service: "disbursements"})
	_, err4 := donationsv1.NewWebhookServiceClient(disbursements).ReceiveStripeEvent(ctx, &donationsv1.ReceiveStripeEventRequest{})
	for i, err := range []error{err1, err2, err4} {
		if !fault.OfKind(err, fault.PermissionDenied) {
			t.Errorf("%d: %v", i, err)
		}
	}
	if err3 == nil {
		t.Error("an empty event was taken")
	}
	if _, err := donationsv1.NewFundServiceClient(disbursements).GetFund(ctx, &donationsv1.GetFundRequest{Name: "funds/general"}); err != nil {
		t.Errorf("disbursements reads no fund: %v", err)
	}
}

// TestEveryReplicaRefusesARevokedKeyFromTheNextCallOn has two processes over one database,
// both of which have let the key in a moment ago: no process keeps what a key opens.
func TestEveryReplicaRefusesARevokedKeyFromTheNextCallOn(t *testing.T) {
	t.Parallel()
	ctx, b := context.Background(), newBench(t)
	p := b.newPartner()
	var replicas []*server.Authenticator
	for range 2 {
		of := store.New(b.db, dutytest.Queue(t), b.rows, time.Now)
		replicas = append(replicas, server.NewAuthenticator(of, partner.Test, noStaff{}, b.now))
	}
	for i, r := range replicas {
		if _, err := r.Authenticate(ctx, p.GetSecretKey()); err != nil {
			t.Fatalf("replica %d: %v", i, err)
		}
	}
	keys, err := b.operator().ListKeys(ctx, &donationsv1.ListKeysRequest{Parent: p.GetName()})
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range keys.GetKeys() {
		if _, err := b.operator().RevokeKey(ctx, &donationsv1.RevokeKeyRequest{Name: k.GetName()}); err != nil {
			t.Fatal(err)
		}
	}
	for i, r := range replicas {
		if _, err := r.Authenticate(ctx, p.GetSecretKey()); fault.CauseOf(err) != "the partner's key is revoked" {
			t.Errorf("replica %d: %v", i, err)
		}
	}
}
