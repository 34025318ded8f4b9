package server_test

import (
	"context"
	"errors"
	"math"
	"sync"
	"testing"

	"google.golang.org/protobuf/proto"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/donations/internal/stripeapi"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
)

func TestABadPledgeNamesItsFieldAndLeavesNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p := b.newPartner()
	pledges := donationsv1.NewPledgeServiceClient(p.conn)
	if _, err := b.db.Pool.Exec(context.Background(), `UPDATE funds SET state = 'CLOSED' WHERE id = 'emergency'`); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(*donationsv1.Pledge)
		want   string // field, or reason where no field is wrong
	}{
		"no amount":        {func(p *donationsv1.Pledge) { p.Amount = nil }, "amount"},
		"zero":             {func(p *donationsv1.Pledge) { p.Amount = postingtest.Money(0) }, "amount.minorUnits"},
		"negative":         {func(p *donationsv1.Pledge) { p.Amount = postingtest.Money(-1) }, "amount.minorUnits"},
		"too small":        {func(p *donationsv1.Pledge) { p.Amount = postingtest.Money(49) }, "amount.minorUnits"},
		"too large":        {func(p *donationsv1.Pledge) { p.Amount = postingtest.Money(1000001) }, "amount.minorUnits"},
		"largest number":   {func(p *donationsv1.Pledge) { p.Amount = postingtest.Money(math.MaxInt64) }, "amount.minorUnits"},
		"overflowing tip":  {func(p *donationsv1.Pledge) { p.Tip = postingtest.Money(math.MaxInt64) }, "amount.minorUnits"},
		"tip too large":    {func(p *donationsv1.Pledge) { p.Tip = postingtest.Money(1000000) }, "tip.minorUnits"},
		"zero tip":         {func(p *donationsv1.Pledge) { p.Tip = postingtest.Money(0) }, "tip.minorUnits"},
		"tip in another":   {func(p *donationsv1.Pledge) { p.Tip = postingtest.Money(100); p.Tip.CurrencyCode = "USD" }, "tip.currencyCode"},
		"lower case":       {func(p *donationsv1.Pledge) { p.Amount.CurrencyCode = "eur" }, "amount.currencyCode"},
		"retired":          {func(p *donationsv1.Pledge) { p.Amount.CurrencyCode = "DEM" }, "amount.currencyCode"},
		"unknown":          {func(p *donationsv1.Pledge) { p.Amount.CurrencyCode = "XXX" }, "amount.currencyCode"},
		"not the fund's":   {func(p *donationsv1.Pledge) { p.Amount.CurrencyCode = "AUD" }, "designations[0].fund"},
		"no fund":          {func(p *donationsv1.Pledge) { p.Designations = nil }, "designations"},
		"unknown fund":     {func(p *donationsv1.Pledge) { p.Designations[0].Fund = "funds/none" }, "designations[0].fund"},
		"no fund's name":   {func(p *donationsv1.Pledge) { p.Designations[0].Fund = "general" }, "designations[0].fund"},
		"closed fund":      {func(p *donationsv1.Pledge) { p.Designations[0].Fund = "funds/emergency" }, "FUND_CLOSED"},
		"twice a fund":     {func(p *donationsv1.Pledge) { p.Designations = append(p.Designations, p.Designations[0]) }, "designations[1].fund"},
		"negative share":   {func(p *donationsv1.Pledge) { p.Designations[0].Share = -1 }, "designations[0].share"},
		"no address":       {func(p *donationsv1.Pledge) { p.ReturnUrl = "" }, "returnUrl"},
		"foreign address":  {func(p *donationsv1.Pledge) { p.ReturnUrl = "https://evil.example/thanks/" }, "returnUrl"},
		"look-alike host":  {func(p *donationsv1.Pledge) { p.ReturnUrl = "https://friends.example.evil.example/thanks/" }, "returnUrl"},
		"climbing address": {func(p *donationsv1.Pledge) { p.ReturnUrl = "https://friends.example/thanks/../x" }, "returnUrl"},
		"query":            {func(p *donationsv1.Pledge) { p.ReturnUrl = "https://friends.example/thanks/?token=1" }, "returnUrl"},
		"card number":      {func(p *donationsv1.Pledge) { p.ReturnUrl = "https://friends.example/thanks/4242424242424242" }, "returnUrl"},
		"short hash":       {func(p *donationsv1.Pledge) { p.ReceiptTokenSha256 = []byte("short") }, "receiptTokenSha256"},
	} {
		pledge := pledgeOf(5000, "general")
		c.change(pledge)
		_, err := pledges.CreatePledge(context.Background(), &donationsv1.CreatePledgeRequest{Pledge: pledge})
		f := fault.As(err)
		switch {
		case f == nil:
			t.Errorf("%s: error = %v, want a fault", name, err)
		case len(f.Violations) == 0 && string(f.Reason) != c.want:
			t.Errorf("%s: reason = %s, want %s", name, f.Reason, c.want)
		case len(f.Violations) > 0 && f.Violations[0].Field != c.want:
			t.Errorf("%s: field = %s, want %s", name, f.Violations[0].Field, c.want)
		}
	}
	if n := b.count("pledges", "true"); n != 0 || len(b.stripe.requests) != 0 {
		t.Errorf("%d pledges and %d payment pages were made", n, len(b.stripe.requests))
	}
	_, err := pledges.CreatePledge(context.Background(), &donationsv1.CreatePledgeRequest{})
	if !fault.OfKind(err, fault.Invalid) {
		t.Errorf("empty request: %v", err)
	}
}

