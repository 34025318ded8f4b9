package stripefake_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"

	"github.com/solidarity-fund/solidarity/services/dev/stripefake"
)

// saved saves a card for a new customer on a page, and returns both.
func (b *bench) saved(t *testing.T, card string) (customer, method string) {
	t.Helper()
	cus, err := b.api.Customers.New(&stripe.CustomerParams{Metadata: map[string]string{"reference": "p_1"}})
	if err != nil {
		t.Fatal(err)
	}
	s := b.setupPage(t, cus.ID)
	if err := b.Prove(s, card, "complete"); err != nil {
		t.Fatal(err)
	}
	return cus.ID, b.setupOf(t, s).PaymentMethod.ID
}

func (b *bench) setupPage(t *testing.T, customer string) string {
	t.Helper()
	s, err := b.api.CheckoutSessions.New(&stripe.CheckoutSessionParams{
		Mode: stripe.String("setup"), PaymentMethodTypes: stripe.StringSlice([]string{"card"}), Customer: &customer,
		SuccessURL: stripe.String("https://partner.example/thanks"),
	})
	if err != nil {
		t.Fatal(err)
	}
	return s.ID
}

// setupOf is what a page has saved, with the card.
func (b *bench) setupOf(t *testing.T, session string) *stripe.SetupIntent {
	t.Helper()
	s, err := b.api.CheckoutSessions.Get(session, nil)
	if err != nil {
		t.Fatal(err)
	}
	p := &stripe.SetupIntentParams{}
	p.AddExpand("payment_method")
	setup, err := b.api.SetupIntents.Get(s.SetupIntent.ID, p)
	if err != nil {
		t.Fatal(err)
	}
	return setup
}

// product is the one that all subscriptions here are for.
func (b *bench) product(t *testing.T) string {
	t.Helper()
	p := &stripe.ProductParams{Name: stripe.String("Contribution"), ID: stripe.String("prod_contribution")}
	if _, err := b.api.Products.New(p); err != nil && !strings.Contains(err.Error(), "already exists") {
		t.Fatal(err)
	}
	return *p.ID
}

func (b *bench) terms(t *testing.T, customer, method, interval string) *stripe.SubscriptionParams {
	t.Helper()
	return &stripe.SubscriptionParams{
		Customer: &customer, DefaultPaymentMethod: &method, OffSession: stripe.Bool(true),
		Items: []*stripe.SubscriptionItemsParams{{PriceData: &stripe.SubscriptionItemPriceDataParams{
			Currency: stripe.String("eur"), Product: stripe.String(b.product(t)), UnitAmount: stripe.Int64(2000),
			Recurring: &stripe.SubscriptionItemPriceDataRecurringParams{Interval: &interval},
		}}},
	}
}

// subscribed begins a subscription of 20.00 EUR by a card.
func (b *bench) subscribed(t *testing.T, card, interval string) *stripe.Subscription {
	t.Helper()
	customer, method := b.saved(t, card)
	sub, err := b.api.Subscriptions.New(b.terms(t, customer, method, interval))
	if err != nil {
		t.Fatal(err)
	}
	return sub
}

func (b *bench) subscription(t *testing.T, id string) *stripe.Subscription {
	t.Helper()
	sub, err := b.api.Subscriptions.Get(id, nil)
	if err != nil {
		t.Fatal(err)
	}
	return sub
}

// invoices are those of a subscription, oldest first: reason, state, amount.
func (b *bench) invoices(t *testing.T, sub string) (all []*stripe.Invoice) {
	t.Helper()
	for list := b.api.Invoices.List(&stripe.InvoiceListParams{Subscription: &sub}); list.Next(); {
		all = append([]*stripe.Invoice{list.Invoice()}, all...)
	}
	return all
}

