package duty_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	"google.golang.org/grpc"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/statement"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/giftref"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/posting/reference"
)

// sent makes a payment of 100.00 that its rail has, and returns its attempt.
func (d *desk) sent() payment.Attempt {
	d.t.Helper()
	_, payments := d.released(1)
	d.done("submit", d.worker.Submit(context.Background(), payments[0]))
	return d.attempt(payments[0])
}

// attempt reads a payment's last attempt.
func (d *desk) attempt(paymentID string) payment.Attempt {
	d.t.Helper()
	list, err := d.store.Attempts(context.Background(), paymentID, page.Page{Size: 10})
	if err != nil || len(list) == 0 {
		d.t.Fatalf("attempts of %s: %v, %v", paymentID, list, err)
	}
	return list[len(list)-1]
}

// today is the day of all that the tests book.
func today() string { return time.Now().UTC().Format(time.DateOnly) }

// takeIn takes in a first statement of the given lines.
func (d *desk) takeIn(lines ...statement.Line) {
	d.t.Helper()
	s := statement.Statement{Sender: sender.ID, BankID: "S1", Currency: "EUR", ClosedOn: today(), At: 1}
	for _, l := range lines {
		l.BookedOn, l.BatchCount = today(), -1
		s.Lines = append(s.Lines, l)
	}
	sum := sha256.Sum256([]byte("file"))
	_, err := d.store.ImportStatements(context.Background(), "staff/s_importer", sum[:], []statement.Statement{s})
	d.done("take in", err)
}

// paid is the line of an attempt's debit, back that of its return.
func paid(a payment.Attempt) statement.Line {
	return statement.Line{Minor: a.Minor, EndToEndID: a.EndToEndID}
}

func back(a payment.Attempt, minor int64) statement.Line {
	return statement.Line{Credit: true, Minor: minor, EndToEndID: a.EndToEndID, IsReturn: true, ReturnReason: "AC04"}
}

// owed reads the postings that are owed, by their transition.
func (d *desk) owed() map[store.Transition]string {
	d.t.Helper()
	ids, err := d.store.OwedPostings(context.Background(), time.Now().Add(time.Minute), "", 100)
	d.done("owed postings", err)
	owed := map[store.Transition]string{}
	for _, id := range ids {
		p, err := d.store.Posting(context.Background(), id)
		d.done("read posting", err)
		owed[p.Transition] = id
	}
	return owed
}

func TestASettlingIsBookedAndFamiliesAreTold(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	a := d.sent()
	d.takeIn(paid(a))
	settle := d.owed()[store.Settle]
	// Given families that do not answer, the settling is booked, and still owed;
	d.families.reporting = errAway
	if err := d.worker.Post(ctx, settle); !fault.OfKind(err, fault.Unavailable) {
		t.Errorf("post: %v", err)
	}
	if len(d.owed()) != 1 || d.ledger.Balance("asset:bank:main") != 10_000 {
		t.Errorf("owed %v, balances %v", d.owed(), d.ledger.Balances())
	}
	// with their answer it is told, once, though not that the cycle is filled.
	d.families.reporting = nil
	for range 2 {
		d.done("post", d.worker.Post(ctx, settle))
	}
	if len(d.families.paid) != 1 || d.families.paid[0].GetCycle() != 1 || d.families.paid[0].GetPaid() {
		t.Errorf("told %v", d.families.paid)
	}
	if len(d.owed()) != 0 || d.ledger.Sum("transit:") != 0 || d.ledger.Count(ledgerv1.TransactionKind_TRANSACTION_KIND_ATTEMPT_SETTLED) != 1 {
		t.Errorf("owed %v, balances %v", d.owed(), d.ledger.Balances())
	}
	booked := d.ledger.Booked(reference.Settle(a.PaymentID, 1))
	if booked.GetOccurredOn() != today() || booked.GetSource() != "paymentPlans/"+a.PlanID+"/payments/"+a.PaymentID {
		t.Errorf("booked %v", booked)
	}
	if err := d.worker.Post(ctx, "ap_none"); !fault.OfKind(err, fault.NotFound) {
		t.Errorf("post of nothing: %v", err)
	}
}

