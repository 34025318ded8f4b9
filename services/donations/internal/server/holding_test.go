package server_test

import (
	"slices"
	"testing"
	"time"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
)

// giveKept lets a donor give an amount in EUR to a fund and keep the token.
func (w *wire) giveKept(p testPartner, minor int64, fund string) *donationsv1.Pledge {
	w.t.Helper()
	made := w.pledge(p, pledgeOf(minor, fund))
	if err := w.fake.Pay(w.checkout(made).SessionID, visa); err != nil {
		w.t.Fatal(err)
	}
	w.settle()
	return made
}

// donor calls with no credential but the token.
func (b *bench) donor() donationsv1.GivingServiceClient {
	return donationsv1.NewGivingServiceClient(b.rpc.As(identity.Caller{Service: "gateway"}))
}

func (b *bench) shown(made *donationsv1.Pledge) *donationsv1.Receipt {
	b.t.Helper()
	r, err := b.receipts().OpenReceipt(b.t.Context(), &donationsv1.OpenReceiptRequest{ReceiptToken: made.GetReceiptToken()})
	if err != nil {
		b.t.Fatal(err)
	}
	return r
}

func (w *wire) askBack(made *donationsv1.Pledge, key string) (*donationsv1.Receipt, error) {
	return w.donor().RefundGiving(w.t.Context(), &donationsv1.RefundGivingRequest{ReceiptToken: made.GetReceiptToken(), RequestId: key})
}

// A donor has back with the token what has not cleared.
func TestTheTokenTakesAGiftBackBeforeItClears(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	p := w.newPartner()
	made := w.giveKept(p, 5000, "emergency")
	w.later(3 * 24 * time.Hour)
	if got := w.shown(made).GetAllowedActions(); !slices.Equal(got, []string{"requestRefund", "forget"}) {
		t.Errorf("allowed: %v", got)
	}
	// when the donor asks for a part, twice by the same call, and for the rest,
	part := &donationsv1.RefundGivingRequest{
		ReceiptToken: made.GetReceiptToken(), Donation: w.donation(p, made).GetName(), Amount: postingtest.Money(2000), RequestId: "1",
	}
	for range 2 {
		if got, err := w.donor().RefundGiving(t.Context(), part); err != nil || got.GetPayments()[0].GetRefundState() != donationsv1.RefundState_REFUND_STATE_PENDING {
			t.Fatalf("%v, %v", got, err)
		}
	}
	w.settle()
	if got, err := w.donor().RefundGiving(t.Context(), part); err != nil || got.GetPayments()[0].GetRefunded().GetMinorUnits() != 2000 {
		t.Errorf("the repeat: %v, %v", got, err)
	}
	if _, err := w.askBack(made, "2"); err != nil {
		t.Fatal(err)
	}
	w.settle()
	// then all is back at the card, and nothing clears.
	got := w.shown(made)
	if pay := got.GetPayments()[0]; pay.GetRefunded().GetMinorUnits() != 5000 || pay.GetRefundState() != donationsv1.RefundState_REFUND_STATE_SUCCEEDED {
		t.Errorf("payment: %v", pay)
	}
	if !slices.Equal(got.GetAllowedActions(), []string{"forget"}) {
		t.Errorf("allowed: %v", got.GetAllowedActions())
	}
	w.clear()
	if w.ledger.Balance("fund:emergency:available") != 0 || w.count("refunds", "origin = 'DONOR'") != 2 {
		t.Errorf("books: %v", w.ledger.Balances())
	}
	w.wantStripe()
	if _, err := w.askBack(made, "3"); !fault.Is(err, fault.ReasonNotRefundable) {
		t.Errorf("once more: %v", err)
	}
}

