package server_test

import (
	"strings"
	"testing"

	"google.golang.org/grpc/metadata"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	"github.com/solidarity-fund/solidarity/services/dev/stripefake"
	"github.com/solidarity-fund/solidarity/services/donations/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

func (b *bench) forget(made *donationsv1.Pledge, language string) (*donationsv1.Receipt, error) {
	return b.donor().ForgetGiving(b.t.Context(), &donationsv1.ForgetGivingRequest{ReceiptToken: made.GetReceiptToken(), Language: language, RequestId: made.GetName()})
}

// A donor who gives each month is forgotten: nothing more is paid, no id at Stripe is kept,
// and there the customer is gone. What was given stays in books and lists.
func TestADonorIsForgotten(t *testing.T) {
	t.Parallel()
	w := newYears(t, "2027-03-15T09:00:00Z")
	p := w.newPartner()
	made := w.each(p, monthly, visa, "general")
	customer, before := w.customerOf(made), w.ledger.Balances()
	if !strings.Contains(w.dump(), customer) || len(customer) < 8 {
		t.Fatalf("customer %q: the test would see nothing", customer)
	}
	// when the donor asks for it, and once more, by the same call and by another,
	for range 2 {
		got, err := w.forget(made, "be")
		if err != nil || got.GetForgottenOn() != "2027-03-15" || !strings.Contains(got.GetNotice(), "спасылцы") || got.GetAmount() != nil {
			t.Fatalf("forgotten: %v, %v", got, err)
		}
		w.settle()
	}
	w.drain(store.DutyForgetDonor)
	// then Stripe knows the customer no more, and we have no id that leads there;
	client := w.worker.Givings
	if _, err := client.FindSubscription(t.Context(), customer); err == nil {
		t.Error("the subscription goes on")
	}
	if err := client.DeleteCustomer(t.Context(), customer); err != nil || w.deleted(customer) != 2 {
		t.Errorf("deleted %d times, %v", w.deleted(customer), err)
	}
	for _, trace := range []string{customer, "friends.example/thanks/you"} {
		if dump := w.dump(); strings.Contains(dump, trace) {
			at := strings.Index(dump, trace)
			t.Errorf("a trace of the donor stands in the dump: %s", dump[max(at-200, 0):at+len(trace)])
		}
	}
	// the link says that it was forgotten, in the browser's language, and does nothing else;
	ctx := metadata.AppendToOutgoingContext(t.Context(), "accept-language", "de, ru;q=0.5")
	got, err := w.receipts().OpenReceipt(ctx, &donationsv1.OpenReceiptRequest{ReceiptToken: made.GetReceiptToken()})
	if err != nil || got.GetForgottenOn() != "2027-03-15" || !strings.Contains(got.GetNotice(), "ссылке") || len(got.GetPayments()) != 0 {
		t.Errorf("the link: %v, %v", got, err)
	}
	for name, call := range map[string]func() (*donationsv1.Receipt, error){
		"cancel": func() (*donationsv1.Receipt, error) {
			return w.donor().CancelGiving(t.Context(), &donationsv1.CancelGivingRequest{ReceiptToken: made.GetReceiptToken()})
		},
		"change": func() (*donationsv1.Receipt, error) {
			return w.donor().ChangeGiving(t.Context(), &donationsv1.ChangeGivingRequest{ReceiptToken: made.GetReceiptToken(), Pause: true})
		},
		"refund": func() (*donationsv1.Receipt, error) {
			return w.donor().RefundGiving(t.Context(), &donationsv1.RefundGivingRequest{ReceiptToken: made.GetReceiptToken(), RequestId: "2"})
		},
	} {
		if _, err := call(); !fault.Is(err, fault.ReasonReceiptForgotten) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// and books and lists are as they were, whatever time passes.
	w.pass(70 * day)
	if got := w.gifts(p, made); got != "SUCCEEDED 5000" {
		t.Errorf("gifts: %s", got)
	}
	if got := w.readPledge(p, made); got.GetState() != donationsv1.PledgeState_PLEDGE_STATE_CANCELLED {
		t.Errorf("pledge: %v", got)
	}
	w.ledger.WantBalances(t, before)
}

// Whoever saved no card has a customer at Stripe all the same; whoever has paid once has none.
func TestADonorWithoutACardIsForgottenToo(t *testing.T) {
	t.Parallel()
	w := newYears(t, "2027-03-15T09:00:00Z")
	p := w.newPartner()
	asked := pledgeOf(5000, "general")
	asked.Recurrence = monthly
	begun, once := w.pledge(p, asked), w.pledge(p, pledgeOf(5000, "general"))
	w.use(once, visa)
	for _, made := range []*donationsv1.Pledge{begun, once} {
		if _, err := w.forget(made, ""); err != nil {
			t.Fatal(err)
		}
		w.drain(store.DutyExpire, store.DutyForgetDonor)
	}
	deleted := 0
	for _, r := range w.fake.Requests() {
		if r.Method == "DELETE" && strings.HasPrefix(r.Path, "/v1/customers/cus_") {
			deleted++
		}
	}
	if deleted == 0 || w.count("pledges", "forget_owed_at IS NOT NULL") != 0 {
		t.Errorf("%d deletions", deleted)
	}
	if got := w.readPledge(p, once); got.GetState() != donationsv1.PledgeState_PLEDGE_STATE_FULFILLED {
		t.Errorf("one that was paid: %v", got)
	}
	if _, err := w.forget(&donationsv1.Pledge{ReceiptToken: "x"}, ""); !fault.OfKind(err, fault.NotFound) {
		t.Errorf("an unknown token: %v", err)
	}
	if _, err := w.forget(once, "de"); !fault.OfKind(err, fault.Invalid) {
		t.Errorf("a language that we do not have: %v", err)
	}
}

// Stripe does not answer: it is still owed, and done later.
func TestForgettingIsOwedUntilStripeHasDoneIt(t *testing.T) {
	t.Parallel()
	w := newYears(t, "2027-03-15T09:00:00Z")
	made := w.each(w.newPartner(), monthly, visa, "general")
	customer := w.customerOf(made)
	if err := w.fake.Disrupt(stripefake.Disruption{Match: "DELETE /v1/customers", Effect: stripefake.DropAfter, Times: 4}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.forget(made, ""); err != nil {
		t.Fatal(err)
	}
	id := strings.TrimPrefix(made.GetName(), "pledges/")
	if err := w.worker.ForgetDonor(t.Context(), id); !fault.OfKind(err, fault.Unavailable) {
		t.Fatalf("the answer was not lost: %v", err)
	}
	if n := w.count("pledges", "forget_owed_at IS NOT NULL"); n != 1 || !strings.Contains(w.dump(), customer) {
		t.Errorf("%d are owed", n)
	}
	w.drain(store.DutyForgetDonor)
	if n := w.count("pledges", "forget_owed_at IS NOT NULL"); n != 0 || strings.Contains(w.dump(), customer) {
		t.Errorf("%d are owed", n)
	}
	if err := w.worker.ForgetDonor(t.Context(), id); err != nil {
		t.Errorf("once more: %v", err)
	}
}

// customerOf is whose card a pledge is paid with.
func (b *bench) customerOf(made *donationsv1.Pledge) (id string) {
	b.t.Helper()
	if err := b.db.Pool.QueryRow(b.t.Context(), `SELECT customer_id FROM givings WHERE pledge_id = $1`, strings.TrimPrefix(made.GetName(), "pledges/")).Scan(&id); err != nil {
		b.t.Fatal(err)
	}
	return id
}

// deleted counts how often Stripe was asked to delete a customer.
func (w *years) deleted(customer string) (n int) {
	for _, r := range w.fake.Requests() {
		if r.Method == "DELETE" && r.Path == "/v1/customers/"+customer {
			n++
		}
	}
	return n
}