func TestACycleThatGotAllIsToldAsPaid(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	d.full = true
	a := d.sent()
	d.takeIn(paid(a))
	d.done("post", d.worker.Post(ctx, d.owed()[store.Settle]))
	if len(d.families.paid) != 1 || !d.families.paid[0].GetPaid() {
		t.Errorf("told %v", d.families.paid)
	}
}

// TestAReturnIsBookedAfterItsSettling lets the jobs come in both orders, and the
// bank keep a part.
func TestAReturnIsBookedAfterItsSettling(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		first, second store.Transition
		arrived       int64
	}{
		{store.Settle, store.Return, 10_000}, {store.Return, store.Settle, 10_000}, {store.Return, store.Settle, 9_900},
	} {
		t.Run(fmt.Sprintf("%s first, %d", test.first, test.arrived), func(t *testing.T) {
			t.Parallel()
			ctx, d := context.Background(), newDesk(t)
			a := d.sent()
			d.takeIn(paid(a), back(a, test.arrived))
			owed := d.owed()
			d.done("post", d.worker.Post(ctx, owed[test.first]))
			d.done("post", d.worker.Post(ctx, owed[test.second]))
			if len(d.owed()) != 0 || d.ledger.Sum("award:") != 10_000 || d.ledger.Sum("transit:") != 0 {
				t.Errorf("owed %v, balances %v", d.owed(), d.ledger.Balances())
			}
			// What the bank kept is not the family's loss.
			kept := 10_000 - test.arrived
			if d.ledger.Balance("asset:bank:main") != kept || d.ledger.Balance("deficit:operations") != -kept {
				t.Errorf("balances %v", d.ledger.Balances())
			}
		})
	}
}

func TestAReturnWaitsForASettlingThatCannotBeBooked(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	a := d.sent()
	d.takeIn(back(a, 10_000))
	owed := d.owed()
	d.posting.refuse = always(errAway)
	if err := d.worker.Post(ctx, owed[store.Return]); !fault.OfKind(err, fault.Unavailable) {
		t.Errorf("post: %v", err)
	}
	if len(d.owed()) != 2 {
		t.Errorf("owed %v", d.owed())
	}
	d.posting.refuse = nil
	d.done("post", d.worker.Post(ctx, owed[store.Return]))
	if len(d.owed()) != 0 || d.ledger.Sum("award:") != 10_000 {
		t.Errorf("owed %v, balances %v", d.owed(), d.ledger.Balances())
	}
}

func TestALineOfNobodysIsSuspenseInItsDirection(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	d.takeIn(statement.Line{Credit: true, Minor: 700}, statement.Line{Minor: 200})
	ids, err := d.store.OwedSuspense(ctx, time.Now().Add(time.Minute), "", 10)
	if err != nil || len(ids) != 2 {
		t.Fatalf("owed %v, %v", ids, err)
	}
	d.posting.refuse = always(errAway)
	if err := d.worker.Suspend(ctx, ids[0]); !fault.OfKind(err, fault.Unavailable) {
		t.Errorf("suspend: %v", err)
	}
	d.posting.refuse = nil
	for range 2 {
		for _, id := range ids {
			d.done("suspend", d.worker.Suspend(ctx, id))
		}
	}
	if d.ledger.Balance("suspense:bank:main") != 500 || d.ledger.Count(ledgerv1.TransactionKind_TRANSACTION_KIND_SUSPENSE) != 2 {
		t.Errorf("balances %v", d.ledger.Balances())
	}
	if ids, err := d.store.OwedSuspense(ctx, time.Now().Add(time.Minute), "", 10); err != nil || len(ids) != 0 {
		t.Errorf("still owed: %v, %v", ids, err)
	}
	if err := d.worker.Suspend(ctx, "ul_none"); !fault.OfKind(err, fault.NotFound) {
		t.Errorf("suspend nothing: %v", err)
	}
}