func TestManyCopiesOfOneCallMakeOnePledge(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p := b.newPartner()
	pledges := donationsv1.NewPledgeServiceClient(p.conn)
	req := &donationsv1.CreatePledgeRequest{Pledge: pledgeOf(5000, "general"), RequestId: "3f0d9f0c-2f9b-4d2e-9f57-0f7b6d1c5a11"}

	// When 64 copies arrive at once,
	answers, errs := make([]*donationsv1.Pledge, 64), make([]error, 64)
	var all sync.WaitGroup
	for i := range answers {
		all.Go(func() { answers[i], errs[i] = pledges.CreatePledge(context.Background(), req) })
	}
	all.Wait()

	// then all get the same pledge and page, and one of them the token.
	tokens := 0
	for i, a := range answers {
		if errs[i] != nil {
			t.Fatalf("copy %d: %v", i, errs[i])
		}
		if a.GetName() != answers[0].GetName() || a.GetCheckoutUrl() != answers[0].GetCheckoutUrl() || a.GetCheckoutUrl() == "" {
			t.Errorf("copy %d got %v, the first %v", i, a, answers[0])
		}
		if a.GetReceiptToken() != "" {
			tokens++
		}
		if (a.GetReceiptToken() == "") != a.GetSecretExpired() {
			t.Errorf("copy %d: token %q, expired %v", i, a.GetReceiptToken(), a.GetSecretExpired())
		}
	}
	if n := b.count("pledges", "true"); n != 1 || tokens != 1 || len(b.stripe.sessions) != 1 {
		t.Errorf("%d pledges, %d tokens, %d pages; want one of each", n, tokens, len(b.stripe.sessions))
	}

	// And the same key with another body is refused.
	other := proto.CloneOf(req)
	other.Pledge.Amount.MinorUnits = 6000
	if _, err := pledges.CreatePledge(context.Background(), other); !fault.Is(err, "IDEMPOTENCY_KEY_REUSED") {
		t.Errorf("another body: %v", err)
	}
}

func TestARepeatFinishesACallThatBrokeOffAtStripe(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p := b.newPartner()
	pledges := donationsv1.NewPledgeServiceClient(p.conn)
	req := &donationsv1.CreatePledgeRequest{Pledge: pledgeOf(5000, "general"), RequestId: "one"}

	// Given a call whose answer from Stripe was lost after it had its effect.
	b.stripe.fail = []error{stripeapi.ErrUnknown}
	if _, err := pledges.CreatePledge(context.Background(), req); !fault.Is(err, "PAYMENT_PROCESSOR_UNAVAILABLE") || !fault.OfKind(err, fault.Unavailable) {
		t.Fatalf("first call: %v", err)
	}
	if got := b.count("checkouts", "state = 'PENDING'"); got != 1 {
		t.Fatalf("%d pledges with a page owed, want 1", got)
	}

	// When it is repeated, then the same page is found.
	got, err := pledges.CreatePledge(context.Background(), req)
	if err != nil || got.GetCheckoutUrl() == "" {
		t.Fatalf("repeat: %v, %v", got, err)
	}
	if len(b.stripe.sessions) != 1 || b.count("pledges", "true") != 1 {
		t.Errorf("%d pages, %d pledges; want one of each", len(b.stripe.sessions), b.count("pledges", "true"))
	}
}

func TestStripeLearnsNothingButAnOpaqueID(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	pledge := b.pledge(b.newPartner(), pledgeOf(5000, "general"))
	want := stripeapi.CheckoutRequest{
		IdempotencyKey: "checkout/" + b.checkout(pledge).ID, Reference: pledge.GetName()[len("pledges/"):],
		Amount:     b.stripe.requests[0].Amount,
		SuccessURL: "https://friends.example/thanks/you", CancelURL: "https://friends.example/thanks/you",
	}
	if got := b.stripe.requests[0]; got != want {
		t.Errorf("request to Stripe = %+v, want %+v", got, want)
	}
}

