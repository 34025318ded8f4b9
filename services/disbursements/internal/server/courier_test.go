package server_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/posting"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
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

// TestACourierLosesCash takes what a courier lost from the reserve, and pays the families in
// another way.
func TestACourierLosesCash(t *testing.T) {
	t.Parallel()
	// given a courier with cash, which the bench's policy lets nobody be advanced, and the
	// sheet of two families
	b := newHands(t, strict)
	plan, _ := b.fetched(2, "courier", collector(), collector())
	b.adjust("cash", posting.OpeningBalance(posting.ByPeople{
		Adjustment: "cash", On: b.today(), Debit: account.Cash("courier"), Credit: account.EquityOpening(), Amount: postingtest.EUR(20_000),
	}))
	list := b.payments(plan)
	// when one family gets its part, and the rest is seized
	must[*disbursementsv1.Payment](t, "record")(b.delivered("desk", list[0].GetName()))
	must[*disbursementsv1.Payment](t, "confirm")(b.delivered("other", list[0].GetName()))
	b.refusedByTheBank(list[1].GetName())
	b.adjust("loss", posting.CashLost(posting.ByPeople{Adjustment: "loss", On: b.today(), Credit: account.Cash("courier"), Amount: postingtest.EUR(10_000)}))
	// then the courier holds nothing, the reserve has lost it, and the family's money is in
	// its award
	b.stands("handed over", list[0].GetName(), "SETTLED")
	b.stands("seized", list[1].GetName(), "FAILED")
	for path, want := range map[string]int64{"asset:cash:courier": 0, "transit:manual": 0, "deficit:reserve": -10_000} {
		if got := b.ledger.Balance(path); got != want {
			t.Errorf("%s is %d, want %d", path, got, want)
		}
	}
	if b.ledger.Sum("award:") != 10_000 {
		t.Errorf("balances %v", b.ledger.Balances())
	}
}

// adjust books what as many people have agreed on as the bench's policy asks for.
func (b *bench) adjust(id string, draft *ledgerv1.TransactionDraft) {
	b.t.Helper()
	name, decisions := resource.Adjustment.Of(id), []*ledgerv1.DecisionDraft{}
	for i := range 4 {
		kind := ledgerv1.DecisionKind_DECISION_KIND_ADJUSTMENT_APPROVED
		if i == 0 {
			kind = ledgerv1.DecisionKind_DECISION_KIND_ADJUSTMENT_PROPOSED
		}
		person := resource.Staff.Of(fmt.Sprintf("s_%d", i))
		decisions = append(decisions, &ledgerv1.DecisionDraft{
			Reference: name + "/" + person, Kind: kind, Resource: name, Person: person, Day: b.today(), Commitment: letter(1),
		})
	}
	if err := b.ledger.BookByPeople(draft, decisions...); err != nil {
		b.t.Fatalf("%s: %v", id, err)
	}
}