// underWay is an amount in EUR that Stripe has sent and no line has closed; zero for none.
type underWay struct {
	minor int64
	line  string
	// gifts are those by transfer that were handed over.
	gifts []*donationsv1.TakeBankGiftRequest
}

func (u *underWay) ClosePayout(_ context.Context, r *donationsv1.ClosePayoutRequest, _ ...grpc.CallOption) (*donationsv1.ClosePayoutResponse, error) {
	if u.line != r.GetLine() && (u.line != "" || r.GetAmount().GetMinorUnits() != u.minor || r.GetBank() != "main") {
		return nil, fault.New(fault.Precondition, fault.ReasonNoSuchPayout, "No payout of this amount is on its way.")
	}
	u.line = r.GetLine()
	return &donationsv1.ClosePayoutResponse{Payout: "stripePayouts/po_1"}, nil
}

// giftOf is the reference of the one fund that underWay knows.
var giftOf = giftref.Of("general")

func (u *underWay) TakeBankGift(_ context.Context, r *donationsv1.TakeBankGiftRequest, _ ...grpc.CallOption) (*donationsv1.TakeBankGiftResponse, error) {
	if r.GetReference() != giftOf {
		return nil, fault.New(fault.Precondition, fault.ReasonNoSuchFundReference, "No fund has the reference.")
	}
	u.gifts = append(u.gifts, r)
	return &donationsv1.TakeBankGiftResponse{BankGift: "bankGifts/bg_1"}, nil
}

// A line whose sender wrote the reference of a fund is donations' to book, once; what names
// no fund, or left, is nobody's.
func TestALineThatNamesAFundIsAGift(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	d.takeIn(statement.Line{Credit: true, Minor: 700, GiftRef: giftOf}, statement.Line{Credit: true, Minor: 50, GiftRef: giftref.Of("nobody")},
		statement.Line{Minor: 20, GiftRef: giftOf})
	ids, err := d.store.OwedSuspense(ctx, time.Now().Add(time.Minute), "", 10)
	if err != nil || len(ids) != 3 {
		t.Fatalf("owed %v, %v", ids, err)
	}
	for range 2 {
		for _, id := range ids {
			d.done("suspend", d.worker.Suspend(ctx, id))
		}
	}
	if len(d.payouts.gifts) != 1 || d.ledger.Balance("suspense:bank:main") != 30 {
		t.Fatalf("gifts %v, balances %v", d.payouts.gifts, d.ledger.Balances())
	}
	g := d.payouts.gifts[0]
	if u, err := d.store.UnmatchedLine(ctx, g.GetLine()); err != nil || u.Gift != "bankGifts/bg_1" || !u.Posted || g.GetAmount().GetMinorUnits() != 700 || g.GetBank() != "main" {
		t.Errorf("the gift's line: %+v, %v; handed over: %v", u, err, g)
	}
}

// A line that is a payout of Stripe is donations' to book, once; one like it that follows is
// nobody's.
func TestALineThatIsAPayoutOfStripeIsNoSuspense(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	d.payouts.minor = 700
	d.takeIn(statement.Line{Credit: true, Minor: 700}, statement.Line{Credit: true, Minor: 700}, statement.Line{Minor: 700})
	ids, err := d.store.OwedSuspense(ctx, time.Now().Add(time.Minute), "", 10)
	if err != nil || len(ids) != 3 {
		t.Fatalf("owed %v, %v", ids, err)
	}
	for range 2 {
		for _, id := range ids {
			d.done("suspend", d.worker.Suspend(ctx, id))
		}
	}
	if d.ledger.Count(ledgerv1.TransactionKind_TRANSACTION_KIND_SUSPENSE) != 2 || d.ledger.Balance("suspense:bank:main") != 0 {
		t.Errorf("balances %v", d.ledger.Balances())
	}
	if u, err := d.store.UnmatchedLine(ctx, d.payouts.line); err != nil || u.Payout != "stripePayouts/po_1" || !u.Posted {
		t.Errorf("the payout's line: %+v, %v", u, err)
	}
}
