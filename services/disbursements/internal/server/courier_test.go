package server_test

import (
	"bytes"
	"context"
	"testing"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

func collector() *familiesv1.ReleasedDestination {
	return &familiesv1.ReleasedDestination{Details: &familiesv1.ReleasedDestination_Collector{Collector: &familiesv1.Collector{
		FullName: "MARKED Янка", CountryCode: "GE", Town: "Tbilisi",
	}}}
}

func TestACourierHandsCashOver(t *testing.T) {
	t.Parallel()
	// given a courier with the sheet of one family, who has its code
	b := newHands(t, strict)
	plan, sheet := b.fetched(1, "courier", collector())
	if !bytes.Contains(sheet, []byte("from: asset:cash:courier\n")) || !bytes.Contains(sheet, []byte("collector: MARKED Янка\n")) {
		t.Errorf("the sheet says %s", sheet)
	}
	y := b.payments(plan)[0].GetName()
	code := must[*disbursementsv1.IssueCodeResponse](t, "issue code")(b.verifier("v").payments.IssueCode(context.Background(), &disbursementsv1.IssueCodeRequest{Name: y}))
	// when the family gives the code as it gets the cash, and two people record it
	must[*disbursementsv1.Confirmation](t, "hand over")(b.confirm(code.GetHandle(), code.GetCode(), disbursementsv1.PaymentAnswer_PAYMENT_ANSWER_RECEIVED))
	b.stands("with its code, which moves no money", y, "SENT")
	_, err := b.sent("desk", y)
	refused(t, "cash as sent", err, fault.ReasonRailCannot)
	must[*disbursementsv1.Payment](t, "record")(b.delivered("desk", y))
	_, err = b.delivered("desk", y)
	refused(t, "the same person", err, fault.ReasonSamePerson)
	must[*disbursementsv1.Payment](t, "confirm")(b.delivered("other", y))
	b.drain()
	// then the cash has left the courier, and the payment is confirmed at once
	b.stands("handed over", y, "CONFIRMED")
	b.ledger.WantBalances(t, map[string]int64{"asset:stripe": -10_000, "asset:cash:courier": 10_000})
}

// TestWhatACourierCarriesIsStoppedAtOnce stops a courier who was arrested, and not the
// others.
func TestWhatACourierCarriesIsStoppedAtOnce(t *testing.T) {
	t.Parallel()
	ctx, b := context.Background(), newHands(t, strict)
	round := b.committed(2)
	plan := must[*disbursementsv1.PaymentPlan](t, "make plan")(b.planBy(round, "courier")).GetName()
	b.families.place = map[string]*familiesv1.ReleasedDestination{"families/f_1": collector(), "families/f_2": collector()}
	b.steps(plan, "lock", "submit", "approve", "authorize", "release")
	b.drain()
	rail := must[*disbursementsv1.Rail](t, "stop")(b.treasurer("t").rails.StopSender(ctx, &disbursementsv1.StopSenderRequest{Name: "rails/manual/senders/courier"}))
	if rail.GetInFlightCount() != 2 {
		t.Errorf("%d in flight", rail.GetInFlightCount())
	}
	file := b.files(plan)[0].GetName()
	if err := b.propose(file, disbursementsv1.PaymentFileDownloadReason_PAYMENT_FILE_DOWNLOAD_REASON_FIRST_HANDOVER); err != nil {
		t.Fatal(err)
	}
	_, err := fetch(b.treasurer("fetcher"), file)
	refused(t, "a sheet of a stopped courier", err, fault.ReasonSenderStopped)
	for _, s := range rail.GetSenders() {
		if s.GetStopped() != (s.GetName() == "rails/manual/senders/courier") {
			t.Errorf("sender %v", s)
		}
	}
}

func TestAPlanIsOfACurrencyAndASenderThatThereAre(t *testing.T) {
	t.Parallel()
	b := newHands(t, strict)
	round := b.committed(1)
	for name, sender := range map[string]string{"another currency": "zloty", "nobody": "nobody", "none of several": ""} {
		if _, err := b.planBy(round, sender); fault.As(err) == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPaymentsByHandTellWhatCanBeDoneWithThem(t *testing.T) {
	t.Parallel()
	b := newHands(t, strict)
	plan, _ := b.fetched(1, "main")
	all := b.cast()
	y := b.triedPayment(b.payments(plan)[0].GetName())
	y.Take(t, "recordSent", all...)
	y.Take(t, "recordSent", all...)
	y.Check(t, all...)
}

func TestALawyersBillIsPaid(t *testing.T) {
	t.Parallel()
	b := newHands(t, strict)
	bill := &familiesv1.ReleasedDestination{Details: &familiesv1.ReleasedDestination_Payee{Payee: &familiesv1.Payee{
		PayeeName: "Made-up Lawyers", CountryCode: "BY", BillReference: "2026/17",
		Account: &familiesv1.BankAccount{AccountHolder: "Made-up Lawyers", Number: &familiesv1.BankAccount_Iban{Iban: byBYN}, CountryCode: "BY", Town: "Minsk"},
	}}}
	plan, sheet := b.fetched(1, "main", bill)
	if !bytes.Contains(sheet, []byte("payee: Made-up Lawyers\n")) || !bytes.Contains(sheet, []byte("bill: 2026/17\n")) {
		t.Errorf("the sheet says %s", sheet)
	}
	y := b.payments(plan)[0].GetName()
	must[*disbursementsv1.Payment](t, "record")(b.sent("typist", y))
	must[*disbursementsv1.Payment](t, "confirm")(b.sent("other", y))
	b.drain()
	b.stands("paid", y, "SETTLED")
}
