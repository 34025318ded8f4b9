package server_test

import (
	"context"
	"testing"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	"github.com/solidarity-fund/solidarity/services/donations/internal/partner"
	"github.com/solidarity-fund/solidarity/services/donations/internal/server"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// Everybody can read a publishable key, and many a server's idempotency key can be
// guessed (an order's number). Who is there first must not become the owner of the
// donor's receipt.
func TestAPublishableKeyCannotSquatASecretKeysCall(t *testing.T) {
	t.Parallel()
	if opened := squat(t, func(a rpc.Authenticator) rpc.Authenticator { return a }); opened {
		t.Error("the squatter's token opens the donor's receipt")
	}
}

// The test above must be able to see the defect that it guards against.
func TestWithKeysOfOneKindTheSquatterOpensTheDonorsReceipt(t *testing.T) {
	t.Parallel()
	if opened := squat(t, func(a rpc.Authenticator) rpc.Authenticator { return oneKind{a} }); !opened {
		t.Error("without protection the squatter's token opens nothing")
	}
}

// oneKind forgets of which kind a partner's key is.
type oneKind struct{ rpc.Authenticator }

// Authenticate answers as the real one does, but for the kind.
func (a oneKind) Authenticate(ctx context.Context, bearer string) (identity.Caller, error) {
	c, err := a.Authenticator.Authenticate(ctx, bearer)
	c.Credential = ""
	return c, err
}

// squat lets somebody with a publishable key make a call that the partner's server
// is about to make, and reports whether they can then open the receipt of the gift
// that the donor gives through the partner's server.
func squat(t *testing.T, with func(rpc.Authenticator) rpc.Authenticator) (opened bool) {
	t.Helper()
	b := newBench(t)
	b.serveFor(with(server.NewAuthenticator(b.store, partner.Test, noStaff{}, b.now)))
	p, ctx := b.newPartner(), context.Background()
	// given the call that the partner's server makes for its order 1001,
	order := &donationsv1.CreatePledgeRequest{Pledge: pledgeOf(2500, "general"), RequestId: "order-1001"}
	// when a stranger has made it before by the key of the partner's page,
	squatted, err := donationsv1.NewPledgeServiceClient(b.rpc.Bearing(p.GetPublishableKey())).CreatePledge(ctx, order)
	if err != nil || squatted.GetReceiptToken() == "" {
		t.Fatalf("squatter's pledge: %v, %v", squatted, err)
	}
	made, err := donationsv1.NewPledgeServiceClient(p.conn).CreatePledge(ctx, order)
	if err != nil {
		t.Fatalf("partner's pledge: %v", err)
	}
	// and the donor pays on the page that the partner's server was given,
	b.pay(made)
	b.drain()
	receipts := donationsv1.NewReceiptServiceClient(b.rpc.As(identity.Caller{}))
	if token := made.GetReceiptToken(); token != "" {
		if r, err := receipts.OpenReceipt(ctx, &donationsv1.OpenReceiptRequest{ReceiptToken: token}); err != nil || r.GetDonationState() != donationsv1.DonationState_DONATION_STATE_SUCCEEDED {
			t.Errorf("the donor's own token: %v, %v", r, err)
		}
	}
	// then the stranger's token opens that gift, or not.
	r, err := receipts.OpenReceipt(ctx, &donationsv1.OpenReceiptRequest{ReceiptToken: squatted.GetReceiptToken()})
	if err != nil && !fault.OfKind(err, fault.NotFound) {
		t.Fatal(err)
	}
	return r.GetDonationState() == donationsv1.DonationState_DONATION_STATE_SUCCEEDED
}