// at sets the clock ahead to a time.
func (b *bench) at(t *testing.T, when string) {
	t.Helper()
	to, err := time.Parse(time.RFC3339, when)
	if err != nil {
		t.Fatal(err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.clock = to
}

func TestASubscriptionIsPaidEachMonth(t *testing.T) {
	t.Parallel()
	b := start(t, "", hooksOff)
	b.at(t, "2031-01-31T12:00:00Z")
	sub := b.subscribed(t, "4242424242424242", "month")
	if sub.Status != "active" {
		t.Fatalf("%+v", sub)
	}
	var ends []string
	for range 3 {
		end := b.subscription(t, sub.ID).CurrentPeriodEnd
		ends = append(ends, time.Unix(end, 0).UTC().Format("01-02"))
		b.pass(time.Unix(end, 0).Sub(b.now()) + 2*time.Hour)
	}
	if got := strings.Join(ends, " "); got != "02-28 03-31 04-30" {
		t.Errorf("periods end on %s", got)
	}
	all := b.invoices(t, sub.ID)
	if len(all) != 4 {
		t.Fatalf("%d invoices", len(all))
	}
	for i, in := range all {
		if why := in.BillingReason; in.Status != "paid" || in.AmountPaid != 2000 || (why == "subscription_create") != (i == 0) || in.Charge == nil {
			t.Errorf("invoice %d: %+v", i, in)
		}
	}
	ch, err := b.api.Charges.Get(all[3].Charge.ID, nil)
	if err != nil || ch.Invoice.ID != all[3].ID || ch.Amount != 2000 || ch.Customer.ID != sub.Customer.ID {
		t.Errorf("%+v, %v", ch, err)
	}
}

func TestAYearlySubscriptionIsPaidEachYear(t *testing.T) {
	t.Parallel()
	b := start(t, "", hooksOff)
	b.at(t, "2032-02-29T12:00:00Z")
	sub := b.subscribed(t, "4242424242424242", "year")
	if end := time.Unix(sub.CurrentPeriodEnd, 0).UTC().Format(time.DateOnly); end != "2033-02-28" {
		t.Errorf("ends on %s", end)
	}
	b.pass(367 * day)
	if n := len(b.invoices(t, sub.ID)); n != 2 {
		t.Errorf("%d invoices after a year", n)
	}
}

func TestARenewalThatFailsIsTriedFourTimes(t *testing.T) {
	t.Parallel()
	b := start(t, "", hooksOff)
	sub := b.subscribed(t, "4242424242424242", "month")
	b.trigger(t, stripefake.Trigger{Kind: "card", Object: sub.ID, Type: "chargeDeclinedInsufficientFunds"})
	b.pass(32 * day)
	in := b.invoices(t, sub.ID)[1]
	if in.Status != "open" || in.AttemptCount != 1 || in.NextPaymentAttempt == 0 || b.subscription(t, sub.ID).Status != "past_due" {
		t.Fatalf("%+v", in)
	}
	// A card that pays again ends it.
	b.trigger(t, stripefake.Trigger{Kind: "card", Object: sub.ID, Type: "visa"})
	b.pass(4 * day)
	if in := b.invoices(t, sub.ID)[1]; in.Status != "paid" || b.subscription(t, sub.ID).Status != "active" {
		t.Fatalf("%+v", in)
	}
	b.trigger(t, stripefake.Trigger{Kind: "card", Object: sub.ID, Type: "chargeDeclined"})
	id := b.trigger(t, stripefake.Trigger{Kind: "renew", Object: sub.ID})
	b.pass(3*day + 5*day + 7*day + time.Hour)
	failed, err := b.api.Invoices.Get(id, nil)
	if err != nil || failed.AttemptCount != 4 || failed.Status != "open" || failed.NextPaymentAttempt != 0 {
		t.Errorf("%+v, %v", failed, err)
	}
	if ended := b.subscription(t, sub.ID); ended.Status != "canceled" || ended.CancellationDetails.Reason != "payment_failed" {
		t.Errorf("%+v", ended)
	}
	if events := b.kinds(t, "invoice.payment_"); strings.Count(events, "failed") != 5 {
		t.Error(events)
	}
}

func TestAFirstPaymentThatFailsMayBeMadeGoodForADay(t *testing.T) {
	t.Parallel()
	b := start(t, "", hooksOff)
	good, bad := b.subscribed(t, "4000000000000341", "month"), b.subscribed(t, "4000000000000341", "month")
	if good.Status != "incomplete" {
		t.Fatalf("%+v", good)
	}
	b.trigger(t, stripefake.Trigger{Kind: "card", Object: good.ID, Type: "visa"})
	if in, err := b.api.Invoices.Pay(good.LatestInvoice.ID, nil); err != nil || in.Status != "paid" {
		t.Fatalf("%+v, %v", in, err)
	}
	b.pass(day)
	if g, l := b.subscription(t, good.ID), b.subscription(t, bad.ID); g.Status != "active" || l.Status != "incomplete_expired" {
		t.Errorf("%s, %s", g.Status, l.Status)
	}
}

func TestACardThatAlwaysAsksIsPaidOnTheInvoicesPage(t *testing.T) {
	t.Parallel()
	b := start(t, "", hooksOff)
	sub := b.subscribed(t, "4000002760003184", "month")
	if sub.Status != "incomplete" || !strings.Contains(b.kinds(t, "invoice."), "payment_action_required") {
		t.Fatalf("%s, %s", sub.Status, b.kinds(t, "invoice."))
	}
	in := b.invoices(t, sub.ID)[0]
	if resp := b.raw(t, http.MethodPost, "/pay/"+in.ID, form("card", "")); resp.StatusCode != http.StatusPaymentRequired {
		t.Errorf("the page asks for nothing: %d", resp.StatusCode)
	}
	if resp := b.raw(t, http.MethodPost, "/pay/"+in.ID, form("proof", "complete")); resp.StatusCode != http.StatusOK {
		t.Errorf("the page answered %d", resp.StatusCode)
	}
	if got := b.subscription(t, sub.ID); got.Status != "active" || !strings.HasSuffix(in.HostedInvoiceURL, "/pay/"+in.ID) {
		t.Errorf("%s, %s", got.Status, in.HostedInvoiceURL)
	}
	// A card that asks only once needs nobody later.
	if once := b.subscribed(t, "4000002500003155", "month"); once.Status != "active" {
		t.Errorf("%+v", once)
	}
}

func TestASubscriptionChangesItsAmountDayCardAndPause(t *testing.T) {
	t.Parallel()
	b := start(t, "", hooksOff)
	sub := b.subscribed(t, "4242424242424242", "month")
	update := func(p *stripe.SubscriptionParams) {
		t.Helper()
		p.ProrationBehavior = stripe.String("none")
		if _, err := b.api.Subscriptions.Update(sub.ID, p); err != nil {
			t.Fatal(err)
		}
	}
	price := b.terms(t, "", "", "month").Items[0]
	price.ID, price.PriceData.UnitAmount = &sub.Items.Data[0].ID, stripe.Int64(3500)
	update(&stripe.SubscriptionParams{Items: []*stripe.SubscriptionItemsParams{price}})
	b.pass(32 * day)
	if in := b.invoices(t, sub.ID)[1]; in.AmountPaid != 3500 {
		t.Errorf("after a change of amount: %+v", in)
	}
	later := b.now().Add(10 * day).Unix()
	update(&stripe.SubscriptionParams{TrialEnd: &later})
	if in := b.invoices(t, sub.ID)[2]; in.AmountDue != 0 || in.Status != "paid" || b.subscription(t, sub.ID).Status != "trialing" {
		t.Errorf("after a change of day: %+v", in)
	}
	b.pass(11 * day)
	if got := b.subscription(t, sub.ID); got.Status != "active" || got.BillingCycleAnchor != later || len(b.invoices(t, sub.ID)) != 4 {
		t.Errorf("on the new day: %+v", got)
	}
	resumes := b.now().Add(40 * day).Unix()
	update(&stripe.SubscriptionParams{PauseCollection: &stripe.SubscriptionPauseCollectionParams{Behavior: stripe.String("void"), ResumesAt: &resumes}})
	b.pass(41 * day)
	if in := b.invoices(t, sub.ID)[4]; in.Status != "void" || b.subscription(t, sub.ID).PauseCollection != nil {
		t.Errorf("after a pause: %+v", in)
	}
	s := b.setupPage(t, sub.Customer.ID)
	if err := b.Pay(s, "5555555555554444"); err != nil {
		t.Fatal(err)
	}
	other := b.setupOf(t, s).PaymentMethod.ID
	update(&stripe.SubscriptionParams{DefaultPaymentMethod: &other})
	if _, err := b.api.PaymentMethods.Detach(sub.DefaultPaymentMethod.ID, nil); err != nil {
		t.Error(err)
	}
	if in := b.trigger(t, stripefake.Trigger{Kind: "renew", Object: sub.ID}); b.subscription(t, sub.ID).LatestInvoice.ID != in {
		t.Error("no invoice by the other card")
	}
	update(&stripe.SubscriptionParams{CancelAtPeriodEnd: stripe.Bool(true)})
	b.pass(62 * day)
	if got := b.subscription(t, sub.ID); got.Status != "canceled" {
		t.Errorf("%+v", got)
	}
}

func TestADeletedCustomerPaysNoMore(t *testing.T) {
	t.Parallel()
	b := start(t, "", hooksOff)
	sub := b.subscribed(t, "4242424242424242", "month")
	if c, err := b.api.Customers.Del(sub.Customer.ID, nil); err != nil || !c.Deleted {
		t.Fatalf("%+v, %v", c, err)
	}
	if got := b.subscription(t, sub.ID); got.Status != "canceled" {
		t.Errorf("%+v", got)
	}
	if c, err := b.api.Customers.Get(sub.Customer.ID, nil); err != nil || !c.Deleted || c.Metadata != nil {
		t.Errorf("%+v, %v", c, err)
	}
	if _, err := b.api.Subscriptions.New(b.terms(t, sub.Customer.ID, sub.DefaultPaymentMethod.ID, "month")); err == nil {
		t.Error("a deleted customer subscribed")
	}
	count := 0
	for list := b.api.Subscriptions.List(&stripe.SubscriptionListParams{Customer: &sub.Customer.ID}); list.Next(); {
		count++
	}
	if _, err := b.api.Subscriptions.Cancel(sub.ID, nil); err == nil || count != 0 {
		t.Errorf("cancelled twice, or %d go on", count)
	}
}

func TestASubscriptionBeginsOnTheDayThatIsAskedFor(t *testing.T) {
	t.Parallel()
	b := start(t, "", hooksOff)
	customer, method := b.saved(t, "4242424242424242")
	p := b.terms(t, customer, method, "month")
	begins := b.now().Add(9 * day).Unix()
	p.BillingCycleAnchor, p.ProrationBehavior = &begins, stripe.String("none")
	sub, err := b.api.Subscriptions.New(p)
	if err != nil || len(b.invoices(t, sub.ID)) != 0 {
		t.Fatalf("%+v, %v", sub, err)
	}
	b.pass(10 * day)
	if all := b.invoices(t, sub.ID); len(all) != 1 || all[0].AmountPaid != 2000 {
		t.Errorf("%+v", all)
	}
}

func TestWhatNoSubscriptionCanBeIsRefused(t *testing.T) {
	t.Parallel()
	b := start(t, "", hooksOff)
	customer, method := b.saved(t, "4242424242424242")
	other, _ := b.saved(t, "4242424242424242")
	for name, change := range map[string]func(*stripe.SubscriptionParams){
		"nobody":             func(p *stripe.SubscriptionParams) { p.Customer = stripe.String("cus_none") },
		"another's card":     func(p *stripe.SubscriptionParams) { p.Customer = &other },
		"no card":            func(p *stripe.SubscriptionParams) { p.DefaultPaymentMethod = nil },
		"each week":          func(p *stripe.SubscriptionParams) { p.Items[0].PriceData.Recurring.Interval = stripe.String("week") },
		"nothing":            func(p *stripe.SubscriptionParams) { p.Items[0].PriceData.UnitAmount = stripe.Int64(0) },
		"too little":         func(p *stripe.SubscriptionParams) { p.Items[0].PriceData.UnitAmount = stripe.Int64(49) },
		"another product":    func(p *stripe.SubscriptionParams) { p.Items[0].PriceData.Product = stripe.String("prod_none") },
		"a day in the past":  func(p *stripe.SubscriptionParams) { p.BillingCycleAnchor = stripe.Int64(1) },
		"an unknown setting": func(p *stripe.SubscriptionParams) { p.PaymentBehavior = stripe.String("error_if_incomplete") },
	} {
		p := b.terms(t, customer, method, "month")
		change(p)
		if _, err := b.api.Subscriptions.New(p); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}