// Once it has cleared, and above what goes back in a day, a treasurer decides.
func TestAClearedOrLargeGiftWaitsForATreasurer(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	p := w.newPartner()
	large, cleared := w.giveKept(p, 100_001, "emergency"), w.giveKept(p, 3000, "emergency")
	asked, err := w.askBack(large, "1")
	if err != nil || asked.GetPayments()[0].GetRefundState() != donationsv1.RefundState_REFUND_STATE_REQUESTED {
		t.Fatalf("a large one: %v, %v", asked, err)
	}
	w.clear()
	if asked, err = w.askBack(cleared, "2"); err != nil || asked.GetPayments()[0].GetRefundState() != donationsv1.RefundState_REFUND_STATE_REQUESTED || !asked.GetPayments()[0].GetCleared() {
		t.Fatalf("a cleared one: %v, %v", asked, err)
	}
	if _, err := w.askBack(cleared, "3"); !fault.Is(err, fault.ReasonRefundWaits) {
		t.Errorf("a second request: %v", err)
	}
	// A treasurer refuses one, and makes the other, whose fee the reserve carries.
	w.ledger.SetAvailable("reserve", 1000)
	list, err := refunds(w.treasurer()).ListRefunds(t.Context(), &donationsv1.ListRefundsRequest{Parent: "donations/-", Filter: `origin = "DONOR"`})
	if err != nil || len(list.GetRefunds()) != 2 {
		t.Fatalf("%v, %v", list, err)
	}
	of := func(made *donationsv1.Pledge) string { return w.donation(p, made).GetName() }
	for _, r := range list.GetRefunds() {
		if r.GetAmount().GetMinorUnits() == 3000 {
			_, err = refunds(w.treasurer()).ApproveRefund(t.Context(), &donationsv1.ApproveRefundRequest{Name: of(cleared), Refund: r.GetName(), RequestId: "4"})
		} else {
			_, err = refunds(w.treasurer()).RejectRefund(t.Context(), &donationsv1.RejectRefundRequest{Name: of(large), Refund: r.GetName(), RequestId: "5"})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	w.settle()
	if pay := w.shown(cleared).GetPayments()[0]; pay.GetRefunded().GetMinorUnits() != 3000 {
		t.Errorf("approved: %v", pay)
	}
	if pay := w.shown(large).GetPayments()[0]; pay.GetRefunded() != nil || pay.GetRefundState() != donationsv1.RefundState_REFUND_STATE_REJECTED {
		t.Errorf("rejected: %v", pay)
	}
}

func TestATokenReachesNoOthersPayment(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	p := w.newPartner()
	mine, other, unpaid := w.giveKept(p, 5000, "emergency"), w.giveKept(p, 6000, "emergency"), w.pledge(p, pledgeOf(7000, "emergency"))
	for name, c := range map[string]struct {
		req  *donationsv1.RefundGivingRequest
		want fault.Reason
	}{
		"another's payment": {&donationsv1.RefundGivingRequest{ReceiptToken: mine.GetReceiptToken(), Donation: w.donation(p, other).GetName()}, fault.ReasonNotFound},
		"no such payment":   {&donationsv1.RefundGivingRequest{ReceiptToken: mine.GetReceiptToken(), Donation: "donations/d_none"}, fault.ReasonNotFound},
		"no name":           {&donationsv1.RefundGivingRequest{ReceiptToken: mine.GetReceiptToken(), Donation: "x"}, fault.ReasonInvalidField},
		"nothing paid":      {&donationsv1.RefundGivingRequest{ReceiptToken: unpaid.GetReceiptToken()}, fault.ReasonNotRefundable},
		"more than given":   {&donationsv1.RefundGivingRequest{ReceiptToken: mine.GetReceiptToken(), Amount: postingtest.Money(5001)}, fault.ReasonInvalidField},
		"nothing":           {&donationsv1.RefundGivingRequest{ReceiptToken: mine.GetReceiptToken(), Amount: postingtest.Money(0)}, fault.ReasonInvalidField},
		"an unknown token":  {&donationsv1.RefundGivingRequest{ReceiptToken: "x"}, fault.ReasonNotFound},
		"no token":          {&donationsv1.RefundGivingRequest{}, fault.ReasonInvalidField},
	} {
		c.req.RequestId = name
		if _, err := w.donor().RefundGiving(t.Context(), c.req); !fault.Is(err, c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	if n := w.count("refunds", "true"); n != 0 {
		t.Errorf("%d refunds", n)
	}
}

// A recurring gift is ended with the token, and its subscription with it.
func TestTheTokenEndsAGift(t *testing.T) {
	t.Parallel()
	w := newYears(t, "2027-03-15T09:00:00Z")
	p := w.newPartner()
	made, paid, unpaid := w.each(p, monthly, visa, "general"), w.pledge(p, pledgeOf(5000, "general")), w.pledge(p, pledgeOf(5000, "general"))
	w.use(paid, visa)
	if got := w.shown(made).GetAllowedActions(); !slices.Equal(got, []string{"changePledge", "cancelPledge", "requestRefund", "forget"}) {
		t.Errorf("allowed: %v", got)
	}
	cancel := func(token string) (*donationsv1.Receipt, error) {
		defer w.settle()
		return w.donor().CancelGiving(t.Context(), &donationsv1.CancelGivingRequest{ReceiptToken: token})
	}
	for _, gift := range []*donationsv1.Pledge{made, made, unpaid} { // a second time changes nothing
		if got, err := cancel(gift.GetReceiptToken()); err != nil || got.GetPledgeState() != donationsv1.PledgeState_PLEDGE_STATE_CANCELLED || got.GetNextPaymentOn() != "" {
			t.Errorf("%v, %v", got, err)
		}
	}
	w.pass(70 * day)
	if got := w.gifts(p, made); got != "SUCCEEDED 5000" {
		t.Errorf("after it has ended: %s", got)
	}
	if _, err := cancel(paid.GetReceiptToken()); !fault.OfKind(err, fault.Precondition) {
		t.Errorf("one that is paid: %v", err)
	}
	if _, err := cancel("x"); !fault.OfKind(err, fault.NotFound) {
		t.Errorf("an unknown token: %v", err)
	}
}