func TestAPartnerReachesItsOwnObjectsOnly(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	mine, theirs := b.newPartner(), b.newPartner()
	pledge := b.pledge(mine, pledgeOf(5000, "general"))
	b.pay(pledge)
	b.drain()
	donation := b.donation(mine, pledge)

	pledges, donations := donationsv1.NewPledgeServiceClient(theirs.conn), donationsv1.NewDonationServiceClient(theirs.conn)
	same := func(what string, others, absent error) {
		t.Helper()
		a, b := fault.As(others), fault.As(absent)
		if a == nil || b == nil || a.Kind != fault.NotFound || a.Error() != b.Error() {
			t.Errorf("%s: another's %v, an absent one %v", what, others, absent)
		}
	}
	ctx := context.Background()
	_, err1 := pledges.GetPledge(ctx, &donationsv1.GetPledgeRequest{Name: pledge.GetName()})
	_, err2 := pledges.GetPledge(ctx, &donationsv1.GetPledgeRequest{Name: "pledges/pg_none"})
	same("pledge", err1, err2)
	_, err1 = pledges.CancelPledge(ctx, &donationsv1.CancelPledgeRequest{Name: pledge.GetName()})
	_, err2 = pledges.CancelPledge(ctx, &donationsv1.CancelPledgeRequest{Name: "pledges/pg_none"})
	same("cancelling", err1, err2)
	_, err1 = donations.GetDonation(ctx, &donationsv1.GetDonationRequest{Name: donation.GetName()})
	_, err2 = donations.GetDonation(ctx, &donationsv1.GetDonationRequest{Name: "donations/d_none"})
	same("donation", err1, err2)

	list, err := donations.ListDonations(ctx, &donationsv1.ListDonationsRequest{})
	if err != nil || len(list.GetDonations()) != 0 {
		t.Errorf("another's list = %v, %v", list, err)
	}
	// Staff whose role reads the books see it, an auditor by day only.
	auditor := donationsv1.NewDonationServiceClient(b.staff(policyv1.Role_ROLE_AUDITOR))
	seen, err := auditor.GetDonation(ctx, &donationsv1.GetDonationRequest{Name: donation.GetName()})
	if err != nil || seen.GetCreateTime().GetSeconds()%86400 != 0 || seen.GetCreateTime().GetNanos() != 0 {
		t.Errorf("auditor sees %v, %v", seen.GetCreateTime(), err)
	}
}

func TestACancelledPledgeClosesItsPage(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p := b.newPartner()
	pledge := b.pledge(p, pledgeOf(5000, "general"))
	pledges := donationsv1.NewPledgeServiceClient(p.conn)

	got, err := pledges.CancelPledge(context.Background(), &donationsv1.CancelPledgeRequest{Name: pledge.GetName()})
	if err != nil || got.GetState() != donationsv1.PledgeState_PLEDGE_STATE_CANCELLED || got.GetCheckoutUrl() != "" {
		t.Fatalf("cancelled = %v, %v", got, err)
	}
	// Stripe answers only at the second try.
	b.stripe.fail = []error{errors.New("lost")}
	if err := b.worker.ClosePage(context.Background(), b.checkout(pledge).ID); err == nil {
		t.Error("a lost answer was taken for an answer")
	}
	b.drain()
	if s := b.stripe.page(pledge.GetName()); s.Status != "expired" {
		t.Errorf("page is %s", s.Status)
	}
	// Cancelling again changes nothing; a paid pledge cannot be cancelled.
	if _, err := pledges.CancelPledge(context.Background(), &donationsv1.CancelPledgeRequest{Name: pledge.GetName()}); err != nil {
		t.Errorf("again: %v", err)
	}
	paid := b.pledge(p, pledgeOf(5000, "general"))
	b.pay(paid)
	b.drain()
	if _, err := pledges.CancelPledge(context.Background(), &donationsv1.CancelPledgeRequest{Name: paid.GetName()}); !fault.Is(err, "ILLEGAL_STATE") {
		t.Errorf("cancelling a paid pledge: %v", err)
	}
}

func TestMoneyThatArrivesAfterTheCancellationIsStillBooked(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p := b.newPartner()
	pledge := b.pledge(p, pledgeOf(5000, "general"))
	intent := b.stripe.try(pledge.GetName(), false)
	if _, err := donationsv1.NewPledgeServiceClient(p.conn).CancelPledge(context.Background(), &donationsv1.CancelPledgeRequest{Name: pledge.GetName()}); err != nil {
		t.Fatal(err)
	}
	b.tell("evt_late", "payment_intent.succeeded", pledge, intent)
	b.drain()
	if got := b.ledger.Balance("fund:general:available"); got != 5000 {
		t.Errorf("available = %d", got)
	}
	if b.count("pledges", "state = 'FULFILLED'") != 1 {
		t.Error("the pledge is not fulfilled")
	}
}
